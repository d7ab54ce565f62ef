"use strict";
// What stands on the page as files: drawings as SVG in the colours of print, tables as CSV with all digits.
function save(name, kind, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: kind }));
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+(?=\.)/g, "");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function toSvg(drawing) {
  const light = [...document.styleSheets[0].cssRules].find((rule) => rule.selectorText === ":root").style;
  const place = document.createElement("div"), copy = drawing.cloneNode(true);
  place.className = "static";
  place.style.cssText = "position:absolute;left:-9999px";
  for (const name of light) if (name.startsWith("--")) place.style.setProperty(name, light.getPropertyValue(name));
  place.append(copy);
  document.body.append(place);
  const kept = ["fill", "fill-opacity", "opacity", "stroke", "stroke-width", "stroke-dasharray", "paint-order", "font-size", "font-weight", "font-family"];
  for (const part of [copy, ...copy.querySelectorAll("*")]) {
    const look = getComputedStyle(part);
    for (const name of kept) part.setAttribute(name, look.getPropertyValue(name));
    part.removeAttribute("class");
  }
  place.remove();
  const { width, height } = copy.viewBox.baseVal;
  for (const [name, value] of [["xmlns", "http://www.w3.org/2000/svg"], ["width", width], ["height", height]]) copy.setAttribute(name, value);
  copy.removeAttribute("style");
  return new XMLSerializer().serializeToString(copy);
}
function readable(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(".explain").forEach((one) => one.remove());
  return copy;
}
function toCsv(table) {
  const shown = (cell) => [...readable(cell).childNodes].map((part) => part.textContent.trim()).filter(Boolean).join(" ");
  const rows = [...table.rows], numbered = (column) => rows.some((row) => row.cells[column]?.dataset.value !== undefined);
  const cells = (row) => [...row.cells].flatMap((cell, column) => {
    const words = shown(cell);
    if (!numbered(column)) return [words];
    const value = cell.tagName === "TH" ? words : words === "–" ? "" : cell.dataset.value ?? words;
    return [value, cell.tagName === "TH" ? `${words}{{ _(", as shown") }}` : words];
  });
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return "\ufeff" + rows.map((row) => cells(row).map(quoted).join(",")).join("\n") + "\n";
}
function offer(after, label, kind, act) {
  const bar = document.createElement("p"), button = document.createElement("button");
  bar.className = "downloads";
  button.type = "button";
  button.textContent = kind;
  button.setAttribute("aria-label", `${kind}: ${label}`);
  button.addEventListener("click", act);
  bar.append(button);
  after.after(bar);
}
for (const figure of document.querySelectorAll("figure:has(svg)")) {
  const label = figure.querySelector("[aria-label]").getAttribute("aria-label");
  offer(figure.lastElementChild, label, "SVG", () => save(`${label}.svg`, "image/svg+xml", toSvg(figure.querySelector(".static svg"))));
}
for (const table of document.querySelectorAll("table")) {
  const place = table.closest(".scroll") ?? table;
  const label = place.getAttribute("aria-label") ?? table.closest("section")?.querySelector("h2")?.firstChild.textContent ?? document.title;
  offer(place, label, "CSV", () => save(`${label}.csv`, "text/csv", toCsv(table)));
}
