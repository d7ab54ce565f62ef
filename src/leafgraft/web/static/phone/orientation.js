// How a photo is turned: by the first directory of its EXIF part and nothing else, as in
// leafgraft.data.decode.exif. Browsers differ in what they obey, so whatever may turn a photo is hidden from them.

import { LONGEST, within } from './copies.js';

const UPRIGHT = () => [1, 0, 0, 1, 0, 0];
const TRANSFORMS = {
  2: (w) => [-1, 0, 0, 1, w, 0],
  3: (w, h) => [-1, 0, 0, -1, w, h],
  4: (w, h) => [1, 0, 0, -1, 0, h],
  5: () => [0, 1, 1, 0, 0, 0],
  6: (w, h) => [0, 1, -1, 0, h, 0],
  7: (w, h) => [0, -1, -1, 0, h, w],
  8: (w) => [0, -1, 1, 0, 0, w],
};
const ORIENTATION = 0x0112;
const SHORT = 3; // type of a 16-bit number

/** Orientation that the bytes of an EXIF part name; 1 if there is none. */
export function readOrientation(exif) {
  const start = String.fromCharCode(...exif.subarray(0, 6)) === 'Exif\0\0' ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.length - start);
  try {
    const little = view.getUint32(0) === 0x49492a00;
    if (!little && view.getUint32(0) !== 0x4d4d002a) return 1;
    const directory = view.getUint32(4, little);
    const count = view.getUint16(directory, little);
    for (let entry = directory + 2; entry < directory + 2 + 12 * count; entry += 12) {
      const [tag, kind, values] = [view.getUint16(entry, little), view.getUint16(entry + 2, little), view.getUint32(entry + 4, little)];
      if (tag === ORIENTATION && kind === SHORT && values === 1) return view.getUint16(entry + 8, little);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut short: no orientation can be read, as in leafgraft.data.decode.exif
  }
  return 1;
}

const isOnItsSide = (orientation) => orientation >= 5 && orientation <= 8;

/** Size of a bitmap once it is upright. */
export function uprightSize({ width, height }, orientation) {
  return isOnItsSide(orientation) ? { width: height, height: width } : { width, height };
}

/** Draw a bitmap upright, from a row on and smaller, if that is given; unknown orientations leave it as it is. */
export function drawUpright(context, bitmap, orientation, { top = 0, across = 1, down = 1 } = {}) {
  const [a, b, c, d, e, f] = (TRANSFORMS[orientation] ?? UPRIGHT)(bitmap.width, bitmap.height);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(a * across, b * down, c * across, d * down, e * across, (f - top) * down);
  context.drawImage(bitmap, 0, 0);
  context.resetTransform();
}

/** A bitmap upright, to look at and to keep: where it was turned no larger than that, as phones limit the size of a canvas. */
export async function turn(bitmap, orientation) {
  if (!(orientation in TRANSFORMS)) return bitmap;
  const { width, height } = uprightSize(bitmap, orientation);
  const canvas = Object.assign(document.createElement('canvas'), within(LONGEST, width, height));
  const context = canvas.getContext('2d', { alpha: false });
  context.imageSmoothingQuality = 'high';
  drawUpright(context, bitmap, orientation, { across: canvas.width / width, down: canvas.height / height });
  bitmap.close();
  const turned = await createImageBitmap(canvas);
  canvas.width = 0; // gives the memory back at once on iOS
  return turned;
}
