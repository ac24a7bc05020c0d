// --- the answer ---------------------------------------------------------------------------------

const SURE = 0.9;
const FRAME = 28; // pixels of the network's view
const MARKED = 60; // digits of a page that get a box; more would only hide it
let shown = null; // the answer on the page
let shownFor = null; // the question that it answers
let isGlowing = false; // whether the evidence lies on the sheet
let chosen = 0; // which of its digits the bars and pictures belong to

const ranked = (digit) => [...digit.probabilities.keys()].sort((a, b) => digit.probabilities[b] - digit.probabilities[a]);
const stateOf = (digit) => (digit.digit === null ? "none" : digit.confidence >= SURE ? "sure" : "torn");

function verdict(answer) {
  if (!answer) return ["empty", word("said_empty")];
  const read = answer.digits.filter((d) => d.digit !== null);
  if (!read.length) return ["none", note(answer)];
  // that all are right; 99.7 is not yet 100
  const share = percent(Math.floor(100 * read.reduce((all, d) => all * d.confidence, 1)) / 100);
  const doubtful = read.filter((d) => stateOf(d) === "torn").length;
  if (!doubtful) return ["sure", word("said_sure", { share })];
  if (answer.number) {
    return ["torn", doubtful > 1 ? word("said_doubtful", { n: doubtful }) : word("said_one_doubtful")];
  }
  const [first, second] = ranked(read[0]);
  return ["torn", word("said_torn", { first, second, share })];
}

function note(answer) {
  return answer.code ? word(answer.code, props.limits) : answer.note;
}

function show(answer, question = null) {
  shown = answer;
  shownFor = question;
  const [state, said] = verdict(answer);
  find(".verdict").dataset.state = state;
  find(".said").textContent = said;
  find(".time").textContent = answer?.milliseconds ? word("time", { ms: number(answer.milliseconds) }) : "";
  find('[data-do="copy"]').hidden = !(answer?.number && answer.text);
  chosen = Math.max(0, answer ? answer.digits.findIndex((d) => stateOf(d) === "torn") : 0);
  spell(state);
  mark();
  pick(chosen);
  offerCorrection();
  if (answer?.preview) showPreview(answer.preview, question.picture);
}

// The digits read, large; of a number each is a button that shows its own bars.
function spell(state) {
  const box = find(".digit");
  const lines = shown?.lines ?? [];
  box.style.setProperty("--digits", Math.max(1, ...lines.map((line) => line.length)));
  box.style.setProperty("--lines", Math.max(1, lines.length));
  if (!shown?.number) return box.replaceChildren(state === "none" ? "" : (shown?.text ?? ""));
  const rows = new Map();
  shown.digits.forEach((digit, i) => {
    if (digit.digit === null) return;
    if (!rows.has(digit.line)) rows.set(digit.line, document.createElement("div"));
    rows.get(digit.line).append(letter(digit, i));
  });
  box.replaceChildren(...rows.values());
}

function letter(digit, i) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = digit.digit;
  button.dataset.digit = i;
  button.dataset.state = stateOf(digit);
  button.setAttribute("aria-label", word("name_digit", { digit: digit.digit, share: percent(digit.confidence) }));
  return button;
}

// A box with its label around each digit, where there is more than the drawn one to tell.
function mark() {
  const wanted = isOnSheet() && (picture || shown.number) ? shown.digits : [];
  find(".marks").replaceChildren(...wanted.slice(0, MARKED).map(boxed));
  glow();
}

// Whether what lies on the sheet is what the answer is of.
function isOnSheet() {
  return picture ? shownFor?.picture === picture.url : Boolean(shownFor?.isDrawn);
}

// Put something over part of the sheet; x, y, w and h are in the picture's pixels.
function lay(node, [x, y, w, h]) {
  const [width, height] = shown.size;
  const side = Math.max(width, height);
  node.style.left = `${(100 * ((side - width) / 2 + x)) / side}%`;
  node.style.top = `${(100 * ((side - height) / 2 + y)) / side}%`;
  node.style.width = `${(100 * w) / side}%`;
  node.style.height = `${(100 * h) / side}%`;
}

// Lay the evidence over the digit, as its ink lies in the frame.
function glow() {
  const digit = shown?.digits[chosen];
  const image = find(".glow");
  image.hidden = !(isGlowing && digit?.heat && isOnSheet());
  if (image.hidden) return;
  const [x, y, w, h] = digit.box;
  const [left, top, width, height] = digit.inked;
  image.src = digit.heat;
  lay(image, [x - (left * w) / width, y - (top * h) / height, (FRAME * w) / width, (FRAME * h) / height]);
}

function toggleGlow() {
  isGlowing = !isGlowing;
  find('[data-do="overlay"]').setAttribute("aria-pressed", String(isGlowing));
  glow();
}

function boxed(digit, i) {
  const mark = document.createElement("div");
  mark.className = "mark";
  mark.dataset.digit = i;
  mark.dataset.state = stateOf(digit);
  lay(mark, digit.box);
  mark.classList.toggle("high", parseFloat(mark.style.top) < 7); // its label would leave the sheet
  const label = document.createElement("b");
  label.textContent = digit.digit ?? "?";
  mark.append(label);
  return mark;
}

function bar(digit, share) {
  const row = document.createElement("div");
  row.className = "bar";
  row.setAttribute("role", "listitem");
  row.innerHTML = '<b></b><div class="track"><div class="fill"></div></div><span class="share"></span>';
  row.querySelector("b").textContent = digit;
  row.querySelector(".fill").style.width = `${100 * share}%`;
  row.querySelector(".share").textContent = percent(share, 1);
  return row;
}

// Show the bars and pictures of one digit of the answer.
function pick(i) {
  chosen = i;
  const digit = shown?.digits[i];
  for (const node of element.querySelectorAll(".digit button")) {
    node.setAttribute("aria-pressed", String(Number(node.dataset.digit) === i));
  }
  for (const node of element.querySelectorAll(".mark")) {
    node.classList.toggle("chosen", shown.number && Number(node.dataset.digit) === i);
  }
  const hasBars = digit && digit.digit !== null;
  find(".bars").replaceChildren(...(hasBars ? ranked(digit).map((d) => bar(d, digit.probabilities[d])) : []));
  find(".seen").hidden = !digit;
  glow();
  if (!digit) return;
  for (const image of element.querySelectorAll("img.frame")) image.src = digit.frame;
  for (const node of [find(".evidence"), find('[data-do="overlay"]')]) node.hidden = !digit.heat;
  find("img.heat").src = digit.heat ?? digit.frame;
  find("img.ink").src = shown.ink;
}

for (const place of [".digit", ".marks"]) {
  find(place).addEventListener("click", (event) => {
    const node = event.target.closest("[data-digit]");
    if (node) pick(Number(node.dataset.digit));
  });
}

async function copyText() {
  await copy(shown.lines.join("\n"));
  flash('[data-do="copy"]');
}
