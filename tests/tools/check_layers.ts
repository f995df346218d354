/**
 * Checks who imports whom, over the module graph of the whole tree, that nobody imports himself by
 * way of others, and that `Deno.*` and `node:*` appear only where files and processes are handled.
 * Prints each violation as `file imports file: rule` and exits with 1 if there is one.
 *
 * @module
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A part of the tree with one set of import rules. */
interface Room {
  readonly name: string;
  /** A file belongs to the first room whose pattern matches its path from the root. */
  readonly files: RegExp;
  /** Names of the rooms it may import, or `any`. */
  readonly imports: readonly string[] | "any";
  /** Whether it may import npm packages. */
  readonly packages: boolean;
  /** The rule in words, for the message. */
  readonly rule: string;
}

/** One import; `to` is a path from the root or a specifier such as `node:fs` or `npm:zod@4`. */
export interface ImportEdge {
  readonly from: string;
  readonly to: string;
}

const ROOMS: readonly Room[] = [
  {
    name: "library",
    files: /^mod\.ts$/,
    imports: ["engine door", "nas door", "reports"],
    packages: false,
    rule: "mod.ts re-exports engine/mod.ts, nas/mod.ts and reports/mod.ts, nothing else",
  },
  { name: "command line", files: /^cli(\.ts$|\/)/, imports: "any", packages: true, rule: "" },
  { name: "tests", files: /^tests\//, imports: "any", packages: true, rule: "" },
  { name: "bench", files: /^bench\//, imports: "any", packages: true, rule: "" },
  { name: "shaders", files: /^shaders\//, imports: [], packages: false, rule: "" },
  {
    name: "op registry",
    files: /^engine\/ops\/mod\.ts$/,
    imports: ["engine", "ops", "op helpers"],
    packages: false,
    rule: "the registry imports ops and the engine core only",
  },
  {
    name: "op helpers",
    files: /^engine\/ops\/(_|common)/,
    imports: ["engine", "op helpers", "references", "shaders"],
    packages: false,
    rule: "helpers of ops import no op",
  },
  {
    name: "ops",
    files: /^engine\/ops\//,
    imports: ["engine", "op helpers", "references", "shaders"],
    packages: false,
    rule: "ops never import each other; share through engine/ops/_name.ts",
  },
  {
    name: "references",
    files: /^engine\/reference\//,
    imports: ["engine", "references"],
    packages: false,
    rule: "a reference is plain loops over shapes and arrays",
  },
  {
    name: "engine door",
    files: /^engine\/mod\.ts$/,
    imports: ["engine", "op registry", "ops", "op helpers", "references"],
    packages: false,
    rule: "engine/mod.ts re-exports the engine only",
  },
  {
    name: "engine",
    files: /^engine\//,
    imports: ["engine", "references", "shaders"],
    packages: false,
    rule: "the engine core imports neither ops nor nas nor reports nor packages",
  },
  {
    name: "nas values",
    files:
      /^nas\/(space|stats|text)\/|^nas\/data\/facts\.ts$|^nas\/run\/(events|[a-z]+_schema|schema_check|errors)\.ts$|^nas\/config\/migrate\.ts$/,
    imports: ["nas values"],
    packages: true,
    rule:
      "spaces, statistics, events and what is known of data sets import no engine and nothing else of nas",
  },
  {
    name: "nas config",
    files: /^nas\/config\//,
    imports: ["nas config", "nas values"],
    packages: true,
    rule: "the configuration imports no engine and only spaces, statistics and events of nas",
  },
  {
    name: "nas door",
    files: /^nas\/mod\.ts$/,
    imports: ["nas", "nas values", "nas config"],
    packages: false,
    rule: "nas/mod.ts re-exports nas only",
  },
  {
    name: "nas",
    files: /^nas\//,
    imports: [
      "nas",
      "nas values",
      "nas config",
      "engine",
      "engine door",
      "ops",
      "op registry",
      "references",
    ],
    packages: true,
    rule: "nas imports the engine and itself, no shader, no report",
  },
  {
    name: "studies",
    files: /^study\//,
    imports: ["studies", "nas", "nas values", "nas config", "engine"],
    packages: true,
    rule: "studies import nas and the engine's core, no shader, no report",
  },
  {
    name: "reports",
    files: /^reports\//,
    imports: ["reports", "nas values"],
    packages: true,
    rule: "reports import only nas/space, nas/stats and the event types of nas",
  },
];

/** The files outside tests and bench that may use `Deno.*` and `node:*`. */
const PLATFORM =
  /^(cli\.ts$|cli\/|tests\/|bench\/|nas\/data\/|nas\/files\/|nas\/run\/(?!(events|[a-z]+_schema|schema_check|errors)\.ts$)|nas\/trials\/|reports\/(pictures|assets)\.ts$)/;

const PLATFORM_RULE =
  "Deno.* and node:* appear only in cli.ts and cli/, nas/data, nas/files, nas/run, nas/trials, reports/pictures.ts and reports/assets.ts";

function roomOf(path: string): Room | undefined {
  return ROOMS.find((room) => room.files.test(path));
}

/** Violations among `edges`, each as `file imports file: rule`. */
export function checkImports(edges: readonly ImportEdge[]): string[] {
  const violations: string[] = [];
  for (const { from, to } of edges) {
    const report = (rule: string) => violations.push(`${from} imports ${to}: ${rule}`);
    const room = roomOf(from);
    if (room === undefined) {
      report("the importing file is in no room of tests/tools/check_layers.ts");
    } else if (to.startsWith("node:")) {
      if (!PLATFORM.test(from)) report(PLATFORM_RULE);
    } else if (/^(npm|jsr|https?):/.test(to)) {
      if (!room.packages) report(`no packages here; ${room.rule}`);
    } else if (room.imports !== "any") {
      const target = roomOf(to);
      if (target === undefined) report("the imported file is in no room");
      else if (!room.imports.includes(target.name)) report(room.rule);
    }
  }
  return violations;
}

/**
 * Circles among the nodes of a graph: all sets of nodes of which each reaches each, sorted, without
 * those of a single node (Tarjan 1972).
 */
export function findCircles(edges: readonly ImportEdge[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (from === to) continue;
    next.set(from, [...next.get(from) ?? [], to]);
  }
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string) => {
    number.set(node, number.size);
    lowest.set(node, number.get(node)!);
    open.push(node);
    for (const other of next.get(node) ?? []) {
      if (!number.has(other)) visit(other);
      if (open.includes(other)) {
        lowest.set(node, Math.min(lowest.get(node)!, lowest.get(other)!));
      }
    }
    if (lowest.get(node) !== number.get(node)) return;
    const circle = open.splice(open.indexOf(node)).sort();
    if (circle.length > 1) circles.push(circle);
  };
  for (const node of next.keys()) if (!number.has(node)) visit(node);
  return circles.sort();
}

/**
 * Violations among `edges`: circles between files, type imports included, and circles between the
 * folders of nas/.
 */
export function checkCircles(edges: readonly ImportEdge[]): string[] {
  const found = findCircles(
    edges.filter(({ to }) => /^[a-z].*\.ts$/.test(to) && !to.includes(":")),
  );
  const folderOf = (path: string) => /^nas\/[^/]+\//.exec(path)?.[0] ?? path;
  const folders = edges.map(({ from, to }) => ({ from: folderOf(from), to: folderOf(to) }))
    .filter(({ from, to }) => from.endsWith("/") && to.endsWith("/"));
  return [
    ...found.map((circle) =>
      `${
        circle.join(", ")
      }: files import each other in a circle; move what they share to the one ` +
      "that the others stand on"
    ),
    ...findCircles(folders).map((circle) =>
      `${circle.join(", ")}: folders of nas/ import each other in a circle: ` +
      edges.filter(({ from, to }) =>
        folderOf(from) !== folderOf(to) && circle.includes(folderOf(from)) &&
        circle.includes(folderOf(to))
      ).map(({ from, to }) => `${from} imports ${to}`).join(", ")
    ),
  ];
}

/** Violations in the text of one file: uses of `Deno.*` where they do not belong. */
export function checkPlatform(path: string, source: string): string[] {
  if (PLATFORM.test(path)) return [];
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
  const found = new Set(code.match(/\bDeno\.\w+/g));
  return [...found].map((use) => `${path} uses ${use}: ${PLATFORM_RULE}`);
}

/** All TypeScript files of the tree, as paths from `root`, sorted. */
export async function sourceFiles(root: URL): Promise<string[]> {
  const files: string[] = [];
  async function walk(folder: string): Promise<void> {
    for await (const entry of Deno.readDir(new URL(folder, root))) {
      const path = folder + entry.name;
      if (entry.isDirectory) await walk(path + "/");
      else if (entry.isFile && path.endsWith(".ts")) files.push(path);
    }
  }
  for await (const entry of Deno.readDir(root)) {
    if (entry.isFile && entry.name.endsWith(".ts")) files.push(entry.name);
    if (
      entry.isDirectory &&
      ["cli", "engine", "nas", "study", "reports", "tests"].includes(entry.name)
    ) {
      await walk(`${entry.name}/`);
    }
  }
  return files.sort();
}

/** The imports among `files`, read from `deno info --json`. */
async function importsOf(root: URL, files: readonly string[]): Promise<ImportEdge[]> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  const output = await (async () => {
    try {
      await Deno.writeTextFile(
        entry,
        files.map((file) => `import ${JSON.stringify(new URL(file, root).href)};\n`).join(""),
      );
      const config = fileURLToPath(new URL("deno.json", root));
      return await new Deno.Command(Deno.execPath(), {
        args: ["info", "--json", "--no-lock", "--config", config, entry],
        stderr: "inherit",
      }).output();
    } finally {
      await Deno.remove(entry);
    }
  })();
  if (!output.success) throw new Error(`deno info ended with exit code ${output.code}`);
  const graph = JSON.parse(new TextDecoder().decode(output.stdout)) as {
    modules: {
      specifier: string;
      error?: string;
      dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
    }[];
  };
  const rootPath = fileURLToPath(root);
  const pathOf = (specifier: string) =>
    specifier.startsWith("file:") ? relative(rootPath, fileURLToPath(specifier)) : specifier;
  const edges: ImportEdge[] = [];
  for (const module of graph.modules) {
    const from = pathOf(module.specifier);
    if (!files.includes(from)) continue;
    if (module.error !== undefined) throw new Error(`deno info: ${module.error}`);
    for (const { code, type } of module.dependencies ?? []) {
      const targets = [code?.specifier, type?.specifier].filter((to) => to !== undefined);
      for (const to of new Set(targets)) edges.push({ from, to: pathOf(to) });
    }
  }
  return edges;
}

/** Violations of the tree under `root`. */
export async function checkTree(root: URL): Promise<{ files: number; violations: string[] }> {
  const files = await sourceFiles(root);
  const edges = await importsOf(root, files);
  const violations = [...checkImports(edges), ...checkCircles(edges)];
  for (const file of files) {
    violations.push(...checkPlatform(file, await Deno.readTextFile(new URL(file, root))));
  }
  return { files: files.length, violations: [...new Set(violations)] };
}

if (import.meta.main) {
  const { files, violations } = await checkTree(new URL("../../", import.meta.url));
  // deno-lint-ignore no-console
  console.error(
    [...violations, `Layers: ${files} files, ${violations.length} violations`].join("\n"),
  );
  if (violations.length > 0) Deno.exit(1);
}
