/**
 * Which test images a trained network gets right: confusions, accuracy by class, the worst mistakes.
 *
 * @module
 */
import type { RunPredictions } from "../nas/run/prediction_schema.ts";
import { counted, grouped } from "../nas/text/words.ts";
import type { MarkupFigure } from "./figures.ts";
import { escapeHtml, formatPercent, NBSP } from "./format.ts";
import { numberTable } from "./fragments.ts";
import { intervalText } from "./headline.ts";
import { wilsonInterval } from "./intervals.ts";
import type { RunSummary } from "./run_summary.ts";
import { heatMap } from "./study_figures/heat.ts";

/** From more classes on, the matrix is a list of its largest entries. */
const MOST_IN_MATRIX = 24;
/** Confusions that are listed then. */
const LISTED = 20;

/** A run that was tested with its predictions kept. */
type Predicted = RunSummary & { readonly predictions: RunPredictions };

/** What the test images of each run came to; empty where no run kept its predictions. */
export function predictionFigures(runs: readonly RunSummary[]): MarkupFigure[] {
  const predicted = runs.filter((run): run is Predicted => run.predictions !== null);
  return predicted.flatMap(({ label, predictions }, i) => {
    const place = {
      suffix: i === 0 ? "" : `_${i + 1}`,
      of: runs.length > 1 ? `: ${label}` : "",
    };
    return [
      confusionFigure(predictions, place),
      classFigure(predictions, place),
      ...mistakesFigure(predictions, place),
    ];
  });
}

/** Which run a figure is of, for its id and its title. */
interface Place {
  readonly suffix: string;
  readonly of: string;
}

/** Images of class `row` that were taken for class `column`. */
function confusionsOf({ classNames, labels, predicted }: RunPredictions): number[][] {
  const counts = classNames.map(() => new Array<number>(classNames.length).fill(0));
  labels.forEach((label, i) => counts[label][predicted[i]]++);
  return counts;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function confusionFigure(predictions: RunPredictions, { suffix, of }: Place): MarkupFigure {
  const { classNames } = predictions;
  const counts = confusionsOf(predictions);
  const all = counts.flatMap((row, truth) =>
    row.flatMap((count, found) => count === 0 ? [] : [{ truth, found, count }])
  );
  const head = {
    id: `confusion${suffix}`,
    title: `What is taken for what${of}`,
    table: {
      columns: ["class", "taken for", "test images"],
      rows: all.map(({ truth, found, count }) => [classNames[truth], classNames[found], count]),
    },
  };
  if (classNames.length <= MOST_IN_MATRIX) {
    const rows = counts.map((row, truth) => ({
      label: classNames[truth],
      values: row.map((count) => sum(row) === 0 ? null : count / sum(row)),
    }));
    const caption =
      "Each row is a class, each column what its test images were taken for, in per " +
      "cent of the row. A perfect network has 100 on the diagonal and 0 elsewhere.";
    const { html, svg, wide } = heatMap({
      ...{ id: head.id, kind: "heat", title: head.title, caption },
      value: { title: "share of the class", percent: true },
      columns: [...classNames],
      rows,
      range: [0, 1],
    });
    return { ...head, caption, html, svg, wide };
  }
  const worst = all.filter(({ truth, found }) => truth !== found)
    .sort((a, b) => b.count - a.count).slice(0, LISTED);
  const table = {
    columns: ["class", "taken for", "test images", "of the class"],
    rows: worst.map(({ truth, found, count }) => [
      classNames[truth],
      classNames[found],
      count,
      formatPercent(count / sum(counts[truth])),
    ]),
  };
  return {
    ...head,
    caption: `The ${counted(worst.length, "most frequent confusion")} of ` +
      `${counted(classNames.length, "class", "classes")}; the data table has all.`,
    html: numberTable(table, head.title),
    svg: "",
    wide: false,
  };
}

function classFigure(predictions: RunPredictions, { suffix, of }: Place): MarkupFigure {
  const { classNames } = predictions;
  const counts = confusionsOf(predictions);
  const classes = classNames.map((name, k) => {
    const images = sum(counts[k]);
    const wrong = counts[k].map((count, found) => found === k ? 0 : count);
    const most = wrong.indexOf(Math.max(...wrong));
    return {
      name,
      images,
      right: counts[k][k],
      accuracy: images === 0 ? null : counts[k][k] / images,
      confused: wrong[most] === 0 ? null : `${classNames[most]} (${wrong[most]})`,
    };
  }).sort((a, b) => (a.accuracy ?? 2) - (b.accuracy ?? 2));
  const shown = {
    columns: ["class", "accuracy", "95 % interval", "images", "taken for"],
    rows: classes.map(({ name, accuracy, images, confused }) => [
      name,
      accuracy === null ? "not tested" : formatPercent(accuracy),
      accuracy === null
        ? ""
        : intervalText(wilsonInterval(accuracy, images)).replace(", ", `,${NBSP}`),
      images,
      confused ?? "",
    ]),
  };
  const title = `Accuracy by class${of}`;
  return {
    id: `classes${suffix}`,
    title,
    caption:
      "The class with the lowest accuracy first, and what its images were most often taken for. Intervals (Wilson) show how much the number " +
      "of test images of a class blurs it.",
    html: numberTable(shown, title),
    svg: "",
    table: {
      columns: ["class", "test images", "right", "accuracy"],
      rows: classes.map(({ name, images, right, accuracy }) => [name, images, right, accuracy]),
    },
    wide: false,
  };
}

function mistakesFigure(predictions: RunPredictions, { suffix, of }: Place): MarkupFigure[] {
  const { classNames, labels, predicted, probability, mistakes } = predictions;
  if (mistakes.length === 0) return [];
  const shown = mistakes.map(({ index, name, truth, png }) => {
    const [is, taken] = [classNames[labels[index]], classNames[predicted[index]]];
    const what = name ?? `test image ${index}`;
    const text = `${taken} ${formatPercent(probability[index], 0)}`;
    return `<li><img alt="${escapeHtml(`${what}: is ${is}, taken for ${taken}`)}" title="${
      escapeHtml(`${what}: ${is} ${formatPercent(truth, 0)}`)
    }" src="data:image/png;base64,${png}">
<span class="taken">${escapeHtml(text)}</span><span class="truth">is ${escapeHtml(is)}</span>` +
      `<span class="file">${escapeHtml(what)}</span></li>`;
  });
  const wrong = labels.filter((label, i) => label !== predicted[i]).length;
  return [{
    id: `mistakes${suffix}`,
    title: `The worst mistakes${of}`,
    caption:
      `${grouped(wrong)} of ${counted(labels.length, "test image")} ${
        wrong === 1 ? "was" : "were"
      } taken for another class; those of which the network was surest come first. Below each what it ` +
      "was taken for, with the network's probability, and what it is.",
    html: `<ul class="mistakes">${shown.join("\n")}</ul>`,
    svg: "",
    table: {
      columns: ["test image", "file", "class", "taken for", "probability", "that of the class"],
      rows: mistakes.map(({ index, name, truth }) => [
        index,
        name ?? "",
        classNames[labels[index]],
        classNames[predicted[index]],
        probability[index],
        truth,
      ]),
    },
    wide: true,
  }];
}
