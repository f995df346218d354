/**
 * What a chart needs beyond its JSON: functions of Chart.js. The page and the pictures use the same.
 *
 * @module
 */

/** What Chart.js hands to its callbacks, and options of any shape. */
// deno-lint-ignore no-explicit-any
type Loose = any;

/**
 * Adds functions to a configuration, in place:
 *
 * - an axis with `names` writes the name of each whole number, wrapped or shortened to its room, and
 *   so does an axis of categories; one that is `whole` has a tick at each whole number, and a
 *   logarithmic one at few;
 * - data sets that are `silent` (edges of bands, marks) have no place in legend and tooltip;
 * - tooltips say the name of a point, its values by the titles of the axes, and their intervals.
 *
 * The page runs the text of this very function, so it refers to nothing outside itself.
 *
 * @param config a configuration that nobody else uses
 */
export function completeChart(config: Loose): void {
  const { options } = config;
  const scales = options.scales;
  const LETTER = 6.4;

  /** Head and tail of a word that is too long. */
  const cut = (word: string, room: number): string => {
    const letters = [...word];
    if (letters.length <= room) return word;
    const tail = Math.floor((room - 1) / 3);
    return letters.slice(0, room - 1 - tail).join("") + "…" +
      letters.slice(letters.length - tail).join("");
  };
  /** At most `most` lines of at most `room` letters; what is too long loses its middle. */
  const wrapped = (label: string, room: number, most: number): string[] => {
    const words = label.split(" ");
    const lines: string[] = [];
    while (words.length > 0 && lines.length < most - 1) {
      let line = words.shift()!;
      while (words.length > 0 && `${line} ${words[0]}`.length <= room) line += ` ${words.shift()}`;
      lines.push(cut(line, room));
    }
    if (words.length > 0) lines.push(cut(words.join(" "), room));
    return lines;
  };

  for (const id of Object.keys(scales)) {
    const scale = scales[id];
    const { names } = scale;
    if (names !== undefined) {
      scale.afterBuildTicks = (axis: Loose): void => {
        axis.ticks = Array.from(names, (_, value) => ({ value })).filter(({ value }) =>
          names[value]
        );
      };
    } else if (scale.whole === true) {
      scale.afterBuildTicks = (axis: Loose): void => {
        const first = Math.ceil(axis.min);
        const count = Math.floor(axis.max) - first + 1;
        axis.ticks = Array.from({ length: count }, (_, i) => ({ value: first + i }));
      };
    } else if (scale.type === "logarithmic") {
      scale.afterBuildTicks = (axis: Loose): void => {
        const among = (leading: number[]): Loose[] =>
          axis.ticks.filter(({ value }: Loose) =>
            leading.includes(Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9)))
          );
        const some = among([1, 2, 5]);
        axis.ticks = some.length <= 8 ? some : among([1]);
      };
    }
    if (names === undefined && scale.type !== "category") continue;
    scale.ticks.callback = function (this: Loose, value: number): string | string[] {
      const name = names === undefined ? this.getLabelForValue(value) : names[value];
      if (typeof name !== "string") return "";
      const all: string[] = names ?? this.getLabels();
      const count = Math.max(1, all.length);
      if (!this.isHorizontal()) {
        const room = Math.floor((Math.min(0.36 * this.chart.width, this.maxWidth) - 14) / LETTER);
        return wrapped(name, room, this.chart.height / count > 32 ? 2 : 1);
      }
      const room = Math.floor(this.maxWidth / count / LETTER) - 1;
      // Chart.js turns labels for which there is no room; then each is one line.
      const fits = all.every((one) => one.split(" ").every((word) => word.length <= room));
      return fits ? wrapped(name, room, 3) : cut(name, 18);
    };
  }

  const titles: Record<string, string> = {};
  for (const [id, { title }] of Object.entries<Loose>(scales)) {
    titles[id] = title?.text ?? "";
    if (titles[id] === "") continue;
    title.text = ({ chart }: Loose): string => {
      const { legend, title } = options.plugins;
      const above = (legend.display === false ? 0 : 30) + (title?.display ? 60 : 0);
      const along = id === "x" ? chart.width - 80 : chart.height - 90 - above;
      return cut(titles[id], Math.max(12, Math.floor(along / LETTER)));
    };
  }
  options.plugins.legend.labels.filter = (item: Loose, data: Loose): boolean => {
    // The only callback that sees each item after it was made and before it is measured.
    item.text = cut(item.text, 48);
    return data.datasets[item.datasetIndex].silent !== true;
  };
  const { tooltip } = options.plugins;
  tooltip.filter = (item: Loose): boolean => item.dataset.silent !== true;

  /** A value as its axis writes it, and its interval. */
  const said = (scale: Loose, value: number, low: unknown, high: unknown): string => {
    const write = (one: unknown): string => scale.getLabelForValue(one);
    const known = typeof low === "number" && typeof high === "number" && low < high;
    return write(value) + (known ? ` (${write(low)} to ${write(high)})` : "");
  };
  const pointwise = options.interaction.intersect === true;
  tooltip.callbacks = {
    title: (items: Loose[]): string | string[] => {
      if (items.length === 0) return "";
      const { raw, dataset, label } = items[0];
      if (!pointwise) return label;
      const places = ["x", "y"].map((id) => scales[id].names?.[Math.round(raw[id])]);
      return [raw.name, ...places, dataset.label].filter((part) => typeof part === "string");
    },
    label: (item: Loose): string | string[] => {
      const { raw, chart, dataset, formattedValue } = item;
      if (!pointwise) {
        const scale = chart.scales[dataset.yAxisID ?? "y"];
        const value = typeof raw === "number" ? raw : raw?.y;
        if (typeof value !== "number") return `${dataset.label}: ${formattedValue}`;
        return `${dataset.label}: ${said(scale, value, raw.low, raw.high)}`;
      }
      return ["x", "y"].flatMap((id) => {
        if (scales[id].names !== undefined) return [];
        return [
          `${titles[id]}: ${said(chart.scales[id], raw[id], raw[`${id}Min`], raw[`${id}Max`])}`,
        ];
      });
    },
  };
}
