// Earlier answers, in this browser's IndexedDB and nowhere else. One database per page: several may share a server.

const NAME = `leafgraft ${new URL('.', import.meta.url).pathname}`;
const STORE = 'answers';
const MOST = 200;
const THUMB = 192; // pixels

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export async function keep(bitmap, answer) {
  const thumb = await thumbnail(bitmap);
  await within('readwrite', (store) => store.add({ time: Date.now(), thumb, ...answer }));
  const keys = await within('readonly', (store) => store.getAllKeys());
  for (const key of keys.slice(0, Math.max(0, keys.length - MOST))) await erase(key);
}

export const list = async () => (await within('readonly', (store) => store.getAll())).reverse();
export const erase = (id) => within('readwrite', (store) => store.delete(id));
export const eraseAll = () => within('readwrite', (store) => store.clear());

function thumbnail(bitmap) {
  const canvas = document.createElement('canvas');
  canvas.width = THUMB;
  canvas.height = THUMB;
  const side = Math.min(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(
    bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, THUMB, THUMB,
  );
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.8); });
}
