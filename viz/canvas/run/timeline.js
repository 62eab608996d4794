// The time of a run below its panels: any step from 0 on, with flags where settings changed and findings began or ended.

import { counter } from "../axes.js";
import { el, mark, sign, write } from "../dom.js";
import { say } from "../language.js";
import { named, worded } from "./told.js";
import { Spoken } from "./spoken.js";
import { Stops } from "./stops.js";

const BACK = "M16 4l-8 6 8 6zM4 4h3v12H4z";
const ON = "M4 4l8 6-8 6zM13 4h3v12h-3z";
const AGAIN = "M6 4l10 6-10 6z";
const END = "M5 5h10v10H5z";
const SLOW = "M2 4h3v12H2zM8 6h3v10H8zM14 9h3v7h-3z";
const UNDO = "M8 3L2 8l6 5V9.5c4 0 7 1.5 9 5C16 9.5 13 6.8 8 6.4z";
const THUMB = 16; // px wide, as the style has it

export class Timeline {
  /**
   * `act` is {scrub(step), live, back, on, again, slow, undo, stop(at, value), detail(), hasDetail, touched(), replays()}:
   * whether the page shows the frame that stands still in detail and the way there, whether anybody has done anything
   * yet, and whether the run is being played again.
   */
  constructor(act) {
    this.act = act;
    this.range = el("input", {
      type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": say("Step on screen"),
      title: say("Drag back in time: all panels move together. Training goes on meanwhile. Arrow keys go step by step."),
      oninput: () => act.scrub(Number(this.range.value)),
    });
    const small = (name, words, path, does) =>
      el("button", { type: "button", class: "small", "aria-label": name, title: words, onclick: does }, sign(path));
    this.again = small(say("Play again"), say("Play again from the step on screen, at the speed above"), AGAIN, act.again);
    this.buttons = [
      small(say("One step back"), say("One step back (left arrow)"), BACK, act.back),
      this.again,
      small(say("One step on"), say("One step on (right arrow); at the newest the net takes one"), ON, act.on),
    ];
    this.undo = small(say("Undo"), "", UNDO, act.undo);
    this.slow = small(say("Slow motion"), say("Slow motion: this step moment by moment, layer by layer"), SLOW, act.slow);
    this.first = el("span", { class: "end" });
    this.last = el("span", { class: "end" });
    this.flags = el("div", { class: "flags" });
    this.words = el("span", { class: "caption found" });
    this.spoken = new Spoken();
    this.stops = new Stops(act.stop, () => Number(this.range.max));
    const back = { type: "button", class: "live", title: say("Return to the newest frame"), onclick: act.live };
    this.button = el("button", back, el("span", { class: "now" }, say("live")), el("span", { class: "then" }, say("back to live")));
    const below = say("Below: this step in detail, its histograms with zoom and numbers, as pictures to save");
    this.detail = el("button", { type: "button", class: "live detail", title: below, onclick: act.detail }, say("in detail \u2193"));
    this.detail.hidden = !act.hasDetail;
    const track = el("div", { class: "track" }, this.range, this.flags, this.words); // laid over it: no words narrow it
    this.root = el(
      "div", { class: "scrub" }, ...this.buttons, this.first, track, this.last, this.detail, this.button, this.slow,
      this.undo, this.stops.root, this.spoken.root,
    );
  }

  draw(run, frame) {
    const { ring, held, wanted, seconds, step, changes, branches } = run;
    const end = ring.last?.step ?? 0;
    const live = held === null;
    if (Number(this.range.max) !== end) this.range.max = end;
    if (Number(this.range.value) !== step) this.range.value = step;
    this.range.disabled = end < 1;
    this.#offerAgain(this.act.replays());
    for (const button of this.buttons) button.disabled = ring.length === 0;
    const last = changes.at(-1);
    this.undo.disabled = !last || !branches;
    this.slow.disabled = end < 1;
    mark(this.undo, "title", last ? undoing(last) : say("Undo: nothing was changed while this net ran"));
    this.range.style.setProperty("--done", `${end ? (100 * step) / end : 100}%`);
    write(this.first, ring.length ? counter(0) : "");
    write(this.last, ring.length ? counter(end) : "");
    const sought = wanted === null ? "" : finding(wanted, seconds);
    write(this.words, sought);
    this.spoken.say(wanted, wanted === null ? "" : finding(wanted, null));
    mark(this.range, "aria-valuetext", sought || (frame ? say("step {step}", { step }) : say("no frames yet")));
    mark(this.button, "aria-pressed", live);
    this.detail.classList.toggle("away", !(run.isStill && this.act.touched()));
    mark(this.root, "class", live ? "scrub" : "scrub past");
    this.#raise(flagsOf(run), end);
  }

  /** The button that plays again ends that while it goes on. */
  #offerAgain(replays) {
    const name = replays ? say("Stop playing again") : say("Play again");
    if (this.again.getAttribute("aria-label") === name) return;
    mark(this.again, "aria-label", name);
    mark(this.again, "title", replays ? say("Stop at the step on screen") : say("Play again from the step on screen, at the speed above"));
    this.again.replaceChildren(sign(replays ? END : AGAIN));
  }

  /** Draws the flags anew where there are others, and moves them where the run has become longer. */
  #raise(flags, end) {
    const key = JSON.stringify(flags);
    if (key !== this.raised) {
      this.raised = key;
      this.flags.replaceChildren(...flags.map(({ kind, step, words }) => {
        const title = say("Step {step}: {words}", { step: step.toLocaleString("en-US"), words });
        return el("button", {
          type: "button", class: `flag ${kind}`, title, "aria-label": title, tabindex: -1, onclick: () => this.act.scrub(step),
        });
      }));
      this.end = null;
    }
    if (end === this.end) return;
    this.end = end;
    flags.forEach(({ step }, i) => {
      const share = Math.min(1, step / Math.max(1, end));
      this.flags.children[i].style.left = `calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${share.toFixed(5)})`;
    });
  }
}

/** Where settings changed, and findings began and ended, in the order of steps. */
export function flagsOf({ changes, findings, past }) {
  const began = [...findings, ...past].map(({ name, began: step = 0 }) => ({ step, kind: "began", words: say("{finding} began", { finding: named({ name }) }) }));
  const ended = past
    .filter(({ ended: step = null }) => step !== null)
    .map(({ name, ended: step }) => ({ step, kind: "ended", words: say("{finding} ended", { finding: named({ name }) }) }));
  const changed = changes.map((change) => ({ step: change.step, kind: "changed", words: worded(change) }));
  return [...began, ...ended, ...changed].sort((a, b) => a.step - b.step);
}

function undoing(change) {
  const step = (change.step - 1).toLocaleString("en-US");
  return say("Undo (Ctrl+Z): {change}. The run stands at step {step} again", { change: worded(change), step });
}

/** What is said while a step is computed anew. */
export function finding(step, seconds) {
  const values = { step: step.toLocaleString("en-US"), seconds: seconds < 1 ? seconds?.toFixed(1) : Math.round(seconds) };
  return say(seconds === null ? "step {step} is computed anew…" : "step {step} is computed anew: about {seconds} s", values);
}
