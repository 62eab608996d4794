// The axes of a lesson on which a curve is predicted: drawn by mouse, touch or keyboard; then the run's stands beside it.

import { decadeTicks, fromLog10 } from "../axes.js";
import { el, mark, shelter, write } from "../dom.js";
import { paragraph, say, sentence } from "../language.js";
import { mount as mountAt } from "../mount.js";
import { dress, paletteFor } from "../palette.js";
import { Curve } from "./curve.js";
import { STYLE } from "./style.js";

const HEIGHT = 300;
const EDGE = { left: 52, right: 14, top: 12, bottom: 40 };
const STEPS = { ArrowUp: 0.25, ArrowDown: -0.25, PageUp: 1, PageDown: -1 }; // decades
const DASHES = { solid: "", dash: "8 5", dot: "2 4", dashdot: "8 4 2 4" };
const HINT = sentence(
  "Draw across the axes with a finger or the mouse; by keyboard, Tab to a point, up and down move it by a quarter of a decade, left and right go on.",
);

/** Called by the component at every change of data or theme. */
export function mount(component) {
  return mountAt({ View: Sketch, el: component.parentElement, component });
}

/** An element of SVG. */
function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

class Sketch {
  constructor(parent) {
    this.title = el("p", { class: "title" });
    this.svg = shape("svg", { height: HEIGHT, role: "group" });
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    this.svg.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, () => this.lift());
    this.legend = el("ul", { class: "legend" });
    this.hint = el("p", { class: "hint" }, say(HINT));
    this.root = el("div", { class: "sketch" }, this.title, this.svg, this.legend, this.hint);
    this.host = shelter(this.root, STYLE, { "data-testid": "sketch" });
    parent.append(this.host);
    this.room = new ResizeObserver(() => this.draw());
    this.room.observe(this.host);
    this.at = null; // the place that Tab leads to
    this.curve = null;
  }

  update({ component }) {
    const { data } = component;
    this.component = component;
    this.data = data;
    dress(this.root, paletteFor(data.colors, this.root));
    this.curve ??= new Curve({ count: data.at.length, one: data.one, low: data.low, high: data.high });
    const given = JSON.stringify(data.drawn);
    if (given !== this.given && data.drawn) this.curve.take(data.drawn.map(Math.log10));
    this.given = given;
    this.at ??= data.one === 0 ? 1 : 0;
    this.draw();
  }

  // -------------------------------------------------------------------------------------------- the hand

  press(event) {
    if (event.button !== 0) return;
    this.svg.setPointerCapture(event.pointerId);
    this.pen = this.point(event);
    this.curve.stroke(this.pen, this.pen);
    this.draw();
  }

  drag(event) {
    if (!this.pen) return;
    const next = this.point(event);
    this.curve.stroke(this.pen, next);
    this.pen = next;
    this.draw();
  }

  lift() {
    if (!this.pen) return;
    this.pen = null;
    this.tell();
  }

  /** Where the pointer is, as [place, log10]. */
  point({ clientX, clientY }) {
    const box = this.svg.getBoundingClientRect();
    const place = ((clientX - box.left - EDGE.left) / this.across) * (this.data.at.length - 1);
    const value = this.data.high - ((clientY - box.top - EDGE.top) / this.down) * (this.data.high - this.data.low);
    return [Math.min(Math.max(place, 0), this.data.at.length - 1), value];
  }

  key(event, at) {
    const to = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (to) this.go(at, to);
    else if (event.key in STEPS) this.curve.move(at, STEPS[event.key]);
    else return;
    event.preventDefault();
    this.draw();
    if (!to) this.tell();
  }

  /** To the next point that can be moved. */
  go(at, to) {
    const next = at + to === this.data.one ? at + 2 * to : at + to;
    if (next >= 0 && next < this.data.at.length) this.at = next;
  }

  tell() {
    const told = this.curve.values.map((value) => Number((10 ** value).toPrecision(2)));
    this.component.setStateValue("drawn", told);
  }

  // ------------------------------------------------------------------------------------------ the picture

  draw() {
    const width = this.host.clientWidth;
    if (!this.data || width < 100) return;
    this.across = width - EDGE.left - EDGE.right;
    this.down = HEIGHT - EDGE.top - EDGE.bottom;
    const { data, curve } = this;
    const isShown = curve.isDrawn;
    const isHeld = this.host.shadowRoot.activeElement?.matches(".knob"); // the keyboard stays where it is
    write(this.title, data.asks);
    mark(this.host, "data-drawn", isShown);
    mark(this.host, "data-curves", data.curves.length);
    const expected = say("{asks}: the curve that you expect.", { asks: data.asks });
    mark(this.svg, "aria-label", paragraph(expected, !isShown && say("Nothing is drawn yet."), say(HINT)));
    this.svg.replaceChildren(
      ...this.axes(),
      ...data.curves.map((one) => this.run(one)),
      ...(isShown ? [this.path(curve.values, { class: "curve drawn" })] : []),
      shape("circle", { class: "one", cx: this.x(data.one), cy: this.y(0), r: 4 }),
      ...data.at.flatMap((_, at) => (at === data.one ? [] : [this.knob(at)])),
    );
    if (isHeld) this.svg.querySelector(`[data-at="${this.at}"]`).focus({ preventScroll: true });
    this.legend.replaceChildren(...this.names().map(([name, line]) => el("li", {}, line, name)));
    this.hint.hidden = data.curves.length > 0;
  }

  x(place) {
    return EDGE.left + (place / (this.data.at.length - 1)) * this.across;
  }

  y(log10) {
    const { low, high } = this.data;
    return EDGE.top + ((high - Math.min(Math.max(log10, low), high)) / (high - low)) * this.down;
  }

  axes() {
    const { at, low, high, across } = this.data;
    const [right, bottom] = [EDGE.left + this.across, EDGE.top + this.down];
    const every = Math.ceil(at.length / Math.max(2, this.across / 42));
    const drawn = [shape("text", { x: (EDGE.left + right) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, across)];
    for (const tick of decadeTicks(low, high, 6)) {
      drawn.push(shape("line", { class: "grid", x1: EDGE.left, x2: right, y1: this.y(tick), y2: this.y(tick) }));
      drawn.push(shape("text", { x: EDGE.left - 10, y: this.y(tick) + 4, "text-anchor": "end" }, fromLog10(tick)));
    }
    at.forEach((value, place) => {
      if (place % every === 0) drawn.push(shape("text", { x: this.x(place), y: bottom + 16, "text-anchor": "middle" }, String(value)));
    });
    drawn.push(shape("line", { class: "frame", x1: EDGE.left, x2: right, y1: bottom, y2: bottom }));
    drawn.push(shape("line", { class: "frame", x1: EDGE.left, x2: EDGE.left, y1: EDGE.top, y2: bottom }));
    return drawn;
  }

  path(values, attributes) {
    const points = values.map((value, place) => [this.x(place), this.y(value), Number.isFinite(value)]);
    const d = points.map(([x, y, isThere], k) => (isThere ? `${k && points[k - 1][2] ? "L" : "M"}${x} ${y}` : "")).join("");
    return shape("path", { ...attributes, d });
  }

  /** A curve of the run, with its numbers for who does not see it. */
  run({ name, role, dash, values }) {
    const { across, at } = this.data;
    const said = values.map((value, place) =>
      say("{across} {place}: {value}", { across, place: at[place], value: value === null ? say("none") : fromLog10(Math.log10(value)) }));
    const logs = values.map((value) => (value > 0 ? Math.log10(value) : NaN));
    const line = { class: "curve", "stroke-dasharray": DASHES[dash] ?? "", style: `stroke: var(--ink-${role})` };
    return this.path(logs, { ...line, role: "img", "aria-label": say("{title}. {words}", { title: name, words: said }) });
  }

  /** A point that can be moved, a slider for who does not see it. */
  knob(at) {
    const { across, at: places, low, high } = this.data;
    const value = this.curve.values[at];
    const words = this.curve.isDrawn ? fromLog10(value, 2) : say("Nothing is drawn here yet.");
    const said = { "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": value.toFixed(2), "aria-valuetext": words };
    const place = { cx: this.x(at), cy: this.y(value), r: 5, "data-at": at, tabindex: at === this.at ? 0 : -1 };
    const node = shape("circle", {
      class: this.curve.isDrawn ? "knob" : "knob waits", role: "slider", "aria-label": say("{across} {place}", { across, place: places[at] }), "aria-orientation": "vertical", ...said, ...place,
    });
    node.addEventListener("keydown", (event) => this.key(event, at));
    node.addEventListener("focus", () => (this.at = at));
    return node;
  }

  names() {
    const sample = (attributes) => shape("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" }, shape("path", { d: "M0 5H26", ...attributes }));
    const drawn = this.curve.isDrawn ? [[say("your prediction"), sample({ class: "curve drawn" })]] : [];
    const curves = this.data.curves.map(({ name, role, dash }) => [
      name, sample({ class: "curve", "stroke-dasharray": DASHES[dash] ?? "", style: `stroke: var(--ink-${role})` }),
    ]);
    return [...drawn, ...curves];
  }

  end() {
    this.room.disconnect();
    this.host.remove();
  }
}
