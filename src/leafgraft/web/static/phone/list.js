// The list of what is kept: small copies, what was answered and said, parcels to hand over, and one photo at full size.

import { pool } from './answer.js';
import * as choice from './choice.js';
import { drawCheck, labelName } from './check.js';
import { handOver, parcels } from './handover.js';
import * as kept from './kept.js';
import { size, t, when } from './languages.js';
import { actOn, beside, headline, title } from './said.js';

const MOST = 60; // rows at first
const $ = (id) => document.getElementById(id);
const element = (tag, values) => Object.assign(document.createElement(tag), values);

let page = null;
let tell = null;
let heard = null;
let thumbs = [];
let found = [];
let all = false;

/**
 * @param onProblem Told the key of a text, and its values.
 * @param onWritten Told the records each time; null where the browser keeps nothing.
 */
export function begin(ofPage, onProblem, onWritten) {
  page = ofPage;
  tell = onProblem;
  heard = onWritten;
}

export async function write() {
  let records = null;
  try {
    records = await kept.list();
  } catch { /* a private window */ }
  thumbs.forEach((address) => URL.revokeObjectURL(address));
  thumbs = [];
  found = records ?? [];
  const [own, others] = [true, false].map((isOwn) => found.filter((one) => (one.bundle === page.bundle) === isOwn));
  $('past').hidden = Boolean(records) && !found.length;
  $('erase').hidden = !found.length;
  const bytes = found.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  $('kept-sum').textContent = t('kept-sum', { photos: found.length, labelled: found.filter((one) => one.label).length, size: size(bytes) });
  $('parcels').replaceChildren(...parcels(found).map(parcelRow));
  const shown = all ? own : own.slice(0, MOST);
  $('history').replaceChildren(...shown.map(row));
  $('more').hidden = shown.length === own.length;
  $('more').textContent = t('history-more', { count: own.length });
  $('more').onclick = () => { all = true; write(); };
  $('others').hidden = !others.length;
  $('others-title').textContent = t('history-others', { count: others.length });
  $('others-list').replaceChildren(...others.map(row));
  if (!records) $('history').append(element('li', { textContent: t('history-off') }));
  heard(records);
}

/** Records of an earlier page do not say whether their answer may be acted on. */
function titleOf(one) {
  return title('act' in one || one.bundle !== page.bundle ? one : { ...one, ...actOn(page, one) });
}

function row(one) {
  const line = element('li', {});
  const address = URL.createObjectURL(one.thumb);
  thumbs.push(address);
  const title = titleOf(one);
  const look = element('button', { type: 'button', className: 'look', onclick: () => open(one) });
  look.setAttribute('aria-label', t('look-at', { what: `${title}, ${when(one.time)}` }));
  look.append(element('img', { src: address, alt: '', loading: 'lazy' }));
  const by = one.bundle === page.bundle ? '' : ` · ${one.study ?? t('history-unknown')}`;
  const where = one.place ? ` · ${one.place}` : '';
  const words = element('div', {});
  words.append(
    element('strong', { textContent: title }),
    element('span', { textContent: `${when(one.time)}${where}${by}`, className: 'soft' }),
  );
  const plant = one.group && one.bundle === page.bundle && found.filter((other) => other.group === one.group);
  if (plant?.length > 1) {
    const together = pool(page, plant);
    words.append(element('span', { className: 'soft', textContent: t('plant-row', { count: plant.length, answer: headline(together, beside(page.evidence, together.answer)) }) }));
  }
  if (one.label) words.append(element('span', { className: 'said', textContent: t('check-said', { label: labelName(one.label) }) }));
  const erase = element('button', { type: 'button', className: 'quiet erase', textContent: '✕' });
  erase.setAttribute('aria-label', t('erase-one', { what: `${title}, ${when(one.time)}` }));
  erase.onclick = async () => {
    if (one.label && !confirm(t('erase-one-sure', { what: title }))) return;
    await kept.erase(one.id);
    await write();
  };
  line.append(look, words, erase);
  return line;
}

// ---- one photo ----

async function open(one) {
  const dialog = $('one');
  const photo = await kept.photoOf(one.id);
  const address = URL.createObjectURL(photo ?? one.thumb);
  Object.assign($('one-photo'), { src: address, alt: t('picture', { answer: titleOf(one) }) });
  $('one-title').textContent = titleOf(one);
  $('one-when').textContent = [when(one.time), one.place].filter(Boolean).join(' · ');
  drawOne(one);
  dialog.onclose = () => { URL.revokeObjectURL(address); $('one-photo').removeAttribute('src'); };
  dialog.lastElementChild.onclick = () => dialog.close();
  dialog.showModal();
}

function drawOne(one) {
  $('one-check').hidden = !one.name;
  if (!one.name) return;
  drawCheck($('one-check'), { ...one, key: one.id, classes: Object.keys(one.probabilities) }, async (said) => {
    const [changed] = await say([one], said);
    if (changed) drawOne(changed);
  });
}

/** Keep what was said of some records. @returns the changed records, none if they cannot be kept */
export async function say(records, said) {
  const values = 'label' in said ? { ...said, labelled: Date.now(), labeller: choice.labeller() } : said;
  try {
    const changed = [];
    for (const one of records) changed.push(await kept.change(one.id, values));
    return changed.filter(Boolean);
  } catch (error) {
    tell(problemOf(error), { reason: error.message });
    return [];
  } finally {
    await write();
  }
}

export const problemOf = (error) => (error.name === 'QuotaExceededError' ? 'kept-full' : 'kept-not');

// ---- handing over ----

function parcelRow(parcel) {
  const { study, place, records } = parcel;
  const line = element('li', {});
  const words = element('div', {});
  const bytes = records.reduce((sum, one) => sum + one.bytes, 0);
  const of = study === page.study ? '' : ` · ${study}`;
  words.append(
    element('strong', { textContent: `${place || t('place-none')}${of}` }),
    element('span', { className: 'soft', textContent: t('kept-sum', { photos: records.length, labelled: records.filter((one) => one.label).length, size: size(bytes) }) }),
  );
  const button = element('button', { type: 'button', textContent: t('hand-over') });
  button.onclick = async () => {
    button.disabled = true;
    $('handed').hidden = false;
    $('handed').textContent = t('handing');
    try {
      const now = parcels(await kept.list()).find((one) => one.study === study && one.place === place);
      const { name, shared } = await handOver(now);
      $('handed').textContent = shared === null ? '' : t(shared ? 'handed' : 'handed-saved', { name });
    } catch (error) {
      $('handed').textContent = '';
      tell('handed-not', { reason: error.message });
    }
    $('handed').hidden = !$('handed').textContent;
    button.disabled = false;
  };
  line.append(words, button);
  return line;
}
