/**
 * What a policy's network records while it is unrolled over n arcs.
 *
 * @module
 */
import type { Tensor } from "../../../engine/tensor.ts";
import type { Arc } from "../../space/arc.ts";
import type { SampledArcs } from "../strategy.ts";

/** The arcs with their scores, and the tensors through which gradients flow back. */
export interface PolicyTrace<A extends Arc = Arc> {
  readonly sampled: SampledArcs<A>;
  /**
   * Logarithm of the probability of each group of decisions, `[n]` each: 2L-1 tensors in the macro
   * space, 8B in the micro space.
   */
  readonly logProbabilities: readonly Tensor[];
  /** Skip penalty of each layer 1..L-1, `[n]` each, in nats; none in the micro space. */
  readonly penalties: readonly Tensor[];
}

/** Collects the statistics of decisions while the network is unrolled. */
export class TraceRecorder {
  readonly #logProbabilities: Tensor[] = [];
  readonly #penalties: Tensor[] = [];
  readonly #entropy: Float64Array;
  readonly #sampledEntropy: Float64Array;

  /** @param count Number of arcs n. */
  constructor(readonly count: number) {
    this.#entropy = new Float64Array(count);
    this.#sampledEntropy = new Float64Array(count);
  }

  /**
   * Takes one group of decisions in.
   *
   * @param statistics Log-probability, entropy and sampled term of each arc, `[n]` each, in nats:
   * the outputs of `categorical` and `bernoulliPair`.
   */
  decided([logProbability, entropy, sampledTerm]: readonly Tensor[]): void {
    this.#logProbabilities.push(logProbability);
    for (let r = 0; r < this.count; r++) {
      this.#entropy[r] += entropy.cpu[r];
      this.#sampledEntropy[r] += sampledTerm.cpu[r];
    }
  }

  /** Takes the skip penalty of one layer in, `[n]`, in nats. */
  penalized(penalty: Tensor): void {
    this.#penalties.push(penalty);
  }

  /**
   * The trace of everything taken in.
   *
   * @param arcs The n arcs that were decided.
   * @param skipRate Share of skip bits set of each.
   */
  trace<A extends Arc>(arcs: readonly A[], skipRate: Float64Array): PolicyTrace<A> {
    const total = (tensors: readonly Tensor[]) =>
      Float64Array.from(arcs, (_, r) => tensors.reduce((sum, { cpu }) => sum + cpu[r], 0));
    const layers = Math.max(this.#penalties.length, 1);
    return {
      sampled: {
        arcs,
        logProbability: total(this.#logProbabilities),
        entropy: this.#entropy,
        sampledEntropy: this.#sampledEntropy,
        skipPenalty: total(this.#penalties).map((sum) => sum / layers),
        skipRate,
      },
      logProbabilities: this.#logProbabilities,
      penalties: this.#penalties,
    };
  }
}
