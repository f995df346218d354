/**
 * Trains random children of both spaces for many steps and watches the memory: on the device the
 * buffers that are alive and their bytes must be the same after every step from the 50th on, and the
 * process must not grow by more than stated bounds.
 *
 *     deno run -A bench/soak.ts [STEPS, default 2000 in all]
 *
 * Prints a line every 200 steps and exits with 1 where memory is not flat.
 *
 * @module
 */
import { GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import { Random } from "../engine/random.ts";
import type { Arc } from "../nas/space/mod.ts";
import { createNetwork, sharedNetworkSpec } from "../nas/child/create_network.ts";
import { prepareChildData } from "../nas/data/resident.ts";
import { accuracyOf } from "../nas/child/score.ts";
import { ChildTrainer } from "../nas/child/trainer.ts";
import { getPreset, mergeConfig, type SearchConfig } from "../nas/config/mod.ts";
import { createSampler } from "../nas/strategy/registry.ts";
import { syntheticDataset } from "../nas/data/mod.ts";
import { sharedTrainerOptions } from "../nas/child/training_options.ts";

/** Steps of a space after which the memory of the device has to stay as it is. */
const SETTLED = 50;
/** Share of the steps of a space in which kernels of new shapes are compiled, which takes memory. */
const WARM_UP = 0.25;
/**
 * Most MiB that the process may grow by after {@link WARM_UP}: as a whole, where V8 takes what room it
 * likes for garbage; outside V8's heap; and in objects that V8 could not collect.
 */
const BOUNDS = { resident: 128, "outside the heap": 48, "least heap in use": 24 } as const;
type Measure = keyof typeof BOUNDS;
/** Steps between two lines. */
const EVERY = 200;
/** Steps that are submitted before the oldest result is awaited. */
const IN_FLIGHT = 8;

const MIB = 2 ** 20;

const DATA = { name: "synthetic", images: 400, imageSize: 8, validationShare: 0.2 };
const STRATEGY = { name: "random" } as const;
const SEARCH = { scoreImages: 40 };
const CHILD = { filters: 8, batchSize: 16 };

/** Small enough for thousands of steps on a software adapter. */
const CONFIGS: readonly SearchConfig[] = [
  mergeConfig(getPreset("quick").config, {
    dataset: DATA,
    child: { ...CHILD, layers: 6 },
    strategy: STRATEGY,
    search: SEARCH,
  }),
  mergeConfig(getPreset("quick", "micro").config, {
    dataset: DATA,
    child: { ...CHILD, filters: 4, layers: 2, nodes: 3 },
    strategy: STRATEGY,
    search: SEARCH,
  }),
];

/** What the memory was after a number of steps of one space. */
export interface Soaked {
  readonly space: string;
  /** 1-based. */
  readonly step: number;
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Of all buffers and textures on the device. */
  readonly allocatedBytes: number;
  /** Resident set of the process, V8's heap in it, and what objects take of that. */
  readonly rss: number;
  readonly heapTotal: number;
  readonly heapUsed: number;
}

/** What came of a soak: a line a measurement, and sentences about what was not flat. */
export interface SoakResult {
  readonly rows: readonly Soaked[];
  readonly faults: readonly string[];
}

/**
 * Trains `steps` random children of each space, scores every tenth, and measures after every step.
 *
 * @param onRow gets a measurement every {@link EVERY} steps and the last one of each space
 */
export async function soak(steps: number, onRow: (row: Soaked) => void): Promise<SoakResult> {
  const rows: Soaked[] = [];
  const faults: string[] = [];
  const gpu = await GpuBackend.open();
  for (const config of CONFIGS) {
    const before = gpu.memory.use().liveBuffers;
    const measured = await soakSpace(gpu, config, steps, onRow);
    rows.push(...measured);
    faults.push(...faultsOf(measured));
    const after = gpu.memory.use().liveBuffers;
    if (after !== before) {
      faults.push(
        `${config.space}: ${after - before} buffers are alive when everything is disposed of`,
      );
    }
  }
  await gpu.close();
  return { rows, faults };
}

async function soakSpace(
  gpu: GpuBackend,
  config: SearchConfig,
  steps: number,
  onRow: (row: Soaked) => void,
): Promise<Soaked[]> {
  const random = new Random(config.seed);
  const dataset = syntheticDataset({ train: 400, test: 20 });
  const data = prepareChildData(gpu, dataset, config, random);
  const spec = sharedNetworkSpec(config, {
    shape: data.shape,
    classes: data.classNames.length,
  });
  const network = createNetwork(gpu, spec, random.fork("weights"), null);
  const options = sharedTrainerOptions(config);
  const trainer = new ChildTrainer(
    network,
    data.pool,
    data.split.train,
    options,
    random.fork("train"),
  );
  const sampler = createSampler(config, random.fork("arcs"));
  const rows: Soaked[] = [];
  const pending: Promise<unknown>[] = [];
  for (let step = 1; step <= steps; step++) {
    const [arc]: readonly Arc[] = sampler.sample(1).arcs;
    pending.push(trainer.step(arc, 1e-3));
    if (pending.length === IN_FLIGHT) await pending.shift();
    if (step % 10 === 0) {
      const how = { batchSize: 40, batchNorm: "batch" } as const;
      await accuracyOf(network, arc, data.pool, data.split.validation, how);
    }
    const { liveBuffers, liveBytes, allocatedBytes } = gpu.memory.use();
    const { rss, heapTotal, heapUsed } = Deno.memoryUsage();
    const device = { liveBuffers, liveBytes, allocatedBytes };
    const row = { space: config.space, step, ...device, rss, heapTotal, heapUsed };
    rows.push(row);
    if (step % EVERY === 0 || step === steps) onRow(row);
  }
  await Promise.all(pending);
  for (const made of [network, data.pool, data.test]) made.dispose();
  return rows;
}

/** What is not flat in the measurements of one space. */
function faultsOf(rows: readonly Soaked[]): string[] {
  const { space } = rows[0];
  const faults: string[] = [];
  const settled = rows.slice(SETTLED - 1);
  for (const name of ["liveBuffers", "liveBytes"] as const) {
    const first = settled[0][name];
    const other = settled.find((row) => row[name] !== first);
    if (other !== undefined) {
      faults.push(
        `${space}: ${name} was ${first} after step ${settled[0].step} and ${
          other[name]
        } after step ` +
          `${other.step}`,
      );
    }
  }
  // In fewer steps kernels are still being compiled.
  const long = rows.length >= 500;
  for (const [what, mib] of long ? growthOf(rows) : []) {
    if (mib > BOUNDS[what]) faults.push(`${space}: ${grown(what, mib)}`);
  }
  return faults;
}

/** MiB by which each measure grew after the warm-up, from its first to its last tenth. */
function growthOf(rows: readonly Soaked[]): [Measure, number][] {
  const warm = rows.slice(Math.floor(WARM_UP * rows.length));
  const tenth = Math.max(1, Math.floor(warm.length / 10));
  const grew = (of: (rows: readonly Soaked[]) => number) =>
    (of(warm.slice(-tenth)) - of(warm.slice(0, tenth))) / MIB;
  return [
    ["resident", grew((part) => median(part.map(({ rss }) => rss)))],
    ["outside the heap", grew((part) => median(part.map((row) => row.rss - row.heapTotal)))],
    ["least heap in use", grew((part) => Math.min(...part.map(({ heapUsed }) => heapUsed)))],
  ];
}

function grown(what: Measure, mib: number): string {
  return `${what} grew by ${mib.toFixed(1)} MiB, of at most ${BOUNDS[what]}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function line(
  { space, step, liveBuffers, liveBytes, allocatedBytes, rss, heapUsed }: Soaked,
): string {
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(2)} MiB`;
  return `${space.padEnd(6)} step ${String(step).padStart(5)}: ${liveBuffers} live buffers, ` +
    `${mib(liveBytes)} live, ${mib(allocatedBytes)} on the device, ${mib(rss)} resident, ${
      mib(heapUsed)
    } of heap in use`;
}

if (import.meta.main) {
  const total = Number(Deno.args[0] ?? 2000);
  const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  const { rows, faults } = await soak(total / CONFIGS.length, (row) => say(line(row)));
  for (const { space } of CONFIGS) {
    for (const [what, mib] of growthOf(rows.filter((row) => row.space === space))) {
      say(`${space.padEnd(6)} ${grown(what, mib)}`);
    }
  }
  for (const fault of faults) say(`NOT FLAT ${fault}`);
  say(faults.length === 0 ? `Flat over ${total} steps` : `${faults.length} faults`);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
