// A row of histograms, one a layer, lying on their side: up is the value, to the right the number of values.
// Beside each other they share an axis; what no bin can hold (exact zeros, NaN, ...) is counted underneath.

import { number, percent } from "../axes.js";
import { commonAxis, endsOf, ownAxis, project, range, said, share, Still, ticks } from "./bins.js";
import { columns, highlight, layerNames } from "./columns.js";
import { dashOfSecond, inkOfSecond } from "./ghost.js";
import { label, line } from "../panel.js";
import { say, sentence } from "../language.js";
import { leftKey } from "./legend.js";
import { strips } from "./strips.js";

const FOOT = 18; // the line of counts outside the bins
const ENDS = 15; // the line of an own axis's end

/** Panel options for the histograms that `of(frame)` gives, drawn in the color of `role`. */
export function histogramRow({ of, role, symbol, names }) {
  const still = new Still();
  return {
    key: leftKey(
      (scene) => scene.frame !== null && Boolean(scene.second?.isGhost),
      (scene) => (scene.frame !== null && scene.look.axis === "common" ? newsOf(scene, still) : ""), // in the picture it would lie over a layer
    ),
    draw: (ctx, scene, box) => draw(ctx, scene, box, of, role, names, still),
    probe: (x, y, scene, box) => probe(x, y, scene, box, of, symbol, names, still),
  };
}

/** Which frame an axis is of. */
export function frameOf({ frame, layers }) {
  return { key: `${frame.epoch} ${layers} ${frame.linear}`, at: frame.step };
}

function layout(scene, box, cols, names) {
  const room = scene.look.axis === "own" && !cols.deep && cols.pitch >= 40 ? ENDS : 0;
  const top = (names ? 22 : 8) + room; // half of the topmost tick's words, at least
  return { top, bottom: box.height - FOOT - room, room };
}

function draw(ctx, scene, box, of, role, names, still) {
  const cols = columns(scene, box);
  const place = layout(scene, box, cols, names);
  highlight(ctx, scene, cols, box);
  if (names) layerNames(ctx, scene, cols, 9, box.width);
  if (!scene.frame) return;
  const histograms = of(scene.frame);
  const others = othersOf(scene, of, cols);
  const linear = scene.frame.linear;
  const shared = scene.look.axis === "common" ? commonAxis([...histograms, ...others], linear, still, frameOf(scene)) : null;
  if (shared) gutter(ctx, scene, cols, place, shared);
  if (!shared && scene.look.axis === "own" && !place.room) ends(ctx, scene, cols, place);
  const second = others.length ? columns(scene, box, scene.second) : null;
  const axes = axesOf(scene, cols, histograms, second, others, shared);
  const outlines = () => others.forEach((each, layer) => outline(ctx, scene, second, place, each, layer, axes[second.column(layer)], role));
  if (scene.second?.isGhost) outlines(); // behind: where the two are alike it would hide the new one
  if (cols.deep) strips(ctx, scene, place, role, axes, { cols, histograms }, second && { cols: second, histograms: others });
  histograms.forEach((each, layer) => {
    if (!cols.deep || cols.isOpen(layer)) one(ctx, scene, cols, place, each, layer, axes[cols.column(layer)], !shared, role);
  });
  if (!cols.deep && !scene.second?.isGhost) outlines();
  outside(ctx, scene, cols, box, histograms);
}

/** The histograms of a second net, or of the path that was left, if they are counted on the same scale; strips show no ghost. */
function othersOf({ frame, second }, of, { deep }) {
  const isSeen = second && second.frame.linear === frame.linear && !(deep && second.isGhost);
  return isSeen ? of(second.frame) : [];
}

