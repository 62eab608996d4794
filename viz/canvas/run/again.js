// A run played once more through the frames that are here, while the net itself goes on or stands.

const LONGEST = 12; // seconds for the whole run at "max speed"

export class Again {
  /** from: the step to begin at; last(): the newest; speed(): steps a second, or "max"; show(step). */
  constructor(from, last, speed, show) {
    this.step = from;
    this.isPlaying = true;
    const pace = () => (speed() === "max" ? Math.max(1, (last() - from) / LONGEST) : Number(speed()));
    let before = performance.now();
    const go = (now) => {
      if (!this.isPlaying) return;
      this.step += (pace() * Math.max(0, now - before)) / 1000;
      before = now;
      if (this.step >= last()) this.stop();
      show(Math.floor(this.step));
      this.turn = requestAnimationFrame(go);
    };
    this.turn = requestAnimationFrame(go);
  }

  stop() {
    this.isPlaying = false;
    cancelAnimationFrame(this.turn);
  }
}
