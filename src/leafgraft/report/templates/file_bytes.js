// What kinds of files are made of, byte by byte.
const encoded = (text) => new TextEncoder().encode(text), total = (parts) => parts.reduce((sum, part) => sum + part.length, 0);
const printable = (text) => text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu, "\ufffd"); // what XML can hold
const lowFirst = (size, ...numbers) => numbers.flatMap((one) => Array.from({ length: size }, (_, place) => (one >>> (8 * place)) & 255));
const highFirst = (number) => lowFirst(4, number).reverse();
function checksum(bytes) { // CRC-32, as PNG and zip have it
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}
function zipped(texts) { // as they are, not compressed
  const files = [], list = [];
  for (const [path, text] of Object.entries(texts)) {
    const name = encoded(path), content = encoded(text), start = total(files);
    const facts = [...lowFirst(2, 20, 0, 0, 0, 33), ...lowFirst(4, checksum(content), content.length, content.length), ...lowFirst(2, name.length, 0)];
    files.push(Uint8Array.of(80, 75, 3, 4, ...facts), name, content);
    list.push(Uint8Array.of(80, 75, 1, 2, 20, 0, ...facts, ...lowFirst(2, 0, 0, 0), ...lowFirst(4, 0, start)), name);
  }
  const count = list.length / 2;
  return [...files, ...list, Uint8Array.of(80, 75, 5, 6, ...lowFirst(2, 0, 0, count, count), ...lowFirst(4, total(list), total(files)), 0, 0)];
}
function withResolution(png, perMm) { // after the signature and the header, which take 33 bytes
  const perMetre = highFirst(Math.round(1000 * perMm)), chunk = [...encoded("pHYs"), ...perMetre, ...perMetre, 1];
  return [png.subarray(0, 33), Uint8Array.of(...highFirst(9), ...chunk, ...highFirst(checksum(chunk))), png.subarray(33)];
}
async function pdfOf(canvas, perInch) { // one page of the size of its picture
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const colours = new Uint8Array(3 * width * height);
  for (let place = 0; place < colours.length; place += 1) colours[place] = data[4 * Math.floor(place / 3) + (place % 3)];
  const packed = new Blob([colours]).stream().pipeThrough(new CompressionStream("deflate"));
  const picture = new Uint8Array(await new Response(packed).arrayBuffer());
  const [wide, high] = [width, height].map((pixels) => ((72 * pixels) / perInch).toFixed(2)), drawn = encoded(`${wide} 0 0 ${high} 0 0 cm /Picture Do`);
  const objects = [
    ["/Type /Catalog /Pages 2 0 R"],
    ["/Type /Pages /Kids [3 0 R] /Count 1"],
    [`/Type /Page /Parent 2 0 R /MediaBox [0 0 ${wide} ${high}] /Contents 4 0 R /Resources << /XObject << /Picture 5 0 R >> >>`],
    ["", drawn],
    [`/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode`, picture],
  ];
  const file = [encoded("%PDF-1.4\n%\u00e9\u00e9\n")], starts = [];
  objects.forEach(([facts, stream], number) => {
    starts.push(`${String(total(file)).padStart(10, "0")} 00000 n \n`);
    const length = stream ? ` /Length ${stream.length}` : "";
    file.push(encoded(`${number + 1} 0 obj\n<< ${facts}${length} >>\n`));
    if (stream) file.push(encoded("stream\n"), stream, encoded("\nendstream\n"));
    file.push(encoded("endobj\n"));
  });
  const size = objects.length + 1, end = `xref\n0 ${size}\n0000000000 65535 f \n${starts.join("")}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${total(file)}\n%%EOF\n`;
  return [...file, encoded(end)];
}
