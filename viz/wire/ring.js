// What the browser remembers. Everything here is bounded; ring.py has its twin.

/** A whole run in bounded space: the first point of every `stride` steps, which doubles whenever it is full. */
export class Trace {
  constructor(capacity = 1200) {
    this.capacity = capacity;
    this.clear();
  }

  clear() {
    this.points = [];
    this.stride = 1;
    this.newest = null;
  }

  /** Keeps a point of a later step than all before, unless one of the same stride is here. */
  push(point) {
    const last = this.points.at(-1);
    this.newest = point;
    if (last && this.#stretch(point) === this.#stretch(last)) return;
    this.points.push(point);
    while (this.points.length > this.capacity) {
      this.stride *= 2;
      this.#thin();
    }
  }

  /** Forgets what is after a step. */
  cut(step) {
    this.points = this.points.filter((point) => point.step <= step);
    if (this.newest?.step > step) this.newest = this.points.at(-1) ?? null;
  }

  #stretch({ step }) {
    return Math.floor(step / this.stride);
  }

  #thin() {
    const { points } = this;
    this.points = points.filter((point, i) => i === 0 || this.#stretch(point) !== this.#stretch(points[i - 1]));
  }

  /** Oldest first, always ending in the newest. */
  *[Symbol.iterator]() {
    yield* this.points;
    if (this.newest && this.newest !== this.points.at(-1)) yield this.newest;
  }
}

/**
 * Frames for looking back, oldest first: the newest one by one in half of the room, in the other half a trace of all
 * before. A new epoch (the run restarted) empties it.
 */
export class Ring {
  constructor(frames = 1500, bytes = 24e6) {
    this.frames = frames;
    this.bytes = bytes;
    this.clear();
  }

  clear() {
    this.past = new Trace(1);
    this.recent = [];
  }

  get length() {
    return this.past.points.length + this.recent.length;
  }

  /** Appends; refuses what is not newer than the last (a replay). The first says how many there is room for. */
  push(entry) {
    const { last } = this;
    if (last && entry.epoch !== last.epoch) {
      if (entry.epoch < last.epoch) return false;
      this.clear();
    } else if (last && entry.step <= last.step) {
      return false;
    }
    if (this.length === 0) this.past = new Trace(this.#room(entry.bytes.byteLength) >> 1);
    this.recent.push(entry);
    if (this.recent.length > this.past.capacity) this.past.push(this.recent.shift());
    return true;
  }

  /** Forgets what is after a step; what is left belongs to another epoch from now on. */
  cut(step, epoch) {
    const all = [...this.past.points, ...this.recent].filter((entry) => entry.step <= step);
    const kept = all.map((entry) => ({ ...entry, epoch }));
    const past = Math.min(this.past.points.length, Math.max(0, kept.length - 1));
    this.past.points = kept.slice(0, past);
    this.past.newest = this.past.points.at(-1) ?? null;
    this.recent = kept.slice(past);
  }

  /** The entries of later steps than this, oldest first. */
  after(step) {
    return [...this.past.points, ...this.recent].filter((entry) => entry.step > step);
  }

  #room(bytes) {
    return Math.max(60, Math.min(this.frames, Math.floor(this.bytes / bytes)));
  }

  replaceLast(entry) {
    this.recent[this.recent.length - 1] = entry;
  }

  /** The entry at an index, 0 the oldest. */
  at(index) {
    const { points } = this.past;
    return index < points.length ? points[index] : this.recent[index - points.length];
  }

  get last() {
    return this.recent.at(-1) ?? null;
  }

  /** The index of the newest entry that is not after this step; the oldest, if all are. */
  index(step) {
    let [low, high] = [0, this.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.at(middle).step <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
