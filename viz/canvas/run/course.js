// What changes beside the net's answers: the learning rate, and the norm of the weights, each relative to a start.

import { number } from "../axes.js";
import { el } from "../dom.js";
import { label, line, trail } from "../panel.js";
import { say, sentence } from "../language.js";

const LEFT = 46;
const FOOT = 18;
const TOP = 8;

/** Whether a run has a course to show: a rate that changes, or weights that decay. */
export function hasCourse({ hello, trace }) {
  const { schedule = "constant", warmup = 0 } = hello?.spec ?? {};
  if (schedule !== "constant" || warmup > 0 || hello?.decay > 0) return true;
  const [first] = trace.points;
  return Boolean(first) && trace.newest.lr !== first.lr;
}

/** Which curve is which. */
export const courseKey = () => el(
  "span", { class: "key" },
  el("i", { class: "stroke" }), say("rate"), el("i", { class: "stroke of-weights" }), say("weights"),
);

export const coursePanel = {
  when: hasCourse,
  draw(ctx, scene, box) {
    const axis = axes(scene, box);
    if (!axis) return;
    const { ink } = scene;
    for (const share of ticksOf(axis)) {
      line(ctx, LEFT, axis.y(share), axis.right, axis.y(share), ink.grid);
      label(ctx, number(share, 2), LEFT - 6, axis.y(share), ink.muted, "right", LEFT - 8);
    }
    const curve = (read, path = scene.trace) => [...path].map((point) => [axis.x(point.step), axis.y(read(point))]);
    for (const read of [axis.weights, axis.rate]) trail(ctx, curve(read, scene.left), ink.axis, 1);
    trail(ctx, curve(axis.weights), ink.weight, 1.5);
    trail(ctx, curve(axis.rate), ink.train, 1.5);
    label(ctx, number(axis.first, 6), LEFT, box.height - 8, ink.muted);
    label(ctx, say("step {step}", { step: number(axis.last, 6) }), axis.right, box.height - 8, ink.muted, "right");
    if (!scene.live && scene.frame) line(ctx, axis.x(scene.frame.step), TOP, axis.x(scene.frame.step), axis.bottom, ink.muted);
  },
  probe(x, y, scene, box) {
    const axis = axes(scene, box);
    if (!axis) return null;
    const distance = (point) => Math.abs(axis.x(point.step) - x);
    const at = [...scene.trace].reduce((best, point) => (distance(point) < distance(best) ? point : best));
    return {
      layer: null,
      lines: [
        [say("learning rate, step {step}", { step: at.step }), number(at.lr, 3), sentence("what this step was taken with")],
        [sentence("norm of the weights"), number(at.weight_norm, 4), say("{ratio} of the first here", { ratio: number(axis.weights(at), 3) })],
      ],
    };
  },
};

/** The ends of the axis, and between them what has room for its words. */
export function ticksOf({ high, y }) {
  const [ends, between] = high > 1.5 ? [[0, high], 1] : [[0, 1], 0.5];
  return ends.every((end) => Math.abs(y(end) - y(between)) >= 13) ? [ends[0], between, ends[1]] : ends;
}

/** Both curves on one axis: the rate over the largest, the norm over the first; null before the first frame. */
function axes({ trace, left }, box) {
  const points = [...trace, ...left];
  if (!trace.newest) return null;
  const [first, last] = [points[0].step, Math.max(trace.newest.step, left.at(-1)?.step ?? 0)];
  const largest = Math.max(...points.map(({ lr }) => (lr > 0 ? lr : 0))) || 1;
  const norm = points.find(({ weight_norm: each }) => each > 0)?.weight_norm ?? NaN;
  const rate = ({ lr }) => lr / largest;
  const weights = ({ weight_norm: each }) => each / norm;
  const high = Math.max(1, ...points.map(weights).filter(Number.isFinite)) * 1.04;
  const [right, bottom] = [box.width - 8, box.height - FOOT];
  const span = Math.max(1, last - first);
  return {
    first, last, high, right, bottom, rate, weights,
    x: (step) => LEFT + ((step - first) / span) * (right - LEFT),
    y: (share) => bottom - (share / high) * (bottom - TOP),
  };
}
