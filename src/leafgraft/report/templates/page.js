"use strict";
document.documentElement.classList.add("js");
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    const words = [...head.childNodes].filter((part) => part.nodeType === Node.TEXT_NODE);
    button.append(...words);
    head.prepend(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].dataset.order ?? row.cells[column].textContent.trim();
      const rows = [...table.tBodies[0].rows].sort((one, two) => {
        const a = key(one), b = key(two);
        if (!a || !b) return !a - !b;  // what is not known comes last, whichever way
        const order = isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
        return down ? -order : order;
      });
      table.tBodies[0].append(...rows);
    });
  });
}
for (const bar of document.querySelectorAll(".languages")) {
  const show = (language) => {
    for (const part of document.querySelectorAll(".claims-part")) part.hidden = part.lang !== language;
    for (const button of bar.children) button.setAttribute("aria-pressed", String(button.dataset.language === language));
  };
  for (const button of bar.children) button.addEventListener("click", () => show(button.dataset.language));
  bar.hidden = false;
  show("en");
}
const showCell = (cell) => {
  for (const photo of document.querySelectorAll("li[data-cells]")) photo.hidden = Boolean(cell) && !photo.dataset.cells.split(" ").includes(cell);
  for (const words of document.querySelectorAll(".of-cell span")) words.hidden = words.id !== cell;
  document.querySelector(".of-cell").hidden = !cell;
};
for (const cell of document.querySelectorAll("a[data-cell]")) cell.addEventListener("click", () => showCell(cell.dataset.cell));
document.querySelector(".of-cell button")?.addEventListener("click", () => { showCell(""); document.getElementById("wrong").scrollIntoView(); });
function drawPlots() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim(), rule = style.getPropertyValue("--rule").trim();
  for (const figure of document.querySelectorAll("figure")) {
    const source = figure.querySelector("script[type='application/json']");
    if (!source || !window.Plotly) continue;
    const { data, layout } = JSON.parse(source.textContent);
    const place = figure.querySelector(".plot"), drawing = figure.querySelector(".static");
    place.hidden = false;
    place.style.height = `${layout.height + 6}px`;  // plotly takes it from here when the window changes its width
    const axis = { gridcolor: rule, zerolinecolor: rule, linecolor: rule };
    const look = { ...layout, autosize: true, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: "system-ui, sans-serif", size: 13 }, margin: { l: 56, r: 14, t: 60, b: 46, ...layout.margin },
      legend: { orientation: "h", y: -0.28, yanchor: "top" },
      xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis } };
    for (const trace of data) if (trace.error_x) trace.error_x.color = ink;
    for (const shape of look.shapes ?? []) shape.line = { ...shape.line, color: style.getPropertyValue("--warn").trim() };
    Plotly.newPlot(place, data, look, { responsive: true, displayModeBar: false })
      .then(() => drawing.classList.add("replaced"), () => { place.hidden = true; });
  }
}
if (matchMedia("(min-width: 700px)").matches) drawPlots();
addEventListener("beforeprint", () => { if (document.querySelector(".of-cell")) showCell(""); });
if (document.querySelector(".of-cell")) showCell("");
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
