// Runs inside the finished report: live charts, sortable tables, highlighted skips. No requests.
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const configs = JSON.parse(document.getElementById("charts").textContent);
  let charts = [];

  // Chart.js copies the default colours into each chart, so a change of theme builds them anew.
  const build = (isDark) => {
    for (const chart of charts) chart.destroy();
    Chart.defaults.color = isDark ? "#b4c0cf" : "#39434f";
    Chart.defaults.borderColor = isDark ? "#2d3743" : "#e3e7ec";
    charts = [...document.querySelectorAll("canvas[data-chart]")].map((canvas) =>
      new Chart(canvas, structuredClone(configs[canvas.dataset.chart]))
    );
  };

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  build(dark.matches);
  dark.addEventListener("change", () => build(dark.matches));
  addEventListener("beforeprint", () => build(false));
  addEventListener("afterprint", () => build(dark.matches));
  document.fonts.ready.then(() => charts.forEach((chart) => chart.update("none")));

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
