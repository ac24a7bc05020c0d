// --- asking the server: one request at a time, only the newest drawing waits --------------------

const numberSwitch = find('[data-do="number"]');
let latest = 0;
let busy = false;
let waiting = null;

function failure(key) {
  return { digits: [], text: "", note: word(key) };
}

function readDrawing() {
  redraw();
  if (strokes.length > 0) return ask({ picture: drawing(), isDrawn: true });
  waiting = null;
  latest += 1; // an answer on its way is to a drawing that is gone
  show(null);
}

function readAgain() {
  return picture ? ask({ picture: picture.url }) : readDrawing();
}

async function ask(what) {
  latest += 1;
  if (busy) {
    waiting = what;
    return;
  }
  busy = true;
  const asked = latest;
  const question = { ...what, number: numberSwitch.checked, model: network };
  let answer;
  try {
    // Gradio's client gives nothing for an answer that is not 200, as when there is too much to do
    answer = (await server.read(question)) ?? failure("note_no_server");
  } catch {
    answer = failure("note_no_server");
  }
  busy = false;
  if (waiting !== null) {
    const next = waiting;
    waiting = null;
    ask(next);
  } else if (asked === latest) {
    show(answer, question);
  }
}

numberSwitch.addEventListener("change", readAgain);
