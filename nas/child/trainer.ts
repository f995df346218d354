/**
 * Training steps of child models, and their accuracy.
 *
 * @module
 */
import type { Augmentation, ImageBytes } from "../../engine/image_bytes.ts";
import { softmaxCrossEntropy } from "../../engine/ops/mod.ts";
import type { ParameterStore, Selection } from "../../engine/parameters.ts";
import { Sgd } from "../../engine/optim/sgd.ts";
import type { Random, RandomState } from "../../engine/random.ts";
import { Tape } from "../../engine/tape.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Arc } from "../space/arc.ts";
import { SeededBatches, type Snapshot } from "../run/snapshot.ts";
import type { ChildNetwork, DropPath, WeightLookup } from "./network.ts";

/** Numbers of the optimiser and the batches; the configuration's groups fit. */
export interface TrainerOptions {
  readonly batchSize: number;
  /** 0 for one pass over the images. */
  readonly stepsPerEpoch: number;
  readonly keepProbability: number;
  readonly l2: number;
  readonly l2Mode: "released" | "conventional";
  readonly momentum: number;
  readonly gradientClip: number;
  readonly gradientClipMode: "global" | "tensor";
  /** Side of the blanked square, in pixels; 0 for none. */
  readonly cutout: number;
  readonly augment: { readonly pad: number; readonly crop: boolean; readonly flip: boolean };
  /** Whether weights off the path decay and keep their momentum (spec D.2). Default `path`. */
  readonly weightUpdates?: "path" | "all";
  /** Weight of the auxiliary head's loss; 0 (default) for networks that train without one. */
  readonly auxiliaryWeight?: number;
  /** Keep probability of drop-path at the end of training; 1 (default) for none. */
  readonly dropPathKeep?: number;
  /** Steps of the whole training, for the schedule of drop-path. */
  readonly totalSteps?: number;
}

/** What a training step measured. */
export interface TakenStep {
  /** Mean cross-entropy of the minibatch, without L2, in nats. */
  readonly loss: number;
  /** Top-1 accuracy on the minibatch, with dropout. */
  readonly accuracy: number;
  /** Global L2 norm of the gradients on the arc's path, before clipping and without L2. */
  readonly gradientNorm: number;
  readonly skipped: null;
}

/** What a training step measured that was not finite; as text, for JSON has no NaN and no Infinity. */
export interface SkippedStep {
  readonly loss: string;
  readonly gradientNorm: string;
  /** Numbers of the batch's images. */
  readonly batch: readonly number[];
}

/** Result of a training step. One whose loss or gradient norm is not finite changed no weight. */
export type StepResult = TakenStep | { readonly skipped: SkippedStep };

/** Weights that a child reads in place of its network's own. */
export interface WeightBinding {
  /** Parameters of the network that the child still reads, and that train. */
  readonly own: readonly string[];
  /**
   * Called before the child is recorded: watches what shall have a gradient, records what makes the
   * weights (a hypernetwork, a mixture), and says which they are. Uploads nothing.
   */
  record(tape: Tape): WeightLookup;
}

/** A recorded gradient, which waits for its update. */
export interface ChildGradient {
  /** Mean cross-entropy of the minibatch, `[1]`. */
  readonly loss: Tensor;
  /** Parameters that an update changes. */
  readonly selection: Selection;
  /** Parameters that the child read; the same where no others are updated. */
  readonly read: Selection;
  /** Numbers of the batch's images. */
  readonly numbers: Uint32Array;
  /** Loss and number of hits, once they are computed. */
  readonly measured: readonly Promise<Float64Array>[];
  /** What is to be released. */
  readonly held: readonly Tensor[];
}

/** Trains the weights of one network on one split, an arc at a step. */
export class ChildTrainer {
  readonly optimizer: Sgd;
  #batches: SeededBatches;
  #seeds: Random;
  #steps = 0;

