// What a net sees at one step: the twin of sight.py, which describes the format.

import { decode as unpack } from "./payload.js";

const KEPT = 64; // of a run; of more the one goes that stands closest between its neighbors

/** Whether these bytes are a sight, no frame. */
export function isSight(bytes) {
  return bytes instanceof ArrayBuffer && bytes.byteLength > 8 && new Uint8Array(bytes, 0, 4).join() === "71,70,82,49"; // "GFR1"
}

/** The header's fields and the arrays' numbers by name; `cells`, how many a plane has across, `shape`, a picture's. */
export function decode(bytes) {
  const { header, arrays } = unpack(bytes);
  const numbers = Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]));
  const shape = (arrays.pictures ?? arrays.answers).shape.slice(-2);
  const units = arrays.units?.shape ?? null;
  return { ...header, ...numbers, shape, count: units?.[0] ?? 0, side: units?.[1] ?? 0 };
}

/** What a net saw at steps of one epoch, all along its way, in bounded space. */
export class Sights {
  constructor() {
    this.all = [];
  }

  clear() {
    this.all = [];
  }

  /** Keeps one more; what is of another epoch than the newest goes. */
  keep(sight) {
    const others = this.all.filter(({ epoch, step }) => epoch === sight.epoch && step !== sight.step);
    this.all = [...others, sight].sort((a, b) => a.step - b.step);
    if (this.all.length > KEPT) this.all.splice(this.#closest(), 1);
  }

  #closest() {
    const between = (at) => this.all[at + 1].step - this.all[at - 1].step;
    let least = 1;
    for (let at = 2; at < this.all.length - 1; at++) if (between(at) < between(least)) least = at;
    return least;
  }

  /** Forgets what came after a step; what came before it belongs to another epoch from now on. */
  cut(step, epoch) {
    this.all = this.all.filter((each) => each.step <= step).map((each) => ({ ...each, epoch }));
  }

  /** The one of a step, else the last before it, else the first; null where there is none of this epoch. */
  at(step, epoch) {
    const mine = this.all.filter((each) => each.epoch === epoch);
    return mine.findLast((each) => each.step <= step) ?? mine[0] ?? null;
  }
}
