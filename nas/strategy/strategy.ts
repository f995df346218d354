/**
 * What proposes architectures and learns from what they turn out to be worth. A strategy asks and is
 * told; who judges, and how many machines it takes, is none of its business.
 *
 * @module
 */
import type { RandomState } from "../../engine/random.ts";
import type { Arc, ArcSpace } from "../space/arc.ts";
import type { MacroArc } from "../space/macro/arc.ts";
import type { MicroArc } from "../space/micro/arc.ts";
import type { ArcDecision } from "../run/events.ts";

/** An architecture that a strategy wants judged. */
export interface Proposal<A extends Arc = Arc> {
  readonly arc: A;
  /**
   * Share of the evaluator's usual cost that it may take, above 0 and at most 1; less for a first
   * look, as successive halving takes. Evaluators whose cost is fixed pass it over.
   */
  readonly fidelity: number;
  /** The architecture that this one was made from, whose weights an evaluator may pass on; or none. */
  readonly parent: A | null;
}

/** What an evaluator found out about a proposal. */
export interface Outcome<A extends Arc = Arc> {
  readonly proposal: Proposal<A>;
  /**
   * How good it is; more is better. An accuracy from 0 to 1 for evaluators that train. Where it could
   * not be judged it is 0, the worst accuracy, so that a strategy which knows nothing of failures
   * avoids them; see `failure`.
   */
  readonly estimate: number;
  /** Why it could not be judged, such as a training that diverged; null where it was. */
  readonly failure: string | null;
}

/**
 * Proposes architectures of one space and size, and learns.
 *
 * The same seed and the same order of asks and tells give the same proposals, whoever judges and
 * however long that takes. Not every proposal is told of, and the outcomes of one ask may come in
 * several tells and in any order: whatever a strategy has to remember of a proposal, it must find
 * again by the architecture.
 */
export interface Strategy<A extends Arc = Arc> {
  /** Its name in the registry, and in the files of a run. */
  readonly kind: string;
  /** Space of the proposals. */
  readonly space: A["space"];
  /** Whether it learns from what it is told; no work is spent on telling one that does not. */
  readonly learns: boolean;
  /** Probabilities of what it proposes, where it draws from a distribution; else null. */
  readonly sampler: ArcSampler<A> | null;
  /**
   * Proposes architectures.
   *
   * @param count Most of them; at least 1. Fewer come, though at least one, where the strategy has to
   * be told of those before it can propose more.
   * @throws {RangeError} If `count` is not a positive integer.
   */
  ask(count: number): readonly Proposal<A>[];
  /**
   * Learns from outcomes of its proposals.
   *
   * @param outcomes At least one.
   * @returns What the update of its policy did; null where it has no policy that is updated.
   */
  tell(outcomes: readonly Outcome<A>[]): SamplerUpdate | null;
  /** A copy of the whole state, from which {@link Strategy.restore} continues exactly. */
  state(): StrategyState;
  /**
   * Goes on from a state.
   *
   * @param state What {@link Strategy.state} of a strategy with the same options returned.
   * @throws {TypeError} If it is of another kind or space or its tensors do not fit; nothing is
   * changed then.
   */
  restore(state: StrategyState): void;
}

/** Architectures and, by index, what the sampler thinks of them. All logarithms are natural. */
export interface SampledArcs<A extends Arc = Arc> {
  readonly arcs: readonly A[];
  /** Logarithm of the probability with which the sampler draws each arc. */
  readonly logProbability: Float64Array;
  /** Sum over an arc's decisions of the entropy of the distribution drawn from, in nats. */
  readonly entropy: Float64Array;
  /**
   * Sum over an arc's decisions of −p·log p of the drawn value alone: what the released code calls
   * entropy in the macro space (spec C.2).
   */
  readonly sampledEntropy: Float64Array;
  /**
   * Mean over layers 1..L-1 of the divergence from the skip target, in nats (spec C.2); 0 where the
   * sampler has no such penalty, and for micro arcs, which have no skips.
   */
  readonly skipPenalty: Float64Array;
  /** Share of each arc's skip bits that are set; 0 for one layer and for micro arcs. */
  readonly skipRate: Float64Array;
}

