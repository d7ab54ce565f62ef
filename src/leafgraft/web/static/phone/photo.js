// From a file to upright RGB pixels, as leafgraft.data.decode.photo gives them: turned by EXIF, transparency over white,
// no colour conversion.

import { checkCompressed, inspect, reasonNotOpened, UnreadableError } from './formats.js';
import { drawUpright, turn, uprightSize } from './orientation.js';

export const MOST_PIXELS = 50e6;
const STRIP = 512; // rows read at a time: phones limit the size of a canvas

export { UnreadableError };

/** @returns {Promise<{pixels: Uint8Array, width: number, height: number, bitmap: ImageBitmap}>} the last to look at */
export async function decode(blob, mostPixels) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const { size, orientation, parts, compressed, inflated } = inspect(bytes);
  if (size && size.width * size.height > mostPixels) throw new UnreadableError('large');
  if (compressed) await checkCompressed(compressed, inflated);
  const bitmap = await open(new Blob(parts, { type: blob.type }), bytes);
  const { width, height } = uprightSize(bitmap, orientation);
  if (width * height > mostPixels) throw new UnreadableError('large');
  try {
    return { pixels: read(bitmap, orientation), width, height, bitmap: await turn(bitmap, orientation) };
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableError('memory');
    throw error;
  }
}

async function open(blob, bytes) {
  try {
    return await createImageBitmap(blob, {
      imageOrientation: 'from-image', colorSpaceConversion: 'none', premultiplyAlpha: 'none',
    });
  } catch {
    throw new UnreadableError(reasonNotOpened(bytes));
  }
}

function read(bitmap, orientation) {
  const { width, height } = uprightSize(bitmap, orientation);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.min(STRIP, height);
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  context.imageSmoothingEnabled = false;
  const pixels = new Uint8Array(width * height * 3);
  let to = 0;
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top);
    drawUpright(context, bitmap, orientation, { top });
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
