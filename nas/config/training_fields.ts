/**
 * Settings of the images and of training weights on them.
 * Flags are those of melodyguan/enas @ 4bcfd73; sections are those of enas-spec.md.
 *
 * @module
 */

import { added, choice, flag, fraction, group, integer, number, positive, text } from "./fields.ts";

const NEITHER_END = { zero: false, one: false };
const ZERO_ONLY = { zero: true, one: false };
const ONE_ONLY = { zero: false, one: true };

/** Settings of training weights by stochastic gradient descent: shared ones, or from scratch. */
export const weightTraining = {
  filters: integer({ min: 1 }, {
    about:
      "Channels of the first layers; even in the searched macro graph from 3 layers on, where " +
      "reductions make two halves of them",
    unit: "channels",
    source: "--child_out_filters; section A.2",
  }),
  batchSize: integer({ min: 2 }, {
    about: "Images of one training step",
    unit: "images",
    source: "--batch_size; section F",
  }),
  stepsPerEpoch: integer({ min: 0 }, {
    about: "Training steps of one epoch; 0 is one pass over the training split",
    unit: "steps",
    source: "section D.1: 352, one pass",
  }),
  keepProbability: fraction(ONE_ONLY, {
    about: "Probability that dropout before the head keeps a value; 1 switches dropout off",
    unit: "probability",
    source: "--child_keep_prob; section A.2",
  }),
  l2: number({ min: 0 }, {
    about: "Weight of the sum of squared parameters in the loss; l2Mode says of which, and the " +
      "gradient",
    unit: "loss per squared weight",
    source: "--child_l2_reg; section D.2",
  }),
  l2Mode: choice(["released", "conventional"], {
    about: "Gradient of L2: released, 2·l2·θ on all parameters, batch norms included; " +
      "conventional, l2·θ on convolutions and fully connected layers alone",
    unit: "name",
    source: "section K: released",
  }),
  learningRateMax: positive({
    about: "Learning rate at the start of a cosine cycle",
    unit: "weight change per unit of gradient",
    source: "--child_lr_max; section D.3",
  }),
  learningRateMin: number({ min: 0 }, {
    about: "Learning rate at the end of a cosine cycle",
    unit: "weight change per unit of gradient",
    source: "--child_lr_min; section D.3",
  }),
  restartPeriod: integer({ min: 1 }, {
    about: "Length T_0 of the first cosine cycle",
    unit: "epochs",
    source: "--child_lr_T_0; section D.3",
  }),
  restartFactor: integer({ min: 1 }, {
    about: "Factor T_mul by which each cosine cycle is longer than the one before",
    unit: "times",
    source: "--child_lr_T_mul; section D.3",
  }),
  momentum: fraction(ZERO_ONLY, {
    about: "Nesterov momentum; 0 is plain gradient descent",
    unit: "share kept per step",
    source: "constant 0.9 of the released code; section D.2",
  }),
  gradientClip: number({ min: 0 }, {
    about: "Largest L2 norm of the gradient, which is scaled down to it; 0 is no clipping",
    unit: "gradient norm",
    source: "--child_grad_bound, whose result the released code throws away; section D.2",
  }),
  gradientClipMode: choice(["global", "tensor"], {
    about: "What gradientClip bounds: the norm over all parameters, or of each parameter by itself",
    unit: "name",
    source: "section K: the released code meant to clip each tensor, with --child_grad_bound 5",
  }),
  cutout: integer({ min: 0 }, {
    about: "Side of the square that is blanked in every training image; 0 is none",
    unit: "pixels",
    source: "--child_cutout_size, set by none of the scripts; section D.1",
  }),
  batchNormDecay: fraction(ZERO_ONLY, {
    about: "Decay of the moving mean and variance of batch normalisation",
    unit: "share kept per step",
    source: "constant 0.9 of the released code; section D.4",
  }),
  divergenceLimit: added(
    integer({ min: 1 }, {
      about:
        "Steps in a row with a loss or gradient that is not finite after which the run ends, or " +
        "those of a whole epoch where it has fewer; such a step changes no weight",
      unit: "steps",
      source: "ours; the released code takes such steps",
    }),
    10,
  ),
};

/** Settings of the micro space's auxiliary head. */
export const auxiliary = {
  auxiliaryHead: flag({
    about: "Train with a second head in the middle of the network",
    unit: "yes or no",
    source: "--child_use_aux_heads; section B.5",
  }),
  auxiliaryWeight: number({ min: 0 }, {
    about: "Weight of the auxiliary head's cross-entropy in the loss",
    unit: "times",
    source: "constant 0.4 of the released code; section B.5",
  }),
  auxiliaryTrainable: flag({
    about: "Whether the auxiliary head's own weights learn; the released code never trains them",
    unit: "yes or no",
    source: "sections B.5 and K: no",
  }),
};

/** Largest side, in pixels, to which images are resized. */
export const MAX_IMAGE_SIZE = 1024;

/** Settings of the images. */
export const dataset = group({
  name: text(/^[a-z0-9][a-z0-9_-]*$/, "the name of a dataset in small letters, such as mnist", {
    about: "Which images to learn",
    unit: "name known to nas/data",
    source: "--data_path; section D.1",
  }),
  images: integer({ min: 0 }, {
    about: "Images of the training pool to use, training and validation together; 0 uses all",
    unit: "images",
    source: "section D.1: all 50,000",
  }),
  imageSize: integer({ min: 0, max: MAX_IMAGE_SIZE }, {
    about: `Side to which images are resized, at most ${MAX_IMAGE_SIZE}; 0 keeps their own size`,
    unit: "pixels",
    source: "section D.1: own size, 32",
  }),
  validationShare: fraction(NEITHER_END, {
    about: "Share of the used images that the rewards are measured on and no weight ever sees",
    unit: "share",
    source: "section D.1: 5,000 of 50,000",
  }),
  validationSplit: choice(["shuffled", "last", "stratified", "given"], {
    about:
      "Which images those are: drawn by the seed, the last ones in the files' order, the same " +
      "share of each class drawn by the seed (for own images), or those of val/ beside train/",
    unit: "name",
    source: "section D.1: the last 5,000",
  }),
  augment: group({
    pad: integer({ min: 0 }, {
      about: "Zeros added on each side before the random crop",
      unit: "pixels",
      source: "section D.1: 4",
    }),
    crop: flag({
      about: "Crop padded training images at random to their old size",
      unit: "yes or no",
      source: "section D.1: yes",
    }),
    flip: flag({
      about: "Mirror half of the training images left to right",
      unit: "yes or no",
      source: "section D.1: yes",
    }),
  }),
});