  /**
   * @param indices images of `images` that may train; no other image is ever gathered here.
   * @param random streams for the order of images, augmentation and dropout.
   */
  constructor(
    readonly network: ChildNetwork,
    readonly images: ImageBytes,
    indices: Uint32Array,
    readonly options: TrainerOptions,
    random: Random,
  ) {
    this.optimizer = new Sgd(network.weights, {
      momentum: options.momentum,
      l2: options.l2,
      l2Mode: options.l2Mode,
      clip: options.gradientClip,
      clipMode: options.gradientClipMode,
    });
    this.#batches = new SeededBatches(indices, options.batchSize, random.fork("batches"));
    this.#seeds = random.fork("augmentation and dropout");
  }

  /** Steps of one epoch; by default as many as it takes to see every image. */
  get stepsPerEpoch(): number {
    return this.options.stepsPerEpoch || this.#batches.batchesPerEpoch;
  }

  /**
   * Records and submits one step on `arc`: gather, forward, backward, update, in one submit. By
   * default it reads and changes the weights on the arc's path alone. The result arrives later: do
   * not wait for it before the next step. Where loss or gradient norm is not finite, weights, momenta
   * and moving averages stay as they are, and the result says so.
   */
  step(arc: Arc, learningRate: number): Promise<StepResult> {
    return this.network.backend.scope(() => this.update(this.gradient(arc), learningRate));
  }

