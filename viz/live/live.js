// The live view: mounted once, fed by its own stream, drawn at most once a display frame and only when something changed.

import { Bar } from "./bar.js";
import { el, mark } from "./dom.js";
import { Hover } from "./hover.js";
import { dress, paletteFor } from "./palette.js";
import { panels } from "./panels.js";
import { Ring, Trace } from "./ring.js";
import { Scrub } from "./scrub.js";
import { Stream } from "./stream.js";
import { STYLE } from "./style.js";
import { Verdict } from "./verdict.js";
import { decode } from "./wire.js";

const TOKEN = "gradient-flow-lab.token";
const LOOK = "gradient-flow-lab.look";
const PLAYED = "gradient-flow-lab.played";
const LOOK_AT_FIRST = {
  axis: "common", scale: "symlog", speed: "max",
  activationVariance: "activation_var_log10", activationLook: "now",
  gradientVariance: "gradient_var_log10", gradientLook: "now",
};
const NARROW = 720;
const SETTLED = 350; // ms that a pause or a scrub must last before Python is told

const views = new WeakMap();
let mounts = 0;

/** Called by the component at every change of data or theme; one view per place on the page. */
export function mount(component) {
  let view = views.get(component.parentElement);
  if (!view) {
    view = new View(component.parentElement);
    views.set(component.parentElement, view);
  }
  view.update(component);
  return () => {
    views.delete(component.parentElement);
    view.end();
  };
}

