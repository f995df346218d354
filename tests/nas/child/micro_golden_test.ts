// Numbers that the released graph code computed (spec J.2): the micro search child, batch 2, F = 4,
// L = 3, B = 2, every weight filled with 0.5·sin(1000·sin(n + 1)) over its stored shape, batch
// statistics, no dropout; and the released graph's parameter counts (spec B.4).
import assert from "node:assert/strict";
import type { Backend } from "../../../engine/backend.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { globalNorm } from "../../../engine/optim/clip.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import { microArcFromDecisions } from "../../../nas/space/micro/arc.ts";
import { MicroNetwork } from "../../../nas/child/micro/network.ts";
import { microParameters } from "../../../nas/child/micro/parameters.ts";

const CELLS = "0 0 1 1 2 2 0 3 1 4 0 0 2 1 1 2";
const LOGITS = [
  [-.59649, .44031, .73062, -.53606, .03792],
  [.41820, .08871, -.79140, .16714, .48222],
].flat();
const LOSS = 3.116152;
const NORM = 4.6139;

const IMAGES = { inputChannels: 3, classes: 10, imageHeight: 32, imageWidth: 32 };
const OPTIONS = { ...IMAGES, layers: 3, filters: 4, nodes: 2, batchNormDecay: 0.9 };

/** Fills every weight; a row of a bank gets its part of the bank's values. */
function fillWeights(network: MicroNetwork): void {
  for (const name of network.weights.names) {
    if (name.endsWith("/gamma") || name.endsWith("/beta")) continue;
    const count = elementCount(network.weights.get(name).shape);
    const row = Number(/\/row(\d+)/.exec(name)?.[1] ?? 0);
    network.weights.set(
      name,
      Float64Array.from(
        { length: count },
        (_, i) => Math.fround(0.5 * Math.sin(1000 * Math.sin(row * count + i + 1))),
      ),
    );
  }
}

function images(): Float64Array {
  return Float64Array.from({ length: 2 * 32 * 32 * 3 }, (_, i) => {
    const c = i % 3, w = Math.floor(i / 3) % 32, h = Math.floor(i / 96) % 32;
    const b = Math.floor(i / 3072);
    return Math.sin(0.3 * h + 0.2 * w + 1.1 * c + 0.7 * b) +
      0.5 * Math.sin(1000 * Math.sin(i + 1));
  });
}

async function check(backend: Backend, alone: boolean): Promise<void> {
  const arc = microArcFromDecisions(CELLS.split(" ").map(Number));
  const network = new MicroNetwork(backend, OPTIONS, new Random(1), alone ? arc : null);
  if (!alone) assert.equal(network.weights.parameterCount, 69_524);
  fillWeights(network);
  const path = network.pathOf(arc);
  const selection = network.weights.select(path);
  const x = backend.fromArray(images(), [2, 32, 32, 3]);
  const labels = backend.fromArray([3, 7], [2], "u32");
  const tape = new Tape(backend);
  for (const name of path) tape.watch(network.weights.get(name), network.weights.gradient(name));
  const { logits } = network.forward(tape, arc, x, { batchNorm: "batch", dropout: null });
  const [loss, correct] = tape.apply(softmaxCrossEntropy, [logits, labels], {});
  const pending = [backend.read(logits), backend.read(loss), backend.read(correct)];
  tape.backward(loss);
  const norm = globalNorm(network.weights, selection, 0);
  pending.push(backend.read(norm));
  backend.submit();
  const [logitValues, [lossValue], , [normValue]] = await Promise.all(pending);
  LOGITS.forEach((expected, j) => {
    assert.ok(
      Math.abs(logitValues[j] - expected) < 2e-5,
      `logit ${j}: ${logitValues[j]} instead of ${expected}`,
    );
  });
  assert.ok(Math.abs(lossValue - LOSS) < 1e-4 * LOSS, `loss ${lossValue}`);
  assert.ok(Math.abs(normValue - NORM) < 1e-4 * NORM, `norm ${normValue}`);
  assert.ok(path.every((name) => tape.used(network.weights.get(name))), "the path is all used");
  for (const tensor of [x, labels, norm]) backend.release(tensor);
  network.weights.releaseSelection(selection);
  network.dispose();
}

const gpu = await GpuBackend.open();

for (const alone of [false, true]) {
  const whose = alone ? "with its own weights alone" : "of the shared graph";
  Deno.test(`the micro child ${whose} gives the original's numbers on the gpu`, async () => {
    await check(gpu, alone);
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });
}

Deno.test("the micro child of the shared graph gives the original's numbers on the cpu", async () => {
  await check(new CpuBackend(), false);
});

Deno.test("the shared graph has the released graph's parameters", () => {
  for (
    const [layers, filters, published, auxiliary] of [
      [6, 20, 5_373_140, 412_928],
      [15, 36, 31_587_228, 421_120],
    ]
  ) {
    const count = (trainable: boolean | null) => {
      const auxiliaryHead = trainable === null ? null : { trainable };
      const options = { ...IMAGES, layers, filters, nodes: 5, auxiliaryHead };
      const { parameters } = microParameters(options);
      return parameters.reduce((total, { shape }) => total + elementCount(shape), 0);
    };
    assert.equal(count(null), published);
    assert.equal(count(false), published + auxiliary);
  }
});
