import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ArcError,
  type ArcProvenance,
  parseArc,
  readArcFile,
  writeArcFile,
} from "../../../nas/space/mod.ts";
import { anyMacroArc, anyMicroArc, J2_MICRO } from "./examples.ts";

const MACRO = parseArc("0 5 1");
const MICRO = parseArc(J2_MICRO);

/** The JSON of a file with some fields changed. */
function changed(fields: Record<string, unknown>, arc = MACRO): string {
  return JSON.stringify({ ...JSON.parse(writeArcFile(arc)), ...fields });
}

Deno.test("writeArcFile() writes rows, text and provenance", () => {
  assert.equal(
    writeArcFile(MACRO, { run: "r1", dataset: "cifar10", epoch: 3, estimate: 0.5 }),
    `{
  "format": "enaslab-arc",
  "version": 1,
  "space": "macro",
  "arc": [
    [0],
    [5, 1]
  ],
  "text": "0 5 1",
  "provenance": {
    "run": "r1",
    "dataset": "cifar10",
    "epoch": 3,
    "estimate": 0.5
  }
}
`,
  );
  const micro = JSON.parse(writeArcFile(MICRO));
  assert.deepEqual(micro.arc, {
    normal: [[0, 0, 1, 1], [2, 2, 0, 3]],
    reduction: [[1, 4, 0, 0], [2, 1, 1, 2]],
  });
  assert.equal(micro.text, J2_MICRO);
  assert.ok(!("provenance" in micro));
});

Deno.test("readArcFile() reads back what writeArcFile() writes", () => {
  const provenance: fc.Arbitrary<ArcProvenance> = fc.record({
    run: fc.string(),
    dataset: fc.string(),
    epoch: fc.nat(),
    estimate: fc.double({ min: 0, max: 1, noNaN: true }).map((v) => v + 0),
    skipIndex: fc.constantFrom("stem-first", "layer-output"),
  }, { requiredKeys: [] });
  fc.assert(fc.property(fc.oneof(anyMacroArc, anyMicroArc), provenance, (arc, provenance) => {
    const read = readArcFile(writeArcFile(arc, provenance));
    assert.deepEqual(read.arc, arc);
    assert.deepEqual(read.provenance, { ...provenance });
  }));
});

Deno.test("readArcFile() names the file and what is wrong with it", () => {
  const cases: [string, RegExp][] = [
    ["{", /Expected JSON in a.json but found /],
    ["[1]", /JSON object in a.json but found a list/],
    [changed({ format: "other" }), /format "enaslab-arc" in a.json but found "other"; give/],
    ["{}", /format "enaslab-arc" in a.json but found nothing/],
    [changed({ version: 2 }), /version 1 in a.json but found 2; read it with a later version/],
    [changed({ version: "1" }), /version 1 in a.json but found "1"; write the file anew/],
    [changed({ space: "nano" }), /space in a.json to be "macro" or "micro" but found "nano"/],
    [changed({ arc: 3 }), /arc to be a list of rows but found 3, in a.json/],
    [changed({ arc: [[0], [9, 1]] }), /op of row 2 .* found 9.*, in a.json/],
    [changed({ arc: [[0], [5, true]] }), /skip bit 1 of row 2 .* found true, in a.json/],
    [changed({ space: "micro" }), /arc.normal to be a list of rows but found nothing, in a.json/],
    [changed({ text: "0 5 0" }), /text in a.json to be "0 5 1", as arc says, but found "0 5 0"/],
    [changed({ text: undefined }), /but found nothing; correct/],
    [changed({ provenance: 3 }), /provenance in a.json to be an object but found 3/],
    [changed({ provenance: { epoch: -1 } }), /epoch of provenance in a.json .* found -1/],
    [changed({ provenance: { skipIndex: "x" } }), /skipIndex .*"stem-first" or "layer-output"/],
    [changed({ arc: { normal: [[0, 0, 0]], reduction: [] } }, MICRO), /4 integers .* found 3/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => readArcFile(text, "a.json"), { name: "ArcError", message });
  }
});

Deno.test("readArcFile() leaves out unknown fields, and writeArcFile() refuses bad provenance", () => {
  const text = changed({ note: 1, provenance: { run: "a", later: 2 } });
  assert.deepEqual(readArcFile(text), { arc: MACRO, provenance: { run: "a" } });
  assert.throws(
    () => writeArcFile(MACRO, { estimate: 96 }),
    /estimate of the provenance .* found 96/,
  );
});

Deno.test("readArcFile() reads any JSON or throws ArcError", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom("macro", "micro"), (arc, space) => {
    try {
      readArcFile(changed({ arc, space }));
    } catch (error) {
      assert.ok(error instanceof ArcError, String(error));
    }
  }));
});
