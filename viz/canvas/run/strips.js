// Histograms of deep nets: one thin column a layer, up is the value, the shade is the number of values.

import { project } from "./bins.js";
import { shades } from "../palette.js";
import { note } from "../panel.js";
import { say } from "../language.js";

const sheet = { canvas: null, tables: new Map() };

/** nets: one or two of {cols, histograms}; axes: one a column. Two nets share a column, each has a half of it. */
export function strips(ctx, scene, { top, bottom }, role, axes, ...nets) {
  const rows = Math.max(8, Math.round(bottom - top));
  const there = nets.filter(Boolean);
  const [{ cols }] = there;
  paint(ctx, cols, there.length, rows, shadesOf(scene.ink[role]), [top, bottom], (shade) => {
    there.forEach(({ cols: { column, isOpen }, histograms }, net) => histograms.forEach((each, layer) => {
      if (isOpen(layer)) return;
      const bins = project(each, axes[column(layer)], scene.frame.linear);
      if (bins) fill(bins, each.codes, rows, (row, strength) => shade(column(layer) * there.length + net, row, strength));
    }));
  });
  if (there.length > 1) halves(ctx, scene, cols, top);
}

/** Where color is all there is to tell values apart, two nets stand beside each other. */
export function halves(ctx, scene, cols, top) {
  note(ctx, scene.ink, cols.right, top, say("of each layer: A left, B right"));
}

/** The darkest bin that touches each pixel row: nothing is too narrow to be seen. Shade is the root of density. */
function fill({ edges, density }, codes, rows, shade) {
  for (let bin = 0; bin < density.length; bin++) {
    if (!codes[bin]) continue;
    const from = Math.max(0, Math.floor((1 - edges[bin + 1]) * rows));
    const to = Math.min(rows, Math.max(from + 1, Math.ceil((1 - edges[bin]) * rows)));
    const strength = Math.max(1, Math.round(255 * Math.sqrt(density[bin])));
    for (let row = from; row < to; row++) shade(row, strength);
  }
}

/**
 * A small image, as many cells a column as there are nets, and `down` rows, stretched over the columns;
 * `fill(shade(cell, row, 0..255))` sets its cells.
 */
export function paint(ctx, cols, nets, down, table, [top, bottom], fill) {
  const across = cols.count * nets;
  const image = new ImageData(across, down);
  fill((column, row, strength) => {
    const at = 4 * (row * across + column);
    if (image.data[at + 3] >= table[4 * strength + 3]) return;
    image.data.set(table.subarray(4 * strength, 4 * strength + 4), at);
  });
  sheet.canvas ??= document.createElement("canvas");
  sheet.canvas.width = across;
  sheet.canvas.height = down;
  sheet.canvas.getContext("2d").putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = false;
  for (const { first, count, left, width } of spans(cols)) {
    ctx.drawImage(sheet.canvas, first * nets, 0, count * nets, down, left, top, width, bottom - top);
  }
}

/** Runs of columns that are equally wide. */
function spans(cols) {
  const runs = [];
  for (let at = 0; at < cols.count; at++) {
    const [last, [left, right]] = [runs.at(-1), cols.edges(at)];
    if (last && Math.abs(last.width / last.count - (right - left)) < 1e-6) {
      last.count += 1;
      last.width = right - last.left;
    } else {
      runs.push({ first: at, count: 1, left, width: right - left });
    }
  }
  return runs;
}

export function shadesOf(color) {
  if (!sheet.tables.has(color)) {
    if (sheet.tables.size > 16) sheet.tables.clear();
    sheet.tables.set(color, shades(color));
  }
  return sheet.tables.get(color);
}
