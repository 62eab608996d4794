// A curve that is drawn place by place, in log10: what the hand set, and a straight line between and beyond.

export class Curve {
  /** `one` is the place that is 0 (a ratio of 1) and stays so; all are kept between low and high. */
  constructor({ count, one, low, high }) {
    this.count = count;
    this.one = one;
    this.low = low;
    this.high = high;
    this.set = new Map([[one, 0]]);
  }

  /** Whether anything was drawn. */
  get isDrawn() {
    return this.set.size > 1;
  }

  /** All values, [count]. */
  get values() {
    const known = [...this.set.keys()].sort((a, b) => a - b);
    return Array.from({ length: this.count }, (_, at) => {
      const right = known.find((place) => place >= at);
      const left = known.findLast((place) => place <= at);
      if (left === undefined || right === undefined || left === right) return this.set.get(left ?? right);
      const share = (at - left) / (right - left);
      return (1 - share) * this.set.get(left) + share * this.set.get(right);
    });
  }

  /** Takes all values at once, or none of them: nothing is drawn then. */
  take(values) {
    this.set = new Map([[this.one, 0], ...(values ?? []).entries()]);
    this.set.set(this.one, 0);
  }

  /** A stroke from one point to another, [place, value] with a place that need not be whole: sets all it passes. */
  stroke([from, start], [to, end]) {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    for (let at = Math.ceil(low - 0.5); at <= Math.floor(high + 0.5); at++) {
      const share = from === to ? 1 : Math.min(Math.max((at - from) / (to - from), 0), 1);
      this.put(at, (1 - share) * start + share * end);
    }
  }

  /** Moves one place up or down; what was not set stays on its line. */
  move(at, by) {
    this.put(at, this.values[at] + by);
  }

  put(at, value) {
    if (at < 0 || at >= this.count || at === this.one) return;
    this.set.set(at, Math.min(Math.max(value, this.low), this.high));
  }
}
