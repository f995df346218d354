/**
 * The command `export`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { dirname, extname, join } from "node:path";
import { CpuBackend } from "../engine/cpu_backend.ts";
import {
  type Arc,
  ArcError,
  type ArcProvenance,
  formatArc,
  parseArc,
  readArcFile,
  writeArcFile,
} from "../nas/space/mod.ts";
import { ConfigError } from "../nas/config/mod.ts";
import { arcOfWeights, arcProvenance, trainedOf } from "../nas/export/portable.ts";
import { writeFileAtomic } from "../nas/files/atomic.ts";
import { readBoundedText } from "../nas/files/bounded.ts";
import { type OpenedRun, openRun } from "../nas/run/mod.ts";
import { type LoadedNetwork, loadNetwork } from "../nas/child/stored_network.ts";
import { shellLine } from "../nas/text/shell_line.ts";
import { drawArcSvg } from "../reports/mod.ts";
import { typedThere } from "./called.ts";
import { askedFor, UsageError, writing } from "./errors.ts";
import { MAX_ARC_BYTES } from "./arc_argument.ts";
import { findRun } from "./report.ts";
import { retrainArguments } from "./retrain.ts";
import { callerPath, note, print, printJson, shortPath } from "./terminal.ts";

/** What can be written, with its name in the folder of `--out`. */
const PARTS = {
  arc: "arc.json",
  weights: "weights.safetensors",
  onnx: "network.onnx",
  svg: "network.svg",
  retrain: "retrain.txt",
} as const;

type Part = keyof typeof PARTS;

/** Values of the options. */
interface ExportFlags extends Partial<Record<Part, string>> {
  readonly out?: string;
  readonly weightsFrom?: string;
  readonly json?: true;
}

/** The command `export`. */
export function exportCommand(): AnyCommand {
  const command = new Command("export")
    .description(
      "Writes a trained network and its architecture in forms that other programs read. " +
        "docs/portable_results.md describes the files.",
    )
    .argument(
      "<TARGET>",
      "a run (its folder, or its name in ./runs), a file of weights (.safetensors), or a file " +
        "with an architecture, which needs --weights-from",
    )
    .option("--onnx <FILE>", "the network as an ONNX model")
    .option("--arc <FILE>", "the architecture as JSON")
    .option("--weights <FILE>", "weights and moving averages, as safetensors")
    .option("--svg <FILE>", "a drawing of the architecture")
    .option("--out <DIR>", `all of them: ${Object.values(PARTS).join(", ")}`)
    .option(
      "--weights-from <FILE>",
      "weights of an architecture given as a file: its own, or shared ones such as a run's " +
        "checkpoints/shared_weights.safetensors",
    )
    .option("--json", "print one JSON object on stdout")
    .action((target, flags) => exportTarget(target, flags as ExportFlags));
  return command;
}

async function exportTarget(target: string, flags: ExportFlags): Promise<void> {
  const paths = wantedPaths(flags);
  const source = await askedFor(() => findSource(target, flags.weightsFrom));
  const network = await askedFor(() => loadNetwork(new CpuBackend(), source.weights));
  const arc = arcOfWeights(network.spec, network.arc, source.arc);
  const found = { ...source, ...network, arc };
  const contents = new Map<string, Uint8Array | string>();
  for (const [part, path] of paths) {
    const content = await ofThisVersion(source, () => CONTENTS[part](found));
    if (content !== null) contents.set(path, content);
    else {
      paths.delete(part);
      note(`${PARTS[part]} is left out: weights outside a run do not say how they were trained`);
    }
  }
  // Nothing is written before everything could be made.
  if (flags.out !== undefined) {
    writing(
      shortPath(callerPath(flags.out)),
      "choose another place with --out",
      () => makeFolder(callerPath(flags.out!)),
    );
  }
  for (const [part, path] of paths) {
    const flag = flags[part] === undefined ? "--out" : `--${part}`;
    writing(
      shortPath(callerPath(path)),
      `choose another place with ${flag}`,
      () => writeFileAtomic(path, contents.get(path)!),
    );
  }
  if (flags.json) {
    const { space, graph } = network.spec;
    const { dataset } = network;
    const files = Object.fromEntries(paths);
    printJson({ target: source.target, arc: formatArc(arc), space, graph, dataset, files });
  } else for (const path of paths.values()) print(shortPath(path));
}

/** Settings of a run that another version wrote are the caller's mistake, and name their file. */
async function ofThisVersion<T>({ run }: Source, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof ConfigError) || run === null) throw error;
    throw new UsageError(
      `Expected settings of this version of enaslab in ${shortPath(run.folder.config)} but found ` +
        `others (${error.message.split("\n")[0]}); export it with the version that wrote them, ` +
        `${run.config.versions.enaslab}, or copy the weights out of the run`,
      { cause: error },
    );
  }
}

/** Where each wanted part goes, as absolute paths. */
function wantedPaths(flags: ExportFlags): Map<Part, string> {
  const paths = new Map<Part, string>();
  for (const [part, name] of Object.entries(PARTS) as [Part, string][]) {
    const own = flags[part];
    if (own !== undefined) paths.set(part, callerPath(own));
    else if (flags.out !== undefined) paths.set(part, callerPath(flags.out, name));
  }
  if (paths.size === 0) {
    throw new UsageError(
      "Expected --out DIR for everything, or some of --onnx, --arc, --weights and --svg, but found " +
        "none of them",
    );
  }
  const all = [...paths];
  const twice = all.find(([, path], i) => all.findIndex(([, other]) => other === path) !== i);
  if (twice === undefined) return paths;
  throw new UsageError(`Expected a file of its own for each part but found ${twice[1]} twice`);
}

