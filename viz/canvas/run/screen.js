// What is on screen: the newest frame, or the one scrubbed to, drawn at most once a display frame and only when it changed.

import { Bar } from "./bar.js";
import { Blocks, leavesOf } from "./blocks.js";
import { el, mark, shelter } from "../dom.js";
import { Hover } from "../hover.js";
import { Kept } from "./kept.js";
import { Notices } from "./notices.js";
import { Numbers } from "./numbers.js";
import { dress, paletteFor } from "../palette.js";
import { watchRoom } from "../place.js";
import { panels } from "./panels.js";
import { picture } from "./picture.js";
import { Projector } from "./projector.js";
import { Slow } from "./slow.js";
import { Timeline } from "./timeline.js";
import { STYLE } from "../style.js";
import { Verdict } from "./verdict.js";
import { Versus } from "./versus.js";
import { WireError } from "../../wire/error.js";
import { decode } from "../../wire/frame.js";
import { say, sentence } from "../language.js";
import { Zoom } from "./zoom.js";

const CURVES = ["loss", "accuracy"]; // the panels whose axis is of steps
const NARROW = 720;
const [LOWEST, HIGHEST] = [600, 1100];
const REPLACED = sentence("The net begins again from step 0, for this setting cannot change in a net that trains. Settings marked \u201c{now}\u201d can: with one of them it goes on from step {step}.");

let mounts = 0;

