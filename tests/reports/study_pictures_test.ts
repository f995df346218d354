import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { StudyFigure } from "../../nas/stats/study_report.ts";
import { studyPictures } from "../../reports/mod.ts";
import { galleryStudy, LIMITS, USUAL } from "./study_gallery.ts";

const draw = (figures: readonly StudyFigure[]) =>
  Array.fromAsync(studyPictures(galleryStudy(figures)));

/** Width and height that a PNG declares. */
function sizeOf(png: Uint8Array): [width: number, height: number] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

Deno.test("every figure of a study is a picture, the same each time", async () => {
  const pictures = await draw(USUAL);
  assert.deepEqual(
    pictures.map(({ file }) => file),
    USUAL.flatMap(({ id, kind }) =>
      kind === "scatter" ? [`${id}.png`, `${id}-ranks.png`] : [`${id}.png`]
    ),
  );
  for (const { file, png } of pictures) {
    assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], file);
    const [width, height] = sizeOf(png);
    assert.ok(width > 600 && height > 250, `${file}: ${width} x ${height}`);
    assert.ok(png.length > 15_000, `${file}: ${png.length} bytes`);
  }
  const hashes = ({ png }: { png: Uint8Array }) => createHash("sha256").update(png).digest("hex");
  assert.equal(new Set(pictures.map(hashes)).size, pictures.length);
  assert.deepEqual((await draw(USUAL)).map(hashes), pictures.map(hashes));
});

Deno.test("figures at their limits are pictures; one of which nothing was run is none", async () => {
  const pictures = await draw(LIMITS);
  assert.equal(pictures.length, LIMITS.length - 7);
  for (const { file, png } of pictures) {
    assert.match(file, /^[\w-]+\.png$/);
    assert.ok(png.length > 10_000, `${file}: ${png.length} bytes`);
  }
});
