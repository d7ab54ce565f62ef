// A drawing as a file, in the colours of print. Its size is as in `leafgraft paper`: no wider than two columns, no taller
// than a page, and letters of one size, so that a drawing as wide as a phone fills one column.
const PER_INCH = 300, MM_PER_INCH = 25.4, ONE_COLUMN_MM = 85, TWO_COLUMNS_MM = 174, TALLEST_MM = 234, OF_ONE_COLUMN = 360;
function toSvg(drawing, wide = drawing.viewBox.baseVal.width, high = drawing.viewBox.baseVal.height) {
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
  for (const [name, value] of [["xmlns", "http://www.w3.org/2000/svg"], ["width", wide], ["height", high]]) copy.setAttribute(name, value);
  copy.removeAttribute("style");
  return printable(new XMLSerializer().serializeToString(copy));
}
async function painted(drawing) {
  const { width, height } = drawing.viewBox.baseVal, canvas = document.createElement("canvas"), image = new Image();
  const scale = (Math.min(ONE_COLUMN_MM / OF_ONE_COLUMN, TWO_COLUMNS_MM / width, TALLEST_MM / height) * PER_INCH) / MM_PER_INCH;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  image.src = `data:image/svg+xml,${encodeURIComponent(toSvg(drawing, canvas.width, canvas.height))}`;
  await image.decode();
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(image, 0, 0);
  return canvas;
}
async function toPng(drawing) {
  const canvas = await painted(drawing), file = await new Promise((done) => canvas.toBlob(done));
  return withResolution(new Uint8Array(await file.arrayBuffer()), PER_INCH / MM_PER_INCH);
}
const toPdf = async (drawing) => pdfOf(await painted(drawing), PER_INCH);
