/**
 * What a run will take, said before it begins: parameters, operations, memory, and the time on this
 * device, which is measured there on images of noise.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { mebibytes } from "../../engine/bytes.ts";
import { MemoryBudgetError } from "../../engine/errors.ts";
import type { GpuRecorder } from "../../engine/webgpu/recorder.ts";
import type { Arc } from "../space/arc.ts";
import type { ImageKind } from "../child/create_network.ts";
import { arcSize, mergeConfig, type SearchConfig, type SpaceName } from "../config/mod.ts";
import { sharedParameters, spaceOf } from "../space/registry.ts";
import { evaluatorOf } from "../evaluator/registry.ts";
import { forecastMemory, type MemoryForecast } from "./forecast.ts";
import type { DatasetSize } from "../data/facts.ts";
import {
  type ChildCosts,
  childCosts,
  finalKind,
  type NetworkKind,
  sharedKind,
  type TimedStrategy,
  timedStrategy,
} from "./costs.ts";
import { measureNetwork, measureWait, type NetworkTimes } from "./measure.ts";
import { phaseFlops, type PhaseName, phaseSeconds, type PlannedWork, planWork } from "./work.ts";

/** How to plan. */
export interface PlanOptions {
  /** The device of the run; its memory budget is the run's. */
  readonly backend: Backend;
  /** Plans the training of this architecture alone, without a search. */
  readonly arc?: Arc;
  /** Seconds to spend on measuring, more or less; default 24. With 0 no time is predicted. */
  readonly seconds?: number;
  /** Called with a sentence about what is done next. */
  readonly onProgress?: (text: string) => void;
}

/** Device memory of the run, and what there is. */
export interface MemoryPlan extends MemoryForecast {
  readonly budget: number;
  /** Bytes of the largest buffer that the adapter allows and can bind. */
  readonly largestAllowed: number;
  /** Whether the peak is within the budget and every buffer within what the adapter allows. */
  readonly fits: boolean;
}

/** One part of the run. */
export interface PlannedPart {
  /** `sampler` draws architectures and learns, on the CPU; `compilation` is of kernels, at first use. */
  readonly name: PhaseName | "sampler" | "compilation";
  /** Steps, scored architectures, passes over a split, drawn architectures. */
  readonly count: number;
  /** Images that go through a network, recalibration included. */
  readonly images: number;
  /** Floating-point operations: of training steps three times those of a forward pass (spec I). */
  readonly flops: number;
  /** Null where it was not predicted. */
  readonly seconds: number | null;
}

/** How the time was predicted. */
export interface Measurement {
  /** Seconds that measuring took. */
  readonly seconds: number;
  /** Seconds that the program waits for a result after the device has it. */
  readonly wait: number;
  /** Of the shared graph; null without a search. */
  readonly shared: NetworkTimes | null;
  /** Of the network that is trained from scratch. */
  readonly final: NetworkTimes;
}

