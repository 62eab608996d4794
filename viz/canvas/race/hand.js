// Pointer and keys on the map: the start under the hand, the relief in it, and the cursor that reads the surface.

const UNDER_HAND = 60; // ms that an answer may take while the start is dragged: as many steps as fit, all once it rests
const LEAST_STEPS = 40;

export class Hand {
  /** Listens on the stage of a view's screen. */
  constructor(view) {
    this.view = view;
    this.dragging = null;
    this.budget = 100;
    const { canvas } = view.screen.stage;
    canvas.tabIndex = 0;
    canvas.addEventListener("pointerdown", (event) => this.grab(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.release());
    canvas.addEventListener("pointerleave", () => view.screen.cursor.leave());
    canvas.addEventListener("keydown", (event) => this.nudge(event));
  }

  /** So many steps took so long: how many may be asked for next time. */
  learn(steps, ms) {
    this.budget = Math.round(Math.max(LEAST_STEPS, Math.min(this.view.race.steps, (steps * UNDER_HAND) / ms)));
  }

  grab(event) {
    if (event.button !== 0 || !this.view.surface) return;
    this.view.screen.stage.canvas.setPointerCapture(event.pointerId);
    this.dragging = { x: event.clientX, y: event.clientY };
    if (this.view.look.view === "map") this.carry(event);
  }

  move(event) {
    if (this.view.look.view === "relief") {
      if (!this.dragging) return;
      this.view.screen.relief.rotate(event.clientX - this.dragging.x, event.clientY - this.dragging.y);
      this.dragging = { x: event.clientX, y: event.clientY };
      return this.view.redraw();
    }
    if (this.dragging) return this.carry(event);
    const at = this.under(event);
    if (at) this.view.screen.cursor.move(at, this.view.shown ?? this.view.race, event);
    else this.view.screen.cursor.leave();
  }

  release() {
    if (this.dragging && this.view.look.view === "map") this.view.ask();
    this.dragging = null;
  }

  under(event) {
    const view = this.view.screen.map.view(this.view.screen.scene, this.view.screen.stage.box);
    const { left, top } = this.view.screen.stage.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    return view?.holds(x, y) ? view.at(x, y) : null;
  }

  carry(event) {
    const at = this.under(event);
    if (!at) return;
    const [[x0, x1], [y0, y1]] = this.view.surface.header.bounds;
    this.putStart([rounded(at[0], x1 - x0), rounded(at[1], y1 - y0)], true);
  }

  putStart(start, dragged) {
    this.view.change({ start }, dragged && this.view.race.steps > this.budget ? this.budget : null);
    this.view.redraw();
  }

  nudge(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (!way || this.view.look.view !== "map" || !this.view.surface) return;
    event.preventDefault();
    const [[x0, x1], [y0, y1]] = this.view.surface.header.bounds;
    const far = event.shiftKey ? 0.05 : 0.01;
    const [x, y] = this.view.place;
    this.putStart([rounded(x + way[0] * far * (x1 - x0), x1 - x0), rounded(y + way[1] * far * (y1 - y0), y1 - y0)], false);
  }
}

/** As many digits as a pixel is worth. */
function rounded(value, span) {
  const digits = Math.max(0, Math.min(12, Math.ceil(3 - Math.log10(span))));
  return Number(value.toFixed(digits));
}
