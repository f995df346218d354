/**
 * What the results of `study transfer` say, in words, claims, tables and figures.
 *
 * @module
 */
import { judgeClaims, type JudgedClaim, type Uniform } from "../../nas/stats/mod.ts";
import { countWords, evidenceWords } from "../kit/claim_words.ts";
import { pairedTable } from "../kit/paired_table.ts";
import type { Results } from "../../nas/trials/results.ts";
import { counted } from "../../nas/text/words.ts";
import { scaleOf } from "../kit/scales.ts";
import type { StudyFindings, StudySettings } from "../study.ts";
import { ACCURACY_MARGIN } from "../thesis/claims.ts";
import { SHARE_MARGIN, transferClaims } from "./claims.ts";
import { controllerTable } from "./controller.ts";
import {
  accuracies,
  equalChoices,
  meanAccuracies,
  ofMarks,
  pairsOf,
  type TransferData,
  transferData,
} from "./data.ts";
import { transferDiagrams } from "./diagrams.ts";
import { transferFigures } from "./figures.ts";
import { comparisons, meanOf, policyTable, table1 } from "./tables.ts";

/** Findings of the study so far; `uniform` draws the resamples. */
export function transferFindings(
  settings: StudySettings,
  results: Results,
  uniform: Uniform,
): StudyFindings {
  const data = transferData(settings, results);
  const { first, second } = data;
  const claims = judgeClaims(transferClaims(data, uniform));
  const controller = controllerTable(data);
  return {
    title: `Does a controller transfer from ${first} to ${second}?`,
    asked: asked(data),
    done: done(data),
    found: [...found(data, claims)],
    caveats: [...caveats(data)],
    scale: scaleOf(settings, [data.config]),
    claims,
    tables: [
      table1(data),
      pairedTable(comparisons(data), {
        id: "differences",
        title: "Paired differences",
        caption: "Accuracy after training from scratch of two arms of the same seeds.",
        margin: ACCURACY_MARGIN,
        uniform,
      }),
      policyTable(data),
      ...(controller === null ? [] : [controller]),
    ],
    figures: [...transferDiagrams(data), ...transferFigures(data)],
  };
}

function asked({ first, second }: TransferData): string[] {
  return [
    "Architecture search trains two things in turn: a large network whose weights all architectures " +
    "share, and a controller, a small network that proposes architectures and is rewarded when they " +
    `do well. A controller that has searched on one data set (here ${first}) may have learned ` +
    `something of use on another (here ${second}). Then a search there that begins with its ` +
    "parameters should do better than one that begins with a new controller.",
    "The thesis tried it once, with one run for each of six architectures, and concludes that the " +
    "transfer was successful, because the controller's choice of operations changed. That says what " +
    "the controller does, not whether it helps. This study asks the second question, with several " +
    "seeds and with two controls that the thesis lacks.",
  ];
}

function done(data: TransferData): string[] {
  const { first, second, settings, trained, last } = data;
  const times = settings.trainings === 1 ? "" : `, with ${settings.trainings} seeds`;
  const epochs = trained.length === 1 ? `epoch ${last}` : `epochs ${trained.join(", ")}`;
  return [
    `For each of ${settings.seeds.length} seeds, a donor searched on ${first}. On ${second} three ` +
    "searches followed, equal in everything but the controller that they began with: a new one " +
    `(without transfer), the donor's (with transfer), and that of a wrong donor. The wrong donor ` +
    `searched on ${first} too, but its rewards were dealt out to the wrong architectures, so that it ` +
    "learned nothing true: whatever it passes on as well as the right donor is no knowledge.",
    `At ${epochs} of each search (0 is before any training) ${settings.arcs} architectures were ` +
    "drawn, and the one with the best estimate under the shared weights was trained from scratch on " +
    `${second}${times}; its accuracy on the test images, by which nothing was chosen, is what ` +
    `counts. One architecture more skipped the search on ${second} altogether (zero-shot): the ` +
    `donor's best on ${first}.`,
    "Arms are compared seed by seed: everything random that is not the arm itself is alike in a pair, " +
    "even the parameters that a new controller and the donor began with. " +
    "A claim is supported where the interval of its quantity excludes the opposite, contradicted " +
    `where it excludes an effect that matters (${ACCURACY_MARGIN} points of accuracy, ` +
    `${
      100 * SHARE_MARGIN
    } % of the ops), and undecidable otherwise. Intervals are widened for the ` +
    "number of claims (Holm).",
  ];
}

