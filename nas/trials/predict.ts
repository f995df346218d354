/**
 * How long a study will take on this device, predicted before it begins.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import type { SearchConfig } from "../config/mod.ts";
import { DATASET_SIZES, type DatasetSize } from "../data/facts.ts";
import { type Plan, planRun } from "../plan/plan.ts";
import { planWork } from "../plan/work.ts";
import { kindOf } from "./kinds/mod.ts";
import { StudyError, type Trial } from "./queue.ts";

/** Trials of one kind that cost about the same. */
export interface TrialForecast {
  /** What they do, such as "searches of the macro space". */
  readonly label: string;
  readonly count: number;
  /** One of them, from which the time of all is predicted. */
  readonly example: Trial;
}

/** Trials of one kind with their time. */
export interface PredictedTrials {
  readonly label: string;
  readonly count: number;
  /** Of one of them, in seconds. */
  readonly seconds: number;
}

/** How to predict. */
export interface PredictOptions {
  readonly backend: Backend;
  /** How many of a data set's test images the trials read. */
  readonly testImages: (available: number) => number;
  /** Seconds to spend on measuring each kind of network; default 12. */
  readonly seconds?: number;
  readonly onProgress?: (text: string) => void;
}

/**
 * Predicts the seconds of each kind of trial from times measured here on images of noise. Kernels are
 * compiled once in a process, which is counted in none of them.
 */
export async function predictTrials(
  forecast: readonly TrialForecast[],
  { backend, testImages, seconds = 12, onProgress }: PredictOptions,
): Promise<PredictedTrials[]> {
  const plans = new Map<string, Plan>();
  const planOf = async (config: SearchConfig): Promise<Plan> => {
    const { seed: _, ...rest } = config;
    const key = JSON.stringify(rest);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = await planRun(config, sizeOf(config, testImages), {
      backend,
      seconds,
      ...(onProgress ? { onProgress } : {}),
    });
    plans.set(key, plan);
    return plan;
  };
  const predicted: PredictedTrials[] = [];
  for (const { label, count, example } of forecast) {
    const kind = kindOf(example);
    const input = kind.input.parse(example.input);
    const plan = await planOf(input.config);
    const { measurement: measured } = plan;
    if (measured === null) {
      throw new StudyError(
        `Expected to measure the time of ${label} but its network does not fit into the memory ` +
          "budget; choose a smaller --scale",
      );
    }
    predicted.push({ label, count, seconds: kind.seconds(input, { plan, measured }) });
  }
  return predicted;
}

/** Size of the data set of a study, whose files need not be here. */
function sizeOf(
  config: SearchConfig,
  testImages: PredictOptions["testImages"],
): DatasetSize {
  const known = DATASET_SIZES[config.dataset.name];
  if (known === undefined) {
    throw new StudyError(
      `Expected one of ${Object.keys(DATASET_SIZES).join(", ")} as the data set of a study but ` +
        `found ${config.dataset.name}`,
    );
  }
  const size = { ...known, test: testImages(known.test) };
  // Refuses a data set with too few images before anything is measured.
  planWork(config, size, "search");
  return size;
}
