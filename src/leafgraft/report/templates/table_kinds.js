// A table as a file: CSV with all digits; LaTeX and DOCX as it is shown. What a merged cell says stands where it begins.
const LATEX = {{ latex|as_json }};
const LONG = 40, MOST_UPRIGHT = 6; // letters in a line; columns on a page that stands
function readable(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(".explain").forEach((one) => one.remove());
  return copy;
}
const shown = (cell, aside = (words) => words) => [...readable(cell).childNodes].map((part) => [part.textContent.trim(), part.className])
  .filter(([words]) => words).map(([words, kind]) => (["soft", "flag"].includes(kind) ? aside(words) : words)).join(" ").replace(/\s*\n\s*/g, " ");
const inBrackets = (cell) => shown(cell, (aside) => `(${aside})`);
function grid(table) {
  const rows = [...table.rows].map(() => []);
  [...table.rows].forEach((row, at) => {
    for (const cell of row.cells) {
      const start = [...rows[at], undefined].indexOf(undefined);
      rows.slice(at, at + cell.rowSpan).forEach((one, down) => {
        for (let right = 0; right < cell.colSpan; right += 1) one[start + right] = { cell, isRest: down + right > 0 };
      });
    }
  });
  return rows;
}
function toCsv(table) {
  const rows = grid(table), numbered = (column) => rows.some((row) => row[column]?.cell.dataset.value !== undefined);
  const cells = (row) => row.flatMap(({ cell, isRest }, column) => {
    const words = isRest ? "" : inBrackets(cell);
    if (!numbered(column)) return [words];
    if (cell.tagName === "TH") return [words, `${words}{{ _(", as shown") }}`];
    return [isRest || words === "–" ? "" : cell.dataset.value ?? words, words];
  });
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return "\ufeff" + rows.map((row) => cells(row).map(quoted).join(",")).join("\n") + "\n";
}
function printedRows(table) {
  const words = (cell) => inBrackets(cell).replace(/(^|[^\p{L}\p{N}])-(?=\d)/gu, "$1\u2212");
  const rows = grid(table), first = rows[table.tHead?.rows.length ?? 0] ?? rows.at(-1);
  const isRight = first.map(({ cell }) => getComputedStyle(cell).textAlign === "right");
  const printed = ({ cell, isRest }, column) => ({ words: isRest ? "" : words(cell), isRight: isRight[column], isHead: cell.tagName === "TH" });
  return rows.map((row) => row.map(printed));
}
const longest = (rows) => rows.at(-1).map((_, column) => Math.max(...rows.map((row) => row[column].words.length)));
const titleOf = (table, label) => [label, table.caption && shown(table.caption)].filter(Boolean).join(". ");
function toLatex(table, label) {
  const letterwise = (text) => [...text].map((letter) => LATEX.special[letter] ?? letter.replace(/[\s\p{Cc}\p{Cs}\ufffe\uffff]/u, " ")).join("");
  const escaped = (text) => text.split(new RegExp(LATEX.ligatures, "u")).map(letterwise).join("{}");
  const rows = printedRows(table), heads = table.tHead?.rows.length ?? 0, letters = longest(rows);
  const columns = rows.at(-1).map(({ isRight }, column) => (isRight ? "r" : letters[column] > LONG ? "p{0.35\\linewidth}" : "l"));
  const lines = rows.map((row) => `${row.map(({ words }) => escaped(words)).join(" & ")} \\\\`);
  if (heads) lines.splice(heads, 0, "\\midrule");
  const text = [`% ${titleOf(table, label)}`, `\\begin{tabular}{${columns.join("")}}`, "\\toprule", ...lines, "\\bottomrule", "\\end{tabular}", ""].join("\n");
  return [LATEX.setup, ...(/[^\0-\x7f]/.test(text) ? [LATEX.beyond] : []), text].join("\n");
}
function toDocx(table, label) {
  const escaped = (text) => printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const paragraph = (text, isBold, isRight) => `<w:p><w:pPr>${isRight ? '<w:jc w:val="right"/>' : ""}</w:pPr><w:r><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Malgun Gothic"/>${isBold ? "<w:b/>" : ""}<w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">${escaped(text)}</w:t></w:r></w:p>`;
  const rows = printedRows(table), heads = table.tHead?.rows.length ?? 0, letters = longest(rows).map((one) => Math.min(one, LONG) + 4);
  const [wide, high] = letters.length > MOST_UPRIGHT ? [16838, 11906] : [11906, 16838], margin = 1134; // A4, in twentieths of a point
  const widths = letters.map((one) => Math.floor(((wide - 2 * margin) * one) / letters.reduce((sum, other) => sum + other)));
  const line = (edge, width) => `<w:${edge} w:val="single" w:sz="${width}"/>`;
  const drawn = rows.map((row, at) => {
    const cells = row.map(({ words, isRight, isHead }, column) => `<w:tc><w:tcPr><w:tcW w:w="${widths[column]}" w:type="dxa"/>${at === heads - 1 ? `<w:tcBorders>${line("bottom", 4)}</w:tcBorders>` : ""}</w:tcPr>${paragraph(words, isHead, isRight)}</w:tc>`);
    return `<w:tr><w:trPr><w:cantSplit/>${at < heads ? "<w:tblHeader/>" : ""}</w:trPr>${cells.join("")}</w:tr>`;
  });
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', of = "http://schemas.openxmlformats.org", kind = "application/vnd.openxmlformats-";
  return zipped({
    "[Content_Types].xml": `${head}<Types xmlns="${of}/package/2006/content-types"><Default Extension="rels" ContentType="${kind}package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${kind}officedocument.wordprocessingml.document.main+xml"/></Types>`,
    "_rels/.rels": `${head}<Relationships xmlns="${of}/package/2006/relationships"><Relationship Id="rId1" Type="${of}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    "word/document.xml": `${head}<w:document xmlns:w="${of}/wordprocessingml/2006/main"><w:body>${paragraph(titleOf(table, label))}<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>${line("top", 8)}${line("bottom", 8)}</w:tblBorders></w:tblPr><w:tblGrid>${widths.map((one) => `<w:gridCol w:w="${one}"/>`).join("")}</w:tblGrid>${drawn.join("")}</w:tbl><w:sectPr><w:pgSz w:w="${wide}" w:h="${high}"${wide > high ? ' w:orient="landscape"' : ""}/><w:pgMar w:top="${margin}" w:right="${margin}" w:bottom="${margin}" w:left="${margin}" w:header="709" w:footer="709" w:gutter="0"/></w:sectPr></w:body></w:document>`,
  });
}
