// Numbers that the released graph code computed (macro search children, correct op mode): batch 2,
// F = 4, L = 3, every weight filled with 0.5·sin(1000·sin(n + 1)), batch statistics, no dropout.
import assert from "node:assert/strict";
import type { Backend } from "../../../engine/backend.ts";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { softmaxCrossEntropy } from "../../../engine/ops/mod.ts";
import { globalNorm } from "../../../engine/optim/clip.ts";
import { Random } from "../../../engine/random.ts";
import { elementCount } from "../../../engine/shape.ts";
import { Tape } from "../../../engine/tape.ts";
import { parseMacroArc } from "../../../nas/space/mod.ts";
import { MacroNetwork } from "../../../nas/child/macro/network.ts";

interface Golden {
  arc: string;
  logits: number[];
  loss: number;
  norm: number;
}

const GOLDEN: Golden[] = [
  {
    arc: "0 0 0 0 0 0",
    logits: [
      -.05386,
      -.07647,
      -.04656,
      -.10469,
      .04242,
      .05266,
      -.00164,
      .01328,
      -.08736,
      .09170,
    ],
    loss: 2.363558,
    norm: 1.1424,
  },
  {
    arc: "1 1 0 1 0 0",
    logits: [
      -.08116,
      -.09652,
      .07233,
      .09049,
      .01536,
      -.02585,
      -.08340,
      .04644,
      .01012,
      -.00523,
    ],
    loss: 2.282517,
    norm: 0.97076,
  },
  {
    arc: "3 3 0 3 0 0",
    logits: [
      .03995,
      .13268,
      -.06256,
      .04906,
      .01914,
      -.09540,
      -.01555,
      -.08450,
      -.00649,
      .01597,
    ],
    loss: 2.237939,
    norm: 1.1293,
  },
  {
    arc: "4 4 0 4 0 0",
    logits: [
      -.08338,
      .02585,
      -.10358,
      -.00084,
      -.00084,
      .02188,
      -.04589,
      -.03546,
      -.06883,
      .09752,
    ],
    loss: 2.286909,
    norm: 1.0936,
  },
  {
    arc: "5 5 0 5 0 0",
    logits: [
      -.10823,
      .05303,
      -.08799,
      .08651,
      -.09587,
      .07529,
      -.05160,
      -.01182,
      .00314,
      .03702,
    ],
    loss: 2.255804,
    norm: 2.9189,
  },
  {
    arc: "0 2 1 1 0 1",
    logits: [
      .01124,
      -.00875,
      .00474,
      -.02237,
      .00245,
      .00972,
      .01471,
      .00566,
      -.00105,
      -.00324,
    ],
    loss: 2.316655,
    norm: 0.62958,
  },
];

function fillWeights(network: MacroNetwork): void {
  for (const name of network.weights.names) {
    const { shape } = network.weights.get(name);
    if (name.endsWith("/gamma") || name.endsWith("/beta")) continue;
    const count = elementCount(shape);
    const stored = Float64Array.from(
      { length: count },
      (_, n) => Math.fround(0.5 * Math.sin(1000 * Math.sin(n + 1))),
    );
    if (name.endsWith("/pointwise")) {
      // The original stores these as [cout, cin].
      const side = shape[2];
      network.weights.set(
        name,
        stored.map((_, i) => stored[(i % side) * side + Math.floor(i / side)]),
      );
    } else network.weights.set(name, stored);
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

async function check(backend: Backend, golden: Golden): Promise<void> {
  const options = { layers: 3, filters: 4, inputChannels: 3, classes: 10, batchNormDecay: 0.9 };
  const network = new MacroNetwork(backend, options, new Random(1));
  fillWeights(network);
  const arc = parseMacroArc(golden.arc);
  const path = network.pathOf(arc);
  const selection = network.weights.select(path);
  const x = backend.fromArray(images(), [2, 32, 32, 3]);
  const labels = backend.fromArray([3, 7], [2], "u32");
  const tape = new Tape(backend);
  for (const name of path) tape.watch(network.weights.get(name), network.weights.gradient(name));
  const { logits } = network.forward(tape, arc, x, { batchNorm: "batch", dropout: null });
  const [loss, correct] = tape.apply(softmaxCrossEntropy, [logits, labels], {});
  const pending = [backend.read(logits), backend.read(loss)];
  tape.backward(loss);
  const norm = globalNorm(network.weights, selection, 0);
  pending.push(backend.read(norm));
  backend.submit();
  const [logitValues, [lossValue], [normValue]] = await Promise.all(pending);
  golden.logits.forEach((expected, j) => {
    assert.ok(
      Math.abs(logitValues[j] - expected) < 2e-5,
      `logit ${j}: ${logitValues[j]} instead of ${expected}`,
    );
    // Two images and a batch norm last: their logits are exact negatives.
    assert.ok(Math.abs(logitValues[j] + logitValues[10 + j]) < 2e-5);
  });
  assert.ok(Math.abs(lossValue - golden.loss) < 1e-4 * golden.loss, `loss ${lossValue}`);
  assert.ok(Math.abs(normValue - golden.norm) < 1e-4 * golden.norm, `norm ${normValue}`);
  assert.ok(path.every((name) => tape.used(network.weights.get(name))), "the path is all used");
  for (const tensor of [x, labels, norm]) backend.release(tensor);
  network.weights.releaseSelection(selection);
  network.dispose();
  void correct;
}

const gpu = await GpuBackend.open();

for (const golden of GOLDEN) {
  Deno.test(`macro child ${golden.arc} gives the original's numbers on the gpu`, async () => {
    await check(gpu, golden);
    assert.equal(gpu.memory.use().liveBuffers, 0);
  });
}

Deno.test("macro child 0 2 1 1 0 1 gives the original's numbers on the cpu", async () => {
  await check(new CpuBackend(), GOLDEN[5]);
});
