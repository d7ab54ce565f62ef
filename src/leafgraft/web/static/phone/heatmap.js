// The activation map over the square centre of a photo, in the colours of leafgraft.web.heatmap.

import { within } from './copies.js';

const RAMP = [[0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66], [245, 125, 21], [250, 193, 39]];
const STRENGTH = 0.6;
const FLAT = 1e-3;
const LARGEST = 1024; // pixels of the drawing's longer side

/** Draw a photo, and over it where the evidence lies, if it is asked for. */
export function draw(canvas, bitmap, found) {
  Object.assign(canvas, within(LARGEST, bitmap.width, bitmap.height));
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const layer = found && evidenceLayer(found);
  if (!layer) return;
  const side = Math.min(canvas.width, canvas.height);
  const left = (canvas.width - side) / 2;
  const top = (canvas.height - side) / 2;
  context.save();
  context.beginPath();
  context.rect(left, top, side, side);
  context.clip();
  context.imageSmoothingQuality = 'high';
  context.drawImage(layer, left, top, side, side);
  context.restore();
  context.strokeStyle = '#fff';
  context.lineWidth = 2;
  context.strokeRect(left + 1, top + 1, side - 2, side - 2);
}

function evidenceLayer({ evidence, rows, columns }) {
  const low = Math.min(...evidence);
  const high = Math.max(...evidence);
  if (!(high - low > FLAT * Math.max(Math.abs(low), Math.abs(high)))) return null;
  const layer = document.createElement('canvas');
  layer.width = columns;
  layer.height = rows;
  const context = layer.getContext('2d');
  const image = context.createImageData(columns, rows);
  evidence.forEach((value, place) => {
    const share = (value - low) / (high - low);
    image.data.set([...colour(share), 255 * STRENGTH * share], 4 * place);
  });
  context.putImageData(image, 0, 0);
  return layer;
}

function colour(share) {
  const place = share * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[below].map((value, channel) => value + (place - below) * (RAMP[below + 1][channel] - value));
}
