// The page: asks for a photo, shows the answer, keeps it on this device.

import { decide, ranked, NOT_KNOWN, NOT_SURE, UNREADABLE } from './answer.js';
import { hasLiveCamera, takePhoto } from './camera.js';
import { draw } from './heatmap.js';
import * as history from './history.js';
import { choose, className, lines, percent, remember, t, use, when } from './languages.js';
import { Model, ModelError } from './model.js';
import { forget, keepOffline, onNewer } from './offline.js';
import { decode, UnreadableError } from './photo.js';

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
  const response = await fetch(new URL('phone.json', import.meta.url));
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
  onNewer(() => { $('newer').hidden = false; });
  offline = await keepOffline(progress);
  writeOffline();
  got = 0;
  model = new Model(page, offline.state === 'ready' ? ({ starting }) => starting && progress({ starting }) : progress);
  try {
    await model.load();
    $('camera').disabled = false;
    $('choose').disabled = false;
    document.body.dataset.ready = 'true';
  } catch (error) {
    showProblem(error.code, { reason: error.message });
    $('mend').hidden = false;
  } finally {
    $('loading').hidden = true;
  }
}

// ---- words that follow the language ----

async function write() {
  $('title').textContent = page.study;
  $('knows').textContent = t('knows', { classes: page.classes.map(className).join(', ') });
  document.title = `${page.study} · leafgraft`;
  if (problem) showProblem(problem.key, problem.values);
  if (offline) writeOffline();
  const rows = {
    study: page.study, recipe: page.recipe, trial: page.trial, created: page.created,
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
    await history.keep(shown.bitmap, { answer, declined, probabilities, set, distance });
  } catch {
    historyWorks = false;
  }
  await writeHistory();
}

function headline({ answer, declined }) {
  if (answer) return t('looks', { class: className(answer) });
  return t({ [NOT_SURE]: 'not-sure', [NOT_KNOWN]: 'not-known', [UNREADABLE]: 'unreadable' }[declined]);
}

function explain({ answer, declined, probabilities, set, name, reason }) {
  const withShare = (one) => `${className(one)} (${percent(probabilities[one])})`;
  if (declined === UNREADABLE) {
    return t('unreadable-why', { name, reason: t(`reason-${reason}`, { most: MOST_PIXELS / 1e6 }) });
  }
  if (declined === NOT_KNOWN) return t('not-known-why');
  const order = ranked(probabilities);
  if (declined === NOT_SURE) {
    if (!set.length) return t('not-sure-none', { class: withShare(order[0]) });
    return t('not-sure-set', { classes: order.filter((one) => set.includes(one)).map(withShare).join(', ') });
  }
  const sure = t('sure', { share: percent(probabilities[answer]) });
  const others = order.filter((one) => one !== answer && probabilities[one] >= 0.01).slice(0, 2);
  return others.length ? `${sure} ${t('else', { classes: others.map(withShare).join(', ') })}` : sure;
}

function writeAnswer() {
  const { answer, declined, probabilities, bitmap } = shown;
  $('result').hidden = false;
  $('result').dataset.answer = answer ?? '';
  $('result').dataset.declined = declined ?? '';
  $('result').dataset.milliseconds = Math.round(shown.tookMs ?? 0);
  $('said').classList.toggle('declined', Boolean(declined));
  $('headline').textContent = headline(shown);
  $('explained').textContent = explain(shown);
  $('picture').parentElement.hidden = !bitmap;
  $('heat-switch').hidden = !bitmap;
  $('picture').setAttribute('aria-label', t('picture', { answer: headline(shown) }));
  if (bitmap) draw($('picture'), bitmap, $('heat').checked ? shown.found : null);
  $('shares-block').hidden = !bitmap;
  $('shares-block').classList.toggle('untrusted', declined === NOT_KNOWN);
  $('shares').replaceChildren(...ranked(probabilities).map((name) => shareRow(name, probabilities[name])));
  $('advice').hidden = !declined;
  const key = { [NOT_SURE]: 'advice-not-sure', [NOT_KNOWN]: 'advice-not-known', [UNREADABLE]: 'advice-unreadable' }[declined];
  $('advice-list').replaceChildren(...lines(key).map((line) => Object.assign(document.createElement('li'), { textContent: line })));
}

function shareRow(name, share) {
  const row = document.createElement('li');
  row.dataset.class = name;
  row.dataset.probability = share;
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
  thumbs = kept.map((one) => URL.createObjectURL(one.thumb));
  $('past').hidden = historyWorks && !kept.length;
  $('erase').hidden = !kept.length;
  $('history').replaceChildren(...kept.map(historyRow));
  if (!historyWorks) $('history').append(Object.assign(document.createElement('li'), { textContent: t('history-off') }));
}

function historyRow(one, place) {
  const row = document.createElement('li');
  const image = Object.assign(document.createElement('img'), { src: thumbs[place], alt: '' });
  const words = document.createElement('div');
  const top = ranked(one.probabilities)[0];
  const title = one.answer ? `${className(one.answer)}, ${percent(one.probabilities[top])}` : headline(one);
  words.append(
    Object.assign(document.createElement('strong'), { textContent: title }),
    Object.assign(document.createElement('span'), { textContent: when(one.time), className: 'soft' }),
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
$('newer').lastElementChild.onclick = () => location.reload();
$('mend').firstElementChild.onclick = async () => { await forget(); location.reload(); };

start().catch((error) => showProblem('not-got', { reason: error.message }));
