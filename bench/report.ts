/**
 * The bench's results as JSON and as text that is readable as Markdown.
 *
 * @module
 */
import type { Ceilings } from "./ceilings.ts";
import type { Timing } from "./measure.ts";
import type { PassResult } from "./profile.ts";
import type { CaseResult, PeerResult } from "./run_case.ts";

/** Where and how a run was measured. */
export interface Conditions {
  readonly adapter: string;
  readonly processor: string;
  readonly deno: string;
  readonly date: string;
  readonly command: string;
  readonly rounds: number;
  /** Load average of one minute before and after: other work on the machine. */
  readonly load: readonly [number, number];
}

/** A peer that was asked for. */
export interface PeerStatus {
  readonly name: string;
  readonly version: string | null;
  readonly adapter: string | null;
  /** Why it could not be loaded; null when it could. */
  readonly reason: string | null;
}

/** Everything that a run found. */
export interface BenchReport {
  readonly conditions: Conditions;
  readonly ceilings: Ceilings;
  readonly peers: readonly PeerStatus[];
  readonly results: readonly CaseResult[];
  readonly passes: readonly PassResult[];
}

/** The object of `--json`. */
export function toJson(
  { conditions, ceilings, peers, results, passes }: BenchReport,
): unknown {
  return {
    adapter: conditions.adapter,
    date: conditions.date,
    ceilings,
    results: results.map((result) => ({
      case: result.case,
      unit: result.unit,
      ours: result.ours,
      peers: Object.fromEntries(
        Object.entries(result.peers).map(([name, { value }]) => [name, value]),
      ),
      ofCeiling: result.ofCeiling,
      detail: { ours: result.timing, peers: result.peers },
    })),
    passes,
    conditions,
    peers,
  };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(
        " | ",
      )
    } |`;
  const rule = `|${
    widths.map((width, i) => "-".repeat(width + (i === 0 ? 2 : 1)) + (i === 0 ? "" : ":")).join("|")
  }|`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function spread({ median, min, max }: Timing): string {
  return `${number(median)} (${number(min)}..${number(max)})`;
}

/** How many times faster the engine is; the medians of the same rounds. */
function ratio(ours: Timing, { timing }: PeerResult): string {
  return timing === null ? "-" : `${number(timing.median / ours.median)}x`;
}

function caseTable(
  results: readonly CaseResult[],
  names: readonly string[],
): string {
  const header = [
    "case",
    "unit",
    "ours",
    ...names.flatMap((name) => [name, `ours / ${name}`]),
    "of ceiling",
    "ours ms (min..max)",
    ...names.map((name) => `${name} ms (min..max)`),
    "ours cpu ms",
    ...names.map((name) => `${name} cpu ms`),
    ...names.map((name) => `${name} max error`),
  ];
  const rows = results.map((result) => {
    const peers = names.map((name) => result.peers[name]);
    return [
      result.case,
      result.unit,
      number(result.ours),
      ...peers.flatMap((peer) => [
        peer === undefined || peer.value === null ? "failed" : number(peer.value),
        peer === undefined ? "-" : ratio(result.timing, peer),
      ]),
      `${(result.ofCeiling * 100).toFixed(1)} %`,
      spread(result.timing),
      ...peers.map((peer) => peer?.timing ? spread(peer.timing) : "-"),
      number(result.timing.cpu),
      ...peers.map((peer) => peer?.timing ? number(peer.timing.cpu) : "-"),
      ...peers.map((peer) => peer?.maxError?.toExponential(1) ?? "-"),
    ];
  });
  return table([header, ...rows]);
}

function failures({ peers, results }: BenchReport): string[] {
  return [
    ...peers.flatMap(({ name, reason }) =>
      reason === null ? [] : [`- ${name} could not be loaded: ${reason}`]
    ),
    ...results.flatMap((result) =>
      Object.entries(result.peers).flatMap(([name, { reason }]) =>
        reason === null ? [] : [`- ${name} failed on ${result.case}: ${reason}`]
      )
    ),
  ];
}

/** The text that is printed, and written by `--markdown`. */
export function toText(report: BenchReport): string {
  const { conditions, ceilings, peers, results, passes } = report;
  const blocks = [
    [
      `Adapter: ${conditions.adapter} on ${conditions.processor}`,
      `Date: ${conditions.date}`,
      `Command: ${conditions.command}`,
      `Versions: Deno ${conditions.deno}${
        peers.map(({ name, version }) => version === null ? "" : `, ${name} ${version}`).join("")
      }`,
      `Rounds: ${conditions.rounds}, taken in turns; medians; one pass is forward and all gradients`,
      `Load average: ${number(conditions.load[0])} before, ${number(conditions.load[1])} after`,
      `Ceilings: ${number(ceilings.fmaGflops)} GFLOP/s of FMA, ${
        number(ceilings.copyGbps)
      } GB/s of copying (read + written)`,
    ].map((line) => `- ${line}`).join("\n"),
  ];
  for (const { name, adapter } of peers) {
    if (adapter !== null && adapter !== conditions.adapter) {
      blocks.push(`WARNING: ${name} runs on another adapter: ${adapter}`);
    }
  }
  const names = peers.filter(({ reason }) => reason === null).map(({ name }) => name);
  if (results.length > 0) blocks.push(caseTable(results, names));
  if (passes.length > 0) {
    const rows = passes.map(({ name, timing, gflops }) => [
      name,
      spread(timing),
      number(timing.cpu),
      gflops === 0 ? "-" : number(gflops),
    ]);
    blocks.push(
      table([["pass", "ms (min..max)", "cpu ms", "GFLOP/s"], ...rows]),
    );
  }
  const failed = failures(report);
  if (failed.length > 0) blocks.push(failed.join("\n"));
  return blocks.join("\n\n") + "\n";
}
