/**
 * Settings of the evaluators: who judges an architecture, at what cost. One entry of the union each.
 * Flags are those of melodyguan/enas @ 4bcfd73; sections are those of enas-spec.md.
 *
 * @module
 */

import { added, choice, either, flag, group, integer } from "./fields.ts";

const NAME = {
  about: "Who judges an architecture: weights that all share and that train along, or a short " +
    "training of its own from scratch",
  unit: "name",
  source: "shared weights: ENAS (Pham 2018); from scratch: NAS (Zoph & Le 2017)",
};

/** Accuracy under shared weights, which train along with the search. */
const sharedWeights = group({
  name: choice(["shared-weights"], NAME),
  batchSize: integer({ min: 2 }, {
    about: "Validation images on which the reward of one architecture is measured",
    unit: "images",
    source: "--batch_size; section C.4",
  }),
  rewardBatchNorm: choice(["moving", "batch", "recalibrated"], {
    about: "Batch-norm statistics when an architecture is scored: moving averages shared by all " +
      "architectures, those of the scored minibatch, or fresh averages over training batches",
    unit: "name",
    source: "section D.4: moving in the released macro search, batch in the micro search",
  }),
  recalibrationBatches: integer({ min: 1 }, {
    about: "Training batches from which each scored architecture gets fresh averages, with " +
      "rewardBatchNorm recalibrated",
    unit: "batches",
    source: "enaslab's own; docs/batch_norm_modes.md",
  }),
  rewardDropout: flag({
    about: "Keep dropout on when an architecture is scored",
    unit: "yes or no",
    source: "section K: yes in the released micro search, no in the macro search",
  }),
});

/** Validation accuracy after a training of its own, by `finalTraining` but for what is said here. */
const fromScratch = group({
  name: choice(["from-scratch"], NAME),
  epochs: added(
    integer({ min: 1 }, {
      about:
        "Epochs for which each proposed architecture is trained from scratch, one cosine cycle; " +
        "all else is as in finalTraining, but the validation images never train",
      unit: "epochs",
      source: "ours: short; Zoph & Le (2017) train for 50",
    }),
    2,
  ),
});

/** Settings of one evaluator. */
export const evaluator = either("an evaluator", [sharedWeights, fromScratch]);
