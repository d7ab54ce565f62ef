// What a person chose: whether anything is kept, where they are, who they are. Asked once, kept by this browser.

import { nameKey } from './languages.js';
import { plain } from './line.js';

const LONGEST = 60; // letters of a name
const PREFIX = `leafgraft ${new URL('.', import.meta.url).pathname} `;
const held = {}; // where the browser stores nothing, until the page closes

function read(key) {
  if (key in held) return held[key];
  try { return localStorage.getItem(PREFIX + key); } catch { return null; }
}

function write(key, value) {
  held[key] = value;
  try { localStorage.setItem(PREFIX + key, value); } catch { /* storage refused: held until the page closes */ }
}

/** @returns {?boolean} null: not asked yet */
export const keeps = () => ({ yes: true, no: false }[read('keeps')] ?? null);
export const setKeeps = (does) => write('keeps', does ? 'yes' : 'no');

export const place = () => read('place') ?? '';
/** @returns the name as it is kept: one that a file can have */
export function setPlace(name) {
  write('place', plain(name.replace(/[\\/:*?"<>|]/g, ' '), LONGEST).replace(/^[\s.]+|[\s.]+$/g, ''));
  return place();
}

/** Whether the place is called as the photos are that the model learned from: `leafgraft adapt` takes it by no such name. */
export const isHome = () => nameKey(place()) === 'home';

export const labeller = () => read('labeller') ?? '';

export function setLabeller(name) {
  write('labeller', plain(name, LONGEST));
  return labeller();
}

/** Whether the position of each photo is kept: not until it is switched on. */
export const hasPosition = () => read('position') === 'yes';
export const setHasPosition = (does) => write('position', does ? 'yes' : 'no');

/** Ask the browser not to erase what is kept when space runs out. @returns {Promise<boolean>} whether it promises */
export async function askToPersist() {
  try {
    return await isPersisted() || Boolean(await navigator.storage?.persist?.());
  } catch {
    return false;
  }
}

/** Whether the browser has promised so. */
export async function isPersisted() {
  try {
    return Boolean(await navigator.storage?.persisted?.());
  } catch {
    return false;
  }
}
