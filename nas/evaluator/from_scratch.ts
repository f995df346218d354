/**
 * Validation accuracy after a short training of its own, from new weights (Zoph & Le 2017). The test
 * images are never read.
 *
 * @module
 */
import { DivergenceError } from "../child/errors.ts";
import { ScratchTraining } from "../child/scratch_training.ts";
import { finalStepsPerEpoch } from "../child/training_options.ts";
import { ConfigError, type SearchConfig } from "../config/mod.ts";
import type { RunEvent } from "../run/events.ts";
import type { Snapshot } from "../run/snapshot.ts";
import { ArcError } from "../space/errors.ts";
import type { Outcome, Proposal } from "../strategy/strategy.ts";
import type {
  Evaluator,
  EvaluatorContext,
  EvaluatorEntry,
  Judging,
  WorkKind,
} from "./evaluator.ts";

/** Under which name the training that is under way is stored. */
const NAME = "evaluation";

/** The settings with which a proposal of some fidelity is trained. */
export function evaluationConfig<Config extends SearchConfig>(
  config: Config,
  fidelity: number,
): Config {
  if (config.evaluator.name !== "from-scratch") {
    throw new ConfigError([{
      path: "evaluator.name",
      message: `Expected evaluator.name to be "from-scratch" but found "${config.evaluator.name}"`,
    }]);
  }
  const epochs = Math.max(1, Math.round(fidelity * config.evaluator.epochs));
  const finalTraining = {
    ...config.finalTraining,
    epochs,
    restartPeriod: epochs,
    trainOn: "train",
  };
  return { ...config, finalTraining };
}

/** Trainings from scratch, one after the other. */
class FromScratch implements Evaluator {
  readonly shared = null;
  readonly batchNorm = "moving";
  readonly #context: EvaluatorContext;
  /** The training that is under way. */
  #training: ScratchTraining | null = null;
  /** Where the training goes on that was under way. */
  #resume: Snapshot | null = null;

  constructor(context: EvaluatorContext) {
    this.#context = context;
  }

  get images(): number {
    return this.#context.data.split.validation.length;
  }

  get work(): { kind: WorkKind; units: number } {
    const { config, data } = this.#context;
    const { finalTraining } = evaluationConfig(config, 1);
    const units = finalTraining.epochs * finalStepsPerEpoch(finalTraining, data.split);
    return { kind: "evaluation_step", units };
  }

  get done(): number {
    return this.#training?.steps ?? 0;
  }

  /** Every training compiles what it needs: the kernels of its own architecture. */
  async compile(): Promise<void> {}

  async *evaluate(batch: Judging): AsyncGenerator<RunEvent | Outcome> {
    const { proposals, judged, first, signal, checkpoints } = batch;
    for (let i = judged; i < proposals.length && !signal?.aborted; i++) {
      const outcome = yield* this.#judge(proposals[i], first + i, batch);
      if (outcome === null) return;
      yield outcome;
      if (checkpoints?.due()) await checkpoints.save();
    }
  }

  async save(snapshot: Snapshot): Promise<void> {
    await this.#training?.save(snapshot);
  }

  load(snapshot: Snapshot): void {
    if (snapshot.has(`${NAME}/position`)) this.#resume = snapshot;
  }

  dispose(): void {
    this.#drop();
  }

  /** Trains one architecture, from where it stands; null where training was left before its end. */
  async *#judge(
    proposal: Proposal,
    number: number,
    batch: Judging,
  ): AsyncGenerator<RunEvent, Outcome | null> {
    const { backend, data, config, random } = this.#context;
    const { epoch, clock, signal, checkpoints, onWork } = batch;
    try {
      this.#training ??= new ScratchTraining({
        backend,
        data,
        arc: proposal.arc,
        config: evaluationConfig(config, proposal.fidelity),
        random: random.fork("evaluation from scratch").fork(String(number)),
        clock,
        name: NAME,
        onStep: () => onWork("evaluation_step"),
        ...(signal ? { signal } : {}),
        ...(checkpoints ? { checkpoints } : {}),
        ...(this.#resume ? { resume: this.#resume } : {}),
      });
      this.#resume = null;
      const training = this.#training.train();
      for (;;) {
        const { value, done } = await training.next();
        if (done) {
          if (!value) return null;
          break;
        }
        // Epochs of its training are no epochs of the search.
        if (value.type === "diverged") yield { ...value, epoch };
      }
      const estimate = this.#training.validationAccuracy!;
      this.#drop();
      return { proposal, estimate, failure: null };
    } catch (error) {
      if (!(error instanceof DivergenceError || error instanceof ArcError)) throw error;
      this.#drop();
      return { proposal, estimate: 0, failure: error.message };
    }
  }

  #drop(): void {
    this.#training?.child.network.dispose();
    this.#training = null;
  }
}

/** Training from scratch, as an entry of the registry. */
export const FROM_SCRATCH: EvaluatorEntry = {
  name: "from-scratch",
  label: "training from scratch",
  summary: "accuracy on validation images after a short training of its own, from new weights",
  source: "Zoph & Le 2017 (NAS)",
  sharesWeights: false,
  create: (context) => new FromScratch(context),
};
