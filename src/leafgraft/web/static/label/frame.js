// What the pages share on which people answer: one item after the other; the next shows only when the answer is on the disk.

import { inLanguage, offerLanguages, t, use } from './languages.js';
import { Zoom } from './zoom.js';

export const $ = (id) => document.getElementById(id);
const TOKEN = document.querySelector('meta[name="token"]').content;
const AHEAD = 2; // items whose photos are fetched before they are asked for
const PATIENCE_MS = 30_000;
const IMAGES = [...document.querySelectorAll('.stage > img')];
const ZOOMS = IMAGES.map((image) => new Zoom(image.parentElement, image));

/** The items under way: `at` as many as there are is the end; `ready` once the photos of one stand. */
export const now = { sheet: null, at: 0, ready: false, saving: false, failed: null };
let page = null;
let noting = null; // a note on its way to the disk

const mayAnswer = (item) => Boolean(item) && now.ready && !now.saving && !item.broken;
const isOpen = (item) => !page.isAnswered(item) && !item.broken;

export function say(id, words) {
  $(id).textContent = words;
  $(id).hidden = !words;
}

// ---- what is on the screen ----

async function show(number) {
  now.at = number;
  now.ready = false;
  now.failed = null;
  for (const zoom of ZOOMS) zoom.reset();
  const item = now.sheet.photos[number];
  $('note').value = item?.note ?? '';
  for (const image of IMAGES) image.removeAttribute('src');
  page.turn(item);
  write();
  if (!item) return;
  const sources = page.sources(item);
  IMAGES.forEach((image, place) => {
    image.parentElement.hidden = !sources[place];
    if (sources[place]) image.src = sources[place];
  });
  const failures = await Promise.all(sources.map((source, place) => reasonOf(IMAGES[place], source, item)));
  if (now.at !== number) return;
  item.broken = failures.find(Boolean) ?? '';
  now.ready = true;
  write();
  for (const next of now.sheet.photos.slice(number + 1, number + 1 + AHEAD)) {
    for (const source of page.sources(next)) new Image().src = source;
  }
}

/** Why a photo cannot be shown; empty if it is. */
async function reasonOf(image, source, item) {
  try {
    await image.decode();
    return '';
  } catch { /* the service says why */ }
  try {
    const response = await fetch(source, { cache: 'no-store', headers: inLanguage() });
    return response.ok ? item.path ?? source : (await response.json()).reason;
  } catch {
    return t('gone');
  }
}

export function write() {
  const { sheet, at, failed } = now;
  const all = sheet.photos.length;
  const item = sheet.photos[at];
  const done = sheet.photos.filter(page.isAnswered).length;
  $('count').textContent = t(page.counting, { done, all });
  $('bar').max = Math.max(all, 1);
  $('bar').value = all ? done : 1;
  $('work').hidden = !item;
  $('done').hidden = Boolean(item);
  $('back').disabled = at === 0;
  if (!item) {
    document.body.dataset.ready = 'end';
    page.end();
    $('done').focus();
    return;
  }
  say('broken', item.broken ? t('broken', { reason: item.broken }) : '');
  say('problem', failed ? t('not-saved', { reason: failed.key ? t(failed.key) : failed.reason }) : '');
  $('reload').hidden = failed?.key !== 'old-page';
  $('next').disabled = isOpen(item);
  page.write(item);
  for (const button of document.querySelectorAll('[data-answer]')) {
    button.setAttribute('aria-pressed', String(button.dataset.answer === page.answerOf(item)));
    button.setAttribute('aria-disabled', String(!mayAnswer(item)));
    button.querySelector('span').textContent = page.named(button.dataset.answer);
  }
  if (now.ready && !now.saving) document.body.dataset.ready = at;
  else delete document.body.dataset.ready;
}

// ---- answers ----

export async function answer(given) {
  const item = now.sheet.photos[now.at];
  await isNoted(); // the click that takes the finger from the note is an answer, too, which sends the note itself
  if (item !== now.sheet.photos[now.at] || !mayAnswer(item)) return;
  if (await keep(item, given)) await forward();
}

