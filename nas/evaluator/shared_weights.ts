/**
 * Accuracy under weights that all architectures share and that train along with the search
 * (Pham 2018; enas-spec.md sections D.2 to D.5).
 *
 * @module
 */
import { compileNetwork } from "../child/compile_ahead.ts";
import { createNetwork, type NetworkSpec, sharedNetworkSpec } from "../child/create_network.ts";
import { type EpochSteps, trainEpochSteps } from "../child/epoch_steps.ts";
import type { ChildNetwork } from "../child/network.ts";
import { ChildTrainer } from "../child/trainer.ts";
import { sharedTrainerOptions } from "../child/training_options.ts";
import { arcSize, sharedWeightsOf } from "../config/mod.ts";
import type { BatchNormMode } from "../run/events.ts";
import type { Snapshot } from "../run/snapshot.ts";
import type { Arc } from "../space/arc.ts";
import { spaceOf } from "../space/registry.ts";
import type { Outcome } from "../strategy/strategy.ts";
import type {
  Evaluator,
  EvaluatorContext,
  EvaluatorEntry,
  Judging,
  SharedTraining,
} from "./evaluator.ts";
import { rehearsedScoring, Scorer } from "./scorer.ts";

/** The shared weights of one search. */
class SharedWeights implements Evaluator, SharedTraining {
  readonly shared = this;
  readonly work = { kind: "reward", units: 1 } as const;
  /** A batch is scored as one unit. */
  readonly done = 0;
  readonly network: ChildNetwork;
  readonly spec: NetworkSpec;
  readonly #context: EvaluatorContext;
  readonly #trainer: ChildTrainer;
  readonly #scorer: Scorer;

  constructor(context: EvaluatorContext) {
    const { backend, data, config, random } = context;
    const images = { shape: data.shape, classes: data.classNames.length };
    this.#context = context;
    this.spec = sharedNetworkSpec(config, images);
    this.network = createNetwork(backend, this.spec, random.fork("shared weights"), null);
    this.#trainer = new ChildTrainer(
      this.network,
      data.pool,
      data.split.train,
      sharedTrainerOptions(config),
      random.fork("child training"),
    );
    this.#scorer = new Scorer({ backend, network: this.network, data, config, random });
  }

  get images(): number {
    return this.#context.data.split.validation.length;
  }

  get batchNorm(): BatchNormMode {
    return sharedWeightsOf(this.#context.config).rewardBatchNorm;
  }

  get stepsPerEpoch(): number {
    return this.#trainer.stepsPerEpoch;
  }

  get scoreImages(): number {
    return this.#scorer.scoreImages;
  }

  async compile(): Promise<void> {
    const { backend, data, config } = this.#context;
    await compileNetwork(backend, {
      spec: this.spec,
      arcs: spaceOf(config).variedArcs(arcSize(config)),
      alone: false,
      images: data.shape,
      training: sharedTrainerOptions(config),
      scoring: rehearsedScoring(config, data.split.validation.length),
    });
  }

  /** Accuracy of each architecture on a validation batch of its own, all in one submit. */
  async *evaluate({ proposals, onWork }: Judging): AsyncGenerator<Outcome> {
    const accuracies = await this.#scorer.rewards(proposals.map(({ arc }) => arc));
    for (const [i, estimate] of accuracies.entries()) {
      onWork("reward");
      yield { proposal: proposals[i], estimate, failure: null };
    }
  }

  train<Event>(steps: Omit<EpochSteps<Event>, "trainer">): AsyncGenerator<Event> {
    return trainEpochSteps({ ...steps, trainer: this.#trainer });
  }

  scores(arcs: readonly Arc[], onScore: () => void): Promise<number[]> {
    return this.#scorer.scores(arcs, onScore);
  }

  validation(arc: Arc): Promise<number> {
    return this.#scorer.validation(arc);
  }

  policy(sample: (count: number) => readonly Arc[]): Promise<number | null> {
    return this.#scorer.policy(sample);
  }

  async save(snapshot: Snapshot): Promise<void> {
    await this.#trainer.save(snapshot, "shared");
    this.#scorer.save(snapshot);
  }

  load(snapshot: Snapshot): void {
    this.#trainer.load(snapshot, "shared");
    this.#scorer.load(snapshot);
  }

  dispose(): void {
    this.network.dispose();
  }
}

/** Shared weights, as an entry of the registry. */
export const SHARED_WEIGHTS: EvaluatorEntry = {
  name: "shared-weights",
  label: "shared weights",
  summary:
    "accuracy on validation images under weights that all architectures share, trained along",
  source: "Pham 2018 (ENAS)",
  sharesWeights: true,
  create: (context) => new SharedWeights(context),
};
