/**
 * The controller's penalty for straying from a skip rate (spec C.2): the divergence of
 * `[σ(−kz), σ(kz)]` from `[1−target, target]`, summed over the m bits of a row:
 *
 * ```text
 * y[r] = Σ_i ρ·log(ρ/target) + (1−ρ)·log((1−ρ)/(1−target)),   ρ = σ(k·z[r,i])
 * dz = dy · k·ρ·(1−ρ)·(k·z − log(target/(1−target)))
 * ```
 *
 * The released code takes k = 1, although the bits are drawn with probability σ(2z). So the optimum
 * ρ = 0.4 gives a real skip rate of 0.308. With k = 2 the target is the real rate.
 *
 * @module
 */
import { type CpuOp, defineOp } from "../../../../engine/op.ts";
import { zeros } from "../../../../engine/reference/nd_array.ts";
import type { OpCase, ReferenceOp } from "../../../../engine/reference/types.ts";
import { logSigmoid } from "./bernoulli_pair.ts";
import { matrixExtents } from "./checks.ts";

/** Attributes of {@link skipPenalty}. */
export interface SkipPenaltyAttributes {
  /** Wanted value of σ(k·z), between 0 and 1 exclusive. */
  readonly target: number;
  /** The factor k of z: 1 as in the released code (default), 2 for the probability of a bit. */
  readonly slope?: 1 | 2;
}

/** Input `z [n,m]`; output `y [n]` in nats. */
const reference: ReferenceOp<SkipPenaltyAttributes, void> = {
  forward([z], { target, slope = 1 }) {
    const [n, m] = z.shape;
    const y = zeros([n]);
    for (let r = 0; r < n; r++) {
      for (let at = r * m; at < (r + 1) * m; at++) {
        const [logOne, logZero] = [logSigmoid(slope * z.data[at]), logSigmoid(-slope * z.data[at])];
        y.data[r] += Math.exp(logOne) * (logOne - Math.log(target)) +
          Math.exp(logZero) * (logZero - Math.log(1 - target));
      }
    }
    return { outputs: [y], saved: undefined };
  },

  backward(dys, { inputs: [z], attributes: { target, slope = 1 } }) {
    const dy = dys[0]!;
    const [n, m] = z.shape;
    const optimum = Math.log(target / (1 - target));
    const dz = zeros(z.shape);
    for (let r = 0; r < n; r++) {
      for (let at = r * m; at < (r + 1) * m; at++) {
        const x = slope * z.data[at];
        const rho = 1 / (1 + Math.exp(-x));
        dz.data[at] = dy.data[r] * slope * rho * (1 - rho) * (x - optimum);
      }
    }
    return [dz];
  },
};

/** Inputs on which the penalty is checked. */
const cases: OpCase<SkipPenaltyAttributes>[] = [
  { name: "target 0.4", shapes: [[5, 3]], attributes: { target: 0.4 } },
  { name: "target of the real rate", shapes: [[2, 4]], attributes: { target: 0.25, slope: 2 } },
  { name: "one bit", shapes: [[1, 1]], attributes: { target: 0.4 } },
];

/** Input `z [n,m]`; output `y [n]`, summed over m, in nats. */
export const skipPenalty: CpuOp<SkipPenaltyAttributes> = defineOp({
  name: "skip_penalty",
  inputs: ["z"],
  shape([z]) {
    const [n] = matrixExtents("skip_penalty", "z", z);
    return [[n]];
  },
  gpu: null,
  reference,
  cases,
});
