// The inside of the open card's optimizer: its rule with this step's numbers in it, its state, and vector pictures.

import { number } from "../axes.js";
import { el, write } from "../dom.js";
import { say, sentence } from "../language.js";
import { Panel, label } from "../panel.js";
import { named } from "./fields.js";

/** @type {[string, import("../language.js").Sentence, import("../language.js").Sentence][]} */
const ROWS = [
  ["gradient", sentence("gradient"), sentence("The surface's own gradient at this step")],
  ["seen", sentence("as it arrives"), sentence("The gradient after noise and clipping: what the optimizer gets")],
  ["change", sentence("change"), sentence("How far each coordinate moves at this step")],
  ["uncorrected", sentence("uncorrected"), sentence("How far it would move with its means taken as they are, without making up for their start at zero")],
  ["effective_lr", sentence("effective lr"), sentence("\u2212change / gradient: the rate with which plain descent would make the same step")],
];

/** What the engine's names of an optimizer's state are called; others are said as they are. */
const STATE = {
  velocity: sentence("velocity"), first_moment: sentence("first moment"), second_moment: sentence("second moment"),
  first_moment_corrected: sentence("first moment corrected"), second_moment_corrected: sentence("second moment corrected"),
  largest_second_moment: sentence("largest second moment"), largest_gradient: sentence("largest gradient"),
  sum_of_squares: sentence("sum of squares"), mean_squared_step: sentence("mean squared step"),
  previous_gradient: sentence("previous gradient"), step_size: sentence("step size"),
};
const BIAS = sentence("Divided by what a mean that starts at zero still lacks");
const HEADING_OF_MORE = sentence("Step {step}, along x; {options} add terms left out here:");
const HEADING_OF_BOTH = sentence("Step {step}, along x; g includes weight decay; {options} add terms left out here:");
const VECTORS = sentence("To scale. What the velocity alone would do (jump), what the gradient adds, and where the step ends. Nesterov's gradient is taken at the end of the jump, the heavy ball's where it stands.");