/** The axis of each column: the one that all share, or one for what stands in it. */
function axesOf({ frame, layers }, cols, histograms, second, others, shared) {
  if (shared) return Array(layers).fill(shared);
  const held = Array.from({ length: layers }, () => []);
  histograms.forEach((each, layer) => held[cols.column(layer)].push(each));
  others.forEach((each, layer) => held[second.column(layer)].push(each));
  return held.map((some) => {
    const filled = some.filter(({ peak, high, low }) => peak > 0 && high > low);
    return filled.length > 1 ? commonAxis(filled, frame.linear) : ownAxis(filled[0] ?? some[0] ?? EMPTY, frame.linear);
  });
}

const EMPTY = { low: 0, high: 0, threshold: 0 };

function gutter(ctx, scene, cols, { top, bottom }, axis) {
  const placed = [];
  for (const { at, text } of ticks(axis, Math.min(8, (bottom - top) / 18))) {
    const y = bottom - at * (bottom - top);
    if (placed.some((other) => Math.abs(other - y) < 14)) continue;
    placed.push(y);
    line(ctx, cols.left - 3, y, cols.right, y, scene.ink.grid);
    label(ctx, text, cols.left - 7, y, scene.ink.muted, "right");
  }
}

/** Growth and a new axis look alike: the axis says when it changed, to who looks at now; "" where there is nothing to say. */
export function newsOf({ past }, { news: step }) {
  return step === null || past ? "" : say("new axis at step {step}", { step: number(step, 6) });
}

/** Columns too narrow for their numbers: the gutter says what their ends are, the tooltip the numbers. */
function ends(ctx, scene, cols, { top, bottom }) {
  label(ctx, say("largest"), cols.left - 7, top + 6, scene.ink.muted, "right", cols.left - 8);
  label(ctx, say("smallest"), cols.left - 7, bottom - 6, scene.ink.muted, "right", cols.left - 8);
}

function one(ctx, scene, cols, { top, bottom, room }, histogram, layer, axis, isOwn, role) {
  const linear = scene.frame.linear;
  const bins = project(histogram, axis, linear);
  const left = cols.from(layer) + 3;
  const wide = cols.wide(layer) - 9;
  const y = (fraction) => bottom - fraction * (bottom - top);
  line(ctx, left, top, left, bottom, scene.ink.axis);
  if (!bins) return;
  if (isOwn && axis.low < 0 && axis.high > 0) {
    const zero = y(-axis.low / (axis.high - axis.low));
    line(ctx, left, zero, left + wide, zero, scene.ink.grid);
  }
  shape(ctx, histogram, bins, left, wide, y);
  ctx.fillStyle = scene.ink[role];
  ctx.globalAlpha = 0.32;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = scene.ink[role];
  ctx.lineWidth = 1;
  ctx.stroke();
  if (room) {
    const [low, high] = endsOf(axis).map((at) => said(at));
    label(ctx, high, left, top - 8, scene.ink.muted, "left", cols.wide(layer) - 4);
    label(ctx, low, left, bottom + 8, scene.ink.muted, "left", cols.wide(layer) - 4);
  }
}

/** The second net's outline, dashed, or that of the path that was left. */
function outline(ctx, scene, cols, { top, bottom }, histogram, layer, axis, role) {
  const bins = project(histogram, axis, scene.frame.linear);
  if (!bins) return;
  shape(ctx, histogram, bins, cols.from(layer) + 3, cols.pitch - 9, (fraction) => bottom - fraction * (bottom - top));
  ctx.strokeStyle = inkOfSecond(scene, role);
  ctx.lineWidth = 1.5;
  ctx.setLineDash(dashOfSecond(scene));
  ctx.stroke();
  ctx.setLineDash([]);
}

/** The path around the bins. One with anything in it is at least one pixel: a tail never vanishes. */
function shape(ctx, histogram, bins, left, wide, y) {
  ctx.beginPath();
  ctx.moveTo(left, y(bins.edges[0]));
  for (let bin = 0; bin < bins.density.length; bin++) {
    const x = left + (histogram.codes[bin] ? Math.max(1, bins.density[bin] * wide) : 0);
    ctx.lineTo(x, y(bins.edges[bin]));
    ctx.lineTo(x, y(bins.edges[bin + 1]));
  }
  ctx.lineTo(left, y(bins.edges[bins.density.length]));
}

