// The blocks of a net whose layers have paths: a row of names over the ladder. A block that is unfolded gets room for
// its layers' histograms and names, the others stand beside it as strips; a search marks layers by name.

import { columns } from "./columns.js";
import { el, mark, write } from "../dom.js";
import { say } from "../language.js";

const SHORT = 6; // letters that a name has at most which may stand over the next blocks too

/** Consecutive layers of one block: [{name, layers: [index, ...]}]. A block is a path up to its first number that has more behind it. */
export function blocksOf(labels) {
  const blocks = [];
  labels.forEach((label, layer) => {
    const name = blockOf(label);
    if (blocks.at(-1)?.name !== name) blocks.push({ name, layers: [] });
    blocks.at(-1).layers.push(layer);
  });
  return blocks;
}

export function blockOf(label) {
  const parts = label.split(".");
  const at = parts.findIndex((part, i) => /^\d+$/.test(part) && i < parts.length - 1);
  return parts.slice(0, at < 0 ? parts.length - 1 : at + 1).join(".");
}

/** What a layer is called within its block. */
export function leafOf(label) {
  const block = blockOf(label);
  return block ? label.slice(block.length + 1) : label;
}

const TELLS_LITTLE = /^(?:[\d.]+|..?)(?: \(\d+\))?$/;

/** What each layer is called under its block's name; where that is a number or a letter or two in several blocks, its whole path. */
export function leavesOf(labels) {
  const leaves = labels.map(leafOf);
  const times = new Map();
  for (const leaf of leaves) times.set(leaf, (times.get(leaf) ?? 0) + 1);
  return leaves.map((leaf, layer) => (TELLS_LITTLE.test(leaf) && times.get(leaf) > 1 ? labels[layer] : leaf));
}

/** The layers whose path has this text in it. */
export function matching(labels, text) {
  const sought = text.trim().toLowerCase();
  return sought ? labels.flatMap((label, layer) => (label.toLowerCase().includes(sought) ? [layer] : [])) : [];
}

export class Blocks {
  /** `changed()` is called when another block is unfolded, or others are sought. */
  constructor(changed) {
    this.changed = changed;
    this.labels = null;
    this.root = el("div", { class: "blocks", role: "group", "aria-label": say("Blocks of the net: press one to unfold it") });
    this.field = el("input", {
      type: "search", class: "find", placeholder: say("find a layer"), "aria-label": say("Find a layer by its path"),
      oninput: () => this.find(), onkeydown: (event) => event.key === "Enter" && this.go(),
    });
    this.count = el("span", { class: "caption", role: "status" });
    this.search = el("span", { class: "search" }, this.field, this.count);
    this.take([]);
  }

  /** The layers' paths. */
  take(labels) {
    if (labels.join() === this.labels?.join()) return;
    this.labels = labels;
    this.blocks = blocksOf(labels);
    this.unfolded = new Set();
    this.sought = new Set();
    this.turn = -1;
    this.buttons = this.blocks.map(({ name, layers }, at) =>
      el("button", {
        type: "button", "aria-expanded": "false", onclick: () => this.unfold(at),
        title: say("{block}: {n} {n:layer|layers}. Press to unfold it, or to fold it again.", { block: name || say("the net itself"), n: layers.length }),
      }),
    );
    this.root.replaceChildren(...this.buttons);
    this.root.hidden = this.blocks.length < 2;
    this.find();
  }

  /** The layers that have room for their names. */
  get wide() {
    return new Set([...this.unfolded].flatMap((at) => this.blocks[at].layers));
  }

  unfold(at, isOpen = !this.unfolded.has(at)) {
    if (isOpen) this.unfolded.add(at);
    else this.unfolded.delete(at);
    this.changed();
  }

  find() {
    const found = matching(this.labels, this.field.value);
    this.sought = new Set(found);
    this.turn = -1;
    const isAsked = this.field.value.trim() !== "";
    write(this.count, isAsked ? (found.length ? say("{n} {n:match|matches} in {all} layers", { n: found.length, all: this.labels.length }) : say("no layer of that name")) : "");
    this.changed();
  }

  /** Unfolds the block of the next layer that was found, and folds the one before it. */
  go() {
    const found = [...this.sought];
    if (!found.length) return;
    this.turn = (this.turn + 1) % found.length;
    this.unfolded = new Set([this.blocks.findIndex(({ layers }) => layers.includes(found[this.turn]))]);
    this.changed();
  }

  /** The names stand over their columns. */
  draw(scene, box) {
    if (this.root.hidden || box.width < 20) return;
    const cols = columns(scene, box);
    const places = this.blocks.map(({ name, layers }, at) => {
      const left = cols.from(layers[0]);
      return { name, left, wide: cols.from(layers.at(-1)) + cols.wide(layers.at(-1)) - left, isOpen: this.unfolded.has(at) };
    });
    const titles = titlesOf(places);
    places.forEach(({ name, left, wide, isOpen }, at) => {
      const button = this.buttons[at];
      button.style.left = `${left.toFixed(1)}px`;
      button.style.width = `${Math.max(2, wide - 1).toFixed(1)}px`;
      write(button, titles[at]);
      mark(button, "aria-expanded", isOpen);
      mark(button, "aria-label", name || say("the net itself"));
    });
  }
}

const LETTER = 6.5; // px, about
const LEAST = SHORT * LETTER + 8; // px

/** What stands over each block, {name, left, wide, isOpen}: one with room for its name has it, others where they cover none. */
export function titlesOf(blocks) {
  const hasRoom = ({ name, wide, isOpen }) => isOpen || (/[^\d.]/.test(fitting(name, wide)) && holds(wide)(fitting(name, wide)));
  let free = 0; // px where the next name may begin
  return blocks.map((block, at) => {
    const { name, left, wide, isOpen } = block;
    const text = fitting(name, isOpen ? wide : Math.max(wide, LEAST));
    const end = left + LETTER * text.length;
    const roomy = blocks.slice(at + 1).find(hasRoom);
    if (!hasRoom(block) && (left < free || end > (roomy?.left ?? Infinity))) return "";
    free = Math.max(free, end + 8);
    return text;
  });
}

const holds = (wide) => (text) => text.length * LETTER <= wide - 8;

/** The end of a path that fits into so many pixels; of a single name that does not, its first and last letters. */
export function fitting(name, wide) {
  const parts = name.split(".");
  while (parts.length > 1 && !holds(wide)(parts.join("."))) parts.shift();
  const end = parts.join(".");
  return end.length <= SHORT || holds(wide)(end) ? end : `${end.slice(0, 3)}\u2026${end.slice(-2)}`;
}
