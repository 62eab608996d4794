// One column a layer, the same in every row: a histogram, its variance and its gradient stand above each other.
// Of two nets side by side the shorter one leaves columns empty before its output layer, which stands in the last.

import { label } from "../panel.js";

export const DEEP = 16; // beyond this many layers histograms become heat strips

export function columns(scene, box, net = scene) {
  const count = scene.layers;
  const own = net.frame?.layers ?? count;
  const column = (layer) => (layer === own - 1 ? count - 1 : layer);
  const left = box.width < 520 ? 46 : 56;
  const pitch = Math.min(170, (box.width - left - 4) / Math.max(1, count));
  return {
    count,
    width: box.width,
    left,
    pitch,
    right: left + pitch * count,
    deep: count > DEEP || pitch < 22,
    column,
    from: (layer) => left + pitch * column(layer),
    center: (layer) => left + pitch * (column(layer) + 0.5),
    at(x) {
      const at = Math.floor((x - left) / pitch);
      if (at === count - 1) return own - 1;
      return at >= 0 && at < own - 1 ? at : null;
    },
  };
}

/** The column under the pointer, and the one of the layer that the verdict names, marked in every row. */
export function highlight(ctx, scene, cols, box) {
  accused(ctx, scene, cols, box);
  const layer = scene.hover?.layer ?? null;
  if (layer === null || layer >= cols.count) return;
  ctx.fillStyle = scene.ink.raised;
  ctx.fillRect(cols.from(layer), 0, cols.pitch, box.height);
}

function accused(ctx, scene, cols, box) {
  const layer = scene.found ?? null;
  if (layer === null || layer >= cols.count) return;
  ctx.globalAlpha = 0.1;
  ctx.fillStyle = scene.ink.warning;
  ctx.fillRect(cols.from(layer), 0, cols.pitch, box.height);
  ctx.globalAlpha = 1;
}

/** The names of the layers, as many as fit; a layer with a finding carries a mark and comes before its neighbors. */
export function layerNames(ctx, scene, cols, y, width) {
  const every = [1, 2, 5, 10, 20, 50].find((step) => cols.pitch * step >= 30) ?? 100;
  const last = cols.count - 1;
  const regular = Array.from({ length: cols.count }, (_, layer) => layer).filter((layer) => (layer + 1) % every === 0);
  const [under, accusedOne] = [scene.hover?.layer, scene.found].map((layer) => (Number.isInteger(layer) ? cols.column(layer) : null));
  const wanted = [under, accusedOne, last, 0, ...regular].filter((layer) => layer !== null && layer <= last);
  const taken = [];
  for (const layer of new Set(wanted)) {
    const found = accusedOne === layer;
    const text = (found ? "\u25B2 " : "") + (scene.labels[layer] ?? String(layer + 1));
    const half = ctx.measureText(text).width / 2 + 3;
    const x = Math.min(cols.left + cols.pitch * (layer + 0.5), width - half + 2);
    if (taken.some(([from, to]) => x + half > from && x - half < to)) continue;
    taken.push([x - half, x + half]);
    const color = found ? scene.ink.warning : under === layer ? scene.ink.text : scene.ink.muted;
    label(ctx, text, x, y, color, "center");
  }
}
