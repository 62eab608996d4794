// The bar on top: Play is the one big button; beside it step, reset and speed, then the numbers of the frame shown.

import { counter, number, percent, steady } from "../axes.js";
import { el, mark, menu, sign, write } from "../dom.js";
import { say } from "../language.js";
import { SPEEDS } from "./look.js";
import { Takes } from "./takes.js";

const PLAY = "M5 3l12 7-12 7z";
const PAUSE = "M4 3h4v14H4zM12 3h4v14h-4z";
const STEP = "M4 4l8 6-8 6zM13 4h3v12h-3z";
const EYE = "M10 4C5 4 2 10 2 10s3 6 8 6 8-6 8-6-3-6-8-6zm0 9a3 3 0 1 1 0-6 3 3 0 0 1 0 6z";
const PROJECTOR = "M2 3h16v10h-7v3h3v2H6v-2h3v-3H2zM4 5v6h12V5z";
const RESET = "M10 4V1L5 5l5 4V6a5 5 0 1 1-5 5H3a7 7 0 1 0 7-7z";

export class Bar {
  /** `act` is {toggle, step, reset, speed(steps per second or null), see, project, beside}, the last null where one is alone. */
  constructor(act, speed) {
    this.play = el("button", { type: "button", class: "play", onclick: act.toggle });
    this.icons = { play: sign(PLAY), pause: sign(PAUSE) };
    const small = (name, path, words, does) =>
      el("button", { type: "button", class: "small", "aria-label": name, title: words, onclick: does }, sign(path));
    this.numbers = {};
    this.names = {};
    const figure = (key, name, words) => {
      this.numbers[key] = el("b", {}, "\u2013");
      this.names[key] = el("small", {}, name);
      return el("span", { class: `figure ${key}`, "data-help": words }, this.names[key], this.numbers[key]);
    };
    const pace = (key) => act.speed(key === "max" ? null : Number(key));
    this.takes = new Takes();
    this.twin = act.beside && el("button", { type: "button", class: "twin", onclick: act.beside }, "A|B");
    this.eye = small(say("What the net sees"), EYE, say("What the net sees: its answers all over the plane of its inputs, or on pictures"), act.see);
    this.wide = small(say("Projector"), PROJECTOR, say("One panel at a time, large, for a projector (P); arrows go on, Esc leaves"), act.project);
    this.pair(false);
    this.project(false);
    this.root = el(
      "div",
      { class: "bar", role: "toolbar", "aria-label": say("Training") },
      this.play,
      small(say("Step"), STEP, say("Step: one optimizer step, then stand still"), act.step),
      small(say("Reset"), RESET, say("Reset: the same net from its first weights again (same seed)"), act.reset),
      menu(say("Speed: optimizer steps a second at most"), SPEEDS, speed, pace),
      this.twin,
      this.eye,
      this.takes.root,
      this.wide,
      figure("step", say("step"), say("Optimizer steps since the start")),
      figure("loss", say("loss"), say("The loss of this step's batch; cross-entropy in nats")),
      figure("accuracy", say("accuracy"), say("Right answers in this step's batch")),
      figure("test", say("test"), say("Right answers on the test set, or where targets are numbers its loss, evaluated now and then, last at the step named here")),
      figure("norm", say("gradient norm"), say("Norm of all gradients together; after the arrow: what clipping left of it")),
      figure("rate", say("steps/s"), say("Optimizer steps a second while it trains, measured by the engine")),
      figure("frames", say("frames/s"), say("Frames a second drawn on this screen while it trains")),
    );
    this.small = [...this.root.querySelectorAll(".small")];
    this.set("waiting");
  }

  /** Whether a second run stands beside. */
  pair(isPair) {
    if (!this.twin) return;
    const words = isPair ? say("Side by side: press to go on with A alone") : say("Set beside: this net is A, and the settings of this page change B");
    mark(this.twin, "aria-pressed", isPair);
    mark(this.twin, "aria-label", isPair ? say("Side by side") : say("Set beside"));
    mark(this.twin, "title", words);
  }

  /** Whether there is something to be seen of what the net sees, and whether it is shown. */
  sees(can, does) {
    if (this.eye.hidden === can) this.eye.hidden = !can;
    mark(this.eye, "aria-pressed", does);
  }

  /** Whether one panel is alone on screen. */
  project(isAlone) {
    mark(this.wide, "aria-pressed", isAlone);
  }

  /** The run's state decides what the big button does. */
  set(state) {
    const playing = state === "playing";
    const name = { playing: say("Pause"), diverged: say("Play again from the start"), resumable: say("Play on from the last checkpoint") }[state] ?? say("Play");
    if (this.play.dataset.shows !== (playing ? "pause" : "play")) {
      this.play.replaceChildren(this.icons[playing ? "pause" : "play"]);
      this.play.dataset.shows = playing ? "pause" : "play";
    }
    mark(this.play, "aria-label", name);
    mark(this.play, "title", say("{name} (space)", { name }));
    this.play.disabled = state === "lost";
    for (const button of this.small) button.disabled = state === "lost" || state === "resumable";
  }

  draw({ frame, hello, rate, playing, comes = playing }) {
    const tested = frame?.test_step ?? null; // null: not yet
    write(this.names.test, tested === null ? say("test") : say("test, step {step}", { step: short(tested) }));
    if (!frame) {
      for (const node of Object.values(this.numbers)) write(node, "\u2013");
      return;
    }
    const numbers = hello?.guess?.accuracy === null; // no answer is right or wrong
    this.numbers.accuracy.parentNode.hidden = numbers;
    const { gradient_norm: before, gradient_norm_clipped: after } = frame;
    const clipped = Number.isFinite(after) && after < before * 0.9999;
    write(this.numbers.step, counter(frame.step));
    write(this.numbers.loss, steady(frame.loss));
    write(this.numbers.accuracy, share(frame.accuracy));
    write(this.numbers.test, numbers ? steady(frame.test_loss) : share(frame.test_accuracy));
    const isUnknown = hello?.watched && Number.isNaN(before) && Number.isFinite(frame.loss); // not measured
    write(this.numbers.norm, isUnknown ? "\u2013" : steady(before, 2) + (clipped ? ` \u2192 ${steady(after, 2)}` : ""));
    write(this.numbers.rate, !playing ? say("at rest") : comes && frame.steps_per_second >= 0 ? number(frame.steps_per_second) : "\u2013");
    write(this.numbers.frames, !comes || rate === null ? "\u2013" : rate.toFixed(rate < 9.95 ? 1 : 0));
  }
}

/** A step in little room: 732, 12.4k. */
function short(step) {
  return step < 1e4 ? step.toLocaleString("en-US") : `${number(step / 1000)}k`;
}

function share(fraction) {
  return Number.isFinite(fraction) ? percent(Math.round(fraction * 1000) / 1000) : "\u2013";
}
