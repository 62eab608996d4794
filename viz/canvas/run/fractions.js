// Saturated outputs and dead units, layer by layer: a pale bar and a hatched one, side by side.

import { percent } from "../axes.js";
import { columns, highlight, layerNames } from "./columns.js";
import { dashOfSecond, inkOfSecond, nameOfSecond } from "./ghost.js";
import { say } from "../language.js";
import { label, line } from "../panel.js";
import { columnsOf } from "./quantities.js";

const TOP = 18;
const FOOT = 18;

export const fractionsPanel = {
  draw(ctx, scene, box) {
    const cols = columns(scene, box);
    const bottom = box.height - FOOT;
    const y = (fraction) => bottom - fraction * (bottom - TOP);
    highlight(ctx, scene, cols, box);
    for (const tick of bottom - TOP > 70 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1]) {
      line(ctx, cols.left - 3, y(tick), cols.right, y(tick), scene.ink.grid);
      label(ctx, `${100 * tick}%`, cols.left - 6, y(tick), scene.ink.muted, "right");
    }
    layerNames(ctx, scene, cols, box.height - 8, box.width);
    const { saturated, dead } = scene.frame?.stats ?? { saturated: [], dead: [] };
    key(ctx, scene, cols, isNoneOf(scene, "saturated"), isNoneOf(scene, "dead"));
    if (!scene.frame) return;
    for (let layer = 0; layer < saturated.length; layer++) bars(ctx, scene, cols, y, layer, saturated[layer], dead[layer]);
    if (scene.second) outlines(ctx, scene, columns(scene, box, scene.second), y);
  },
  probe(x, y, scene, box) {
    const layer = columns(scene, box).at(x);
    if (layer === null || !scene.frame) return null;
    const { hello, frame, second } = scene;
    const told = columnsOf("fractions", hello);
    const lines = told.map(({ key, label, words }) => [say(label), percent(frame.stats[key][layer]), say(words ?? "")]);
    const other = second ? columns(scene, box, second).at(x) : null;
    if (other !== null) lines.push(...told.map(({ key, label }) => [say("{quantity}, {net}", { quantity: say(label), net: nameOfSecond(scene) }), percent(second.frame.stats[key][other])]));
    for (const { name, label, words } of hello.columns) {
      if (name === "nonfinite" && frame.stats[name][layer] > 0) lines.push([say(label), percent(frame.stats[name][layer]), say(words ?? "")]);
    }
    return { layer, lines };
  },
};

function bars(ctx, scene, cols, y, layer, saturated, dead) {
  const gap = cols.wide(layer) > 8 ? 2 : 0.5;
  const wide = Math.max(1, (cols.wide(layer) - 2 * gap) / 2);
  const left = cols.from(layer) + gap;
  if (saturated >= 0) {
    ctx.fillStyle = scene.ink.activation;
    ctx.globalAlpha = 0.45;
    ctx.fillRect(left, y(saturated), wide, y(0) - y(saturated));
    ctx.globalAlpha = 1;
  }
  if (dead >= 0) hatch(ctx, left + wide, y(dead), wide, y(0) - y(dead), scene.ink.danger);
}

/** The bars of a second net, or of the path that was left: empty, with an edge of their own. */
function outlines(ctx, scene, cols, y) {
  const { saturated, dead } = scene.second.frame.stats;
  const gap = cols.pitch > 8 ? 2 : 0.5;
  const wide = Math.max(1, (cols.pitch - 2 * gap) / 2);
  ctx.setLineDash(dashOfSecond(scene));
  ctx.lineWidth = 1.2;
  for (let layer = 0; layer < saturated.length; layer++) {
    [[saturated[layer], inkOfSecond(scene, "activation")], [dead[layer], inkOfSecond(scene, "danger")]].forEach(([share, color], side) => {
      if (!(share > 0)) return;
      ctx.strokeStyle = color;
      ctx.strokeRect(cols.from(layer) + gap + side * wide + 0.5, y(share), Math.max(0.5, wide - 1), y(0) - y(share));
    });
  }
  ctx.setLineDash([]);
}

function hatch(ctx, x, y, width, height, color) {
  if (height <= 0) return;
  ctx.strokeStyle = color;
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, Math.max(0.5, width - 1), height - 0.5);
  ctx.beginPath();
  for (let at = y + 4; at < y + height; at += 4) {
    ctx.moveTo(x, at);
    ctx.lineTo(x + width, at - Math.min(3, width));
  }
  ctx.stroke();
}

/** What the bars are, and in words that there are none: without it nothing would look like nothing measured. */
function key(ctx, scene, cols, noneSaturated, noneDead) {
  const [one, other] = [say(noneSaturated ? "saturated: none" : "saturated"), say(noneDead ? "dead: none" : "dead")];
  const wide = (words) => ctx.measureText(words).width;
  const [first, second] = placed([wide(one), wide(other)], cols.left, cols.width);
  ctx.fillStyle = scene.ink.activation;
  ctx.globalAlpha = 0.45;
  ctx.fillRect(first, 4, 9, 9);
  ctx.globalAlpha = 1;
  label(ctx, one, first + SIGN, 9, scene.ink.muted);
  hatch(ctx, second, 4, 9, 9, scene.ink.danger);
  label(ctx, other, second + SIGN, 9, scene.ink.muted);
}

const SIGN = 14; // px of a sign and the space behind it

/** Where the two signs of the key stand: from the axis on; further left and closer where else the last word would be cut. */
export function placed([one, other], left, width) {
  const both = 2 * SIGN + one + other;
  const apart = Math.max(4, Math.min(14, width - both));
  const first = Math.max(0, Math.min(left, width - both - apart));
  return [first, first + SIGN + one + apart];
}

/** Whether there is nothing of it in the frame on screen, nor in the one drawn behind it. */
export function isNoneOf({ frame, second }, key) {
  return isNone([frame, second?.frame].flatMap((each) => Array.from(each?.stats[key] ?? [])));
}

/** Whether every share that was measured is 0. */
export function isNone(shares) {
  const measured = Array.from(shares).filter((share) => !Number.isNaN(share));
  return measured.length > 0 && measured.every((share) => share === 0);
}