export class Screen {
  /**
   * `hands` are {bar, verdict, versus, scrub}: what their buttons do; `seen()` gives {run, status, beside}, what there is
   * to draw, where `beside` is a second run or null;
   * `chose(change)` is called when the person looks at it in another way than `look` says.
   */
  constructor(parent, look, hands, chose, seen) {
    this.look = look;
    this.seen = seen;
    this.drawn = 0;
    this.stamps = [];
    this.chose = chose;
    this.bar = new Bar({ ...hands.bar, project: () => this.project(this.projector.other) }, look.speed);
    this.scrub = new Timeline(hands.scrub);
    this.notices = new Notices();
    this.blocks = new Blocks(() => this.redraw());
    const { all, ladder, side, sight, greet } = panels(look, chose, this.blocks);
    this.sight = sight;
    this.kept = new Kept(look.kept, (kept) => chose({ kept }));
    side.append(this.kept.root);
    this.greet = greet;
    this.panels = all;
    this.verdict = new Verdict(hands.verdict, Object.fromEntries(all.map(({ name, title }) => [name, title])));
    this.versus = new Versus(hands.versus);
    this.main = el("div", { class: "main" }, ladder, side, sight.panel.root);
    this.slow = new Slow(() => this.resize());
    this.foot = el("div", { class: "foot" }, this.scrub.root);
    const lines = [this.bar.root, this.verdict.root, this.versus.root, this.slow.root];
    const parts = [...lines, this.main, this.foot, this.notices.root];
    this.root = el("div", { class: "view", tabindex: -1 }, ...parts);
    const hooks = { "data-testid": "live-view", "data-step": 0, "data-frames": 0, "data-mounts": (mounts += 1) };
    this.host = shelter(this.root, STYLE, hooks);
    parent.append(this.host);
    this.zoom = new Zoom(all.filter(({ name }) => CURVES.includes(name)), () => this.#scene(this.seen().run), () => this.redraw());
    all.find(({ name }) => name === CURVES[0]).head.append(this.zoom.root);
    this.numbers = new Numbers(all.filter((panel) => panel !== sight.panel));
    this.hover = new Hover(this.root, all, () => this.redraw());
    this.projector = new Projector(this.root, this.host, all.filter((panel) => panel !== sight.panel));
    this.endWatch = watchRoom(parent, [this.root], () => this.resize());
    if (look.projected) this.project(look.projected);
  }

  dress(colors) {
    this.colors = colors;
    this.ink = paletteFor(colors, this.root);
    dress(this.root, this.ink);
    this.resize();
  }

  end() {
    this.endWatch();
    cancelAnimationFrame(this.due);
    this.host.remove();
  }

  /** The frame in these bytes, or null with a notice. */
  read(bytes) {
    try {
      // A frame is mostly drawn right after it came: its decoding is kept until the next.
      if (this.decoded?.bytes !== bytes) this.decoded = { bytes, frame: decode(bytes, this.seen().run.columnsOf(bytes)) };
      return this.decoded.frame;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.notices.add("error", say("A frame could not be read: {why}", { why: error instanceof WireError ? error : error.message }));
      return null;
    }
  }

  /** Why the past that was looked at is gone. */
  tellReplaced(step) {
    this.notices.add("info", say(REPLACED, { now: say("now"), step: step.toLocaleString("en-US") }));
  }

  redraw() {
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      this.draw();
    });
  }

  /** What is shown now as a file, on white paper whatever the page's color is. */
  picture(kind, caption) {
    if (!this.frame) return;
    const ink = { ...this.ink, ...(this.colors.light ?? this.colors.paper) };
    dress(this.root, ink);
    picture(kind, this, { ...this.#scene(this.seen().run), ink }, caption);
    dress(this.root, this.ink);
  }

  /** Puts the panels of these names out of sight. */
  hide(names) {
    for (const panel of this.panels) panel.isAway = names.includes(panel.name);
  }

  /** Marks the panel that a lesson is about, or none. */
  suggest(name) {
    for (const panel of this.panels) panel.suggest(panel.name === name);
  }

  /** One panel alone, for a projector; "" for all of them. */
  project(name) {
    this.projector.show(name);
    if (this.look.projected !== name) this.chose({ projected: name });
    this.bar.project(this.projector.panel !== null);
    this.resize();
  }

  /** Brings a panel in sight, and the eye to it. */
  point(name) {
    const panel = this.panels.find((each) => each.name === name);
    panel?.root.scrollIntoView({ block: "nearest" });
    panel?.root.animate?.([{ background: this.ink.raised }, { background: "transparent" }], 1200);
  }

  resize() {
    this.root.classList.toggle("open", !this.verdict.details.hidden);
    const isNarrow = this.root.clientWidth < NARROW;
    this.#placeSlow(isNarrow);
    const { top } = this.root.getBoundingClientRect();
    const room = window.innerHeight - Math.max(0, top) - 16;
    const height = isNarrow ? "auto" : `${Math.max(LOWEST, Math.min(room, HIGHEST))}px`;
    this.root.style.setProperty("--fit", height);
    for (const panel of this.panels) panel.fit();
    this.verdict.fit();
    this.redraw();
  }

  /** On a narrow screen it stands with the timeline, which stays in sight; above the panels it would be far from those it lights. */
  #placeSlow(isNarrow) {
    const isLow = this.slow.root.parentNode === this.foot;
    if (isNarrow && !isLow) this.foot.prepend(this.slow.root);
    if (!isNarrow && isLow) this.main.before(this.slow.root);
  }

  /** Brings the panels that act in sight where they do not all fit the screen: once for each part, and who scrolls elsewhere stays there. */
  #follow(acting) {
    const names = acting?.panels ?? [];
    if (names.join() === this.followed) return;
    this.followed = names.join();
    if (this.slow.root.parentNode !== this.foot) return;
    const first = this.panels.find(({ name, root }) => names.includes(name) && !root.hidden);
    first?.root.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  draw() {
    const began = performance.now();
    const { run, status, beside } = this.seen();
    if (run.entry !== this.shown) this.#show(run.entry);
    this.#knows(run.hello);
    this.#meets(run.hello, beside?.run.hello ?? null);
    const scene = this.#scene(run, comes(run, status));
    const found = this.hover.find(scene);
    const { acting } = this.slow;
    scene.hover = found ? { layer: found.layer } : acting;

    this.bar.set(standingOf(run, beside));
    this.bar.draw(scene);
    this.verdict.draw(run, status, scene.frame);
    this.versus.draw(run, scene.frame, beside);
    this.scrub.draw(run, scene.frame);
    this.kept.draw(scene);
    this.slow.draw(scene.rows);
    this.#follow(acting);
    this.main.classList.toggle("seeing", scene.sees);
    this.bar.sees(Boolean(run.hello?.sees), scene.sees);
    if (this.panels.filter((panel) => panel.appears(scene)).length) this.resize();
    for (const panel of this.panels) {
      panel.light(acting && acting.panels.includes(panel.name));
      panel.accuse(run.telling.includes(panel.name) && !["gone", "anew"].includes(status));
      panel.draw(scene);
    }
    this.blocks.draw(scene, this.panels.find(({ box }) => box.width > 0)?.box ?? { width: 0 });
    this.hover.show(found, scene);
    this.numbers.draw(scene);
    mark(this.host, "data-state", run.state);
    mark(this.host, "data-connection", status);
    this.root.classList.toggle("sought", run.wanted !== null || (beside?.run.wanted ?? null) !== null);
    this.root.classList.toggle("stale", run.next !== null || run.isOld);
    mark(this.host, "data-empty", ["lost", "resumable"].includes(run.standing) && !this.frame);
    const cost = performance.now() - began;
    this.cost = 0.95 * (this.cost ?? cost) + 0.05 * cost;
    mark(this.host, "data-draw-ms", this.cost.toFixed(2));
  }

  /** Whether what the net sees is shown. */
  get sees() {
    return this.look.sees === "on" && Boolean(this.seen().run.hello?.sees) && !this.sight.panel.isAway;
  }

  /** All that a panel may read while it draws. */
  #scene({ hello, ring, trace, tests, ghosts, cursor, accused, held, isPast, standing, sight, ghost }, isComing) {
    const { frame, look, ink, rate } = this;
    const other = this.seen().beside;
    const beside = frame && other ? other.scene(frame.step) : null;
    const second = beside ?? (frame && ghost ? ghost.scene(frame.step) : null);
    const own = frame?.layers ?? hello?.rows.length ?? 0;
    const others = other?.about.labels ?? []; // before its first frame is here: nothing moves when that comes
    const layers = Math.max(own, others.length);
    const rows = layers > own ? others.map(rowOf) : (hello?.rows ?? []);
    const { wide, sought } = this.blocks;
    const leaves = hello?.watched ? this.leaves : null;
    const live = held === null;
    const playing = standing === "playing";
    const span = this.zoom.of(trace);
    const { drag } = this.zoom;
    return {
      frame, hello, ring, trace, tests, ghosts, look, ink, layers, rows, cursor, rate, live, past: isPast, playing, comes: isComing, found: accused, beside, second, left: ghost?.points ?? [], kept: this.kept.scene,
      about: other?.about ?? null, wide, sought, leaves, span, drag, sight, sees: this.sees,
    };
  }

  /** A net of somebody's own is looked at, not driven; its layers have paths. */
  #knows(hello) {
    if (hello === this.known) return;
    this.known = hello;
    const isWatched = hello?.watched === true;
    this.root.classList.toggle("watched", isWatched);
    this.root.classList.toggle("uncounted", hello?.histograms === false);
    const labels = isWatched ? hello.rows.map(({ name }) => name) : [];
    this.leaves = leavesOf(labels);
    this.blocks.take(labels);
    this.resize();
  }

  /** Of panels that the run has nothing for, the run beside it fills the menus. */
  #meets(hello, other) {
    if (hello === this.met?.hello && other === this.met?.other) return;
    this.met = { hello, other };
    if (hello && other) this.greet(hello, other);
  }

  /** Takes one entry of the ring onto the screen. */
  #show(entry) {
    this.shown = entry;
    this.frame = entry && this.read(entry.bytes);
    if (!this.frame) return;
    this.drawn += 1;
    const now = performance.now();
    this.stamps = [...this.stamps.filter((stamp) => now - stamp < 2000), now];
    const [oldest] = this.stamps;
    this.rate = this.stamps.length > 2 ? (1000 * (this.stamps.length - 1)) / (now - oldest) : null;
    mark(this.host, "data-step", this.frame.step);
    mark(this.host, "data-frames", this.drawn);
  }
}

/** A layer of a run by its name alone. */
function rowOf(name, at, { length }) {
  return { name, kind: at === length - 1 ? "output" : "hidden" };
}

/** Whether frames come: a pace that was told before a silence is none of now. */
export function comes({ standing, silent }, status) {
  return standing === "playing" && silent === null && ["open", "polling"].includes(status);
}

/** What the big button is about: of two runs the one that plays; where the first has diverged, the second. */
export function standingOf(run, beside) {
  const other = beside?.source ? beside.run.standing : run.standing;
  return other === "playing" || run.standing === "diverged" ? other : run.standing;
}
