// The network, off the page's own thread: onnxruntime-web's plain wasm on one thread.

import * as ort from './vendor/ort.wasm.bundle.min.mjs';
import { sha256 } from './sha256.js';

let session = null;

const handlers = {
  async load({ page }) {
    const wasm = await fetchBytes(page.wasm);
    const model = await fetchBytes(page.model);
    if (await sha256(model) !== page.model.sha256) throw Object.assign(new Error('changed'), { code: 'model-changed' });
    postMessage({ starting: true });
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.proxy = false;
    ort.env.wasm.wasmBinary = wasm;
    ort.env.logLevel = 'error';
    session = await ort.InferenceSession.create(model, {
      executionProviders: ['wasm'], enableCpuMemArena: false, enableMemPattern: false,
    });
    return {};
  },
  async predict({ pixels, width, height, classes }) {
    const photo = new ort.Tensor('uint8', pixels, [height, width, 3]);
    const found = await session.run({ photo }, ['probabilities', 'activation_map', 'distance']);
    const probabilities = Array.from(found.probabilities.data);
    const [, rows, columns] = found.activation_map.dims;
    const likeliest = probabilities.indexOf(Math.max(...probabilities));
    const evidence = found.activation_map.data.slice(likeliest * rows * columns, (likeliest + 1) * rows * columns);
    if (probabilities.length !== classes) throw new Error('other classes than the page');
    return { probabilities, distance: found.distance.data[0], evidence, rows, columns };
  },
};

async function fetchBytes({ file, bytes }) {
  const response = await fetch(new URL(file, self.location), { cache: 'no-cache' });
  if (!response.ok) throw Object.assign(new Error(`${response.status}`), { code: 'not-got' });
  const whole = new Uint8Array(bytes);
  let got = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (got + value.length > bytes) throw Object.assign(new Error('size'), { code: 'model-changed' });
    whole.set(value, got);
    got += value.length;
    postMessage({ got: value.length });
  }
  return whole.subarray(0, got);
}

self.onmessage = async ({ data }) => {
  try {
    postMessage({ id: data.id, result: await handlers[data.task](data) });
  } catch (error) {
    const isNetwork = error instanceof TypeError && data.task === 'load';
    postMessage({ id: data.id, failed: { code: error.code ?? (isNetwork ? 'not-got' : ''), reason: String(error.message ?? error) } });
  }
};
