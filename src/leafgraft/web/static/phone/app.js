// The page: asks for a photo, shows the answer, keeps it on this device.

import { decide, ranked, NOT_KNOWN, NOT_SURE, UNREADABLE } from './answer.js';
import { hasLiveCamera, takePhoto } from './camera.js';
import { draw } from './heatmap.js';
import * as history from './history.js';
import { choose, className, lines, percent, remember, t, use, when } from './languages.js';
import { Model, ModelError } from './model.js';
import { fetchNewer, forget, isFirstTurn, keepOffline, onNewer, settle } from './offline.js';
import { decode, UnreadableError } from './photo.js';
import { evidenceWords, explain, headline } from './said.js';

const MOST_PIXELS = 50e6;
const $ = (id) => document.getElementById(id);

let page = null;
let model = null;
let shown = null; // the answer on the screen, with its bitmap
let answered = 0;
let problem = null;
let offline = null;
let historyWorks = true;
let busy = false;
let leaving = false;

function say(element, words) {
  element.textContent = words;
  element.hidden = !words;
}

function showProblem(key, values = {}) {
  problem = key && { key, values };
  say($('problem'), key ? t(key, values) : '');
}

// ---- start ----

async function start() {
  const response = await fetch(new URL('phone.json', import.meta.url), { cache: 'no-cache' });
  page = await response.json();
  const select = $('languages');
  for (const [code, name] of Object.entries(page.languages)) select.append(new Option(name, code));
  select.value = choose(page.languages);
  await use(select.value);
  select.onchange = async () => {
    await use(select.value);
    remember(select.value);
    await write();
  };
  await write();
  await load();
}

async function load() {
  const bar = $('loading-bar');
  const words = (done) => t('getting', { done: (done / 1e6).toFixed(0), all: (page.bytes / 1e6).toFixed(0) });
  let got = 0;
  const progress = ({ got: more = 0, starting }) => {
    got = Math.min(got + more, page.bytes);
    bar.value = got / page.bytes;
    $('loading-words').textContent = starting ? t('starting') : words(got);
  };
  $('loading').hidden = false;
  progress({});
  const hears = onNewer(useNewer);
  if (await fetchNewer(askToWait, progress) && useNewer()) return;
  $('coming').hidden = true;
  offline = await keepOffline(progress);
  if (!hears) onNewer(useNewer);
  writeOffline();
  got = 0;
  model = new Model(page, offline.state === 'ready' ? ({ starting }) => starting && progress({ starting }) : progress);
  try {
    await model.load();
    $('camera').disabled = false;
    $('choose').disabled = false;
    document.body.dataset.ready = 'true';
    settle();
  } catch (error) {
    showProblem(error.code, { reason: error.message });
    $('mend').hidden = false;
  } finally {
    $('loading').hidden = true;
  }
}

/** A newer model is coming: the person may go on with the kept one instead of waiting. */
function askToWait() {
  $('coming').hidden = false;
  return new Promise((resolve) => { $('coming').lastElementChild.onclick = resolve; });
}

/** Before the first answer the newer page is taken at once, later it is offered. @returns whether it is being taken */
function useNewer() {
  if (leaving) return true;
  leaving = !answered && !busy && isFirstTurn();
  if (leaving) location.reload();
  else $('newer').hidden = false;
  return leaving;
}

// ---- words that follow the language ----

async function write() {
  $('title').textContent = page.study;
  $('knows').textContent = t('knows', { classes: page.classes.map(className).join(', ') });
  document.title = `${page.study} · leafgraft`;
  if (problem) showProblem(problem.key, problem.values);
  if (offline) writeOffline();
  const rows = {
    study: page.study, recipe: page.recipe, trial: page.trial, created: page.created, bundle: page.bundle,
    hash: page.model.sha256, version: page.leafgraft,
  };
  $('about').replaceChildren(...Object.entries(rows).flatMap(([key, value]) => [
    Object.assign(document.createElement('dt'), { textContent: t(`about-${key}`) }),
    Object.assign(document.createElement('dd'), { textContent: value }),
  ]));
  if (shown) writeAnswer();
  await writeHistory();
}

function writeOffline() {
  $('offline').textContent = t(`offline-${offline.state}`, { reason: offline.reason });
  $('offline').dataset.state = offline.state;
}

// ---- answers ----

async function answerAll(files) {
  if (busy) return;
  setBusy(true);
  showProblem(null);
  try {
    for (const [place, file] of files.entries()) {
      $('loading-words').textContent = files.length > 1 ? t('looking-of', { number: place + 1, all: files.length }) : t('looking');
      await answerOne(file);
    }
  } finally {
    setBusy(false);
  }
  $('result').scrollIntoView({ block: 'start' });
  $('result').focus({ preventScroll: true });
}

function setBusy(now) {
  busy = now;
  $('loading-bar').removeAttribute('value');
  $('loading').hidden = !now;
  for (const id of ['camera', 'choose']) $(id).disabled = now;
}

async function answerOne(file) {
  shown?.bitmap?.close();
  let photo = null;
  try {
    const startMs = performance.now();
    photo = await decode(file, MOST_PIXELS);
    const found = await model.predict(photo);
    shown = { ...decide(page, found.probabilities, found.distance), bitmap: photo.bitmap, found, tookMs: performance.now() - startMs };
  } catch (error) {
    photo?.bitmap.close();
    const reason = error instanceof UnreadableError ? error.message : 'memory';
    if (error instanceof ModelError) await model.restart();
    shown = { answer: null, declined: UNREADABLE, probabilities: {}, set: [], name: file.name ?? '', reason };
  }
  writeAnswer();
  if (shown.bitmap) await keepAnswer();
  answered += 1;
  $('result').dataset.answered = answered;
}

