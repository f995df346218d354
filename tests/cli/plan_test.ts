import assert from "node:assert/strict";
import { join } from "node:path";
import { makeImage, writeTree } from "../nas/data/make_images.ts";
import { cli, scratch, smallSearch } from "./helpers.ts";

/** Flags of a small search without those of its run folder. */
const SMALL = smallSearch().slice(1, smallSearch().indexOf("--out"));
const ARC = "0 1 0 2 0 0 4 1 0 0";

Deno.test("plan shows a search in words", async () => {
  const { code, stdout, stderr } = await cli(["plan", ...SMALL]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^run +search, macro space, 4 layers of 4 filters, 1 epoch,/m);
  assert.match(stdout, /^space +82,944 architectures$/m);
  assert.match(stdout, /^memory +\d+\.\d MiB of 4096\.0 MiB; largest buffer \d+\.\d MiB of /m);
  assert.match(stdout, /^steps of shared weights +8 +128 +\d\.\de\d +\d/m);
  assert.match(stdout, /^total +\d\.\de\d+ +\d+\.\d s$/m);
  assert.match(stdout, /^From scratch: steps of (up to )?\d+ images measured on \d architecture/m);
  assert.doesNotMatch(stdout, /warning/);
  assert.match(stderr, /Measuring time/);
});

Deno.test("search --dry-run --json prints the plan and makes no run", async () => {
  const args = smallSearch("dry", "--dry-run", "--json", "--memory", "0.01");
  const { code, stdout, stderr } = await cli(args);
  assert.equal(code, 0, stderr);
  const plan = JSON.parse(stdout);
  assert.deepEqual([plan.command, plan.dataset, plan.space], ["search", "synthetic", "macro"]);
  assert.equal(typeof plan.adapter.description, "string");
  assert.equal(plan.memory.fits, false);
  assert.match(plan.warnings[0], /raise --memory/);
  assert.throws(() => Deno.statSync(join(scratch, "dry")), Deno.errors.NotFound);
});

Deno.test("plan --arc and train --dry-run plan the same training", async () => {
  const flags = ["--arc", ARC, "--dataset", "synthetic", "--images", "200", "--epochs", "2"];
  flags.push("--filters", "4", "--batch", "16", "--device", "cpu", "--json");
  const [planned, dry] = [
    await cli(["plan", ...flags]),
    await cli(["train", ...flags, "--dry-run"]),
  ];
  assert.equal(planned.code, 0, planned.stderr);
  assert.equal(dry.code, 0, dry.stderr);
  const [one, other] = [planned, dry].map(({ stdout }) => JSON.parse(stdout));
  for (const name of ["command", "images", "final", "flops", "memory", "warnings"]) {
    assert.deepEqual(one[name], other[name], name);
  }
  assert.deepEqual([one.command, one.final.arcs, one.memory], ["train", 1, null]);
  assert.ok(one.seconds > 0);
});

Deno.test("plan takes the size of the user's own images from their files", async () => {
  const from = Deno.makeTempDirSync({ dir: scratch });
  for (const [name, colour] of [["cat", "red"], ["dog", "blue"], ["owl", "green"]]) {
    const images = Array.from(
      { length: 8 },
      (_, i) => [`${name}/${i}.png`, makeImage("image/png", 8, 8, colour)] as const,
    );
    await writeTree(from, Object.fromEntries(images));
  }
  const args = ["plan", "--arc", ARC, "--dataset", "folder", "--from", from, "--filters", "4"];
  args.push("--image-size", "8", "--batch", "4", "--device", "cpu", "--json");
  const env = { ENASLAB_DATA: join(scratch, "data") };
  const { code, stdout, stderr } = await cli(args, { env });
  assert.equal(code, 0, stderr);
  const { images } = JSON.parse(stdout);
  assert.deepEqual([images.shape, images.classes], [[8, 8, 3], 3]);
});

Deno.test("plan refuses flags that the planned command does not have", async () => {
  for (
    const [args, message] of [
      [["--cutout", "2"], /Expected --cutout only with --arc but found it without/],
      [["--arc", ARC, "--sampler", "random"], /Expected --sampler only without --arc/],
      [["--images", "1"], /--images|--batch|--set/],
      [["--memory", "0"], /Expected --memory to be a number of MiB/],
    ] as const
  ) {
    const { code, stdout, stderr } = await cli(["plan", "--dataset", "synthetic", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.equal(stdout, "");
  }
});
