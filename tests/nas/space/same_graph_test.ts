import assert from "node:assert/strict";
import { graphKey, parseArc } from "../../../nas/space/arc.ts";
import { MICRO } from "../../../nas/space/micro/space.ts";
import type { GraphReading } from "../../../nas/space/reading.ts";

const macro = (text: string, reading?: GraphReading) => graphKey(parseArc(text, "macro"), reading);
const micro = (text: string) => graphKey(parseArc(text, "micro"));

Deno.test("graphKey() keeps macro arcs apart unless the network that runs is the same", () => {
  assert.notEqual(macro("0 1 1"), macro("0 1 0"));
  assert.notEqual(macro("0 1 1"), macro("0 0 1"));
  assert.equal(macro("0 1 1", { opMode: "released" }), macro("2 4 1", { opMode: "released" }));
  assert.notEqual(macro("0 1 1", { opMode: "released" }), macro("0 1 0", { opMode: "released" }));
  const full = { fullSeparables: true };
  assert.equal(macro("0 3 1", full), macro("1 2 1", full));
  assert.notEqual(macro("0 3 1", full), macro("0 1 1", full));
});

Deno.test("graphKey() does not see the order of operands nor of independent nodes", () => {
  const reduction = "0 0 0 0 0 0 0 0";
  assert.equal(micro(`0 1 1 2 0 0 0 0 | ${reduction}`), micro(`1 2 0 1 0 0 0 0 | ${reduction}`));
  assert.equal(micro(`0 1 1 2 0 3 1 4 | ${reduction}`), micro(`0 3 1 4 0 1 1 2 | ${reduction}`));
  assert.notEqual(micro(`0 1 1 2 2 0 0 0 | ${reduction}`), micro(`0 1 1 2 1 0 0 0 | ${reduction}`));
  // A node that is read twice is another network than two equal nodes that are read once each.
  const twice = "0 1 1 1 0 1 1 1 2 0 2 0";
  const each = "0 1 1 1 0 1 1 1 2 0 3 0";
  const rest = "0 0 0 0 0 0 0 0 0 0 0 0";
  assert.notEqual(micro(`${twice} | ${rest}`), micro(`${each} | ${rest}`));
});

Deno.test("graphKey() of one-node cells counts unordered pairs of operands", () => {
  const keys = new Set<string>();
  for (const arc of MICRO.all(1)) keys.add(graphKey(arc));
  // Ten operands (two inputs, five ops) make 55 unordered pairs in each cell.
  assert.equal(keys.size, 55 ** 2);
});
