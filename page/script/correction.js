// --- what it should have been: kept only with consent, else not even sent -------------------------

const consent = find(".consent input");

function offerCorrection() {
  find(".wrong").hidden = !shown?.digits.length;
  find(".thanks").textContent = "";
  setCorrected(false);
}

// One correction an answer; what has the focus keeps it.
function setCorrected(isDone) {
  for (const button of element.querySelectorAll("[data-is]")) button.setAttribute("aria-disabled", String(isDone));
}

async function correct(button) {
  if (button.ariaDisabled === "true") return;
  setCorrected(true);
  const label = button.dataset.is;
  let said = "thanks";
  if (consent.checked) {
    const question = { picture: shownFor.picture, box: shown.digits[chosen].box, label, consent: true };
    const { kept, full } = await server.keep(question).catch(() => ({}));
    said = kept ? "thanks_kept" : full ? "thanks_full" : "thanks";
  }
  find(".thanks").textContent = word(said);
}

find(".labels").replaceChildren(
  ...["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "none"].map((label) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.is = label;
    button.addEventListener("click", () => correct(button));
    return button;
  }),
);

function nameLabels() {
  for (const button of element.querySelectorAll("[data-is]")) {
    const digit = button.dataset.is;
    const isNone = digit === "none";
    button.textContent = isNone ? word("none") : digit;
    // a name begins with what is seen, for those who speak to their machine
    button.setAttribute("aria-label", isNone ? `${word("none")}: ${word("is_none")}` : word("is_digit", { digit }));
  }
}
