// Copies of a photo: what a canvas encodes holds its pixels and nothing else.

const THUMB = 192; // pixels of a side
export const LONGEST = 1600; // pixels of the longer side: more than networks take, enough to look at

export function thumbnail(bitmap) {
  const side = Math.min(bitmap.width, bitmap.height);
  const from = [(bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side];
  return encode(bitmap, from, THUMB, THUMB, 0.8);
}

export function shrunk(bitmap) {
  const { width, height } = within(LONGEST, bitmap.width, bitmap.height);
  return encode(bitmap, [0, 0, bitmap.width, bitmap.height], width, height, 0.9);
}

/** The size of a photo whose longer side is at most so long. */
export function within(longest, width, height) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const [across, down] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  return { width: across, height: down };
}

async function encode(bitmap, from, width, height, quality) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d', { alpha: false });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, ...from, 0, 0, width, height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', quality); });
  canvas.width = 0; // gives the memory back at once on iOS
  if (!blob) throw new RangeError('too little memory to copy the photo');
  return blob;
}