const [EXACT, INFINITE, UNDERFLOW] = [sentence("zeros"), sentence("infinite"), sentence("underflow")];

/** Counts outside the bins: the gravest kind in words, or as a bar where the columns are too narrow for words. */
function outside(ctx, scene, cols, box, histograms) {
  const y = box.height - FOOT / 2;
  histograms.forEach((each, layer) => {
    const [kind] = kindsOutside(each);
    if (!kind) return;
    const color = scene.ink[kind.grave ? "danger" : "muted"];
    if (cols.wide(layer) >= 46) {
      const room = cols.wide(layer) - 5;
      const words = say("{share} {kind}", { share: percent(kind.share), kind: say(kind.name) });
      const text = ctx.measureText(words).width <= room ? words : `${kind.sign}: ${percent(kind.share)}`;
      label(ctx, text, cols.from(layer) + 3, y, color, "left", room);
    } else {
      const tall = Math.max(2, (FOOT - 6) * kind.share);
      ctx.fillStyle = color;
      ctx.fillRect(cols.from(layer) + 1, box.height - 2 - tall, Math.max(2, cols.wide(layer) - 2), tall);
    }
  });
  if (cols.pitch < 46) {
    const gravest = histograms.map((each) => kindsOutside(each)[0]?.name).filter(Boolean);
    const [name, ...more] = new Set(gravest);
    if (name) label(ctx, more.length ? say("not in bins") : say(name), cols.left - 7, y, scene.ink.muted, "right", cols.left - 8);
  }
}

export function kindsOutside(histogram) {
  const total = Math.max(1, histogram.total);
  const kind = (name, sign, count, grave) => ({ name, sign, count, grave, share: count / total });
  return [
    kind("NaN", "NaN", histogram.nan, true),
    kind(INFINITE, "\u221e", histogram.inf, true),
    kind(EXACT, "0", histogram.zeros, false),
    kind(UNDERFLOW, say("tiny"), histogram.underflow, false),
  ].filter(({ count }) => count > 0);
}

function probe(x, y, scene, box, of, symbol, names, still) {
  const cols = columns(scene, box);
  const layer = cols.at(x);
  if (layer === null || !scene.frame) return null;
  const histogram = of(scene.frame)[layer];
  const linear = scene.frame.linear;
  const { top, bottom } = layout(scene, box, cols, names);
  const lines = [];
  const others = othersOf(scene, of, cols);
  const second = others.length ? columns(scene, box, scene.second) : null;
  const shared = scene.look.axis === "common" ? commonAxis([...of(scene.frame), ...others], linear, still, frameOf(scene)) : null;
  const axis = axesOf(scene, cols, of(scene.frame), second, others, shared)[cols.column(layer)];
  const bins = project(histogram, axis, linear);
  if (bins) {
    const bin = binAt(bins, (bottom - y) / (bottom - top));
    if (bin !== null) {
      const [from, to] = range(histogram, bin, linear);
      lines.push([say("{symbol} from {low} to {high}", { symbol, low: said(from), high: said(to) }), about(share(histogram, bin))]);
    }
    lines.push([say("smallest, largest"), `${number(histogram.low, 2)}, ${number(histogram.high, 2)}`]);
  }
  for (const { name, share: part } of kindsOutside(histogram)) {
    lines.push([say(name === EXACT ? "exactly 0" : name), percent(part)]);
  }
  lines.push([say("values counted"), histogram.total.toLocaleString("en-US")]);
  return { layer, lines };
}

/** Shares come from one byte: they are near, not exact, unless nothing is there. */
function about(fraction) {
  const text = percent(fraction);
  return fraction === 0 || text.startsWith("<") ? text : `\u2248 ${text}`;
}

function binAt(bins, fraction) {
  for (let bin = 0; bin < bins.density.length; bin++) {
    if (fraction >= bins.edges[bin] && fraction < bins.edges[bin + 1]) return bin;
  }
  return null;
}
