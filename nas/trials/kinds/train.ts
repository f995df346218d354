/**
 * The trial `train`: one arc from scratch, as the command `train` does it.
 *
 * @module
 */
import { z } from "zod";
import { Random } from "../../../engine/random.ts";
import { parseArc } from "../../space/arc.ts";
import type { Trained, TrainEpoch } from "../../run/events.ts";
import { trainFromScratch } from "../../child/scratch_training.ts";
import { StudyInterrupted } from "../queue.ts";
import {
  accuracies,
  configSchema,
  plannedSeconds,
  share,
  type TrialContext,
  type TrialKind,
} from "./kind.ts";

const inputSchema = z.object({ config: configSchema, arc: z.string() });
type Input = z.infer<typeof inputSchema>;

const resultSchema = z.object({
  /** After the last epoch; the test split was read once. */
  testAccuracy: share,
  testImages: z.int().positive(),
  /** Null where the validation images train too. */
  validationAccuracy: share.nullable(),
  /** Validation accuracy after each epoch; training accuracy where there are no such images. */
  curve: accuracies,
  /** Trainable parameters of the trained network. */
  parameters: z.int().nonnegative(),
  /** Floating-point operations of one image, forward. */
  flops: z.number().nonnegative(),
  seconds: z.number(),
});
/** What training from scratch came to. */
export type TrainResult = z.infer<typeof resultSchema>;

/** One arc trained from scratch by `config.finalTraining`; `config.seed` is its seed. */
export const TRAIN: TrialKind<Input, TrainResult> = {
  input: inputSchema,
  result: resultSchema,
  run,
  seconds: (_, times) => plannedSeconds(times, "final"),
};

/** Trains the arc; the seed of the configuration draws split, weights and batches. */
async function run({ config, arc }: Input, context: TrialContext): Promise<TrainResult> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const data = context.data();
  const epochs: TrainEpoch[] = [];
  let trained: Trained | null = null;
  const training = trainFromScratch({
    backend: context.backend,
    data,
    arc: parseArc(arc, config.space),
    config,
    random: new Random(config.seed).fork("training from scratch"),
    clock: seconds,
    signal: context.signal,
  });
  for (;;) {
    const { value, done } = await training.next();
    if (done) {
      value.network.dispose();
      break;
    }
    if (value.type === "trained") trained = value;
    if (value.type !== "train_epoch") continue;
    epochs.push(value);
    context.onProgress?.(value.epoch / config.finalTraining.epochs);
  }
  if (trained === null) throw new StudyInterrupted();
  const { testAccuracy, testImages, validationAccuracy, parameters, flops } = trained;
  return {
    ...{ testAccuracy, testImages, validationAccuracy, parameters, flops },
    curve: epochs.map((epoch) => epoch.validationAccuracy ?? epoch.trainAccuracy),
    seconds: seconds(),
  };
}
