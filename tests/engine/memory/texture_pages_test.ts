import assert from "node:assert/strict";
import { openDevice } from "../../../engine/webgpu/device.ts";
import {
  MAX_TEXTURE_ROWS,
  TEXTURE_ROW_BYTES,
  TEXTURE_WIDTH,
  TexturePages,
} from "../../../engine/memory/texture_pages.ts";

const { device } = await openDevice();

/** Mirrors of so many rows each, all needed at the same time. */
const together = (...rows: number[]) =>
  rows.map((count, index) => ({
    buffer: { id: index, bytes: count * TEXTURE_ROW_BYTES, device: null },
    index,
    size: count * TEXTURE_ROW_BYTES,
    first: 0,
    last: 1,
  }));

function newPages() {
  let id = 0;
  const destroyed: number[] = [];
  return { pages: new TexturePages(device, () => ++id, (id) => destroyed.push(id)), destroyed };
}

Deno.test("TexturePages gives mirrors whole rows, and the same ones one after the other", () => {
  const { pages } = newPages();
  const [a, b, c] = together(3, 2, 3);
  const plan = pages.plan([{ ...a, size: a.size - 16 }, b, { ...c, first: 2, last: 3 }]);
  assert.deepEqual(plan.sizes, [5]);
  assert.deepEqual(plan.places, [{ page: 0, begin: 0 }, { page: 0, begin: 3 }, {
    page: 0,
    begin: 0,
  }]);
});

Deno.test("TexturePages opens another page where one is too short", () => {
  const { pages } = newPages();
  const plan = pages.plan(together(MAX_TEXTURE_ROWS - 1, 2, 1));
  assert.deepEqual(plan.sizes, [MAX_TEXTURE_ROWS, 2]);
  assert.deepEqual(plan.places, [{ page: 0, begin: 0 }, { page: 1, begin: 0 }, {
    page: 0,
    begin: MAX_TEXTURE_ROWS - 1,
  }]);
});

Deno.test("a page is replaced only by a larger one, and what refers to it is forgotten", () => {
  const { pages, destroyed } = newPages();
  assert.equal(pages.bytesWith([20]), 20 * TEXTURE_ROW_BYTES);
  assert.equal(pages.bytes, 0);
  pages.resize([20]);
  const { id } = pages.page(0);
  pages.resize([7]);
  assert.equal(pages.page(0).id, id);
  assert.equal(pages.bytesWith([7, 5]), 25 * TEXTURE_ROW_BYTES);
  assert.deepEqual(destroyed, []);
  pages.resize([21, 5]);
  assert.deepEqual(destroyed, [id]);
  assert.equal(pages.bytes, 26 * TEXTURE_ROW_BYTES);
  pages.clear();
  assert.equal(pages.bytes, 0);
  assert.equal(destroyed.length, 3);
});

Deno.test("a page's width is a power of two and its height never, or llvmpipe compiles anew", () => {
  const heights = [1, 2, 3, 4, 5, 8, 16, 20, 256, 4096, MAX_TEXTURE_ROWS].map((rows) => {
    const { pages } = newPages();
    pages.resize([rows]);
    const { texture: { width, height } } = pages.page(0);
    assert.equal(width, TEXTURE_WIDTH);
    pages.clear();
    return height;
  });
  assert.deepEqual(heights, [3, 3, 3, 5, 5, 9, 17, 20, 257, 4097, MAX_TEXTURE_ROWS]);
});
