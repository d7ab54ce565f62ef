// From a file to upright RGB pixels, as leafgraft.data.decode gives them: turned by EXIF, transparency over white,
// no colour conversion.

import { takeOrientation, turn } from './webp.js';

const STRIP = 512; // rows read at a time: phones limit the size of a canvas

/** Why a photo cannot be read: 'damaged', 'truncated', 'large' or 'memory'. */
export class UnreadableError extends Error {}

/** @returns {Promise<{pixels: Uint8Array, width: number, height: number, bitmap: ImageBitmap}>} */
export async function decode(blob, mostPixels) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const size = checkWhole(bytes);
  if (size && size.width * size.height > mostPixels) throw new UnreadableError('large');
  const orientation = takeOrientation(bytes);
  const bitmap = await turn(await open(new Blob([bytes], { type: blob.type })), orientation);
  const { width, height } = bitmap;
  if (width * height > mostPixels) throw new UnreadableError('large');
  try {
    return { pixels: read(bitmap), width, height, bitmap };
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableError('memory');
    throw error;
  }
}

async function open(blob) {
  try {
    return await createImageBitmap(blob, {
      imageOrientation: 'from-image', colorSpaceConversion: 'none', premultiplyAlpha: 'none',
    });
  } catch {
    throw new UnreadableError('damaged');
  }
}

function read(bitmap) {
  const { width, height } = bitmap;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.min(STRIP, height);
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  context.imageSmoothingEnabled = false;
  const pixels = new Uint8Array(width * height * 3);
  let to = 0;
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top);
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    const { data } = context.getImageData(0, 0, width, rows);
    for (let from = 0; from < data.length; from += 4) {
      pixels[to] = data[from];
      pixels[to + 1] = data[from + 1];
      pixels[to + 2] = data[from + 2];
      to += 3;
    }
  }
  canvas.width = 0; // gives the memory back at once on iOS
  return pixels;
}

/** Size from the header of a JPEG or PNG; a file that ends early is refused, as browsers would draw its first part. */
function checkWhole(bytes) {
  const view = new DataView(bytes.buffer);
  if (bytes.length > 24 && view.getUint32(0) === 0x89504e47) {
    const end = [0x49, 0x45, 0x4e, 0x44];
    if (!contains(bytes, end, bytes.length - 4096)) throw new UnreadableError('truncated');
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (bytes.length > 4 && view.getUint16(0) === 0xffd8) return checkJpeg(bytes, view);
  return null;
}

function checkJpeg(bytes, view) {
  let size = null;
  let place = 2;
  while (place + 9 < bytes.length && bytes[place] === 0xff) {
    const marker = bytes[place + 1];
    if (marker === 0xff) { place += 1; continue; }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) size = { height: view.getUint16(place + 5), width: view.getUint16(place + 7) };
    if (marker === 0xda) {
      // Within the coded pixels 0xff is followed by zero or a restart mark, so this end mark is the picture's own.
      if (!contains(bytes, [0xff, 0xd9], place)) throw new UnreadableError('truncated');
      return size;
    }
    place += 2 + view.getUint16(place + 2);
  }
  throw new UnreadableError('truncated');
}

function contains(bytes, wanted, start) {
  for (let place = bytes.length - wanted.length; place >= Math.max(0, start); place -= 1) {
    if (wanted.every((value, offset) => bytes[place + offset] === value)) return true;
  }
  return false;
}