/** What a run will take; JSON. */
export interface Plan {
  readonly command: "search" | "train";
  readonly space: SpaceName;
  readonly images: {
    readonly shape: readonly [number, number, number];
    readonly classes: number;
    readonly train: number;
    readonly validation: number;
    readonly test: number;
  };
  /** Number of architectures in the space, in decimal digits; null without a search. */
  readonly architectures: string | null;
  /** Trainable parameters of the shared graph; null without a search. */
  readonly sharedParameters: number | null;
  /** Children in the shared graph; null without a search. */
  readonly searched: ChildCosts | null;
  /** Children trained from scratch. */
  readonly final: ChildCosts;
  /** Null on the CPU, where no device memory is used. */
  readonly memory: MemoryPlan | null;
  readonly parts: readonly PlannedPart[];
  /** Floating-point operations of the search, of training from scratch, and of both. */
  readonly flops: { readonly search: number; readonly final: number; readonly total: number };
  /** Of the whole run; null where it was not predicted. */
  readonly seconds: number | null;
  /** Null where no time was predicted. */
  readonly measurement: Measurement | null;
  /** What would go wrong, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Plans a search with the training of its best arc, or with `arc` the training of this one alone.
 * Which arc will be the best is not known: costs and times of its training are those of the mean of
 * arcs that the untrained sampler draws. Where time is measured, buffers of the backend's pool stay
 * allocated until it is closed.
 *
 * @param config A valid configuration.
 * @param size Of its data set, whose files are not needed.
 * @throws {ConfigError} If the data set holds too few images.
 * @throws {ArcError} If the arc cannot be trained as the configuration says.
 */
export async function planRun(
  config: SearchConfig,
  size: DatasetSize,
  options: PlanOptions,
): Promise<Plan> {
  const { backend, arc = null, seconds = 24, onProgress } = options;
  const command = arc === null ? "search" : "train";
  const work = planWork(config, size, command);
  const warnings: string[] = [];
  const known = arc === null ? withoutRefusal(config, warnings) : config;
  const side = config.dataset.imageSize || size.side;
  const images: ImageKind = { shape: [side, side, size.channels], classes: size.classes };
  const sampler = arc === null ? timedStrategy(config) : null;
  const arcs = arc === null ? sampler!.arcs : [arc];
  const shared = arc === null && evaluatorOf(config).sharesWeights
    ? sharedKind(known, images, arcs)
    : null;
  const final = finalKind(known, images, arcs);
  onProgress?.("Counting memory");
  const memory = await backend.choose<Promise<MemoryPlan> | null>({
    cpu: () => null,
    gpu: (gpu) => planMemory(known, size, gpu, arc, warnings),
  });
  const measurement = await measure({ backend, images, shared, final, seconds, onProgress });
  if (measurement === null && seconds > 0) {
    warnings.push(
      "Expected to measure the time of a run but not even a network of few filters fits into the " +
        "memory budget; raise --memory",
    );
  }
  const costs = { shared: shared && childCosts(shared), final: childCosts(final) };
  const parts = partsOf(work, costs, measurement, sampler);
  const sum = (network: "shared" | "final") =>
    work.phases.reduce((total, phase, i) => {
      return total + (phase.network === network ? parts[i].flops : 0);
    }, 0);
  const flops = { search: sum("shared"), final: sum("final") };
  return {
    command,
    space: config.space,
    images: {
      ...images,
      train: work.train,
      validation: work.validation,
      test: work.test,
    },
    architectures: arc === null ? spaceOf(config).count(arcSize(config)).toString() : null,
    sharedParameters: shared && sharedParameters(shared.specOf(arcs[0], shared.filters)),
    searched: costs.shared,
    final: costs.final,
    memory,
    parts,
    flops: { ...flops, total: flops.search + flops.final },
    seconds: measurement === null
      ? null
      : parts.reduce((total, part) => total + (part.seconds ?? 0), 0),
    measurement,
    warnings,
  };
}

/** The parts of the run in their order, and what comes beside them. */
function partsOf(
  { phases, sampledArcs, learnedArcs }: PlannedWork,
  costs: { readonly shared: ChildCosts | null; readonly final: ChildCosts },
  measurement: Measurement | null,
  sampler: TimedStrategy | null,
): PlannedPart[] {
  const parts = phases.map((phase): PlannedPart => {
    const { name, network, trains, count, images, recalibration } = phase;
    const times = measurement && measurement[network];
    return {
      name,
      count,
      images: Math.round(count * (images + recalibration.images)),
      flops: phaseFlops(phase, costs[network]!.flops.mean),
      seconds: times && phaseSeconds(phase, trains ? times.step : times.pass, measurement!.wait),
    };
  });
  if (sampler !== null) {
    const seconds = sampledArcs * sampler.draw + learnedArcs * sampler.learn;
    parts.push({ name: "sampler", count: sampledArcs, images: 0, flops: 0, seconds });
  }
  if (measurement !== null) {
    const { shared, final } = measurement;
    const seconds = (shared?.compilation ?? 0) + final.compilation;
    parts.push({ name: "compilation", count: 1, images: 0, flops: 0, seconds });
  }
  return parts;
}

async function measure(
  { backend, images, shared, final, seconds, onProgress }: {
    readonly backend: Backend;
    readonly images: ImageKind;
    readonly shared: NetworkKind | null;
    readonly final: NetworkKind;
    readonly seconds: number;
    readonly onProgress: ((text: string) => void) | undefined;
  },
): Promise<Measurement | null> {
  if (seconds === 0) return null;
  const started = performance.now();
  const share = shared === null ? seconds : seconds / 2;
  try {
    onProgress?.(`Measuring time, for about ${Math.round(seconds)} s`);
    const wait = await measureWait(backend);
    const timesOf = (kind: NetworkKind) =>
      measureNetwork({ ...kind, backend, images, seconds: share });
    const sharedTimes = shared && await timesOf(shared);
    const finalTimes = await timesOf(final);
    return {
      seconds: (performance.now() - started) / 1000,
      wait,
      shared: sharedTimes,
      final: finalTimes,
    };
  } catch (error) {
    if (error instanceof MemoryBudgetError) return null;
    throw error;
  }
}

/** Forecasts memory and says where it is too little. */
async function planMemory(
  config: SearchConfig,
  size: DatasetSize,
  gpu: GpuRecorder,
  arc: Arc | null,
  warnings: string[],
): Promise<MemoryPlan> {
  const { target, tuning, memoryBudget: budget, largestBinding: largestAllowed } = gpu;
  const forecast = await forecastMemory(config, size, { ...target, tuning }, arc);
  const { peak, largestBuffer } = forecast;
  if (peak > budget) {
    warnings.push(
      `Expected the run to fit into the memory budget of ${mebibytes(budget)} but it needs about ` +
        `${
          mebibytes(peak)
        }; raise --memory if the device has more, or use a smaller batch or fewer ` +
        "filters",
    );
  }
  if (largestBuffer > largestAllowed) {
    warnings.push(
      `Expected every buffer to fit into ${mebibytes(largestAllowed)}, this adapter's limit, but ` +
        `one needs ${mebibytes(largestBuffer)}; use a smaller batch or fewer filters`,
    );
  }
  const fits = peak <= budget && largestBuffer <= largestAllowed;
  return { ...forecast, budget, largestAllowed, fits };
}

/** A search whose last network refuses ops does not begin; it is planned as if it took them. */
function withoutRefusal(config: SearchConfig, warnings: string[]): SearchConfig {
  if (spaceOf(config).refusedOps(config).length === 0) return config;
  warnings.push(
    "Expected an official graph that trains every architecture but finalTraining.poolOps is " +
      "refuse, with which `search` does not begin; set it to pre-activation",
  );
  return mergeConfig(config, { finalTraining: { poolOps: "pre-activation" } });
}
