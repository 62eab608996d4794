// Numbers as people read them, and the axes they stand on. 1e-30 stays 1e-30.

import { say } from "./language.js";

export const MINUS = "\u2212";

/** A value in at most `digits` significant digits: 0.013, 12,400, 1.2e-11. */
export function number(value, digits = 3) {
  if (Number.isNaN(value)) return "NaN";
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : `${MINUS}\u221e`;
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? plain(size, digits) : scientific(Math.log10(size), digits);
  return value < 0 ? MINUS + text : text;
}

/** The number whose log10 is given, also where it is too small or too large to be a number here. */
export function fromLog10(log10, digits = 3) {
  if (Number.isNaN(log10)) return "NaN";
  if (log10 === -Infinity) return "0";
  if (log10 === Infinity) return "\u221e";
  return log10 >= -3 && log10 < 5 ? plain(10 ** log10, digits) : scientific(log10, digits);
}

/** As `number`, but with its trailing zeros: digits that stay in place while it changes. */
export function steady(value, digits = 3) {
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1000 ? value.toPrecision(digits).replace("-", MINUS) : number(value, digits);
}

function plain(size, digits) {
  const rounded = Number(size.toPrecision(digits));
  return rounded >= 1e4 ? rounded.toLocaleString("en-US") : String(rounded);
}

function scientific(log10, digits) {
  let exponent = Math.floor(log10 + 1e-9);
  let mantissa = (10 ** (log10 - exponent)).toPrecision(digits);
  if (Number(mantissa) >= 10) {
    exponent += 1;
    mantissa = (1).toPrecision(digits);
  }
  return `${Number(mantissa)}e${exponent}`;
}

/** A fraction as percent; what is neither none nor all never reads as 0% or 100%. */
export function percent(fraction) {
  if (Number.isNaN(fraction)) return say("none");
  if (fraction === 0 || fraction === 1) return `${100 * fraction}%`;
  if (fraction < 0.001) return "< 0.1%";
  if (fraction > 0.999) return "> 99.9%";
  const hundredths = 100 * fraction;
  return `${hundredths < 10 || hundredths > 99 ? hundredths.toFixed(1) : hundredths.toFixed(0)}%`;
}

/** The step counter: 000,732. */
export function counter(step) {
  const digits = String(step).padStart(6, "0");
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Whole decades for a log axis that holds [low, high] (in log10) with a margin; at least `least` decades. */
export function decades(low, high, least = 2) {
  if (!(low <= high)) return { low: -1, high: 1 };
  let bottom = Math.floor(low - 0.15);
  let top = Math.ceil(high + 0.15);
  const stride = strideOf(top - bottom, 8);
  bottom = Math.floor(bottom / stride) * stride;
  top = Math.ceil(top / stride) * stride;
  while (top - bottom < least) top - high < low - bottom ? (top += 1) : (bottom -= 1);
  return { low: bottom, high: top };
}

/** Exponents to label between two decades, at most about `most` of them. */
export function decadeTicks(low, high, most = 5) {
  const stride = strideOf(high - low, most);
  const ticks = [];
  for (let k = Math.ceil(low / stride) * stride; k <= high + 1e-9; k += stride) ticks.push(k);
  return ticks;
}

function strideOf(span, most) {
  return [1, 2, 3, 5, 10, 20, 50, 100].find((stride) => span / stride <= most) ?? 200;
}

/** Round values between low and high, steps of 1, 2 or 5 times a power of ten. */
export function linearTicks(low, high, most = 4) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const unit = 10 ** Math.floor(Math.log10(span / most));
  const step = unit * [1, 2, 5, 10].find((factor) => span / (unit * factor) <= most);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * span; k++) ticks.push(k * step);
  return ticks;
}
