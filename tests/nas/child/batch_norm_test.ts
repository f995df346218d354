import assert from "node:assert/strict";
import { CpuBackend } from "../../../engine/cpu_backend.ts";
import { GpuBackend } from "../../../engine/webgpu/gpu_backend.ts";
import { Random } from "../../../engine/random.ts";
import { Tape } from "../../../engine/tape.ts";
import type { Tensor } from "../../../engine/tensor.ts";
import { MACRO_OPS, macroArcFromRows } from "../../../nas/space/mod.ts";
import { MacroNetwork } from "../../../nas/child/macro/network.ts";
import type { BatchNormUse } from "../../../nas/child/network.ts";
import { childByHand, noise, scramble } from "./by_hand.ts";

const gpu = await GpuBackend.open();
const cpu = new CpuBackend();
const OPTIONS = { layers: 4, filters: 4, inputChannels: 1, classes: 3, batchNormDecay: 0.9 };
// Convolutions of both kinds and a pool, an average of each, a dead and a live reduction.
const ROWS = [[0], [3, 1], [4, 0, 1], [2, 0, 0, 1]];
const [FIRST, SECOND] = [noise(new Random(2), 4 * 64), noise(new Random(3), 4 * 64)];

/** Logits of the child `rows` on `values`, images of 8x8. */
function run(
  network: MacroNetwork,
  values: Float64Array,
  batchNorm: BatchNormUse,
  rows = ROWS,
): Promise<Float64Array> {
  const { backend } = network;
  return backend.scope(() => {
    const x = backend.fromArray(values, [values.length / 64, 8, 8, 1]);
    const mode = { batchNorm, dropout: null };
    const { logits } = network.forward(new Tape(backend), macroArcFromRows(rows), x, mode);
    return backend.toArray(logits);
  });
}

/** Prefixes of the batch norms that the child `rows` runs. */
function normsOf(network: MacroNetwork, rows: number[][]): string[] {
  return network.pathOf(macroArcFromRows(rows))
    .filter((name) => name.endsWith("/gamma"))
    .map((name) => name.slice(0, -"/gamma".length));
}

/** Mean and unbiased variance of each channel. */
function moments({ shape, cpu: values }: Tensor): { mean: number[]; variance: number[] } {
  const channels = shape[3];
  const rows = values.length / channels;
  const column = (c: number) =>
    Array.from({ length: rows }, (_, row) => values[row * channels + c]);
  const columns = Array.from({ length: channels }, (_, c) => column(c));
  const mean = columns.map((column) => column.reduce((a, b) => a + b) / rows);
  const variance = columns.map((column, c) =>
    column.reduce((sum, value) => sum + (value - mean[c]) ** 2, 0) / (rows - 1)
  );
  return { mean, variance };
}