function* found(data: TransferData, claims: readonly JudgedClaim[]): Generator<string> {
  const { settings, first, second } = data;
  const finished = finishedSeeds(data);
  if (finished < settings.seeds.length) {
    yield `Unfinished: ${finished} of ${settings.seeds.length} seeds are complete. What follows is ` +
      "what they say so far.";
  }
  const of = (id: string) => claims.find((claim) => claim.id === id)!;
  const transfer = of("T1.transfer");
  yield transfer.value === null
    ? "No seed has trained the architectures of both arms yet, so nothing can be said of transfer."
    : sentence(
      `With a controller from ${first}, architectures on ${second} differed from those without by`,
      transfer,
      {
        supported: "Transfer helped.",
        contradicted: "A gain that matters can be ruled out.",
        undecidable: "That does not decide whether transfer helps.",
      },
    );
  const { same, pairs } = equalChoices(data);
  if (same > 0) {
    yield `In ${same} of ${pairs} pairs both searches chose the very same architecture, whose ` +
      "training counts for both: there the controllers differed too little to choose another.";
  }
  yield* learned(data);
  const wrong = of("control.wrong-donor");
  if (wrong.value !== null) {
    yield sentence(
      "Architectures from the right donor's controller differed from those from the wrong one's, " +
        "whose rewards had been shuffled, by",
      wrong,
      {
        supported: transfer.verdict === "supported"
          ? `The wrong donor is as good: the gain is no knowledge of ${first}.`
          : "The wrong donor is as good.",
        contradicted: `The right donor is better: it carries knowledge of ${first}.`,
        undecidable: "Whether the donor's knowledge matters is undecided.",
      },
    );
  }
  const zeroShot = of("control.zero-shot");
  if (zeroShot.value !== null) {
    yield sentence(
      `Architectures that a search on ${second} found differed from those that the donor had chosen ` +
        `on ${first} by`,
      zeroShot,
      {
        supported: `Searching on ${second} brought nothing that matters.`,
        contradicted: `Searching on ${second} was worth it.`,
        undecidable: `Whether a search on ${second} is needed at all is undecided.`,
      },
    );
  }
  yield* otherClaims(of, data);
  yield countWords(claims);
}

/** How much the donors had to hand over. */
function* learned(data: TransferData): Generator<string> {
  const entropy = (search: "donor" | "shuffled") =>
    meanOf(
      ofMarks(data, search, data.last, ({ policy }) => policy.entropy / policy.uniformEntropy),
    );
  const [right, wrong] = [entropy("donor"), entropy("shuffled")];
  if (right === null || wrong === null) return;
  const [own, other] = [right, wrong].map((share) => `${(100 * share).toFixed(2)} %`);
  yield `After its search on ${data.first} the donor's policy had ${own} of the entropy of pure ` +
    `chance (wrong donor: ${other}). The nearer to 100 %, the less it has learned that could be ` +
    "handed over.";
}

function* otherClaims(
  of: (id: string) => JudgedClaim,
  { first, second, config }: TransferData,
): Generator<string> {
  const start = of("T1.warm-start");
  if (start.value !== null) {
    yield sentence(
      "In the first epochs, the estimates of what the search with transfer sampled differed from " +
        "those without by",
      start,
      {
        supported: "The search starts higher.",
        contradicted: "A head start that matters can be ruled out.",
        undecidable: "Whether the search starts higher is undecided.",
      },
    );
  }
  const [fresh, transferred] = [of("ops.cifar10"), of("ops.transferred")];
  if (fresh.value === null || transferred.value === null) return;
  const [more, again] = [fresh, transferred].map(({ value }) =>
    `${(100 * Math.abs(value!)).toFixed(1)} percentage points ${value! < 0 ? "less" : "more"}`
  );
  yield `At the end a new controller on ${second} drew ${more} pooling than the donor on ${first} ` +
    `(that it draws more is ${fresh.verdict}), and a transferred one ${again} than a new one (that ` +
    `it draws less is ${transferred.verdict}).` +
    (config.child.opMode === "released"
      ? " In these searches the sampled op has no effect, as in the released code."
      : "");
}

/** Seeds whose searches and trainings are all there. */
function finishedSeeds(data: TransferData): number {
  const byChoice = data.choices.map((choice) => accuracies(data, choice));
  return data.seeds.filter(({ searches, trainings, arcOf }, i) => {
    const twice = trainings.get(arcOf({ arm: "without", epoch: data.last }) ?? "") ?? [];
    return Object.values(searches).every((search) => search !== null) &&
      byChoice.every((values) => values[i] !== null) && twice.every((result) => result !== null);
  }).length;
}

function* caveats(data: TransferData): Generator<string> {
  const { settings, first, second, config, last } = data;
  const n =
    pairsOf(meanAccuracies(data, "without"), meanAccuracies(data, "with")).differences.length;
  if (settings.scale !== "thesis") {
    yield "Accuracies at this scale are far below the thesis's and must not be compared with them; " +
      "differences between arms may be smaller or larger at full scale.";
  }
  if (n < 6) {
    const least = Math.min(1, 2 / 2 ** n).toFixed(3);
    yield `With ${
      counted(n, "pair")
    } no exact test of paired differences can give a p below ${least}; ` +
      "six are the fewest that can reach 0.05, and that for one claim alone.";
  }
  if (config.child.opMode === "released") {
    yield "The sampled op has no effect in these searches (child.opMode is released, as in the code " +
      "that the thesis used), so that a controller can only learn skips.";
  }
  yield `One pair of data sets (${first}, ${second}) and one search space (macro): another pair may ` +
    "be more, or less, alike.";
  yield `Each number rests on the one architecture with the best of ${settings.arcs} estimates: a ` +
    "better policy and a luckier choice cannot be told apart within one seed.";
  yield `Policies were handed over after all ${last} epochs of the donor; an earlier policy, less ` +
    "sure of itself, may transfer better.";
}

/** A claim's number, and what its verdict means. */
function sentence(
  beginning: string,
  claim: JudgedClaim,
  meanings: Readonly<Record<JudgedClaim["verdict"], string>>,
): string {
  const more = claim.verdict === "undecidable" && claim.nToDecide !== null
    ? ` By the spread so far, about ${counted(claim.nToDecide, "seed")} would decide.`
    : "";
  return `${beginning} ${evidenceWords(claim, "points")}. ${meanings[claim.verdict]}${more}`;
}
