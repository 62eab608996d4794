// One view of one run: between its source and the person, with a screen that shows how it stands. It knows no page.

import { store, stored } from "../memory.js";
import { say } from "../language.js";
import { told } from "./told.js";
import { Again } from "./again.js";
import { askSight, askStep } from "./ask.js";
import { Beside } from "./beside.js";
import { AT_FIRST } from "./look.js";
import { leave } from "./ghost.js";
import { listen } from "./keys.js";
import { Screen, standingOf } from "./screen.js";
import { Watched } from "./watched.js";

const SETTLED = 120; // ms that a hand on the timeline rests before the server is asked
/** @type {Record<string, (...said: any[]) => void>} */
const NO_PAGE = {
  heard() {}, gone() {}, stands() {}, rests() {}, looks() {}, detail() {}, cure() {}, fresh() {}, setBeside: null, keep() {},
  luck() {}, branch: null,
};

export class View {
  /**
   * page: what the page around it wants to know, all of it optional: heard(message); gone(), there is no such run;
   * stands(state, isNew), isNew until it settled first; rests(), it may stand still at another frame; looks(look), it
   * is looked at in another way; detail(), show the frame that stands still in detail; cure(fields), setBeside(fields),
   * keep("a" or "b"), luck(steps) and fresh(), what the person asks the page for; branch({step, settings}): that the run
   * go on from a step of before with the settings it had "then" or those of "now", or without the last change of them:
   * {settings: "undo"}. look: how it is looked at, where the page says it.
   */
  constructor(el, { page = {}, look = {} } = {}) {
    /** @type {typeof NO_PAGE} */
    this.page = { ...NO_PAGE, ...page };
    this.run = new Watched();
    this.run.branches = this.page.branch !== null;
    this.look = { ...AT_FIRST, ...stored("look"), projected: "", ...look };
    this.page.looks(this.look);
    this.status = "connecting";
    this.source = null;
    this.beside = null; // a second run, drawn behind this one
    this.screen = new Screen(el, this.look, this.#hands(), (change) => this.choose(change), () => this);
    this.#listen(this.screen.root);
    this.listening = setInterval(() => this.#everySecond(), 1000);
  }

  /** What stands still has no words of its own: its silence is drawn when it begins. */
  #hearSilence() {
    const { silent } = this.run;
    if (silent !== this.silent) this.redraw();
    this.silent = silent;
  }

  #everySecond() {
    this.#hearSilence();
    askSight(this);
  }

