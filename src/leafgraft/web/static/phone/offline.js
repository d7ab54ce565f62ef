// Registers the service worker that keeps the files, waits until all of them are kept, and looks whether they still are.

import { askToPersist, isPersisted } from './choice.js';

const PATIENCE_MS = 5000; // a connection or a worker that answers nothing for so long is none
const LONGEST_FETCH_MS = 600_000; // a worker that the system ended in the middle never answers

/**
 * Lost: the browser threw some files away; safe: it promised not to.
 * @returns {Promise<{state: 'ready'|'lost'|'off'|'failed', safe?: boolean, reason?: string}>}
 */
export async function keepOffline(onProgress = () => {}) {
  if (!('serviceWorker' in navigator) || !isSecureContext) return { state: 'off' };
  let refused = '';
  const hear = ({ data }) => {
    if (data?.got) onProgress(data);
    refused = data?.refused ?? refused;
  };
  navigator.serviceWorker.addEventListener('message', hear);
  try {
    // To register again would wait for a newer version that is on its way.
    const registration = await own()
      ?? await navigator.serviceWorker.register(new URL('sw.js', import.meta.url), { updateViaCache: 'none' });
    const coming = registration.installing ?? registration.waiting;
    if (!registration.active && coming) await untilActive(coming);
    if (!navigator.serviceWorker.controller) await claimed();
    const { gone } = await tell(registration.active, { mend: false }, PATIENCE_MS);
    return gone ? { state: 'lost' } : await ready();
  } catch (error) {
    return { state: 'failed', reason: refused || String(error.message ?? error) };
  } finally {
    navigator.serviceWorker.removeEventListener('message', hear);
  }
}

/** Fetch what the browser threw away; without a connection it stays lost. */
export async function fetchLost() {
  try {
    await tell((await own()).active, { mend: true }, LONGEST_FETCH_MS);
    return await ready();
  } catch {
    return { state: 'lost' };
  }
}

/** On a home screen the browser is asked to promise that it keeps the files; elsewhere some would ask the person. */
async function ready() {
  const isApp = matchMedia('(display-mode: standalone)').matches || navigator.standalone === true;
  return { state: 'ready', safe: await (isApp ? askToPersist() : isPersisted()) };
}

/** Say something to the worker. @returns its answer */
function tell(worker, said, patienceMs) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => (data.failed ? reject(new Error(data.failed)) : resolve(data));
    setTimeout(reject, patienceMs, new Error('no-answer'));
    worker.postMessage(said, [port2]);
  });
}

/** The registration of this page; that of a page above it on the same server is none of its business. */
async function own() {
  const { href } = new URL('./', import.meta.url);
  const found = await navigator.serviceWorker?.getRegistration(href);
  return found?.scope === href ? found : undefined;
}

function untilActive(worker) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject(new Error('not-all-kept'));
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

function claimed() {
  // A page reloaded past its worker on purpose (shift and reload) is never claimed: it goes on without it.
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    setTimeout(resolve, 2000);
  });
}

/**
 * Look for a newer page, and wait until it has replaced the kept one.
 * @param {() => Promise<void>} orElse Called if one is coming; the wait ends when its promise does.
 * @returns {Promise<boolean>} Whether it has come; without a connection, or if not all of it could be fetched: no.
 */
export async function fetchNewer(orElse, onProgress = () => {}) {
  const hear = ({ data }) => { if (data?.got) onProgress(data); };
  try {
    const registration = await own();
    if (!registration?.active) return false;
    const kept = registration.active;
    await Promise.race([registration.update(), new Promise((_, reject) => { setTimeout(reject, PATIENCE_MS); })]);
    const coming = registration.installing ?? registration.waiting;
    if (!coming) return registration.active !== kept;
    navigator.serviceWorker.addEventListener('message', hear);
    return await Promise.race([untilActive(coming).then(() => true), orElse().then(() => false)]);
  } catch {
    return false; // the kept page goes on
  } finally {
    navigator.serviceWorker?.removeEventListener('message', hear);
  }
}

const TURNED = `leafgraft turned ${new URL('.', import.meta.url).pathname}`;

/** Whether the page may load itself anew: once, or two servers behind one address could send it round and round. */
export function isFirstTurn() {
  try {
    const isFirst = !sessionStorage.getItem(TURNED);
    sessionStorage.setItem(TURNED, 'once');
    return isFirst;
  } catch {
    return false; // storage refused
  }
}

/** The page stands: it may load itself anew again. */
export function settle() {
  try { sessionStorage.removeItem(TURNED); } catch { /* storage refused */ }
}

/** Call back once a newer version of the page has replaced the kept one. @returns whether one is kept to be replaced */
export function onNewer(tell) {
  const isKept = Boolean(navigator.serviceWorker?.controller);
  const hear = () => { if (navigator.serviceWorker.controller) tell(); }; // none: the browser threw the kept one away
  if (isKept) navigator.serviceWorker.addEventListener('controllerchange', hear);
  return isKept;
}

/** Forget all kept files, so that the next visit fetches them anew. Without a connection they are all there is, and stay. */
export async function forget() {
  const reached = fetch(new URL('sw.js', import.meta.url), { cache: 'no-store' }).then(({ ok }) => ok, () => false);
  if (!await reached) return;
  for (const registration of await navigator.serviceWorker?.getRegistrations() ?? []) {
    if (registration.scope === new URL('./', import.meta.url).href) await registration.unregister();
  }
  const family = `leafgraft ${new URL('.', import.meta.url).pathname} `;
  for (const name of await globalThis.caches?.keys() ?? []) {
    if (name.startsWith(family)) await caches.delete(name);
  }
}
