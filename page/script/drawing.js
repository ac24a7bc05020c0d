// The drawing desk. Strokes are kept as points between 0 and 1, so that they can be undone, and
// drawn sharply at any size; what is sent to be read is drawn anew, black on white.
const sheet = find(".sheet");
const canvas = find("canvas");
const SENT_SIDE = 280;
const PEN = 0.055; // of the sheet's side
const RUBBER = 0.11;

let strokes = [];
let undone = [];
let stroke = null;
let tool = "pen";
let picture = null; // {image, url} where a picture lies on the sheet instead of a drawing

function paint(context, side, colour) {
  context.lineCap = context.lineJoin = "round";
  for (const { points, rubber } of strokes) {
    context.globalCompositeOperation = rubber ? "destination-out" : "source-over";
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = (rubber ? RUBBER : PEN) * side;
    context.beginPath();
    context.moveTo(points[0][0] * side, points[0][1] * side);
    // midpoints joined by curves, so that a quick hand does not draw corners
    for (let i = 1; i < points.length; i++) {
      const [x, y] = points[i - 1];
      const middle = [(x + points[i][0]) / 2, (y + points[i][1]) / 2];
      context.quadraticCurveTo(x * side, y * side, middle[0] * side, middle[1] * side);
    }
    const last = points[points.length - 1];
    context.lineTo(last[0] * side + 0.01, last[1] * side);
    context.stroke();
  }
  context.globalCompositeOperation = "source-over";
}

function redraw() {
  const side = Math.max(1, Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, side, side);
  if (picture) {
    const { width, height } = picture.image;
    const scale = side / Math.max(width, height);
    const at = [(side - width * scale) / 2, (side - height * scale) / 2];
    context.drawImage(picture.image, ...at, width * scale, height * scale);
  }
  paint(context, side, "#1b1a17");
  sheet.classList.toggle("written", strokes.length > 0 || picture !== null);
  sheet.classList.toggle("pictured", picture !== null);
  sheet.classList.toggle("drawing", stroke !== null);
  find('[data-do="undo"]').disabled = strokes.length === 0;
  find('[data-do="redo"]').disabled = undone.length === 0;
  find('[data-do="clear"]').disabled = strokes.length === 0 && picture === null;
}

function drawing() {
  const ink = document.createElement("canvas");
  ink.width = ink.height = SENT_SIDE;
  paint(ink.getContext("2d"), SENT_SIDE, "#000");
  const page = document.createElement("canvas");
  page.width = page.height = SENT_SIDE;
  const context = page.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SENT_SIDE, SENT_SIDE);
  context.drawImage(ink, 0, 0);
  return page.toDataURL("image/png");
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

canvas.addEventListener("pointerdown", (event) => {
  if (stroke || event.button > 0) return;
  canvas.setPointerCapture(event.pointerId);
  if (picture) setPicture(null);
  undone = [];
  stroke = { points: [place(event)], rubber: tool === "eraser", pointer: event.pointerId };
  strokes.push(stroke);
  redraw();
});

canvas.addEventListener("pointermove", (event) => {
  if (!stroke || event.pointerId !== stroke.pointer) return;
  const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
  for (const move of moves.length ? moves : [event]) stroke.points.push(place(move));
  redraw();
});

for (const name of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(name, (event) => {
    if (!stroke || event.pointerId !== stroke.pointer) return;
    stroke = null;
    readDrawing();
  });
}

// --- tools ------------------------------------------------------------------------------------

const tools = {
  pen: () => choose("pen"),
  eraser: () => choose("eraser"),
  undo: () => move(strokes, undone),
  redo: () => move(undone, strokes),
  clear() {
    strokes = [];
    undone = [];
    setPicture(null);
    readDrawing();
  },
  upload: () => find('input[type="file"]').click(),
  camera: openCamera,
  shoot: takePicture,
  copy: copyText,
  share: openShare,
  how: openSteps,
  overlay: toggleGlow,
};

function choose(name) {
  tool = name;
  for (const each of ["pen", "eraser"]) {
    find(`[data-do="${each}"]`).setAttribute("aria-pressed", String(each === name));
  }
}

function move(from, to) {
  if (!from.length) return;
  to.push(from.pop());
  readDrawing();
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.example) return readExample(button);
  tools[button?.dataset.do]?.();
});

root.addEventListener("keydown", (event) => {
  if (event.target.closest("dialog, select")) return; // they have keys of their own
  const key = event.key.toLowerCase();
  if (key === "escape") return closeCamera();
  const control = event.ctrlKey || event.metaKey;
  const name =
    (control && key === "z" && (event.shiftKey ? "redo" : "undo")) ||
    (control && key === "y" && "redo") ||
    (!control && { delete: "clear", p: "pen", e: "eraser" }[key]);
  if (!name) return;
  event.preventDefault();
  tools[name]();
});
