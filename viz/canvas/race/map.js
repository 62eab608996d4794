// The map: colors and contours of the surface, the paths up to the step shown, the start to drag.

import { number } from "../axes.js";
import { say } from "../language.js";
import { label } from "../panel.js";
import { parse } from "../palette.js";
import { axes, plane } from "./plane.js";
import { contour } from "../../wire/scale.js";

const DARKEST = 0.34; // how much of the ink the lowest place takes

/** Panel options for the map. `scene` has {surface, paths, racers, t, race, ink, basins, start, chosen}. */
export function mapOf() {
  const under = document.createElement("canvas");
  let painted = null;
  return {
    draw(ctx, scene, box) {
      if (!scene.surface) return;
      const { bounds } = scene.surface.header;
      const view = plane(bounds, box);
      const key = [scene.surface.serial, scene.ink.base, scene.basins?.serial, box.width, box.height].join();
      if (painted !== key) {
        paint(under, scene, view, box);
        painted = key;
      }
      ctx.drawImage(under, 0, 0, box.width, box.height);
      ctx.save();
      ctx.beginPath();
      ctx.rect(view.left, view.top, view.width, view.height);
      ctx.clip();
      minima(ctx, scene, view);
      for (const racer of scene.racers) trace(ctx, scene, racer, view);
      ctx.restore();
      for (const racer of scene.racers) head(ctx, scene, racer, view);
      start(ctx, scene, view);
      axes(ctx, view, bounds, scene.ink);
    },
    view: (scene, box) => (scene.surface ? plane(scene.surface.header.bounds, box) : null),
  };
}

/** What does not move: colors, contours, frame; drawn once and kept. */
function paint(canvas, scene, view, box) {
  const scale = Math.min(3, window.devicePixelRatio || 1);
  canvas.width = Math.round(box.width * scale);
  canvas.height = Math.round(box.height * scale);
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.imageSmoothingEnabled = !scene.basins;
  ctx.imageSmoothingQuality = "high";
  const tile = scene.basins ? scene.basins.tile(scene) : shade(scene);
  ctx.globalAlpha = scene.basins ? 0.55 : 1;
  // The values stand at the corners of the tile's cells: half a cell more on each side than the window.
  const [dx, dy] = scene.basins ? [0, 0] : [view.width / (tile.width - 1) / 2, view.height / (tile.height - 1) / 2];
  ctx.save();
  ctx.beginPath();
  ctx.rect(view.left, view.top, view.width, view.height);
  ctx.clip();
  ctx.drawImage(tile, view.left - dx, view.top - dy, view.width + 2 * dx, view.height + 2 * dy);
  ctx.globalAlpha = 1;
  lines(ctx, scene, view);
  ctx.restore();
  ctx.strokeStyle = scene.ink.axis;
  ctx.lineWidth = 1;
  ctx.strokeRect(view.left, view.top, view.width, view.height);
}

/** A color for each grid point: the lower, the more ink. Where the function is undefined nothing is painted. */
function shade({ surface, ink }) {
  const { places } = surface.arrays;
  const [n] = places.shape;
  const tile = document.createElement("canvas");
  tile.width = tile.height = n;
  const ctx = tile.getContext("2d");
  const image = ctx.createImageData(n, n);
  const [paper, dark] = [parse(ink.background), parse(ink.muted)];
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const place = places.data[(n - 1 - j) * n + i];
      const share = DARKEST * (1 - place);
      const at = 4 * (j * n + i);
      for (let k = 0; k < 3; k++) image.data[at + k] = paper[k] + share * (dark[k] - paper[k]);
      image.data[at + 3] = Number.isNaN(place) ? 0 : 255;
    }
  }
  ctx.putImageData(image, 0, 0);
  return tile;
}

