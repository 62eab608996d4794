// The race view: the race is asked for whole, then played, scrubbed and turned here without another byte.

import { choice, el, mark, shelter } from "../live/dom.js";
import { Hover } from "../live/hover.js";
import { store, stored } from "../live/memory.js";
import { dress, paletteFor } from "../live/palette.js";
import { Panel } from "../live/panel.js";
import { STYLE } from "../live/style.js";
import { Asker } from "./ask.js";
import { Cards } from "./cards.js";
import { curvesOf } from "./curves.js";
import { Cursor } from "./cursor.js";
import { Hand } from "./hand.js";
import { Inside } from "./inside.js";
import { mapOf } from "./map.js";
import { racersOf } from "./racers.js";
import { Rates, ratesPlot } from "./rates.js";
import { Regions } from "./regions.js";
import { reliefOf } from "./relief.js";
import { scaleOf } from "./scale.js";
import { RACE_STYLE } from "./style.js";
import { Transport } from "./transport.js";
import { verdict } from "./verdict.js";
import { around, nearer } from "./window.js";

const SETTLED = 300; // ms without a change until Python is told
const STARTING = 700; // ms without a first answer until the page says why
const NARROW = 900; // px, as in style.js: from here down the parts stand below each other, as high as they are
const LOOK = "gradient-flow-lab.race";

const views = new WeakMap();
let serials = 0;

/** Called by the component at every change of data or theme; one view per place on the page. */
export function mount(component) {
  let view = views.get(component.parentElement);
  if (!view) {
    view = new View(component);
    views.set(component.parentElement, view);
  }
  view.update(component);
  return () => {
    views.delete(component.parentElement);
    view.end();
  };
}

class View {
  constructor(component) {
    const { parentElement: parent, data } = component;
    this.component = component;
    this.look = { speed: 60, view: "map", curve: "gap", ...stored(LOOK) };
    this.asker = new Asker(data.base, data.token);
    this.entries = Object.fromEntries(data.optimizers.map((entry) => [entry.name, entry]));
    this.t = 0;
    this.playing = false;
    this.chosen = null;
    this.frames = 0;
    this.stamps = [];

    this.transport = new Transport({ toggle: () => this.toggle(), step: (by) => this.stepBy(by), seek: (t) => this.seek(t), speed: (speed) => this.remember({ speed }) }, this.look.speed);
    this.cards = new Cards({ change: (i, fields) => this.changeRun(i, fields), open: (i) => this.open(i), add: (name) => this.add(name), remove: (i) => this.remove(i) }, data);
    this.problem = el("div", { class: "problem", role: "alert", hidden: true });
    this.map = mapOf();
    this.relief = reliefOf();
    const views = choice("View", [["map", "map", "From above, with contours"], ["relief", "3D", "The same as a relief; drag to turn it"]], this.look.view, (view) => this.remember({ view }));
    this.stage = new Panel({
      name: "map", title: "Surface", grow: 5, tools: [views.root, this.basins(), this.zooms()],
      words: "Click or drag to move the start: all paths follow. The lower, the stronger the shade. Contours and shades stand on a scale fitted to this window, finer near the lowest values. " +
        "Filled diamonds are the known minima, hollow ones were found numerically. A letter on the edge has left the window.",
      draw: (ctx, scene, box) => (this.look.view === "relief" ? this.relief : this.map).draw(ctx, scene, box),
    });
    this.inside = new Inside(this.asker, () => this.redraw());
    this.rates = new Rates(this.asker, () => this.redraw());
    this.regions = new Regions(this.asker, () => this.redraw());
    this.steps = 0;
    this.plots = { gap: curvesOf(() => "height"), distance: curvesOf(() => (this.paths?.arrays.distances ? "distance" : "height")), length: curvesOf(() => "length"), rates: ratesPlot(this.rates) };
    const curve = choice("Curves", [["gap", "value", "Value above the lowest, step by step"], ["distance", "distance", "Distance to the nearest minimum, step by step"], ["length", "step length", "How far each step goes: AdaGrad's shrink, RMSProp's do not"], ["rates", "learning rates", "Final value at each of 100 learning rates"]], this.look.curve, (name) => this.remember({ curve: name }));
    this.tune = el("button", { type: "button", class: "tune", title: "Give each optimizer the rate with its lowest final value", onclick: () => this.useBest() }, "give each its best rate");
    this.curves = new Panel({
      name: "curves", title: "Compare", tools: [curve.root, this.tune],
      words: "Log scales. Value: how far above the lowest value known, that of a minimum or the lowest reached; without a minimum, how far below the start. Distance: to the nearest minimum of the map. Step length: how far each step goes. " +
        "Drag to scrub. Learning rates: the value after the last step, for 100 rates from 0.0001 to 10 from the same start with the same steps; a curve ends where it diverges. Click to give the open card a rate.",
      draw: (ctx, scene, box) => this.plot.draw(ctx, scene, box),
      probe: (x, y, scene, box) => this.plot.probe(x, y, scene, box),
    });
    this.panels = [this.stage, this.curves];
    this.cursor = new Cursor(this.asker, () => this.redraw());
    this.root = el(
      "div", { class: "view race", tabindex: -1 },
      this.transport.bar,
      this.problem,
      el("div", { class: "main" },
        el("div", { class: "left" }, this.stage.root, this.cursor.root, this.transport.scrub),
        el("div", { class: "right" }, this.cards.root, this.curves.root)),
    );
    this.host = shelter(this.root, STYLE + RACE_STYLE, { "data-testid": "race-view", "data-step": 0, "data-state": "waiting" });
    parent.append(this.host);
    this.hover = new Hover(this.root, [this.curves], () => this.redraw());
    this.listen();
  }

