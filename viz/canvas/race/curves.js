// Every optimizer's value, distance to the nearest minimum, or step length, step by step, on a log scale.

import { decadeTicks, decades, fromLog10, linearTicks, number } from "../axes.js";
import { say, sentence } from "../language.js";
import { label, line } from "../panel.js";
import { held } from "./racers.js";

const LEFT = 50;
const FOOT = 20;
const TOP = 8;
const RIGHT = 36;
const LETTER = 13; // px from one letter to the next
const LEAD = 18; // px from the curves' ends to their letters
const DEEPEST = 1e-20; // what is lower stands at the foot, which says so
const HIGHEST = 1e4; // times the value at the start: what is higher leaves at the top, which says so

/** What is drawn -> the racer's number to it, what that is called, and what the axis says. */
const DRAWN = {
  height: ["value", sentence("value"), sentence("value above the lowest")],
  distance: ["distance", sentence("distance to a minimum"), sentence("distance to the nearest minimum")],
  length: ["length", sentence("length of the step"), sentence("length of each step")],
};

/** Panel options; `read(scene)` names what is drawn: "height", "distance" or "length". */
export function curvesOf(read) {
  const frame = (scene, box) => axesOf(scene, box, read(scene));
  return {
    draw(ctx, scene, box) {
      const axis = frame(scene, box);
      if (!axis) return;
      grid(ctx, scene, box, axis);
      for (const racer of scene.racers) curve(ctx, scene, racer, axis);
      line(ctx, axis.x(scene.t), TOP, axis.x(scene.t), axis.bottom, scene.ink.muted);
      for (const racer of scene.racers) dot(ctx, scene, racer, axis);
      tags(ctx, scene, axis);
    },
    probe(x, y, scene, box) {
      const axis = frame(scene, box);
      if (!axis) return null;
      const t = Math.max(0, Math.min(scene.steps, Math.round(axis.step(x))));
      const [whole, words] = DRAWN[axis.of];
      const rows = scene.racers.map((racer) => [racer[axis.of](t), racer.name, number(racer[whole](t), 4)]);
      rows.sort((a, b) => a[0] - b[0]);
      return { layer: null, lines: [[say("step {step}", { step: t }), say(words)], ...rows.map(([, who, what]) => [who, what])] };
    },
    /** The step under the pointer: dragging on the curves scrubs. */
    step: (x, scene, box) => frame(scene, box)?.step(x) ?? 0,
  };
}

