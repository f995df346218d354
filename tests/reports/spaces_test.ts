import assert from "node:assert/strict";
import type { RunEvent } from "../../nas/run/events.ts";
import { comparisonTable } from "../../reports/comparison.ts";
import {
  renderReport,
  type RunLog,
  searchFigures,
  summariseRun,
  summariseRuns,
  trainingFigures,
} from "../../reports/mod.ts";
import { headlineBox } from "../../reports/results.ts";
import { explanation } from "../../reports/explanation.ts";
import { settingsTable } from "../../reports/settings_table.ts";
import { makeRun, makeTrainRun } from "./fixture.ts";

const plain = (html: string): string =>
  html.replaceAll(/<[^>]*>/g, "").replaceAll("\u00a0", " ").replaceAll(/\s+/g, " ");

/** What one sees of a page: without scripts, styles and markup. */
function visible(html: string): string {
  return plain(html.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/g, ""));
}

const micro = makeRun({ space: "micro", epochs: 3, batchNorm: "recalibrated" });
const train = makeTrainRun({ trainEpochs: 4 });

Deno.test("the charts of a micro search name its ops and show no skips", () => {
  const figures = searchFigures(summariseRuns([micro]));
  const ids = figures.map(({ id }) => id);
  assert.ok(!ids.includes("skip_rate"));
  assert.ok(ids.includes("policy_accuracy"));
  const shares = figures.find(({ id }) => id === "op_shares");
  assert.deepEqual(shares?.table.columns, [
    "Epoch",
    "Sep. conv 3×3",
    "Sep. conv 5×5",
    "Avg. pool 3×3",
    "Max pool 3×3",
    "Identity",
  ]);
  assert.match(shares?.caption ?? "", /among all operands of both cells.*20\.0/);
  const estimates = figures.find(({ id }) => id === "estimates");
  assert.match(estimates?.caption ?? "", /Batch norm: recalibrated averages\./);
});

Deno.test("an op has one colour in both spaces", () => {
  const colours = (space: "macro" | "micro"): Map<string, unknown> => {
    const figures = searchFigures(summariseRuns([makeRun({ space, epochs: 1 })]));
    const shares = figures.find(({ id }) => id === "op_shares");
    return new Map(
      shares?.config.data.datasets.map(({ label, backgroundColor }) => [label, backgroundColor]),
    );
  };
  const [macro, micro] = [colours("macro"), colours("micro")];
  for (const label of ["Sep. conv 3×3", "Sep. conv 5×5", "Avg. pool 3×3", "Max pool 3×3"]) {
    assert.ok(micro.has(label));
    assert.equal(micro.get(label), macro.get(label), label);
  }
  assert.equal(new Set(micro.values()).size, 5);
});

Deno.test("the report of a micro search draws both cells and their stack", async () => {
  const html = await renderReport([micro]);
  const text = visible(html);
  for (
    const part of [
      "Normal cell (N)",
      "Reduction cell (R)",
      "How the cells are stacked",
      "The search chose a pair of cells with 5 nodes each",
      "it holds 2.56 × 1025 arcs, of which 30 were scored",
      "before it is scored, 4 training batches run through it alone",
      "batch norm by recalibrated averages",
      "Loose ends: ",
    ]
  ) assert.ok(text.includes(part), part);
  assert.equal(html.match(/class="network cell (normal|reduction)"/g)?.length, 2);
  assert.equal(html.match(/class="network stack"/g)?.length, 1);
  assert.ok(!/skip connection|NaN|undefined/.test(text));
  assert.ok(!html.slice(html.indexOf('<table id="arcs"')).includes(">Skips<"));
  assert.ok(html.includes("normal cell\n2 = "));
});

Deno.test("the report draws the stack of the network that was trained", async () => {
  const run = makeTrainRun({ space: "micro", layers: 15, graph: "official", trainEpochs: 2 });
  const html = await renderReport([run]);
  assert.match(html, /N N N N N R N N N N N R N N N N N; 16 filters, 28×28/);
  assert.match(html, /without a 1×1 convolution/);
  assert.ok(!html.includes("Concatenate, conv 1×1"));
});

Deno.test("a train run keeps last and best validation accuracy apart", () => {
  const summary = summariseRun({
    ...train,
    events: train.events.map((event): RunEvent =>
      event.type === "trained"
        ? { ...event, validationAccuracy: 0.951, bestValidationAccuracy: 0.963, bestEpoch: 2 }
        : event
    ),
  });
  assert.equal(summary.kind, "train");
  const text = plain(headlineBox([summary]));
  assert.match(text, /A given 6-layer network with \d+ skip connections was trained from scratch/);
  assert.match(text, /on MNIST for 4 epochs\. It classifies 97\.1 % of 10,000 unseen/);
  assert.match(text, /Validation, last epoch95\.1 %of the weights that were tested/);
  assert.match(text, /Validation, best epoch96\.3 %epoch 2; picked afterwards, so it flatters/);
  assert.match(text, /read once, after the last epoch/);
  assert.ok(!/Estimate|Search time/.test(text));
  const [, accuracy] = trainingFigures([summary]);
  assert.deepEqual(accuracy.config.data.datasets.map(({ label }) => label), [
    "Training",
    "Validation",
    "Best epoch",
  ]);
});

