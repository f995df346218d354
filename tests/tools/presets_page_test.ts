import assert from "node:assert/strict";
import { PRESETS_PAGE, presetsPage } from "./presets_page.ts";

Deno.test("docs/presets.md says what the presets are", () => {
  assert.equal(
    Deno.readTextFileSync(PRESETS_PAGE),
    presetsPage(),
    "run `deno run -A tests/tools/presets_page.ts` and commit docs/presets.md",
  );
});
