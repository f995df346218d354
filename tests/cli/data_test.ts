import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { assertRefused, cli, scratch } from "./helpers.ts";
import { makeImage, writeTree } from "../nas/data/make_images.ts";

const ENV = { ENASLAB_DATA: join(scratch, "data") };

/** A folder of two classes, sizes mixed. */
async function imageFolder(): Promise<string> {
  const from = Deno.makeTempDirSync({ dir: scratch });
  for (const [name, colour] of [["cat", "red"], ["dog", "blue"]]) {
    await writeTree(from, {
      [`${name}/1.png`]: makeImage("image/png", 8, 8, colour),
      [`${name}/2.jpg`]: makeImage("image/jpeg", 10, 6, colour),
    });
  }
  return from;
}

Deno.test("data decodes a folder of images once and says where they lie", async () => {
  const from = await imageFolder();
  const args = ["data", "folder", "--from", from, "--image-size", "4", "--json"];
  const { code, stdout, stderr } = await cli(args, { env: ENV });
  assert.equal(code, 0, stderr);
  const { name, how, folder, files } = JSON.parse(stdout);
  assert.deepEqual([name, how, dirname(folder)], ["folder", "read", ENV.ENASLAB_DATA]);
  assert.ok(Deno.statSync(join(folder, files[0])).isFile);
});

Deno.test("data says what a folder of images holds", async () => {
  const from = await imageFolder();
  const args = ["data", "folder", "--from", from, "--image-size", "4"];
  const { code, stderr } = await cli(args, { env: ENV });
  assert.equal(code, 0, stderr);
  for (
    const line of [
      "classes     2 classes",
      "size        4×4 pixels, colour, made of 8×6 to 10×8",
      "split       2 images to train, of which a run takes a share of each class to validate, 2 to " +
      "test (a fifth of each class)",
      "  cat  1 + 1",
    ]
  ) {
    assert.ok(stderr.split("\n").includes(line), `${line} is not in\n${stderr}`);
  }
});

Deno.test("more classes than there can be are the caller's mistake", async () => {
  const from = Deno.makeTempDirSync({ dir: scratch });
  for (let k = 0; k <= 256; k++) Deno.mkdirSync(join(from, `class${k}`));
  assertRefused(
    await cli(["data", "folder", "--from", from]),
    2,
    /Expected 2 to 256 subfolders, one a class, in .* but found 257; give --from/,
  );
  const { stdout } = await cli(["data", "--help"]);
  assert.match(stdout.replaceAll(/\s+/g, " "), /one subfolder a class, 2 to 256; needs --from/);
});

Deno.test("data names two images of different sizes", async () => {
  const from = await imageFolder();
  const { code, stderr } = await cli(["data", "folder", "--from", from], { env: ENV });
  assert.equal(code, 2);
  const sizes =
    /Expected (\d+x\d+) pixels, the size of .*\.(png|jpg), in .*\.(png|jpg) but found (\S+);/;
  const [, expected, , , found] = sizes.exec(stderr) ?? [];
  assert.deepEqual([expected, found].sort(), ["10x6", "8x8"], stderr);
  assert.match(stderr, /--image-size N/);
});

for (
  const [args, message] of [
    [["data", "folder"], /Expected --from DIR with folder but found none/],
    [["data", "idx"], /Expected --from DIR with idx but found none/],
    [["data", "cifar10", "--image-size", "8"], /Expected no --image-size with cifar10/],
    [["data", "idx", "--from", ".", "--image-size", "0"], /Expected --image-size .* found "0"/],
  ] as const
) {
  Deno.test(`${args.join(" ")} is the caller's mistake`, async () => {
    const { code, stderr } = await cli(args, { env: ENV });
    assert.equal(code, 2);
    assert.match(stderr, message);
  });
}
