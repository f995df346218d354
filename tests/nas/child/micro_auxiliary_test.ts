import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { Sgd } from "../../../engine/optim/sgd.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import { microArcFromDecisions } from "../../../nas/space/micro/arc.ts";
import { isAuxiliary } from "../../../nas/child/micro/auxiliary_head.ts";
import { MicroNetwork } from "../../../nas/child/micro/network.ts";
import type { MicroNetworkOptions } from "../../../nas/space/micro/network_spec.ts";
import { microParameters } from "../../../nas/child/micro/parameters.ts";
import { noise } from "./by_hand.ts";
import { microChildByHand, scrambleMicro } from "./micro_by_hand.ts";

type Either = GpuBackend | CpuBackend;

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const DECISIONS = "0 0 1 1 2 2 0 3 1 4 0 0 2 1 1 2".split(" ").map(Number);
const ARC = microArcFromDecisions(DECISIONS);
// Four layers: the head reads the last but one.
const optionsOf = (side: number, trainable: boolean): MicroNetworkOptions => ({
  layers: 4,
  filters: 2,
  nodes: 2,
  inputChannels: 1,
  classes: 3,
  imageHeight: side,
  imageWidth: side,
  batchNormDecay: 0.9,
  auxiliaryHead: { trainable },
});
const MODE = { batchNorm: "batch", dropout: null, auxiliary: true } as const;

Deno.test("the second kernel is as large as the map behind the pool", () => {
  // Images, maps (a quarter), maps behind the pool: 32, 8, 2; 28, 7, 1; 64, 16, 4; 12, 3, 1.
  for (const [side, kernel] of [[32, 2], [28, 1], [64, 4], [12, 1]]) {
    const spatial = microParameters(optionsOf(side, false)).parameters
      .find(({ name }) => name === "aux/spatial/conv")!;
    assert.deepEqual(spatial.shape, [kernel, kernel, 128, 768], `images of side ${side}`);
  }
});

Deno.test("the head is that of the specification, and runs only where it is asked for", () => {
  const network = new MicroNetwork(cpu, optionsOf(32, false), new Random(1));
  scrambleMicro(network, new Random(7));
  const x = cpu.fromArray(noise(new Random(2), 2 * 32 * 32), [2, 32, 32, 1]);
  const outputs = network.forward(new Tape(cpu), ARC, x, MODE);
  const expected = microChildByHand(network, DECISIONS, x);
  assert.deepEqual(outputs.auxiliaryLogits!.shape, [2, 3]);
  for (const key of ["logits", "auxiliaryLogits"] as const) {
    expected[key]!.cpu.forEach((value, i) => {
      assert.ok(Math.abs(outputs[key]!.cpu[i] - value) < 1e-9, `${key} ${i}`);
    });
  }
  const without = network.forward(new Tape(cpu), ARC, x, { ...MODE, auxiliary: false });
  assert.equal(without.auxiliaryLogits, null);
  assert.deepEqual(without.logits.cpu, outputs.logits.cpu);
});

/** One step on the auxiliary loss alone: its value, and the weights before and after. */
async function step(backend: Either, side: number, trainable: boolean) {
  const network = new MicroNetwork(backend, optionsOf(side, trainable), new Random(1));
  const { weights } = network;
  const path = network.pathOf(ARC);
  const before = await weights.values();
  const optimizer = new Sgd(weights, { momentum: 0.9, l2: 0, clip: 0 });
  const x = backend.fromArray(noise(new Random(2), 4 * side * side), [4, side, side, 1]);
  const labels = backend.fromArray([0, 1, 2, 1], [4], "u32");
  const selection = weights.select(path);
  const pending = backend.scope(() => {
    const tape = new Tape(backend);
    for (const name of path) tape.watch(weights.get(name), weights.gradient(name));
    const { auxiliaryLogits } = network.forward(tape, ARC, x, { ...MODE, batchNorm: "train" });
    const [loss] = tape.apply(softmaxCrossEntropy, [auxiliaryLogits!, labels], {});
    const value = backend.read(loss);
    tape.backward(loss);
    optimizer.step(selection, 0.1);
    return value;
  });
  backend.submit();
  const [loss] = await pending;
  const after = await weights.values();
  const changed = weights.names.filter((name) => {
    const old = before.get(name)!.data;
    return after.get(name)!.data.some((value, i) => value !== old[i]);
  });
  for (const tensor of [x, labels]) backend.release(tensor);
  weights.releaseSelection(selection);
  const { trained } = network;
  network.dispose();
  return { loss, after, changed, path, trained };
}

for (const backend of [cpu, gpu]) {
  Deno.test(`the head's weights stay while those below it train, on the ${backend.kind}`, async () => {
    const { changed, path, trained } = await step(backend, 12, false);
    // The head reads layer 4; layer 5 and the main head are behind it and see nothing of its loss.
    const below = path.filter((name) => !/^(layer5|head)/.test(name));
    assert.deepEqual(changed, below);
    assert.ok(!path.some(isAuxiliary) && !trained.some(isAuxiliary));
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });

  Deno.test(`a trainable head trains, on the ${backend.kind}`, async () => {
    const { changed, path, trained } = await step(backend, 12, true);
    assert.deepEqual(changed, path.filter((name) => !/^(layer5|head)/.test(name)));
    assert.equal(changed.filter(isAuxiliary).length, 7);
    assert.equal(trained.filter(isAuxiliary).length, 7);
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });
}

Deno.test("a step through the head is the same on the gpu and the cpu", async () => {
  for (const side of [32, 28]) {
    const [expected, actual] = [await step(cpu, side, false), await step(gpu, side, false)];
    assert.ok(Math.abs(actual.loss - expected.loss) < 1e-4 * expected.loss);
    for (const name of ["stem/conv", "layer4/output/row3"]) {
      const wanted = expected.after.get(name)!.data;
      actual.after.get(name)!.data.forEach((value, i) => {
        assert.ok(Math.abs(value - wanted[i]) < 1e-4, `${name}[${i}]: ${value}, ${wanted[i]}`);
      });
    }
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});
