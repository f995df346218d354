import assert from "node:assert/strict";
import { type Diagram, renderDiagram } from "../../reports/diagram.ts";

const TRANSFER: Diagram = {
  id: "transfer",
  title: "The way of the controller",
  caption: "",
  direction: "right",
  boxes: [
    { id: "from", title: "CIFAR-10", lines: ["310 epochs"], tone: "plain" },
    { id: "file", title: "Controller <A&B>", lines: [], tone: "strong" },
    { id: "to", title: "CIFAR-100", lines: ["fresh", "sampled at 100"], tone: "muted" },
  ],
  arrows: [
    { from: "from", to: "file", label: "saved" },
    { from: "file", to: "to", label: "" },
  ],
};

/** The rectangles of the boxes by their heading. */
function boxes(svg: string): Map<string, { x: number; y: number; right: number; bottom: number }> {
  const pattern =
    /<g class="box"><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"[^>]*>(?:<text[^>]*font-weight[^>]*>([^<]*)<)/g;
  return new Map([...svg.matchAll(pattern)].map(([, ...found]) => {
    const [x, y, width, height] = found.map(Number);
    return [found[4], { x, y, right: x + width, bottom: y + height }];
  }));
}

for (const direction of ["right", "down"] as const) {
  Deno.test(`renderDiagram() places boxes one after the other, ${direction}`, async () => {
    const svg = await renderDiagram({ ...TRANSFER, direction });
    const [from, file, to] = [...boxes(svg).values()];
    const along = (box: typeof from) =>
      direction === "right" ? [box.x, box.right] : [box.y, box.bottom];
    assert.ok(along(from)[1] < along(file)[0] && along(file)[1] < along(to)[0]);
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    for (const { x, y, right, bottom } of [from, file, to]) {
      assert.ok(x >= 0 && y >= 0 && right <= width && bottom <= height);
    }
  });
}

Deno.test("renderDiagram() draws each arrow once, says everything in words and escapes it", async () => {
  const svg = await renderDiagram(TRANSFER);
  assert.deepEqual([...svg.matchAll(/id="transfer-arrow-\d"/g)].length, 2);
  assert.match(svg, /class="l-chain from-from to-file" id="transfer-arrow-1"/);
  assert.match(svg, /class="l-chain from-file to-to" id="transfer-arrow-2"/);
  const description = /<desc id="transfer-desc">([^<]*)</.exec(svg)![1];
  assert.match(description, /CIFAR-100: fresh; sampled at 100\./);
  assert.match(description, /Arrow from CIFAR-10 to Controller &lt;A&amp;B&gt;: saved\./);
  assert.ok(!svg.includes("<A&B>"));
  for (const words of ["saved", "310 epochs", "sampled at 100"]) {
    assert.ok(svg.includes(`>${words}</text>`), words);
  }
  const ids = [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("renderDiagram() makes ids of any text", async () => {
  const svg = await renderDiagram({ ...TRANSFER, id: 'a "><b> c' });
  assert.match(svg, /aria-labelledby="a-b-c-title a-b-c-desc"/);
  assert.ok(!svg.includes("<b>"));
});

Deno.test("renderDiagram() refuses what is no diagram", async () => {
  await assert.rejects(renderDiagram({ ...TRANSFER, boxes: [], arrows: [] }), /to have a box/);
  const twice = [...TRANSFER.boxes, TRANSFER.boxes[0]];
  await assert.rejects(renderDiagram({ ...TRANSFER, boxes: twice }), /found from twice/);
  const arrows = [{ from: "from", to: "nowhere", label: "" }];
  await assert.rejects(renderDiagram({ ...TRANSFER, arrows }), /found an end at nowhere/);
});
