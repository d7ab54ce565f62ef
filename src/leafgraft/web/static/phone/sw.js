// Keeps the page's own files for use without a connection, and does nothing else.

const VERSION = @VERSION@;
const FILES = @FILES@;
const POLICY = @POLICY@; // also for the worker that holds the network, which follows its own answer's header
const FAMILY = `leafgraft ${new URL('.', self.location).pathname} `;
const CACHE = FAMILY + VERSION;
const addresses = new Set(FILES.map((file) => new URL(file, self.location).pathname));
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
  await keep(FILES);
  await self.skipWaiting();
}

async function keep(files) {
  const cache = await caches.open(CACHE);
  for (const file of files) {
    const response = await fetch(new URL(file, self.location), { cache: 'no-cache' });
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    await cache.put(new URL(file, self.location).pathname, counted(response));
  }
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
  return FILES.filter((file) => !kept.has(new URL(file, self.location).pathname));
}

function counted(response) {
  const tell = new TransformStream({
    async transform(chunk, controller) {
      controller.enqueue(chunk);
      for (const one of await self.clients.matchAll({ includeUncontrolled: true })) one.postMessage({ got: chunk.length });
    },
  });
  return new Response(response.body.pipeThrough(tell), {
    headers: { 'Content-Type': response.headers.get('Content-Type') ?? '', 'Content-Security-Policy': POLICY },
  });
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