Deno.test("scoring leaves the averages alone, in both modes", async () => {
  for (const backend of [cpu, gpu]) {
    const network = new MacroNetwork(backend, OPTIONS, new Random(1));
    const before = await network.averages.values();
    await run(network, FIRST, "batch");
    await run(network, FIRST, "moving");
    assert.deepEqual(await network.averages.values(), before);
    // Nor does it count as an update: the first training step weighs as much as without it.
    await run(network, FIRST, "train");
    const trained = new MacroNetwork(backend, OPTIONS, new Random(1));
    await run(trained, FIRST, "train");
    assert.deepEqual(await network.averages.values(), await trained.averages.values());
    network.dispose();
    trained.dispose();
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("moving statistics make an image's logits independent of its batch", async () => {
  const network = new MacroNetwork(gpu, OPTIONS, new Random(1));
  scramble(network, new Random(5));
  const classes = OPTIONS.classes;
  const logits = async (mode: BatchNormUse) => ({
    alone: await run(network, FIRST.slice(0, 64), mode),
    together: (await run(network, FIRST, mode)).slice(0, classes),
  });
  const moving = await logits("moving");
  assert.deepEqual(moving.alone, moving.together);
  const batch = await logits("batch");
  assert.notDeepEqual(batch.alone, batch.together);
  // Every average on the path counts: each changes the logits when it changes alone.
  for (const name of network.averages.names.filter((name) => /^(stem|layer[12])/.test(name))) {
    const prefix = name.slice(0, name.lastIndexOf("/"));
    const onPath = network.pathOf(macroArcFromRows(ROWS)).includes(`${prefix}/gamma`);
    const values = await gpu.toArray(network.averages.get(name));
    network.averages.set(name, values.map((value) => 2 * value + 1));
    const other = (await run(network, FIRST, "moving")).slice(0, classes);
    network.averages.set(name, values);
    assert.equal(other.some((value, i) => value !== moving.together[i]), onPath, name);
  }
  network.dispose();
  assert.equal(gpu.memory.use().liveBuffers, 0);
});

Deno.test("averages are zero-debiased, but behind a layer's convolution start at 0 and 1", async () => {
  const masked = MACRO_OPS.filter(({ kind }) => kind !== "pool").map(({ name }) => name);
  const isMasked = (prefix: string) => masked.some((op) => prefix.endsWith(`/${op}`));
  const network = new MacroNetwork(cpu, OPTIONS, new Random(1));
  const other = [[0], [1, 1], [4, 0, 1], [5, 0, 0, 1]];
  const statistics = (values: Float64Array, rows: number[][]) => {
    const x = cpu.fromArray(values, [4, 8, 8, 1]);
    const { normalised } = childByHand(network, rows, x);
    return new Map([...normalised].map(([prefix, tensor]) => [prefix, moments(tensor)]));
  };
  const [one, two] = [statistics(FIRST, ROWS), statistics(SECOND, ROWS)];
  const third = statistics(SECOND, other);

  for (const [backend, tolerance] of [[cpu, 1e-6], [gpu, 1e-4]] as const) {
    const trained = new MacroNetwork(backend, OPTIONS, new Random(1));
    const check = async (expected: (prefix: string, part: "mean" | "variance") => number[]) => {
      const averages = await trained.averages.values();
      for (const prefix of normsOf(trained, ROWS)) {
        for (const part of ["mean", "variance"] as const) {
          const { data } = averages.get(`${prefix}/${part}`)!;
          expected(prefix, part).forEach((value, c) => {
            assert.ok(
              Math.abs(data[c] - value) < tolerance * Math.max(1, Math.abs(value)) + 1e-7,
              `${backend.kind} ${prefix}/${part}[${c}]: ${data[c]} instead of ${value}`,
            );
          });
        }
      }
    };
    const start = { mean: 0, variance: 1 };
    await run(trained, FIRST, "train");
    await check((prefix, part) =>
      one.get(prefix)![part].map((value) =>
        isMasked(prefix) ? 0.9 * start[part] + 0.1 * value : value
      )
    );
    await run(trained, SECOND, "train");
    await check((prefix, part) =>
      two.get(prefix)![part].map((value, c) => {
        const before = one.get(prefix)![part][c];
        return isMasked(prefix)
          ? 0.81 * start[part] + 0.09 * before + 0.1 * value
          : (0.09 * before + 0.1 * value) / (0.09 + 0.1);
      })
    );
    // A batch norm that a later arc runs for the first time begins with that batch.
    await run(trained, SECOND, "train", other);
    const averages = await trained.averages.values();
    const fresh = "layer3/max_pool3x3/point";
    const { mean } = third.get(fresh)!;
    const actual = averages.get(`${fresh}/mean`)!.data;
    mean.forEach((value, c) => assert.ok(Math.abs(actual[c] - value) < 1e-4, `${fresh}[${c}]`));
    // One that ran in all three steps weighs them all; the stem's input has nothing to do with arcs.
    const stem = averages.get("stem/mean")!.data;
    one.get("stem")!.mean.forEach((first, c) => {
      const second = two.get("stem")!.mean[c];
      const expected = (0.081 * first + 0.09 * second + 0.1 * second) / (0.081 + 0.09 + 0.1);
      assert.ok(Math.abs(stem[c] - expected) < 1e-4, `stem[${c}]: ${stem[c]}, not ${expected}`);
    });
    trained.dispose();
  }
  assert.equal(gpu.memory.use().liveBuffers, 0);
});
