// A quantity through time: across the layers, down the steps (now is the bottom line), the shade its log10.

import { decades, fromLog10 } from "../axes.js";
import { label, line } from "../panel.js";
import { say } from "../language.js";
import { columns } from "./columns.js";
import { halves, paint, shadesOf } from "./strips.js";

const HEAD = 18;

export function waterfall(ctx, scene, cols, box, quantity, role) {
  const lines = through(scene, Math.round(box.height - HEAD - 4));
  const rows = lines.length;
  const others = scene.beside ? alike(lines, scene.beside.ring) : null;
  const second = others && columns(scene, { width: cols.width }, scene.beside);
  const nets = [{ cols, lines }, ...(others ? [{ cols: second, lines: others }] : [])];
  const axis = extent([...lines, ...(others ?? []).filter(Boolean)], quantity.key);
  const top = HEAD;
  const bottom = box.height - 4;

  paint(ctx, cols, nets.length, rows, shadesOf(scene.ink[role]), [top, bottom], (shade) => {
    nets.forEach(({ cols: { column }, lines: all }, net) => all.forEach((entry, row) => {
      entry?.stats[quantity.key]?.forEach((value, layer) => {
        if (value > -Infinity) shade(column(layer) * nets.length + net, row, strength(value, axis));
      });
    }));
  });
  if (others) halves(ctx, scene, cols, top);
  const gutter = (text, y) => label(ctx, text, cols.left - 7, y, scene.ink.muted, "right", cols.left - 8);
  gutter(say("step {step}", { step: lines[0].step }), top + 7);
  if (bottom - top > 44) gutter(scene.live ? "now" : say("step {step}", { step: lines.at(-1).step }), bottom - 7);
  line(ctx, cols.left - 3, top, cols.left - 3, bottom, scene.ink.axis);
  legend(ctx, scene, cols, axis, role);
}

/** One entry a row, evenly through the steps up to the one looked at: the newest that is not after the row's step. */
export function through({ ring, cursor }, most) {
  const [first, last] = [ring.at(0).step, ring.at(cursor).step];
  const rows = Math.max(1, Math.min(last - first + 1, most));
  const step = (row) => first + ((last - first) * row) / Math.max(1, rows - 1);
  return Array.from({ length: rows }, (_, row) => ring.at(ring.index(step(row))));
}

/** The second net's entries of the same steps, null where it had none yet or has none any more. */
function alike(lines, ring) {
  return lines.map(({ step }) => {
    const entry = ring.at(ring.index(step));
    return entry.step > step || step > ring.last.step ? null : entry;
  });
}

/** Half of the shade says "a number": only exact zeros and NaN stay blank. */
function strength(value, axis) {
  const fraction = (value - axis.low) / (axis.high - axis.low);
  return Math.round(8 + 247 * Math.max(0, Math.min(1, fraction)));
}

function extent(lines, key) {
  let low = Infinity;
  let high = -Infinity;
  for (const { stats } of lines) {
    for (const value of stats[key] ?? []) { // of two nets only one may have a residual path
      if (value > -Infinity && value < low) low = value;
      if (value < Infinity && value > high) high = value;
    }
  }
  return decades(low, high);
}

function legend(ctx, scene, cols, axis, role) {
  const wide = 90;
  const x = cols.left + 44;
  const bar = ctx.createLinearGradient(x, 0, x + wide, 0);
  const table = shadesOf(scene.ink[role]);
  for (const stop of [8, 130, 255]) bar.addColorStop((stop - 8) / 247, rgba(table, stop));
  ctx.fillStyle = bar;
  ctx.fillRect(x, 4, wide, 9);
  label(ctx, fromLog10(axis.low), x - 5, 9, scene.ink.muted, "right");
  label(ctx, fromLog10(axis.high), x + wide + 5, 9, scene.ink.muted);
}

function rgba(table, shade) {
  const [red, green, blue, alpha] = table.subarray(4 * shade, 4 * shade + 4);
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
}
