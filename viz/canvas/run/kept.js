// The curves of runs before, kept behind those of the one on screen: each in its color, named by what makes it another.

import { el, mark, write } from "../dom.js";
import { read, written } from "./linked.js";
import { store, stored } from "../memory.js";
import { say } from "../language.js";

const MOST = 3; // with the one on screen four
const POINTS = 300; // of each
const COLORS = [3, 2, 6]; // of the palette's series: none is that of a batch or of a test set

export class Kept {
  /** linked: what a link has of them, or ""; `changed(text)` is called when one is kept or taken away, with that. */
  constructor(linked, changed) {
    this.changed = changed;
    const own = stored("kept") ?? [];
    this.all = linked && linked !== written(own) ? read(linked) : own;
    this.button = el("button", { type: "button", class: "keep", onclick: () => this.keep() }, say("Keep these curves"));
    this.list = el("span", { class: "held", role: "list", "aria-label": say("Curves that are kept") });
    this.root = el("div", { class: "runs" }, this.button, this.list);
  }

  /** The run on screen: its settings in a line, its curves. */
  keep() {
    const taken = this.all.map(({ color }) => color);
    const color = COLORS.find((each) => !taken.includes(each));
    this.#become([...this.all, { color, caption: this.caption, points: thinned([...this.trace], POINTS) }]);
  }

  #become(all) {
    this.all = all;
    store("kept", all);
    this.shown = null;
    this.changed(written(all));
  }

  /** What the curves draw of them: [{name, color, points}], by their places in the palette's series. */
  get scene() {
    const number = (value) => value ?? NaN;
    return this.all.map(({ caption, color, points }) => ({
      name: nameOf(caption, this.caption), color,
      points: points.map(({ step, loss, accuracy }) => ({ step, loss: number(loss), accuracy: number(accuracy) })),
    }));
  }

  /** hello, trace: of the run on screen; kept: what `scene` gave. */
  draw({ hello, trace, kept, ink }) {
    this.caption = hello?.caption ?? "";
    this.trace = trace;
    const isFull = this.all.length >= MOST;
    this.button.disabled = isFull || !trace.newest || !hello?.caption;
    mark(this.button, "title", isFull ? say("{n} are kept: take one away first", { n: MOST }) : say("Keeps these curves behind those of the runs to come, to compare them with"));
    const shown = kept.map(({ name, color }) => name + ink.series[color]).join();
    if (shown === this.shown) return;
    this.shown = shown;
    this.list.replaceChildren(...kept.map(({ name, color }, at) => this.#chip(name, ink.series[color], at)));
  }

  #chip(name, color, at) {
    const away = () => this.#become(this.all.filter((_, other) => other !== at));
    const text = el("span", { class: "name", title: name });
    write(text, name);
    const cross = el("button", { type: "button", class: "away", "aria-label": say("Take away: {name}", { name }), onclick: away }, "\u00d7");
    return el("span", { class: "chip", role: "listitem", style: `--line: ${color}` }, el("i", {}), text, cross);
  }
}

/** What a run has that the one on screen has not: "Activation: relu", "without Dropout: 0.2", "the same settings". */
export function nameOf(caption, present) {
  const [mine, others] = [caption, present].map((text) => (text ? text.split(", ") : []));
  const labels = mine.map((part) => part.split(": ")[0]);
  const has = mine.filter((part) => !others.includes(part));
  const lacks = others.filter((part) => !labels.includes(part.split(": ")[0]));
  const settings = [...has.map(said), ...lacks.map((part) => say("without {part}", { part: said(part) }))];
  return say("{settings}", { settings }) || say("the same settings");
}

/** A setting of a caption, which is kept and linked in English. */
function said(part) {
  const [label, ...text] = part.split(": ");
  return say("{name}: {text}", { name: say(label), text: text.join(": ") });
}

/** At most so many of these points, evenly from the first to the last. */
export function thinned(points, most) {
  if (points.length <= most) return points.map(plain);
  return Array.from({ length: most }, (_, at) => plain(points[Math.round((at * (points.length - 1)) / (most - 1))]));
}

const plain = ({ step, loss, accuracy }) => ({ step, loss, accuracy });
