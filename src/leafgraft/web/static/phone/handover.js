// What is kept of one place, as a zip that `leafgraft adapt` takes: to the share sheet, or to the downloads.

import { ranked, NOT_SURE } from './answer.js';
import { photoOf } from './kept.js';
import { dayOf, isoOf } from './times.js';
import { downloadZip } from './vendor/client-zip.js';

const NAMELESS = 'field';

/** @returns {{study: string, place: string, records: object[]}[]} what can be handed over, by study and place */
export function parcels(records) {
  const found = new Map();
  for (const record of records) {
    if (!record.name) continue; // kept by an earlier page, as a small copy only
    const key = JSON.stringify([record.study, record.place]);
    if (!found.has(key)) found.set(key, { study: record.study, place: record.place, records: [] });
    found.get(key).records.push(record);
  }
  return [...found.values()];
}

/** @returns {Promise<{name: string, shared: ?boolean}>} null: the person left the share sheet */
export async function handOver({ place, records }) {
  const zip = await downloadZip(entries([...records].reverse())).blob();
  const name = `${place || NAMELESS}-${dayOf(Date.now())}.zip`;
  const file = new File([zip], name, { type: 'application/zip' });
  if (navigator.canShare?.({ files: [file] })) {
    try {
      await navigator.share({ files: [file] });
      return { name, shared: true };
    } catch (error) {
      if (error.name === 'AbortError') return { name, shared: null };
    }
  }
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 600000);
  return { name, shared: false };
}

/** Photos are read one after the other: hundreds need no more memory than one. */
async function* entries(records) {
  const labelled = records.filter((one) => one.label);
  const others = records.filter((one) => !one.label);
  const text = (name, input) => ({ name, input, lastModified: new Date() });
  const position = records.some((one) => one.position) ? POSITION : {};
  yield text('labels.csv', table({ ...LABELS, ...position }, labelled));
  if (others.length) yield text('picks.csv', table({ ...PICKS, ...position }, others));
  const classes = [...new Set(records.flatMap((one) => Object.keys(one.probabilities)))].sort();
  yield text('picks.json', JSON.stringify({ classes, exported: isoOf(Date.now()) }));
  for (const one of records) yield { name: pathOf(one), input: await photoOf(one.id), lastModified: new Date(one.time) };
}

const pathOf = (one) => `${one.label ? 'photos' : 'unlabelled'}/${one.name}-${one.id}.jpg`; // the same in every zip
const likeliest = (one) => one.answer ?? (one.declined === NOT_SURE ? ranked(one.probabilities)[0] : '');
const shareOf = (one) => (one.answer ? one.probabilities[one.answer].toFixed(4) : '');
const TAKEN = { place: (one) => one.place, group: (one) => one.group, taken: (one) => isoOf(one.time), model: (one) => one.bundle };
const PICKS = { path: pathOf, suggested: likeliest, probability: shareOf, ...TAKEN };
const LABELS = {
  path: pathOf,
  label: (one) => one.label,
  labeller: (one) => one.labeller,
  time: (one) => isoOf(one.labelled),
  note: (one) => one.note,
  answered: (one) => one.answer ?? one.declined,
  probability: shareOf,
  ...TAKEN,
};
const POSITION = { latitude: (one) => one.position?.latitude.toFixed(6), longitude: (one) => one.position?.longitude.toFixed(6) };

function table(columns, records) {
  const rows = records.map((one) => Object.values(columns).map((value) => cell(value(one))));
  return [Object.keys(columns), ...rows].map((row) => `${row.join(',')}\n`).join('');
}

function cell(value) {
  const words = String(value ?? '').replace(/[\r\n]+/g, ' '); // other blanks may be of the name of a class
  return /[",]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
}
