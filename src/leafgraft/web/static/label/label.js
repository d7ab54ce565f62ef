// The page: one photo after the other; the next one shows only when the answer is on the disk.

import { choose, className, current, percent, remember, t, use } from './languages.js';
import { Zoom } from './zoom.js';

const $ = (id) => document.getElementById(id);
const TOKEN = document.querySelector('meta[name="token"]').content;
const AHEAD = 2; // photos that are fetched before they are asked for
const PATIENCE_MS = 30_000;

let sheet = null;
let at = 0; // the photo on the screen; as many as there are: the end
let ready = false; // it can be seen, and no answer is under way
let failed = null; // what went wrong, to be said in either language
const zoom = new Zoom($('stage'), $('photo'));

const named = (label) => (label === sheet.none || label === sheet.unclear ? t(label) : className(label));
const isOpen = (photo) => !photo.label && !photo.broken;

function say(id, words) {
  $(id).textContent = words;
  $(id).hidden = !words;
}

// ---- what is on the screen ----

async function show(number) {
  at = number;
  ready = false;
  failed = null;
  zoom.reset();
  const photo = sheet.photos[at];
  $('note').value = photo?.note ?? '';
  $('suggested').textContent = '';
  $('photo').removeAttribute('src');
  write();
  if (!photo) return;
  $('photo').src = photo.source;
  try {
    await $('photo').decode();
    photo.broken = '';
  } catch {
    if (at !== number) return;
    photo.broken = await reasonOf(photo);
  }
  if (at !== number) return;
  ready = true;
  write();
  for (const one of sheet.photos.slice(at + 1, at + 1 + AHEAD)) new Image().src = one.source;
}

async function reasonOf(photo) {
  try {
    const response = await fetch(photo.source, { cache: 'no-store' });
    return response.ok ? photo.path : (await response.json()).reason;
  } catch {
    return t('gone');
  }
}

function write() {
  const all = sheet.photos.length;
  const photo = sheet.photos[at];
  const done = sheet.photos.filter((one) => one.label).length;
  $('count').textContent = t('count', { done, all });
  $('bar').max = all;
  $('bar').value = done;
  $('work').hidden = !photo;
  $('done').hidden = Boolean(photo);
  $('back').disabled = at === 0;
  if (!photo) return writeEnd(all);
  const about = t('photo', { number: at + 1, all });
  $('photo').alt = about;
  $('name').textContent = `${about} · ${photo.path}`;
  say('broken', photo.broken ? t('broken', { reason: photo.broken }) : '');
  say('problem', failed ? t('not-saved', { reason: failed.key ? t(failed.key) : failed.reason }) : '');
  $('reload').hidden = failed?.key !== 'old-page';
  $('suggestion').hidden = !photo.suggested;
  $('suggest').hidden = Boolean($('suggested').textContent);
  $('next').disabled = isOpen(photo);
  for (const button of document.querySelectorAll('[data-answer]')) {
    const label = button.dataset.answer;
    button.setAttribute('aria-pressed', String(label === photo.label));
    button.setAttribute('aria-disabled', String(!ready || Boolean(photo.broken)));
    button.querySelector('span').textContent = named(label);
  }
  if (ready) document.body.dataset.ready = at;
  else delete document.body.dataset.ready;
}

function writeEnd(all) {
  document.body.dataset.ready = 'end';
  const gone = sheet.photos.filter((one) => !one.label).length;
  $('done-title').textContent = t('all-done', { all: all - gone });
  $('labels').textContent = sheet.labels;
  $('command').textContent = `leafgraft adapt ${quoted(sheet.study || 'STUDY_DIR')} ${quoted(sheet.labels)}`;
  const counts = [...sheet.classes, sheet.none, sheet.unclear].map((label) => {
    const item = document.createElement('li');
    const count = sheet.photos.filter((one) => one.label === label).length;
    item.textContent = `${named(label)}: ${count.toLocaleString(current())}`;
    return item;
  });
  $('tally').replaceChildren(...counts);
  $('done').focus();
}

