// Back in time through the frames that the browser holds; "live" returns to the newest.

import { counter } from "../axes.js";
import { el, mark, write } from "../dom.js";

export class Scrub {
  /** `act` is {scrub(index), live}. */
  constructor(act) {
    this.range = el("input", {
      type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": "Scrub back through the frames",
      title: "Drag back in time: all panels move together. Training goes on meanwhile.",
      oninput: () => act.scrub(Number(this.range.value)),
    });
    this.first = el("span", { class: "end" });
    this.last = el("span", { class: "end" });
    const back = { type: "button", class: "live", title: "Return to the newest frame", onclick: act.live };
    this.button = el("button", back, "live");
    this.root = el("div", { class: "scrub" }, this.first, this.range, this.last, this.button);
  }

  draw({ ring, cursor, live, frame }) {
    const end = Math.max(0, ring.length - 1);
    if (Number(this.range.max) !== end) this.range.max = end;
    if (Number(this.range.value) !== cursor) this.range.value = Math.max(0, cursor);
    this.range.disabled = ring.length < 2;
    this.range.style.setProperty("--done", `${end ? (100 * cursor) / end : 100}%`);
    write(this.first, ring.length ? counter(ring.at(0).step) : "");
    write(this.last, ring.length ? counter(ring.last.step) : "");
    mark(this.range, "aria-valuetext", frame ? `step ${frame.step}` : "no frames yet");
    mark(this.button, "aria-pressed", live);
    write(this.button, live ? "live" : "back to live");
    mark(this.root, "class", live ? "scrub" : "scrub past");
  }
}
