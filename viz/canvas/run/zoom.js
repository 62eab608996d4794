// A stretch of the run in the curves: dragged over with the mouse, or halved and doubled about the step on screen.

import { el } from "../dom.js";
import { say } from "../language.js";

const LEAST = 6; // px that a drag is at least, else it is a click
const FEWEST = 10; // steps that a stretch has at least

export class Zoom {
  /** panels: those with an `axis(scene)`; scene(): what is drawn now; changed(): another stretch is to be drawn. */
  constructor(panels, scene, changed) {
    this.scene = scene;
    this.changed = changed;
    this.span = null; // {from, to} in steps; null: the whole run
    this.drag = null; // {panel, from, to} in px, while one is under way
    const button = (text, words, does) => el("button", { type: "button", "aria-label": words, title: words, onclick: does }, text);
    this.root = el("span", { class: "choice", role: "group", "aria-label": say("Zoom of the curves") },
      button("\u2212", say("Zoom out: twice as many steps"), () => this.by(2)),
      button("+", say("Zoom in: half as many steps, about the one on screen; or drag over the curve"), () => this.by(1 / 2)));
    for (const panel of panels) this.#listen(panel);
  }

  #listen(panel) {
    const { canvas } = panel;
    const at = (event) => (event.clientX - canvas.getBoundingClientRect().left) / panel.large;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      this.drag = { panel, from: at(event), to: at(event) };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.drag?.panel !== panel) return;
      this.drag.to = at(event);
      this.changed();
    });
    canvas.addEventListener("pointerup", () => this.drag?.panel === panel && this.#drop());
    canvas.addEventListener("dblclick", () => this.choose(null));
  }

  #drop() {
    const { panel, from, to } = this.drag;
    const axis = panel.axis(this.scene());
    this.drag = null;
    if (axis && Math.abs(to - from) >= LEAST) this.choose({ from: axis.step(Math.min(from, to)), to: axis.step(Math.max(from, to)) });
    this.changed();
  }

  /** So many times as many steps about the one on screen. */
  by(times) {
    const { trace, frame } = this.scene();
    const { first, last } = ends(trace);
    if (last === null) return;
    const { from, to } = this.span ?? { from: first, to: last };
    const half = Math.max(FEWEST, times * (to - from)) / 2;
    const isSeen = frame && frame.step >= from && frame.step <= to;
    const about = isSeen ? frame.step : (from + to) / 2;
    const low = Math.max(first, Math.min(about - half, last - 2 * half));
    this.choose(2 * half >= last - first ? null : { from: low, to: low + 2 * half });
  }

  /** null: the whole run. */
  choose(span) {
    this.span = span && { from: span.from, to: Math.max(span.to, span.from + FEWEST) };
    this.changed();
  }

  /** The stretch to draw: of a run that does not reach so far, all. */
  of(trace) {
    return this.span && ends(trace).last > this.span.from ? this.span : null;
  }
}

function ends(trace) {
  return { first: trace.points[0]?.step ?? null, last: trace.newest?.step ?? null };
}
