import assert from "node:assert/strict";
import { planCommand, type PredictStudy } from "../../cli/study_plan.ts";
import { assertRefused, cli } from "./helpers.ts";

Deno.test("study plan says how many architectures a tau of 0.4 takes", async () => {
  const { code, stdout, stderr } = await cli(["study", "plan", "--tau", ".4", "--power", ".8"]);
  assert.equal(code, 0, stderr);
  const [, architectures, networks] = stdout.match(
    /architectures +(\d+), each trained 2 times: (\d+) trainings/,
  )!;
  assert.ok(Number(architectures) >= 21 && Number(architectures) <= 26, architectures);
  assert.equal(Number(networks), 2 * Number(architectures));
  assert.match(stdout, /significant +from a tau of 0\.\d\d on; smallest attainable p \de-2\d/);
  assert.match(stdout, new RegExp(`\\n +${architectures} +0\\.\\d\\d\\n`));
  assert.doesNotMatch(stdout, /reliability|NaN|undefined/);
});

Deno.test("study plan prints JSON, and what noise of training takes away", async () => {
  const flags = ["--tau", "0.5", "--reliability", "0.5", "--trainings", "3", "--json"];
  const { code, stdout, stderr } = await cli(["study", "plan", ...flags]);
  assert.equal(code, 0, stderr);
  const plan = JSON.parse(stdout);
  assert.equal(plan.aim.trainings, 3);
  assert.equal(plan.reliability, 0.75);
  assert.ok(plan.seen < 0.5 && plan.ceiling < 1 && plan.architectures > 14);
  assert.equal(plan.networks, 3 * plan.architectures);
  assert.equal(plan.study, null);
});

Deno.test("study plan says how many runs of an arm a difference takes", async () => {
  const flags = ["--difference", "0.3", "--deviation", "0.3"];
  const { code, stdout, stderr } = await cli(["study", "plan", ...flags]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /independent +17 runs of each arm/);
  assert.match(stdout, /pairs +10 pairs; .* correlate at 0\.5/);
  assert.match(stdout, /power +0\.81; smallest attainable p 9e-10/);
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["", /either --tau or --difference but found neither/],
  ["--tau .4 --difference 1", /either --tau or --difference but found both/],
  ["--tau 1.5", /--tau to be a number from 0.1 to 0.99 but found "1.5"/],
  ["--tau much", /--tau to be a number from 0.1 to 0.99 but found "much"/],
  ["--tau .4 --power 80", /--power to be a number from 0.1 to 0.99 but found "80"/],
  ["--tau .4 --reliability 0", /--reliability to be a number from 0.05 to 1 but found "0"/],
  ["--tau .4 --trainings 1.5", /--trainings to be an integer from 1 to 100 but found "1.5"/],
  ["--tau .4 --deviation 1", /--deviation only with --difference but found it with --tau/],
  ["--difference 1", /--deviation with --difference but found none/],
  ["--difference 0 --deviation 1", /--difference to be a number from .* but found "0"/],
  ["--difference 1 --deviation 1 --trainings 2", /--trainings only with --tau/],
  ["--tau .4 --scale tiny", /--scale only with --study/],
  ["--tau .4 --study nothing", /--study to be one of estimator, .* but found "nothing"/],
  [
    "--tau .4 --study estimator --scale big",
    /--scale to be one of tiny, small, medium, thesis but found/,
  ],
];

Deno.test("study plan refuses what it cannot answer, naming flag, value and what is allowed", async () => {
  for (const [flags, sentence] of REFUSED) {
    const args = flags.split(" ").filter((flag) => flag !== "");
    const predict = () => Promise.reject(new Error("no device is asked"));
    await assert.rejects(run(args, predict), { name: "UsageError", message: sentence }, flags);
  }
  assertRefused(await cli(["study", "plan", "--tau", "2"]), 2, /--tau to be a number/);
});

/** Runs the command in this process and returns what it printed. */
async function run(args: readonly string[], predict: PredictStudy): Promise<string> {
  const { writeSync } = Deno.stdout;
  let printed = "";
  Deno.stdout.writeSync = (bytes) => {
    printed += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    await planCommand(predict).parseAsync([...args], { from: "user" });
    return printed;
  } finally {
    Deno.stdout.writeSync = writeSync;
  }
}

Deno.test("study plan predicts the time of a study of the planned size", async () => {
  const asked: (readonly unknown[])[] = [];
  const predict: PredictStudy = ({ name }, { scale, arcs, trainings, seeds }) => {
    asked.push([name, scale, arcs, trainings, seeds.length]);
    const trials = [{ label: "trainings", count: 4, seconds: 45 }];
    return Promise.resolve({ trials, seconds: 180, adapter: "a device" });
  };
  const study = ["--study", "estimator", "--scale", "tiny"];
  const tau = ["--tau", "0.7", "--trainings", "3"];
  const { architectures, study: timed } = JSON.parse(
    await run([...tau, ...study, "--json"], predict),
  );
  assert.deepEqual([timed.name, timed.scale, timed.minutes], ["estimator", "tiny", 3]);
  const text = await run([...tau, ...study], predict);
  assert.match(text, /time +4 trials, about 3 min 00 s on this device/);
  assert.match(
    text,
    new RegExp(`command .*study estimator --scale tiny .*--arcs ${architectures} --trainings 3`),
  );
  const arms = ["--difference", "1", "--deviation", "1", "--study", "learning-curve"];
  const command = /command .*study learning-curve --scale small --seeds 1\.\.17/;
  assert.match(await run(arms, predict), command);
  assert.deepEqual(
    asked.map(([name, scale, arcs, trainings, seeds]) => [
      ...[name, scale],
      ...(name === "estimator" ? [arcs, trainings] : [seeds]),
    ]),
    [
      ["estimator", "tiny", architectures, 3],
      ["estimator", "tiny", architectures, 3],
      ["learning-curve", "small", 17],
    ],
  );
  const hopeless = ["--difference", "0.001", "--deviation", "1", "--study", "depth"];
  assert.match(await run(hopeless, predict), /time +none predicted: depth would be larger/);
  assert.equal(asked.length, 3);
});
