// Loss and accuracy through the whole run: the training batch as a line, the test set as dots.

import { decades, decadeTicks, fromLog10, linearTicks, number, percent } from "../axes.js";
import { say } from "../language.js";
import { DASH, label, line, trail } from "../panel.js";

const LEFT = 46;
const FOOT = 18;
const TOP = 8;

/**
 * Panel options for one scalar: `train(point)` and `test(point)` read it, `write` writes it, `guess(hello)` is what
 * guessing gives, null where it means nothing; `band` names it among the bands of other seeds.
 */
export function scalarPanel({ train, test, write, guess, band, fixed = null }) {
  const frameOf = (scene, box) => axes(scene, box, train, test, fixed);
  return {
    axis: frameOf,
    draw(ctx, scene, box) {
      const axis = frameOf(scene, box);
      if (!axis) return;
      if (scene.drag) stretch(ctx, scene, axis);
      grid(ctx, scene, box, axis, write);
      if (scene.beside?.bands) bands(ctx, scene, axis, scene.beside.bands, band);
      for (const each of scene.kept) trail(ctx, points(each.points, train, axis), scene.ink.series[each.color], 1.25);
      for (const ghost of scene.ghosts) trail(ctx, points(ghost, train, axis), scene.ink.axis, 1);
      if (scene.beside) {
        trail(ctx, points(scene.beside.trace, train, axis), scene.ink.train, 1.5, DASH);
        rings(ctx, points(scene.beside.tests, test, axis), scene.ink.test, [1.5, 1.5]);
      }
      trail(ctx, points(scene.trace, train, axis), scene.ink.train, 1.5);
      rings(ctx, points(scene.tests, test, axis), scene.ink.test, []);
      guide(ctx, scene, box, axis, guess, write);
      cursor(ctx, scene, box, axis, train);
    },
    probe(x, y, scene, box) {
      const axis = frameOf(scene, box);
      if (!axis) return null;
      const at = nearest(scene.trace, axis.step(x));
      const tested = nearest(scene.tests, axis.step(x));
      const lines = [[say("batch, step {step}", { step: at.step }), write(train(at))]];
      const others = scene.beside && nearest(scene.beside.trace, axis.step(x));
      if (others) lines.push([say("B's batch, step {step}", { step: others.step }), write(train(others))]);
      for (const ghost of scene.ghosts.filter((each) => reaches(each, axis.step(x)))) {
        const left = nearest(ghost, axis.step(x));
        lines.push([say("before, step {step}", { step: left.step }), write(train(left))]);
      }
      for (const { name, points: kept } of scene.kept) {
        const other = nearest(kept, axis.step(x));
        lines.push([say("{name}, step {step}", { name, step: other.step }), write(train(other))]);
      }
      if (tested) lines.push([say("test set, step {step}", { step: tested.step }), write(test(tested))]);
      return { layer: null, lines };
    },
  };
}

/** From the lowest to the highest of the seeds of each net, on the test set; the second net's with dashed edges. */
function bands(ctx, scene, axis, { looks, ...of }, name) {
  of[name].forEach((ends, net) => {
    const there = looks.map((step, k) => [axis.x(step), ends[k]]).filter(([, each]) => each !== null);
    const edge = (side) => there.map(([x, each]) => [x, axis.y(each[side])]);
    ctx.beginPath();
    for (const [x, y] of [...edge(0), ...edge(1).reverse()]) ctx.lineTo(x, y);
    ctx.globalAlpha = 0.16;
    ctx.fillStyle = scene.ink.test;
    ctx.fill();
    ctx.globalAlpha = 1;
    for (const side of [0, 1]) trail(ctx, edge(side), scene.ink.test, 0.75, net ? DASH : []);
  });
}