  get plot() {
    return this.plots[this.look.curve] ?? this.plots.gap;
  }

  /** The map of basins, on or off. */
  basins() {
    this.basinsButton = el("button", {
      type: "button", class: "tune", "aria-pressed": false, onclick: () => this.remember({ basins: !this.look.basins }),
      title: "Basins: which minimum the open card's optimizer (or the first) reaches from each start of a 60 x 60 grid. One color for each minimum, checkered where it diverges, nothing where it ends elsewhere.",
    }, "basins");
    return this.basinsButton;
  }

  /** Each running optimizer gets the rate with its lowest final value. */
  useBest() {
    const best = this.rates.best();
    this.change({ runs: this.race.runs.map((run, index) => (best.has(index) ? { ...run, lr: best.get(index) } : run)) });
  }

  /** Buttons for the window: nearer, farther, everything in sight, the surface's own. */
  zooms() {
    const button = (text, title, does) => el("button", { type: "button", title, "aria-label": `${text}: ${title}`, onclick: does }, text);
    return el("span", { class: "choice", role: "group", "aria-label": "Window" },
      button("+", "Zoom in around the middle", () => this.show(nearer(this.surface.header.bounds, 0.5))),
      button("\u2212", "Zoom out", () => this.show(nearer(this.surface.header.bounds, 2))),
      button("fit", "A window that holds every path", () => this.show(around(this.paths.arrays.positions.data))),
      button("home", "The surface's own window and start", () => this.change({ window: null, start: null })));
  }

  listen() {
    this.hand = new Hand(this);
    const scrub = (event) => {
      if (!(event.buttons & 1) || !this.paths) return;
      const x = event.clientX - this.curves.canvas.getBoundingClientRect().left;
      if (this.plot.step) return this.seek(Math.round(this.plot.step(x, this.scene, this.curves.box)));
      const lr = this.chosen === null ? null : this.plot.lr(x, this.scene, this.curves.box);
      if (lr && event.type === "pointerdown") this.changeRun(this.chosen, { lr: Number(lr.toPrecision(2)) });
    };
    this.curves.canvas.addEventListener("pointerdown", scrub);
    this.curves.canvas.addEventListener("pointermove", scrub);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.watch = new ResizeObserver(() => this.resize());
    const page = this.component.parentElement.closest("[data-testid=stMainBlockContainer]"); // what stands above comes and goes
    for (const node of [this.root, page, ...this.panels.map((panel) => panel.stage)]) if (node) this.watch.observe(node);
    this.resized = () => this.resize();
    window.addEventListener("resize", this.resized);
  }

  // What Python says

  update(component) {
    this.component = component;
    const { colors, race, revision } = component.data;
    this.ink = paletteFor(colors, this.root);
    dress(this.root, this.ink);
    const first = this.revision === undefined;
    if (this.revision !== revision) {
      this.revision = revision;
      this.told = JSON.stringify(race);
      clearTimeout(this.telling);
      this.take(race, first);
    } else this.refreshCards(); // the palette may be another one
    this.resize();
  }

