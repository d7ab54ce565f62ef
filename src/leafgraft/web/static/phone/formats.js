// What the bytes of a file say before a browser sees them: size, orientation, and whether a part is missing, which
// browsers would draw as grey. What may turn a photo or change its colours is hidden: WebKit converts by a colour profile
// whatever it is asked. Only what is really cut off is refused: zero bytes between the segments of a JPEG, or
// anything after the end of a picture, are read as in Python.

import { readOrientation } from './orientation.js';

/** Why a photo cannot be read: 'damaged', 'truncated', 'large', 'memory', 'heic', 'format'. */
export class UnreadableError extends Error {}

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif", and two zero bytes
const HEIC = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'hevm', 'hevs'];
const SHARED = ['mif1', 'msf1', 'heif']; // of HEIC and AVIF: the brands that follow tell which
const PIECE = 65536; // bytes that are inflated at a time
const PLAIN = [[0, 0, 1, 1]];
const INTERLACED = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]; // first column and row, steps
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
});
const text = (bytes, place) => String.fromCharCode(...bytes.subarray(place, place + 4));
const hide = (bytes, place) => bytes.fill(0x58, place, place + 4); // a name of "XXXX", which no browser knows

/**
 * Size, orientation, and the parts of the file that the browser may see; of a PNG also its compressed pixels, and their
 * bytes once they are inflated.
 * @returns {{size: ?{width: number, height: number}, orientation: number, parts: BlobPart[], compressed?: Uint8Array, inflated?: number}}
 */
export function inspect(bytes) {
  const view = new DataView(bytes.buffer);
  if (bytes.length > 4 && view.getUint16(0) === 0xffd8) return inspectJpeg(bytes, view);
  if (bytes.length > 24 && view.getUint32(0) === 0x89504e47) return inspectPng(bytes, view);
  if (text(bytes, 0) === 'RIFF' && text(bytes, 8) === 'WEBP') return inspectWebp(bytes, view);
  if (bytes.length > 13 && text(bytes, 0) === 'GIF8') return inspectGif(bytes, view);
  if (bytes.length > 54 && view.getUint16(0) === 0x424d) return inspectBmp(bytes, view);
  return { size: null, orientation: 1, parts: [bytes] };
}

/** Why a browser could not open a file that is not cut. */
export function reasonNotOpened(bytes) {
  if (isHeic(bytes)) return 'heic';
  const isTiff = ['II*\0', 'MM\0*'].includes(text(bytes, 0));
  const isOther = text(bytes, 4) === 'ftyp' || text(bytes, 4) === 'jP  ' || text(bytes, 4) === 'JXL ';
  return isTiff || isOther ? 'format' : 'damaged';
}

function isHeic(bytes) {
  if (text(bytes, 4) !== 'ftyp') return false;
  const end = Math.min(new DataView(bytes.buffer).getUint32(0), bytes.length);
  const others = [];
  for (let place = 16; place < end; place += 4) others.push(text(bytes, place));
  const isShared = SHARED.includes(text(bytes, 8)) && !others.includes('avif') && !others.includes('avis');
  return isShared || HEIC.includes(text(bytes, 8));
}

function inspectJpeg(bytes, view) {
  let size = null;
  const exif = [];
  for (let place = 2; place + 9 < bytes.length;) {
    while (place < bytes.length && bytes[place] !== 0xff) place += 1; // what lies between segments is passed over
    while (bytes[place] === 0xff) place += 1;
    const marker = bytes[place];
    place += 1;
    if (place + 2 > bytes.length || marker === 0xd9) break;
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue; // these have no length
    const end = place + view.getUint16(place);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker) && place + 7 <= bytes.length) {
      size = { height: view.getUint16(place + 3), width: view.getUint16(place + 5) };
    }
    if (marker === 0xe1) {
      if (EXIF.every((value, offset) => bytes[place + 2 + offset] === value)) exif.push(bytes.subarray(place + 8, end));
      hide(bytes, place + 2);
    }
    if (marker === 0xe2 && text(bytes, place + 2) === 'ICC_') hide(bytes, place + 2);
    if (marker === 0xda) {
      // Within the coded pixels 0xff is followed by zero or a restart mark, so this end mark is the picture's own.
      if (!hasEnd(bytes, place)) break;
      return { size, orientation: readOrientation(joined(exif)), parts: [bytes] };
    }
    place = Math.max(end, place + 2);
  }
  throw new UnreadableError('truncated');
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((place, part) => { all.set(part, place); return place + part.length; }, 0);
  return all;
}

function hasEnd(bytes, start) {
  for (let place = bytes.length - 2; place >= start; place -= 1) {
    if (bytes[place] === 0xff && bytes[place + 1] === 0xd9) return true;
  }
  return false;
}

/**
 * Of a PNG the browser gets what Pillow draws: header, palette, transparency and pixels of the first picture. Colour
 * profiles, XMP and animation are left out. Pillow insists on the checksums of what stands before the pixels; these get
 * a new checksum and end. Where a palette ends, browsers differ in what they draw: it goes on in black, as in Pillow.
 */
