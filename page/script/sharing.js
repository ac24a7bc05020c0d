// --- sharing and embedding: code that can be copied -----------------------------------------------

const here = new URL("./", document.querySelector("gradio-app[src]")?.getAttribute("src") ?? location.href).href;
const GRADIO = `https://gradio.s3-us-west-2.amazonaws.com/${props.gradio}/gradio.js`; // only in the code

const snippets = {
  link: here,
  iframe: `<iframe src="${here}" width="600" height="500" style="border:0" allow="camera; clipboard-write" title="${word("title")}"></iframe>`,
  app: `<script type="module" src="${GRADIO}"></` + `script>\n<gradio-app src="${here}"></gradio-app>`,
};

function openShare() {
  for (const [name, text] of Object.entries(snippets)) find(`[data-snippet="${name}"]`).value = text;
  find("dialog.share").showModal();
}

find("dialog.share").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  find(`[data-snippet="${button.dataset.copy}"]`).select();
  await copy(snippets[button.dataset.copy]);
  flash(`[data-copy="${button.dataset.copy}"]`);
});

if (props.card) {
  find(".card").href = props.card;
  find(".card").hidden = false;
}