Deno.test("an older log's best epoch is found among its epochs", () => {
  const events = train.events.map((event) => {
    if (event.type !== "trained") return event;
    const { graph: _, bestValidationAccuracy: __, bestEpoch: ___, ...old } = event;
    return old as RunEvent;
  });
  const { final, training } = summariseRun({ ...train, events });
  const best = training.reduce((a, b) =>
    (b.validationAccuracy ?? 0) > (a.validationAccuracy ?? 0) ? b : a
  );
  assert.equal(final?.graph, null);
  assert.equal(final?.bestEpoch, best.epoch);
  assert.equal(final?.bestValidationAccuracy, best.validationAccuracy);
});

Deno.test("training on all images says that there is no validation accuracy", async () => {
  const run = makeTrainRun({ trainOn: "all", trainEpochs: 3 });
  const text = visible(await renderReport([run]));
  assert.match(text, /Validation accuracynot measuredtraining used all images, so none is left/);
  assert.match(text, /Training used all images, the validation images too: there is no/);
  const [, accuracy] = trainingFigures(summariseRuns([run]));
  assert.deepEqual(accuracy.config.data.datasets.map(({ label }) => label), ["Training"]);
  assert.match(accuracy.caption, /so there is no validation accuracy/);
});

Deno.test("a train run that was cut short says how far it came", () => {
  const stop: RunEvent = { type: "run_finished", status: "interrupted", seconds: 4 };
  const run: RunLog = { ...train, events: [...train.events.slice(0, 3), stop] };
  const text = plain(headlineBox([summariseRun(run)]));
  assert.match(text, /being trained from scratch on MNIST; 2 epochs finished/);
  assert.match(text, /The test images were not read/);
  const nothing = summariseRun({ ...train, events: [train.events[0], stop] });
  assert.equal(nothing.kind, "train");
  assert.match(plain(headlineBox([nothing])), /ended before the first epoch/);
  assert.equal(nothing.missing.length, 1);
});

Deno.test("the comparison sets searches and trainings of both spaces side by side", async () => {
  const runs = [
    micro,
    train,
    makeRun({ epochs: 2 }),
    makeTrainRun({ space: "micro", trainOn: "all" }),
  ];
  const table = comparisonTable(summariseRuns(runs));
  const head = [...table.matchAll(/<th scope="col"[^>]*>([^<]*)</g)].map(([, name]) => name);
  for (const name of ["Kind", "Space", "Validation, last epoch", "Batch norm of estimates"]) {
    assert.ok(head.includes(name), name);
  }
  const rows = [...table.matchAll(/<tr><th scope="row">(.*?)<\/tr>/g)].map(([, row]) => row);
  assert.equal(rows.length, 4);
  assert.match(rows[1], /training only.*macro/);
  assert.match(rows[3], /training only.*micro/);
  const html = await renderReport(runs);
  const text = visible(html);
  assert.match(text, /Batch norm: recalibrated averages in mnist-micro-controller-1, minibatch/);
  assert.match(text, /2 runs searched nothing/);
  assert.equal(html.match(/class="card arc-view/g)?.length, 4);
  const markup = html.replaceAll(/<script\b[\s\S]*?<\/script>/g, "");
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("two trainings are compared without the columns of a search", () => {
  const table = comparisonTable(summariseRuns([train, makeTrainRun({ seed: 2 })]));
  assert.match(table, /Validation, best epoch/);
  assert.doesNotMatch(table, /Estimate|Search time|Sampler|Kind/);
});

Deno.test("the report warns where the released op mode ignored the ops", () => {
  const released = (run: RunLog): RunLog => {
    const child = { ...run.config.hyperparameters.child as Record<string, unknown> };
    const hyperparameters = {
      ...run.config.hyperparameters,
      child: { ...child, opMode: "released" },
    };
    return { ...run, config: { ...run.config, hyperparameters } };
  };
  const said = (run: RunLog) => plain(explanation(summariseRuns([run])));
  const run = makeRun({ epochs: 1 });
  assert.match(said(released(run)), /ops had no effect in the search/);
  assert.doesNotMatch(said(run), /ops had no effect/);
  // The searched graph trains so too; the released code's retrain network never had the fault.
  const training = (graph: "faithful" | "official") => makeTrainRun({ trainEpochs: 2, graph });
  assert.match(said(released(training("faithful"))), /ops had no effect in training/);
  assert.doesNotMatch(said(training("faithful")), /ops had no effect/);
  assert.doesNotMatch(said(released(training("official"))), /ops had no effect/);
});

Deno.test("the report says where a controller had learned elsewhere", () => {
  const run = makeRun({ epochs: 1 });
  const begun = { ...run, config: { ...run.config, controllerFrom: "/runs/donor, SHA-256 12ab" } };
  const summaries = summariseRuns([begun]);
  assert.match(plain(explanation(summaries)), /did not begin untrained/);
  assert.match(settingsTable(summaries), /controllerFrom.*\/runs\/donor, SHA-256 12ab/);
  assert.doesNotMatch(explanation(summariseRuns([run])), /did not begin untrained/);
});

Deno.test("skip bits are drawn as the run read them", async () => {
  const events = train.events.map((event): RunEvent =>
    event.type === "trained" ? { ...event, arc: "0 5 1" } : event
  );
  const child = { skipIndex: "layer-output" };
  const hyperparameters = { ...train.config.hyperparameters, child };
  const run = { ...train, events, config: { ...train.config, hyperparameters } };
  assert.match(await renderReport([run]), /Skip from layer 1 to layer 2/);
  assert.match(await renderReport([{ ...train, events }]), /Skip from stem to layer 2/);
});
