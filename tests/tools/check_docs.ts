/**
 * Checks that every exported symbol of engine/, nas/ and reports/ has a JSDoc comment, that every
 * shader begins with the header of docs/conventions.md, and that relative links in Markdown files
 * lead to files. Prints what is missing and exits with 1 if something is.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The labelled lines of a shader's header, after its first line, which says what it is for. */
const HEADER_LABELS = ["Formula", "Shapes", "Grid", "Reference"];

const FOLDERS_LEFT_OUT = ["node_modules", ".git", ".deno", "runs"];

/** What is wrong with the header of the shader `path`; `exists` tells whether a path is a file. */
export function checkShader(
  path: string,
  source: string,
  exists: (path: string) => boolean,
): string[] {
  const lines = source.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//") || line.startsWith("//#"));
  const header = lines.slice(0, end === -1 ? lines.length : end)
    .map((line) => line.slice(2).trim());
  const faults: string[] = [];
  const labelOf = (line: string) => HEADER_LABELS.find((label) => line.startsWith(`${label}:`));
  if (header.length === 0 || header[0] === "" || labelOf(header[0]!) !== undefined) {
    faults.push(`${path}: the header must begin with a line that says what the shader is for`);
  }
  for (const label of HEADER_LABELS) {
    if (!header.some((line) => new RegExp(`^${label}:\\s*\\S`).test(line))) {
      faults.push(`${path}: the header has no line "// ${label}: …"`);
    }
  }
  const first = header.findIndex((line) => line.startsWith("Reference:"));
  const references = header.slice(first === -1 ? header.length : first).join(" ");
  for (const [reference] of references.matchAll(/[\w./-]+\.ts\b/g)) {
    if (!exists(reference)) {
      faults.push(`${path}: the reference ${reference} does not exist`);
    }
  }
  return faults;
}

/** Relative links of the Markdown file `path` that lead nowhere. */
export function checkLinks(
  path: string,
  text: string,
  exists: (path: string) => boolean,
): string[] {
  const prose = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, "");
  const targets = [
    ...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g), // [text](target "title")
    ...prose.matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm), // [name]: target
    ...prose.matchAll(/\b(?:src|href|srcset)="([^"]+)"/g), // HTML
  ].map((match) => match[1]!);
  return targets
    .filter((target) => !/^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target))
    .filter((target) => {
      const file = decodeURIComponent(target.replace(/[#?].*$/, ""));
      return !exists(join(dirname(path), file));
    })
    .map((target) => `${path}: the link ${target} leads to no file`);
}

/** The part of `deno doc --json` that is read here. */
export interface DocGraph {
  readonly nodes: Readonly<
    Record<
      string,
      {
        readonly symbols?: readonly {
          readonly name: string;
          readonly declarations?: readonly {
            readonly kind: string;
            readonly declarationKind: string;
            readonly location: { readonly filename: string; readonly line: number };
            readonly jsDoc?: { readonly doc?: string };
          }[];
        }[];
      }
    >
  >;
}

/**
 * Exported symbols without a JSDoc comment, each as `file:line: name`. One documented overload is
 * enough; `pathOf` turns a file URL into the path to print, or `null` to leave the file out.
 */
export function checkSymbols(graph: DocGraph, pathOf: (url: string) => string | null): string[] {
  const faults = new Set<string>();
  for (const { symbols } of Object.values(graph.nodes)) {
    for (const { name, declarations } of symbols ?? []) {
      // A re-export (kind `reference`) is documented where it is declared.
      const exported = (declarations ?? []).filter((it) =>
        it.declarationKind === "export" && it.kind !== "reference"
      );
      if (exported.length === 0 || exported.some((it) => (it.jsDoc?.doc ?? "") !== "")) continue;
      const { filename, line } = exported[0]!.location;
      const path = pathOf(filename);
      if (path !== null) {
        faults.add(`${path}:${line + 1}: the exported ${name} has no JSDoc comment`);
      }
    }
  }
  return [...faults];
}

/** Files under `root` whose name ends with `suffix`, as sorted paths from `root`. */
export async function filesEndingWith(
  root: URL,
  suffix: string,
  folder = "",
): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = folder + entry.name;
    if (entry.isDirectory && !FOLDERS_LEFT_OUT.includes(entry.name)) {
      found.push(...await filesEndingWith(root, suffix, `${path}/`));
    } else if (entry.isFile && path.endsWith(suffix)) found.push(path);
  }
  return found.sort();
}

/** Everything that is missing in the tree under `root`. */
export async function checkTree(root: URL): Promise<string[]> {
  const faults: string[] = [];
  const read = (path: string) => Deno.readTextFile(new URL(path, root));
  const exists = (path: string) => {
    try {
      return Deno.statSync(join(fileURLToPath(root), path)) !== null;
    } catch {
      return false;
    }
  };

  const sources = (await filesEndingWith(root, ".ts")).filter((path) =>
    /^(engine|nas|reports)\/|^mod\.ts$/.test(path)
  );
  if (sources.length > 0) {
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["doc", "--json", ...sources],
      cwd: root,
      stderr: "inherit",
    }).output();
    if (!output.success) throw new Error(`deno doc ended with exit code ${output.code}`);
    faults.push(
      ...checkSymbols(JSON.parse(new TextDecoder().decode(output.stdout)), (url) => {
        const path = relative(fileURLToPath(root), fileURLToPath(url));
        return sources.includes(path) ? path : null;
      }),
    );
  }

  for (const path of await filesEndingWith(root, ".wgsl")) {
    if (path.startsWith("shaders/")) faults.push(...checkShader(path, await read(path), exists));
  }
  for (const path of await filesEndingWith(root, ".md")) {
    faults.push(...checkLinks(path, await read(path), exists));
  }
  return faults;
}

if (import.meta.main) {
  const faults = await checkTree(new URL("../../", import.meta.url));
  // deno-lint-ignore no-console
  console.error([...faults, `Documentation: ${faults.length} faults`].join("\n"));
  if (faults.length > 0) Deno.exit(1);
}
