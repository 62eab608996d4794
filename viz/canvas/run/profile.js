// One quantity layer by layer: this frame's points on a log axis with the theory's line, or the whole run as a heat map.

import { decades, decadeTicks, fromLog10 } from "../axes.js";
import { columns, highlight, layerNames } from "./columns.js";
import { Held } from "../held.js";
import { dashOfSecond, inkOfSecond, nameOfSecond } from "./ghost.js";
import { frameOf, newsOf } from "./histograms.js";
import { legend } from "./legend.js";
import { DOTTED, label, line, trail } from "../panel.js";
import { say } from "../language.js";
import { theoryOf } from "./quantities.js";
import { waterfall } from "./waterfall.js";

const WORD = 11; // px from one "0" to the next
const EDGE = 14; // room above and below for what is infinite, NaN or exactly 0

/**
 * Panel options; `quantityOf(scene)` and `throughTime(look)` read what the panel's controls chose. sparse: some layers
 * have no value, and lines go past them.
 */
export function profileRow({ quantityOf, throughTime, role, names = false, theory = say("theory at init"), sparse = false }) {
  const draws = (scene) => scene.frame !== null && Boolean(quantityOf(scene)) && !throughTime(scene.look);
  const hasTheory = (scene) => theoryOf(quantityOf(scene), scene.hello, scene.frame.stats) !== null;
  const still = new Held();
  return {
    key: legend(draws, hasTheory, theory),
    draw(ctx, scene, box) {
      const cols = columns(scene, box);
      const inner = { width: box.width, height: box.height - (names ? 18 : 0) };
      highlight(ctx, scene, cols, box);
      if (names) layerNames(ctx, scene, cols, box.height - 9, box.width);
      const quantity = quantityOf(scene);
      if (!scene.frame || !quantity) return; // what only the net beside it has comes with its first frame
      if (throughTime(scene.look)) waterfall(ctx, scene, cols, inner, quantity, role);
      else profile(ctx, scene, cols, inner, quantity, role, still, sparse);
    },
    probe(x, y, scene, box) {
      const layer = columns(scene, box).at(x);
      if (layer === null || !scene.frame || !quantityOf(scene)) return null;
      if (sparse && Number.isNaN(scene.frame.stats[quantityOf(scene).key]?.[layer])) return null;
      const other = scene.second ? columns(scene, box, scene.second).at(x) : null;
      return { layer, lines: numbers(quantityOf(scene), scene, layer, theory, other) };
    },
  };
}

function numbers(quantity, scene, layer, name, other) {
  const values = scene.frame.stats[quantity.key]; // of two nets only one may have a residual path
  const lines = values ? [[say(quantity.label), fromLog10(values[layer]), say(quantity.words ?? "")]] : [];
  if (other !== null) lines.push([say("{quantity}, {net}", { quantity: say(values ? "the same" : quantity.label), net: nameOfSecond(scene) }), fromLog10(scene.second.frame.stats[quantity.key]?.[other] ?? NaN)]);
  const theory = theoryOf(quantity, scene.hello, scene.frame.stats);
  if (theory && !Number.isNaN(theory[layer])) lines.push([name, fromLog10(theory[layer])]);
  return lines;
}

