// One step in slow motion: its moments one by one, each with its numbers, while the parts that act are lit.

import { number, percent } from "../axes.js";
import { el, sign, write } from "../dom.js";
import { say, sentence } from "../language.js";

const BACK = "M13 4l-8 6 8 6z";
const ON = "M7 4l8 6-8 6z";
const EVERY = 900; // ms that a moment stays while it plays by itself

/** What a part is called, what it does, and the panels that show it. */
const PARTS = {
  forward: [sentence("Forward"), sentence("the layer's input becomes z = Wa + b, and the activation makes its output of it"), ["activations", "activation-variance", "stream"]],
  loss: [sentence("Loss"), sentence("the net's answers are held against the labels of the batch"), ["loss", "accuracy"]],
  backward: [sentence("Backward"), sentence("the loss's slope comes from the layer above and goes on to the layer below"), ["gradients", "gradient-variance"]],
  clip: [sentence("Clip"), sentence("gradients that are too large are made smaller, all of them together"), ["gradient-variance"]],
  update: [sentence("Update"), sentence("the optimizer moves the layer's weights"), ["updates"]],
};
/** What it does at an end of the net, where that is something else. */
const AT_OUTPUT = {
  forward: sentence("the layer's input becomes z = Wa + b, of which the net's answers are made"),
  backward: sentence("the loss's slope begins here and goes on to the layer below"),
};
const AT_FIRST = { backward: sentence("the loss's slope comes from the layer above and ends here, for below are the inputs") };
const NAMES = {
  preactivation_mean: sentence("mean z"), preactivation_var: sentence("Var z"), input_var: sentence("Var into the activation"),
  activation_mean: sentence("mean a"), activation_var: sentence("Var a"), saturated: sentence("saturated"), dead: sentence("dead units"),
  loss: sentence("loss"), accuracy: sentence("accuracy"),
  gradient_var: sentence("Var dL/dz"), gradient_rms: sentence("rms dL/dz"), weight_gradient_var: sentence("Var dL/dW"),
  gradient_norm: sentence("norm of all gradients"), gradient_norm_clipped: sentence("after clipping"),
  lr: sentence("rate"), weight_before: sentence("one weight"), gradient: sentence("its gradient"), weight_after: sentence("becomes"), update_ratio: "|\u0394W| / |W|",
};
const EXACT = ["weight_before", "weight_after"]; // which differ in the third digit at most
const SHARES = ["saturated", "dead", "accuracy"];

export class Slow {
  /** `turned()` is called when it opens, closes or goes on. */
  constructor(turned) {
    this.turned = turned;
    this.acts = [];
    this.at = 0;
    this.step = 0;
    const small = (name, path, does) =>
      el("button", { type: "button", class: "small", "aria-label": name, title: name, onclick: does }, sign(path));
    this.place = el("b", {});
    this.words = el("span", { class: "text", role: "status", "aria-live": "polite" });
    this.numbers = el("span", { class: "readings" });
    this.auto = el("button", { type: "button", class: "why", onclick: () => this.play(!this.timer) });
    const close = el("button", { type: "button", class: "why", onclick: () => this.close() }, say("close"));
    const moves = [small(say("The moment before"), BACK, () => this.move(-1)), small(say("The next moment"), ON, () => this.move(1))];
    this.root = el("div", { class: "slow", role: "region", "aria-label": say("Slow motion"), hidden: true },
      ...moves, this.place, this.words, this.numbers, this.auto, close);
  }

  get isOpen() {
    return !this.root.hidden;
  }

  /** The moments of a step: [{part, layer, numbers}] in the order of events. */
  open(step, acts) {
    Object.assign(this, { step, acts, at: 0 });
    this.root.hidden = acts.length === 0;
    this.play(false);
    this.turned();
  }

  close() {
    if (!this.isOpen) return;
    this.play(false);
    this.root.hidden = true;
    this.turned();
  }

  move(by) {
    this.play(false);
    this.#go(this.at + by);
  }

  /** By itself, to the last moment. */
  play(on) {
    clearInterval(this.timer);
    if (on && this.at === this.acts.length - 1) this.at = 0;
    this.timer = on ? setInterval(() => this.#next(), EVERY) : null;
    write(this.auto, say(on ? "hold" : "play"));
    if (on) this.turned();
  }

  #next() {
    if (this.at >= this.acts.length - 1) this.play(false);
    else this.#go(this.at + 1);
  }

  #go(at) {
    this.at = Math.max(0, Math.min(this.acts.length - 1, at));
    this.turned();
  }

  /** What acts now: {panels, layer}, the layer's column or null; null while it is closed. */
  get acting() {
    if (!this.isOpen) return null;
    const { part, layer } = this.acts[this.at];
    return { panels: PARTS[part][2], layer: layer === null ? null : layer - 1 };
  }

  draw(rows) {
    if (!this.isOpen) return;
    this.#reserve(rows);
    this.#show(this.at, rows);
  }

  /** Every moment is as high as the highest: what is below stays where it is from one to the next. */
  #reserve(rows) {
    const wide = this.root.clientWidth;
    if (this.reserved?.acts === this.acts && this.reserved.wide === wide) return;
    this.reserved = { acts: this.acts, wide };
    this.root.style.minHeight = "";
    const heights = this.acts.map((_, at) => {
      this.#show(at, rows);
      return this.root.offsetHeight;
    });
    this.root.style.minHeight = `${Math.max(...heights)}px`;
    this.turned();
  }

  #show(at, rows) {
    const { part, layer, numbers } = this.acts[at];
    const name = PARTS[part][0];
    write(this.place, say("Step {step}, moment {n} of {all}", { step: this.step, n: at + 1, all: this.acts.length }));
    const where = { layer, is_output: rows[layer - 1]?.kind === "output" };
    const does = doesOf(part, where);
    const words = say(layer === null ? "{name}: {does}." : "{name}, {where:layer}: {does}.", { name, where, does });
    write(this.words, words);
    const shown = Object.entries(numbers).map(([key, value]) =>
      el("span", {}, `${key in NAMES ? say(NAMES[key]) : key} `, el("b", {}, value === null ? "\u2013" : said(key, value))));
    this.numbers.replaceChildren(...shown);
  }
}

/** What a part does in a layer. */
export function doesOf(part, { layer, is_output: isOutput }) {
  const special = isOutput ? AT_OUTPUT[part] : layer === 1 ? AT_FIRST[part] : undefined;
  return special ?? PARTS[part][1];
}

function said(key, value) {
  return SHARES.includes(key) ? percent(value) : number(value, EXACT.includes(key) ? 6 : 3);
}
