// The page: asks for a photo, shows the answer, keeps it on this device.

import { decide, NOT_SURE, UNREADABLE } from './answer.js';
import { openCamera } from './camera.js';
import { drawCheck } from './check.js';
import * as choice from './choice.js';
import * as kept from './kept.js';
import { className, offerLanguages, t, use } from './languages.js';
import * as list from './list.js';
import { Model, ModelError } from './model.js';
import { fetchLost, fetchNewer, forget, isFirstTurn, keepOffline, onNewer, settle } from './offline.js';
import { decode, MOST_PIXELS, UnreadableError } from './photo.js';
import { MOST, Plant, unfinished } from './plant.js';
import { drawPlant } from './plant-card.js';
import { here } from './position.js';
import { actOn } from './said.js';
import { drawAbout, drawAnswer, drawBatch } from './screen.js';
import * as settings from './settings.js';

const $ = (id) => document.getElementById(id);

document.documentElement.dataset.watched = ''; // by itself, where watch.js alone could not be fetched

let page = null;
let model = null;
let shown = null; // the answer on the screen, with its bitmap
let batch = []; // answers to the photos that were given together
let unkept = []; // of these and of the plant's, those that a person may still agree to keep
let plant = null; // whose leaves are being photographed
let answered = 0;
let problem = null;
let offline = null;
let busy = false;
let leaving = false;
let begun = false; // a person has tapped or typed something
let looking = false; // whether all files are still kept
let changed = false; // the kept page, meanwhile

function say(element, words) {
  element.textContent = words;
  element.hidden = !words;
}

function showProblem(key, values = {}) {
  problem = key && { key, values };
  writeProblem();
  if (key) $('problem').scrollIntoView({ block: 'nearest' });
}

function writeProblem() {
  say($('problem'), problem ? t(problem.key, problem.values) : '');
}

// ---- start ----

const described = async () => (await fetch(new URL('phone.json', import.meta.url), { cache: 'no-cache' })).json();

async function start() {
  page = await described();
  await offerLanguages($('languages'), page.languages, use, write);
  list.begin(page, showProblem, hearKept);
  settings.begin(async (does) => {
    if (does) await keepRest();
    await list.write();
  }, showProblem);
  await write();
  await resumePlant();
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
    if (offline.state === 'lost') await lookAgain();
    if (page.ready_at) tellReady();
  } catch (error) {
    tellBroken(error);
  } finally {
    $('loading').hidden = true;
  }
}

function tellBroken(error) {
  showProblem(error.code, { reason: error.message });
  $('mend').hidden = false;
}

/** Browsers throw files away as they like: look whether all are still kept, and fetch those that are not. */
async function lookAgain() {
  if (!offline || looking) return;
  looking = true;
  const before = offline.state;
  offline = await keepOffline();
  if (offline.state === 'failed' && before !== 'failed') offline = { state: 'lost' }; // all of it, and no connection
  writeOffline();
  if (offline.state === 'lost') offline = await fetchLost();
  writeOffline();
  looking = false;
  if (!changed) return;
  changed = false;
  const { bundle } = await described().catch(() => page);
  if (bundle !== page.bundle) useNewer();
}

/** Tell the computer that delivered the page whether all of it is kept; later, without it, nobody has to hear. */
function tellReady() {
  const address = new URL(`${page.ready_at}?kept=${offline.state === 'ready'}`, import.meta.url);
  if (navigator.onLine) fetch(address, { method: 'POST' }).catch(() => {});
}

/** A newer model is coming: the person may go on with the kept one instead of waiting. */
function askToWait() {
  $('coming').hidden = false;
  return new Promise((resolve) => { $('coming').lastElementChild.onclick = resolve; });
}

/** Before a person does anything the newer page is taken at once, later it is offered. @returns whether it is being taken */
function useNewer() {
  if (leaving) return true;
  if (looking) { // the page that is fetched again, because it was thrown away, is no newer one
    changed = true;
    return false;
  }
  leaving = !answered && !busy && !(begun && document.body.dataset.ready) && isFirstTurn();
  if (leaving) location.reload();
  else $('newer').hidden = false;
  return leaving;
}

// ---- words that follow the language ----

