// The drawing desk. Strokes are kept as points between 0 and 1, so that they can be undone, and
// drawn sharply at any size; what is sent to be read is drawn anew, black on white.
const find = (selector) => element.querySelector(selector);
const root = find(".reader");
const sheet = find(".sheet");
const canvas = find("canvas");
const SENT_SIDE = 280;
const PEN = 0.055; // of the sheet's side
const RUBBER = 0.11;
const SURE = 0.9;

let strokes = [];
let undone = [];
let stroke = null;
let tool = "pen";
let picture = null; // {image, url} where a picture lies on the sheet instead of a drawing

// --- drawing --------------------------------------------------------------------------------

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
  event.preventDefault();
  canvas.focus({ preventScroll: true });
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
  if (!button) return;
  if (button.dataset.example) {
    find('[data-do="number"]').checked = button.dataset.number === "True";
    return readUrl(button.dataset.example);
  }
  tools[button.dataset.do]?.();
});

root.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  const name =
    (control && key === "z" && (event.shiftKey ? "redo" : "undo")) ||
    (control && key === "y" && "redo") ||
    (!control && { delete: "clear", p: "pen", e: "eraser" }[key]);
  if (!name) return;
  event.preventDefault();
  tools[name]();
});

find('[data-do="number"]').addEventListener("change", () => (picture ? send(picture.url) : readDrawing()));

// --- pictures ---------------------------------------------------------------------------------

function setPicture(next) {
  picture = next;
  redraw();
}

function readFile(file) {
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => readUrl(reader.result);
  reader.onerror = () => show({ digits: [], text: "", note: "This file cannot be read." });
  reader.readAsDataURL(file);
}

function readUrl(url) {
  strokes = [];
  undone = [];
  const image = new Image();
  // what the browser cannot show (TIFF, say) the service may still read
  image.onload = () => setPicture({ image, url });
  image.onerror = () => setPicture(null);
  image.src = url;
  send(url);
}

find('input[type="file"]').addEventListener("change", (event) => {
  readFile(event.target.files[0]);
  event.target.value = "";
});
for (const name of ["dragover", "dragleave", "drop"]) {
  root.addEventListener(name, (event) => {
    event.preventDefault();
    sheet.classList.toggle("dropping", name === "dragover");
    if (name === "drop") readFile(event.dataTransfer.files[0]);
  });
}
document.addEventListener("paste", (event) => {
  if (!root.isConnected) return;
  const file = [...(event.clipboardData?.files || [])][0];
  if (file) {
    event.preventDefault();
    readFile(file);
  }
});

async function openCamera() {
  const box = find(".camera");
  if (!box.hidden) return closeCamera();
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    find("video").srcObject = stream;
    box.hidden = false;
  } catch {
    show({ digits: [], text: "", note: "No camera could be opened." });
  }
}

function closeCamera() {
  for (const track of find("video").srcObject?.getTracks() || []) track.stop();
  find(".camera").hidden = true;
}

function takePicture() {
  const video = find("video");
  const still = document.createElement("canvas");
  [still.width, still.height] = [video.videoWidth, video.videoHeight];
  still.getContext("2d").drawImage(video, 0, 0);
  closeCamera();
  readUrl(still.toDataURL("image/jpeg", 0.92));
}

// --- reading ----------------------------------------------------------------------------------

let busy = false;
let waiting = null;

function readDrawing() {
  redraw();
  if (strokes.length === 0) {
    waiting = null;
    latest += 1; // an answer on its way is to a drawing that is gone
    return show(null);
  }
  send(drawing());
}

let latest = 0;

// One request at a time; while it is under way only the newest drawing waits.
async function send(url) {
  latest += 1;
  if (busy) {
    waiting = url;
    return;
  }
  busy = true;
  const asked = latest;
  let answer;
  try {
    answer = await server.read({ picture: url, number: find('[data-do="number"]').checked });
  } catch {
    answer = { digits: [], text: "", note: "The reader cannot be reached. Please try again." };
  }
  busy = false;
  if (waiting !== null) {
    const next = waiting;
    waiting = null;
    send(next);
  } else if (asked === latest) {
    show(answer);
  }
}

// --- answer -----------------------------------------------------------------------------------

function verdict(answer) {
  if (!answer) return ["empty", "", "Draw a digit, and the answer appears as you lift the pen."];
  const read = answer.digits.filter((d) => d.digit !== null);
  if (!read.length) return ["none", "", answer.note];
  const least = read.reduce((a, b) => (a.confidence < b.confidence ? a : b));
  if (read.length > 1 || answer.number) {
    const state = least.confidence >= SURE ? "sure" : "torn";
    return [state, answer.text, state === "sure" ? "" : `One digit is doubtful: ${least.digit}.`];
  }
  const order = ranked(least);
  const percent = Math.round(least.confidence * 100);
  if (least.confidence >= SURE) return ["sure", answer.text, `${percent} % sure.`];
  return ["torn", answer.text, `${order[0]}, perhaps ${order[1]} (${percent} % sure).`];
}

const ranked = (digit) => [...digit.probabilities.keys()].sort((a, b) => digit.probabilities[b] - digit.probabilities[a]);

function bar(digit, share) {
  const row = document.createElement("div");
  row.className = "bar";
  row.setAttribute("role", "listitem");
  row.innerHTML = '<b></b><div class="track"><div class="fill"></div></div><span class="share"></span>';
  row.querySelector("b").textContent = digit;
  row.querySelector(".fill").style.width = `${100 * share}%`;
  row.querySelector(".share").textContent = `${(100 * share).toFixed(1)} %`;
  return row;
}

function show(answer) {
  const [state, digit, said] = verdict(answer);
  const box = find(".verdict");
  box.dataset.state = state;
  box.querySelector(".digit").textContent = digit;
  box.querySelector(".digit").classList.toggle("long", digit.length > 4);
  box.querySelector(".said").textContent = said;
  const first = answer?.digits[0];
  find(".bars").replaceChildren(
    ...(first && first.digit !== null ? ranked(first).map((d) => bar(d, first.probabilities[d])) : []),
  );
  find(".seen").hidden = !first;
  if (first) {
    for (const image of element.querySelectorAll("img.frame")) image.src = first.frame;
    find("img.heat").src = first.heat || "data:,";
    find("img.ink").src = answer.ink;
  }
  find(".time").textContent = answer?.milliseconds ? `Read in ${answer.milliseconds} ms.` : "";
}

new ResizeObserver(redraw).observe(canvas);
redraw();
