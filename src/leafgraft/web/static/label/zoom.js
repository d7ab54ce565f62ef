// A photo that is looked at closely: click, pinch, wheel and drag.

const CLOSE = 3;
const CLOSEST = 8;
const STILL_PX = 6; // a finger that moves less has tapped

export class Zoom {
  constructor(stage, photo) {
    this.stage = stage;
    this.photo = photo;
    this.fingers = new Map();
    this.reset();
    stage.addEventListener('pointerdown', (event) => this.down(event));
    stage.addEventListener('pointermove', (event) => this.move(event));
    stage.addEventListener('pointerup', (event) => this.up(event));
    stage.addEventListener('pointercancel', (event) => this.fingers.delete(event.pointerId));
    stage.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.by(Math.exp(-event.deltaY / 400), this.place(event));
    }, { passive: false });
  }

  reset() {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.draw();
  }

  /** Zoom by a factor around a place of the stage; its middle by default. */
  by(factor, place = { x: this.stage.clientWidth / 2, y: this.stage.clientHeight / 2 }) {
    const scale = Math.min(Math.max(this.scale * factor, 1), CLOSEST);
    const real = scale / this.scale;
    this.x = place.x - (place.x - this.x) * real;
    this.y = place.y - (place.y - this.y) * real;
    this.scale = scale;
    this.draw();
  }

  draw() {
    const within = (value, size) => Math.min(0, Math.max(value, size * (1 - this.scale)));
    this.x = within(this.x, this.stage.clientWidth);
    this.y = within(this.y, this.stage.clientHeight);
    this.photo.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle('close', this.scale > 1);
  }

  place(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  down(event) {
    if (event.button) return;
    this.stage.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.place(event));
    if (this.fingers.size === 1) this.moved = 0;
    else this.moved = Infinity; // two fingers are no tap
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.place(event);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.moved += Math.hypot(now.x - before.x, now.y - before.y);
    this.fingers.set(event.pointerId, now);
    if (other) {
      const apart = (one) => Math.max(Math.hypot(one.x - other.x, one.y - other.y), 1);
      const middle = (one) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
      this.x += middle(now).x - middle(before).x;
      this.y += middle(now).y - middle(before).y;
      this.by(apart(now) / apart(before), middle(now));
    } else if (this.moved > STILL_PX) {
      this.x += now.x - before.x;
      this.y += now.y - before.y;
      this.draw();
    }
  }

  up(event) {
    if (!this.fingers.delete(event.pointerId) || this.fingers.size || this.moved > STILL_PX) return;
    if (this.scale > 1) this.reset();
    else this.by(CLOSE, this.place(event));
  }
}
