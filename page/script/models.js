// --- which network reads --------------------------------------------------------------------------

const picker = find(".model select");
let network = props.models[0].id;

function describe(model) {
  const values = {
    accuracy: percent(model.test_accuracy ?? 0, 2),
    size: number((model.bytes ?? 0) / 1e6, { maximumFractionDigits: 2 }),
    ms: number(model.latency_ms ?? 0, { maximumSignificantDigits: 2 }),
  };
  if (!model.test_accuracy) return "";
  return word(model.latency_ms ? "model_about" : "model_about_brief", values);
}

function showNetwork(failed = null) {
  const current = props.models.find((model) => model.id === network);
  picker.value = network;
  find(".model .about").textContent = describe(current);
  find(".model .failed").textContent = failed ? word("model_failed", { name: failed.name, last: current.name }) : "";
}

picker.addEventListener("change", async () => {
  const wanted = props.models.find((model) => model.id === picker.value);
  const works = await server.choose(wanted.id).catch(() => false);
  if (!works) return showNetwork(wanted);
  network = wanted.id;
  showNetwork();
  readAgain();
});

picker.replaceChildren(...props.models.map((model) => new Option(model.name, model.id)));
find(".model").hidden = props.models.length < 2;
showNetwork();
