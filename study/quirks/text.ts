/**
 * The answer of `study quirks` in words.
 *
 * @module
 */
import type { JudgedClaim } from "../../nas/stats/mod.ts";
import { fixedNumber, signedNumber } from "../../nas/text/words.ts";
import type { QuirkData } from "./cells.ts";
import { type Ceilings, saneCellOf, thesisCellOf } from "./claims.ts";
import { gainOf, type QuirkArm } from "./policies.ts";
import type { Agreement } from "./tables.ts";
import type { CellTau, QuirkTaus } from "./taus.ts";
import { armLabel, intervalText, networkLabel } from "./words.ts";
import type { StudySettings } from "../study.ts";

/** Everything that the text speaks of. */
export interface QuirkOutcome {
  readonly settings: StudySettings;
  readonly data: QuirkData;
  readonly taus: QuirkTaus;
  readonly ceilings: Ceilings;
  readonly arms: readonly QuirkArm[];
  readonly agreement: readonly Agreement[];
  readonly claims: readonly JudgedClaim[];
}

/** Paragraphs of what came out, the answer first. */
export function foundParagraphs(outcome: QuirkOutcome): string[] {
  return [
    headline(outcome),
    factors(outcome),
    ...narrow(outcome),
    controllers(outcome),
    ...graphs(outcome),
    deadOps(outcome),
  ];
}

function headline({ settings, taus, claims, data }: QuirkOutcome): string {
  const [released, repaired] = ["quirks.as-released", "quirks.repaired"].map((id) =>
    claims.find((claim) => claim.id === id)!
  );
  if (released.value === null || repaired.value === null) {
    const done = data.retrained.reduce((sum, one) => sum + one.done, 0);
    const all = data.retrained.reduce((sum, one) => sum + one.all, 0);
    return `Not known yet: ${done} of ${all} trainings from scratch are done, and a cell needs ` +
      "estimates of a search and final accuracies of at least two architectures.";
  }
  return `${ANSWERS[released.verdict][repaired.verdict]} As the thesis's code has it, tau is ` +
    `${withInterval(thesisCellOf(taus))}; the claim that estimates say nothing is ` +
    `${released.verdict}. With all three repaired tau is ${withInterval(saneCellOf(taus))}; the ` +
    `same claim is ${repaired.verdict}. These are 95 % intervals; verdicts use wider ones, for ` +
    `${claims.length} claims.` +
    (settings.scale === "thesis"
      ? ""
      : " What a scaled experiment finds holds for its own scale and need not for the thesis's.");
}

/** By the verdicts of "no correlation" as released, and repaired. */
const ANSWERS: Readonly<
  Record<JudgedClaim["verdict"], Readonly<Record<JudgedClaim["verdict"], string>>>
> = {
  supported: {
    supported:
      "The negative result survives: repaired or not, estimates do not rank architectures.",
    contradicted:
      "The negative result does not survive: it is there as the code was released, and " +
      "gone when the sampled op runs and the rest is repaired.",
    undecidable: "The negative result is there as the code was released; whether it survives the " +
      "repair cannot be told from these data.",
  },
  contradicted: {
    supported: "Estimates rank architectures as the code was released, and no longer when all is " +
      "repaired: the opposite of what one would expect.",
    contradicted:
      "The negative result is not there in either set-up: estimates rank architectures " +
      "as the code was released, and when all is repaired.",
    undecidable:
      "Estimates rank architectures even as the code was released, against the thesis's " +
      "result; for the repaired set-up these data cannot tell.",
  },
  undecidable: {
    supported: "When all is repaired estimates do not rank architectures either; as the code was " +
      "released these data cannot tell.",
    contradicted: "When the sampled op runs and the rest is repaired, estimates do rank " +
      "architectures; whether they fail to as the code was released cannot be told from these data.",
    undecidable: "Whether the negative result survives cannot be told from these data.",
  },
};

function withInterval({ tau, cell }: CellTau): string {
  const interval = intervalText(tau.interval(0.95), 2);
  return `${fixedNumber(tau.value, 2)}${interval === null ? "" : ` (${interval})`} over ` +
    `${cell.places.length} architectures and ${cell.searches.length} ` +
    `${cell.searches.length === 1 ? "search" : "searches"}`;
}

