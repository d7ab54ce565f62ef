// Browsers start no worker for a page that was opened from a file. The search then runs in a hidden frame, which the page
// talks to as if it were a worker. The theme would fetch a script for that from elsewhere (iframe-worker): this one stays here.
class FrameWorker extends EventTarget {
  constructor(url) {
    super();
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    document.body.append(this.frame);
    const inside = this.frame.contentWindow;
    const reply = inside.document.createElement("script"); // run inside, so that the frame is known as the sender
    reply.textContent = "postMessage = (data) => parent.postMessage(data, '*');";
    inside.document.body.append(reply);
    inside.importScripts = (...urls) => urls.reduce((before, one) => before.then(() => load(inside, one)), Promise.resolve());
    this.started = load(inside, url);
    this.heard = (event) => {
      if (event.source !== inside) return;
      this.dispatchEvent(new MessageEvent("message", { data: event.data }));
      this.onmessage?.(event);
    };
    addEventListener("message", this.heard);
  }

  postMessage(data) {
    const copy = structuredClone(data); // a worker would get a copy too
    const tell = () => this.frame.contentWindow?.dispatchEvent(new MessageEvent("message", { data: copy }));
    this.started.then(tell, (error) => this.dispatchEvent(new ErrorEvent("error", { message: String(error) })));
  }

  terminate() {
    removeEventListener("message", this.heard);
    this.frame.remove();
  }
}

function load(inside, url) {
  return new Promise((done, failed) => {
    const script = inside.document.createElement("script");
    script.src = url;
    script.onload = done;
    script.onerror = () => failed(new Error(`${url} cannot be loaded`));
    inside.document.body.append(script);
  });
}

if (location.protocol === "file:") window.Worker = FrameWorker;
