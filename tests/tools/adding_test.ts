/**
 * docs/adding.md is true: one thing of each kind is added to a copy of the tree, in the files that the
 * page names and in no others, and used.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = Deno.readTextFileSync(join(ROOT, "docs/adding.md"));

/** The text of a new file, or what is found in a file once and what takes its place. */
type Change = string | readonly (readonly [found: string, replacement: string])[];

/** Puts a line behind one that stands in a file once. */
const behind = (line: string, more: string) => [line, `${line}\n${more}`] as const;

/** What is added under each heading of the page, by path; NAME of the page is `first`. */
const ADDITIONS: Readonly<Record<string, Readonly<Record<string, Change>>>> = {
  "A strategy": {
    "nas/strategy/first.ts": `
import type { Random } from "../../engine/random.ts";
import { type Arc, type SpaceName, spaceOf } from "../space/registry.ts";
import type { StrategyConfig, StrategyEntry } from "./entry.ts";
import { checkState, type Outcome, type Proposal, type Strategy, type StrategyState } from "./strategy.ts";

class First implements Strategy {
  readonly kind = "first";
  readonly space: SpaceName;
  readonly learns = true;
  readonly sampler = null;
  #best: Outcome | null = null;
  readonly #random: Random;
  readonly #size: number;
  constructor(config: StrategyConfig<"first">, random: Random) {
    this.space = config.space;
    this.#random = random;
    this.#size = config.space === "macro" ? config.child.layers : config.child.nodes;
  }
  ask(count: number): Proposal[] {
    const parent = this.#best?.proposal.arc ?? null;
    const arc = (): Arc =>
      parent === null
        ? spaceOf(this).random(this.#size, this.#random)
        : spaceOf(this).randomNeighbour(parent, this.#random);
    return Array.from({ length: count }, () => ({ arc: arc(), fidelity: 1, parent }));
  }
  tell(outcomes: readonly Outcome[]): null {
    for (const outcome of outcomes) {
      if (this.#best === null || outcome.estimate > this.#best.estimate) this.#best = outcome;
    }
    return null;
  }
  state(): StrategyState {
    const scalars = { random: this.#random.state() };
    return { kind: this.kind, space: this.space, scalars, tensors: {} };
  }
  restore(state: StrategyState): void {
    checkState(this, state);
  }
}
export const FIRST: StrategyEntry<"first"> = {
  name: "first",
  label: "first",
  summary: "keeps the best",
  source: "a test",
  learns: true,
  create: (config, random) => new First(config, random),
};
`,
    "nas/strategy/registry.ts": [
      behind(
        `import { CONTROLLER } from "./controller/entry.ts";`,
        `import { FIRST } from "./first.ts";`,
      ),
      behind(`  "random": RANDOM,`, `  "first": FIRST,`),
    ],
    "nas/config/strategy_fields.ts": [
      behind(
        `const random = { name: choice(["random"], NAME) };`,
        `const first = group({ name: choice(["first"], NAME) });`,
      ),
      behind(`  group({ ...random, ...macroRandom }),`, `  first,`),
      behind(`  group(random),`, `  first,`),
    ],
  },
  "An evaluator": {
    "nas/evaluator/first.ts": `
import type { Outcome } from "../strategy/strategy.ts";
import type { EvaluatorEntry } from "./evaluator.ts";
export const FIRST: EvaluatorEntry = {
  name: "first",
  label: "first",
  summary: "finds all alike",
  source: "a test",
  sharesWeights: false,
  create: () => ({
    images: 0,
    batchNorm: "moving",
    shared: null,
    work: { kind: "score", units: 1 },
    done: 0,
    compile: () => Promise.resolve(),
    async *evaluate({ proposals }) {
      for (const proposal of proposals) {
        yield await Promise.resolve<Outcome>({ proposal, estimate: 0.5, failure: null });
      }
    },
    save: () => Promise.resolve(),
    load() {},
    dispose() {},
  }),
};
`,
    "nas/evaluator/registry.ts": [
      behind(
        `import { FROM_SCRATCH } from "./from_scratch.ts";`,
        `import { FIRST } from "./first.ts";`,
      ),
      behind(`  "from-scratch": FROM_SCRATCH,`, `  "first": FIRST,`),
    ],
    "nas/config/evaluator_fields.ts": [[
      `[sharedWeights, fromScratch]`,
      `[sharedWeights, fromScratch, group({ name: choice(["first"], NAME) })]`,
    ]],
  },
  "A method": {
    "nas/config/methods.ts": [[
      `  "enas": {`,
      `  "first": { strategy: "first", evaluator: "first", summary: "a", source: "a", settings: {} },
  "enas": {`,
    ]],
  },
  "A data set": {
    "nas/data/first.ts": `
import type { Dataset, FetchResult } from "./dataset.ts";
import { syntheticDataset } from "./synthetic.ts";
export const here = (): boolean => true;
export const load = (): Promise<Dataset> =>
  Promise.resolve({ ...syntheticDataset(), name: "first" });
export const fetch = (): Promise<FetchResult> =>
  Promise.resolve({ name: "first", folder: null, how: "computed", files: [] });
`,
    "nas/data/facts.ts": [[
      `  "synthetic": {`,
      `  "first": published("First", "a test", {
    ...{ train: 800, test: 200, side: 8, channels: 1, classes: 4 },
  }),
  "synthetic": {`,
    ]],
    "nas/data/registry.ts": [
      behind(`import { DataError } from "./errors.ts";`, `import * as first from "./first.ts";`),
      [`  "synthetic": {`, `  "first": first,\n  "synthetic": {`],
    ],
  },
  "A setting": {
    "nas/config/search_fields.ts": [[
      `  scoredArcs: integer(`,
      `  first: added(integer({ min: 1 }, { about: "A", unit: "b", source: "a test" }), 7),
  scoredArcs: integer(`,
    ]],
  },
  "A study": {
    "study/first/study.ts": `
import { QUIRKS } from "../quirks/study.ts";
import type { Study } from "../study.ts";
export const FIRST: Study = { ...QUIRKS, name: "first", summary: "First of all" };
`,
    "study/mod.ts": [
      behind(
        `import { ESTIMATOR } from "./estimator/study.ts";`,
        `import { FIRST } from "./first/study.ts";`,
      ),
      [`[ESTIMATOR,`, `[FIRST, ESTIMATOR,`],
    ],
  },
  "A command": {
    "cli/first.ts": `
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
export const firstCommand = (): AnyCommand => new Command("first").description("Is first.");
`,
    "cli.ts": [
      behind(
        `import { gpu } from "./cli/gpu.ts";`,
        `import { firstCommand } from "./cli/first.ts";`,
      ),
      behind(`    .addCommand(searchCommand(exit))`, `    .addCommand(firstCommand())`),
    ],
    "cli/tasks.json": [[`  "search":`, `  "first": "be the first",\n  "search":`]],
    "deno.json": [[
      `    "search": "deno run`,
      `    "first": "deno run -qP=lab cli.ts first",\n    "search": "deno run`,
    ]],
  },
};