function rings(ctx, places, color, dash) {
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.5;
  ctx.setLineDash(dash);
  for (const [x, y] of places) {
    if (!Number.isFinite(y)) continue;
    ctx.beginPath();
    ctx.arc(x, y, 2.4, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

export const writeLoss = (value) => number(value, 3);
export const writeAccuracy = (value) => (Number.isFinite(value) ? percent(value) : say("none"));

function axes(scene, box, train, test, fixed) {
  const start = scene.trace.points[0]?.step ?? null;
  if (start === null) return null;
  const nets = [scene, scene.beside].filter(Boolean);
  const ends = [...nets.map(({ trace }) => trace.newest?.step ?? 0), ...[...scene.ghosts, ...scene.kept.map((each) => each.points)].map((path) => path.at(-1).step)];
  const { from: first, to: last } = scene.span ?? { from: start, to: Math.max(...ends) };
  const values = [];
  const note = (list, read) => {
    for (const each of list) if (each.step >= first && each.step <= last) values.push(read(each));
  };
  for (const net of nets) {
    note(net.trace, train);
    note(net.tests, test);
  }
  for (const ghost of scene.ghosts) note(ghost, train);
  for (const each of scene.kept) note(each.points, train);
  const found = reach(fixed ?? values);
  const { beyond } = found;
  let { low, high } = found;
  const log = !fixed && low > 0 && high / low > 50;
  if (log) ({ low, high } = decades(Math.log10(low), Math.log10(high), 1));
  else if (low <= high && !fixed) [low, high] = [Math.min(0, low), high > 0 ? high * 1.08 : 1];
  else if (!fixed) [low, high] = [0, 1];
  const right = box.width - 8;
  const bottom = box.height - FOOT;
  const span = Math.max(1, last - first);
  return {
    first, last, low, high, log, right, bottom, beyond,
    x: (step) => LEFT + ((step - first) / span) * (right - LEFT),
    step: (x) => first + ((x - LEFT) / (right - LEFT)) * span,
    // What lies beyond the axis stands at its end.
    y: (value) => Math.max(TOP - 4, bottom - (((log ? Math.log10(value) : value) - low) / (high - low)) * (bottom - TOP)),
  };
}

const FEW = 0.02; // of the points may be outliers,
const FAR = 1e3; // so many times as large as the largest of the others

/** From where to where an axis goes: a few values far above all others do not flatten them. `beyond`: the largest. */
export function reach(values) {
  const finite = Float64Array.from(values.filter(Number.isFinite)).sort();
  if (!finite.length) return { low: Infinity, high: -Infinity, beyond: null };
  const [low, highest] = [finite[0], finite.at(-1)];
  const others = finite[Math.floor((1 - FEW) * (finite.length - 1))];
  const isFar = others > 0 && highest > FAR * others && finite.length >= 20;
  return isFar ? { low, high: 3 * others, beyond: highest } : { low, high: highest, beyond: null };
}

function* points(trace, read, axis) {
  for (const each of trace) {
    if (each.step >= axis.first && each.step <= axis.last) yield [axis.x(each.step), axis.y(read(each))];
  }
}

function grid(ctx, scene, box, axis, write) {
  const most = Math.max(2, Math.floor((axis.bottom - TOP) / 22));
  const values = axis.log
    ? decadeTicks(axis.low, axis.high, most).map((k) => [10 ** k, fromLog10(k)])
    : linearTicks(axis.low, axis.high, most).map((value) => [value, write(value)]);
  for (const [value, text] of values) {
    line(ctx, LEFT, axis.y(value), axis.right, axis.y(value), scene.ink.grid);
    label(ctx, text, LEFT - 6, axis.y(value), scene.ink.muted, "right", LEFT - 8);
  }
  if (axis.beyond !== null) label(ctx, `\u25B2 ${say("up to {most}", { most: write(axis.beyond) })}`, axis.right, TOP + 6, scene.ink.muted, "right");
  label(ctx, number(Math.round(axis.first), 6), LEFT, box.height - 8, scene.ink.muted);
  label(ctx, say("step {step}", { step: number(Math.round(axis.last), 6) }), axis.right, box.height - 8, scene.ink.muted, "right");
}

/** What the best answer for all samples alike gives: where a net that learns nothing stays. */
function guide(ctx, scene, box, axis, guess, write) {
  const guessed = guess(scene.hello ?? {});
  const y = Number.isFinite(guessed) ? axis.y(guessed) : NaN;
  if (!(y >= TOP && y <= axis.bottom)) return;
  ctx.setLineDash([2, 3]);
  line(ctx, LEFT, y, axis.right, y, scene.ink.axis);
  ctx.setLineDash([]);
  foot(ctx, scene, box, axis, say("guessing: {loss}", { loss: write(guessed) }));
}

/** The words for the dotted line, between the two ends of the step axis: beside the line a curve would cross them. */
function foot(ctx, scene, box, axis, text) {
  const [y, dash] = [box.height - 8, 16];
  const from = LEFT + ctx.measureText(number(Math.round(axis.first), 6)).width + 8;
  const to = axis.right - ctx.measureText(say("step {step}", { step: number(Math.round(axis.last), 6) })).width - 8;
  const wide = dash + 5 + ctx.measureText(text).width;
  if (to - from < wide) return;
  const x = (from + to - wide) / 2;
  ctx.setLineDash([2, 3]);
  line(ctx, x, y, x + dash, y, scene.ink.muted, 1.5);
  ctx.setLineDash([]);
  label(ctx, text, x + dash + 5, y, scene.ink.muted);
}

/** The stretch that is being dragged over. */
function stretch(ctx, scene, axis) {
  const { from, to } = scene.drag;
  ctx.fillStyle = scene.ink.grid;
  ctx.fillRect(Math.min(from, to), TOP - 4, Math.abs(to - from), axis.bottom - TOP + 4);
}

/** Where the frame on screen stands. */
function cursor(ctx, scene, box, axis, read) {
  if (!scene.frame || scene.frame.step < axis.first || scene.frame.step > axis.last) return;
  const x = axis.x(scene.frame.step);
  if (!scene.live) line(ctx, x, TOP, x, axis.bottom, scene.ink.muted);
  const y = axis.y(read(scene.frame));
  if (scene.beside) {
    const { step } = scene.beside.frame;
    rings(ctx, [[axis.x(step), axis.y(read(scene.beside.frame))]], scene.ink.train, []);
  }
  if (!Number.isFinite(y)) return;
  ctx.fillStyle = scene.ink.train;
  ctx.beginPath();
  ctx.arc(x, y, 3, 0, 2 * Math.PI);
  ctx.fill();
}

/** Whether a path that was left has been at this step. */
function reaches(path, step) {
  return step > path[0].step - 0.5 && step < path.at(-1).step + 0.5;
}

function nearest(trace, step) {
  let best = null;
  for (const each of trace) {
    if (!best || Math.abs(each.step - step) < Math.abs(best.step - step)) best = each;
  }
  return best;
}
