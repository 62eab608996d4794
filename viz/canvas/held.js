// An axis that holds still: it grows at once, shrinks late, and says at which step it did.

const LATE = 90; // frames for which less than `ENOUGH` of it was needed
const ENOUGH = 0.7;
const TOLD = 150; // frames for which it is news
const SAME = 0.02; // of its length, a change that nobody sees

export class Held {
  low = NaN;
  high = NaN;
  at = NaN;
  key = "";
  frames = 0;
  idle = 0;
  needed = [Infinity, -Infinity];
  told = null;

  /**
   * The range to draw for the values from low to high. `key`: what it is an axis of, another one begins anew; `at`: the
   * frame's step, a frame that is drawn twice counts once.
   */
  fit(low, high, { key, at }) {
    if (key !== this.key || !(this.low <= this.high)) this.#begin(low, high, key, at);
    if (low < this.low || high > this.high) this.#set(Math.min(low, this.low), Math.max(high, this.high));
    if (at !== this.at) this.#count(low, high, at);
    return { low: this.low, high: this.high };
  }

  /** The same range in other coordinates. */
  shift(map) {
    this.low = map(this.low);
    this.high = map(this.high);
    if (this.idle) this.needed = this.needed.map(map);
  }

  /** The step at which it was fitted anew, while that is news; else null. */
  get news() {
    return this.told && this.frames - this.told.frame < TOLD ? this.told.step : null;
  }

  #begin(low, high, key, at) {
    this.#set(low, high);
    this.key = key;
    this.at = at;
    this.frames = 0;
    this.told = null;
  }

  #set(low, high) {
    this.low = low;
    this.high = high;
    this.#need();
  }

  #need() {
    this.idle = 0;
    this.needed = [Infinity, -Infinity];
  }

  #count(low, high, at) {
    this.at = at;
    this.frames += 1;
    const length = this.high - this.low;
    if (high - low > ENOUGH * length) return this.#need();
    this.idle += 1;
    this.needed = [Math.min(low, this.needed[0]), Math.max(high, this.needed[1])];
    if (this.idle < LATE) return;
    const [from, to] = this.needed;
    const isSeen = from - this.low + this.high - to > SAME * length;
    if (isSeen) this.told = { step: at, frame: this.frames };
    this.#set(from, to);
  }
}
