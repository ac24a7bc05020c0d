// The page: what is drawn or handed in goes to the service, and its answer is shown.

import { NoAnswer, Service, serviceAddress } from "./api.js";
import { Sheet } from "./draw.js";

const find = (id) => document.getElementById(id);
const SURE = 0.9;
const WAITS = [2, 4, 8, 15, 30]; // seconds between tries while the service is away

const service = new Service(serviceAddress());
const sheet = new Sheet(find("sheet"), readDrawing);
let latest = 0; // counts what was asked: an older answer is to a drawing that is gone
let pending = null; // the picture whose answer is still owed
let file = null; // what lies on the sheet instead of a drawing
let timer = null;

// --- asking -----------------------------------------------------------------------------------

async function readDrawing() {
  file = null;
  find("undo").disabled = !sheet.hasStrokes;
  find("clear").disabled = sheet.isEmpty;
  find("hint").hidden = !sheet.isEmpty;
  if (sheet.hasStrokes) return read(await sheet.picture());
  latest += 1;
  pending = null;
  show({ text: "", note: "The answer appears as you lift the pen.", digits: [] });
}

async function readFile(chosen) {
  if (!chosen) return;
  file = chosen;
  sheet.show(await createImageBitmap(chosen).catch(() => null)); // the service knows more formats
  find("undo").disabled = true;
  find("clear").disabled = false;
  find("hint").hidden = true;
  read(file);
}

async function read(picture) {
  const asked = ++latest;
  pending = picture;
  try {
    const answer = await service.predict(picture, find("number").checked);
    if (asked !== latest) return;
    pending = null;
    say("");
    show(answer);
  } catch (error) {
    if (asked === latest) explain(error);
  }
}

function explain(error) {
  if (!(error instanceof NoAnswer)) throw error;
  if (error.kind === "token") return askForToken();
  if (error.kind === "away") return waitForService(error, 0);
  pending = null;
  const wait = error.seconds ? ` (${error.seconds} seconds)` : "";
  show({ text: "", note: error.message + wait, digits: [] });
}

function askForToken() {
  const dialog = find("sign-in");
  if (dialog.open) return;
  find("token").value = "";
  dialog.returnValue = "";
  dialog.showModal();
}

find("sign-in").addEventListener("close", () => {
  if (find("sign-in").returnValue !== "send") return say("This service is private: it needs its token.");
  service.token = find("token").value.trim();
  find("token").value = "";
  if (pending) read(pending);
});

function waitForService(error, tries) {
  const seconds = Math.max(error.seconds, WAITS[Math.min(tries, WAITS.length - 1)]);
  say(`${error.message} Trying again in ${seconds} seconds: it may take a minute to wake up.`);
  clearTimeout(timer);
  timer = setTimeout(() => tryAgain(tries + 1), 1000 * seconds);
}

async function tryAgain(tries) {
  say("Trying to reach the service …");
  try {
    await service.health();
    say("");
    if (pending) read(pending);
  } catch (error) {
    waitForService(error, tries);
  }
}

// --- showing ------------------------------------------------------------------------------------

function say(sentence) {
  find("state").textContent = sentence;
  find("state").hidden = !sentence;
}

function show(answer) {
  const read = answer.digits.filter((digit) => digit.digit !== null);
  const first = answer.digits[0];
  find("text").textContent = answer.text;
  find("text").classList.toggle("long", answer.text.length > 4);
  find("said").textContent = read.length ? certainty(read) : answer.note;
  find("bars").replaceChildren(...(read.length === 1 ? bars(read[0].probabilities) : []));
  find("seen").hidden = !first;
  if (!first) return;
  for (const image of document.querySelectorAll("#tensor, .under")) image.src = first.tensor;
  find("evidence").hidden = !first.heatmap;
  if (first.heatmap) find("heatmap").src = first.heatmap;
}

function certainty(digits) {
  const least = digits.reduce((a, b) => (a.confidence < b.confidence ? a : b));
  const percent = `${Math.round(100 * least.confidence)} % sure`;
  if (least.confidence >= SURE) return `${percent}.`;
  if (digits.length > 1) return `One digit is doubtful: ${least.digit} (${percent}).`;
  const [best, next] = ranked(least.probabilities);
  return `${best}, perhaps ${next} (${percent}).`;
}

const ranked = (shares) => [...shares.keys()].sort((a, b) => shares[b] - shares[a]);

function bars(shares) {
  return ranked(shares).map((digit) => {
    const row = document.createElement("li");
    row.innerHTML = '<b></b><span class="track"><span class="fill"></span></span><span class="share"></span>';
    row.querySelector("b").textContent = digit;
    row.querySelector(".fill").style.width = `${100 * shares[digit]}%`;
    row.querySelector(".share").textContent = `${(100 * shares[digit]).toFixed(1)} %`;
    return row;
  });
}

// --- controls -----------------------------------------------------------------------------------

find("undo").addEventListener("click", () => sheet.undo());
find("clear").addEventListener("click", () => sheet.clear());
find("number").addEventListener("change", () => (file ? read(file) : readDrawing()));
find("file").addEventListener("change", (event) => {
  readFile(event.target.files[0]);
  event.target.value = "";
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    find("sheet").classList.toggle("dropping", name === "dragover");
    if (name === "drop") readFile(event.dataTransfer.files[0]);
  });
}
document.addEventListener("paste", (event) => {
  readFile(event.clipboardData?.files[0]);
});

service.health().catch((error) => waitForService(error, 0));
