import assert from "node:assert/strict";
import { fuzzTargets } from "../../bench/fuzz/mod.ts";
import { Broken, fuzz, type FuzzTarget } from "../../bench/fuzz/target.ts";
import { bytesOf } from "../../bench/fuzz/files.ts";

/** Cases of each reader; `bench/fuzz.ts` runs thousands. */
const CASES = 40;

const folder = Deno.makeTempDirSync({ prefix: "enaslab-fuzz-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

for (const target of await fuzzTargets(folder)) {
  Deno.test(`${target.name}, damaged ${CASES} times: ${target.property}`, async () => {
    const { failures, refused, accepted } = await fuzz(target, CASES, 5);
    assert.deepEqual(failures.map(({ number, what }) => `case ${number}: ${what}`), []);
    assert.equal(refused + accepted, CASES);
  });
}

Deno.test("fuzz() finds each kind of broken promise, and the same ones with the same seed", async () => {
  const faulty = (read: FuzzTarget["read"]): FuzzTarget => ({
    ...{ name: "faulty", property: "", samples: [bytesOf("abc")], errors: [TypeError] },
    read: (bytes, sample) => bytes === sample ? undefined : read(bytes, sample),
  });
  const what = async (read: FuzzTarget["read"]) => (await fuzz(faulty(read), 3, 1)).failures;
  const raise = (error: Error) => () => {
    throw error;
  };
  assert.equal((await what(raise(new TypeError("Refused")))).length, 0);
  assert.match((await what(raise(new RangeError("x"))))[0].what, /^RangeError: x/);
  assert.equal((await what(raise(new Broken("accepted"))))[0].what, "accepted");
  assert.match((await what(raise(new TypeError("x".repeat(20_000)))))[0].what, /message of 20000/);
  const seen = async () => {
    const inputs: string[] = [];
    await what((bytes) => void inputs.push(String(bytes)));
    return inputs;
  };
  assert.deepEqual(await seen(), await seen());
});
