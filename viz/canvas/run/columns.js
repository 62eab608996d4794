// One column a layer, the same in every row: a histogram, its variance and its gradient stand above each other.
// Of two nets side by side the shorter one leaves columns empty before its output layer, which stands in the last.

import { say } from "../language.js";
import { label } from "../panel.js";

export const DEEP = 16; // beyond this many layers histograms become heat strips
const MOST = 320; // px for a layer: three fill the room of a laptop's page, and one is no poster
const READABLE = 72; // px for a layer that is unfolded among strips
const LEAST = 0.6; // px for one that is not: on a phone a block of five among forty still has its histograms
const FEWEST = 4; // letters of a name, below which it says nothing

export function columns(scene, box, net = scene) {
  const count = scene.layers;
  const own = net.frame?.layers ?? count;
  const column = (layer) => (layer === own - 1 ? count - 1 : layer);
  const left = box.width < 520 ? 46 : 56;
  const room = box.width - left - 4;
  const even = Math.min(MOST, room / Math.max(1, count));
  const wide = scene.wide ?? new Set();
  const { pitch, open } = shares(room, count, wide.size, even);
  const starts = [left];
  for (let layer = 0; layer < count; layer++) starts.push(starts[layer] + (wide.has(layer) ? open : pitch));
  return {
    count,
    width: box.width,
    left,
    pitch,
    right: starts[count],
    deep: count > DEEP || pitch < 22,
    column,
    wide: (layer) => (wide.has(layer) ? open : pitch),
    from: (layer) => starts[column(layer)],
    edges: (at) => [starts[at], starts[at + 1]],
    middle: (at) => (starts[at] + starts[at + 1]) / 2,
    center: (layer) => (starts[column(layer)] + starts[column(layer) + 1]) / 2,
    /** Whether a layer has room for a histogram and its numbers, whatever its neighbors have. */
    isOpen: (layer) => wide.has(layer) && open > 40,
    at(x) {
      if (x < left || x >= starts[count]) return null;
      const at = starts.findLastIndex((start) => start <= x);
      if (at === count - 1) return own - 1;
      return at < own - 1 ? at : null;
    },
  };
}

/** Pixels of a folded layer and of an unfolded one: what is unfolded is readable as far as the others can give room. */
function shares(room, count, unfolded, even) {
  const folded = count - unfolded;
  if (!unfolded || even >= READABLE) return { pitch: even, open: even };
  if (!folded) return { pitch: even, open: even };
  const open = Math.min(READABLE, (room - folded * LEAST) / unfolded);
  return open > even ? { pitch: (room - unfolded * open) / folded, open } : { pitch: even, open: even };
}

/** The column under the pointer, the one that the verdict names, and those that are sought, marked in every row. */
export function highlight(ctx, scene, cols, box) {
  for (const layer of scene.sought ?? []) shade(ctx, cols, box, layer, scene.ink.activation, 0.14);
  shade(ctx, cols, box, scene.found ?? null, scene.ink.warning, 0.1);
  shade(ctx, cols, box, scene.hover?.layer ?? null, scene.ink.raised, 1);
}

function shade(ctx, cols, box, layer, color, alpha) {
  if (layer === null || layer >= cols.count) return;
  ctx.globalAlpha = alpha;
  ctx.fillStyle = color;
  ctx.fillRect(cols.from(layer), 0, Math.max(1.5, cols.wide(layer)), box.height);
  ctx.globalAlpha = 1;
}

/** The names of the layers, as many as fit; a layer with a finding carries a mark and comes before its neighbors. */
export function layerNames(ctx, scene, cols, y, width) {
  const every = [1, 2, 5, 10, 20, 50].find((step) => cols.pitch * step >= 30) ?? 100;
  const last = cols.count - 1;
  const open = [...(scene.wide ?? [])].sort((a, b) => a - b);
  const regular = Array.from({ length: cols.count }, (_, layer) => layer).filter((layer) => (layer + 1) % every === 0);
  const [under, accused] = [scene.hover?.layer, scene.found].map((layer) => (Number.isInteger(layer) ? cols.column(layer) : null));
  const [sought = null] = scene.sought ?? [];
  const wanted = [under, accused, sought, ...open, last, 0, ...regular].filter((layer) => layer !== null && layer >= 0 && layer <= last);
  const taken = [];
  for (const layer of new Set(wanted)) {
    const found = accused === layer;
    const name = (found ? "\u25B2 " : "") + named(ctx, scene, cols, layer, [under, accused, sought].includes(layer));
    if (!name) continue;
    const [from, to] = cols.edges(layer);
    const half = ctx.measureText(name).width / 2 + 3;
    const first = scene.leaves ? cols.left : 0; // a path is long: it leaves the axis its own numbers
    const x = Math.min(width - half + 2, Math.max(first + half - 2, (from + to) / 2));
    if (taken.some(([first, end]) => x + half > first && x - half < end)) continue;
    taken.push([x - half, x + half]);
    const color = found ? scene.ink.warning : under === layer ? scene.ink.text : scene.ink.muted;
    label(ctx, name, x, y, color, "center");
  }
}

const STRIP = 12; // px of a column that is one of many without names
const NAME = 30; // px of a name that may stand over the next columns, which then have none

/** A path in full where it is asked for and stands among strips; else as much of it as its column has room for. */
function named(ctx, { rows, leaves }, cols, layer, isAsked) {
  const { name = String(layer + 1), kind } = rows[layer] ?? {};
  if (!leaves) return kind === "output" ? say(name) : name;
  const within = (room) => (text) => ctx.measureText(text).width <= room;
  const wide = cols.wide(layer);
  const short = shortened(leaves[layer], within(wide < STRIP ? wide - 4 : Math.max(wide - 4, NAME)));
  return isAsked && !short ? shortened(name, within(cols.width - cols.left - 16)) : short;
}

/** A path as far as `fits` lets it: whole, else its last parts, else the ends of its last part; "" for a part of fewer than four letters alone, which many paths have. */
export function shortened(path, fits) {
  const parts = path.split(".");
  for (let from = 0; from < parts.length; from++) {
    const end = `${from ? "\u2026" : ""}${parts.slice(from).join(".")}`;
    if (fits(end) && (from === 0 || from < parts.length - 1 || end.length > FEWEST)) return end;
  }
  const last = parts.at(-1);
  for (let letters = last.length - 1; letters >= FEWEST; letters--) {
    const head = letters >> 1;
    const ends = `${last.slice(0, head)}\u2026${last.slice(head - letters)}`;
    if (fits(ends)) return ends;
  }
  return "";
}
