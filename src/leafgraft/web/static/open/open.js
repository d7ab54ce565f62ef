// The page of `leafgraft open`: choose photos, or follow a study. All it knows lies in the study folder and the address.

import { $, ask, el, fill, inWords, leadFocus, show, tell } from './parts.js';
import { Chooser } from './chooser.js';
import { StudyView } from './study.js';
import { className, number, offerLanguages, t, use } from './languages.js';

let given = null; // what the service begins with
let chosen = null; // photos that were looked at
let view = null;
let visits = 0; // of addresses: a late answer for one that was left is not shown
let looks = 0; // at photos, likewise
const photos = new Chooser($('photos-chooser'), { take: 'take', path: 'path' }, /\.csv$/i, lookAt);

/** The study that the address names. */
const named = () => new URLSearchParams(location.hash.slice(1)).get('study');
const addressOf = (path) => `#${new URLSearchParams({ study: path })}`;

async function lookAt(path, lead) {
  $('found').hidden = true;
  if (photos.here?.study && photos.here.path === path) {
    location.hash = addressOf(path);
    return;
  }
  looks += 1;
  const look = looks;
  const found = await ask('photos.json', { path });
  if (look !== looks) return;
  chosen = found;
  $('results').value = chosen.study;
  write();
  $('found').hidden = false;
  lead($('found'));
}

/** Whether these photos have a study where the results are to go. */
const isBegun = () => chosen.begun && [$('results').value, $('results').value.trim()].includes(chosen.study);

async function begin() {
  show('problem', '');
  if (isBegun()) {
    location.hash = addressOf(chosen.study);
    return;
  }
  const lead = leadFocus();
  $('begin').disabled = true;
  try {
    const { study } = await tell({ do: 'audit', study: $('results').value, photos: chosen.path });
    location.hash = addressOf(study);
  } catch (error) {
    show('problem', inWords(error));
    $('problem').scrollIntoView({ block: 'center' });
  }
  $('begin').disabled = false;
  lead($('begin'));
}

function write() {
  photos.write();
  $('recent').hidden = !given.studies.length;
  fill($('studies'), given.studies, () => given.studies.map((one) => {
    const state = one.running ? 'state-running' : one.done ? 'state-done' : 'state-begun';
    const chip = el('span', { className: one.running ? 'state live' : 'state', textContent: t(state) });
    return el('li', { className: 'row' }, el('a', { href: addressOf(one.path), textContent: one.name }), chip, el('span', { className: 'soft', textContent: one.path }));
  }));
  if (!chosen) return;
  $('begin').textContent = t(isBegun() ? 'recent' : 'look');
  const counts = Object.entries(chosen.classes);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  $('found-title').textContent = t('found', { photos: number(all), classes: number(counts.length) });
  fill($('found-classes'), counts, () => counts.map(([name, count]) => el('li', { textContent: `${className(name)} · ${number(count)}` })));
}

/** Show what the address names. */
async function go() {
  visits += 1;
  const visit = visits;
  view?.close();
  view = null;
  show('problem', '');
  $('found').hidden = true;
  const path = named();
  $('study').hidden = true;
  $('choose').hidden = Boolean(path);
  if (path) {
    view = new StudyView(path);
    await view.open();
    if (visit !== visits) return;
    $('study').hidden = !view.held; // of an address that leads to no study, what is said stands alone
    document.title = `${$('study-name').textContent} · leafgraft`;
    document.body.dataset.ready = 'study';
    return;
  }
  document.title = 'leafgraft';
  const { turn } = photos;
  const start = await ask('start.json');
  if (visit !== visits) return;
  given = start;
  if (turn === photos.turn && !photos.opening) await photos.read(photos.here?.path ?? given.folder);
  write();
  document.body.dataset.ready = 'choose';
}

/** Go where the address leads by now, and begin at its title. */
async function follow() {
  const lead = leadFocus();
  await go();
  lead($('study').hidden ? $('choose').querySelector('h1') : $('study-name'));
}

async function writeAnew() {
  write();
  await view?.speak();
}

async function start() {
  given = await ask('start.json');
  await offerLanguages($('languages'), given.languages, use, writeAnew);
  write();
  $('begin').onclick = begin;
  $('results').oninput = write;
  addEventListener('hashchange', follow);
  if (given.study && !named()) history.replaceState(null, '', addressOf(given.study));
  await go();
}

start().catch((error) => show('problem', error.code ? inWords(error) : error.message));
