// A sheet to draw on. Strokes are points between 0 and 1, so that they are sharp at any size.

const PEN = 0.055; // of the sheet's side
const SENT_SIDE = 280; // pixels of the picture that is sent

export class Sheet {
  #canvas;
  #strokes = [];
  #pointer = null;
  #image = null;

  /** `changed()` is called when a stroke has ended or the sheet was emptied. */
  constructor(canvas, changed) {
    this.#canvas = canvas;
    this.changed = changed;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#go(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => this.#end(event));
    }
    new ResizeObserver(() => this.#redraw()).observe(canvas);
  }

  get isEmpty() {
    return !this.#strokes.length && !this.#image;
  }

  get hasStrokes() {
    return this.#strokes.length > 0;
  }

  undo() {
    this.#strokes.pop();
    this.#redraw();
    this.changed();
  }

  clear() {
    this.show(null);
    this.changed();
  }

  /** Lay a picture on the sheet instead of a drawing, or nothing for null. */
  show(image) {
    this.#strokes = [];
    this.#image = image;
    this.#redraw();
  }

  /** The drawing, black on white, as a PNG Blob. */
  picture() {
    const still = document.createElement("canvas");
    still.width = still.height = SENT_SIDE;
    this.#paint(still);
    return new Promise((done) => still.toBlob(done, "image/png"));
  }

  #begin(event) {
    if (event.button !== 0 || this.#pointer !== null) return;
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#image = null;
    this.#strokes.push([this.#place(event)]);
    this.#redraw();
  }

  #go(event) {
    if (event.pointerId !== this.#pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) this.#strokes.at(-1).push(this.#place(move));
    this.#redraw();
  }

  #end(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.changed();
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #redraw() {
    const side = Math.max(1, Math.round(this.#canvas.clientWidth * (window.devicePixelRatio || 1)));
    if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    this.#paint(this.#canvas);
  }

  #paint(canvas) {
    const context = canvas.getContext("2d");
    const side = canvas.width;
    context.fillStyle = "white";
    context.fillRect(0, 0, side, side);
    if (this.#image) this.#fit(context, side);
    context.strokeStyle = "black";
    context.lineWidth = PEN * side;
    context.lineCap = context.lineJoin = "round";
    for (const points of this.#strokes) {
      context.beginPath();
      context.moveTo(points[0][0] * side, points[0][1] * side);
      for (const [x, y] of points) context.lineTo(x * side, y * side + 0.01); // a dot is a line too
      context.stroke();
    }
  }

  #fit(context, side) {
    const { width, height } = this.#image;
    const scale = side / Math.max(width, height);
    const [w, h] = [width * scale, height * scale];
    context.drawImage(this.#image, (side - w) / 2, (side - h) / 2, w, h);
  }
}
