// The label page: what each photo shows.

import { $, answer, makeButton, now, open, write } from './frame.js';
import { className, number, percent, t } from './languages.js';

const named = (label) => {
  const { none, unclear } = now.sheet;
  return label === none || label === unclear ? t(label) : className(label);
};

function suggest() {
  const { suggested, probability } = now.sheet.photos[now.at] ?? {};
  if (!suggested) return;
  const values = { class: named(suggested) };
  $('suggested').textContent = probability === null
    ? t('suggested', values) : t('suggested-share', { ...values, share: percent(probability) });
  write();
}

open({
  to: 'labels',
  counting: 'count',
  named,
  isAnswered: (photo) => Boolean(photo.label),
  answerOf: (photo) => photo.label,
  sent: (label, photo) => ({ label, was: photo.label }),
  sources: (photo) => [photo.source],

  begin(sheet) {
    $('classes').append(...sheet.classes.map((label, place) => makeButton(label, place < 9 ? String(place + 1) : '', '')));
    $('others').append(makeButton(sheet.none, '0', 'second'), makeButton(sheet.unclear, '?', 'second'));
    $('suggest').onclick = suggest;
  },

  turn() {
    $('suggested').textContent = '';
    if (matchMedia('(orientation: landscape)').matches) document.scrollingElement.scrollTop = 0; // the photo may be out of sight
  },

  write(photo) {
    const about = t('photo', { number: now.at + 1, all: now.sheet.photos.length });
    $('photo').alt = about;
    $('name').textContent = `${about} · ${photo.path}`;
    $('suggestion').hidden = !photo.suggested;
    $('suggest').hidden = Boolean($('suggested').textContent);
  },

  onKey(event) {
    const { sheet } = now;
    const chosen = { 0: sheet.none, '?': sheet.unclear }[event.key]
      ?? (/^[1-9]$/.test(event.key) ? sheet.classes[event.key - 1] : undefined);
    if (chosen) return () => answer(chosen);
    return event.code === 'KeyS' ? suggest : undefined;
  },

  end() {
    const { sheet } = now;
    const all = sheet.photos.length;
    const gone = sheet.photos.filter((one) => !one.label).length;
    $('done-title').textContent = gone ? t('some-labelled', { done: all - gone, all, gone }) : t('all-done', { all });
    for (const id of ['kept-in', 'following']) $(id).hidden = gone === all;
    $('labels').textContent = sheet.labels;
    $('command').textContent = sheet.command;
    const counts = [...sheet.classes, sheet.none, sheet.unclear].map((label) => {
      const item = document.createElement('li');
      const count = sheet.photos.filter((one) => one.label === label).length;
      item.textContent = `${named(label)}: ${number(count)}`;
      return item;
    });
    $('tally').replaceChildren(...counts);
  },
});
