// The live view: mounted once, fed by its own stream, drawn at most once a display frame and only when it changed.

import { Bar } from "./bar.js";
import { el, mark, shelter } from "./dom.js";
import { Hover } from "./hover.js";
import { store, stored } from "./memory.js";
import { Notices } from "./notices.js";
import { dress, paletteFor } from "./palette.js";
import { panels } from "./panels.js";
import { Scrub } from "./scrub.js";
import { Stream } from "./stream.js";
import { STYLE } from "./style.js";
import { Verdict } from "./verdict.js";
import { Watched } from "./watched.js";
import { decode } from "./wire.js";

const LOOK_AT_FIRST = {
  axis: "common", scale: "symlog", speed: "max",
  activationVariance: "activation_var_log10", activationLook: "now",
  gradientVariance: "gradient_var_log10", gradientLook: "now",
};
const NARROW = 720;
const [LOWEST, HIGHEST] = [600, 1100];
const SETTLED = 350; // ms that a pause or a scrub must last before Python is told
const REBUILD_WITHIN = 15000; // ms that Python has to make a new run
const RETRY = 500;

const views = new WeakMap();
let mounts = 0;

/**
 * Called by the component at every change of data or theme; one view per place on the page. Gives what ends it, which
 * Streamlit also calls for a change that another one overtook: only the newest call's may end the view.
 */
export function mount(component) {
  let view = views.get(component.parentElement);
  if (!view) {
    view = new View(component.parentElement);
    views.set(component.parentElement, view);
  }
  view.update(component);
  const turn = (view.turn += 1);
  return () => {
    if (view.turn !== turn) return;
    views.delete(component.parentElement);
    view.end();
  };
}

class View {
  constructor(parent) {
    this.turn = 0;
    this.run = new Watched();
    this.look = { ...LOOK_AT_FIRST, ...stored("look") };
    this.status = "connecting";
    this.drawn = 0;
    this.stamps = [];
    this.expected = 0; // until when a run that is being made again may still be missing

    this.bar = new Bar(this.#hands(), this.look.speed);
    this.verdict = new Verdict({
      cure: (fields) => this.component.setTriggerValue("cure", fields),
      resume: () => this.stream.send({ do: "resume" }),
      rebuild: () => this.stream.send({ do: "rebuild" }),
      fresh: () => this.fresh(),
    });
    this.scrub = new Scrub({ scrub: (index) => this.lookAt(index), live: () => this.lookAt(Infinity) });
    this.notices = new Notices();
    const { all, ladder, side } = panels(this.look, (change) => this.choose(change));
    this.panels = all;
    const hooks = { "data-testid": "live-view", "data-step": 0, "data-frames": 0, "data-mounts": (mounts += 1) };
    const main = el("div", { class: "main" }, ladder, side);
    const parts = [this.bar.root, this.verdict.root, main, this.scrub.root, this.notices.root];
    this.root = el("div", { class: "view", tabindex: -1 }, ...parts);
    this.host = shelter(this.root, STYLE, hooks);
    parent.append(this.host);
    this.hover = new Hover(this.root, all, () => this.redraw());
    this.stream = new Stream({
      message: (message) => this.hear(message),
      frame: (bytes) => this.take(bytes),
      status: (status) => this.connection(status),
      held: () => this.run.ring.last,
    });
    this.#listen();
  }

  #hands() {
    const { toggle, step, reset, speed } = this;
    return { toggle: toggle.bind(this), step: step.bind(this), reset: reset.bind(this), speed: speed.bind(this) };
  }

