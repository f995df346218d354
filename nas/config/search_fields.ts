/**
 * Settings of the loop in which a strategy proposes and an evaluator judges.
 * Flags are those of melodyguan/enas @ 4bcfd73; sections are those of enas-spec.md.
 *
 * @module
 */

import { added, choice, group, integer } from "./fields.ts";

/** Settings of the search around strategy and evaluator. */
export const search = group({
  epochs: integer({ min: 1 }, {
    about: "Epochs of the search",
    unit: "epochs",
    source: "--num_epochs; section D.5",
  }),
  trainEvery: integer({ min: 1 }, {
    about: "Epochs of the search from one in which the strategy is told results to the next",
    unit: "epochs",
    source: "--controller_train_every; section F",
  }),
  updatesPerEpoch: integer({ min: 1 }, {
    about:
      "Times that the strategy is told results in such an epoch: the updates of the controller",
    unit: "times",
    source: "--controller_train_steps; section C.4",
  }),
  arcsPerUpdate: integer({ min: 1 }, {
    about:
      "Architectures that the strategy proposes before it is told their results, all at once; " +
      "the controller averages their gradients into one update",
    unit: "architectures",
    source: "--controller_num_aggregate; section C.4",
  }),
  rewards: added(
    choice(["own", "shuffled"], {
      about:
        "Which accuracy the strategy is told for an architecture: its own, or, as a control that " +
        "can teach nothing, that of another one told with it",
      unit: "name",
      source: "ours; the released code rewards each architecture with its own",
    }),
    "own",
  ),
  scoredArcs: integer({ min: 1 }, {
    about: "Architectures sampled and scored at the end of each epoch",
    unit: "architectures",
    source: "constant 10 of the released code; section D.5",
  }),
  scoreImages: integer({ min: 0 }, {
    about: "Validation images on which each of them is scored; 0 is the whole validation split",
    unit: "images",
    source: "section D.5: one minibatch of 128",
  }),
  scoreOn: choice(["common", "own"], {
    about: "Whether all architectures of an epoch are scored on the same validation images, or " +
      "each on a minibatch of its own",
    unit: "name",
    source: "sections D.5 and K: own",
  }),
  evaluation: choice(["none", "new-arc-per-batch", "one-arc"], {
    about: "Accuracy of the policy at the end of an epoch over the whole validation split: none, " +
      "with a new architecture for every batch of 100, or with one for all",
    unit: "name",
    source: "sections D.5 and K: new-arc-per-batch",
  }),
});
