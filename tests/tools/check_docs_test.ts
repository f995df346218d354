import assert from "node:assert/strict";
import { checkLinks, checkShader, checkSymbols, checkTree } from "./check_docs.ts";

const files = new Set(["engine/reference/relu.ts", "docs/conventions.md", "docs/media/a b.png"]);
const exists = (path: string) => files.has(path);

const header = `// Rectified linear unit, forward.
// Formula: y = max(x, 0).
// Shapes: x [count4] vec4, y [count4] vec4.
// Grid: one thread for a vec4.
// Reference: engine/reference/relu.ts
`;

Deno.test("checkShader() accepts a whole header", () => {
  assert.deepEqual(checkShader("shaders/relu_forward.wgsl", `${header}\nfn f() {}\n`, exists), []);
});

Deno.test("checkShader() names each missing line", () => {
  for (const label of ["Formula", "Shapes", "Grid", "Reference"]) {
    const source = header.split("\n").filter((line) => !line.includes(`${label}:`)).join("\n");
    assert.deepEqual(checkShader("shaders/a.wgsl", source, exists), [
      `shaders/a.wgsl: the header has no line "// ${label}: …"`,
    ]);
  }
  assert.equal(checkShader("shaders/a.wgsl", "fn f() {}\n", exists).length, 5);
  const code = `fn f() {}\n${header}`;
  assert.equal(checkShader("shaders/a.wgsl", code, exists).length, 5);
});

Deno.test("checkShader() reports a reference that does not exist", () => {
  assert.deepEqual(checkShader("shaders/a.wgsl", header.replace("relu.ts", "gelu.ts"), exists), [
    "shaders/a.wgsl: the reference engine/reference/gelu.ts does not exist",
  ]);
});

Deno.test("checkLinks() reports relative links that lead nowhere, and only those", () => {
  const text = `
[good](conventions.md#names) [web](https://example.org/x.md) [anchor](#here)
![picture](<media/a%20b.png> "title") \`[code](missing.md)\`
<img src="media/missing.svg">

\`\`\`md
[fenced](missing.md)
\`\`\`

[bad](missing.md) and [named]

[named]: ../missing.md
`;
  assert.deepEqual(checkLinks("docs/page.md", text, exists), [
    "docs/page.md: the link missing.md leads to no file",
    "docs/page.md: the link ../missing.md leads to no file",
    "docs/page.md: the link media/missing.svg leads to no file",
  ]);
});

Deno.test("checkSymbols() reports an undocumented export, not private ones or overloads", () => {
  const location = { filename: "file:///a.ts", line: 3 };
  const declaration = (doc?: string, declarationKind = "export", kind = "function") => ({
    kind,
    declarationKind,
    location,
    ...(doc === undefined ? {} : { jsDoc: { doc } }),
  });
  const symbols = [
    { name: "documented", declarations: [declaration("Yes.")] },
    { name: "overloaded", declarations: [declaration("Yes."), declaration()] },
    { name: "internal", declarations: [declaration(undefined, "private")] },
    { name: "passedOn", declarations: [declaration(undefined, "export", "reference")] },
    { name: "bare", declarations: [declaration()] },
  ];
  assert.deepEqual(checkSymbols({ nodes: { "file:///a.ts": { symbols } } }, () => "a.ts"), [
    "a.ts:4: the exported bare has no JSDoc comment",
  ]);
});

Deno.test("checkTree() finds nothing missing in this tree", async () => {
  assert.deepEqual(await checkTree(new URL("../../", import.meta.url)), []);
});
