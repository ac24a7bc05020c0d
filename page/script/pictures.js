// --- pictures: uploaded, dropped, pasted, from the camera, or an example ------------------------

function setPicture(next) {
  picture = next;
  redraw();
  mark();
}

function readFile(file) {
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => readUrl(reader.result);
  reader.onerror = () => show(failure("note_unreadable"));
  reader.readAsDataURL(file);
}

async function readUrl(url) {
  strokes = [];
  undone = [];
  setPicture(null);
  const mine = (latest += 1);
  const image = await loaded(url);
  if (mine !== latest || strokes.length > 0) return; // something newer has come
  if (image) setPicture({ image, url });
  // what the browser cannot show (TIFF, say) the service may still read, and shows it
  ask({ picture: url, preview: !image });
}

function loaded(url) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = url;
  });
}

async function showPreview(preview, url) {
  const image = await loaded(preview);
  if (image && shownFor.picture === url) setPicture({ image, url });
}

function readExample(button) {
  numberSwitch.checked = button.dataset.number === "True";
  readUrl(button.dataset.example);
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
    show(failure("note_no_camera"));
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
