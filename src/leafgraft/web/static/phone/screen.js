// The answer on the screen.

import { ranked, NOT_KNOWN, NOT_SURE, UNREADABLE } from './answer.js';
import { draw } from './heatmap.js';
import { className, lines, percent, t } from './languages.js';
import { MOST_PIXELS } from './photo.js';
import { beside, evidenceWords, explain, headline, title } from './said.js';

const $ = (id) => document.getElementById(id);

// Study, trial and hash, and what kind of model it is where that is the 8-bit one. A study's name may hold a slash.
const hashOf = (page) => page.bundle.slice(`${page.study}/${page.trial}/`.length);
const madeOn = (page) => page.created.slice(0, 10); // the day: the hash tells two of one day apart

function say(element, words) {
  element.textContent = words;
  element.hidden = !words;
}

/** @param shown A decision, with its bitmap, what the network found, and how many leaves stand behind it. */
export function drawAnswer(page, shown) {
  const { answer, declined, probabilities, bitmap } = shown;
  $('result').hidden = false;
  $('result').dataset.answer = answer ?? '';
  $('result').dataset.declined = declined ?? '';
  $('result').dataset.milliseconds = Math.round(shown.tookMs ?? 0);
  $('said').classList.toggle('declined', Boolean(declined));
  const evidence = beside(page.evidence, answer);
  $('said').dataset.act = evidence ? String(evidence.act) : '';
  $('headline').textContent = headline(shown, evidence);
  $('explained').textContent = explain(shown, MOST_PIXELS, evidence);
  if (shown.leaves) $('explained').prepend(`${t('plant-together', { count: shown.leaves })} `);
  say($('evidence'), evidence ? evidenceWords(evidence) : '');
  say($('by'), bitmap ? t('by', { study: page.study, created: madeOn(page), hash: hashOf(page) }) : '');
  $('result').dataset.bundle = page.bundle;
  $('picture').parentElement.hidden = !bitmap;
  $('heat-switch').hidden = !shown.found;
  $('picture').setAttribute('aria-label', t('picture', { answer: headline(shown, evidence) }));
  if (bitmap) draw($('picture'), bitmap, $('heat').checked ? shown.found : null);
  $('shares-block').hidden = Boolean(declined);
  $('shares').replaceChildren(...ranked(probabilities).map((name) => shareRow(name, probabilities[name], declined)));
  $('advice').hidden = !declined;
  const key = { [NOT_SURE]: 'advice-not-sure', [NOT_KNOWN]: 'advice-not-known', [UNREADABLE]: 'advice-unreadable' }[declined];
  $('advice-list').replaceChildren(...lines(key).map((line) => Object.assign(document.createElement('li'), { textContent: line })));
}

/** Of several photos: which could not be read; and, unless the list of what is kept says so, what was answered to each. */
export function drawBatch(batch) {
  const several = batch.length > 1 ? batch : [];
  const unread = several.filter((one) => one.declined === UNREADABLE);
  const listed = several.some((one) => one.bitmap && !one.record) ? several : [];
  drawRows('unread', unread, (one) => explain(one, MOST_PIXELS), { count: unread.length, all: several.length });
  drawRows('batch', listed, (one) => `${one.name}: ${title(one)}`, { count: listed.length });
}

function drawRows(id, answers, words, values) {
  $(id).hidden = !answers.length;
  $(id).firstElementChild.textContent = t(id, values);
  $(id).lastElementChild.replaceChildren(...answers.map((one) => Object.assign(document.createElement('li'), { textContent: words(one) })));
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

/** What stands behind the page. */
export function drawAbout(page) {
  const rows = {
    study: page.study, recipe: page.recipe, trial: page.trial, created: madeOn(page), bundle: page.bundle,
    hash: page.model.sha256, version: page.leafgraft,
  };
  $('about').replaceChildren(...Object.entries(rows).flatMap(([key, value]) => [
    Object.assign(document.createElement('dt'), { textContent: t(`about-${key}`) }),
    Object.assign(document.createElement('dd'), { textContent: value }),
  ]));
}
