// Talks with the worker that holds the network.

export class ModelError extends Error {
  constructor({ code, reason }) {
    super(reason);
    this.code = code || 'model-failed';
  }
}

export class Model {
  constructor(page, onProgress) {
    this.page = page;
    this.onProgress = onProgress;
    this.next = 0;
    this.isBroken = false;
    this.start();
  }

  start() {
    this.waiting = new Map();
    this.worker = new Worker(new URL('model-worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }) => {
      if (data.id === undefined) { this.onProgress(data); return; }
      const { resolve, reject } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.failed) reject(new ModelError(data.failed));
      else resolve(data.result);
    };
    this.worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new ModelError({ code: '', reason: event.message || 'worker' }));
      this.waiting.clear();
    };
  }

  /** Begin anew after a failure: wasm whose memory ran out answers nothing any more. Until that works, it is broken. */
  async restart() {
    this.isBroken = true;
    this.worker.terminate();
    this.onProgress = () => {};
    this.start();
    await this.load();
    this.isBroken = false;
  }

  load() { return this.ask({ task: 'load', page: this.page }); }

  async predict({ pixels, width, height }) {
    if (this.isBroken) await this.restart();
    return this.ask({ task: 'predict', pixels, width, height, classes: this.page.classes.length }, [pixels.buffer]);
  }

  ask(message, transfer = []) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...message, id }, transfer);
    });
  }
}
