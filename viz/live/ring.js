// What the browser remembers. Everything here is bounded.

/** The latest frames, oldest first, for scrubbing back. A new epoch (the run restarted) empties it. */
export class Ring {
  constructor(frames = 1500, bytes = 24e6) {
    this.frames = frames;
    this.bytes = bytes;
    this.clear();
  }

  clear() {
    this.slots = [];
    this.first = 0;
    this.dropped = 0;
    this.capacity = this.frames;
  }

  get length() {
    return this.slots.length;
  }

  /** Appends; refuses what is not newer than the last (a replay), and drops the oldest when full. */
  push(entry) {
    const last = this.last;
    if (last && entry.epoch !== last.epoch) {
      if (entry.epoch < last.epoch) return false;
      this.clear();
    } else if (last && entry.step <= last.step) {
      return false;
    }
    if (this.length === 0) this.capacity = this.#room(entry.bytes.byteLength);
    if (this.length < this.capacity) {
      this.slots.push(entry);
    } else {
      this.slots[this.first] = entry;
      this.first = (this.first + 1) % this.capacity;
      this.dropped += 1;
    }
    return true;
  }

  #room(bytes) {
    return Math.max(60, Math.min(this.frames, Math.floor(this.bytes / bytes)));
  }

  replaceLast(entry) {
    this.slots[(this.first + this.length - 1) % this.length] = entry;
  }

  /** The entry at an index, 0 the oldest. */
  at(index) {
    return this.slots[(this.first + index) % this.length];
  }

  get last() {
    return this.length ? this.at(this.length - 1) : null;
  }

  /** The number that keeps naming the entry at this index while older ones are dropped, and its way back. */
  serial(index) {
    return this.dropped + index;
  }

  index(serial) {
    return Math.max(0, Math.min(this.length - 1, serial - this.dropped));
  }
}

/** Points through a whole run in bounded space: when full, every other point goes and half as many come. */
export class Trace {
  constructor(capacity = 1200) {
    this.capacity = capacity;
    this.clear();
  }

  clear() {
    this.points = [];
    this.every = 1;
    this.seen = 0;
    this.newest = null;
  }

  push(point) {
    this.newest = point;
    if (this.seen++ % this.every) return;
    this.points.push(point);
    if (this.points.length < this.capacity) return;
    this.points = this.points.filter((_, i) => i % 2 === 0);
    this.every *= 2;
  }

  /** Oldest first, always ending in the newest. */
  *[Symbol.iterator]() {
    yield* this.points;
    if (this.newest && this.newest !== this.points.at(-1)) yield this.newest;
  }
}