  /**
   * Records the gradient of the loss on the next minibatch with respect to the weights on the arc's
   * path, the first half of a step. It lies in the gradients of `network.weights` until the next one;
   * {@link ChildTrainer.update} or {@link ChildTrainer.discard} must follow, within one `scope` of the
   * backend and before anything is uploaded.
   *
   * @param binding Weights in place of the network's own.
   */
  gradient(arc: Arc, binding?: WeightBinding): ChildGradient {
    const { network, options, images } = this;
    const { backend, weights } = network;
    const n = options.batchSize;
    const path = binding?.own ?? network.pathOf(arc);
    const all = options.weightUpdates === "all";
    const selection = weights.select(all ? [...network.trained] : [...path]);
    const read = all ? weights.select([...path]) : selection;
    // Everything is uploaded before anything is recorded.
    const numbers = this.#batches.next();
    const indices = backend.fromArray(numbers, [n], "u32");
    const auxiliaryWeight = options.auxiliaryWeight ?? 0;
    const weight = auxiliaryWeight > 0 ? backend.fromArray([auxiliaryWeight], [1]) : null;
    const augmentation = this.#augmentation();
    const given = {
      batchNorm: "train",
      dropout: { keepProbability: options.keepProbability, seed: this.#seeds.uint32() },
      dropPath: this.#dropPath(),
      auxiliary: weight !== null,
    } as const;
    this.#steps++;
    const batch = images.gather(indices, 0, n, augmentation);
    const tape = new Tape(backend);
    for (const name of path) tape.watch(weights.get(name), weights.gradient(name));
    const mode = binding === undefined ? given : { ...given, weights: binding.record(tape) };
    const { logits, auxiliaryLogits } = network.forward(tape, arc, batch.images, mode);
    const [loss, correct] = tape.apply(softmaxCrossEntropy, [logits, batch.labels], {});
    // The update looks at it when the tape has let it go.
    tape.keep(loss);
    const measured = [backend.read(loss), backend.read(correct)];
    if (auxiliaryLogits === null || weight === null) tape.backward(loss);
    else {
      const [extra] = tape.apply(softmaxCrossEntropy, [auxiliaryLogits, batch.labels], {});
      tape.backward(loss, [{ loss: extra, weight }]);
    }
    const held = [batch.images, batch.labels, loss, indices];
    return { loss, selection, read, numbers, measured, held };
  }

  /** Records the update with a gradient, the second half of a step, and submits; see {@link step}. */
  update(gradient: ChildGradient, learningRate: number): Promise<StepResult> {
    const { network: { backend, weights }, options: { batchSize } } = this;
    const { loss, selection, read, numbers, measured, held } = gradient;
    const norm = this.optimizer.step(selection, learningRate, loss);
    // What the next path does not read must have no gradient then.
    if (selection !== read) weights.clearGradients(read);
    const results = [...measured, backend.read(norm)];
    // Released before the submit, their places can be shared.
    for (const tensor of [...held, norm]) backend.release(tensor);
    for (const used of new Set([selection, read])) weights.releaseSelection(used);
    backend.submit();
    return Promise.all(results).then(([[lossValue], [hits], [gradientNorm, , go]]) =>
      go === 1 ? { loss: lossValue, accuracy: hits / batchSize, gradientNorm, skipped: null } : {
        skipped: {
          loss: String(lossValue),
          gradientNorm: String(gradientNorm),
          batch: [...numbers],
        },
      }
    );
  }

  /**
   * Ends a gradient that no update of these weights follows, and submits: what was wanted is the
   * gradient of what a {@link WeightBinding} watches.
   *
   * @returns the mean cross-entropy of the minibatch, in nats
   */
  discard({ selection, read, measured, held }: ChildGradient): Promise<number> {
    const { backend, weights } = this.network;
    // The gradients of these weights were never wanted; all of them are zero between updates of all.
    if (selection !== read) weights.clearGradients(read);
    for (const tensor of held) backend.release(tensor);
    for (const used of new Set([selection, read])) weights.releaseSelection(used);
    backend.submit();
    return Promise.all(measured).then(([[loss]]) => loss);
  }

  /**
   * Writes weights, averages, momentum, and all that decides the next steps, under `name/`. Call it
   * with no step in flight.
   */
  async save(snapshot: Snapshot, name: string): Promise<void> {
    const { weights, averages, averageUpdates } = this.network;
    const exact = (store: ParameterStore) => store.exactValues(store.blocks);
    snapshot.putTensors(`${name}/weights`, await exact(weights));
    snapshot.putTensors(`${name}/averages`, await exact(averages));
    snapshot.putTensors(`${name}/momentum`, await this.optimizer.velocities());
    this.#batches.save(snapshot, `${name}/batches`);
    snapshot.values[`${name}/seeds`] = this.#seeds.state();
    snapshot.values[`${name}/steps`] = this.#steps;
    snapshot.values[`${name}/averageUpdates`] = Object.fromEntries(averageUpdates);
  }

  /** Goes on from what {@link save} wrote; throws `ShapeError` where it belongs to another network. */
  load(snapshot: Snapshot, name: string): void {
    const { weights, averages, averageUpdates } = this.network;
    weights.load(snapshot.floats(`${name}/weights`));
    averages.load(snapshot.floats(`${name}/averages`));
    const updates = snapshot.value<Record<string, number>>(`${name}/averageUpdates`);
    for (const [prefix, count] of Object.entries(updates)) averageUpdates.set(prefix, count);
    this.optimizer.loadVelocities(snapshot.floats(`${name}/momentum`));
    this.#batches.load(snapshot, `${name}/batches`);
    this.#seeds.restore(snapshot.value<RandomState>(`${name}/seeds`));
    this.#steps = snapshot.value<number>(`${name}/steps`);
  }

  #augmentation(): Augmentation | null {
    const { augment: { pad, crop, flip }, cutout } = this.options;
    const seed = this.#seeds.uint32();
    if (!crop && !flip && cutout === 0) return null;
    return { pad: crop ? pad : 0, flip, cutout, seed };
  }

  /** The schedule of drop-path at this step (spec B.6). */
  #dropPath(): DropPath | null {
    const { dropPathKeep: keepProbability = 1, totalSteps = 0 } = this.options;
    if (keepProbability === 1) return null;
    const progress = Math.min(1, (this.#steps + 1) / totalSteps);
    return { keepProbability, progress, seed: this.#seeds.uint32() };
  }
}