function lines(ctx, { surface, ink, toPlace }, view) {
  const { places } = surface.arrays;
  const [n] = places.shape;
  ctx.strokeStyle = ink.muted;
  ctx.globalAlpha = 0.55;
  surface.header.levels.forEach((level, k) => {
    ctx.lineWidth = k % 3 === 0 ? 1 : 0.6;
    const found = contour(places.data, n, toPlace(level));
    const [dx, dy] = [view.width / (n - 1), view.height / (n - 1)];
    ctx.beginPath();
    for (let i = 0; i < found.length; i += 4) {
      ctx.moveTo(view.left + found[i] * dx, view.bottom - found[i + 1] * dy);
      ctx.lineTo(view.left + found[i + 2] * dx, view.bottom - found[i + 3] * dy);
    }
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
}

/** A diamond on each minimum: filled where it is global, hollow where it is local. */
function minima(ctx, { surface, ink }, view) {
  for (const { at, known } of surface.header.minima) {
    const [x, y] = [view.x(at[0]), view.y(at[1])];
    ctx.beginPath();
    for (const [dx, dy] of [[0, -6], [6, 0], [0, 6], [-6, 0]]) ctx.lineTo(x + dx, y + dy);
    ctx.closePath();
    ctx.fillStyle = known ? ink.text : ink.background;
    ctx.strokeStyle = known ? ink.background : ink.text;
    ctx.lineWidth = 1.2;
    ctx.fill();
    ctx.stroke();
  }
}

/** The path up to the step shown; a halo keeps it apart from what it crosses. */
function trace(ctx, scene, racer, view) {
  const at = (t) => [view.x(racer.x(t)), view.y(racer.y(t))];
  const last = Math.floor(scene.t);
  ctx.beginPath();
  for (let t = 0; t <= last; t++) {
    const [x, y] = at(t);
    if (!Number.isFinite(x + y) || Math.abs(x) > 1e6 || Math.abs(y) > 1e6) break;
    ctx.lineTo(x, y);
  }
  const [x, y] = racer.between(scene.t, at);
  if (Math.abs(x) < 1e6 && Math.abs(y) < 1e6) ctx.lineTo(x, y);
  ctx.globalAlpha = 0.8;
  ctx.strokeStyle = scene.ink.background;
  ctx.lineWidth = racer.chosen ? 5 : 3.6;
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = racer.color;
  ctx.lineWidth = racer.chosen ? 2.6 : 1.6;
  ctx.setLineDash(racer.dash);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** A disc with the card's letter; outside the window an arrow on its edge, and nothing is moved in. */
function head(ctx, scene, racer, view) {
  const at = racer.between(scene.t, (t) => [view.x(racer.x(t)), view.y(racer.y(t))]);
  const [x, y] = [clamp(at[0], view.left, view.right), clamp(at[1], view.top, view.bottom)];
  if (!Number.isFinite(x + y)) return;
  const out = x !== at[0] || y !== at[1];
  const radius = racer.chosen ? 9 : 7.5;
  ctx.beginPath();
  if (out) {
    const angle = Math.atan2(at[1] - y, at[0] - x);
    for (const [turn, far] of [[0, 15], [0.7, 9], [-0.7, 9]]) ctx.lineTo(x + far * Math.cos(angle + turn), y + far * Math.sin(angle + turn));
    ctx.closePath();
    ctx.fillStyle = racer.color;
    ctx.fill();
    ctx.beginPath();
  }
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = racer.color;
  ctx.strokeStyle = scene.ink.background;
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
  ctx.font = `700 ${racer.chosen ? 11 : 10}px ${scene.ink.font}`;
  label(ctx, racer.letter, x, y + 0.5, scene.ink.background, "center");
  ctx.font = `12px ${scene.ink.font}`;
}

/** Where all start: a ring that can be dragged. */
function start(ctx, { start: [px, py], ink }, view) {
  const [x, y] = [clamp(view.x(px), view.left, view.right), clamp(view.y(py), view.top, view.bottom)];
  for (const [color, width] of [[ink.background, 4.5], [ink.text, 2]]) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.arc(x, y, 11, 0, 2 * Math.PI);
    ctx.stroke();
  }
  const left = x > view.right - 110;
  label(ctx, say("start {x}, {y}", { x: number(px, 3), y: number(py, 3) }), x + (left ? -16 : 16), y + (y > view.top + 20 ? -12 : 14), ink.text, left ? "right" : "left");
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
