// One view of one run: between the server, the person and Python, with a screen that shows how it stands.

import { store, stored } from "../memory.js";
import { Screen } from "./screen.js";
import { Stream } from "./stream.js";
import { Watched } from "./watched.js";

const LOOK_AT_FIRST = {
  axis: "common", scale: "symlog", speed: "max",
  activationVariance: "activation_var_log10", activationLook: "now",
  gradientVariance: "gradient_var_log10", gradientLook: "now",
};
const SETTLED = 350; // ms that a pause or a scrub must last before Python is told
const REBUILD_WITHIN = 15000; // ms that Python has to make a new run
const RETRY = 500;

export class View {
  constructor(parent) {
    this.turn = 0;
    this.run = new Watched();
    this.look = { ...LOOK_AT_FIRST, ...stored("look") };
    this.status = "connecting";
    this.expected = 0; // until when a run that is being made again may still be missing
    this.screen = new Screen(parent, this.look, this.#hands(), (change) => this.choose(change), () => this);
    this.stream = new Stream({
      message: (message) => this.hear(message),
      frame: (bytes) => this.take(bytes),
      status: (status) => this.connection(status),
      held: () => this.run.ring.last,
    });
    this.#listen(this.screen.root);
  }

  #hands() {
    return {
      bar: {
        toggle: () => this.toggle(),
        step: () => this.step(),
        reset: () => this.reset(),
        speed: (stepsPerSecond) => this.speed(stepsPerSecond),
      },
      verdict: {
        cure: (fields) => this.component.setTriggerValue("cure", fields),
        resume: () => this.stream.send({ do: "resume" }),
        rebuild: () => this.stream.send({ do: "rebuild" }),
        fresh: () => this.fresh(),
        now: () => this.lookAt(Infinity),
      },
      scrub: { scrub: (index) => this.lookAt(index), live: () => this.lookAt(Infinity) },
    };
  }

  #listen(root) {
    root.addEventListener("keydown", (event) => this.key(event));
    const focus = () => root.focus({ preventScroll: true });
    // After a click with the mouse the space key is Play's again; a "?" keeps the focus, which keeps its words in sight.
    const isDone = ({ detail, target }) => detail > 0 && target.closest("button:not(.help)");
    root.addEventListener("click", (event) => isDone(event) && focus());
    if (document.activeElement === document.body) focus();
  }

  redraw() {
    this.screen.redraw();
  }

  update(component) {
    this.component = component;
    const { token, colors, base } = component.data;
    this.screen.dress(colors);
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
    this.screen.end();
    clearTimeout(this.telling);
    clearTimeout(this.retry);
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
    else store("token", (this.kept = null));
  }

  hear(message) {
    const { run } = this;
    this.keep();
    if (message.say === "hello") this.greet(message);
    else if (message.say === "state") this.become(message);
    else if (message.say === "verdict") run.findings = message.findings;
    else if (message.say === "notice") this.note(message);
    this.redraw();
  }

  /** What the line under the bar says already is not said twice. */
  note({ level, text }) {
    if (text !== this.run.reason) this.screen.notices.add(level, text);
  }

  greet(hello) {
    this.run.greet(hello);
    this.expected = 0;
    if (this.arrived) this.remind();
  }

  /** The run there is stays this tab's, also one that could not be built: the page can then give it another net. */
  keep() {
    const { token } = this.stream;
    if (token === this.kept) return;
    this.kept = token;
    store("token", token);
    if (token !== this.given) this.component.setStateValue("token", token);
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
    const frame = this.screen.read(bytes);
    if (!frame || !this.run.take(frame, bytes)) return;
    if (this.run.state !== "playing") this.tellPause();
    this.redraw();
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
}
