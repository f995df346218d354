/**
 * What trials return, and the results of a study by the trials' ids.
 *
 * @module
 */
import { z } from "zod";
import { type FinishedTrial, StudyError } from "./queue.ts";

const share = z.number().min(0).max(1);
const accuracies = z.array(share);

/** One epoch of a search, as its event `epoch_finished` says. */
const epochSchema = z.object({
  epoch: z.int().positive(),
  /** Null where the shared weights were frozen; the learning rate is 0 then. */
  trainLoss: z.number().nullable(),
  trainAccuracy: share.nullable(),
  learningRate: z.number(),
  /** Mean and maximum over the arcs that the search scored at the end of the epoch. */
  meanEstimate: share,
  bestEstimate: share,
  opShares: z.array(share),
  skipRate: share.nullable(),
  /** Null where the sampler does not learn. */
  reward: z.number().nullable(),
  entropy: z.number().nullable(),
  seconds: z.number(),
});

/** What the policy was at a marked epoch, measured with a random stream of its own. */
const markSchema = z.object({
  /** 1-based; 0 is before any training. */
  epoch: z.int().nonnegative(),
  learningRate: z.number(),
  /** Arcs drawn from the policy of that epoch. */
  arcs: z.array(z.string()),
  /**
   * Accuracy of each of these arcs under the shared weights of that epoch, on the whole validation
   * split, with the batch norm of the search's rewards.
   */
  estimates: accuracies,
  /** The same on test images, which nothing of the search ever saw; as many as there are to validate. */
  untouched: accuracies,
  /** Of {@link SupernetResult.policyArcs} arcs more, drawn to describe the policy. */
  policy: z.object({
    /** Share of each op, by op id. */
    opShares: z.array(share),
    skipRate: share.nullable(),
    /** Mean entropy of an arc, in nats, and that of the uniform random sampler. */
    entropy: z.number(),
    uniformEntropy: z.number(),
    /** Distinct arcs among them, as a share. */
    distinct: share,
    /** Mean share of decisions in which two of them differ. */
    distance: share,
    /** Mutual information of an op with the op decided before it, in nats; bias taken out. */
    successiveInformation: z.number(),
  }),
  /** The controller's parameters at that epoch; left out where the sampler is random. */
  controller: z.object({
    /** SHA-256 over all parameters, in hexadecimal: equal where two policies are equal. */
    fingerprint: z.string(),
    tensors: z.array(z.object({
      name: z.string(),
      shape: z.array(z.int().positive()),
      /** Euclidean norm of the parameter, and that of its change since the search began. */
      norm: z.number(),
      change: z.number(),
    })),
  }).optional(),
});

/** Result of a trial `supernet`. */
export const supernetResultSchema = z.object({
  epochs: z.array(epochSchema),
  marks: z.array(markSchema),
  /** Arcs behind each description of the policy. */
  policyArcs: z.int().positive(),
  stepsPerEpoch: z.int().positive(),
  /** Images of the validation split, and how many test images stood behind `untouched`. */
  validationImages: z.int().positive(),
  untouchedImages: z.int().positive(),
  seconds: z.number(),
});
/** What a search under shared weights came to. */
export type SupernetResult = z.infer<typeof supernetResultSchema>;
/** The policy at one marked epoch. */
export type Mark = z.infer<typeof markSchema>;

/** Result of a trial `score`: estimates of fixed arcs under the shared weights of one epoch. */
export const scoreResultSchema = z.object({
  /** By batch-norm mode and by arc, on the whole validation split. */
  estimates: z.object({ moving: accuracies, batch: accuracies, recalibrated: accuracies }),
  /** The same on the two halves of the validation split, for reliability. */
  halves: z.object({
    moving: z.tuple([accuracies, accuracies]),
    batch: z.tuple([accuracies, accuracies]),
    recalibrated: z.tuple([accuracies, accuracies]),
  }),
  images: z.int().positive(),
  /** The thesis's way: each arc on one batch of its own, with the batch norm of its reward. */
  replay: z.object({ images: z.int().positive(), estimates: accuracies }),
  seconds: z.number(),
});
/** Estimates of fixed arcs. */
export type ScoreResult = z.infer<typeof scoreResultSchema>;

/** Result of a trial `train`: one arc trained from scratch. */
export const trainResultSchema = z.object({
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
export type TrainResult = z.infer<typeof trainResultSchema>;

/** Result of a trial `proxies`: what can be said of arcs without training, by arc. */
export const proxiesResultSchema = z.object({
  /** Of the network that would be trained from scratch. */
  parameters: z.array(z.number()),
  flops: z.array(z.number()),
  /** Norm of the gradient at initial weights, mean over a few batches (Abdelfattah et al. 2021). */
  gradientNorm: z.array(z.number()),
  seconds: z.number(),
});
/** Zero-cost proxies. */
export type ProxiesResult = z.infer<typeof proxiesResultSchema>;

/** Results of the finished trials of a study, by id. */
export class Results {
  readonly #byId: ReadonlyMap<string, FinishedTrial>;
  /** Checked results: an analysis asks for each of them many times. */
  readonly #checked = new Map<string, unknown>();

  constructor(finished: readonly FinishedTrial[]) {
    this.#byId = new Map(finished.map((trial) => [trial.trial.id, trial]));
  }

  /** How many there are. */
  get count(): number {
    return this.#byId.size;
  }

  /** Seconds of work behind them. */
  get seconds(): number {
    return this.#byId.values().reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** What the devices said of themselves that did the work, each once. */
  get adapters(): string[] {
    const said = this.#byId.values().map(({ result }) =>
      typeof result === "object" && result !== null && "adapter" in result ? result.adapter : null
    );
    return [...new Set(said)].filter((adapter) => typeof adapter === "string");
  }

  /** Result of a trial `supernet`; null where it is not done. */
  supernet(id: string): SupernetResult | null {
    return this.#read(id, supernetResultSchema);
  }

  /** Result of a trial `score`; null where it is not done. */
  score(id: string): ScoreResult | null {
    return this.#read(id, scoreResultSchema);
  }

  /** Result of a trial `train`; null where it is not done. */
  train(id: string): TrainResult | null {
    return this.#read(id, trainResultSchema);
  }

  /** Result of a trial `proxies`; null where it is not done. */
  proxies(id: string): ProxiesResult | null {
    return this.#read(id, proxiesResultSchema);
  }

  #read<T>(id: string, schema: z.ZodType<T>): T | null {
    const finished = this.#byId.get(id);
    if (finished === undefined) return null;
    if (this.#checked.has(id)) return this.#checked.get(id) as T;
    const { success, data } = schema.safeParse(finished.result);
    if (success) {
      this.#checked.set(id, data);
      return data;
    }
    throw new StudyError(
      `Expected a result of the kind ${finished.trial.kind} for trial ${id} but found something ` +
        "else; the study was written by another version of enaslab, or its file is damaged",
    );
  }
}