/** What one update did; the fields of the event `controller_step`, and some more. */
export interface SamplerUpdate {
  /** Number of this update since the run began; the first is 1. */
  readonly step: number;
  /** Number of arcs. */
  readonly arcs: number;
  /** Mean reward: accuracy and, for the controller, the entropy bonus. */
  readonly reward: number;
  /** Mean of the accuracies handed in. */
  readonly accuracy: number;
  /** Moving baseline after the update; 0 for a sampler that has none. */
  readonly baseline: number;
  /** Mean over the arcs of reward minus baseline. */
  readonly advantage: number;
  /** Mean entropy of one arc, in nats: the full one, whichever the reward contains. */
  readonly entropy: number;
  /** Mean over the arcs of {@link SampledArcs.skipPenalty}. */
  readonly skipPenalty: number;
  /** Mean share of skip bits set. */
  readonly skipRate: number;
  /** REINFORCE loss, mean over the arcs; 0 for a sampler that does not learn. */
  readonly loss: number;
  /** L2 norm of the loss's gradient over all parameters; 0 for a sampler that has none. */
  readonly gradientNorm: number;
}

/** A dense row-major array with its shape; the form in which run folders store tensors. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Everything a strategy needs to go on exactly: plain JSON values, and tensors by name. */
export interface StrategyState {
  /** Its {@link Strategy.kind}. */
  readonly kind: string;
  /**
   * Space of the architectures; {@link Strategy.state} always gives it. A state without one was
   * saved when there was no other space than macro.
   */
  readonly space?: ArcSpace;
  /** Serialises as JSON without loss. */
  readonly scalars: {
    /** The stream of its draws. */
    readonly random: RandomState;
    readonly [name: string]: unknown;
  };
  /** Numbers such as parameters and moments of an optimiser; f64, and to be stored as such. */
  readonly tensors: Readonly<Record<string, StoredTensor>>;
}

/** A strategy that draws architectures from a distribution, and knows their probabilities. */
export interface ArcSampler<A extends Arc = Arc> extends Strategy<A> {
  /**
   * Draws arcs independently.
   *
   * @param count How many; at least 1.
   * @throws {RangeError} If `count` is not a positive integer.
   */
  sample(count: number): SampledArcs<A>;
  /**
   * Scores given arcs without drawing any, so the random stream does not move.
   *
   * @param arcs At least one valid arc of the sampler's space, with as many layers (macro) or nodes a
   * cell (micro) as it proposes.
   * @throws {RangeError} If there is no arc or one has another space or size.
   */
  evaluate(arcs: readonly A[]): SampledArcs<A>;
  /**
   * Lists the decisions that lead to a given arc, each with the probabilities it is drawn with.
   * Changes nothing, like {@link ArcSampler.evaluate}; the product of the probabilities of the
   * chosen values is the probability that `evaluate` finds.
   *
   * @param arc As `evaluate` takes it.
   * @throws {RangeError} If it has another space or size.
   */
  trace(arc: A): ArcDecision[];
  /**
   * Learns from one reward for each arc; one step of the optimiser. Each arc should come from this
   * sampler's {@link ArcSampler.sample} since the last update, as REINFORCE supposes.
   *
   * @param sampled The arcs.
   * @param accuracies Validation accuracy of each, 0..1.
   * @throws {RangeError} If their numbers differ or an accuracy is not a finite number.
   */
  update(sampled: SampledArcs<A>, accuracies: readonly number[]): SamplerUpdate;
  /** Copies of the learned parameters by name; none for one that does not learn. */
  parameters(): Record<string, StoredTensor>;
}

/** Asks and tells of a strategy that draws from a distribution. */
export abstract class DrawingStrategy<A extends Arc> implements ArcSampler<A> {
  abstract readonly kind: string;
  abstract readonly space: A["space"];
  abstract readonly learns: boolean;
  /** The newest draw, with which a tell of all of it need not look anything up again. */
  #newest: SampledArcs<A> | null = null;

  get sampler(): this {
    return this;
  }

