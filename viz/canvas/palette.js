// The colors: from viz/theme.py, the base chosen by what is behind the view.

import { language } from "./language.js";
import { background } from "./place.js";

/** A picture has no language of its own: without a name the signs that several scripts share come as the others write them. */
const FONTS = { zh: ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC"] };

/** {light: {...}, dark: {...}} (or one palette) and an element on the page -> the palette for what is behind it. */
export function paletteFor(colors, element) {
  if (!colors.light) return colors;
  const base = luminance(parse(background(element)) ?? [255, 255, 255]) < 0.4 ? "dark" : "light";
  return { ...colors[base], base, font: fontsOf(getComputedStyle(element).fontFamily || "sans-serif") };
}

/** The page's own font, then those of the language that is spoken here, then whatever the page would take. */
export function fontsOf(families) {
  const [first, ...others] = families.split(",");
  const own = (FONTS[language()] ?? []).map((name) => `"${name}"`);
  return [first, ...own, ...others].map((name) => name.trim()).join(", ");
}

/** CSS variables --ink-<role> for the panels made of elements. */
export function dress(element, palette) {
  for (const [role, color] of Object.entries(palette)) {
    if (typeof color === "string") element.style.setProperty(`--ink-${role.replaceAll("_", "-")}`, color);
  }
}

/** 256 shades of one hue over whatever is behind it, as RGBA for image data. Shade 0 is empty. */
export function shades(color) {
  const [red, green, blue] = parse(color);
  const table = new Uint8ClampedArray(256 * 4);
  for (let i = 1; i < 256; i++) table.set([red, green, blue, 24 + (231 * i) / 255], 4 * i);
  return table;
}

export function parse(color) {
  const text = (color ?? "").trim();
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  if (hex) return hex.match(hex.length === 3 ? /./g : /../g).map((part) => parseInt(part.repeat(2 / part.length), 16));
  const numbers = /^rgba?\(([^)]+)\)$/.exec(text)?.[1].split(/[\s,/]+/).map(Number);
  return numbers ? numbers.slice(0, 3) : null;
}

/** @param {number[]} color */
function luminance([red, green, blue]) {
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
