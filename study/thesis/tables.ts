/**
 * The numbers of the thesis "Analysis of ENAS", tables 1 to 3, as printed: accuracies in per cent.
 *
 * @module
 */

/** A row of table 1: macro space, CIFAR-100, retrained for 310 epochs, one run each. */
export interface TransferRow {
  /** Epoch of the search at which the architecture was sampled. */
  readonly epoch: 100 | 155 | 310;
  /** Whether the controller came from CIFAR-10. */
  readonly transferred: boolean;
  readonly accuracy: number;
}

/** Table 1: transfer of the controller. */
export const TABLE_1: readonly TransferRow[] = [
  { epoch: 310, transferred: false, accuracy: 80.55 },
  { epoch: 100, transferred: false, accuracy: 80.78 },
  { epoch: 155, transferred: false, accuracy: 80.33 },
  { epoch: 310, transferred: true, accuracy: 80.35 },
  { epoch: 100, transferred: true, accuracy: 80.19 },
  { epoch: 155, transferred: true, accuracy: 80.39 },
];

/** A cell of table 2: architectures of the first and of the last epoch, retrained. */
export interface LearningCurveCell {
  readonly dataset: "CIFAR-10" | "CIFAR-100";
  readonly space: "macro" | "micro";
  /** Epochs of the search: 310 for macro, 150 for micro, by the table's caption. */
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** Table 2: the learning curve. CIFAR-10 with the micro space was not run ("various GPU errors"). */
export const TABLE_2: readonly LearningCurveCell[] = [
  {
    dataset: "CIFAR-10",
    space: "macro",
    first: [96.69, 95.80, 95.71],
    last: [95.38, 95.81, 95.76],
  },
  {
    dataset: "CIFAR-100",
    space: "macro",
    first: [80.75, 77.12, 80.55],
    last: [80.39, 80.07, 80.47],
  },
  { dataset: "CIFAR-100", space: "micro", first: [79.59, 77.67], last: [80.50, 80.02] },
];

/** A row of table 3: macro space, CIFAR-100, sampled at epoch 155. */
export interface EstimatorRow {
  /** "Validation accuracy": one batch of 128 images under shared weights. */
  readonly estimate: number;
  /** Of 10,000 test images, after training from scratch for 310 epochs. */
  readonly final: number;
}

/** Table 3: the performance estimation strategy. */
export const TABLE_3: readonly EstimatorRow[] = [
  { estimate: 41.41, final: 80.33 },
  { estimate: 32.81, final: 81.11 },
  { estimate: 17.97, final: 80.81 },
  { estimate: 21.09, final: 80.50 },
  { estimate: 28.12, final: 81.12 },
];

/** Images behind each estimate of table 3: all five are whole numbers of right images of 128. */
export const ESTIMATE_IMAGES = 128;
/** Images of the test split behind each final accuracy. */
export const TEST_IMAGES = 10_000;
