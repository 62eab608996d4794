// From the surface's coordinates to the screen: equal scales on both axes, so that right angles stay right.

import { linearTicks, number } from "../axes.js";
import { label, line } from "../panel.js";

const LEFT = 40;
const FOOT = 22;
const EDGE = 6;

/** The largest rectangle of the window's shape in the box. */
export function plane([[x0, x1], [y0, y1]], box) {
  const room = { width: box.width - LEFT - EDGE, height: box.height - FOOT - EDGE };
  const unit = Math.min(room.width / (x1 - x0), room.height / (y1 - y0));
  const [width, height] = [unit * (x1 - x0), unit * (y1 - y0)];
  const left = LEFT + (room.width - width) / 2;
  const top = EDGE + (room.height - height) / 2;
  return {
    left, top, width, height, unit,
    right: left + width,
    bottom: top + height,
    x: (x) => left + (x - x0) * unit,
    y: (y) => top + height - (y - y0) * unit,
    at: (px, py) => [x0 + (px - left) / unit, y0 + (top + height - py) / unit],
    holds: (px, py) => px >= left && px <= left + width && py >= top && py <= top + height,
  };
}

/** Ticks and names of the two coordinates. */
export function axes(ctx, view, [[x0, x1], [y0, y1]], ink) {
  for (const x of linearTicks(x0, x1, Math.max(2, Math.floor(view.width / 70)))) {
    line(ctx, view.x(x), view.bottom, view.x(x), view.bottom + 4, ink.axis);
    label(ctx, tick(x), view.x(x), view.bottom + 13, ink.muted, "center");
  }
  for (const y of linearTicks(y0, y1, Math.max(2, Math.floor(view.height / 50)))) {
    line(ctx, view.left - 4, view.y(y), view.left, view.y(y), ink.axis);
    label(ctx, tick(y), view.left - 7, view.y(y), ink.muted, "right", LEFT - 8);
  }
  label(ctx, "x", view.right - 2, view.bottom - 9, ink.muted, "right");
  label(ctx, "y", view.left + 5, view.top + 9, ink.muted);
}

function tick(value) {
  return number(Math.abs(value) < 1e-12 ? 0 : value, 4);
}
