// Where a histogram's 64 bins stand on an axis: its own, or one that all layers share.
//
// A position is s(v) = v/t within the threshold t and sign(v)(1 + ln(|v|/t)) beyond it (symmetric log, whose slope has
// no step at t), or v itself (linear). On another layer's axis, whose threshold is e^d smaller, |s| >= 1 moves out by d.

import { decadeTicks, fromLog10, linearTicks, MINUS, number } from "../axes.js";
import { Held } from "../held.js";

export const BINS = 64;

export function position(value, threshold, linear) {
  if (linear || value === 0) return value;
  const size = Math.abs(value);
  if (size <= threshold) return value / threshold;
  return Math.sign(value) * (1 + Math.log(size) - Math.log(threshold));
}

/** The axis of one histogram alone. */
export function ownAxis(histogram, linear) {
  const low = position(histogram.low, histogram.threshold, linear);
  const high = position(histogram.high, histogram.threshold, linear);
  return { low, high, linear, threshold: histogram.threshold };
}

/**
 * One axis for all of them, or null when there is nothing to show. `still` keeps it from frame to frame, `of` says of
 * which frame it is: {key, at} as `Held` takes them.
 */
export function commonAxis(histograms, linear, still = null, of = null) {
  const filled = histograms.filter((each) => each.peak > 0 && each.high > each.low);
  if (!filled.length) return null;
  const low = Math.min(...filled.map((each) => each.low));
  const high = Math.max(...filled.map((each) => each.high));
  if (linear) return { ...(still ? still.fit(low, high, of) : { low, high }), linear, threshold: 0 };
  const finest = Math.min(...filled.map((each) => each.threshold).filter((each) => each > 0));
  const threshold = still ? still.threshold(finest, of) : finest;
  const ends = [low, high].map((value) => position(value, threshold, false));
  const [bottom, top] = ends;
  return { ...(still ? still.fit(bottom, top, of) : { low: bottom, high: top }), linear, threshold };
}

/** What keeps a shared axis of histograms still: its ends, and where its scale turns linear. */
export class Still {
  constructor() {
    this.ends = new Held();
    this.finest = new Held();
  }

  fit(low, high, of) {
    return this.ends.fit(low, high, of);
  }

  /** The threshold to draw with; ends that were held on another one go with it. */
  threshold(finest, of) {
    const threshold = Math.exp(this.finest.fit(Math.log(finest), Math.log(finest), of).low);
    const before = this.last ?? threshold;
    if (threshold !== before) this.ends.shift((at) => moved(at, { threshold: before }, { threshold, linear: false }));
    this.last = threshold;
    return threshold;
  }

  /** The step at which it was fitted anew, while that is news; else null. */
  get news() {
    return this.ends.news ?? this.finest.news;
  }
}

/** A bin edge's position on an axis, from its position on the histogram's own. */
function moved(own, histogram, axis) {
  if (axis.linear) return own;
  const shift = Math.log(histogram.threshold) - Math.log(axis.threshold);
  const size = Math.abs(own);
  if (size >= 1) return Math.sign(own) * (size + shift);
  const out = size * Math.exp(shift);
  if (out <= 1) return Math.sign(own) * out;
  return Math.sign(own) * (1 + Math.log(size) + shift);
}

/**
 * {edges [65], density [64]} on an axis: edges as fractions of it, bottom to top, densities as fractions of the
 * largest (counts for equal bins). Null when every value stands outside the bins.
 */
export function project(histogram, axis, linear) {
  if (!axis || histogram.peak === 0 || !(histogram.high > histogram.low)) return null;
  const own = ownAxis(histogram, linear);
  const span = axis.high - axis.low;
  const edges = new Float64Array(BINS + 1);
  for (let bin = 0; bin <= BINS; bin++) {
    const at = own.low + ((own.high - own.low) * bin) / BINS;
    edges[bin] = (moved(at, histogram, axis) - axis.low) / span;
  }
  const density = new Float64Array(BINS);
  let most = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const code = histogram.codes[bin];
    if (code) density[bin] = (code * code) / Math.max(edges[bin + 1] - edges[bin], 1e-9);
    if (density[bin] > most) most = density[bin];
  }
  for (let bin = 0; bin < BINS; bin++) density[bin] /= most;
  return { edges, density };
}

/** The values at a bin's two ends. */
export function range(histogram, bin, linear) {
  const { low, high } = ownAxis(histogram, linear);
  return [bin, bin + 1].map((edge) => valueAt(low + ((high - low) * edge) / BINS, histogram.threshold, linear));
}

/** The values at the two ends of an axis. */
export function endsOf({ low, high, linear, threshold }) {
  return [low, high].map((at) => valueAt(at, threshold, linear));
}

/** @returns {{value?: number, log10?: number, negative?: boolean}} as a number, or where that would overflow by its logarithm */
function valueAt(at, threshold, linear) {
  const size = Math.abs(at);
  if (linear) return { value: at };
  if (size <= 1) return { value: at * threshold };
  return { log10: Math.log10(threshold) + (size - 1) / Math.LN10, negative: at < 0 };
}

/** @param {{value?: number, log10?: number, negative?: boolean}} at */
export function said({ value, log10, negative }, digits = 2) {
  if (log10 === undefined) return number(value, digits);
  return (negative ? MINUS : "") + fromLog10(log10, digits);
}

/** Share of all values that one bin holds, from its one-byte code. */
export function share(histogram, bin) {
  return ((histogram.codes[bin] / 255) ** 2 * histogram.peak) / Math.max(1, histogram.total);
}

/** [{at: fraction of the axis, text}] for a shared axis: the most telling first; what has no room is left out. */
export function ticks(axis, most) {
  const fraction = (at) => (at - axis.low) / (axis.high - axis.low);
  if (axis.linear) return roundTicks(axis.low, axis.high, most, fraction);
  const base = Math.log10(axis.threshold);
  const found = axis.low <= 0 && axis.high >= 0 ? [{ at: fraction(0), text: "0" }] : [];
  for (const [sign, end] of [[1, axis.high], [-1, -axis.low]]) {
    if (end <= 1) continue;
    for (const k of decadeTicks(Math.ceil(base), Math.floor(base + (end - 1) / Math.LN10), Math.max(1, most / 2)).reverse()) {
      const at = sign * (1 + (k - base) * Math.LN10);
      const text = (sign < 0 ? MINUS : "") + fromLog10(k);
      if (at >= axis.low && at <= axis.high) found.push({ at: fraction(at), text });
    }
  }
  return found.length >= most - 1 ? found : [...found, ...between(axis, fraction, most)];
}

/** Round values between the decades, for an axis that holds few of them: evenly in place, not in value. */
function between(axis, fraction, most) {
  const found = [];
  const gap = (axis.high - axis.low) / most;
  for (let at = axis.low + gap / 2; at < axis.high; at += gap) {
    const [from, to] = [at - gap / 2, at + gap / 2].map((end) => plainly(valueAt(end, axis.threshold, false)));
    const value = linearTicks(from, to, 2).find((tick) => tick > from && tick < to);
    if (value === undefined) continue;
    found.push({ at: fraction(position(value, axis.threshold, false)), text: number(value, 2) });
  }
  return found;
}

function roundTicks(low, high, most, place) {
  return linearTicks(low, high, most).map((value) => ({ at: place(value), text: number(value, 2) }));
}

/** @param {{value?: number, log10?: number, negative?: boolean}} at */
function plainly({ value, log10, negative }) {
  return log10 === undefined ? value : (negative ? -1 : 1) * 10 ** log10;
}