  #listen() {
    this.root.addEventListener("keydown", (event) => this.key(event));
    const focus = () => this.root.focus({ preventScroll: true });
    // After a click with the mouse the space key is Play's again.
    this.root.addEventListener("click", (event) => event.detail > 0 && event.target.closest("button") && focus());
    if (document.activeElement === document.body) focus();
    this.resized = () => this.resize();
    this.watch = new ResizeObserver(this.resized);
    this.watch.observe(this.root);
    window.addEventListener("resize", this.resized);
  }

  update(component) {
    this.component = component;
    const { token, colors, base } = component.data;
    this.ink = paletteFor(colors, this.root);
    dress(this.root, this.ink);
    this.resize();
    if (this.given === token) return;
    const adopted = this.given === undefined ? stored("token") : null;
    this.given = token;
    this.stream.base = base;
    if (adopted || this.stream.token !== token) this.open(adopted ?? token);
  }

  open(token) {
    this.run.open();
    this.stream.open(token);
    this.redraw();
  }

  end() {
    this.stream.close();
    this.watch.disconnect();
    window.removeEventListener("resize", this.resized);
    clearTimeout(this.telling);
    clearTimeout(this.retry);
    cancelAnimationFrame(this.due);
    this.host.remove();
  }

  // What the server says

  connection(status) {
    this.status = status;
    if (status === "open" || status === "polling") this.arrived = true;
    if (status === "gone") this.miss();
    this.redraw();
  }

  /** There is no such run: the one from before a reload gives way to the page's new one, which may be in the making. */
  miss() {
    if (this.stream.token !== this.given) this.open(this.given);
    else if (performance.now() < this.expected) this.retry = setTimeout(() => this.open(this.given), RETRY);
    else store("token", null);
  }

  hear(message) {
    const { run } = this;
    if (message.say === "hello") this.greet(message);
    else if (message.say === "state") this.become(message);
    else if (message.say === "verdict") run.findings = message.findings;
    else if (message.say === "notice") this.notices.add(message.level, message.text);
    this.redraw();
  }

  greet(hello) {
    this.run.greet(hello);
    this.expected = 0;
    const { token } = this.stream;
    store("token", token);
    if (token !== this.given && token !== this.told) {
      this.told = token;
      this.component.setStateValue("token", token);
    }
    if (this.arrived) this.remind();
  }

  /** A new run knows nothing of what this tab chose before. */
  remind() {
    const { speed, scale } = this.look;
    if (speed !== "max") this.stream.send({ do: "speed", steps_per_second: Number(speed) });
    if (scale !== "symlog") this.stream.send({ do: "scale", scale });
  }

  become(message) {
    const { state } = this.run;
    this.goOn(message.state);
    this.run.become(message);
    if (state !== message.state) this.tellPause();
  }

  /** A run that nobody watched for some seconds was paused: who comes back to it finds it playing, as it was. */
  goOn(state) {
    const isBack = this.arrived && stored("played") === this.stream.token;
    this.arrived &&= state === "waiting";
    if (isBack && state === "paused") this.stream.send({ do: "play" });
    else if (state !== "waiting") store("played", state === "playing" ? this.stream.token : null);
  }

  take(bytes) {
    const frame = this.read(bytes);
    if (!frame || !this.run.take(frame, bytes)) return;
    if (this.run.state !== "playing") this.tellPause();
    this.redraw();
  }

  read(bytes) {
    try {
      // A frame is mostly drawn right after it came: its decoding is kept until the next.
      if (this.decoded?.bytes !== bytes) this.decoded = { bytes, frame: decode(bytes) };
      return this.decoded.frame;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.notices.add("error", `A frame could not be read: ${error.message}`);
      return null;
    }
  }

  // What the person does

  toggle() {
    const { standing } = this.run;
    if (standing === "lost") return;
    this.touched = true;
    if (standing === "playing") {
      this.stream.send({ do: "pause" });
      return;
    }
    if (standing === "diverged") this.stream.send({ do: "reset" });
    this.lookAt(Infinity);
    this.stream.send({ do: "play" });
  }

  step() {
    if (this.run.standing === "playing") this.stream.send({ do: "pause" });
    this.lookAt(Infinity);
    this.stream.send({ do: "step", count: 1 });
  }

  reset() {
    this.lookAt(Infinity);
    this.stream.send({ do: "reset" });
  }

  speed(stepsPerSecond) {
    this.choose({ speed: stepsPerSecond === null ? "max" : String(stepsPerSecond) });
    this.stream.send({ do: "speed", steps_per_second: stepsPerSecond });
  }

  choose(change) {
    Object.assign(this.look, change);
    store("look", this.look);
    if (change.scale) this.stream.send({ do: "scale", scale: change.scale });
    this.redraw();
  }

  /** The run is gone: Python makes it again, and the stream waits for it. */
  fresh() {
    this.component.setTriggerValue("rebuild", true);
    this.expected = performance.now() + REBUILD_WITHIN;
    this.open(this.given);
  }

  lookAt(index) {
    this.touched = true;
    this.run.look(index);
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
      const { run, stream } = this;
      const paused = this.touched && run.isStill ? { token: stream.token, step: run.entry.step } : null;
      const text = JSON.stringify(paused);
      if (text === (this.toldPause ?? "null")) return;
      this.toldPause = text;
      this.component.setStateValue("paused", paused);
    }, SETTLED);
  }

  // Drawing

  redraw() {
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      this.draw();
    });
  }

  resize() {
    const isNarrow = this.root.clientWidth < NARROW;
    const { top } = this.root.getBoundingClientRect();
    const room = window.innerHeight - Math.max(0, top) - 16;
    const height = isNarrow ? "auto" : `${Math.max(LOWEST, Math.min(room, HIGHEST))}px`;
    this.root.style.setProperty("--fit", height);
    for (const panel of this.panels) panel.fit();
    this.redraw();
  }

  draw() {
    const began = performance.now();
    const { run, status } = this;
    if (run.entry !== this.shown) this.show(run.entry);
    const scene = this.scene();
    const found = this.hover.find(scene);
    scene.hover = found && { layer: found.layer };

    this.bar.set(run.standing);
    this.bar.draw(scene);
    this.verdict.draw(run, status, scene.frame);
    this.scrub.draw(scene);
    for (const panel of this.panels) panel.draw(scene);
    this.hover.show(found, scene);
    mark(this.host, "data-state", run.state);
    mark(this.host, "data-connection", status);
    this.root.classList.toggle("stale", run.next !== null);
    const cost = performance.now() - began;
    this.cost = 0.95 * (this.cost ?? cost) + 0.05 * cost;
    mark(this.host, "data-draw-ms", this.cost.toFixed(2));
  }

  /** All that a panel may read while it draws. */
  scene() {
    const { frame, look, ink, rate } = this;
    const { hello, ring, trace, tests, cursor, accused, held } = this.run;
    const layers = frame?.layers ?? hello?.layers ?? 0;
    const labels = hello?.labels ?? [];
    const live = held === null;
    return { frame, hello, ring, trace, tests, look, ink, layers, labels, cursor, rate, live, found: accused };
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
    mark(this.host, "data-step", this.frame.step);
    mark(this.host, "data-frames", this.drawn);
  }
}
