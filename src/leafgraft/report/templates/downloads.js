"use strict";
// What stands on the page as files, made in the browser.
{% include "file_bytes.js" %}
{% include "drawing_kinds.js" %}
{% include "table_kinds.js" %}
const OF_DRAWINGS = {
  SVG: ["svg", "image/svg+xml", toSvg],
  PNG: ["png", "image/png", toPng],
  PDF: ["pdf", "application/pdf", toPdf, "{{ _("One page with a picture of 300 dpi. In SVG letters stay text.") }}"],
};
const OF_TABLES = {
  CSV: ["csv", "text/csv", toCsv],
  LaTeX: ["tex", "application/x-tex", toLatex],
  DOCX: ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", toDocx],
};
function save(name, kind, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content].flat(), { type: kind }));
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+(?=\.)/g, "");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function offer(after, label, kinds, make) {
  const bar = document.createElement("p");
  bar.className = "downloads";
  for (const [kind, [ending, type, turned, note = ""]] of Object.entries(kinds)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind;
    button.title = note;
    button.setAttribute("aria-label", `${kind}: ${label}`);
    button.addEventListener("click", async () => {
      try {
        save(`${label}.${ending}`, type, await make(turned));
      } catch (error) {
        const failure = document.createElement("span");
        failure.className = "error";
        failure.setAttribute("role", "alert");
        failure.textContent = `${kind}: {{ _("this browser could not make the file. Take another kind, or a newer browser.") }} (${error.message})`;
        bar.querySelector(".error")?.remove();
        bar.prepend(failure);
      }
    });
    bar.append(button);
  }
  after.after(bar);
}
for (const figure of document.querySelectorAll("figure:has(svg)")) {
  const label = figure.querySelector("[aria-label]").getAttribute("aria-label");
  offer(figure.lastElementChild, label, OF_DRAWINGS, (turned) => turned(figure.querySelector(".static svg")));
}
for (const table of document.querySelectorAll("table")) {
  const place = table.closest(".scroll") ?? table;
  const label = place.getAttribute("aria-label") ?? table.closest("section")?.querySelector("h2")?.firstChild.textContent ?? document.title;
  offer(place, label, OF_TABLES, (turned) => turned(table, label));
}