  ask(count: number): Proposal<A>[] {
    this.#newest = this.sample(count);
    return this.#newest.arcs.map((arc) => ({ arc, fidelity: 1, parent: null }));
  }

  tell(outcomes: readonly Outcome<A>[]): SamplerUpdate | null {
    if (!this.learns) return null;
    const arcs = outcomes.map(({ proposal }) => proposal.arc);
    const newest = this.#newest;
    const isNewest = newest?.arcs.length === arcs.length &&
      arcs.every((arc, i) => arc === newest.arcs[i]);
    return this.update(
      isNewest ? newest : this.evaluate(arcs),
      outcomes.map(({ estimate }) => estimate),
    );
  }

  abstract sample(count: number): SampledArcs<A>;
  abstract evaluate(arcs: readonly A[]): SampledArcs<A>;
  abstract trace(arc: A): ArcDecision[];
  abstract update(sampled: SampledArcs<A>, accuracies: readonly number[]): SamplerUpdate;
  abstract parameters(): Record<string, StoredTensor>;
  abstract state(): StrategyState;
  abstract restore(state: StrategyState): void;
}

/**
 * Refuses a number of arcs that is not a positive integer.
 *
 * @throws {RangeError} If it is not.
 */
export function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`sample() expects an integer greater than 0 but found ${count}`);
  }
}

/**
 * Refuses arcs that a sampler of `layers` layers cannot score.
 *
 * @throws {RangeError} If there is no arc or one is no macro arc or has another number of layers.
 */
export function checkMacroArcs(arcs: readonly MacroArc[], layers: number): void {
  checkArcs(arcs, "macro");
  for (const arc of arcs) {
    if (arc.layers.length !== layers) {
      throw new RangeError(
        `evaluate() expects arcs of ${layers} layers but found ${arc.layers.length}`,
      );
    }
  }
}

/**
 * Refuses arcs that a sampler of `nodes` nodes a cell cannot score.
 *
 * @throws {RangeError} If there is no arc or one is no micro arc or has another number of nodes.
 */
export function checkMicroArcs(arcs: readonly MicroArc[], nodes: number): void {
  checkArcs(arcs, "micro");
  for (const { normal, reduction } of arcs) {
    if (normal.nodes.length !== nodes || reduction.nodes.length !== nodes) {
      throw new RangeError(
        `evaluate() expects cells of ${nodes} nodes but found ${normal.nodes.length} and ` +
          `${reduction.nodes.length}`,
      );
    }
  }
}

function checkArcs(arcs: readonly Arc[], space: ArcSpace): void {
  if (arcs.length === 0) throw new RangeError("evaluate() expects at least one arc but found none");
  const other = arcs.find((arc) => arc.space !== space);
  if (other !== undefined) {
    throw new RangeError(`evaluate() expects ${space} arcs but found a ${other.space} arc`);
  }
}

/**
 * Refuses the state of another strategy or space.
 *
 * @throws {TypeError} If it is one.
 */
export function checkState(
  strategy: Pick<Strategy, "kind" | "space">,
  { kind, space = "macro" }: StrategyState,
): void {
  if (kind === strategy.kind && space === strategy.space) return;
  throw new TypeError(
    `restore() expects the state of a strategy ${strategy.kind} of the ${strategy.space} space but ` +
      `found that of a strategy ${kind} of the ${space} space; take a run of the same space and ` +
      "strategy",
  );
}

/**
 * Refuses accuracies that do not belong to the arcs. A single NaN would destroy all parameters.
 *
 * @throws {RangeError} If their numbers differ or an accuracy is not a finite number.
 */
export function checkAccuracies(
  sampled: Pick<SampledArcs, "arcs">,
  accuracies: readonly number[],
): void {
  if (accuracies.length !== sampled.arcs.length || accuracies.length === 0) {
    throw new RangeError(
      `update() expects one accuracy for each of ${sampled.arcs.length} arcs but found ` +
        `${accuracies.length}`,
    );
  }
  const wrong = accuracies.find((accuracy) => !Number.isFinite(accuracy));
  if (wrong !== undefined) {
    throw new RangeError(`update() expects finite accuracies but found ${wrong}`);
  }
}

/** Arithmetic mean of at least one number. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