async function keepAnswer() {
  const { answer, declined, probabilities, set, distance } = shown;
  try {
    await history.keep(shown.bitmap, { answer, declined, probabilities, set, distance, bundle: page.bundle, study: page.study });
  } catch {
    historyWorks = false;
  }
  await writeHistory();
}

function writeAnswer() {
  const { answer, declined, probabilities, bitmap } = shown;
  $('result').hidden = false;
  $('result').dataset.answer = answer ?? '';
  $('result').dataset.declined = declined ?? '';
  $('result').dataset.milliseconds = Math.round(shown.tookMs ?? 0);
  $('said').classList.toggle('declined', Boolean(declined));
  const evidence = answer ? page.evidence : null;
  $('said').dataset.act = evidence ? String(evidence.act) : '';
  $('headline').textContent = headline(shown, evidence);
  $('explained').textContent = explain(shown, MOST_PIXELS, evidence);
  say($('evidence'), evidence ? evidenceWords(evidence) : '');
  say($('by'), bitmap ? t('by', { study: page.study, created: page.created, hash: page.bundle.split('/').at(-1) }) : '');
  $('result').dataset.bundle = page.bundle;
  $('picture').parentElement.hidden = !bitmap;
  $('heat-switch').hidden = !bitmap;
  $('picture').setAttribute('aria-label', t('picture', { answer: headline(shown) }));
  if (bitmap) draw($('picture'), bitmap, $('heat').checked ? shown.found : null);
  $('shares-block').hidden = Boolean(declined);
  $('shares').replaceChildren(...ranked(probabilities).map((name) => shareRow(name, probabilities[name], declined)));
  $('advice').hidden = !declined;
  const key = { [NOT_SURE]: 'advice-not-sure', [NOT_KNOWN]: 'advice-not-known', [UNREADABLE]: 'advice-unreadable' }[declined];
  $('advice-list').replaceChildren(...lines(key).map((line) => Object.assign(document.createElement('li'), { textContent: line })));
}

function shareRow(name, share, declined) {
  const row = document.createElement('li');
  row.dataset.class = name;
  row.dataset.probability = share;
  if (declined) return row; // its figures are for programs
  const bar = Object.assign(document.createElement('progress'), { max: 1, value: share });
  bar.setAttribute('aria-hidden', 'true');
  const [label, figure] = [className(name), percent(share)].map((text) => Object.assign(document.createElement('span'), { textContent: text }));
  row.append(label, figure, bar);
  return row;
}

// ---- earlier answers ----

let thumbs = [];

async function writeHistory() {
  let kept = [];
  try {
    kept = await history.list();
  } catch {
    historyWorks = false;
  }
  thumbs.forEach((address) => URL.revokeObjectURL(address));
  thumbs = [];
  const [own, others] = [true, false].map((isOwn) => kept.filter((one) => (one.bundle === page.bundle) === isOwn));
  $('past').hidden = historyWorks && !kept.length;
  $('erase').hidden = !kept.length;
  $('history').replaceChildren(...own.map(historyRow));
  $('others').hidden = !others.length;
  $('others-title').textContent = t('history-others', { count: others.length });
  $('others-list').replaceChildren(...others.map(historyRow));
  if (!historyWorks) $('history').append(Object.assign(document.createElement('li'), { textContent: t('history-off') }));
}

function historyRow(one) {
  const row = document.createElement('li');
  const address = URL.createObjectURL(one.thumb);
  thumbs.push(address);
  const image = Object.assign(document.createElement('img'), { src: address, alt: '' });
  const words = document.createElement('div');
  const top = ranked(one.probabilities)[0];
  const warning = one.bundle === page.bundle && page.evidence?.act === false ? `${t('do-not-act')}: ` : '';
  const title = one.answer ? `${warning}${className(one.answer)}, ${percent(one.probabilities[top])}` : headline(one);
  const by = one.bundle === page.bundle ? '' : ` · ${one.study ?? t('history-unknown')}`;
  words.append(
    Object.assign(document.createElement('strong'), { textContent: title }),
    Object.assign(document.createElement('span'), { textContent: `${when(one.time)}${by}`, className: 'soft' }),
  );
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'quiet', textContent: '✕' });
  button.setAttribute('aria-label', t('erase-one', { what: `${title}, ${when(one.time)}` }));
  button.onclick = async () => { await history.erase(one.id); await writeHistory(); };
  row.append(image, words, button);
  return row;
}

// ---- what a person can do ----

async function openCamera() {
  showProblem(null);
  if (!hasLiveCamera()) { $('shot').click(); return; }
  try {
    const photo = await takePhoto();
    if (photo) await answerAll([photo]);
  } catch (error) {
    const key = { NotAllowedError: 'camera-refused', NotFoundError: 'camera-none' }[error.name] ?? 'camera-failed';
    showProblem(key, { reason: error.message });
  }
}

$('camera').onclick = openCamera;
$('choose').onclick = () => $('file').click();
for (const id of ['file', 'shot']) {
  $(id).onchange = async ({ target }) => {
    const files = [...target.files];
    target.value = '';
    if (files.length) await answerAll(files);
  };
}
$('heat').onchange = () => writeAnswer();
$('erase').onclick = async () => {
  if (!confirm(t('erase-sure'))) return;
  await history.eraseAll();
  await writeHistory();
};
document.onvisibilitychange = () => { if (!document.hidden && page) fetchNewer(() => new Promise(() => {})); };
$('newer').lastElementChild.onclick = () => location.reload();
$('mend').firstElementChild.onclick = async () => { await forget(); location.reload(); };

start().catch((error) => showProblem('not-got', { reason: error.message }));