  /** Python's race, from a link, a preset or the controls beside the view. */
  take(race, first) {
    const fresh = first || race.surface !== this.race.surface || race.runs.map((run) => run.optimizer).join() !== this.race.runs.map((run) => run.optimizer).join();
    this.race = race;
    if (fresh) {
      this.chosen = null;
      this.t = 0;
      this.playing = first ? !matchMedia("(prefers-reduced-motion: reduce)").matches : true;
    }
    this.refreshCards();
    this.ask();
    if (first) setTimeout(() => this.excuse(), STARTING);
  }

  /** The first answer takes seconds on a server that has just started. */
  excuse() {
    if (this.paths || !this.problem.hidden) return;
    this.problem.hidden = false;
    this.problem.classList.add("note");
    this.problem.replaceChildren(el("div", {}, "The process that computes the paths is starting. They come in a few seconds."));
    this.resize();
  }

  end() {
    this.watch.disconnect();
    window.removeEventListener("resize", this.resized);
    clearTimeout(this.telling);
    cancelAnimationFrame(this.due);
    this.host.remove();
  }

  // What the person changes

  change(fields, budget = null) {
    this.race = { ...this.race, ...fields };
    this.refreshCards();
    this.ask(budget);
  }

  changeRun(index, fields) {
    const runs = this.race.runs.map((run, i) => (i === index ? { ...run, ...fields, options: { ...run.options, ...(fields.options ?? {}) } } : run));
    this.change({ runs });
  }

  add(name) {
    const entry = this.entries[name];
    const options = Object.fromEntries(entry.options.map((option) => [option.name, option.default]));
    this.chosen = this.race.runs.length;
    this.change({ runs: [...this.race.runs, { optimizer: name, lr: entry.lr, options, on: true }] });
  }

  remove(index) {
    if (this.chosen === index) this.chosen = null;
    else if (this.chosen > index) this.chosen -= 1;
    this.change({ runs: this.race.runs.filter((_, i) => i !== index) });
  }

  open(index) {
    this.chosen = index;
    this.refreshCards();
    this.redraw();
  }

  refreshCards() {
    this.cards.show(this.race, this.chosen, this.ink, this.inside.root);
  }

  /** Another window, the same start. */
  show(window) {
    this.change({ window, start: this.place });
  }

  // The server's answers

  /** The race as it stands now. budget: only so many steps, while the start is dragged. */
  ask(budget = null) {
    const { race } = this;
    const about = JSON.stringify([race.surface, race.surface_options, race.expression, race.window]);
    if (about !== this.drawn && about !== this.drawing) {
      this.drawing = about;
      this.asker.newest("surface", { race }, (answer) => {
        this.drawn = about;
        this.drawing = null;
        this.surface = { ...answer, serial: (serials += 1) };
        this.toPlace = scaleOf(answer.header.scale).place;
        this.redraw();
      }, (error) => { this.drawing = null; this.refuse(error); });
    }
    if (!race.runs.some((run) => run.on)) return this.refuse(new Error("No optimizer is on: switch on at least one of the cards."));
    this.asker.newest("paths", { race, ...(budget ? { budget } : {}) }, (answer) => this.arrive(answer, race, budget), (error) => this.refuse(error));
  }

  arrive(answer, race, budget) {
    const atEnd = !this.paths || (this.t >= this.steps && !this.playing);
    this.paths = answer;
    this.shown = race;
    this.steps = answer.header.steps;
    if (!this.opened) this.opened = performance.now();
    this.t = atEnd && !this.playing ? this.steps : Math.min(this.t, this.steps);
    this.refuse(null);
    if (budget) this.hand.learn(budget, answer.took);
    else this.tell();
    this.redraw();
  }

  /** Why there is no new picture; the one before stays. */
  refuse(error) {
    const [first, ...rest] = (error?.message ?? "").split("\n");
    this.problem.hidden = !error;
    this.problem.classList.remove("note");
    mark(this.host, "data-problem", error ? "yes" : "no");
    if (error) this.problem.replaceChildren(el("div", {}, first, ...(rest.length ? [el("br"), el("code", {}, rest.join("\n"))] : []), el("div", { class: "caption" }, this.paths ? "The picture below is of the last race that could be run." : "")));
    this.resize();
  }