export class Inside {
  constructor(asker, changed) {
    this.asker = asker;
    this.changed = changed;
    this.lines = el("div", { class: "filled" });
    this.table = el("table", { class: "numbers" });
    this.picture = new Panel({ name: "vectors", title: say("This step's vectors"), words: say(VECTORS), draw: (ctx, scene, box) => this.#vectors(ctx, scene, box) });
    this.clipped = el("p", { class: "caption" });
    this.root = el("div", { class: "inside" }, this.lines, this.table, this.picture.root, this.clipped);
    this.answer = null;
  }

  /** Asks when the card, or the race under it, is another one. */
  want(race, index) {
    const on = index === null ? -1 : race.runs.slice(0, index).filter((run) => run.on).length;
    if (index === null || !race.runs[index]?.on) {
      this.answer = null;
      this.asked = null;
      return;
    }
    const { runs, ...rest } = race;
    const about = JSON.stringify([rest, runs[index], index]);
    if (about === this.asked) return;
    this.asked = about;
    this.asker.newest("inside", { race, of: on }, (answer) => {
      if (this.asked !== about) return;
      this.answer = answer;
      this.run = runs[index];
      this.shape = null;
      this.changed();
    }, () => (this.asked = null));
  }

  draw(scene) {
    const { answer } = this;
    this.root.hidden = !answer;
    if (!answer) return;
    const { arrays, header } = answer;
    const steps = arrays.lr.shape[0];
    const step = Math.max(0, Math.min(Math.floor(scene.t), steps - 1, header.diverged_at > 0 ? header.diverged_at - 2 : steps - 1));
    const at = (name) => [arrays[name].data[2 * step], arrays[name].data[2 * step + 1]];
    this.step = step;
    this.#fill(header, arrays, step, at, scene);
    this.#rows(header, arrays, at);
    this.picture.root.hidden = !arrays.here;
    if (arrays.here) {
      this.picture.fit();
      this.picture.draw(scene);
    }
  }

  /** The rule's lines with this step's numbers, for x; y in the same way. */
  #fill(header, arrays, step, at, scene) {
    const racer = scene.racers.find(({ index }) => index === header.index);
    const lines = scene.formulas[this.run.optimizer] ?? [];
    const x = racer?.x(step) ?? NaN;
    const given = this.run.options;
    const decay = given.decoupled_weight_decay || lines.join().includes("{weight_decay}") ? 0 : given.weight_decay ?? 0;
    const names = {
      t: step + 1, lr: arrays.lr.data[step], g: at("seen")[0] + decay * x, change: at("change")[0],
      x, x_next: racer?.x(step + 1) ?? NaN,
      ...options(this.run.options),
    };
    for (const name of Object.keys(arrays)) if (name.startsWith("state.")) names[name.slice(6)] = at(name)[0];
    for (const name of Object.keys(arrays)) {
      if (name.startsWith("state.")) names[`${name.slice(6)}_before`] = step > 0 ? arrays[name].data[2 * step - 2] : 0;
    }
    if (this.lines.childElementCount !== lines.length + 1) this.lines.replaceChildren(el("div", { class: "caption" }), ...lines.map(() => el("div")));
    const more = unsaid(scene.entries[this.run.optimizer], given, lines.join());
    write(this.lines.children[0], heading(step + 1, decay !== 0, more));
    lines.forEach((line, k) => write(this.lines.children[k + 1], filled(say(line), names)));
  }

  #rows(header, arrays, at) {
    const state = Object.keys(arrays).filter((name) => name.startsWith("state."));
    const shape = state.join();
    const differs = this.run && arrays.seen.data.some((value, k) => value !== arrays.gradient.data[k]);
    const plain = ROWS.filter(([name]) => arrays[name] && (name !== "seen" || differs));
    if (this.shape !== `${shape}${differs}`) {
      this.shape = `${shape}${differs}`;
      const row = (name, words, help) => [name, el("tr", {}, el("th", { scope: "row", "data-help": say(help) }, say(words)), el("td"), el("td"))];
      this.rows = [
        ...plain.map(([name, words, help]) => row(name, words, help)),
        ...state.map((name) => row(name, STATE[name.slice(6)] ?? name.slice(6).replaceAll("_", " "), header.symbols[name.slice(6)]?.[1] ?? BIAS)),
      ];
      this.table.replaceChildren(el("tr", {}, el("th", {}, ""), el("td", {}, "x"), el("td", {}, "y")), ...this.rows.map(([, node]) => node));
    }
    write(this.clipped, differs ? turned(at("gradient"), at("seen")) : "");
    for (const [name, node] of this.rows) {
      const values = at(name);
      write(node.children[1], numeral(values[0]));
      write(node.children[2], numeral(values[1]));
    }
  }

