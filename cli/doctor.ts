/**
 * The command `doctor`.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import type { AnyCommand } from "./command.ts";
import { mebibytes } from "../engine/bytes.ts";
import { diagnose, type Diagnosis } from "../engine/measure/doctor.ts";
import { DeviceError } from "../engine/errors.ts";
import { DEFAULT_MEMORY_BUDGET, GpuBackend } from "../engine/webgpu/gpu_backend.ts";
import { OPS } from "../engine/ops/mod.ts";
import { getPreset, PRESET_NAMES, SPACE_NAMES } from "../nas/config/mod.ts";
import { forecastMemory } from "../nas/plan/forecast.ts";
import { DATASET_SIZES } from "../nas/data/facts.ts";
import { openTuning } from "../nas/run/tuning_file.ts";
import { Failure, UsageError } from "./errors.ts";
import { note, onStdout, print, printJson } from "./terminal.ts";
import { printTuned, tunePresets } from "./tuning.ts";

/** The command `doctor`. */
export function doctorCommand(): AnyCommand {
  const command = new Command("doctor")
    .description(
      "Shows the adapter, runs every operation on it against its reference, and forecasts the " +
        "memory that the presets need. Ends with 1 when something is wrong.",
    )
    .option("--json", "print one JSON object on stdout")
    .addOption(
      new Option(
        "--tune [PRESET]",
        "also find the fastest kernels for the shapes of a preset, or of all, for later runs to use",
      ).choices(PRESET_NAMES),
    )
    .addOption(
      new Option("--device <NAME>", "what to check: gpu, or cpu, which needs no adapter")
        .default("gpu"),
    )
    .action(({ json, device, tune }) => {
      if (device === "cpu" && tune !== undefined) {
        throw new UsageError(`Expected --tune with --device gpu but found --device cpu`);
      }
      if (device === "cpu") return cpuDoctor(json);
      if (device === "gpu") return doctor(json, tune);
      throw new UsageError(
        `Expected --device to be gpu or cpu but found ${JSON.stringify(device)}`,
      );
    });
  return command;
}

function cpuDoctor(json?: boolean): void {
  const adapter = { description: "f64 reference on the CPU", vendor: "cpu", fallback: true };
  if (json) printJson({ adapter, ok: true, ops: [] });
  else print("With --device cpu the references themselves compute: there is nothing to compare");
}

async function doctor(json = false, tune: string | boolean = false): Promise<void> {
  let gpu: GpuBackend;
  try {
    gpu = await GpuBackend.open({ tuning: (adapter) => openTuning(adapter, { note }) });
  } catch (error) {
    if (json && error instanceof DeviceError) printJson({ adapter: null, ok: false, ops: [] });
    throw error;
  }
  if (!json) printAdapter(gpu);
  note(`Checking ${OPS.filter((op) => op.gpu !== null).length} operations`);
  const diagnosis = await diagnose(gpu, OPS);
  const presets = typeof tune === "string" ? [tune] : PRESET_NAMES;
  const tuned = tune !== false && diagnosis.ok ? await tunePresets(gpu, presets) : [];
  await gpu.close().catch(() => {});
  const faults: string[] = [];
  const wrong = diagnosis.ops.filter(({ ok }) => !ok);
  if (wrong.length > 0) {
    faults.push(
      `Expected every operation to agree with its reference but ${
        [...new Set(wrong.map(({ op }) => op))].join(", ")
      } did not; update the driver, or run with --device cpu, and please report the output of ` +
        "`enaslab doctor`",
    );
  }
  if (json) {
    const { description, vendor, fallback } = diagnosis.adapter;
    printJson({
      adapter: { description, vendor, fallback },
      ok: diagnosis.ok,
      ops: diagnosis.ops.map(({ op, pass, maxError, tolerance, tileSet }) => ({
        op: tileSet === null ? op : `${op}.${tileSet}`,
        pass,
        maxError,
        tolerance,
      })),
      ...(tune === false ? {} : { tuned }),
    });
  } else {
    printOps(diagnosis);
    printTuned(tuned);
    faults.push(...await printForecast(gpu));
  }
  if (faults.length > 0) throw new Failure(faults.join("\n"));
  if (!json) print(`\n${onStdout(["green", "bold"], "All is well")}`);
}

