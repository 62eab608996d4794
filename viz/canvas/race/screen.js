// What is on screen: the map or the relief, the cards, the curves and the time, drawn when one of them changed.

import { choice, el, mark, shelter } from "../dom.js";
import { Hover } from "../hover.js";
import { paragraph, say, sentence } from "../language.js";
import { dress, paletteFor } from "../palette.js";
import { watchRoom } from "../place.js";
import { Panel } from "../panel.js";
import { STYLE } from "../style.js";
import { Cards } from "./cards.js";
import { Compare } from "./compare.js";
import { Cursor } from "./cursor.js";
import { Inside } from "./inside.js";
import { VIEWS } from "./look.js";
import { mapOf } from "./map.js";
import { Problem } from "./problem.js";
import { racersOf } from "./racers.js";
import { Regions } from "./regions.js";
import { reliefOf } from "./relief.js";
import { RACE_STYLE } from "./style.js";
import { Transport } from "./transport.js";
import { verdict } from "./verdict.js";
import { around, nearer } from "./window.js";

const NARROW = 900; // px, as in style.js: from here down the parts stand below each other, as high as they are
const STAGE = [
  sentence("Click or drag to move the start: all paths follow. The lower, the stronger the shade. Contours and shades stand on a scale fitted to this window, finer near the lowest values."),
  sentence("Filled diamonds are the known minima, hollow ones were found numerically. A letter on the edge has left the window."),
];
const BASINS = sentence(
  "Basins: which minimum the open card's optimizer (or the first) reaches from each start of a 60 x 60 grid. One color for each minimum, checkered where it diverges, nothing where it ends elsewhere.",
);

export class Screen {
  /** Shows the race of a view in `parent`, and calls the view for what the person does; tables: see Cards. */
  constructor(view, parent, tables) {
    this.view = view;
    this.frames = 0;
    this.stamps = [];
    const { asker, clock, look } = view;
    const changed = () => this.redraw();
    this.transport = new Transport({
      toggle: () => clock.toggle(), step: (by) => clock.stepBy(by), seek: (t) => clock.seek(t),
      speed: (speed) => view.remember({ speed }),
    }, look.speed);
    this.cards = new Cards({
      change: (i, fields) => view.changeRun(i, fields), open: (i) => view.open(i),
      add: (name) => view.add(name), remove: (i) => view.remove(i),
    }, tables);
    this.problem = new Problem(() => this.resize());
    this.map = mapOf();
    this.relief = reliefOf();
    const from = choice(say("View"), VIEWS, look.view, (name) => view.remember({ view: name }));
    this.stage = new Panel({
      name: "map", title: say("Surface"), grow: 5, tools: [from.root, this.#basins(), this.#zooms()], words: paragraph(...STAGE.map((each) => say(each))),
      draw: (ctx, scene, box) => (look.view === "relief" ? this.relief : this.map).draw(ctx, scene, box),
    });
    this.inside = new Inside(asker, changed);
    this.regions = new Regions(asker, changed);
    this.cursor = new Cursor(asker, changed);
    this.compare = new Compare(view);
    this.panels = [this.stage, this.compare.panel];
    this.root = this.#layout();
    this.host = shelter(this.root, STYLE + RACE_STYLE, { "data-testid": "race-view", "data-step": 0, "data-state": "waiting" });
    parent.append(this.host);
    this.hover = new Hover(this.root, [this.compare.panel], changed);
    const stages = this.panels.map((panel) => panel.stage);
    this.endWatch = watchRoom(parent, [this.root, ...stages], () => this.resize());
  }

  #layout() {
    return el(
      "div", { class: "view race", tabindex: -1 },
      this.transport.bar,
      this.problem.root,
      el("div", { class: "main" },
        el("div", { class: "left" }, this.stage.root, this.cursor.root, this.transport.scrub),
        el("div", { class: "right" }, this.cards.root, this.compare.panel.root)),
    );
  }

