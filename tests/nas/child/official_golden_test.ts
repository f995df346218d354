// Numbers that the released graph code computed for its retraining networks (enas-spec.md J.2):
// batch 2, F = 4, L = 3, every weight filled with 0.5·sin(1000·sin(n + 1)), batch statistics.
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
import { microArcFromDecisions } from "../../../nas/space/micro/arc.ts";
import { MacroOfficialNetwork } from "../../../nas/child/macro/official.ts";
import { MicroOfficialNetwork } from "../../../nas/child/micro/official.ts";
import { assertNoLiveBuffers } from "../../engine/helpers.ts";

type Network = MacroOfficialNetwork | MicroOfficialNetwork;

interface Golden {
  make: (backend: Backend) => Network;
  parameters: number;
  logits: number[];
  loss: number;
  norm: number;
}

const SIZES = { layers: 3, filters: 4, inputChannels: 3, classes: 10, batchNormDecay: 0.9 };
const MICRO_SIZES = { ...SIZES, nodes: 2, imageHeight: 32, imageWidth: 32 };

const GOLDEN: Record<string, Golden> = {
  macro: {
    make: (backend) =>
      new MacroOfficialNetwork(backend, SIZES, new Random(1), parseMacroArc("0 2 0 0 0 0")),
    parameters: 5716,
    logits: [
      .04264,
      .01305,
      -.03535,
      .05685,
      -.11009,
      -.16998,
      .05467,
      .05829,
      .14092,
      -.00930,
    ],
    loss: 2.306989,
    norm: 1.5662,
  },
  micro: {
    make: (backend) =>
      new MicroOfficialNetwork(
        backend,
        MICRO_SIZES,
        new Random(1),
        microArcFromDecisions([0, 0, 1, 1, 2, 2, 0, 3, 1, 4, 0, 0, 2, 1, 1, 2]),
      ),
    parameters: 9012,
    logits: [
      -2.34129,
      .55153,
      2.70940,
      -1.30898,
      -.51862,
      .59145,
      1.29730,
      -2.86293,
      -.29361,
      1.65445,
    ],
    loss: 5.401861,
    norm: 7.5194,
  },
};

const wave = (n: number) => Math.sin(1000 * Math.sin(n + 1));

/** Fills every variable of the released code; the one over merged skips is stored in pieces here. */
function fillWeights({ weights }: Network): void {
  const filled = new Map<string, number>();
  for (const name of weights.names) {
    if (name.endsWith("/gamma") || name.endsWith("/beta")) continue;
    const variable = name.replace(/\/merge\/.*$/, "/merge");
    const first = filled.get(variable) ?? 0;
    const count = elementCount(weights.get(name).shape);
    weights.set(name, Float64Array.from({ length: count }, (_, i) => 0.5 * wave(first + i)));
    filled.set(variable, first + count);
  }
}

function images(): Float64Array {
  return Float64Array.from({ length: 2 * 32 * 32 * 3 }, (_, i) => {
    const [c, w, h] = [i % 3, Math.floor(i / 3) % 32, Math.floor(i / 96) % 32];
    const b = Math.floor(i / 3072);
    return Math.sin(0.3 * h + 0.2 * w + 1.1 * c + 0.7 * b) + 0.5 * wave(i);
  });
}

async function check(backend: Backend, golden: Golden): Promise<void> {
  const network = golden.make(backend);
  const { weights } = network;
  assert.equal(weights.parameterCount, golden.parameters);
  fillWeights(network);
  const path = network.pathOf(network.arc);
  const selection = weights.select(path);
  const x = backend.fromArray(images(), [2, 32, 32, 3]);
  const labels = backend.fromArray([3, 7], [2], "u32");
  const [logits, [loss], [norm]] = await backend.scope(() => {
    const tape = new Tape(backend);
    for (const name of path) tape.watch(weights.get(name), weights.gradient(name));
    const outputs = network.forward(tape, network.arc, x, { batchNorm: "batch", dropout: null });
    assert.equal(outputs.auxiliaryLogits, null);
    const [loss] = tape.apply(softmaxCrossEntropy, [outputs.logits, labels], {});
    const pending = [backend.read(outputs.logits), backend.read(loss)];
    tape.backward(loss);
    const norm = globalNorm(weights, selection, 0);
    pending.push(backend.read(norm));
    backend.submit();
    backend.release(norm);
    return Promise.all(pending);
  });
  golden.logits.forEach((expected, j) => {
    const distance = Math.abs(logits[j] - expected);
    assert.ok(distance < 1e-5 + 1e-5 * Math.abs(expected), `${logits[j]} instead of ${expected}`);
  });
  assert.ok(Math.abs(loss - golden.loss) < 1e-5 * golden.loss, `loss ${loss}`);
  assert.ok(Math.abs(norm - golden.norm) < 1e-4 * golden.norm, `norm ${norm}`);
  weights.releaseSelection(selection);
  for (const tensor of [x, labels]) backend.release(tensor);
  network.dispose();
}

const gpu = await GpuBackend.open();

for (const [space, golden] of Object.entries(GOLDEN)) {
  Deno.test(`the ${space} retraining network gives the original's numbers on the gpu`, async () => {
    await check(gpu, golden);
    assertNoLiveBuffers(gpu);
  });
  Deno.test(`the ${space} retraining network gives the original's numbers on the cpu`, async () => {
    await check(new CpuBackend(), golden);
  });
}
