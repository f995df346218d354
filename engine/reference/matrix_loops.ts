/**
 * Matrix products that add to their result. All matrices are dense and row-major. The operands are
 * copied into the memory of one kernel and the result out of it, which takes a tenth of the time; where
 * a factor is transposed, it is copied that way round.
 *
 * A row of a result never depends on the rows beside it, to the last bit: each sum takes its terms four
 * at a time, wherever the row stands.
 *
 * @module
 */
import { instantiateProductKernel } from "./product_kernel.ts";

const kernel = instantiateProductKernel();
let memory = new Float64Array(kernel.memory.buffer);

/** Bytes of a page of the kernel's memory. */
const PAGE = 65536;

/** `y[m,n] += a[m,k]·b[k,n]`. */
export function addProduct(
  a: Float64Array,
  b: Float64Array,
  y: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  // The kernel takes whole blocks; zeros fill them up and add nothing.
  const [rows, terms, columns] = [roundUp(m, 4), roundUp(k, 4), roundUp(n, 2)];
  const atB = rows * terms;
  const atY = atB + terms * columns;
  reserve(atY + rows * columns);
  place(a, 0, m, k, rows, terms);
  place(b, atB, k, n, terms, columns);
  place(y, atY, m, n, rows, columns);
  for (let i = 0; i < rows; i += 4) {
    kernel.addFourRows(8 * i * terms, 8 * atB, 8 * (atY + i * columns), 8 * terms, 8 * columns);
  }
  if (n === columns) {
    y.set(memory.subarray(atY, atY + m * n));
    return;
  }
  for (let i = 0; i < m; i++) {
    const start = atY + i * columns;
    y.set(memory.subarray(start, start + n), i * n);
  }
}

function roundUp(extent: number, multiple: number): number {
  return Math.ceil(extent / multiple) * multiple;
}

/** Makes the kernel's memory hold at least `count` numbers. */
function reserve(count: number): void {
  if (count <= memory.length) return;
  kernel.memory.grow(Math.ceil((8 * count - 8 * memory.length) / PAGE));
  memory = new Float64Array(kernel.memory.buffer);
}

/** Copies `x [m,n]` to `at` in the kernel's memory, with zeros up to `[rows,columns]`. */
function place(
  x: Float64Array,
  at: number,
  m: number,
  n: number,
  rows: number,
  columns: number,
): void {
  if (n === columns) {
    memory.set(x, at);
    memory.fill(0, at + m * n, at + rows * n);
    return;
  }
  memory.fill(0, at, at + rows * columns);
  for (let i = 0; i < m; i++) memory.set(x.subarray(i * n, (i + 1) * n), at + i * columns);
}

/** `da[m,k] += dy[m,n]·b[k,n]ᵀ`, the gradient of the left factor. */
export function addProductTransposedB(
  dy: Float64Array,
  b: Float64Array,
  da: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  addProduct(dy, transposed(b, k, n), da, m, n, k);
}

/** `db[k,n] += a[m,k]ᵀ·dy[m,n]`, the gradient of the right factor. */
export function addProductTransposedA(
  a: Float64Array,
  dy: Float64Array,
  db: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  addProduct(transposed(a, m, k), dy, db, k, m, n);
}

/** `xᵀ` of `x [rows,columns]`: a tenth of the time of the product that it is made for. */
function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  const y = new Float64Array(rows * columns);
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const x0 = r * columns, x1 = x0 + columns, x2 = x1 + columns, x3 = x2 + columns;
    for (let c = 0; c < columns; c++) {
      const at = c * rows + r;
      y[at] = x[x0 + c];
      y[at + 1] = x[x1 + c];
      y[at + 2] = x[x2 + c];
      y[at + 3] = x[x3 + c];
    }
  }
  for (; r < rows; r++) {
    for (let c = 0; c < columns; c++) y[c * rows + r] = x[r * columns + c];
  }
  return y;
}
