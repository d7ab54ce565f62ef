// Registers the service worker that keeps the files, and waits until all of them are kept.

/** @returns {Promise<{state: 'ready'|'off'|'failed', reason?: string}>} */
export async function keepOffline(onProgress) {
  if (!('serviceWorker' in navigator) || !isSecureContext) return { state: 'off' };
  const hear = ({ data }) => { if (data?.got) onProgress(data); };
  navigator.serviceWorker.addEventListener('message', hear);
  try {
    const registration = await navigator.serviceWorker.register(new URL('sw.js', import.meta.url), { updateViaCache: 'none' });
    const coming = registration.installing ?? registration.waiting;
    if (!registration.active && coming) await untilActive(coming);
    if (!navigator.serviceWorker.controller) await claimed();
    return { state: 'ready' };
  } catch (error) {
    return { state: 'failed', reason: String(error.message ?? error) };
  } finally {
    navigator.serviceWorker.removeEventListener('message', hear);
  }
}

function untilActive(worker) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject(new Error('not all files could be kept'));
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

/** Call back once a newer version of the page has replaced the kept one. */
export function onNewer(tell) {
  if (navigator.serviceWorker?.controller) navigator.serviceWorker.addEventListener('controllerchange', tell, { once: true });
}

/** Forget all kept files, so that the next visit fetches them anew. */
export async function forget() {
  for (const registration of await navigator.serviceWorker?.getRegistrations() ?? []) {
    if (registration.scope === new URL('./', import.meta.url).href) await registration.unregister();
  }
  const family = `leafgraft ${new URL('.', import.meta.url).pathname} `;
  for (const name of await globalThis.caches?.keys() ?? []) {
    if (name.startsWith(family)) await caches.delete(name);
  }
}
