import assert from "node:assert/strict";
import { expandTemplate, type TemplateValues } from "../../../engine/webgpu/template.ts";

function expectExpansion(source: string, values: TemplateValues, expected: string) {
  assert.equal(expandTemplate(source, values), expected);
}

Deno.test("expandTemplate() leaves plain text as it is", () => {
  const text = "fn main() {\n  // # a comment\n  let x = a[i] % 4u;\n}\n";
  expectExpansion(text, {}, text);
});

Deno.test("expandTemplate() repeats a block for each value from A up to, not including, B", () => {
  expectExpansion(
    "a\n  //# for p in 1..N+1\nx${p} y${p * p}\n//# end\nb",
    { N: 3 },
    [
      "a",
      "x1 y1",
      "x2 y4",
      "x3 y9",
      "b",
    ].join("\n"),
  );
});

Deno.test("expandTemplate() drops a loop over an empty range, with what is in it", () => {
  const source = "a\n//# for i in 3..N\n//# if i == 0\nx\n//# end\ny\n//# end\nb";
  expectExpansion(source, { N: 3 }, "a\nb");
  expectExpansion(source, { N: 0 }, "a\nb");
});

Deno.test("expandTemplate() nests loops and conditions, the inner name hiding the outer", () => {
  const source = [
    "//# for i in 0..2",
    "//# for j in i..2",
    "//# if i != j",
    "${i}<${j}",
    "//# end",
    "//# end",
    "//# for i in 7..8",
    "in ${i}",
    "//# end",
    "out ${i}",
    "//# end",
  ].join("\n");
  expectExpansion(source, {}, "0<1\nin 7\nout 0\nin 7\nout 1");
});

Deno.test("expandTemplate() keeps a block under a condition only when it is not zero", () => {
  const source = "//# if STRIDE == 1\none\n//# end\n//# if STRIDE\nany\n//# end";
  expectExpansion(source, { STRIDE: 1 }, "one\nany");
  expectExpansion(source, { STRIDE: 2 }, "any");
  expectExpansion(source, { STRIDE: 0 }, "");
});

const EXPRESSIONS: Record<string, number> = {
  "7": 7,
  "K": 5,
  "K - 1 - 2": 2,
  "2 + 3 * 4": 14,
  "(2 + 3) * 4": 20,
  "7 / 2 * 2": 6,
  "7 - 2 * 3": 1,
  "-K + 2": -3,
  "-7 / 2": -3,
  "7 % 4 + 1": 4,
  "2 * 3 % 4": 2,
  "K <= 5": 1,
  "K < 5": 0,
  "K >= 6": 0,
  "K > 4": 1,
  "K != 5": 0,
  "1 + 1 == 4 / 2": 1,
};
for (const [text, value] of Object.entries(EXPRESSIONS)) {
  Deno.test(`expandTemplate() evaluates ${text} as ${value}`, () => {
    expectExpansion(`\${${text}}`, { K: 5 }, String(value));
  });
}

const MISTAKES: Record<string, [source: string, message: RegExp]> = {
  "an unknown name": ["a\n${M + 1}", /^Line 2: unknown name M in "M \+ 1"$/],
  "a missing parenthesis": ["\n\n${(1 + 2}", /^Line 3: missing \) in/],
  "an expression that breaks off": ["${1 +}", /^Line 1: unexpected end in/],
  "two values side by side": ["a\n//# if 1 2\n//# end", /^Line 2: unexpected 2 in/],
  "a loop without range": ["a\n//# for i of 3\n//# end", /^Line 2: expected "for NAME in A\.\.B"/],
  "a loop without end": ["a\n//# for i in 0..2\nx", /^Line 2: \/\/# for without \/\/# end$/],
  "a condition without end": ["//# if 0\nx", /^Line 1: \/\/# if without \/\/# end$/],
  "an inner block without end": [
    "//# if 1\n//# for i in 0..2\nx\n//# end",
    /^Line 1: \/\/# if without/,
  ],
  "an end without block": ["a\nb\n//# end\nc", /^Line 3: \/\/# end without a block$/],
};
for (const [name, [source, message]] of Object.entries(MISTAKES)) {
  Deno.test(`expandTemplate() names the line of ${name}`, () => {
    assert.throws(() => expandTemplate(source, {}), { name: "ShaderError", message, source });
  });
}
