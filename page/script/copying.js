// --- copying ------------------------------------------------------------------------------------

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // frames of other pages may not be allowed to, yet may copy what is selected
    const field = document.createElement("textarea");
    field.value = text;
    (find("dialog[open]") ?? element).append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

// Say on a button, for a moment, that it has done its work.
function flash(selector) {
  const label = find(`${selector} [data-word]`);
  label.textContent = word("copied");
  setTimeout(() => (label.textContent = word(label.dataset.word)), 1500);
}
