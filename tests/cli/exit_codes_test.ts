/** The same mistake ends with the same code, whatever command it is made with. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { cli, scratch, smallSearch } from "./helpers.ts";

const TINY = [
  "--device",
  "cpu",
  "--layers",
  "2",
  "--filters",
  "2",
  "--images",
  "40",
  "--batch",
  "8",
];
const made = await cli(smallSearch("made", "--name", "run", ...TINY, "--no-report"));
assert.equal(made.code, 0, made.stderr);
const RUN = join(scratch, "made", "run");
/** A place below a file: nothing can be written there, whoever tries. */
const PLACE = join(scratch, "file", "below");
Deno.writeTextFileSync(join(scratch, "file"), "");
const NOWHERE = join(scratch, "nowhere");

const MISTAKES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "images that are not where --from says": [
    ["search", "--dataset", "cifar10", "--from", NOWHERE],
    ["search", "--dataset", "folder", "--from", NOWHERE],
    ["train", "--arc", "[1]", "--dataset", "cifar10", "--from", NOWHERE],
    ["plan", "--dataset", "folder", "--from", NOWHERE],
    ["data", "cifar10", "--from", NOWHERE],
    ["data", "folder", "--from", NOWHERE],
  ],
  "a place that cannot be written to": [
    ["search", "--dataset", "synthetic", "--out", PLACE],
    ["train", "--arc", "[1]", "--dataset", "synthetic", "--out", PLACE],
    ["report", RUN, "--out", PLACE],
    ["export", RUN, "--out", PLACE],
    ["export", RUN, "--arc", PLACE],
    ["study", "estimator", "--scale", "tiny", "--out", PLACE],
  ],
  "a folder that is none of a run or study": [
    ["search", "--resume", NOWHERE],
    ["train", "--resume", NOWHERE],
    ["train", "--arc", NOWHERE],
    ["search", "--controller-from", NOWHERE],
    ["report", NOWHERE],
    ["export", NOWHERE, "--out", join(scratch, "out")],
    ["sample", NOWHERE, "--count", "1"],
    ["study", "report", NOWHERE],
    ["study", "quirks", "--so-far", "--out", NOWHERE],
  ],
};

for (const [mistake, calls] of Object.entries(MISTAKES)) {
  Deno.test(`${mistake}: 2, with a sentence`, async () => {
    for (const call of calls) {
      const { code, stdout, stderr } = await cli(call);
      assert.equal(code, 2, `${call.join(" ")}: ${stderr}`);
      assert.match(stderr, /^enaslab: Expected .* but found /m, call.join(" "));
      assert.equal(stdout, "");
    }
    assert.throws(() => Deno.statSync(NOWHERE), Deno.errors.NotFound);
  });
}