/** What is exported. */
interface Source {
  /** Absolute path of what was named. */
  readonly target: string;
  /** File of the weights. */
  readonly weights: string;
  /** The architecture that was named; null for the weights' own. */
  readonly arc: Arc | null;
  /** What a file says about where its architecture comes from. */
  readonly provenance: ArcProvenance | null;
  /** The run that the weights belong to, where they lie in one. */
  readonly run: OpenedRun | null;
}

type Found = Source & Omit<LoadedNetwork, "arc"> & { readonly arc: Arc };

/** How each part is made; null where the source does not have it. */
const CONTENTS: Readonly<
  Record<Part, (found: Found) => Promise<Uint8Array | string | null>>
> = {
  arc({ arc, run, provenance, dataset }) {
    return Promise.resolve(
      writeArcFile(arc, provenance ?? (run === null ? { dataset } : arcProvenance(run, arc))),
    );
  },
  weights: ({ weights }) => Deno.readFile(weights),
  async onnx(found) {
    // Loaded here because it takes a tenth of a second, which other commands need not wait.
    const { networkToOnnx } = await import("../nas/export/onnx.ts");
    return networkToOnnx(found);
  },
  svg({ arc, spec, shape, classNames }) {
    const { layers, filters } = spec.options;
    return drawArcSvg(arc, {
      ...{ shape, classes: classNames.length, filters, graph: spec.graph },
      layers,
      ...("skipIndex" in spec.options ? { skipIndex: spec.options.skipIndex } : {}),
    });
  },
  retrain({ run, arc }) {
    if (run === null) return Promise.resolve(null);
    const { config } = run;
    const { enaslab, deno } = config.versions;
    return Promise.resolve([
      `# Trains the architecture in ${PARTS.arc} from scratch with the settings of the run`,
      `# ${config.run} (enaslab ${enaslab}, Deno ${deno}, ${config.adapter.description}).`,
      `# Start it in the folder of enaslab, with the path of ${PARTS.arc}. On the same adapter the`,
      "# weights come out the same.",
      typedThere(shellLine(retrainArguments(config, arc, PARTS.arc))),
      "",
    ].join("\n"));
  },
};

/** Finds what `target` names. */
function findSource(target: string, weightsFrom: string | undefined): Source {
  const path = callerPath(target);
  const kind = kindOf(path) ?? kindOf(findRun(target));
  if (kind === "file" && extname(path) !== ".safetensors") return fromArcFile(path, weightsFrom);
  if (weightsFrom !== undefined) {
    throw new UsageError(
      `Expected --weights-from only with a file of an architecture but found ${target}, which has ` +
        "weights of its own; leave --weights-from out",
    );
  }
  if (kind === "file") return { target: path, ...fromWeights(path), arc: null, provenance: null };
  if (kind === "folder") return fromRun(findRun(target));
  throw new UsageError(
    `Expected TARGET to be a run, a file of weights or a file of an architecture but found ` +
      `${JSON.stringify(target)}, which is none; check the path`,
  );
}

function fromArcFile(path: string, weightsFrom: string | undefined): Source {
  if (weightsFrom === undefined) {
    throw new UsageError(
      `Expected --weights-from FILE with ${shortPath(path)}, which has an architecture and no ` +
        "weights, but found none; name a .safetensors file",
    );
  }
  return { target: path, ...fromWeights(callerPath(weightsFrom)), ...readArc(path) };
}

/** An architecture in any form, with what its file says about where it comes from. */
function readArc(path: string): Pick<Source, "arc" | "provenance"> {
  let text: string;
  try {
    text = readBoundedText(path, MAX_ARC_BYTES);
  } catch (cause) {
    throw new UsageError(
      `Expected TARGET to be a file with an architecture but found ${
        (cause as Error).message
      } in ` +
        `${shortPath(path)}; give another file`,
      { cause },
    );
  }
  if (text.trimStart().startsWith("{")) return readArcFile(text, shortPath(path));
  try {
    return { arc: parseArc(text), provenance: null };
  } catch (error) {
    if (!(error instanceof ArcError)) throw error;
    throw new UsageError(`${error.message} (TARGET ${shortPath(path)})`, { cause: error });
  }
}

/** The file of weights, and the run in whose `checkpoints` it lies. */
function fromWeights(path: string): Pick<Source, "weights" | "run"> {
  const folder = dirname(dirname(path));
  const inRun = kindOf(join(folder, "config.json")) === "file";
  return { weights: path, run: inRun ? openRun(folder) : null };
}

function fromRun(folder: string): Source {
  const run = openRun(folder);
  if (trainedOf(run) === null) {
    const { name, checkpoints } = run.folder;
    const shared = join(checkpoints, "shared_weights.safetensors");
    throw new UsageError(
      `Expected a run that trained its best architecture but found ${name}, which ended before; ` +
        `train it with \`enaslab train --arc ${shellLine([shortPath(folder)])}\`` +
        (kindOf(shared) === "file"
          ? `, or export an architecture with --weights-from ${shortPath(shared)}`
          : ""),
    );
  }
  const weights = join(run.folder.checkpoints, "child.safetensors");
  return { target: run.folder.path, weights, arc: null, provenance: null, run };
}

function kindOf(path: string): "file" | "folder" | null {
  try {
    const { isDirectory } = Deno.statSync(path);
    return isDirectory ? "folder" : "file";
  } catch {
    return null;
  }
}

function makeFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true });
}
