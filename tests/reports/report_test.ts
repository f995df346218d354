import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import type { RunConfig, RunEvent } from "../../nas/run/events.ts";
import { parseMacroArc } from "../../nas/space/macro/text.ts";
import {
  drawNetwork,
  renderChartPng,
  renderDrawingPng,
  renderReport,
  type RunLog,
  searchFigures,
  summariseRuns,
  trainingFigures,
} from "../../reports/mod.ts";
import { generator, makeRun, sampleArc } from "./fixture.ts";

/** Anything a browser would fetch: addresses in attributes, styles and scripts. */
const FETCHED = [
  /\b(?:src|srcset|action|poster|data|formaction|background|ping)\s*=\s*["']?\s*(?:https?:)?\/\//i,
  /\bhref\s*=\s*["']?\s*(?:https?:)?\/\//i,
  /url\(\s*["']?\s*(?:https?:)?\/\//i,
  /@import/i,
  /\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts)\s*\(/,
  /sourceMappingURL/,
];

const stop = (status: "interrupted" | "failed", message?: string): RunEvent =>
  message === undefined
    ? { type: "run_finished", status, seconds: 4 }
    : { type: "run_finished", status, message, seconds: 4 };

function pictures(html: string): string[] {
  return [...html.matchAll(/src="data:image\/png;base64,([^"]*)"/g)].map(([, data]) => data);
}

/** Share of pixels that are not white, and of those that are transparent. */
async function inspect(png: Uint8Array): Promise<{ ink: number; clear: number; width: number }> {
  const image = await loadImage(Buffer.from(png));
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let ink = 0, clear = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 255) clear++;
    if (data[i] + data[i + 1] + data[i + 2] < 3 * 250) ink++;
  }
  const pixels = data.length / 4;
  return { ink: ink / pixels, clear: clear / pixels, width: image.width };
}

Deno.test("renderReport() refers to nothing outside the file", async () => {
  const html = await renderReport([makeRun(), makeRun({ sampler: "random" })]);
  for (const pattern of FETCHED) {
    const found = pattern.exec(html);
    assert.equal(found, null, `${pattern}: ${html.slice((found?.index ?? 0) - 40).slice(0, 120)}`);
  }
  assert.equal(html.match(/http-equiv="Content-Security-Policy"/g)?.length, 1);
  // The licence notices of Chart.js and its part name pages; nothing else may hold an address.
  assert.deepEqual([...new Set(html.match(/https?:\/\/[^\s"'<)]+/g))], [
    "https://www.chartjs.org",
    "https://github.com/kurkle/color#readme",
  ]);
});

Deno.test("renderReport() inlines Chart.js once and gives each chart all its forms", async () => {
  const run = makeRun();
  const html = await renderReport([run]);
  assert.equal(html.match(/Chart\.js v4\./g)?.length, 1);
  const summaries = summariseRuns([run]);
  const figures = [...searchFigures(summaries), ...trainingFigures(summaries)];
  assert.deepEqual(figures.map(({ id }) => id), [
    "estimates",
    "policy_accuracy",
    "child_loss",
    "child_accuracy",
    "reward",
    "entropy",
    "skip_rate",
    "op_shares",
    "learning_rate",
    "gradient_norm",
    "training_loss",
    "training_accuracy",
    "training_learning_rate",
  ]);
  assert.equal(pictures(html).length, figures.length);
  for (const { id, caption, table } of figures) {
    assert.ok(html.includes(`<canvas data-chart="${id}"`), id);
    assert.ok(html.includes(`download="${id}.csv"`), id);
    assert.ok(caption.endsWith("."), id);
    assert.ok(table.rows.every((row) => row.length === table.columns.length), id);
  }
});

Deno.test("renderReport() shows estimate and test accuracy with their uncertainty", async () => {
  const text = (await renderReport([makeRun()])).replaceAll("\u00a0", " ");
  for (
    const part of [
      "97.1 %",
      "95 % interval [96.8, 97.4] %, n = 10,000",
      "91.3 ± 0.9 %",
      "validation, shared weights, n = 1,000",
      "34,872",
      "18.5 million",
      "a software adapter, not a GPU",
      "Data: MNIST",
      "Sampler: learning controller",
    ]
  ) assert.ok(text.includes(part), part);
});

Deno.test("renderReport() says that arcs were trained by themselves where no weights were shared", async () => {
  const { config, events, ...run } = makeRun();
  const evaluator = { name: "from-scratch", epochs: 2 };
  const scratch = {
    ...run,
    config: { ...config, hyperparameters: { ...config.hyperparameters, evaluator } },
    events: events.filter(({ type }) => type !== "child_step").map((event) =>
      event.type === "epoch_finished" ? { ...event, policyAccuracy: null } : event
    ),
  };
  const page = (await renderReport([scratch])).replaceAll("\u00a0", " ")
    .replace(/<(style|script)[^]*?<\/\1>/g, "");
  for (
    const part of [
      "Sampler: learning controller, each arc trained from scratch",
      "validation, trained for a short time, n = 1,000",
      "accuracy of an arc after a short training of its own on",
      "accuracy after a short training",
    ]
  ) assert.ok(page.includes(part), part);
  assert.deepEqual(page.match(/[^.>]*(?<!those of )shared weights[^.<]*/g), null);
});

Deno.test("chart configurations survive JSON, so page and picture draw the same", () => {
  const summaries = summariseRuns([makeRun(), makeRun({ sampler: "random" })]);
  for (const { id, config } of [...searchFigures(summaries), ...trainingFigures(summaries)]) {
    assert.deepEqual(JSON.parse(JSON.stringify(config)), config, id);
  }
});

Deno.test("long logs are thinned to at most 2000 points a series", () => {
  const summaries = summariseRuns([makeRun({ epochs: 310, stepsPerEpoch: 100 })]);
  for (const { id, config } of searchFigures(summaries)) {
    for (const { data, label } of config.data.datasets) {
      assert.ok(data.length > 0 && data.length <= 2000, `${id} ${label}: ${data.length}`);
    }
  }
});

Deno.test("renderChartPng() draws every chart on opaque white", async () => {
  const summaries = summariseRuns([makeRun({ epochs: 4 })]);
  for (const { id, config } of [...searchFigures(summaries), ...trainingFigures(summaries)]) {
    const png = await renderChartPng(config, { width: 400, height: 220, scale: 2 });
    const { ink, clear, width } = await inspect(png);
    assert.equal(width, 800, id);
    assert.equal(clear, 0, id);
    assert.ok(ink > 0.01 && ink < 0.9, `${id}: ${ink}`);
  }
});

Deno.test("renderDrawingPng() draws networks on opaque white", async () => {
  const next = generator(1);
  const arcs = ["[0] [5 1] [1 1 1] [2 1 0 1]", sampleArc(24, Array(6).fill(1 / 6), 0.4, next)];
  for (const text of arcs) {
    const svg = await drawNetwork(parseMacroArc(text), { id: "n", shape: [32, 32, 3] });
    const { ink, clear } = await inspect(await renderDrawingPng(svg, 1));
    assert.equal(clear, 0);
    assert.ok(ink > 0.1 && ink < 0.9, String(ink));
  }
  await assert.rejects(renderDrawingPng("<svg>"), /width and height/);
});

Deno.test("renderReport() warns when runs learned from different images", async () => {
  const run = makeRun({ epochs: 1 });
  const dataset = { ...run.config.dataset, name: "cifar100", classes: 100 };
  const other = { ...run, config: { ...run.config, dataset } };
  const warning = /their accuracies cannot be compared/;
  const mixed = await renderReport([run, other]);
  assert.match(mixed, warning);
  assert.match(mixed, /CIFAR-100/);
  assert.doesNotMatch(mixed, /Guessing would give/);
  assert.doesNotMatch(await renderReport([run, run]), warning);
});

Deno.test("renderChartPng() gives the same bytes twice", async () => {
  const [{ config }] = searchFigures(summariseRuns([makeRun({ epochs: 2 })]));
  const size = { width: 300, height: 200 };
  assert.deepEqual(await renderChartPng(config, size), await renderChartPng(config, size));
});

Deno.test("renderReport() lets no text of a run become markup", async () => {
  const evil = `"><img src=x onerror=alert(1)></script><script>alert(2)</script>'&`;
  const run = makeRun({ epochs: 1, stepsPerEpoch: 2, trainEpochs: 1 });
  const config = {
    ...run.config,
    run: evil,
    preset: evil,
    command: evil,
    adapter: { description: evil, vendor: evil, fallback: true },
    dataset: { ...run.config.dataset, name: evil, classNames: [evil], classes: evil },
    versions: { enaslab: evil, deno: evil, v8: evil },
    hyperparameters: { [evil]: { [evil]: evil }, sampler: evil, space: evil, seed: evil },
  } as unknown as RunConfig;
  const events = run.events.map((event) => {
    if (event.type === "arc_scored") return { ...event, arc: evil, epoch: evil, index: evil };
    if (event.type === "best_arc") return { ...event, arc: evil, images: evil };
    if (event.type === "epoch_finished") return { ...event, epoch: evil };
    return event;
  }) as RunEvent[];
  const bad: RunLog = { config, events: [...events, stop("failed", evil)], path: evil };
  for (const runs of [[bad], [bad, makeRun()]]) {
    const html = await renderReport(runs);
    assert.ok(!/<img src=x/i.test(html));
    assert.ok(!html.includes("<script>alert"));
    // Data, library and page script are the only three scripts.
    assert.equal(html.match(/<script\b/g)?.length, 3);
    assert.equal(html.match(/<\/script/g)?.length, 3);
  }
});

const full = makeRun({ epochs: 2, stepsPerEpoch: 4, trainEpochs: 2 });
const without = (...types: RunEvent["type"][]): RunEvent[] =>
  full.events.filter(({ type }) => !types.includes(type));

const poor: Record<string, { run: RunLog; says: RegExp[] }> = {
  "an empty log": { run: { ...full, events: [] }, says: [/no end in its log/] },
  "no finished epoch": {
    run: { ...full, events: [...full.events.slice(0, 4), stop("interrupted")] },
    says: [/was interrupted after/, /No epoch of the search finished/, /not measured/],
  },
  "a failed run": {
    run: { ...full, events: [...full.events.slice(0, 9), stop("failed", "Device lost")] },
    says: [/This run failed after/, /Device lost/],
  },
  "no controller": {
    run: {
      ...full,
      events: without("controller_step").map((event) =>
        event.type === "epoch_finished"
          ? { ...event, reward: null, baseline: null, entropy: null }
          : event
      ),
    },
    says: [/skip_rate/, /op_shares/],
  },
  "no training from scratch": {
    run: { ...full, events: without("train_epoch", "trained") },
    says: [/ended in an orderly way, yet/, /No arc was trained from scratch/],
  },
  "a run that only trains": {
    run: {
      ...full,
      config: { ...full.config, command: "train" },
      events: without("child_step", "controller_step", "arc_scored", "epoch_finished", "best_arc"),
    },
    says: [/training_accuracy/, /One given arc was trained from scratch/],
  },
  "the cpu adapter": {
    run: {
      ...full,
      config: { ...full.config, adapter: { description: "cpu", vendor: "", fallback: false } },
    },
    says: [/CPU reference backend/],
  },
  "an arc of another space": {
    run: {
      ...full,
      events: full.events.map((event) =>
        "arc" in event ? { ...event, arc: "0 2 0 0 | 1 1 0 3" } : event
      ),
    },
    says: [/There is no drawing for this kind of arc/],
  },
};

for (const [name, { run, says }] of Object.entries(poor)) {
  Deno.test(`renderReport() copes with ${name}`, async () => {
    const html = await renderReport([run]);
    for (const pattern of says) assert.match(html, pattern);
    const page = html.slice(0, html.indexOf("<script"));
    assert.ok(!/>(?:NaN|undefined|null|Infinity)/.test(page));
    assert.ok((await renderReport([run, full])).includes("Comparison of 2 runs"));
  });
}
