/**
 * The trial `train`: one arc from scratch, as the command `train` does it.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { parseArc } from "../space/arc.ts";
import type { Trained, TrainEpoch } from "../run/events.ts";
import { trainFromScratch } from "../child/scratch_training.ts";
import type { TrialContext } from "./execute.ts";
import type { TrainResult } from "./results.ts";
import { StudyInterrupted } from "./queue.ts";
import type { TrialInput } from "./kinds.ts";

/** Trains the arc; the seed of the configuration draws split, weights and batches. */
export async function executeTrain(
  { config, arc }: TrialInput<"train">,
  context: TrialContext,
): Promise<TrainResult> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const data = context.data(config);
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