  #hands() {
    return {
      bar: {
        toggle: () => this.toggle(),
        step: () => this.step(),
        reset: () => this.reset(),
        speed: (stepsPerSecond) => this.speed(stepsPerSecond),
        see: () => this.choose({ sees: this.look.sees === "on" ? "off" : "on" }),
        beside: this.page.setBeside && (() => (this.beside ? this.page.keep("a") : this.page.setBeside({}))),
      },
      versus: { keep: (which) => this.page.keep(which), luck: () => this.page.luck(this.run.entry?.step ?? 0) },
      verdict: {
        cure: (fields) => this.page.cure(fields),
        beside: (fields) => (this.page.setBeside ?? this.page.cure)(fields),
        anew: () => this.reset(),
        resume: () => this.source.send({ do: "resume" }),
        rebuild: () => this.source.send({ do: "rebuild" }),
        fresh: () => this.page.fresh(),
        now: () => this.lookAt(Infinity),
        branch: (settings) => this.branch({ step: this.run.step, settings }),
        show: (panel) => this.screen.point(panel),
        turned: () => this.screen.resize(),
      },
      scrub: {
        scrub: (step) => this.lookAt(step),
        live: () => this.lookAt(Infinity),
        back: () => this.lookAt(this.run.step - 1),
        on: () => this.stepOn(),
        again: () => this.playAgain(), slow: () => this.slowly(),
        undo: () => this.branch({ settings: "undo" }),
        detail: () => this.page.detail(),
        hasDetail: this.page.detail !== NO_PAGE.detail, touched: () => this.touched,
        replays: () => Boolean(this.again?.isPlaying),
        stop: (at, value) => this.source.send({ do: "stop_at", at, value }),
      },
    };
  }

  #listen(root) {
    listen(this, root);
    const focus = () => root.focus({ preventScroll: true });
    // After a click with the mouse the space key is Play's again; a "?" keeps the focus, which keeps its words in sight.
    const isDone = ({ detail, target }) => detail > 0 && target.closest("button:not(.help)");
    root.addEventListener("click", (event) => isDone(event) && focus());
    if (document.activeElement === document.body) focus();
  }

  redraw() {
    this.screen.redraw();
  }

  /** source: {open(on), close(), send(verb)}; colors: a palette, or one for a light and one for a dark page. */
  update({ source, colors }) {
    this.dress(colors);
    if (source !== this.source) this.watch(source);
  }

  dress(colors) {
    this.screen.dress(colors);
  }

  /** The panel that the page's lesson is about, by its name; null for none. */
  teach(panel) {
    this.screen.suggest(panel);
  }

  /** Puts panels out of sight, by their names, and "verdict": what the rules find is then no part of the page. */
  hide(names) {
    const { run, screen } = this;
    screen.hide(names);
    run.keepsQuiet = names.includes("verdict");
    if (run.keepsQuiet) run.judge({ findings: [] });
    screen.resize();
  }

  /** What of this run can be taken home beside its pictures, see `Takes`; caption: the settings in a line. */
  offer(entries, caption) {
    const picture = (kind) => ({
      title: say("Picture ({kind})", { kind: kind.toUpperCase() }), words: say("The panels as they stand now, for print"),
      does: () => this.screen.picture(kind, caption),
    });
    this.screen.bar.takes.offer([...entries, picture("png"), picture("svg")]);
  }

  /**
   * Draws a second run behind this one, dashed, from a source as `watch` takes it: what is done to this one is sent to
   * its source by whoever knows that both belong together. about: {words, batches}, see `Beside`; null takes it away.
   */
  setBeside(source, about) {
    this.beside?.end();
    this.beside = about && new Beside(about, () => this.redraw());
    this.run.waitsFor = this.beside;
    this.beside?.watch(source);
    if (this.run.isPast) this.beside?.run.look(this.run.step);
    this.run.branches = this.page.branch !== null && this.beside === null;
    this.screen.bar.pair(this.beside !== null);
    this.screen.resize();
  }

  /** Another run, or the same one by another way. */
  watch(source) {
    this.source?.close();
    this.source = source;
    this.run.open();
    source.open({
      message: (message) => this.hear(message),
      frame: (bytes) => this.take(bytes),
      status: (status) => this.connection(status),
      held: () => this.run.ring.last,
    });
    this.redraw();
  }

  end() {
    clearInterval(this.listening);
    clearTimeout(this.asking);
    this.again?.stop();
    this.source?.close();
    this.beside?.end();
    this.screen.end();
  }

  // What the source says

  connection(status) {
    this.status = status;
    if (status === "open" || status === "polling") this.arrived = true;
    if (status === "gone" || status === "anew") this.page.gone();
    if (status === "open") askStep(this);
    this.redraw();
  }

  hear(message) {
    const { run } = this;
    this.page.heard(message);
    if (message.say === "hello") this.greet(message);
    else if (message.say === "state") this.become(message);
    else if (message.say === "verdict") run.judge(run.keepsQuiet ? { findings: [] } : message);
    else if (message.say === "changes") run.change(message.changes);
    else if (message.say === "branched") leave(this, message);
    else if (message.say === "acts") this.act(message);
    else if (message.say === "looking" && message.step === run.wanted) run.seconds = message.left;
    else if (message.say === "stopped") this.screen.scrub.stops.clear();
    else if (message.say === "tried") run.trials = message.trials ?? [];
    else if (message.say === "notice") this.note(message);
    this.redraw();
  }

  /** What the line under the bar says already is not said twice. */
  note(message) {
    const text = told(message, "text");
    if (text !== this.run.reason) this.screen.notices.add(message.level, text);
  }

  greet(hello) {
    if (this.run.isReplacedBy(hello)) this.screen.tellReplaced(this.run.step);
    this.run.greet(hello);
    this.screen.greet(hello);
    if (this.arrived) this.remind();
  }

  /** A new run knows nothing of what this tab chose before. */
  remind() {
    const { speed, scale } = this.look;
    this.screen.scrub.stops.tell();
    if (speed !== "max") this.source.send({ do: "speed", steps_per_second: Number(speed) });
    if (scale !== "symlog") this.source.send({ do: "scale", scale });
  }

  become(message) {
    const { state } = this.run;
    this.page.stands(message.state, this.arrived);
    this.arrived &&= message.state === "waiting";
    this.run.become(message);
    if (state !== message.state) this.page.rests();
  }

  take(bytes) {
    if (this.run.see(bytes)) return this.redraw();
    const frame = this.screen.read(bytes);
    if (!frame || !this.run.take(frame, bytes)) return;
    if (this.run.state !== "playing") this.page.rests();
    this.redraw();
  }

  // What the person does

  toggle() {
    const standing = standingOf(this.run, this.beside);
    if (standing === "lost") return;
    this.touched = true;
    if (standing === "playing") {
      this.source.send({ do: "pause" });
      return;
    }
    if (standing === "diverged") this.source.send({ do: "reset" });
    this.lookAt(Infinity);
    this.source.send({ do: "play" });
  }

  step() {
    if (standingOf(this.run, this.beside) === "playing") this.source.send({ do: "pause" });
    this.lookAt(Infinity);
    this.source.send({ do: "step", count: 1 });
  }

  reset() {
    this.lookAt(Infinity);
    this.source.send({ do: "reset" });
  }

  speed(stepsPerSecond) {
    this.choose({ speed: stepsPerSecond === null ? "max" : String(stepsPerSecond) });
    this.source.send({ do: "speed", steps_per_second: stepsPerSecond });
  }

  choose(change) {
    Object.assign(this.look, change);
    store("look", this.look);
    this.page.looks(this.look);
    if (change.scale) this.source.send({ do: "scale", scale: change.scale });
    if (this.run.isPast && this.screen.sees) askStep(this);
    askSight(this);
    this.redraw();
  }

  lookAt(step) {
    this.again?.stop();
    this.slowed = null;
    this.screen.slow.close();
    this.show(step);
    clearTimeout(this.asking);
    this.asking = setTimeout(() => askStep(this), SETTLED);
  }

  /** The step on screen in slow motion; the net stands meanwhile. */
  slowly() {
    if (this.run.standing === "playing") this.source.send({ do: "pause" });
    const step = Math.max(1, this.run.step);
    this.lookAt(step);
    clearTimeout(this.asking);
    this.slowed = step;
    this.source.send({ do: "slow", step });
  }

  /** What happened in the step that was asked for. */
  act({ step, acts }) {
    if (step !== this.slowed) return;
    this.slowed = null;
    this.screen.slow.open(step, acts);
    if (this.run.step === step) return;
    this.show(step);
    askStep(this);
  }

  /** Lets the run go on from a step of before. */
  branch(asked) {
    this.again?.stop();
    clearTimeout(this.asking);
    this.page.branch(asked);
  }

  /** Shows what is here of a step. */
  show(step) {
    this.touched = true;
    this.run.look(step);
    this.beside?.run.look(this.run.isPast ? this.run.step : Infinity);
    this.page.rests();
    this.redraw();
  }

  /** The step after the one looked at; at the newest one the net takes another. */
  stepOn() {
    if (this.run.isPast) this.lookAt(this.run.step + 1);
    else if (this.run.standing !== "playing") this.step();
  }

  /** The frames that are here once more, from the step looked at or the first, at the speed of the bar. */
  playAgain() {
    const { again, run } = this;
    if (again?.isPlaying) {
      again.stop();
      this.redraw();
      return;
    }
    const from = run.isPast ? run.step : run.ring.at(0).step;
    this.again = new Again(from, () => run.ring.last.step, () => this.look.speed, (step) => {
      this.show(step);
      run.wanted = null;
      if (this.beside) this.beside.run.wanted = null;
    });
  }
}
