/**
 * Networks made to be timed: training steps and scoring passes on images of noise.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { ImageBytes } from "../../engine/image_bytes.ts";
import { Random } from "../../engine/random.ts";
import { CheapRandom } from "../child/cheap_random.ts";
import type { Arc } from "../space/arc.ts";
import { createNetwork, type ImageKind, type NetworkSpec } from "../child/create_network.ts";
import type { ChildNetwork } from "../child/network.ts";
import { recordScore, type ScoreMode } from "../child/score.ts";
import { ChildTrainer, type StepResult, type TrainerOptions } from "../child/trainer.ts";
import { Pipeline } from "../child/pipeline.ts";

/** What to measure. */
export interface MeasuredNetwork {
  readonly backend: Backend;
  readonly images: ImageKind;
  /** The network of an architecture with another number of filters. */
  readonly specOf: (arc: Arc, filters: number) => NetworkSpec;
  /** Whether every architecture has a network of its own. */
  readonly alone: boolean;
  /** Operations of an image's forward pass. */
  readonly flopsOf: (arc: Arc, filters: number) => number;
  /** Children of the run, by rising operations; those that are measured are spread over them. */
  readonly arcs: readonly Arc[];
  readonly filters: number;
  readonly training: TrainerOptions;
  /** `batchSize` images are those of the run's usual pass. */
  readonly scoring: ScoreMode;
  /** Seconds to spend, more or less. */
  readonly seconds: number;
}

/** Images to gather from; what they show is of no account. */
const IMAGES = 32;

/** Seconds of a step among which the wait for its result counts. */
const SHORT = 0.02;
/** Steps that are then timed together. */
const TOGETHER = 8;

/** Some architectures with their networks, ready to be timed. */
export class Bench implements Disposable {
  #networks: readonly ChildNetwork[];
  /** By batch; each has a momentum of its own. */
  #trainers = new Map<number, readonly ChildTrainer[]>();

  /**
   * Makes the networks.
   *
   * @param about What is measured.
   * @param images To train and score on.
   * @param arcs Architectures to time.
   * @param filters Width of the networks.
   * @throws {MemoryBudgetError} If they do not fit; nothing is left of them then.
   */
  constructor(
    readonly about: MeasuredNetwork,
    readonly images: ImageBytes,
    readonly arcs: readonly Arc[],
    readonly filters: number,
  ) {
    const { backend, specOf, alone } = about;
    const networks: ChildNetwork[] = [];
    this.#networks = networks;
    try {
      for (const arc of alone ? arcs : arcs.slice(0, 1)) {
        const spec = specOf(arc, filters);
        networks.push(createNetwork(backend, spec, new CheapRandom(1), alone ? arc : null));
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Seconds of a training step, on the mean of the architectures. */
  steps(batchSize: number): Promise<number> {
    const trainers = this.#trainersOf(batchSize);
    return this.#each(async (repeats) => {
      const pipeline = new Pipeline<StepResult>(() => {});
      for (let repeat = 0; repeat < repeats; repeat++) {
        for (const [i, arc] of this.arcs.entries()) {
          // Weights stay as they are, so that nothing can diverge.
          await pipeline.push((trainers[i] ?? trainers[0]).step(arc, 0));
        }
      }
      await pipeline.drain();
    });
  }

  /** Seconds of a forward pass, on the mean of the architectures. */
  async passes(batchSize: number): Promise<number> {
    const { backend, scoring } = this.about;
    const indices = Uint32Array.from({ length: batchSize }, (_, i) => i % IMAGES);
    const table = backend.fromArray(indices, [batchSize], "u32");
    const range = { images: this.images, table, first: 0, count: batchSize, batchSize };
    try {
      return await this.#each(async (repeats) => {
        const hits: Promise<number>[] = [];
        for (let repeat = 0; repeat < repeats; repeat++) {
          for (const [i, arc] of this.arcs.entries()) {
            const network = this.#networks[i] ?? this.#networks[0];
            hits.push(recordScore(network, arc, { ...scoring, ...range }));
          }
        }
        backend.submit();
        await Promise.all(hits);
      });
    } finally {
      backend.release(table);
    }
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const network of this.#networks) network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Seconds of one architecture; those that are as short as a wait are timed many at once. */
  async #each(all: (repeats: number) => Promise<void>): Promise<number> {
    const count = this.arcs.length;
    const seconds = await secondsOf(() => all(1)) / count;
    if (seconds > SHORT || this.about.backend.kind === "cpu") return seconds;
    const repeats = Math.ceil(TOGETHER / count);
    return await secondsOf(() => all(repeats)) / count / repeats;
  }

  #trainersOf(batchSize: number): readonly ChildTrainer[] {
    let trainers = this.#trainers.get(batchSize);
    if (trainers === undefined) {
      const indices = Uint32Array.from({ length: IMAGES }, (_, i) => i);
      const options = { ...this.about.training, batchSize };
      trainers = this.#networks.map((network) =>
        new ChildTrainer(network, this.images, indices, options, new CheapRandom(2))
      );
      this.#trainers.set(batchSize, trainers);
    }
    return trainers;
  }
}

/** Images of noise with random labels. */
export function randomImages(
  backend: Backend,
  { shape: [height, width, channels], classes }: ImageKind,
): ImageBytes {
  const random = new Random(3);
  const bytes = Uint8Array.from({ length: IMAGES * height * width * channels }, () => {
    return random.integer(256);
  });
  const labels = Uint8Array.from({ length: IMAGES }, () => random.integer(Math.min(classes, 256)));
  const moments = { mean: new Array(channels).fill(0.5), std: new Array(channels).fill(0.3) };
  return new ImageBytes(backend, bytes, labels, [IMAGES, height, width, channels], moments);
}

/** Seconds on the clock that `body` takes. */
export async function secondsOf(body: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await body();
  return (performance.now() - started) / 1000;
}
