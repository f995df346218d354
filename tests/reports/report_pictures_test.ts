import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { renderDiagram } from "../../reports/diagram.ts";
import { renderDrawingPng } from "../../reports/pictures.ts";
import { type ReportPicture, reportPictures } from "../../reports/report_pictures.ts";
import { makeRun } from "./fixture.ts";

/** Pixels of a PNG as RGBA bytes. */
async function pixels(png: Uint8Array): Promise<{ width: number; data: Uint8ClampedArray }> {
  const image = await loadImage(Buffer.from(png));
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return { width: image.width, data: context.getImageData(0, 0, image.width, image.height).data };
}

async function picturesOf(run: ReturnType<typeof makeRun>): Promise<ReportPicture[]> {
  return await Array.fromAsync(reportPictures([run]));
}

for (const space of ["macro", "micro"] as const) {
  Deno.test(`every chart and drawing of a ${space} search is a picture, the same each time`, async () => {
    const run = makeRun({ space, epochs: 3, stepsPerEpoch: 10, trainEpochs: 3 });
    const pictures = await picturesOf(run);
    // One space is enough to see that pictures are stable.
    const again = space === "macro" ? await picturesOf(run) : null;
    const files = pictures.map(({ file }) => file);
    assert.equal(new Set(files).size, files.length);
    assert.ok(files.filter((file) => file.startsWith("chart_")).length >= 10);
    const drawings = files.filter((file) => !file.startsWith("chart_"));
    const both = (name: string) => ["normal", "reduction"].map((cell) => `drawing_${name}_${cell}`);
    assert.deepEqual(
      drawings.map((file) => file.replace(".png", "")),
      space === "macro"
        ? [
          "arc",
          ...["pipeline", "elements", "shared", "sampling", "graph", "controller"].map((id) =>
            `drawing_${id}`
          ),
        ]
        : [
          "arc",
          "drawing_pipeline",
          "drawing_elements",
          ...both("shared"),
          "drawing_block",
          "drawing_blocks",
          ...both("sampling"),
          ...both("graph"),
          "drawing_controller",
        ],
    );
    for (const [i, { file, png }] of pictures.entries()) {
      const first = await pixels(png);
      assert.ok(first.width >= 300, `${file} is ${first.width} pixels wide`);
      const colours = new Set(new Uint32Array(first.data.buffer));
      assert.ok(colours.size > 20, `${file} has ${colours.size} colours`);
      if (again === null) continue;
      const second = await pixels(again[i].png);
      assert.equal(first.data.length, second.data.length, file);
      let apart = 0;
      for (let at = 0; at < first.data.length; at++) {
        if (Math.abs(first.data[at] - second.data[at]) > 8) apart++;
      }
      assert.ok(apart < 1e-4 * first.data.length, `${file} differs in ${apart} bytes`);
    }
  });
}

Deno.test("words of a diagram are in its picture", async () => {
  const draw = async (title: string) => {
    const svg = await renderDiagram({
      id: "d",
      title: "A box",
      caption: "",
      direction: "right",
      boxes: [{ id: "a", title, lines: ["in small print"], tone: "plain" }],
      arrows: [],
    });
    const { data } = await pixels(await renderDrawingPng(svg));
    // Dark pixels are those of letters: the border is grey.
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] < 60 && data[i + 3] === 255) dark++;
    return dark;
  };
  const [short, long] = [await draw("Mi"), await draw("Mi Mi Mi")];
  assert.ok(short > 40, `${short} dark pixels`);
  assert.ok(long > 2.2 * short, `${short} and ${long} dark pixels`);
});

Deno.test("Greek, Cyrillic and Latin letters of all kinds are drawn, not boxes for missing ones", async () => {
  const draw = async (words: string) => {
    const svg =
      `<svg width="60" height="30" viewBox="0 0 60 30"><text x="30" y="20" font-size="16" ` +
      `text-anchor="middle" font-family="Inter" fill="#000000">${words}</text></svg>`;
    return (await pixels(await renderDrawingPng(svg, 1))).data.join();
  };
  // A private letter that no font has.
  const missing = await draw("\ue000");
  const drawn = await Promise.all(["τ", "ж", "ę", "m", "−"].map(draw));
  assert.equal(new Set([missing, await draw(" "), ...drawn]).size, 7);
});
