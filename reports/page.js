// Runs inside the finished report: live charts, sortable tables, highlighted skips. No requests.
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // By id, one configuration a view.
  const configs = JSON.parse(document.getElementById("charts").textContent);
  const canvases = [...document.querySelectorAll("canvas[data-chart]")];
  const charts = new Map();
  const heights = new Map(
    canvases.map((canvas) => [canvas, canvas.parentElement.clientHeight || 280]),
  );

  const draw = (canvas, onPaper) => {
    charts.get(canvas)?.destroy();
    const config = structuredClone(configs[canvas.dataset.chart][canvas.dataset.view ?? 0]);
    completeChart(config);
    if (onPaper) {
      // No chart learns in time how wide its place on paper is: half an A4 page, or a whole one.
      canvas.height = heights.get(canvas);
      canvas.width = canvas.closest("figure").classList.contains("wide") ? 670 : 310;
      Object.assign(config.options, { responsive: false, devicePixelRatio: 2 });
    }
    const { legend } = config.options.plugins;
    const shown = legend.display !== false;
    legend.display = false;
    const chart = new Chart(canvas, config);
    charts.set(canvas, chart);
    if (shown) applyLegend(canvas, chart);
  };

  // Chart.js draws its legend where no key reaches it, so the page has one of buttons.
  const legends = new Map();
  const applyLegend = (canvas, chart) => {
    if (!legends.has(canvas)) legends.set(canvas, makeLegend(canvas, chart));
    legends.get(canvas).forEach((button, i) => {
      hide(chart, i, button.getAttribute("aria-pressed") === "false");
    });
    chart.update("none");
  };
  const makeLegend = (canvas, chart) => {
    const list = document.createElement("ul");
    list.className = "chart-legend";
    const buttons = shownSets(chart).map((set, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = set.label;
      button.setAttribute("aria-pressed", "true");
      const words = document.createElement("span");
      words.textContent = set.label;
      button.append(legendSign(set, chart.config.type), words);
      button.addEventListener("click", () => {
        const pressed = button.getAttribute("aria-pressed") === "true";
        button.setAttribute("aria-pressed", String(!pressed));
        hide(charts.get(canvas), i, pressed);
        charts.get(canvas).update("none");
      });
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
      return button;
    });
    canvas.parentElement.before(list);
    return buttons;
  };
  const legendSign = (
    { type, borderColor, backgroundColor, borderDash = [], borderWidth },
    kind,
  ) => {
    const sign = document.createElement("i");
    const filled = borderWidth === 0 || (type ?? kind) === "bar";
    const colour = filled ? backgroundColor : borderColor;
    if (borderDash.length > 0) {
      sign.className = "dashed";
      sign.style.borderTop = `2px dashed ${colour}`;
    } else sign.style.backgroundColor = colour;
    return sign;
  };
  const shownSets = ({ data }) => data.datasets.filter(({ silent }) => silent !== true);
  // A band goes with its line.
  const hide = (chart, i, hidden) => {
    const chosen = shownSets(chart)[i];
    chart.data.datasets.forEach((set, place) => {
      const own = set === chosen || (chosen.group !== undefined && set.group === chosen.group);
      if (own) chart.setDatasetVisibility(place, !hidden);
    });
  };

  // Chart.js copies the default colours into each chart, so a change of theme builds them anew.
  let latest = [];
  const build = (isDark, onPaper = false) => {
    latest = [isDark, onPaper];
    Chart.defaults.color = isDark ? "#b4c0cf" : "#39434f";
    Chart.defaults.borderColor = isDark ? "#2d3743" : "#e3e7ec";
    for (const canvas of canvases) draw(canvas, onPaper);
  };

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  build(dark.matches);
  dark.addEventListener("change", () => build(dark.matches));
  const folded = () => document.querySelectorAll("details.how:not([open])");
  let unfolded = [];
  addEventListener("beforeprint", () => {
    build(false, true);
    unfolded = [...folded()];
    for (const details of unfolded) details.open = true;
  });
  addEventListener("afterprint", () => {
    build(dark.matches);
    for (const details of unfolded) details.open = false;
  });
  // Chart.js remembers how wide words were, so charts drawn before the font came are built anew.
  if (!document.fonts.check('12px "Inter"')) {
    document.fonts.load('12px "Inter"').then(() => build(...latest));
  }

  for (const group of document.querySelectorAll(".views")) {
    const canvas = canvases.find(({ dataset }) => dataset.chart === group.dataset.of);
    const buttons = [...group.querySelectorAll("button")];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        canvas.dataset.view = button.dataset.view;
        draw(canvas, false);
      });
    }
  }

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent;
  };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const numeric = header.classList.contains("number");
        const before = header.getAttribute("aria-sort");
        // Numbers are mostly wanted largest first.
        const first = numeric ? "descending" : "ascending";
        const second = numeric ? "ascending" : "descending";
        const order = before === first ? second : first;
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: keyOf(row, column) }));
        rows.sort((a, b) =>
          sign * (numeric ? Number(a.key) - Number(b.key) : a.key.localeCompare(b.key))
        );
        table.tBodies[0].append(...rows.map(({ row }) => row));
      });
    });
  }

  for (const drawing of document.querySelectorAll("svg.network")) {
    const skips = [...drawing.querySelectorAll(".skip, .wire")];
    const light = (chosen) => {
      drawing.classList.toggle("focused", chosen.length > 0);
      for (const skip of skips) skip.classList.toggle("lit", chosen.includes(skip));
    };
    drawing.querySelectorAll(".place").forEach((node) => {
      const place = /place-(\d+)/.exec(node.getAttribute("class"))[1];
      const own = skips.filter(({ classList }) =>
        classList.contains(`from-${place}`) || classList.contains(`to-${place}`)
      );
      node.addEventListener("mouseenter", () => light(own));
      node.addEventListener("mouseleave", () => light([]));
    });
    for (const skip of skips) {
      skip.addEventListener("mouseenter", () => light([skip]));
      skip.addEventListener("mouseleave", () => light([]));
    }
  }
})();