const quoted = (path) => (/^[\p{L}\p{N}_./~-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

// ---- answers ----

async function answer(label) {
  const photo = sheet.photos[at];
  if (!ready || !photo || photo.broken) return;
  if (!(await keep(photo, label))) return;
  await forward();
}

/** Write an answer; true once it is on the disk. */
async function keep(photo, label) {
  ready = false;
  failed = null;
  write();
  try {
    const response = await fetch(`labels/${at}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Leafgraft-Token': TOKEN },
      body: JSON.stringify({ label, note: $('note').value }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const said = await response.json();
    if (response.ok) {
      photo.label = said.label;
      photo.note = said.note;
    } else if (response.status === 507) failed = { key: 'disk-full' };
    else if (said.error === 'old page') failed = { key: 'old-page' };
    else failed = { reason: said.reason };
  } catch {
    failed = { key: 'gone' };
  }
  ready = true;
  write();
  return !failed;
}

async function forward() {
  const next = at + 1 < sheet.photos.length ? at + 1 : sheet.photos.findIndex(isOpen);
  await show(next === -1 ? sheet.photos.length : next);
}

async function back() {
  if (at > 0) await show(at - 1);
}

function suggest() {
  const { suggested, probability } = sheet.photos[at] ?? {};
  if (!suggested) return;
  const values = { class: named(suggested) };
  $('suggested').textContent = probability === null
    ? t('suggested', values) : t('suggested-share', { ...values, share: percent(probability) });
  write();
}

// ---- what a person does ----

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !sheet) return;
  if (event.target === $('note')) {
    if (event.key === 'Enter' || event.key === 'Escape') $('note').blur();
    return;
  }
  if (event.target === $('languages')) return;
  const chosen = { 0: sheet.none, '?': sheet.unclear }[event.key]
    ?? (/^[1-9]$/.test(event.key) ? sheet.classes[event.key - 1] : undefined);
  const doing = {
    Backspace: back, ArrowLeft: back, KeyS: suggest, KeyN: () => $('note').focus(),
    ArrowRight: () => { if (!$('next').disabled && sheet.photos[at]) forward(); },
  }[event.code] ?? { '+': () => zoom.by(1.5), '=': () => zoom.by(1.5), '-': () => zoom.by(1 / 1.5) }[event.key];
  if (!chosen && !doing) return;
  event.preventDefault();
  if (chosen) answer(chosen);
  else doing();
}

function makeButton(label, key, kind) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = kind;
  button.dataset.answer = label;
  if (key) button.append(Object.assign(document.createElement('kbd'), { textContent: key }));
  button.append(document.createElement('span'));
  button.onclick = () => answer(label);
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
  sheet = given;
  const select = $('languages');
  for (const [code, name] of Object.entries(sheet.languages)) select.append(new Option(name, code));
  select.value = choose(sheet.languages);
  await speak(select.value);
  select.onchange = async () => {
    await speak(select.value);
    remember(select.value);
    $('suggested').textContent = '';
    write();
  };
  $('classes').append(...sheet.classes.map((label, place) => makeButton(label, place < 9 ? String(place + 1) : '', '')));
  $('others').append(makeButton(sheet.none, '0', 'second'), makeButton(sheet.unclear, '?', 'second'));
  $('back').onclick = back;
  $('again').onclick = back;
  $('next').onclick = forward;
  $('suggest').onclick = suggest;
  $('reload').onclick = () => location.reload();
  $('note').oninput = () => { sheet.photos[at].note = $('note').value; };
  $('note').onchange = () => { // of a photo that has its answer, the note alone was changed
    const photo = sheet.photos[at];
    if (photo.label && ready) keep(photo, photo.label);
  };
  document.addEventListener('keydown', onKey);
  window.addEventListener('resize', () => zoom.draw());
  const first = sheet.photos.findIndex(isOpen);
  await show(first === -1 ? sheet.photos.length : first);
}

start().catch((error) => { $('count').textContent = error.message; });