async function write() {
  $('title').textContent = page.study;
  $('knows').textContent = t('knows', { classes: page.classes.map(className).join(', ') });
  document.title = `${page.study} · leafgraft`;
  writeProblem();
  if (offline) writeOffline();
  drawAbout(page);
  if (shown) writeAnswer();
  drawBatch(batch);
  await list.write();
}

function writeOffline() {
  $('offline').textContent = t(`offline-${offline.state}`, { reason: t(offline.reason) });
  $('offline').dataset.state = offline.state;
  $('lost').hidden = offline.state !== 'lost';
  $('offline-risk').hidden = offline.state !== 'ready' || offline.safe;
}

// ---- answers ----

async function answerAll(files) {
  if (busy) return;
  setBusy(true);
  showProblem(null);
  try {
    const taken = plant ? files.slice(0, plant.room) : files;
    if (taken.length < files.length) showProblem('plant-full', { count: files.length - taken.length, most: MOST });
    batch = [];
    if (!plant) unkept = [];
    for (const [place, file] of taken.entries()) {
      $('loading-words').textContent = taken.length > 1 ? t('looking-of', { number: place + 1, all: taken.length }) : t('looking');
      await answerOne(file);
    }
    if (plant) await showPlant(batch.filter((one) => one.declined !== UNREADABLE).at(-1));
  } finally {
    setBusy(false);
    drawBatch(batch);
  }
  $(problem ? 'problem' : 'result').scrollIntoView({ block: 'start' });
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
  const name = file.name ?? '';
  try {
    const startMs = performance.now();
    photo = await decode(file, MOST_PIXELS);
    const found = await model.predict(photo);
    const answer = decide(page, found.probabilities, found.distance);
    shown = { ...answer, ...actOn(page, answer), name, file, bitmap: photo.bitmap, found, tookMs: performance.now() - startMs };
    if (!$('mend').hidden) showProblem(null); // it answers again
    $('mend').hidden = true;
  } catch (error) {
    photo?.bitmap.close();
    const reason = error instanceof UnreadableError ? error.message : 'memory';
    if (error instanceof ModelError) await revive(error);
    shown = { answer: null, declined: UNREADABLE, probabilities: {}, set: [], name, reason };
  }
  batch.push(shown);
  writeAnswer();
  if (plant?.has(shown)) showProblem('plant-twice');
  else if (shown.bitmap) {
    unkept.push(shown);
    if (choice.keeps()) await keep(shown);
    if (plant) await addLeaf();
  }
  await list.write();
  answered += 1;
  $('result').dataset.answered = answered;
}

/** The network failed: it begins anew. If that fails, too, the next photo tries again. */
async function revive(error) {
  try {
    if (model.isBroken) throw error;
    await model.restart();
  } catch (failure) {
    tellBroken(failure);
  }
}

function writeAnswer() {
  drawAnswer(page, shown);
  writeCheck();
  writePlant();
}

// ---- what is kept ----

function hearKept(records) {
  settings.write(records);
  if (!busy) drawBatch(batch);
  if (!shown?.records) return;
  const fresh = (old) => records?.find((one) => one.id === old.id); // labelled in the list, or erased
  shown.records = shown.records.map(fresh).filter(Boolean);
  writeCheck();
}

/** Keep an answer with its photo, before another photo can be taken. */
async function keep(own) {
  if (own.keeping) return; // by a second tap, or as the answer that came meanwhile
  own.keeping = true;
  const { answer, declined, probabilities, set, distance, act, neverIn } = own;
  const described = { answer, declined, probabilities, set, distance, act, neverIn, bundle: page.bundle, study: page.study };
  try {
    const bitmap = await bitmapOf(own);
    own.record = await kept.keep(bitmap, { ...described, place: choice.place() });
    if (bitmap !== own.bitmap) bitmap.close();
    unkept = unkept.filter((one) => one !== own);
    if (own.plant) own.record = await own.plant.adopt(own);
    own.records = [own.record];
    if (choice.hasPosition()) locate(own.record);
  } catch (error) {
    own.keeping = false;
    showProblem(list.problemOf(error), { reason: error.message });
  }
}