/** Uses in the copy what was added. */
const USE = `
import assert from "node:assert/strict";
import { enaslab } from "./cli.ts";
import { Random } from "./engine/random.ts";
import { getPreset, withMethod } from "./nas/config/mod.ts";
import { DATASETS } from "./nas/data/mod.ts";
import { evaluatorOf } from "./nas/evaluator/registry.ts";
import { createStrategy } from "./nas/strategy/registry.ts";
import { STUDIES } from "./study/mod.ts";

const config = withMethod(getPreset("quick").config, "first");
assert.equal(config.search.first, 7);
const strategy = createStrategy(config, new Random(1));
const [proposal] = strategy.ask(1);
strategy.tell([{ proposal, estimate: 0.5, failure: null }]);
assert.deepEqual(strategy.ask(1)[0].parent, proposal.arc);
assert.equal(evaluatorOf(config).summary, "finds all alike");
assert.equal((await DATASETS.first.load({})).name, "first");
assert.equal(STUDIES[0].name, "first");
assert.ok(enaslab(() => {}).commands.some((command) => command.name() === "first"));
`;

/** The files that the page lists under a heading. */
function listed(heading: string): string[] {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^- `([^`]+)`/gm)].map(([, path]) => path.replace("NAME", "first"));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const copy = isDirectory ? copyFolder : Deno.copyFile;
    await copy(join(from, name), join(to, name));
  }
}

async function apply(file: string, change: Change): Promise<void> {
  if (typeof change === "string") {
    await Deno.mkdir(dirname(file), { recursive: true });
    return await Deno.writeTextFile(file, change, { createNew: true });
  }
  let text = await Deno.readTextFile(file);
  for (const [found, replacement] of change) {
    assert.equal(text.split(found).length, 2, `${file} holds once: ${found}`);
    text = text.replace(found, () => replacement);
  }
  await Deno.writeTextFile(file, text);
}

for (const [heading, changes] of Object.entries(ADDITIONS)) {
  Deno.test(`docs/adding.md names the files of ${heading.toLowerCase()}`, () => {
    assert.deepEqual(listed(heading).sort(), Object.keys(changes).sort());
  });
}

Deno.test("one thing of each kind is added in the files that docs/adding.md names", async () => {
  const tree = await Deno.makeTempDir({ prefix: "enaslab_adding_" });
  try {
    for (const name of ["cli", "engine", "nas", "reports", "shaders", "study"]) {
      await copyFolder(join(ROOT, name), join(tree, name));
    }
    for (const name of ["cli.ts", "deno.json", "deno.lock"]) {
      await Deno.copyFile(join(ROOT, name), join(tree, name));
    }
    await Deno.symlink(join(ROOT, "node_modules"), join(tree, "node_modules"));
    for (const changes of Object.values(ADDITIONS)) {
      for (const [path, change] of Object.entries(changes)) await apply(join(tree, path), change);
    }
    await Deno.writeTextFile(join(tree, "use.ts"), USE);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--frozen", "use.ts"],
      cwd: tree,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
});
