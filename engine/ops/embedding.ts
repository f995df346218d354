/**
 * Choice of rows of a table: `y[r] = table[indices[r]]`, `dtable[v] = Σ_{indices[r]=v} dy[r]`.
 *
 * An index that the table has no row for is an error on the CPU; on the GPU, where nobody looks at values,
 * its row is NaN.
 *
 * @module
 */
import backwardSource from "../../shaders/embedding_backward.wgsl" with { type: "text" };
import forwardSource from "../../shaders/embedding_forward.wgsl" with { type: "text" };
import { defineKernel } from "../webgpu/kernel.ts";
import { defineOp, type Op } from "../op.ts";
import { flatGrid } from "../webgpu/queue.ts";
import { recordSplitSum, SPLIT_PARAMS, splitRows } from "../webgpu/split_sum.ts";
import {
  type EmbeddingAttributes,
  embeddingCases,
  embeddingReference,
} from "../reference/embedding.ts";
import { expectRank } from "../shape.ts";
import { pitch, type Tensor } from "../tensor.ts";

const forwardKernel = defineKernel({
  name: "embedding_forward",
  source: forwardSource,
  bindings: { table: "read vec4f", indices: "read u32", y: "read_write vec4f" },
  params: { n: "u32", v: "u32", c4: "u32", columns: "u32" },
});
const backwardKernel = defineKernel({
  name: "embedding_backward",
  source: backwardSource,
  bindings: { indices: "read u32", dy: "read vec4f", partial: "read_write vec4f" },
  params: { n: "u32", v: "u32", c4: "u32", ...SPLIT_PARAMS },
});

function sizesOf(table: Tensor, indices: Tensor) {
  const [v, columns] = table.shape;
  return { n: indices.shape[0], v, columns, c4: pitch(table.shape) / 4 };
}

/** Rows of a table: inputs `table [v,H]`, `indices [n]` (u32, below v); output `y [n,H]`. */
export const embedding: Op<EmbeddingAttributes> = defineOp({
  name: "embedding",
  inputs: ["table", "indices"],
  inputTypes: ["f32", "u32"],
  shape([table, indices]) {
    expectRank("embedding", "table", table, 2);
    expectRank("embedding", "indices", indices, 1);
    return [[indices[0], table[1]]];
  },
  gpu: {
    forward(gpu, [table, indices]) {
      const sizes = sizesOf(table, indices);
      const y = gpu.allocate([sizes.n, sizes.columns]);
      const grid = flatGrid(Math.ceil(sizes.n * sizes.c4 / 64));
      gpu.run(forwardKernel, {}, { table, indices, y }, sizes, grid);
      return { outputs: [y], saved: [] };
    },
    backward(gpu, [dy], { inputs: [table, indices], needs, into }) {
      if (!needs[0]) return [null, null];
      const { n, v, c4 } = sizesOf(table, indices);
      const dtable = into(0);
      const split = splitRows(n, 1, 1);
      const grid = flatGrid(Math.ceil(split.splits * v * c4 / 64));
      recordSplitSum(gpu, split, [dtable], ([partial]) => {
        const tensors = { indices, dy: dy!, partial };
        gpu.run(backwardKernel, {}, tensors, { n, v, c4, ...split }, grid);
      });
      return [dtable, null];
    },
  },
  reference: embeddingReference,
  cases: embeddingCases,
});
