// Draws as a canvas does, into SVG: the part of a 2D context that the panels use.

import { language } from "./language.js";

const ANCHORS = { left: "start", center: "middle", right: "end" };
const SCRIPTS = { zh: "zh-Hans" };
const NS = "http://www.w3.org/2000/svg";

export class SvgContext {
  /** measure: a real context, which knows how wide text is; name: begins the names of what is defined here. */
  constructor(measure, name) {
    this.measure = measure;
    this.name = name;
    this.parts = [];
    this.defined = [];
    this.fillStyle = this.strokeStyle = "";
    this.lineWidth = this.globalAlpha = 1;
    this.textAlign = "left";
    this.dash = [];
    this.path = "";
  }

  set font(font) {
    this.measure.font = font;
  }

  get font() {
    return this.measure.font;
  }

  measureText(text) {
    return this.measure.measureText(text);
  }

  setTransform() {}

  clearRect() {}

  setLineDash(dash) {
    this.dash = dash;
  }

  beginPath() {
    this.path = "";
  }

  moveTo(x, y) {
    this.path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${short(x)} ${short(y)}`;
  }

  closePath() {
    this.path += "Z";
  }

  /** A whole circle, which is all that is drawn of one. */
  arc(x, y, radius) {
    this.path += `M${short(x - radius)} ${short(y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
  }

  fill() {
    this.#add("path", { d: this.path, fill: this.#ink(this.fillStyle) });
  }

  stroke() {
    this.#add("path", { d: this.path, ...this.#pen() });
  }

  fillRect(x, y, width, height) {
    this.#add("rect", { ...box(x, y, width, height), fill: this.#ink(this.fillStyle) });
  }

  strokeRect(x, y, width, height) {
    this.#add("rect", { ...box(x, y, width, height), ...this.#pen() });
  }

  fillText(text, x, y, room = Infinity) {
    const squeezed = room < this.measureText(text).width ? { textLength: short(room), lengthAdjust: "spacingAndGlyphs" } : {};
    const size = parseFloat(/([\d.]+)px/.exec(this.font)?.[1] ?? "12");
    const said = { "font-size": size, "font-weight": parseInt(this.font, 10) >= 600 ? 600 : 400 };
    const place = { x: short(x), y: short(y + 0.35 * size), ...said, "text-anchor": ANCHORS[this.textAlign] ?? "start" };
    this.#add("text", { ...place, ...squeezed, fill: this.#ink(this.fillStyle) }, text);
  }

  /** A small canvas of colors, one a pixel. */
  drawImage(image, x, y, width, height) {
    this.#add("image", { ...box(x, y, width, height), href: image.toDataURL(), preserveAspectRatio: "none", style: "image-rendering: pixelated" });
  }

  createLinearGradient(x1, y1, x2, y2) {
    const id = `${this.name}-${this.defined.length}`;
    const stops = [];
    this.defined.push(() => element("linearGradient", { id, x1, y1, x2, y2, gradientUnits: "userSpaceOnUse" },
      stops.map(([offset, color]) => element("stop", { offset, "stop-color": color })).join("")));
    return { id, addColorStop: (offset, color) => stops.push([offset, color]) };
  }

  /** What was drawn so far, as the inside of an SVG. */
  get drawn() {
    const shades = this.defined.map((make) => make()).join("");
    return (shades ? `<defs>${shades}</defs>` : "") + this.parts.join("");
  }

  #ink(style) {
    return style.id ? `url(#${style.id})` : style;
  }

  #pen() {
    const dash = this.dash.length ? { "stroke-dasharray": this.dash.join(" ") } : {};
    return { fill: "none", stroke: this.#ink(this.strokeStyle), "stroke-width": this.lineWidth, "stroke-linejoin": "round", ...dash };
  }

  #add(name, attributes, text = "") {
    const alpha = this.globalAlpha < 1 ? { opacity: this.globalAlpha } : {};
    this.parts.push(element(name, { ...attributes, ...alpha }, escaped(text)));
  }
}

/** A whole SVG of that many CSS pixels, 96 to the inch. */
export function svg(width, height, font, inside) {
  const size = { xmlns: NS, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": font, "xml:lang": SCRIPTS[language()] ?? language() };
  return element("svg", size, inside);
}

export function element(name, attributes, inside = "") {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${said.join("")}>${inside}</${name}>`;
}

export function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function short(number) {
  return Math.round(100 * number) / 100;
}

function box(x, y, width, height) {
  return { x: short(x), y: short(y), width: short(width), height: short(height) };
}
