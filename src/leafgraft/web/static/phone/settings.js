// What a person chooses, on the page: whether anything is kept, the place, a name, the position.

import * as choice from './choice.js';
import { writable } from './line.js';
import { here } from './position.js';

const MOST_PLACES = 4; // that are offered
const $ = (id) => document.getElementById(id);

let places = [];

/**
 * @param onKeeps Called when keeping is switched on or off.
 * @param onProblem Told the key of a text, and its values.
 */
export function begin(onKeeps, onProblem) {
  writable($('place'), (name) => { const place = choice.setPlace(name); writePlaces(); return place; });
  writable($('labeller'), choice.setLabeller);
  for (const id of ['place', 'labeller']) $(id).textContent = choice[id]();
  const keep = async (does) => {
    choice.setKeeps(does);
    if (does) persist(); // a browser may ask the person first, and wait as long as they do
    await onKeeps(does);
  };
  $('keep-yes').onclick = () => keep(true);
  $('keep-no').onclick = () => keep(false);
  $('keeps').onchange = ({ target }) => keep(target.checked);
  $('position').onchange = ({ target }) => switchPosition(target, onProblem);
  $('position').checked = choice.hasPosition();
  if (choice.keeps()) persist();
}

async function persist() {
  $('kept-risk').hidden = await choice.askToPersist();
}

/** The browser asks for leave now, not in the middle of the work. */
async function switchPosition(target, onProblem) {
  choice.setHasPosition(target.checked);
  if (!target.checked) return;
  try {
    await here();
  } catch (error) {
    if (error.code !== 1) return; // not refused, only not known here: outdoors it may be
    choice.setHasPosition(false);
    target.checked = false;
    onProblem('position-refused');
  }
}

/** @param {?object[]} records what is kept; null where the browser keeps nothing */
export function write(records) {
  $('where').hidden = !choice.keeps();
  $('asked').hidden = choice.keeps() !== null || !records;
  $('keeps').checked = choice.keeps() === true;
  places = [...new Set((records ?? []).map((one) => one.place).filter(Boolean))];
  writePlaces();
}

/** Earlier places, to choose by one tap; the last is taken until another is named. */
function writePlaces() {
  $('place-home').hidden = !choice.isHome();
  const others = places.filter((name) => name !== choice.place()).slice(0, MOST_PLACES);
  if ([...$('places').children].map((one) => one.textContent).join('\n') === others.join('\n')) return; // a finger may be on one
  $('places').replaceChildren(...others.map((name) => Object.assign(document.createElement('button'), {
    type: 'button', className: 'quiet', textContent: name, onclick: () => { $('place').textContent = choice.setPlace(name); writePlaces(); },
  })));
}
