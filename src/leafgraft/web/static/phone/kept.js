// What this phone keeps: answers and photos, in this browser's IndexedDB and nowhere else, until a person erases them.
// One database per page: several may share a server.

import { shrunk, thumbnail } from './copies.js';
import { sha256 } from './sha256.js';
import { stampOf } from './times.js';

const NAME = `leafgraft ${new URL('.', import.meta.url).pathname}`;
const ANSWERS = 'answers';
const PHOTOS = 'photos'; // apart, so that the list need not read them
const DIGITS = 8;

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) request.result.createObjectStore(ANSWERS, { keyPath: 'id', autoIncrement: true });
      request.result.createObjectStore(PHOTOS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('the page is open in another tab: close that one'));
  });
}

/** @param work Gets both stores, gives a request; its result is there once all is on the disk. */
async function within(mode, work) {
  const database = await open();
  database.onversionchange = () => database.close();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction([ANSWERS, PHOTOS], mode, { durability: 'strict' });
      const request = work(transaction.objectStore(ANSWERS), transaction.objectStore(PHOTOS));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError')); // every error ends here
    });
  } finally {
    database.close();
  }
}

/** Keep an answer with its photo, as a JPEG of its own that says nothing of camera or position. @returns the record */
export async function keep(bitmap, answer) {
  const [thumb, photo] = [await thumbnail(bitmap), await shrunk(bitmap)];
  const time = Date.now();
  const digest = (await sha256(new Uint8Array(await photo.arrayBuffer()))).slice(0, DIGITS);
  const record = { time, thumb, bytes: photo.size + thumb.size, name: `${stampOf(time)}-${digest}`, ...answer };
  const id = await within('readwrite', (answers, photos) => {
    const request = answers.add(record);
    request.onsuccess = () => photos.add(photo, request.result);
    return request;
  });
  return { ...record, id };
}

/** Change some values of a record, whatever else was changed meanwhile. @returns the record */
export function change(id, values) {
  let changed = null;
  return within('readwrite', (answers) => {
    const request = answers.get(id);
    request.onsuccess = () => {
      changed = request.result && { ...request.result, ...values };
      if (changed) answers.put(changed);
    };
  }).then(() => changed);
}

/** Records, the newest first. */
export const list = async () => (await within('readonly', (answers) => answers.getAll())).reverse();
export const photoOf = (id) => within('readonly', (_, photos) => photos.get(id));
export const erase = (id) => within('readwrite', (answers, photos) => { answers.delete(id); return photos.delete(id); });
export const eraseAll = () => within('readwrite', (answers, photos) => { answers.clear(); return photos.clear(); });
