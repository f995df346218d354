/**
 * How long a study will take on this device, predicted before it begins.
 *
 * @module
 */
import type { Backend } from "../engine/backend.ts";
import type { SearchConfig } from "../nas/config/mod.ts";
import { DATASET_SIZES, type DatasetSize } from "../nas/plan/forecast.ts";
import { type Measurement, type Plan, planRun } from "../nas/plan/plan.ts";
import { type LinearTime, planWork } from "../nas/plan/work.ts";
import { PROXY_BATCHES } from "../nas/trials/proxies.ts";
import { REPLAY_IMAGES } from "../nas/trials/score.ts";
import { testImages } from "./kit/scales.ts";
import type { StudyScale, TrialForecast } from "./study.ts";
import { StudyError } from "../nas/trials/queue.ts";
import { inputOf, TRIAL_KINDS, type TrialKind } from "../nas/trials/kinds.ts";

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
  /** Scale of the study, which says how many test images it reads. */
  readonly scale: StudyScale;
  /** Seconds to spend on measuring each kind of network; default 12. */
  readonly seconds?: number;
  readonly onProgress?: (text: string) => void;
}

/** Parts of a search that come after it in a run of its own, and not in a study. */
const FINAL_PARTS: readonly string[] = ["train_steps", "validation", "test"];

/**
 * Predicts the seconds of each kind of trial from times measured here on images of noise. Kernels are
 * compiled once in a process, which is counted in none of them.
 */
export async function predictTrials(
  forecast: readonly TrialForecast[],
  { backend, scale, seconds = 12, onProgress }: PredictOptions,
): Promise<PredictedTrials[]> {
  const plans = new Map<string, Plan>();
  const planOf = async (config: SearchConfig): Promise<Plan> => {
    const { seed: _, ...rest } = config;
    const key = JSON.stringify(rest);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = await planRun(config, sizeOf(config, scale), {
      backend,
      seconds,
      ...(onProgress ? { onProgress } : {}),
    });
    plans.set(key, plan);
    return plan;
  };
  const predicted: PredictedTrials[] = [];
  for (const { label, count, example } of forecast) {
    const kind = TRIAL_KINDS.find((known): known is TrialKind => known === example.kind)!;
    const { config } = inputOf(kind, example);
    const plan = await planOf(config);
    const { measurement } = plan;
    if (measurement === null) {
      throw new StudyError(
        `Expected to measure the time of ${label} but its network does not fit into the memory ` +
          "budget; choose a smaller --scale",
      );
    }
    predicted.push({ label, count, seconds: secondsOf(kind, example, plan, measurement) });
  }
  return predicted;
}

function secondsOf(
  kind: TrialKind,
  example: TrialForecast["example"],
  { parts, images }: Plan,
  { shared, final, wait }: Measurement,
): number {
  const named = (test: (name: string) => boolean) =>
    parts.filter(({ name }) => name !== "compilation" && test(name))
      .reduce((sum, part) => sum + (part.seconds ?? 0), 0);
  const pass = ({ fixed, perImage }: LinearTime, count: number) => fixed + perImage * count + wait;
  switch (kind) {
    case "supernet": {
      const { marks, arcs } = inputOf(kind, example);
      const scores = marks.length * arcs * 2 * pass(shared!.pass, images.validation);
      return named((name) => !FINAL_PARTS.includes(name)) + scores;
    }
    case "score": {
      const { arcs } = inputOf(kind, example);
      const each = 3 * pass(shared!.pass, images.validation) + pass(shared!.pass, REPLAY_IMAGES);
      return arcs.length * each;
    }
    case "train":
      return named((name) => FINAL_PARTS.includes(name));
    case "proxies": {
      const { arcs, config } = inputOf(kind, example);
      return arcs.length * PROXY_BATCHES * pass(final.step, config.finalTraining.batchSize);
    }
  }
}

/** Size of the data set of a study, whose files need not be here. */
function sizeOf(config: SearchConfig, scale: StudyScale): DatasetSize {
  const known = DATASET_SIZES[config.dataset.name];
  if (known === undefined) {
    throw new StudyError(
      `Expected one of ${Object.keys(DATASET_SIZES).join(", ")} as the data set of a study but ` +
        `found ${config.dataset.name}`,
    );
  }
  const size = { ...known, test: testImages(scale, known.test) };
  // Refuses a data set with too few images before anything is measured.
  planWork(config, size, "search");
  return size;
}
