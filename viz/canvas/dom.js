// Elements without a template language.

import { say } from "./language.js";

/** An element with attributes (functions become listeners: {onclick}) and children (nodes or text). */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Writes only when it changes: an unchanged node costs no layout. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** A drawn sign, 20 x 20, in the color of the text around it. */
export function sign(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** A text as it is; a sentence that stands in a table, in the visitor's language. */
const spoken = (what) => (typeof what?.template === "string" ? say(what) : what);

/** A "?" that explains what it stands beside: on hover, on focus and on tap (hover.js shows the words). */
export function help(about, words) {
  const said = { "aria-label": say("Help: {about}", { about }), "aria-description": words, "data-help": words };
  return el("button", { type: "button", class: "help", ...said }, "?");
}

/** A group of exclusive buttons; `pick(key)` is called with the choice made. */
export function choice(label, options, chosen, pick) {
  const buttons = options.map(([key, text, title]) =>
    el("button", { type: "button", "data-key": key, title: spoken(title), onclick: () => select(key, true) }, spoken(text)),
  );
  const select = (key, tell) => {
    for (const button of buttons) mark(button, "aria-pressed", button.dataset.key === key);
    if (tell) pick(key);
  };
  select(chosen, false);
  const root = el("span", { class: "choice", role: "group", "aria-label": label }, ...buttons);
  return { root, select: (key) => select(key, false) };
}

/** A menu; `pick(key)` is called with the choice made. */
export function menu(label, options, chosen, pick) {
  const root = el("select", { "aria-label": label, title: label, onchange: () => pick(root.value) });
  fill(root, options, chosen);
  return root;
}

/** What a menu offers from now on. */
export function fill(root, options, chosen) {
  root.replaceChildren(...options.map(([key, text]) => el("option", { value: key, selected: key === chosen }, spoken(text))));
}

/** A host in the page's own tree, where its attributes are in everyone's sight, with the root and its style sheltered. */
export function shelter(root, style, attributes) {
  const host = el("div", attributes);
  host.attachShadow({ mode: "open" }).append(el("style", {}, style), root);
  return host;
}