  /** Python hears of a race that was accepted, once it rests: the link follows. */
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const text = JSON.stringify(this.shown);
      if (text === this.told) return;
      this.told = text;
      this.component.setStateValue("race", { race: this.shown, revision: this.revision });
    }, SETTLED);
  }

  // Under the hand

  get place() {
    return this.race.start ?? this.surface?.header.own_start ?? [0, 0];
  }

  key(event) {
    const target = event.composedPath()[0];
    if (event.key !== " " || ["BUTTON", "SELECT", "INPUT"].includes(target.tagName)) return;
    event.preventDefault();
    this.toggle();
  }

  // Time

  toggle() {
    this.playing = !this.playing;
    if (this.playing && this.t >= this.steps) this.t = 0;
    this.redraw();
  }

  stepBy(by) {
    this.playing = false;
    this.seek(Math.floor(this.t) + by);
  }

  seek(t) {
    this.playing = false;
    this.t = Math.max(0, Math.min(this.steps ?? 0, t));
    this.redraw();
  }

  remember(change) {
    Object.assign(this.look, change);
    store(LOOK, this.look);
    this.redraw();
  }

  // Drawing

  redraw() {
    this.due ??= requestAnimationFrame((now) => {
      this.due = null;
      this.draw(now);
    });
  }

  resize() {
    const { top } = this.root.getBoundingClientRect();
    const room = window.innerHeight - Math.max(0, top) - 16;
    const height = this.root.clientWidth <= NARROW ? "auto" : `${Math.max(640, Math.min(room, 1200))}px`;
    this.root.style.setProperty("--fit", height);
    for (const panel of this.panels) panel.fit();
    this.redraw();
  }

  draw(now) {
    const began = performance.now();
    if (this.playing && this.paths) this.advance(now);
    this.before = this.playing ? now : null;
    const { ink, surface, paths, toPlace, steps = 0, look, t } = this;
    const first = this.shown ? this.shown.runs.findIndex((run) => run.on) : -1;
    if (this.shown && !this.hand.dragging) {
      this.inside.want(this.shown, this.chosen);
      if (look.curve === "rates") this.rates.want(this.shown);
      this.regions.want(this.shown, look.basins ? (this.shown.runs[this.chosen]?.on ? this.chosen : first) : null);
    }
    this.tune.hidden = look.curve !== "rates";
    this.tune.disabled = !this.rates.complete;
    mark(this.basinsButton, "aria-pressed", Boolean(look.basins));
    const racers = surface && paths ? racersOf({ race: this.shown, paths, ink, entries: this.entries, chosen: this.chosen }) : [];
    racers.sort((a, b) => a.chosen - b.chosen);
    const scene = (this.scene = { ink, surface, paths, toPlace, steps, t, racers, start: this.place, look, playing: this.playing, rate: this.rate(now), chosen: this.chosen, race: this.race, entries: this.entries, formulas: this.component.data.formulas, basins: this.regions.picture, verdicts: (racer, step) => verdict(racer, step, paths.header), limits: paths?.header.limits });
    mark(this.stage.root, "data-view", look.view);
    this.transport.draw(scene);
    this.cards.draw(scene);
    for (const panel of this.panels) panel.draw(scene);
    this.inside.draw(scene);
    this.cursor.draw(scene);
    this.hover.show(this.hover.find(scene), scene);
    mark(this.host, "data-step", Math.floor(t));
    mark(this.host, "data-steps", steps);
    mark(this.host, "data-state", !paths ? "waiting" : this.playing ? "playing" : "still");
    mark(this.host, "data-start", this.place.join(" "));
    this.frames += 1;
    mark(this.host, "data-frames", this.frames);
    this.cost = 0.9 * (this.cost ?? 0) + 0.1 * (performance.now() - began);
    mark(this.host, "data-draw-ms", this.cost.toFixed(2));
    if (this.playing && this.paths) this.redraw();
  }

  advance(now) {
    const passed = Math.min(100, this.before === null || this.before === undefined ? 16 : now - this.before);
    this.t = Math.min(this.steps, this.t + (passed / 1000) * this.look.speed);
    if (this.t >= this.steps) this.playing = false;
  }

  rate(now) {
    if (!this.playing) {
      this.stamps = [];
      return this.lastRate ?? null;
    }
    this.stamps = [...this.stamps.filter((stamp) => now - stamp < 1000), now];
    if (this.stamps.length > 5) this.lastRate = (1000 * (this.stamps.length - 1)) / (now - this.stamps[0]);
    return this.lastRate ?? null;
  }
}
