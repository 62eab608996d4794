// The same surface as a relief that turns under the hand: the height is the value, on the scale of the contours.

import { number } from "../axes.js";
import { say } from "../language.js";
import { parse } from "../palette.js";
import { label, line } from "../panel.js";

const CELLS = 44;
const TALL = 0.62; // height of the relief, where the window is 1 wide

export function reliefOf() {
  const camera = { turn: -0.75, tilt: 0.62 };
  let mesh = null;
  return {
    camera,
    /** A drag by so many pixels. */
    rotate(dx, dy) {
      camera.turn += dx * 0.008;
      camera.tilt = Math.max(0.12, Math.min(1.5, camera.tilt + dy * 0.006));
    },
    draw(ctx, scene, box) {
      if (!scene.surface) return;
      if (mesh?.serial !== scene.surface.serial) mesh = meshOf(scene.surface);
      const project = projection(camera, box);
      floor(ctx, scene, project);
      quads(ctx, scene, mesh, project);
      const place = placer(scene);
      for (const { at, value, known } of scene.surface.header.minima) diamond(ctx, project(...place(at[0], at[1], value)), known, scene.ink);
      for (const racer of scene.racers) path(ctx, scene, racer, project, place);
      corners(ctx, scene, project, mesh, box);
      label(ctx, say("at the corners x, y; up: the value, on the scale of the contours"), 6, 10, scene.ink.muted, "left", box.width - 12);
    },
  };
}

/** Unit coordinates, x and y from -0.5 to 0.5 and z up, to pixels; parallel, so that nothing shrinks. */
function projection({ turn, tilt }, box) {
  const [c, s, u, v] = [Math.cos(turn), Math.sin(turn), Math.sin(tilt), Math.cos(tilt)];
  const size = Math.min(box.width / 1.45, box.height / (1.42 * u + TALL * v + 0.05));
  const depth = (x, y) => s * x + c * y;
  const at = (x, y, z) => [
    box.width / 2 + size * (c * x - s * y),
    box.height / 2 - size * (u * (s * x + c * y) + v * (z - TALL / 2)),
  ];
  return Object.assign(at, { depth });
}

function meshOf(surface) {
  const { places } = surface.arrays;
  const [n] = places.shape;
  const side = CELLS + 1;
  const heights = new Float32Array(side * side);
  for (let j = 0; j < side; j++) {
    for (let i = 0; i < side; i++) {
      const [x, y] = [Math.round((i * (n - 1)) / CELLS), Math.round((j * (n - 1)) / CELLS)];
      heights[j * side + i] = places.data[y * n + x];
    }
  }
  return { serial: surface.serial, heights, side };
}

/** The farthest cell first: what is nearer covers it. */
function quads(ctx, { ink }, { heights, side }, project) {
  const cells = [];
  const unit = (i) => i / CELLS - 0.5;
  for (let j = 0; j < CELLS; j++) for (let i = 0; i < CELLS; i++) cells.push([project.depth(unit(i), unit(j)), i, j]);
  cells.sort((a, b) => b[0] - a[0]);
  const [paper, dark] = [parse(ink.background), parse(ink.muted)];
  const shades = Array.from({ length: 65 }, (_, k) => `rgb(${paper.map((p, i) => Math.round(p + (dark[i] - p) * (0.42 - 0.36 * (k / 64))))})`);
  ctx.strokeStyle = ink.axis;
  ctx.lineWidth = 0.5;
  for (const [, i, j] of cells) {
    const at = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
    const z = at.map(([a, b]) => heights[b * side + a]);
    const mean = (z[0] + z[1] + z[2] + z[3]) / 4;
    if (Number.isNaN(mean)) continue;
    ctx.beginPath();
    at.forEach(([a, b], k) => ctx.lineTo(...project(unit(a), unit(b), TALL * z[k])));
    ctx.closePath();
    ctx.fillStyle = shades[Math.round(64 * Math.max(0, Math.min(1, mean)))];
    ctx.fill();
    ctx.stroke();
  }
}