/** Write the answer to the item that is shown; true once it is on the disk, with the note as it stands by then. */
async function keep(item, given) {
  const number = now.at;
  const note = $('note').value;
  now.saving = true;
  now.failed = null;
  write();
  try {
    const response = await fetch(`${page.to}/${number}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Leafgraft-Token': TOKEN, ...inLanguage() },
      body: JSON.stringify({ ...page.sent(given, item), note }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const said = await response.json();
    if (response.ok) Object.assign(item, said);
    else if (response.status === 507) now.failed = { key: 'disk-full' };
    else if (said.error === 'old page') now.failed = { key: 'old-page' };
    else if (response.status === 409) {
      await lookAgain();
      if (!note) $('note').value = item.note;
      now.failed = { key: 'answered-elsewhere' };
    }
    else now.failed = { reason: said.reason };
  } catch {
    now.failed = { key: 'gone' };
  }
  now.saving = false;
  if (!now.failed && number === now.at && $('note').value !== note) return keep(item, given); // typed meanwhile
  write();
  if (now.failed) $('problem').scrollIntoView({ block: 'nearest' });
  return !now.failed;
}

/** Take over what another browser said meanwhile. */
async function lookAgain() {
  const response = await fetch('sheet.json', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
  const { photos } = await response.json();
  now.sheet.photos.forEach((one, number) => Object.assign(one, photos[number]));
}

/** Whether the note is on the disk, or there is none; else the person stays with what is said of it, and goes on by asking again. */
async function isNoted() {
  const saved = await noting;
  noting = null;
  return saved !== false;
}

async function forward() {
  if (!await isNoted()) return;
  const { sheet, at } = now;
  const next = at + 1 < sheet.photos.length ? at + 1 : sheet.photos.findIndex(isOpen);
  await show(next === -1 ? sheet.photos.length : next);
}

async function back() {
  if (!await isNoted()) return;
  if (now.at > 0) await show(now.at - 1);
}

// ---- what a person does ----

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !now.sheet) return;
  if (event.target === $('note')) {
    if (event.key === 'Enter' || event.key === 'Escape') $('note').blur();
    return;
  }
  if (event.target === $('languages')) return;
  const zoom = (factor) => ZOOMS.forEach((one) => one.by(factor));
  const doing = page.onKey(event) ?? {
    Backspace: back, ArrowLeft: back, KeyN: () => $('note').focus(),
    ArrowRight: () => { if (!$('next').disabled && now.sheet.photos[now.at]) forward(); },
  }[event.code] ?? { '+': () => zoom(1.5), '=': () => zoom(1.5), '-': () => zoom(1 / 1.5) }[event.key];
  if (!doing) return;
  event.preventDefault();
  doing();
}

export function makeButton(given, key, kind) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = kind;
  button.dataset.answer = given;
  if (key) button.append(Object.assign(document.createElement('kbd'), { textContent: key }));
  button.append(document.createElement('span'));
  button.onclick = () => answer(given);
  return button;
}

async function speak(language) {
  await use(language);
  $('note').placeholder = t('note-hint');
  document.title = 'leafgraft label';
  for (const group of document.querySelectorAll('[data-label]')) group.setAttribute('aria-label', t(group.dataset.label));
}

async function start() {
  const response = await fetch('sheet.json', { cache: 'no-store' });
  const given = await response.json();
  if (!response.ok) throw new Error(given.reason);
  now.sheet = given;
  await offerLanguages($('languages'), given.languages, speak, () => {
    page.turn(given.photos[now.at]);
    write();
  });
  page.begin(given);
  $('back').onclick = back;
  $('again').onclick = back;
  $('next').onclick = forward;
  $('reload').onclick = () => location.reload();
  $('note').oninput = () => { given.photos[now.at].note = $('note').value; };
  $('note').onchange = () => { // of an item that has its answer, the note alone was changed
    const item = given.photos[now.at];
    if (page.isAnswered(item) && !now.saving) noting = keep(item, page.answerOf(item));
  };
  document.addEventListener('keydown', onKey);
  window.addEventListener('resize', () => ZOOMS.forEach((zoom) => zoom.draw()));
  const first = given.photos.findIndex(isOpen);
  await show(first === -1 ? given.photos.length : first);
}

/**
 * Ask one item after the other.
 *
 * @param parts What one page does in its own way: where answers go (`to`), how they are sent and called, what is written.
 */
export function open(parts) {
  page = parts;
  start().catch((error) => { $('count').textContent = error.message; });
}
