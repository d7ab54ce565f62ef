// Small parts of the page: elements, commands that can be copied, and questions to the service.

import { current, inLanguage, t } from './languages.js';

const TOKEN = document.querySelector('meta[name="token"]').content;

export const $ = (id) => document.getElementById(id);

/** An element; text is never read as HTML. */
export function el(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside.filter(Boolean));
  return made;
}

/** Put new elements in place of old ones, only where what they show has changed: who reads or types is not disturbed. */
export function fill(target, shown, make) {
  const key = JSON.stringify(shown) + current();
  if (target.dataset.shown === key) return;
  target.dataset.shown = key;
  target.replaceChildren(...make());
}

/** Lead the focus on once the service has answered, unless a person went elsewhere or typed on since this was called. */
export function leadFocus() {
  const before = document.activeElement;
  const { value } = before;
  return (target) => {
    const now = document.activeElement;
    if (now === document.body || (now === before && now.value === value)) target?.focus();
  };
}

export function show(id, words) {
  if ($(id).textContent !== words) $(id).textContent = words;
  $(id).hidden = !words;
}

/** A refusal of the service: `code` says which, `message` why. */
class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function answered(asking) {
  let response;
  try {
    response = await asking;
  } catch {
    throw new Refused('gone', '');
  }
  const told = await response.json();
  if (!response.ok) throw new Refused(response.status === 507 ? 'disk full' : told.error, told.reason);
  return told;
}

export function ask(name, values = {}) {
  return answered(fetch(`${name}?${new URLSearchParams(values)}`, { cache: 'no-store', headers: inLanguage() }));
}

export function tell(values) {
  return answered(fetch('do', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Leafgraft-Token': TOKEN, ...inLanguage() },
    body: JSON.stringify(values),
  }));
}

/** What went wrong, in words: ours where the case is known, then what the service said. */
export function inWords(error) {
  const key = `refused ${error.code}`;
  const ours = t(key);
  return [ours === key ? '' : ours, error.message].filter(Boolean).join(' ');
}

/** Commands as a terminal takes them. */
export function commands(all) {
  return el('details', {}, el('summary', { textContent: t('commands') }), ...all.map(command));
}

/** One of them, or any words that are to be taken elsewhere. */
export function command(words) {
  const button = el('button', { type: 'button', className: 'quiet', textContent: t('copy') });
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(words);
      button.textContent = t('copied');
    } catch {
      getSelection().selectAllChildren(button.previousSibling);
    }
  };
  button.setAttribute('aria-label', `${t('copy')}: ${words}`);
  return el('div', { className: 'command' }, el('code', { textContent: words }), button);
}

const unit = (value, name) => new Intl.NumberFormat(
  current(), { style: 'unit', unit: name, unitDisplay: 'long', maximumFractionDigits: 0 },
).format(value);

/** Seconds as a person says them: minutes, or hours and minutes. */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return t('under-a-minute');
  if (minutes < 90) return unit(minutes, 'minute');
  const half = Math.round(minutes / 30) * 30; // nobody needs the minutes of a night
  const rest = half % 60;
  return unit(Math.floor(half / 60), 'hour') + (rest ? ` ${unit(rest, 'minute')}` : '');
}
