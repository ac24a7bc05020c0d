// The page's words, in the language that Gradio's i18n has chosen: the label is its code.
const find = (selector) => element.querySelector(selector);
const root = find(".reader");
let words = {};
let locale = "en";

// A sentence of languages.json, {names} in it replaced.
function word(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// Numbers as the language writes them, yet in the digits that the page reads: 0 to 9.
function number(value, style = {}) {
  return value.toLocaleString(`${locale}-u-nu-latn`, style);
}

function percent(share, decimals = 0) {
  return number(share, { style: "percent", minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function speak() {
  locale = props.languages[props.label] ? props.label : "en";
  words = { ...props.languages.en, ...props.languages[locale] };
  root.lang = locale;
  root.dir = locale === "ar" ? "rtl" : "ltr";
  if (element.closest('gradio-app[embed="false"]')) {
    document.documentElement.lang = locale; // the whole page is ours
    document.title = word("title");
  }
  for (const node of element.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of element.querySelectorAll("[data-title]")) node.title = word(node.dataset.title);
  for (const node of element.querySelectorAll("[data-name]")) {
    node.setAttribute(node.tagName === "IMG" ? "alt" : "aria-label", word(node.dataset.name));
  }
}

speak();
