/**
 * How long a new process takes to the end of its first training step.
 *
 * ```text
 * deno run -A bench/steps/first_step.ts CASE BATCH TUNING
 * ```
 *
 * prints the seconds since the process began. {@link firstSteps} runs it twice with an empty folder as
 * the driver's cache of compiled kernels: the first process finds nothing there, the second all.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { prepareOurStep } from "./ours.ts";
import { TUNING_MODES, type TuningMode } from "../tuning.ts";
import { STEP_CASES, type StepCase } from "./cases.ts";

/** Seconds from the start of a process to the end of its first step. */
export interface FirstSteps {
  /** With nothing in the driver's cache. */
  readonly cold: number;
  /** With every kernel in it. */
  readonly warm: number;
}

/** Milliseconds that a driver gets for writing its cache of kernels. */
const CACHE_WRITING_MS = 1500;

/** Where drivers keep compiled kernels: Mesa, and NVIDIA with its size limit lifted. */
function cacheVariables(folder: string): Record<string, string> {
  return {
    MESA_SHADER_CACHE_DIR: folder,
    __GL_SHADER_DISK_CACHE: "1",
    __GL_SHADER_DISK_CACHE_PATH: folder,
    __GL_SHADER_DISK_CACHE_SKIP_CLEANUP: "1",
  };
}

async function once(
  { name, batch }: StepCase,
  tuning: TuningMode,
  folder: string,
): Promise<number> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--config",
      fileURLToPath(new URL("../deno.json", import.meta.url)),
      fileURLToPath(new URL(import.meta.url)),
      name,
      String(batch),
      tuning,
    ],
    env: cacheVariables(folder),
  }).output();
  const text = new TextDecoder();
  if (code !== 0) throw new TypeError(`A first step of ${name} failed: ${text.decode(stderr)}`);
  return Number(text.decode(stdout));
}

/** Times first steps of a case, cold and then warm. */
export async function firstSteps(step: StepCase, tuning: TuningMode): Promise<FirstSteps> {
  const folder = await Deno.makeTempDir({ prefix: "enaslab-bench-cache-" });
  try {
    return { cold: await once(step, tuning, folder), warm: await once(step, tuning, folder) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [name, batch, mode] = Deno.args;
  const stepCase = STEP_CASES.find((one) => one.name === name);
  if (stepCase === undefined) throw new TypeError(`Expected a case's name but found ${name}`);
  const tuning = TUNING_MODES.find((one) => one === mode);
  if (tuning === undefined) throw new TypeError(`Expected a mode of tuning but found ${mode}`);
  const ours = await prepareOurStep({ ...stepCase, batch: Number(batch) }, tuning);
  await ours.losses(1);
  const seconds = performance.now() / 1000;
  Deno.stdout.writeSync(new TextEncoder().encode(String(seconds)));
  // The driver writes its cache on a thread of its own, which dies with the process.
  await new Promise((done) => setTimeout(done, CACHE_WRITING_MS));
  Deno.exit(0);
}
