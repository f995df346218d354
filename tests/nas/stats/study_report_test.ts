import assert from "node:assert/strict";
import { studyReportSchema } from "../../../nas/stats/study_report.ts";
import { thesis } from "../../reports/study_fixture.ts";
import { galleryStudy, LIMITS, USUAL } from "../../reports/study_gallery.ts";

const again = (value: unknown) => studyReportSchema.parse(JSON.parse(JSON.stringify(value)));

Deno.test("a study.json with everything, and one without what came later, are read back alike", () => {
  for (const study of [galleryStudy(USUAL), galleryStudy(LIMITS), thesis]) {
    assert.deepEqual(again(study), JSON.parse(JSON.stringify(study)));
  }
  const { command: _c, settings: _s, protocol: _p, ...old } = galleryStudy([]);
  assert.equal(again(old).command, undefined);
});

Deno.test("a diagram whose arrows join no boxes is refused", () => {
  const way = USUAL.find(({ kind }) => kind === "diagram")!;
  assert.ok(way.kind === "diagram");
  for (
    const broken of [
      { ...way, boxes: [], arrows: [] },
      { ...way, boxes: [...way.boxes, way.boxes[0]] },
      { ...way, arrows: [{ from: "a", to: "nowhere", label: "" }] },
    ]
  ) assert.throws(() => again(galleryStudy([broken])), /arrows that join them/);
});