function printAdapter({ adapter, target: { tileSet } }: GpuBackend): void {
  const kind = adapter.fallback ? "software, on the CPU" : "hardware";
  const title = (text: string) => onStdout("gray", text.padEnd(10));
  print(`${title("adapter")}${onStdout("bold", adapter.description)}`);
  print(`${title("vendor")}${adapter.vendor}`);
  print(`${title("kind")}${kind}; ${tileSet} convolution kernels`);
  wrapped(adapter.features).forEach((line, i) => print(title(i === 0 ? "features" : "") + line));
  Object.entries(adapter.limits).forEach(([name, value], i) => {
    const shown = /Size$/.test(name) && value >= 2 ** 20 ? mebibytes(value) : String(value);
    print(`${title(i === 0 ? "limits" : "")}${name} ${shown}`);
  });
  print();
}

/** Names in lines of about 80 characters. */
function wrapped(names: readonly string[]): string[] {
  const lines = [""];
  for (const name of names) {
    const line = lines[lines.length - 1];
    if (line === "") lines[lines.length - 1] = name;
    else if (line.length + name.length < 78) lines[lines.length - 1] = `${line}, ${name}`;
    else lines.push(name);
  }
  return lines;
}

function printOps({ ops }: Diagnosis): void {
  const head = `${"operation".padEnd(24)} ${"pass".padEnd(12)} ${"error".padStart(9)} ` +
    `${"tolerance".padStart(9)}`;
  print(onStdout("bold", head));
  for (const { op, pass, maxError, tolerance, ok, tileSet, failure } of ops) {
    const name = tileSet === null ? op : `${op} (${tileSet})`;
    const mark = ok ? onStdout("green", "ok") : onStdout(["red", "bold"], "WRONG");
    const error = Number.isFinite(maxError) ? maxError.toExponential(1) : "none";
    print(
      `${name.padEnd(24)} ${pass.padEnd(12)} ${error.padStart(9)} ` +
        `${tolerance.toExponential(1).padStart(9)}  ${mark}`,
    );
    if (failure !== null) print(`    ${failure}`);
  }
}

/** Prints what the preset quick needs; returns a sentence for each space where it does not fit. */
async function printForecast({ target, tuning }: GpuBackend): Promise<string[]> {
  const faults: string[] = [];
  const columns = ["images", "weights", "step", "scratch", "peak"];
  print();
  print(
    onStdout("bold", "memory [MiB]".padEnd(24) + columns.map((name) => name.padStart(10)).join("")),
  );
  for (const space of SPACE_NAMES) {
    const name = `quick (${space})`;
    const { config } = getPreset("quick", space);
    const size = DATASET_SIZES[config.dataset.name];
    const forecast = await forecastMemory(config, size, { ...target, tuning });
    const { data, weights, step, finalTraining, peak, largestBuffer } = forecast;
    const cells = [data, weights, step, finalTraining, peak]
      .map((bytes) => (bytes / 2 ** 20).toFixed(1).padStart(10));
    print(`preset ${name}`.padEnd(24) + cells.join(""));
    if (peak > DEFAULT_MEMORY_BUDGET) {
      faults.push(
        `Expected the preset ${name} to fit into ${
          mebibytes(DEFAULT_MEMORY_BUDGET)
        } but it needs ` +
          `${mebibytes(peak)}; raise --memory`,
      );
    }
    if (largestBuffer > target.largestBinding) {
      faults.push(
        `Expected buffers of the preset ${name} to fit into ${
          mebibytes(target.largestBinding)
        }, this adapter's ` +
          `limit, but one needs ${mebibytes(largestBuffer)}; use fewer images or a smaller batch`,
      );
    }
  }
  print(
    onStdout(
      "gray",
      `scratch: training the best architecture; budget ${mebibytes(DEFAULT_MEMORY_BUDGET)} ` +
        `(--memory), largest buffer ${mebibytes(target.largestBinding)}`,
    ),
  );
  return faults;
}
