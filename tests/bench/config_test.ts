import assert from "node:assert/strict";
import benchConfig from "../../bench/deno.json" with { type: "json" };
import config from "../../deno.json" with { type: "json" };

Deno.test("the bench can import whatever the rest imports, in the same versions", () => {
  const own: Readonly<Record<string, string>> = benchConfig.imports;
  for (const [name, address] of Object.entries(config.imports)) {
    assert.equal(own[name], address, `${name} in bench/deno.json`);
  }
});