function inspectPng(bytes, view) {
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  const head = [bytes.subarray(0, 8)];
  const pixels = [];
  let orientation = 1;
  let [before, name] = ['', ''];
  for (let place = 8; place + 8 <= bytes.length && name !== 'IEND';) {
    [before, name] = [name, text(bytes, place + 4)];
    const end = place + 12 + view.getUint32(place);
    const content = bytes.subarray(place + 8, end - 4);
    if (!pixels.length && name !== 'IDAT' && end <= bytes.length && view.getInt32(end - 4) !== checksum([bytes.subarray(place + 4, end - 4)])) {
      throw new UnreadableError('damaged');
    }
    if (name === 'eXIf') orientation = readOrientation(content);
    if (name === 'IDAT' && (before === 'IDAT' || !pixels.length)) pixels.push(content); // they follow each other
    if (name === 'PLTE' && bytes[25] === 3) {
      head.push(...chunk(name, [content, new Uint8Array(Math.max(0, (3 << bytes[24]) - content.length))]));
    } else if (['IHDR', 'PLTE', 'tRNS'].includes(name)) head.push(bytes.subarray(place, end));
    place = end;
  }
  const compressed = joined(pixels);
  const parts = [...head, ...chunk('IDAT', [compressed]), ...chunk('IEND', [])];
  return { size, orientation, parts, compressed, inflated: inflatedLength(bytes, size) };
}

/** Bytes of all rows of a PNG; each row begins with its filter. */
function inflatedLength(bytes, { width, height }) {
  const bits = bytes[24] * { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[bytes[25]];
  return (bytes[28] ? INTERLACED : PLAIN).reduce((sum, [left, top, right, down]) => {
    const [columns, rows] = [Math.ceil((width - left) / right), Math.ceil((height - top) / down)];
    return columns > 0 && rows > 0 ? sum + rows * (1 + Math.ceil((columns * bits) / 8)) : sum;
  }, 0);
}

function chunk(name, parts) {
  const named = [Uint8Array.from(name, (letter) => letter.charCodeAt(0)), ...parts];
  const frame = new DataView(new ArrayBuffer(8));
  frame.setUint32(0, parts.reduce((sum, part) => sum + part.length, 0));
  frame.setUint32(4, checksum(named));
  return [frame.buffer.slice(0, 4), ...named, frame.buffer.slice(4)];
}

/** CRC-32, as PNG has it. */
function checksum(parts) {
  let sum = -1;
  for (const part of parts) for (const byte of part) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum;
}

/**
 * Refuse compressed pixels that do not come to so many bytes. Zero bytes may follow them, which end in an error: they
 * are given one by one, so that all before is counted, and four of them at most, which may belong to the checksum.
 */
export async function checkCompressed(compressed, inflated) {
  let end = compressed.length;
  while (end > 0 && compressed[end - 1] === 0) end -= 1;
  const last = Math.min(end + 4, compressed.length);
  let place = 0;
  const pieces = new ReadableStream({
    pull(queue) {
      const next = place < end ? Math.min(place + PIECE, end) : place + 1;
      if (place < last) queue.enqueue(compressed.slice(place, next));
      else queue.close();
      place = next;
    },
  });
  const reader = pieces.pipeThrough(new DecompressionStream('deflate')).getReader();
  let count = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) count += read.value.length;
  } catch {
    // what came before counts
  }
  if (count < inflated) throw new UnreadableError('truncated');
}

function inspectWebp(bytes, view) {
  if (view.getUint32(4, true) + 8 > bytes.length) throw new UnreadableError('truncated');
  const hasExif = text(bytes, 12) === 'VP8X' && (bytes[20] & 8) !== 0;
  let orientation = null;
  for (let place = 12; place + 8 <= bytes.length;) {
    const name = text(bytes, place);
    const size = view.getUint32(place + 4, true);
    if (name === 'EXIF' && hasExif) orientation ??= readOrientation(bytes.subarray(place + 8, place + 8 + size));
    if (['EXIF', 'XMP ', 'ICCP'].includes(name)) hide(bytes, place);
    place += 8 + size + (size % 2);
  }
  return { size: null, orientation: orientation ?? 1, parts: [bytes] };
}

/** Firefox and WebKit draw what there is of a GIF or BMP that is cut: here its first picture must be whole. */
function inspectGif(bytes, view) {
  const size = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  const colours = (flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0); // bytes of a table of colours
  for (let place = 13 + colours(bytes[10]); place < bytes.length; place += 1) {
    const isPicture = bytes[place] === 0x2c;
    if (!isPicture && bytes[place] !== 0x21) continue; // what lies between blocks is passed over
    place += isPicture ? 11 + colours(bytes[place + 9]) : 2;
    while (bytes[place] > 0) place += bytes[place] + 1; // parts, each after its length, until a length of zero
    if (isPicture && place < bytes.length) return { size, orientation: 1, parts: [bytes] };
  }
  throw new UnreadableError('truncated');
}

function inspectBmp(bytes, view) {
  const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
  const isPlain = view.getUint32(14, true) >= 40 && [0, 3].includes(view.getUint32(30, true)); // rows as they are, not run lengths
  const rows = Math.ceil((width * view.getUint16(28, true)) / 32) * 4 * height;
  const end = isPlain ? view.getUint32(10, true) + rows : view.getUint32(2, true);
  if (end > bytes.length) throw new UnreadableError('truncated');
  return { size: isPlain ? { width, height } : null, orientation: 1, parts: [bytes] };
}
