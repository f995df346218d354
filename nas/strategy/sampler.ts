/**
 * What proposes architectures: the trained LSTM controllers and the random samplers of both spaces
 * have this interface in common.
 *
 * @module
 */
import type { RandomState } from "../../engine/random.ts";
import type { Arc, ArcSpace } from "../space/arc.ts";
import type { MacroArc } from "../space/macro/arc.ts";
import type { MicroArc } from "../space/micro/arc.ts";
import type { ArcDecision } from "../run/events.ts";

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

/** Everything a sampler needs to go on exactly: plain JSON values, and tensors by name. */
export interface SamplerState {
  readonly kind: "controller" | "random";
  /**
   * Space of the sampler's arcs; {@link ArcSampler.state} always gives it. A state without one was
   * saved when there was no other space than macro.
   */
  readonly space?: ArcSpace;
  /** Serialises as JSON without loss. */
  readonly scalars: {
    /** Updates so far. */
    readonly step: number;
    /** Moving baseline; null before a baseline that begins with the first reward has begun. */
    readonly baseline: number | null;
    readonly random: RandomState;
  };
  /** Parameters and moments of the optimiser; f64, and to be stored as such. */
  readonly tensors: Readonly<Record<string, StoredTensor>>;
}

/** Proposes architectures of one space and size and may learn from their rewards. */
export interface ArcSampler<A extends Arc = Arc> {
  readonly kind: "controller" | "random";
  /** Space of the proposed arcs. */
  readonly space: A["space"];
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
  /** Copies of the learned parameters by name; none for the random sampler. */
  parameters(): Record<string, StoredTensor>;
  /** A copy of the whole state, from which {@link ArcSampler.restore} continues exactly. */
  state(): SamplerState;
  /**
   * Goes on from a state.
   *
   * @param state What {@link ArcSampler.state} of a sampler with the same options returned.
   * @throws {TypeError} If it is of another kind or space or its tensors do not fit; nothing is
   * changed then.
   */
  restore(state: SamplerState): void;
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
 * Refuses the state of a sampler of another kind or space.
 *
 * @throws {TypeError} If it is one.
 */
export function checkState(
  sampler: Pick<ArcSampler, "kind" | "space">,
  { kind, space = "macro" }: SamplerState,
): void {
  const name = (of: Pick<ArcSampler, "kind" | "space">) =>
    of.kind === "random" ? `random ${of.space} sampler` : `${of.space} controller`;
  if (kind !== sampler.kind || space !== sampler.space) {
    throw new TypeError(
      `restore() expects the state of a ${name(sampler)} but found that of a ` +
        `${name({ kind, space })}; take a run of the same space and sampler`,
    );
  }
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
