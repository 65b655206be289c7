// Elements of the page. Texts of runs and documents reach it only as text nodes, isolated by <bdi>.

import { t } from "./words.js";

/** An element. attributes: on… are listeners, others attributes; children: elements or texts. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((one) => one !== null && one !== undefined));
  return made;
}

/** A text that may come from anywhere. */
export function bdi(text) {
  return el("bdi", {}, String(text ?? ""));
}

/** A table: head is [key, kind] pairs, kind "word" for text; rows of elements or texts, the first names the row. */
export function table(caption, head, rows, className = "stack") {
  const names = head.map(([key]) => t(key));
  return el("table", { class: className },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...head.map(([, kind], at) =>
      el("th", { scope: "col", class: kind ?? null }, names[at])))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell, at) => at === 0
      ? el("th", { scope: "row" }, cell)
      : el("td", { class: head[at][1] ?? null, "data-label": names[at] }, wrapped(cell)))))));
}

function wrapped(cell) {
  return cell instanceof Node ? cell : bdi(cell);
}

/** A labelled control. */
export function control(key, input) {
  return el("label", {}, t(key), input);
}

/** A list to choose from: options are [value, text] pairs. */
export function choice(options, chosen, onchange) {
  return el("select", { onchange: (event) => onchange(event.target.value) }, ...options.map(([value, text]) =>
    el("option", { value, selected: value === chosen }, text)));
}

/** A whole number, or nothing. */
export function whole(value, placeholder, onchange) {
  return el("input", {
    type: "number", min: 0, step: 1, value: value ?? "", placeholder,
    onchange: (event) => onchange(event.target.value.replace(/\D/g, "")),
  });
}