export function profile(ctx, scene, cols, box, quantity, role, still, sparse = false) {
  const guide = quantity.guide === null ? null : Math.log10(quantity.guide);
  const values = scene.frame.stats[quantity.key] ?? [];
  const theory = theoryOf(quantity, scene.hello, scene.frame.stats);
  const path = (column, of) => Array.from(of, (value, layer) => [column(layer), y(value), value]).filter(([, , value]) => !sparse || !Number.isNaN(value));
  const others = scene.second?.frame.stats[quantity.key] ?? [];
  const finite = [...values, ...others, ...(theory ?? []), ...(guide === null ? [] : [guide])].filter(Number.isFinite);
  const wanted = decades(Math.min(...finite), Math.max(...finite));
  const { key, at } = frameOf(scene);
  const axis = still.fit(wanted.low, wanted.high, { key: `${key} ${quantity.key}`, at });
  const top = EDGE;
  const bottom = box.height - EDGE;
  const y = (log10) => bottom - ((log10 - axis.low) / (axis.high - axis.low)) * (bottom - top);

  for (const k of decadeTicks(axis.low, axis.high, Math.max(2, Math.floor((bottom - top) / 20)))) {
    line(ctx, cols.left - 3, y(k), cols.right, y(k), scene.ink.grid);
    label(ctx, fromLog10(k), cols.left - 7, y(k), scene.ink.muted, "right");
  }
  if (guide !== null) {
    ctx.setLineDash([2, 3]);
    line(ctx, cols.left, y(guide), cols.right, y(guide), scene.ink.ok, 1.5);
    ctx.setLineDash([]);
  }
  if (theory) trail(ctx, path(cols.center, theory), scene.ink.theory, 2, DOTTED);
  if (scene.second) second(ctx, scene, columns(scene, { width: cols.width }, scene.second), others, y, { top, bottom }, inkOfSecond(scene, role));
  trail(ctx, path(cols.center, values), scene.ink[role], 1.5);
  const marks = new Set(thinned(values, cols.pitch));
  values.forEach((value, layer) => {
    const isShown = Number.isFinite(value) || (marks.has(layer) && !(sparse && Number.isNaN(value)));
    if (isShown) point(ctx, scene, cols, layer, value, y, { top, bottom }, scene.ink[role]);
  });
  label(ctx, newsOf(scene, still), cols.right - 4, EDGE / 2, scene.ink.muted, "right");
}

/** The second net's line, dashed, with rings, or the path that was left, whole and with squares; what the axis cannot hold stands at its end as the first one's does. */
function second(ctx, scene, cols, values, y, { top, bottom }, color) {
  trail(ctx, Array.from(values, (value, layer) => [cols.center(layer), y(value)]), color, scene.second.isGhost ? 1 : 1.5, dashOfSecond(scene));
  values.forEach((value, layer) => {
    if (Number.isNaN(value)) return;
    const at = Number.isFinite(value) ? y(value) : value > 0 ? top - 7 : bottom + 7;
    const [x, size] = [cols.center(layer), Math.max(1.6, Math.min(3.2, cols.pitch / 5))];
    ctx.fillStyle = scene.ink.background;
    ctx.lineWidth = 1.2;
    ctx.strokeStyle = color;
    if (scene.second.isGhost) {
      for (const fill of ["fillRect", "strokeRect"]) ctx[fill](x - size, at - size, 2 * size, 2 * size);
      return;
    }
    ctx.beginPath();
    ctx.arc(x, at, size, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
  });
}

/** A filled disc; what the axis cannot hold stands at its end in words: exactly 0 below, infinite or none above. */
function point(ctx, scene, cols, layer, value, y, { top, bottom }, color) {
  const x = cols.center(layer);
  if (Number.isFinite(value)) {
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.arc(x, y(value), Math.max(1.6, Math.min(3.2, cols.pitch / 5)), 0, 2 * Math.PI);
    ctx.fill();
  } else if (value === -Infinity) {
    label(ctx, "0", x, bottom + 7, color, "center");
  } else {
    const text = value === Infinity ? "\u221e" : scene.frame.finite ? "\u2013" : cols.pitch < 26 ? "\u00d7" : "NaN";
    label(ctx, text, x, top - 7, text === "\u2013" ? scene.ink.muted : scene.ink.danger, "center");
  }
}

/** Layers whose value is said in words (not finite), leaving out those that would stand in the words of one before. */
export function thinned(values, pitch) {
  const last = new Map(); // word -> layer: different ones may be neighbors
  return Array.from(values.keys()).filter((layer) => {
    const value = values[layer];
    if (Number.isFinite(value) || (layer - (last.get(value) ?? -Infinity)) * pitch < WORD) return false;
    last.set(value, layer);
    return true;
  });
}
