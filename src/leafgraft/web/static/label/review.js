// The review page: what is suspected of photos, and what a person says to it.

import { $, answer, makeButton, now, open } from './frame.js';
import { className, inLanguage, number as count, percent, t } from './languages.js';

const KEYS = { keep: 'k', exclude: 'x' };
const PLACES = ['photo', 'photo-2'];

const item = () => now.sheet.photos[now.at];
const isPair = (one) => one.photos.length > 1;
const doubts = (one, code) => one.reasons.some((reason) => reason.code === code);

/** What a choice says, in words. */
function named(place) {
  const choice = item().choices[place];
  const photo = item().photos[choice.photo];
  const number = choice.photo + 1;
  if (choice.action === 'exclude') return isPair(item()) ? t('exclude-of-two', { number }) : t('exclude');
  if (choice.action === 'same_leaf') return t(doubts(item(), 'crossing') ? 'both-labels' : 'same-leaf');
  if (choice.action === 'not_same_leaf') return t('not-same-leaf');
  if (doubts(item(), 'crossing')) return t('both-show', { class: className(choice.label || photo.label) });
  if (doubts(item(), 'shared')) return t('keep');
  return choice.action === 'keep' ? t('label-now', { class: className(photo.label) }) : className(choice.label);
}

/** The key of a choice: a number, and k or x where there is one of its kind. */
function keyOf(place) {
  const { choices } = item();
  const { action } = choices[place];
  const alone = choices.filter((one) => one.action === action).length === 1;
  return (alone && !isPair(item()) && KEYS[action]) || (place < 9 ? String(place + 1) : '');
}

function why(reason) {
  const [one, other] = item().photos.map((photo) => className(photo.label));
  const values = { given: one, a: one, b: other, name: reason.name };
  if (reason.code === 'suspect' || reason.code === 'missed') values.class = className(reason.name);
  if (reason.share !== null) values.share = percent(reason.share);
  const known = reason.share === null && reason.code === 'suspect' ? 'suspect-unsure' : reason.code;
  return t(`why-${known}`, values);
}

const listed = (words) => words.map((text) => Object.assign(document.createElement('li'), { textContent: text }));

async function summarise() {
  const response = await fetch('summary.json', { cache: 'no-store', headers: inLanguage() });
  const found = await response.json();
  if (!response.ok) throw new Error(found.reason);
  const lines = ['relabel', 'exclude', 'not_same_leaf', 'same_leaf', 'keep']
    .filter((action) => found[action]).map((action) => `${t(`did-${action}`)}: ${count(found[action])}`);
  $('tally').replaceChildren(...listed(lines));
  const by = Object.entries(found.by).map(([name, number]) => `${name} (${count(number)})`).join(', ');
  const warned = [
    by && t('by-whom', { names: by }),
    found.test_labels_changed && t('test-labels', { count: count(found.test_labels_changed) }),
    found.test_photos_excluded && t('test-excluded', { count: count(found.test_photos_excluded) }),
    found.stale.length && t('stale', { count: count(found.stale.length), keys: found.stale.join(', ') }),
  ];
  $('warned').replaceChildren(...listed(warned.filter(Boolean)));
}

open({
  to: 'corrections',
  counting: 'reviewed',
  named,
  isAnswered: (one) => one.choice !== null,
  answerOf: (one) => String(one.choice),
  sent: (place, one) => ({ choice: Number(place), was: one.choice ?? -1 }),
  sources: (one) => one.photos.map((photo) => photo.source),
  begin() {},

  turn(one) {
    if (!one) return;
    for (const scrolled of [document.scrollingElement, $('panel')]) scrolled.scrollTop = 0; // what is suspected of it stands above
    $('stages').classList.toggle('pair', isPair(one));
    const buttons = one.choices.map((choice, place) => makeButton(String(place), keyOf(place), choice.action === 'exclude' ? 'second' : ''));
    $('classes').replaceChildren(...buttons.filter((button) => !button.classList.contains('second')));
    $('others').replaceChildren(...buttons.filter((button) => button.classList.contains('second')));
    $('reasons').replaceChildren(...listed(one.reasons.map(why)));
  },

  write(one) {
    const about = t('item', { number: now.at + 1, all: now.sheet.photos.length });
    $('name').textContent = about;
    one.photos.forEach((photo, place) => {
      const number = isPair(one) ? `${place + 1} · ` : '';
      const tested = photo.tested ? ` · ${t('tested')}` : '';
      $(`${PLACES[place]}-path`).textContent = `${number}${photo.path}${tested}`;
      $(PLACES[place]).alt = isPair(one) ? t('photo-of-two', { number: place + 1 }) : about;
    });
    $('photo-2-path').hidden = !isPair(one);
    $('asked').textContent = t(isPair(one) && !doubts(one, 'shared') ? 'ask-pair' : 'ask-review');
    $('by').textContent = one.by ? t('said-by', { name: one.by }) : '';
  },

  onKey(event) {
    if (!item()) return undefined;
    const letter = { KeyK: 'k', KeyX: 'x' }[event.code] ?? event.key;
    const place = item().choices.findIndex((_, number) => keyOf(number) === letter);
    const byNumber = /^[1-9]$/.test(event.key) && !isPair(item()) ? Number(event.key) - 1 : -1; // classes have numbers, the given one too
    if (place >= 0) return () => answer(String(place));
    const isShown = item().choices[byNumber] && item().choices[byNumber].action !== 'exclude'; // that is x alone
    return isShown ? () => answer(String(byNumber)) : undefined;
  },

  end() {
    const { sheet } = now;
    const all = sheet.photos.length;
    const done = sheet.photos.filter((one) => one.choice !== null).length;
    const reviewed = done === all ? t('all-reviewed', { all }) : t('some-reviewed', { done, all, gone: all - done });
    $('done-title').textContent = all ? reviewed : t('nothing');
    $('corrections').textContent = sheet.corrections;
    $('command').textContent = sheet.command;
    for (const id of ['kept-in', 'following']) $(id).hidden = all > 0 && !done;
    $('again').hidden = !all;
    summarise().catch((error) => { $('tally').replaceChildren(...listed([error.message])); });
  },
});
