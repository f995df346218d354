/**
 * What the thesis says, word for word, by the id of the claim. The studies that ask a sentence's question
 * again quote it from here.
 *
 * @module
 */

/** A sentence of the thesis, and where it stands. */
export interface ThesisQuote {
  /** Verbatim. */
  readonly quote: string;
  /** Such as `section 6.3`. */
  readonly where: string;
}

/** The quoted sentences; `T2.cell` stands for each cell of table 2. */
export const THESIS_QUOTES = {
  "space.macro": {
    quote: "All decisions are independent of each other this fives us 6L × 2L(L−1)/2 networks",
    where: "section 4.4",
  },
  "space.micro": {
    quote: "the complexity for micro search space drops down to (5 × (B − 2)!)4",
    where: "section 4.6",
  },
  "T1.transfer": {
    quote: "which concludes that the ENAS transfer was successful",
    where: "section 6.1, table 1",
  },
  "T1.warm-start": {
    quote: "transfer learning is very efficient for warm starting the model by initializing it " +
      "with weights from a pre-trained model on a task",
    where: "section 5.1",
  },
  "T1.epochs": {
    quote: "the architectures sampled at epoch 100 and 155 gave the same performance as compared " +
      "to the final architectures while training from scratch as well as in transfer learning",
    where: "section 6.1, table 1",
  },
  "T1.curves": {
    quote: "learning curve of every architecture sampled by ENAS for CIFAR-100 follows the same " +
      "learning curve",
    where: "section 6.1, figures 16 and 17",
  },
  "T2.cell": {
    quote: "there is no significant difference between the accuracy of trained " +
      "architectures in both cases",
    where: "section 6.2, table 2",
  },
  "T2.all": {
    quote: "the architecture sampled on the first epoch performed as good as the architecture " +
      "sampled on the final epoch",
    where: "section 6.2, table 2",
  },
  "T2.learns": {
    quote: "ENAS controller does not learn from its past actions",
    where: "section 6.2",
  },
  "T2.random": {
    quote:
      "the architecture construction procedure is so sophisticated that any random controller " +
      "can lead to a good architecture",
    where: "section 6.2",
  },
  "T2.alike": {
    quote:
      "any network with skip connections in the constrained search space will perform equally " +
      "well",
    where: "section 6.2",
  },
  "T2.no-better": {
    quote: "after training for 310 epochs the controller does not sample architectures with " +
      "better performance than the architectures sampled initially",
    where: "section 7.2",
  },
  "T2.untrained": {
    quote: "Even an untrained controller can result in a good accuracy for given dataset",
    where: "section 7.1",
  },
  "T2.depth": {
    quote:
      "We noticed some decrease in accuracy with 12 layer architectures but the behaviour of " +
      "ENAS for 12 layer was similar to ENAS with 24 layers",
    where: "section 6.2",
  },
  "T3.estimator": {
    quote: "there is no positive correlation between these two metrics",
    where: "section 6.3, table 3, figure 18",
  },
  "T3.same-final": {
    quote: "almost all architectures with different validation accuracy gave the same final " +
      "accuracy",
    where: "section 7.3, table 3",
  },
  "T3.spread": {
    quote: "at epoch 155 the difference between the validation accuracies is large(20 percent)",
    where: "section 5.3, table 3",
  },
  "T3.useful": {
    quote:
      "we cannot expect that the validation accuracy with shared weights represents a useful " +
      "training feedback for controller improvement",
    where: "section 6.3",
  },
  "ops.cifar10": {
    quote: "for CIFAR-10, ENAS samples final architectures only consisting of convolution " +
      "operations but for CIFAR-100 it samples the architectures involving pooling operations",
    where: "section 6.1",
  },
  "ops.transferred": {
    quote: "after the controller transfer ENAS only sampled convolution operations for CIFAR-100",
    where: "section 6.1",
  },
  "ops.pooling": {
    quote:
      "the controller only samples convolution operations and stops sampling pooling operations",
    where: "section 7.2",
  },
  "ops.diversity": {
    quote: "This leads to a trained controller which samples less diverse architectures than a " +
      "random controller",
    where: "section 7.2",
  },
  "search.overfit": {
    quote: "Instead of finding an optimized architecture ENAS controller seems to overfit on the " +
      "validation dataset and its shared parameters of DAG",
    where: "section 7.2",
  },
} as const satisfies Readonly<Record<string, ThesisQuote>>;