function axesOf(scene, box, of) {
  if (!scene.paths || !scene.racers.length) return null;
  let low = Infinity;
  let high = -Infinity;
  for (const racer of scene.racers) {
    for (let t = 0; t <= racer.last; t++) {
      const value = racer[of](t);
      if (!(value > 0) || value === Infinity) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (!(low <= high)) return null;
  const first = of === "height" && scene.paths.header.falling ? high : Math.max(...scene.racers.map((racer) => racer[of](0)).filter((value) => value > 0 && Number.isFinite(value)), low);
  const [foot, top] = [Math.max(low, DEEPEST, solid(scene.racers, of)), Math.max(Math.min(high, first * HIGHEST), DEEPEST * 10)];
  const range = { ...decades(Math.log10(foot), Math.log10(top), 2), cutLow: low < foot, cutHigh: high > top };
  if (range.cutLow) range.low = Math.log10(foot);
  const right = box.width - RIGHT;
  const bottom = box.height - FOOT;
  const steps = Math.max(1, scene.steps);
  return {
    of, ...range, right, bottom, steps,
    x: (t) => LEFT + (t / steps) * (right - LEFT),
    step: (x) => ((x - LEFT) / (right - LEFT)) * steps,
    y: (value) => {
      const place = (Math.log10(value) - range.low) / (range.high - range.low);
      return bottom - Math.max(0, Math.min(1.02, place)) * (bottom - TOP);
    },
  };
}

const RARE = 0.02; // of all values: so few are dips, and no reason for an axis that flattens the rest
const OFTEN = 0.1; // of its steps: a curve with so many dips is drawn as its outline
const FAINT = 0.12; // how opaque its dips are
const BELOW = 100; // times below the others a dip may still stand on the axis

/** The lowest value that a log axis has to reach: single steps that hit a minimum by chance leave it at the foot. */
export function solid(racers, of) {
  const values = racers.flatMap((racer) => Array.from({ length: racer.last + 1 }, (_, t) => held(racer[of], t, racer.last)));
  const found = values.filter((value) => value > 0 && value < Infinity).sort((a, b) => a - b);
  return (found[Math.floor(RARE * found.length)] ?? 0) / BELOW;
}

function grid(ctx, scene, box, axis) {
  for (const k of decadeTicks(axis.low, axis.high, Math.max(2, Math.floor((axis.bottom - TOP) / 24)))) {
    line(ctx, LEFT, axis.y(10 ** k), axis.right, axis.y(10 ** k), scene.ink.grid);
    const sign = axis.cutLow && k === axis.low ? "\u2264 " : "";
    label(ctx, sign + fromLog10(k), LEFT - 6, axis.y(10 ** k), scene.ink.muted, "right", LEFT - 8);
  }
  if (axis.cutHigh) label(ctx, say("higher values leave at the top"), axis.right, TOP + 10, scene.ink.muted, "right");
  const isFall = axis.of === "height" && scene.paths.header.falling;
  label(ctx, isFall ? say("value below the start's") : say(DRAWN[axis.of][2]), LEFT + 6, TOP + 10, scene.ink.muted);
  for (const t of linearTicks(0, axis.steps, Math.max(2, Math.floor((axis.right - LEFT) / 70)))) {
    label(ctx, t === 0 ? say("step {step}", { step: t }) : number(t, 5), axis.x(t), box.height - 8, scene.ink.muted, t === 0 ? "left" : "center");
  }
}

function curve(ctx, scene, racer, axis) {
  ctx.beginPath();
  for (let t = 0; t <= racer.last; t++) {
    const value = racer[axis.of](t);
    if (Number.isFinite(value)) ctx.lineTo(axis.x(t), axis.y(value));
  }
  const swings = isSwinging(racer, axis.of);
  ctx.strokeStyle = racer.color;
  ctx.lineWidth = racer.chosen ? 2.4 : 1.4;
  ctx.globalAlpha = swings ? FAINT : racer.chosen ? 1 : 0.85;
  ctx.setLineDash(racer.dash);
  ctx.stroke();
  if (swings) outline(ctx, racer, axis);
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
  if (racer.divergedAt >= 0) label(ctx, "\u2717", axis.x(racer.last), Math.max(TOP, axis.y(racer[axis.of](racer.last))), racer.color, "center");
}

/** Above its dips: a curve that goes down and up at every step would be a solid block over all others. */
function outline(ctx, racer, axis) {
  ctx.beginPath();
  for (let t = 0; t <= racer.last; t++) {
    const value = held(racer[axis.of], t, racer.last);
    if (Number.isFinite(value)) ctx.lineTo(axis.x(t), axis.y(value));
  }
  ctx.globalAlpha = racer.chosen ? 1 : 0.85;
  ctx.stroke();
}

/** Whether a good part of its steps are dips of their own, to a tenth and less. */
export function isSwinging(racer, of) {
  let dips = 0;
  for (let t = 0; t <= racer.last; t++) dips += Number(racer[of](t) < held(racer[of], t, racer.last) / 10);
  return dips > OFTEN * (racer.last + 1);
}

/** A dot at the step shown. */
function dot(ctx, scene, racer, axis) {
  const now = racer[axis.of](Math.min(Math.floor(scene.t), racer.last));
  ctx.fillStyle = racer.color;
  ctx.beginPath();
  ctx.arc(axis.x(Math.min(scene.t, racer.last)), axis.y(now), 3, 0, 2 * Math.PI);
  ctx.fill();
}

/** Each curve's letter beside its end; a line leads to one that had to make room for others. */
function tags(ctx, scene, axis) {
  const ends = scene.racers.map((racer) => Math.max(TOP, axis.y(racer[axis.of](racer.last))));
  ctx.font = `700 11px ${scene.ink.font}`;
  spread(ends, LETTER, TOP, axis.bottom).forEach((y, k) => {
    const { letter, color } = scene.racers[k];
    line(ctx, axis.right + 5, ends[k], axis.right + LEAD, y, color);
    label(ctx, letter, axis.right + LEAD + 4, y, color);
  });
  ctx.font = `12px ${scene.ink.font}`;
}

/** Places in their order, at least `apart` from each other and within low to high, moved as little as that takes. */
export function spread(places, apart, low, high) {
  const room = Math.min(apart, (high - low) / Math.max(1, places.length - 1));
  const order = places.map((place, k) => [Number.isFinite(place) ? place : high, k]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const moved = [];
  let floor = low;
  for (const [place, k] of order) floor = (moved[k] = Math.max(floor, place)) + room;
  let roof = high;
  for (const [, k] of order.reverse()) roof = (moved[k] = Math.min(roof, moved[k])) - room;
  return moved;
}
