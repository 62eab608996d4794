// Play, pause, speed and scrub over steps that are all here already: nothing is asked of the server.

import { counter, number } from "../axes.js";
import { el, mark, menu, sign, write } from "../dom.js";
import { say, sentence } from "../language.js";
import { SPEEDS } from "./look.js";
import { leader } from "./racers.js";

const PLAY = "M5 3l12 7-12 7z";
const PAUSE = "M4 3h4v14H4zM12 3h4v14h-4z";
const STEP = "M4 4l8 6-8 6zM13 4h3v12h-3z";
const BACK = "M16 4l-8 6 8 6zM4 4h3v12H4z";

/** What is told of the step shown: what each number is called, and what it is. */
const FIGURES = {
  step: [sentence("step"), sentence("Steps taken of the budget; every step is one gradient")],
  best: [sentence("best value"), sentence("The value at this step of the optimizer that leads")],
  leader: [sentence("leads"), sentence("Who has the lowest value at this step, of those that have not failed by then; a value that is as low for this one step alone does not count. Where no minimum is known the function may fall without end: leading is then only falling faster.")],
  frames: [sentence("frames/s"), sentence("Frames a second drawn on this screen while it plays")],
};

export class Transport {
  /** `act` is {toggle, step(by), seek(t), speed(steps per second)}. */
  constructor(act, speed) {
    this.icons = { play: sign(PLAY), pause: sign(PAUSE) };
    this.play = el("button", { type: "button", class: "play", onclick: act.toggle });
    const small = (name, path, words, does) =>
      el("button", { type: "button", class: "small", "aria-label": name, title: words, onclick: does }, sign(path));
    this.range = el("input", {
      type: "range", min: 0, max: 1, step: 1, value: 0, "aria-label": say("Scrub through the steps"),
      oninput: () => act.seek(Number(this.range.value)),
    });
    this.numbers = {};
    const figures = Object.entries(FIGURES).map(([key, [name, words]]) => {
      this.numbers[key] = el("b", {}, "\u2013");
      return el("span", { class: `figure ${key}`, "data-help": say(words) }, el("small", {}, say(name)), this.numbers[key]);
    });
    this.first = el("span", { class: "end" }, "0");
    this.last = el("span", { class: "end" });
    this.bar = el(
      "div", { class: "bar", role: "toolbar", "aria-label": say("Race") },
      this.play,
      small(say("Back to the start"), BACK, say("Back to step 0"), () => act.seek(0)),
      small(say("One step"), STEP, say("One step on, then stand still"), () => act.step(1)),
      menu(say("Speed: steps a second"), SPEEDS, String(speed), (key) => act.speed(Number(key))),
      ...figures,
    );
    this.scrub = el("div", { class: "scrub" }, this.first, this.range, this.last);
    this.set(false, false);
  }

  set(playing, ended) {
    const shows = playing ? "pause" : "play";
    const name = say(playing ? "Pause" : ended ? "Play again from the start" : "Play");
    if (this.play.dataset.shows !== shows) {
      this.play.replaceChildren(this.icons[shows]);
      this.play.dataset.shows = shows;
    }
    mark(this.play, "aria-label", name);
    mark(this.play, "title", say("{name} (space)", { name }));
  }

  draw({ t, steps, racers, playing, rate }) {
    const step = Math.floor(t);
    this.set(playing, step >= steps);
    if (Number(this.range.max) !== steps) this.range.max = steps;
    if (Number(this.range.value) !== step) this.range.value = step;
    this.range.style.setProperty("--done", `${steps ? (100 * t) / steps : 0}%`);
    mark(this.range, "aria-valuetext", say("step {step} of {steps}", { step, steps }));
    write(this.last, String(steps));
    write(this.numbers.step, counter(step));
    const best = leader(racers, step);
    write(this.numbers.best, best ? number(best.value(step), 4) : "\u2013");
    write(this.numbers.leader, best ? best.name : racers.length ? say("nobody is left") : "\u2013");
    this.numbers.leader.style.color = best?.color ?? "";
    write(this.numbers.frames, playing && rate !== null ? rate.toFixed(0) : "\u2013");
  }
}
