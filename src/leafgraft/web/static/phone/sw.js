// Keeps the page's own files for use without a connection, and does nothing else.

const VERSION = @VERSION@;
const FILES = @FILES@; // SHA-256 by name
const POLICY = @POLICY@; // also for the worker that holds the network, which follows its own answer's header
const FAMILY = `leafgraft ${new URL('.', self.location).pathname} `;
const CACHE = FAMILY + VERSION;
const addresses = new Set(Object.keys(FILES).map((file) => new URL(file, self.location).pathname));
const root = new URL('./', self.location).pathname;

self.addEventListener('install', (event) => { event.waitUntil(install()); });
self.addEventListener('activate', (event) => { event.waitUntil(activate()); });
self.addEventListener('message', (event) => { event.waitUntil(check(event)); });
self.addEventListener('fetch', (event) => {
  const address = new URL(event.request.url);
  const path = address.pathname === root ? `${root}index.html` : address.pathname;
  if (event.request.method !== 'GET' || address.origin !== self.location.origin || !addresses.has(path)) return;
  event.respondWith(answer(event.request, path));
});

async function install() {
  try {
    await keep(Object.keys(FILES));
  } catch (error) {
    await tellAll({ refused: error.name === 'QuotaExceededError' ? 'storage-full' : error.message });
    throw error;
  }
  await self.skipWaiting();
}

/**
 * Fetch files and keep them. One of another version, as where the page is just being written anew, is refused: later again.
 * The server is not asked whether the browser's copy will do: some tell that by age and size, and size alone may be equal.
 */
async function keep(files) {
  const cache = await caches.open(CACHE);
  for (const file of files) {
    const response = await fetch(new URL(file, self.location), { cache: 'reload' });
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    const content = await new Response(counted(response)).arrayBuffer();
    if (await digestOf(content) !== FILES[file]) throw new Error(`${file}: of another version`);
    const headers = { 'Content-Type': response.headers.get('Content-Type') ?? '', 'Content-Security-Policy': POLICY };
    await cache.put(new URL(file, self.location).pathname, new Response(content, { headers }));
  }
}

async function digestOf(content) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return Array.from(digest, (value) => value.toString(16).padStart(2, '0')).join('');
}

/** Tell a page whether all files are still here: browsers throw them away as they like. If it asks, fetch what is gone. */
async function check({ data, ports: [asker] }) {
  try {
    const gone = await missing();
    if (data.mend) await keep(gone);
    asker.postMessage({ gone: data.mend ? 0 : gone.length });
  } catch (error) {
    asker.postMessage({ failed: String(error.message ?? error) });
  }
}

async function missing() {
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  return Object.keys(FILES).filter((file) => !kept.has(new URL(file, self.location).pathname));
}

async function tellAll(said) {
  for (const one of await self.clients.matchAll({ includeUncontrolled: true })) one.postMessage(said);
}

function counted(response) {
  const tell = new TransformStream({
    async transform(chunk, controller) {
      controller.enqueue(chunk);
      await tellAll({ got: chunk.length });
    },
  });
  return response.body.pipeThrough(tell);
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(FAMILY) && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function answer(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}