  #vectors(ctx, { ink }, box) {
    const { header: { nesterov }, arrays } = this.answer;
    const { step } = this;
    const at = (name) => [arrays[name].data[2 * step], arrays[name].data[2 * step + 1]];
    const lr = arrays.lr.data[step];
    const [here, there] = [at("here"), at("there")];
    const pull = (name) => at(name).map((g) => -lr * g);
    const [gHere, gThere] = [pull("gradient_here"), pull("gradient_there")];
    const plus = (a, b) => [a[0] + b[0], a[1] + b[1]];
    const end = plus(there, nesterov ? gThere : gHere);
    const arrows = [
      [here, there, ink.muted, say("jump \u2212\u03b7\u03bcv"), []],
      [here, plus(here, gHere), ink.gradient, say("\u2212\u03b7g here"), nesterov ? [3, 3] : []],
      [there, plus(there, gThere), ink.activation, say("\u2212\u03b7g there"), nesterov ? [] : [3, 3]],
      [here, end, ink.text, say("the step"), []],
    ];
    const points = arrows.flatMap(([a, b]) => [a, b]).filter((p) => p.every(Number.isFinite));
    if (!points.length) return;
    const reach = [0, 1].map((k) => [Math.min(...points.map((p) => p[k])), Math.max(...points.map((p) => p[k]))]);
    const span = Math.max(reach[0][1] - reach[0][0], reach[1][1] - reach[1][0], 1e-300);
    const unit = Math.min((box.width - 110) / (reach[0][1] - reach[0][0] || span), (box.height - 34) / (reach[1][1] - reach[1][0] || span));
    const x = (p) => 10 + (p[0] - reach[0][0]) * unit;
    const y = (p) => box.height - 22 - (p[1] - reach[1][0]) * unit;
    for (const [a, b, color, , dash] of arrows) arrow(ctx, x(a), y(a), x(b), y(b), color, dash);
    arrows.forEach(([, , color, name, dash], k) => {
      ctx.setLineDash(dash);
      ctx.strokeStyle = color;
      ctx.beginPath();
      ctx.moveTo(box.width - 92, 10 + 15 * k);
      ctx.lineTo(box.width - 74, 10 + 15 * k);
      ctx.stroke();
      ctx.setLineDash([]);
      label(ctx, name, box.width - 70, 10 + 15 * k, color);
    });
    label(ctx, say("{span} wide", { span: number(span, 2) }), 4, box.height - 8, ink.muted);
  }
}

/** What noise and clipping did to the gradient: "clipped: length 100 to 1.41, turned by 44.4 degrees". */
function turned([a, b], [c, d]) {
  const [before, after] = [Math.hypot(a, b), Math.hypot(c, d)];
  const angle = (Math.abs(Math.atan2(a * d - b * c, a * c + b * d)) * 180) / Math.PI;
  return say("noise and clipping: length {before} \u2192 {after}, turned by {angle}\u00b0", {
    before: number(before, 3), after: number(after, 3), angle: angle.toFixed(1),
  });
}

/** What stands over the rule's lines. more: options of which they say nothing. */
function heading(step, hasDecay, more) {
  if (!more.length) return say(hasDecay ? "Step {step}, along x; g includes weight decay:" : "Step {step}, along x:", { step });
  const options = more.reduce((row, next) => say("{row} and {next}", { row, next }));
  const words = hasDecay ? HEADING_OF_BOTH : HEADING_OF_MORE;
  return say(words, { step, options });
}

/** Options away from their defaults of which these lines say nothing. */
function unsaid(entry, given, lines) {
  const said = (name) => name === "weight_decay" || lines.includes(`{${name}}`) || (name === "betas" && lines.includes("{beta1}"));
  return entry.options.filter(({ name, default: usual }) => !said(name) && JSON.stringify(given[name]) !== JSON.stringify(usual)).map(named);
}

function options(given) {
  const names = { ...given };
  if (given.betas) [names.beta1, names.beta2] = given.betas;
  return names;
}

function numeral(value) {
  return Number.isNaN(value) ? "\u2013" : number(value, 3);
}

/** The line with numbers for names; a negative one in brackets unless it is a result. */
function filled(line, names) {
  return line.replace(/(= )?\{(\w+)\}/g, (_, equals, name) => {
    const text = names[name] === undefined ? "?" : number(names[name], 4);
    return equals ? equals + text : names[name] < 0 ? `(${text})` : text;
  });
}

export function arrow(ctx, x0, y0, x1, y1, color, dash = []) {
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.lineWidth = 2;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
  ctx.setLineDash([]);
  const [length, angle] = [Math.hypot(x1 - x0, y1 - y0), Math.atan2(y1 - y0, x1 - x0)];
  if (length < 4) return;
  const size = Math.min(8, length / 2);
  ctx.beginPath();
  for (const turn of [0, 2.6, -2.6]) ctx.lineTo(x1 + (turn ? size * Math.cos(angle + turn) : 0), y1 + (turn ? size * Math.sin(angle + turn) : 0));
  ctx.fill();
}
