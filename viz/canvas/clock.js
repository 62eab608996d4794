// The time of a race: a step, with fractions while it plays.

const FIRST = 16; // ms that the first picture of a playing race stands for
const LONGEST = 100; // ms: a tab that slept goes on where it was

export class Clock {
  /** `changed` is called when the person moved it. */
  constructor(changed) {
    this.changed = changed;
    this.t = 0;
    this.steps = 0;
    this.playing = false;
    this.before = null;
  }

  restart(playing) {
    this.t = 0;
    this.playing = playing;
  }

  /** A race of so many steps: who stood at the end of the one before stands at the end of this one. */
  reach(steps) {
    const isAtEnd = !this.playing && this.t >= this.steps;
    this.steps = steps;
    this.t = isAtEnd ? steps : Math.min(this.t, steps);
  }

  toggle() {
    this.playing = !this.playing;
    if (this.playing && this.t >= this.steps) this.t = 0;
    this.changed();
  }

  stepBy(by) {
    this.seek(Math.floor(this.t) + by);
  }

  seek(t) {
    this.playing = false;
    this.t = Math.max(0, Math.min(this.steps, t));
    this.changed();
  }

  /** Go on to this moment, at so many steps a second, if it plays. now: ms. */
  advance(now, speed) {
    if (this.playing) {
      const passed = this.before === null ? FIRST : Math.min(LONGEST, now - this.before);
      this.t = Math.min(this.steps, this.t + (passed / 1000) * speed);
      if (this.t >= this.steps) this.playing = false;
    }
    this.before = this.playing ? now : null;
  }
}