function factors({ taus, claims }: QuirkOutcome): string {
  const parts = [
    { id: "ops.same-truths", claim: "quirks.ops", what: "letting the sampled op run" },
    { id: "norm", claim: "quirks.norm", what: "batch statistics in place of moving averages" },
    { id: "graph.same-estimates", claim: "quirks.graph", what: "retraining the searched network" },
  ].map(({ id, claim, what }) => {
    const { difference } = taus.effects.find(({ contrast }) => contrast.id === id)!;
    if (Number.isNaN(difference.value)) return `${what}: not known yet`;
    const interval = intervalText(difference.interval(0.95), 2);
    const { verdict } = claims.find((one) => one.id === claim)!;
    const said = claim === "quirks.graph" ? "that it makes no difference" : "that it helps";
    return `${what} ${signedNumber(difference.value, 2)} (${
      interval === null ? "" : `${interval}; `
    }${said}: ${verdict})`;
  });
  return `Factor by factor, as differences of tau: ${parts.join("; ")}.`;
}

function narrow({ data, ceilings }: QuirkOutcome): string[] {
  const found = data.retrained.filter((one) => ceilings.get(one)?.wideEnough === false);
  if (found.length === 0) return [];
  return [
    `Range too narrow: final accuracies of ${found.map(networkLabel).join(" and of ")} are not ` +
    "shown to repeat themselves over training seeds (the interval of their noise ceiling reaches 0). " +
    "A low tau there is no evidence of a poor estimate.",
  ];
}

function controllers({ arms, claims }: QuirkOutcome): string {
  const known = arms.flatMap((arm) => {
    const gain = gainOf(arm);
    if (gain === null) return [];
    const { value, low, high } = gain;
    const interval = low === null || high === null
      ? ""
      : ` (${fixedNumber(low, 2)} to ${fixedNumber(high, 2)})`;
    return [`${armLabel(arm)}: ${signedNumber(value, 2)}${interval}`];
  });
  if (known.length === 0) return "No search is done yet whose controller could be compared.";
  const { value, verdict } = claims.find(({ id }) => id === "quirks.drift")!;
  const drift = value === null
    ? ""
    : ` Where the sampled op runs, ops moved ${
      fixedNumber(value, 1)
    } points further than with the ` +
      `closure bug, where they can only drift: that the controller learns ops only when they run is ` +
      `${verdict}.`;
  return `Controllers against random architectures under the same weights, in points of estimate: ` +
    `${known.join("; ")}.${drift}`;
}

function graphs({ agreement, data }: QuirkOutcome): string[] {
  const [{ a, b, tau, interval, n }] = agreement;
  if (Number.isNaN(tau)) return [];
  const text = intervalText(interval, 2);
  return [
    `The same architectures, sampled ops and all, are ranked alike by ` +
    `${networkLabel(data.retrained[a])} and ${networkLabel(data.retrained[b])} with a tau of ` +
    `${fixedNumber(tau, 2)}${
      text === null ? "" : ` (${text})`
    } over ${n} architectures: a perfect ` +
    "estimate of the one network would rank the other about that well.",
  ];
}

/** Whether estimates are equal where only ops differ, as they must be with the closure bug. */
function deadOps({ data: { cells, skipGroups } }: QuirkOutcome): string {
  const sets = skipGroups.filter(({ length }) => length > 1);
  const widest = (opMode: "correct" | "released") =>
    Math.max(
      -1,
      ...cells.filter((cell) => cell.opMode === opMode).flatMap(({ searches }) =>
        searches.flatMap((estimates) =>
          sets.map((set) => {
            const values = set.map((place) => estimates[place]);
            return Math.max(...values) - Math.min(...values);
          })
        )
      ),
    );
  const [released, correct] = [widest("released"), widest("correct")];
  if (released < 0) {
    return "That with the closure bug ops change no estimate is checked by the tests of the child " +
      "network: here no two architectures with equal skips have been scored.";
  }
  const same = released === 0
    ? "exactly equal estimates, as it must be"
    : `estimates up to ${
      fixedNumber(100 * released, 2)
    } points apart, which must not be: please report it`;
  return `Architectures with equal skips and other ops have, with the closure bug, ${same}` +
    `${
      correct < 0
        ? ""
        : `; where the sampled op runs they are up to ${fixedNumber(100 * correct, 1)} points apart`
    }.`;
}
