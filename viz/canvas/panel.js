// A panel: a title, its controls, a "?", and a canvas that is as sharp as the screen.

import { el, help, mark } from "./dom.js";
import { say } from "./language.js";

export class Panel {
  /**
   * `key` is {root, when(scene)}, a legend and when to show it;
   * `draw(ctx, scene, box)` paints, with box {width, height} in CSS pixels;
   * `when(scene)` says whether it is there at all;
   * `says(scene)` puts the picture into words, for who does not see it, where it can;
   * `probe(x, y, scene, box)` says what is there: {layer, title, lines: [[name, value, note]]}, or null;
   * `axis(scene, box)` is that of steps across, where there is one: {first, last, x(step), step(x)}.
   *
   * @param {{
   *   name: string, title: string, words: string, tools?: Node[], key?: any, grow?: number, when?: (scene: any) => boolean,
   *   draw: (ctx: CanvasRenderingContext2D, scene: any, box: any) => void,
   *   says?: (scene: any) => string, probe?: (x: number, y: number, scene: any, box: any) => any, axis?: (scene: any, box: any) => any,
   * }} options
   */
  constructor({
    name, title, words, tools = [], key = null, grow = 1, when = () => true, says = null, draw, probe = () => null, axis = () => null,
  }) {
    this.name = name;
    this.title = title;
    this.canvas = el("canvas", { role: "img", "aria-label": say("{title}. {words}", { title, words }) });
    this.ctx = this.canvas.getContext("2d");
    this.head = el("header", {}, el("h2", {}, title), help(title, words), ...tools, key?.root);
    this.stage = el("div", { class: "stage" }, this.canvas);
    this.root = el("section", { class: `panel ${name}`, style: `--grow: ${grow}` }, this.head, this.stage);
    this.when = when;
    this.isAway = false; // put out of sight, whatever it shows
    this.says = says;
    this.paint = draw;
    this.key = key;
    this.probe = (x, y, scene) => probe(x, y, scene, this.box);
    this.axis = (scene) => axis(scene, this.box);
    this.box = { width: 0, height: 0 };
    this.large = 1;
  }

  /** Takes the size that the layout gave it, and says whether that is another; what is `large` times as large has so much less room in its own pixels. */
  fit() {
    const [width, height] = [this.stage.clientWidth / this.large, this.stage.clientHeight / this.large];
    const scale = Math.min(3, window.devicePixelRatio || 1) * this.large;
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    const isOther = this.canvas.width !== across || this.canvas.height !== down;
    if (isOther) {
      this.canvas.width = across;
      this.canvas.height = down;
    }
    this.box = { width, height };
    this.scale = scale;
    return isOther;
  }

  /** Comes or goes as the scene asks; whether that changed. */
  appears(scene) {
    const hidden = this.isAway || !this.when(scene);
    if (this.root.hidden === hidden) return false;
    this.root.hidden = hidden;
    return true;
  }

  /** Marks that what the verdict says is seen here, or takes the mark off. */
  accuse(isTold) {
    if (this.root.classList.contains("told") !== isTold) this.root.classList.toggle("told", isTold);
  }

  /** Says that a lesson is to be seen here, or takes that off. */
  suggest(isHere) {
    if (this.root.classList.contains("looked") === isHere) return;
    this.root.classList.toggle("looked", isHere);
    if (isHere) this.head.querySelector("h2").after(el("span", { class: "here" }, say("look here")));
    else this.head.querySelector(".here").remove();
  }

  /** While a step is shown in slow motion: whether this panel shows what acts; null: nothing does. */
  light(acts) {
    this.root.classList.toggle("acts", acts === true);
    this.root.classList.toggle("waits", acts === false);
  }

  draw(scene) {
    const { ctx, box, scale, key } = this;
    if (key && key.root.hidden === key.when(scene)) key.root.hidden = !key.root.hidden;
    if (box.width < 20 || box.height < 20) return;
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    ctx.clearRect(0, 0, box.width, box.height);
    ctx.font = `12px ${scene.ink.font}`;
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    this.paint(ctx, scene, box);
    if (this.says) mark(this.canvas, "aria-label", this.says(scene));
  }
}

/** Text at a place; `align` as in canvas. Squeezed where it would be wider than `room`. */
export function label(ctx, text, x, y, color, align = "left", room = Infinity) {
  ctx.fillStyle = color;
  ctx.textAlign = align;
  if (room === Infinity || ctx.measureText(text).width <= room) ctx.fillText(text, x, y);
  else ctx.fillText(text, x, y, room);
}

export const DASH = [4, 3]; // of what belongs to the second of two nets
export const DOTTED = [2, 3]; // of what a theory predicts

export function line(ctx, x0, y0, x1, y1, color, width = 1) {
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

/** A polyline through [x, y] pairs that is interrupted where y is not finite. */
export function trail(ctx, points, color, width = 1.5, dash = []) {
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  let down = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(y)) down = false;
    else if (down) ctx.lineTo(x, y);
    else {
      ctx.moveTo(x, y);
      down = true;
    }
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Words that end at a place, on a ground of their own over what is drawn. */
export function note(ctx, ink, right, top, text) {
  const width = ctx.measureText(text).width;
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = ink.background;
  ctx.fillRect(right - width - 8, top, width + 8, 16);
  ctx.globalAlpha = 1;
  label(ctx, text, right - 4, top + 8, ink.muted, "right");
}
