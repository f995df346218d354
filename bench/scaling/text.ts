/**
 * Curves as Markdown.
 *
 * @module
 */
import { number, percent, spread, table } from "../text_table.ts";
import { type Fit, localExponents } from "./fits.ts";
import type { ScalingPoint, SweepResult } from "./run_sweep.ts";
import { BASE, type Sweep } from "./sweeps.ts";

/** A point further from its fit than this share of it is named. */
export const BEND = 0.1;

/** The points that lie off a fit, with how far they do. */
export function bendsOf(
  points: readonly ScalingPoint[],
  { residuals }: Fit,
): { readonly value: number; readonly residual: number }[] {
  return points.flatMap(({ value }, i) =>
    Math.abs(residuals[i]) > BEND ? [{ value, residual: residuals[i] }] : []
  );
}

function signed(share: number): string {
  return `${share < 0 ? "-" : "+"}${percent(Math.abs(share))}`;
}

/** A fit as a formula, for example `2.10 + 0.310 images`. */
export function formula({ form, coefficients }: Fit, variable: string): string {
  const digits = (value: number) => value === 0 ? "0" : String(Number(value.toPrecision(3)));
  if (form === "power") {
    return `${digits(coefficients[0])} ${variable}^${coefficients[1].toFixed(2)}`;
  }
  return coefficients.map((coefficient, power) => {
    const size = digits(power === 0 ? coefficient : Math.abs(coefficient));
    const sign = power === 0 ? "" : coefficient < 0 ? " - " : " + ";
    return `${sign}${size}${["", ` ${variable}`][power] ?? ` ${variable}^${power}`}`;
  }).join("");
}

function pointTable(sweep: Sweep, { points, fit, cpuFit, dispatchMs }: SweepResult): string {
  const exponents = localExponents(points.map(({ x, timing }) => ({ x, y: timing.median })));
  const steps = points.some(({ work }) => work !== null);
  const header = [
    sweep.name === "controller" ? "layers" : sweep.name,
    `${sweep.unit} (min..max)`,
    "off the fit",
    "cpu ms",
    "off its fit",
    "cores busy",
    "exponent from the last",
    ...steps
      ? [
        "dispatches",
        "of the time",
        "MB bound",
        "GB/s",
        "GFLOP",
        "GFLOP/s",
        "peak MiB",
        "of alive",
      ]
      : [],
  ];
  const rows = points.map(({ value, timing, work }, i) => [
    String(value),
    spread(timing),
    signed(fit.residuals[i]),
    number(timing.cpu),
    signed(cpuFit.residuals[i]),
    number(timing.cpu / timing.median),
    exponents[i]?.toFixed(2) ?? "-",
    ...work === null ? [] : [
      String(work.dispatches),
      percent(work.dispatches * dispatchMs / timing.median),
      number(work.bytesBound / 1e6),
      number(work.bytesBound / timing.median / 1e6),
      number(work.flops / 1e9),
      number(work.flops / timing.median / 1e6),
      number(work.peakBytes / 2 ** 20),
      number(work.peakBytes / work.liveBytes),
    ],
  ]);
  return table([header, ...rows]);
}

/** What stays the same in the points of a curve. */
function held({ name }: Sweep): string {
  if (name === "controller") return "20 arcs an update, hidden size 64, sampling and update";
  const { [name]: _, ...rest } = BASE;
  return Object.entries(rest).map(([size, value]) => `${size} ${value}`).join(", ");
}

/** Sentences on the fixed cost and the points off the fit. */
function readings(sweep: Sweep, result: SweepResult): string[] {
  const { fit, cpuFit, points, dispatchMs } = result;
  const [fixed] = fit.coefficients;
  const { work, timing } = points[0];
  const dispatches = work === null ? "" : `; the ${work.dispatches} dispatches of the smallest ` +
    `step alone take ${number(work.dispatches * dispatchMs)} ms`;
  const off = (what: string, fit: Fit) => {
    const bends = bendsOf(points, fit);
    const list = bends.map(({ value, residual }) => `${value} (${signed(residual)})`).join(", ");
    return bends.length === 0
      ? `No ${what} is more than ${percent(BEND)} off its fit.`
      : `More than ${percent(BEND)} off the fit of the ${what}: ${list}.`;
  };
  return [
    `Fixed cost: ${number(fixed)} ms${dispatches}; the smallest point takes ${
      number(timing.median)
    } ms.`,
    off("elapsed time", fit),
    off("processor time", cpuFit),
    sweep.reading,
  ];
}

/** The section of one curve; `picture` is the address of its chart, or null for none. */
export function sweepText(sweep: Sweep, result: SweepResult, picture: string | null): string {
  const { fit, power, cpuFit } = result;
  return [
    `## ${sweep.title}`,
    `Held: ${held(sweep)}. Measured ${result.date}, load average ${
      number(result.load[0])
    } before ` +
    `and ${number(result.load[1])} after, ${result.rounds} rounds in turns, ` +
    `${number(result.dispatchMs * 1000)} µs a dispatch.`,
    `- Fit: \`${formula(fit, sweep.variable)}\` ms, R² ${fit.rSquared.toFixed(4)}\n` +
    `- As one power: \`${formula(power, sweep.variable)}\` ms, R² ${power.rSquared.toFixed(4)}\n` +
    `- Processor time: \`${formula(cpuFit, sweep.variable)}\` ms, R² ${cpuFit.rSquared.toFixed(4)}`,
    ...picture === null ? [] : [`![${sweep.title}](${picture})`],
    pointTable(sweep, result),
    readings(sweep, result).map((line) => `- ${line}`).join("\n"),
  ].join("\n\n");
}

const NOTE =
  `A step is forward, loss, gradients and the Nesterov update of our engine alone, on the ` +
  `macro network of the released code: the six ops follow each other layer by layer, but where layers ` +
  `grow all are 3x3 convolutions; every layer but the first has one skip, from two layers back. Fits have the least sum of squared relative ` +
  `errors. "Of the time" are the dispatches times what one costs in a step of one 4x4 image. "MB bound" are ` +
  `the bytes of all bindings of all dispatches. GFLOP count three forward passes.`;

/** The whole page. */
export function scalingText(sections: readonly string[], { adapter, deno }: SweepResult): string {
  return [`# Scaling`, `Adapter: ${adapter}. Deno ${deno}.`, NOTE, ...sections].join("\n\n") + "\n";
}
