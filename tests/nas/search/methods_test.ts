import assert from "node:assert/strict";
import { join } from "node:path";
import { runResult } from "../../../bench/run_result.ts";
import {
  mergeConfig,
  METHOD_NAMES,
  type SearchConfig,
  withMethod,
} from "../../../nas/config/mod.ts";

import { type RunEvent, runEventSchema } from "../../../nas/run/events.ts";
import { openRun } from "../../../nas/run/mod.ts";
import { resumableSearch } from "../../../nas/run/resume.ts";
import { runSearch, type RunSearchOptions } from "../../../nas/search/run_search.ts";
import { eventsOf, gpu, SMALL_MACRO, SMALL_MICRO } from "./small_runs.ts";

const root = Deno.makeTempDirSync({ prefix: "enaslab_methods_" });
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

/** Small enough for the reference on the CPU, which compiles nothing. */
const TINY = {
  device: "cpu",
  dataset: { images: 60 },
  child: { batchSize: 4, stepsPerEpoch: 2 },
  search: { epochs: 2, updatesPerEpoch: 2, arcsPerUpdate: 2, scoredArcs: 2, scoreImages: 8 },
  finalTraining: { epochs: 1, stepsPerEpoch: 2, batchSize: 4, restartPeriod: 1 },
} as const;

const SPACES: Readonly<Record<string, SearchConfig>> = {
  macro: mergeConfig(SMALL_MACRO, { ...TINY, child: { ...TINY.child, layers: 2, filters: 2 } }),
  micro: mergeConfig(SMALL_MICRO, { ...TINY, child: { ...TINY.child, layers: 1 } }),
};

/** A method with settings small enough for a test. */
function tiny(space: string, method: string): SearchConfig {
  const { epochs, updatesPerEpoch, arcsPerUpdate } = TINY.search;
  const search = { epochs, updatesPerEpoch, arcsPerUpdate };
  return mergeConfig<SearchConfig>(withMethod(SPACES[space], method), { search });
}

class Killed extends Error {}

const search = (name: string, config: SearchConfig, more: Partial<RunSearchOptions> = {}) =>
  runSearch({ config, preset: "quick", root, name, gpu, ...more });

for (const space of Object.keys(SPACES)) {
  for (const method of METHOD_NAMES) {
    Deno.test(`${method} searches the ${space} space, and goes on where it was killed`, async () => {
      const config = tiny(space, method);
      const events: RunEvent[] = [];
      const work: Record<string, number> = {};
      let planned: Readonly<Record<string, number>> = {};
      const { best, status } = await search(`${space}-${method}`, config, {
        onEvent: (event) => events.push(event),
        onWork: (kind) => work[kind] = (work[kind] ?? 0) + 1,
        onStart: ({ work }) => planned = work,
      });
      assert.equal(status, "completed");
      assert.deepEqual(work, Object.fromEntries(Object.entries(planned).filter(([, n]) => n > 0)));
      for (const event of events) assert.deepEqual(runEventSchema.parse(event), event);
      const scored = eventsOf(events, "arc_scored");
      const highest = Math.max(...scored.map(({ estimate }) => estimate));
      const shares = config.evaluator.name === "shared-weights";
      if (!shares) {
        // All that was judged, in order; the best of it is the result, as it was estimated.
        assert.deepEqual(scored.map(({ epoch, index }) => [epoch, index]), [
          ...[[1, 0], [1, 1], [1, 2], [1, 3]],
          ...[[2, 0], [2, 1], [2, 2], [2, 3]],
        ]);
        assert.equal(best!.estimate, highest);
        assert.equal(eventsOf(events, "child_step").length, 0);
      }
      const learns = config.strategy.name === "controller";
      assert.equal(eventsOf(events, "controller_step").length, learns ? 4 : 0);
      assert.equal(eventsOf(events, "epoch_finished").length, 2);
      const files = Object.keys(runResult(join(root, `${space}-${method}`)).files);
      assert.equal(files.includes("shared_weights.safetensors"), shares);

      // Killed within the second batch: between two architectures, and within a training.
      const expected = runResult(join(root, `${space}-${method}`));
      for (const count of shares ? [3] : [4, 5, 7]) {
        const name = `${space}-${method}-${count}`;
        const kind = shares ? (learns ? "reward" : "score") : "evaluation_step";
        let left: number = count;
        const onWork = (done: string) => {
          if (done === kind && --left === 0) throw new Killed();
        };
        await assert.rejects(search(name, config, { onWork, checkpointEvery: 0 }), Killed);
        await runSearch({ ...resumableSearch(join(root, name)), gpu, checkpointEvery: 1000 });
        assert.deepEqual(runResult(join(root, name)), expected, `${kind} ${count}`);
      }
    });
  }
}

Deno.test("a search without shared weights that is interrupted goes on to the same result", async () => {
  const config = tiny("macro", "nas");
  let abort = new AbortController();
  const onEvent = ({ type }: RunEvent) => {
    if (type === "arc_scored") abort.abort();
  };
  let outcome = await search("steps", config, { signal: abort.signal, onEvent });
  let parts = 1;
  for (; outcome.status === "interrupted"; parts++) {
    assert.ok(parts < 20);
    abort = new AbortController();
    outcome = await runSearch({
      ...resumableSearch(join(root, "steps")),
      gpu,
      signal: abort.signal,
      onEvent,
    });
  }
  assert.equal(parts, 9);
  assert.deepEqual(runResult(join(root, "steps")), runResult(join(root, "macro-nas")));
});

Deno.test("an architecture that cannot be trained is told as the worst, and does not end a search", async () => {
  const wild = mergeConfig<SearchConfig>(tiny("macro", "nas"), {
    finalTraining: { learningRateMax: 1e200, learningRateMin: 1e200, divergenceLimit: 1 },
  });
  await assert.rejects(search("wild", wild), /Expected an architecture that could be judged/);
  const { events } = openRun(join(root, "wild"));
  const scored = eventsOf(events, "arc_scored");
  assert.ok(scored.length === 8 && scored.every(({ estimate }) => estimate === 0));
  assert.match(scored[0].failure!, /^Expected a finite loss and gradient/);
  assert.ok(eventsOf(events, "diverged").every(({ weights }) => weights === "scratch"));
  assert.deepEqual(eventsOf(events, "controller_step").map(({ accuracy }) => accuracy), [
    0,
    0,
    0,
    0,
  ]);
});
