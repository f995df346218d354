/**
 * Reference of the matrix product: `y[i,j] = Σ_p a[i,p]·b[p,j]`, `da = dy·bᵀ`, `db = aᵀ·dy`.
 *
 * @module
 */
import { addProduct, addProductTransposedA, addProductTransposedB } from "./matrix_loops.ts";
import { gradientPlace, type NoAttributes, zeros } from "./nd_array.ts";
import type { OpCase, ReferenceOp } from "./types.ts";

/** Attributes of {@link matmulReference}: none. */
export type MatmulAttributes = NoAttributes;

/** Inputs `a [m,k]`, `b [k,n]`; output `y [m,n]`. */
export const matmulReference: ReferenceOp<MatmulAttributes, void> = {
  forward([a, b]) {
    const [m, k] = a.shape;
    const n = b.shape[1];
    const y = zeros([m, n]);
    addProduct(a.data, b.data, y.data, m, k, n);
    return { outputs: [y], saved: undefined };
  },

  backward(dys, context) {
    const dy = dys[0]!;
    const { inputs: [a, b], needs = [true, true] } = context;
    const [m, k] = a.shape;
    const n = b.shape[1];
    const da = needs[0] ? zeros(a.shape) : null;
    if (da !== null) addProductTransposedB(dy.data, b.data, da.data, m, k, n);
    if (!needs[1]) return [da, null];
    const db = gradientPlace(context, 1);
    addProductTransposedA(a.data, dy.data, db.to.data, m, k, n);
    return [da, db.result];
  },
};

/** Inputs on which every backend's matrix product is checked. */
export const matmulCases: OpCase<MatmulAttributes>[] = [
  { name: "odd sizes", shapes: [[7, 5], [5, 3]], attributes: {} },
  { name: "scalars", shapes: [[1, 1], [1, 1]], attributes: {} },
  { name: "one row", shapes: [[1, 36], [36, 10]], attributes: {} },
  { name: "one column", shapes: [[17, 7], [7, 1]], attributes: {} },
  { name: "outer product", shapes: [[17, 1], [1, 36]], attributes: {} },
  { name: "sizes beyond one tile", shapes: [[67, 33], [33, 70]], attributes: {} },
  { name: "long reduction", shapes: [[3, 300], [300, 5]], attributes: {} },
];