class View {
  constructor(parent) {
    this.ring = new Ring();
    this.trace = new Trace();
    this.tests = new Trace(400);
    this.look = { ...LOOK_AT_FIRST, ...stored(LOOK) };
    this.status = "connecting";
    this.drawn = 0;
    this.rate = null;
    this.stamps = [];
    this.held = null; // serial of the frame shown while scrubbed back; null: live
    this.forget();

    this.bar = new Bar(
      { toggle: () => this.toggle(), step: () => this.step(), reset: () => this.reset(), speed: (rate) => this.speed(rate) },
      this.look.speed,
    );
    this.verdict = new Verdict({
      cure: (fields) => this.component.setTriggerValue("cure", fields),
      resume: () => this.stream.send({ do: "resume" }),
      rebuild: () => this.stream.send({ do: "rebuild" }),
      fresh: () => this.fresh(),
    });
    this.scrub = new Scrub({ scrub: (index) => this.scrubTo(index), live: () => this.goLive() });
    const { all, ladder, side } = panels(this.look, (change) => this.choose(change));
    this.panels = all;
    this.notices = el("div", { class: "notices" });
    this.root = el(
      "div",
      { class: "view", "data-testid": "live-view", "data-state": "waiting", "data-step": 0, "data-frames": 0, "data-mounts": (mounts += 1), tabindex: -1 },
      this.bar.root,
      this.verdict.root,
      el("div", { class: "main" }, ladder, side),
      this.scrub.root,
      this.notices,
    );
    parent.append(el("style", {}, STYLE), this.root);
    this.hover = new Hover(this.root, all, () => this.redraw());
    this.root.addEventListener("keydown", (event) => this.key(event));
    // After a click with the mouse the space key is Play's again.
    this.root.addEventListener("click", (event) => event.detail > 0 && event.target.closest("button") && this.focus());
    if (document.activeElement === document.body) this.focus();
    this.stream = new Stream("", {
      message: (message) => this.message(message),
      frame: (bytes) => this.take(bytes),
      status: (status) => this.connection(status),
    }, () => (this.ring.last ? { after: this.ring.last.step, epoch: this.ring.last.epoch } : { after: -1 }));
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.root);
    this.resized = () => this.resize();
    window.addEventListener("resize", this.resized);
  }

  /** What belongs to one run. */
  forget() {
    this.ring.clear();
    this.trace.clear();
    this.tests.clear();
    this.held = null;
    this.frame = null;
    this.findings = [];
    this.divergence = null;
    this.next = null;
  }

  update(component) {
    this.component = component;
    const { token, colors, base } = component.data;
    this.ink = paletteFor(colors, this.root);
    dress(this.root, this.ink);
    this.resize();
    if (this.given === token) return;
    const first = this.given === undefined;
    this.given = token;
    this.stream.base = base ?? "";
    const adopted = first ? stored(TOKEN) : null;
    if (adopted || this.stream.token !== token) this.open(adopted ?? token);
  }

  open(token) {
    this.forget();
    this.hello = null;
    this.state = "waiting";
    this.settled = null;
    this.stream.open(token);
    this.redraw();
  }

  end() {
    this.stream.close();
    this.watch.disconnect();
    window.removeEventListener("resize", this.resized);
    clearTimeout(this.telling);
    cancelAnimationFrame(this.due);
    this.root.remove();
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  // What the server says

  connection(status) {
    this.status = status;
    if (status === "open" || status === "polling") this.arrived = true;
    if (status === "gone" && this.stream.token !== this.given) {
      // The run that this tab had before a reload is gone; the page has made a new one.
      this.open(this.given);
      return;
    }
    if (status === "gone") sessionStorage.removeItem(TOKEN);
    this.redraw();
  }

  message(message) {
    if (message.say === "hello") this.greet(message);
    else if (message.say === "state") this.become(message);
    else if (message.say === "verdict") this.findings = message.findings ?? [];
    else if (message.say === "notice") this.notify(message.level, message.text);
    this.redraw();
  }

  greet(hello) {
    // A run that starts again keeps its last picture, dimmed, until the first frame of the new one is here.
    if (this.frame && hello.epoch !== this.frame.epoch) this.next = hello;
    else this.hello = hello;
    store(TOKEN, this.stream.token);
    if (this.stream.token !== this.given && this.told !== this.stream.token) {
      this.told = this.stream.token;
      this.component.setStateValue("token", this.stream.token);
    }
    if (this.look.speed !== "max") this.speed(Number(this.look.speed));
    if (this.look.scale !== "symlog") this.stream.send({ do: "scale", scale: this.look.scale });
  }

  /** The first frame of a run that started again. */
  begin() {
    this.hello = this.next ?? this.hello;
    this.forget();
  }

  become({ state, reason = "", can = [], divergence = null }) {
    const before = this.state;
    this.goOn(state);
    this.state = state;
    this.reason = reason;
    this.can = can ?? [];
    this.divergence = divergence;
    if (state !== "waiting") this.settled = state;
    if (before !== state) this.tellPause();
  }

  /** A run that nobody watched for some seconds was paused: who comes back to it finds it playing, as it was. */
  goOn(state) {
    const isBack = this.arrived && stored(PLAYED) === this.stream.token;
    this.arrived &&= state === "waiting";
    if (isBack && state === "paused") this.stream.send({ do: "play" });
    else if (state !== "waiting") store(PLAYED, state === "playing" ? this.stream.token : null);
  }

  take(bytes) {
    const frame = this.read(bytes);
    if (!frame) return;
    if (this.ring.last && frame.epoch > this.ring.last.epoch) this.begin();
    const { epoch, step, stats } = frame;
    if (!this.ring.push({ epoch, step, stats, bytes })) return this.replace(frame, bytes);
    this.trace.push({ step, loss: frame.loss, accuracy: frame.accuracy });
    if (frame.test_step !== null && frame.test_step !== (this.tests.newest?.step ?? null)) {
      this.tests.push({ step: frame.test_step, test_loss: frame.test_loss, test_accuracy: frame.test_accuracy });
    }
    if (this.state !== "playing") this.tellPause();
    this.redraw();
  }

  /** The same step once more, binned on another scale, say: it takes the place of the one held. */
  replace({ epoch, step, stats }, bytes) {
    const last = this.ring.last;
    if (!last || last.epoch !== epoch || last.step !== step) return;
    Object.assign(last, { stats, bytes });
    if (this.shown === last) this.shown = null;
    this.redraw();
  }

  read(bytes) {
    try {
      return decode(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (this.broken !== error.message) this.notify("error", `A frame could not be read: ${error.message}`);
      this.broken = error.message;
      return null;
    }
  }

  notify(level, text) {
    if ([...this.notices.children].some((note) => note.firstChild.textContent === text)) return;
    const note = el("div", { class: `notice ${level}`, role: level === "error" ? "alert" : "status" }, el("span", {}, text));
    note.append(el("button", { type: "button", "aria-label": "Dismiss", onclick: () => note.remove() }, "\u00d7"));
    this.notices.append(note);
    while (this.notices.childElementCount > 3) this.notices.firstChild.remove();
    if (level !== "error") setTimeout(() => note.remove(), 9000);
  }

  // What the person does

  toggle() {
    if (this.state === "lost") return;
    this.touched = true;
    if (this.standing() === "playing") this.stream.send({ do: "pause" });
    else {
      if (this.state === "diverged") this.stream.send({ do: "reset" });
      this.goLive();
      this.stream.send({ do: "play" });
    }
  }

  /** The state, or while a run is built the one before it: what the big button is about. */
  standing() {
    return this.state === "waiting" ? (this.settled ?? "waiting") : this.state;
  }

  step() {
    this.touched = true;
    if (this.state === "playing") this.stream.send({ do: "pause" });
    this.goLive();
    this.stream.send({ do: "step", count: 1 });
  }

  reset() {
    this.goLive();
    this.stream.send({ do: "reset" });
  }

  speed(rate) {
    this.look.speed = rate === null ? "max" : String(rate);
    store(LOOK, this.look);
    this.stream.send({ do: "speed", steps_per_second: rate });
  }

  choose(change) {
    Object.assign(this.look, change);
    store(LOOK, this.look);
    if (change.scale) this.stream.send({ do: "scale", scale: change.scale });
    this.redraw();
  }

  fresh() {
    this.component.setTriggerValue("rebuild", true);
    this.open(this.given);
  }

  scrubTo(index) {
    this.touched = true;
    this.held = index >= this.ring.length - 1 ? null : this.ring.serial(index);
    this.tellPause();
    this.redraw();
  }

  goLive() {
    if (this.held === null) return;
    this.held = null;
    this.tellPause();
    this.redraw();
  }

  key(event) {
    const target = event.composedPath()[0];
    if (event.key !== " " || ["BUTTON", "SELECT"].includes(target.tagName)) return;
    event.preventDefault();
    this.toggle();
  }

  /** While it stands still Python draws the frame on screen with Plotly; while it plays no script runs. */
  tellPause() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const still = this.touched && ["paused", "diverged"].includes(this.state) && this.ring.length > 0;
      const paused = still ? { token: this.stream.token, step: this.ring.at(this.cursor()).step } : null;
      const text = JSON.stringify(paused);
      if (text === (this.toldPause ?? "null")) return;
      this.toldPause = text;
      this.component.setStateValue("paused", paused);
    }, SETTLED);
  }

  // Drawing

  cursor() {
    return this.held === null ? this.ring.length - 1 : this.ring.index(this.held);
  }

  redraw() {
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      this.draw();
    });
  }

  resize() {
    const narrow = this.root.clientWidth < NARROW;
    const { top } = this.root.getBoundingClientRect();
    const room = window.innerHeight - Math.max(0, top) - 16;
    this.root.style.setProperty("--fit", narrow ? "auto" : `${Math.max(600, Math.min(room, 1100))}px`);
    for (const panel of this.panels) panel.fit();
    this.redraw();
  }

  draw() {
    const began = performance.now();
    const cursor = this.cursor();
    const entry = cursor >= 0 ? this.ring.at(cursor) : null;
    if (entry !== this.shown || !this.frame) this.show(entry);
    const { frame, hello, ring, trace, tests, look, ink } = this;
    const layers = frame?.layers ?? hello?.layers ?? 0;
    const labels = hello?.labels ?? [];
    const scene = { frame, hello, ring, trace, tests, look, ink, layers, labels, cursor, live: this.held === null, rate: this.rate };
    scene.found = this.accused();
    const found = this.hover.find(scene);
    scene.hover = found && { layer: found.layer };

    this.bar.set(this.standing());
    this.bar.draw(scene);
    this.verdict.draw({ ...this, can: this.can ?? [] });
    this.scrub.draw(scene);
    for (const panel of this.panels) panel.draw(scene);
    this.hover.show(found, scene);
    mark(this.root, "data-state", this.state);
    mark(this.root, "data-connection", this.status);
    this.root.classList.toggle("stale", this.next !== null);
    this.cost = 0.95 * (this.cost ?? performance.now() - began) + 0.05 * (performance.now() - began);
    mark(this.root, "data-draw-ms", this.cost.toFixed(2));
  }

  /** The column of the layer that the verdict names (the engine counts layers from 1), or null. */
  accused() {
    const layer = this.divergence?.layer ?? this.findings[0]?.layer ?? null;
    return layer === null ? null : layer - 1;
  }

  /** Takes one entry of the ring onto the screen. */
  show(entry) {
    this.shown = entry;
    this.frame = entry && this.read(entry.bytes);
    if (!this.frame) return;
    this.drawn += 1;
    const now = performance.now();
    this.stamps = [...this.stamps.filter((stamp) => now - stamp < 2000), now];
    const [oldest] = this.stamps;
    this.rate = this.stamps.length > 2 ? (1000 * (this.stamps.length - 1)) / (now - oldest) : null;
    mark(this.root, "data-step", this.frame.step);
    mark(this.root, "data-frames", this.drawn);
  }
}

function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that forbids storage only loses the reload's memory.
  }
}