  /** The map of basins, on or off. */
  #basins() {
    const { view } = this;
    const onclick = () => view.remember({ basins: !view.look.basins });
    this.basins = el("button", { type: "button", class: "tune", "aria-pressed": false, onclick, title: say(BASINS) }, say("basins"));
    return this.basins;
  }

  /** Buttons for the window: nearer, farther, everything in sight, the surface's own. */
  #zooms() {
    const { view } = this;
    const button = (text, title, does) => el("button", { type: "button", title, "aria-label": say("{name}: {text}", { name: text, text: title }), onclick: does }, text);
    return el("span", { class: "choice", role: "group", "aria-label": say("Window") },
      button("+", say("Zoom in around the middle"), () => view.show(nearer(view.surface.header.bounds, 0.5))),
      button("\u2212", say("Zoom out"), () => view.show(nearer(view.surface.header.bounds, 2))),
      button(say("fit"), say("A window that holds every path"), () => view.show(around(view.paths.arrays.positions.data))),
      button(say("home"), say("The surface's own window and start"), () => view.change({ window: null, start: null })));
  }

  dress(colors) {
    this.ink = paletteFor(colors, this.root);
    dress(this.root, this.ink);
  }

  refreshCards(race, chosen) {
    this.cards.show(race, chosen, this.ink, this.inside.root);
  }

  end() {
    this.endWatch();
    cancelAnimationFrame(this.due);
    this.host.remove();
  }

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
    const resized = this.panels.filter((panel) => panel.fit());
    if (this.scene && resized.length) this.draw(performance.now()); // what has another size is blank until it is drawn
    else this.redraw();
  }

  draw(now) {
    const began = performance.now();
    const { view } = this;
    const { clock, paths } = view;
    if (paths) clock.advance(now, view.look.speed);
    if (view.shown && !view.hand.dragging) this.#want(view);
    const scene = (this.scene = this.#scene(view, now));
    mark(this.basins, "aria-pressed", Boolean(view.look.basins));
    mark(this.stage.root, "data-view", view.look.view);
    for (const part of [this.transport, this.cards, this.stage, this.compare, this.inside, this.cursor]) part.draw(scene);
    this.hover.show(this.hover.find(scene), scene);
    this.frames += 1;
    this.cost = 0.9 * (this.cost ?? 0) + 0.1 * (performance.now() - began);
    const state = !paths ? "waiting" : clock.playing ? "playing" : "still";
    const said = { step: Math.floor(clock.t), steps: clock.steps, state, start: view.place.join(" "), frames: this.frames };
    for (const [name, value] of Object.entries(said)) mark(this.host, `data-${name}`, value);
    mark(this.host, "data-problem", this.problem.isError ? "yes" : "no");
    mark(this.host, "data-draw-ms", this.cost.toFixed(2));
    if (clock.playing && paths) this.redraw();
  }

  /** What only some looks need is asked for when it is looked at. */
  #want({ shown, chosen, look }) {
    this.inside.want(shown, chosen);
    if (look.curve === "rates") this.compare.rates.want(shown);
    const of = shown.runs[chosen]?.on ? chosen : shown.runs.findIndex((run) => run.on);
    this.regions.want(shown, look.basins ? of : null);
  }

  /** All that a part may read while it draws. */
  #scene({ surface, paths, toPlace, look, shown, race, chosen, entries, place, clock, formulas }, now) {
    const { ink } = this;
    const { t, steps, playing } = clock;
    const racers = surface && paths ? racersOf({ race: shown, paths, ink, entries, chosen }) : [];
    racers.sort((a, b) => a.chosen - b.chosen);
    return {
      ink, surface, paths, toPlace, steps, t, racers, look, playing, chosen, race, entries, start: place,
      rate: this.#rate(now, playing), formulas, basins: this.regions.picture,
      verdicts: (racer, step) => verdict(racer, step, paths.header), limits: paths?.header.limits,
    };
  }

  /** Frames a second over the last second of playing, null before there are any. */
  #rate(now, playing) {
    this.stamps = playing ? [...this.stamps.filter((stamp) => now - stamp < 1000), now] : [];
    if (this.stamps.length > 5) this.lastRate = (1000 * (this.stamps.length - 1)) / (now - this.stamps[0]);
    return this.lastRate ?? null;
  }
}
