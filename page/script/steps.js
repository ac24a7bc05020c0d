// --- how it was read: asked of the server only when somebody wants to know ------------------------

async function openSteps() {
  const list = find(".steps ol");
  list.replaceChildren();
  find("dialog.steps").showModal();
  const steps = await server.steps(shownFor).catch(() => []);
  list.replaceChildren(...steps.map(step));
  if (!steps.length) list.textContent = word("steps_failed");
}

function step({ key, picture }) {
  const item = document.createElement("li");
  const image = document.createElement("img");
  image.src = picture;
  image.alt = "";
  image.classList.toggle("frame", key === "step_frame");
  const said = document.createElement("p");
  said.textContent = word(key);
  item.append(image, said);
  return item;
}