/** (x, y, value) of the surface to unit coordinates. */
function placer({ surface, toPlace }) {
  const [[x0, x1], [y0, y1]] = surface.header.bounds;
  return (x, y, value) => [(x - x0) / (x1 - x0) - 0.5, (y - y0) / (y1 - y0) - 0.5, TALL * toPlace(value)];
}

/** Only the part of a path inside the window: outside it there is no relief to stand on. */
function path(ctx, scene, racer, project, place) {
  const at = (t) => place(racer.x(t), racer.y(t), racer.value(t));
  const inside = ([x, y, z]) => Math.abs(x) <= 0.5 && Math.abs(y) <= 0.5 && z < 2 * TALL;
  const last = Math.floor(scene.t);
  ctx.beginPath();
  let down = false;
  for (let t = 0; t <= last; t++) {
    const point = at(t);
    if (!inside(point)) down = false;
    else if (down) ctx.lineTo(...project(...point));
    else {
      ctx.moveTo(...project(...point));
      down = true;
    }
  }
  ctx.strokeStyle = scene.ink.background;
  ctx.globalAlpha = 0.8;
  ctx.lineWidth = racer.chosen ? 5 : 3.6;
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = racer.color;
  ctx.lineWidth = racer.chosen ? 2.6 : 1.6;
  ctx.setLineDash(racer.dash);
  ctx.stroke();
  ctx.setLineDash([]);
  const head = racer.between(scene.t, at);
  if (!inside(head)) return;
  const [x, y] = project(...head);
  ctx.beginPath();
  ctx.arc(x, y, racer.chosen ? 9 : 7.5, 0, 2 * Math.PI);
  ctx.fillStyle = racer.color;
  ctx.strokeStyle = scene.ink.background;
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
  ctx.font = `700 10px ${scene.ink.font}`;
  label(ctx, racer.letter, x, y + 0.5, scene.ink.background, "center");
  ctx.font = `12px ${scene.ink.font}`;
}

function diamond(ctx, place, known, ink) {
  const [x, y] = place;
  ctx.beginPath();
  for (const [dx, dy] of [[0, -5], [5, 0], [0, 5], [-5, 0]]) ctx.lineTo(x + dx, y + dy);
  ctx.closePath();
  ctx.fillStyle = known ? ink.text : ink.background;
  ctx.strokeStyle = known ? ink.background : ink.text;
  ctx.fill();
  ctx.stroke();
}

/** The window's four corners on the ground, the farthest first. */
function ground(project) {
  return [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]].sort((a, b) => project.depth(...b) - project.depth(...a));
}

/** The edges of the window on the ground: what the relief stands on. */
function floor(ctx, { ink }, project) {
  const [far, left, right, near] = ground(project).map(([x, y]) => project(x, y, 0));
  ctx.strokeStyle = ink.axis;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const [x, y] of [far, left, near, right, far]) ctx.lineTo(x, y);
  ctx.stroke();
}

/** A post from the ground to each corner of the relief, with the corner in words; the farthest stands behind the relief. */
function corners(ctx, { surface, ink }, project, { heights, side }, box) {
  const [[x0, x1], [y0, y1]] = surface.header.bounds;
  for (const [x, y] of ground(project).slice(1)) {
    const height = heights[(side - 1) * (Number(y > 0) * side + Number(x > 0))] || 0;
    const [foot, head] = [project(x, y, 0), project(x, y, TALL * height)];
    line(ctx, ...foot, ...head, ink.axis);
    const text = `${number(x > 0 ? x1 : x0, 3)}, ${number(y > 0 ? y1 : y0, 3)}`;
    label(ctx, text, Math.max(28, Math.min(box.width - 28, foot[0])), Math.min(box.height - 7, foot[1] + 10), ink.muted, "center");
  }
}