/** Now that a person agrees: all that was answered last, and the plant's leaves before that. */
async function keepRest() {
  for (const own of unkept) await keep(own);
  if (shown?.leaves) shown.records = shown.plant.records;
}

/** The bitmap of an answer; where it was closed for another's, read anew. */
async function bitmapOf({ bitmap, file }) {
  return bitmap.width ? bitmap : (await decode(file, MOST_PIXELS)).bitmap;
}

/** The position comes later than the answer, or never. */
async function locate(record) {
  try {
    await kept.change(record.id, { position: await here() });
  } catch (error) {
    problem = { key: 'position-none', values: { reason: error.message } };
    writeProblem(); // late, as a finger may be on something
  }
}

function writeCheck() {
  const records = shown.records ?? [];
  for (const id of ['check', 'check-all']) $(id).hidden = !records.length;
  if (!records.length) return;
  const [{ label, note }] = records;
  const all = records.every((one) => one.label === label);
  const asked = { key: records.map((one) => one.id), answer: shown.answer, note, label: all ? label : '', classes: page.classes };
  drawCheck($('check'), asked, (said) => list.say(shown.records, said));
  say($('check-all'), records.length > 1 ? t('check-all', { count: records.length }) : '');
}

// ---- several leaves of one plant ----

async function beginPlant() {
  if (busy) return;
  plant = new Plant(page);
  await addLeaf();
  await list.write();
  writePlant();
  $('camera').focus();
}

async function addLeaf() {
  try {
    await plant.add(shown);
    shown.plant = plant;
  } catch (error) {
    showProblem(list.problemOf(error), { reason: error.message });
  }
}

/** After its photos: the answer to all of them together, once there are enough. @param last The last leaf that was read */
async function showPlant(last) {
  if (last && (plant.isEnough || !plant.room)) {
    const bitmap = await bitmapOf(last).catch(() => null);
    shown = { ...last, ...plant.pooled, ...actOn(page, plant.pooled), bitmap, plant, records: plant.records, leaves: plant.known };
  }
  if (!plant.isOpen) await endPlant();
  await list.write();
  writeAnswer();
}

async function endPlant() {
  const ended = plant;
  plant = null;
  await ended?.end().catch(() => {}); // then it is only offered again
  writePlant();
}

async function resumePlant() {
  try {
    plant = unfinished(page, await kept.list());
    if (!plant) return;
    const last = plant.leaves.at(-1);
    shown = { ...last, records: [last.record], bitmap: await createImageBitmap(await kept.photoOf(last.record.id)) };
  } catch {
    plant = null; // the browser keeps nothing
    return;
  }
  if (plant.isEnough) await showPlant(shown);
  else writeAnswer();
}

function writePlant() {
  drawPlant(plant, shown?.declined === NOT_SURE && !shown.leaves);
}

// ---- what a person can do ----

$('camera').onclick = () => {
  showProblem(null);
  openCamera((photo) => answerAll([photo]), showProblem);
};
$('choose').onclick = () => $('file').click();
for (const id of ['file', 'shot']) {
  $(id).onchange = async ({ target }) => {
    const files = [...target.files];
    target.value = '';
    if (files.length) await answerAll(files);
  };
}
$('heat').onchange = () => writeAnswer();
$('plant-start').onclick = beginPlant;
$('plant-stop').onclick = endPlant;
$('erase').onclick = async () => {
  if (!confirm(t('erase-sure'))) return;
  await kept.eraseAll();
  await list.write();
};
document.onvisibilitychange = () => { if (!document.hidden && page) fetchNewer(() => new Promise(() => {})); };
for (const touched of ['click', 'keydown']) addEventListener(touched, () => { begun = true; }, { capture: true, once: true });
for (const seen of ['visibilitychange', 'focus', 'pageshow', 'online']) {
  addEventListener(seen, () => { if (!document.hidden) lookAgain(); });
}
$('newer').lastElementChild.onclick = () => location.reload();
$('mend').firstElementChild.onclick = async () => { await forget(); location.reload(); };

start().catch((error) => {
  for (const id of ['unopened', 'mend']) $(id).hidden = false; // in two languages while there are no texts
  throw error;
});
