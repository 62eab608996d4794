// One option of an optimizer as a field: a number, a pair, a choice, or on and off.

import { el } from "../dom.js";
import { paragraph, say } from "../language.js";

/** {root, show(value)}; `of` is whose option it is, `change(value)` is called with a number, a pair, a boolean or text as typed. */
export function field(of, option, change) {
  const make = { number: single, toggle, select, pair }[option.widget];
  const label = say("{title}: {chosen}", { title: of, chosen: named(option) });
  const { nodes, show } = make(option, label, change);
  const root = el("label", { class: `field ${option.widget}`, "data-help": allowed(option) }, el("span", {}, named(option)), ...nodes);
  return { root, show };
}

/** What an option is called. */
export const named = ({ label }) => say(label);

/** What an option is, and what may be given for it: {words, span}. */
export function allowed({ words, span }) {
  return paragraph(say(words), say("Allowed: {span}.", { span }));
}

/** What is no number is sent as it was typed: the engine says what is allowed. */
function read(text) {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? text : number;
}

function input(label, changed) {
  return el("input", { type: "text", inputmode: "decimal", "aria-label": label, size: 6, onchange: changed });
}

function single(option, label, change) {
  const node = input(label, () => change(read(node.value)));
  return { nodes: [node], show: (value) => fill(node, value) };
}

function pair(option, label, change) {
  const nodes = [0, 1].map((k) => input(say(k ? "{option}, second" : "{option}, first", { option: label }), () => change(nodes.map((node) => read(node.value)))));
  return { nodes, show: (values) => nodes.forEach((node, k) => fill(node, values[k])) };
}

function toggle(option, label, change) {
  const node = el("input", { type: "checkbox", "aria-label": label, onchange: () => change(node.checked) });
  return { nodes: [node], show: (value) => (node.checked = value) };
}

function select(option, label, change) {
  const node = el("select", { "aria-label": label, onchange: () => change(node.value) });
  node.append(...option.choices.map((name) => el("option", { value: name }, say(name))));
  return { nodes: [node], show: (value) => (node.value = value) };
}

function fill(node, value) {
  const text = String(value);
  if (node.value !== text && document.activeElement !== node) node.value = text;
}
