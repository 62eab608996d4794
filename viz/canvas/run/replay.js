// A recorded run in the live view: it plays, stands still and is dragged through, and no server is asked.

import { Clock } from "../clock.js";
import { bytesOf, unpack } from "../../wire/recording.js";
import { Recorded } from "./recorded.js";
import { View } from "./view.js";

const FRAMES_A_SECOND = 60; // at "max speed"

/** Shows a recording {hello, verdicts, end} with its frames, as base64, in `el`; gives a promise of the view. */
export async function replay({ el, colors, recording, bytes }) {
  const frames = await unpack(bytesOf(bytes));
  const view = new Replay(el);
  view.update({ source: new Recording(recording, frames), colors });
  view.offer([], recording.caption);
  return view;
}

/** A source that says all it has to say as soon as it is opened. */
class Recording {
  constructor(told, frames) {
    this.told = told;
    this.frames = frames;
  }

  open(on) {
    on.status("open");
    on.message({ ...this.told.hello, sees: null }); // there is no net here to be asked
    for (const frame of this.frames) on.frame(frame);
  }

  close() {}

  send() {}
}

class Replay extends View {
  constructor(el) {
    super(el);
    this.run = this.recorded = new Recorded();
    this.screen.root.classList.add("replay");
    this.clock = new Clock(() => this.goOn());
  }

  watch(source) {
    this.recorded.tell(source.told);
    this.screen.root.classList.toggle("plain", source.told.hello.histograms === false);
    super.watch(source);
    this.clock.reach(this.run.ring.last.step);
    this.lookAt(0);
  }

  /** One picture after the other, until it is paused or over. */
  goOn() {
    cancelAnimationFrame(this.turn);
    this.turn = requestAnimationFrame((now) => {
      const { clock, recorded } = this;
      clock.advance(now, this.pace);
      recorded.isPlaying = clock.playing;
      recorded.look(Math.floor(clock.t));
      this.redraw();
      if (clock.playing) this.goOn();
    });
  }

  /** Steps a second. */
  get pace() {
    const { speed } = this.look;
    const { last, length } = this.run.ring;
    return speed === "max" ? (FRAMES_A_SECOND * last.step) / length : Number(speed);
  }

  end() {
    cancelAnimationFrame(this.turn);
    super.end();
  }

  // What the person does

  toggle() {
    this.clock.toggle();
  }

  step() {
    const { ring, cursor } = this.run;
    this.lookAt(ring.at(Math.min(cursor + 1, ring.length - 1)).step);
  }

  reset() {
    this.lookAt(0);
  }

  lookAt(step) {
    this.clock.seek(Math.min(step, this.run.ring.last.step));
    this.recorded.look(Math.floor(this.clock.t)); // at once: of fast presses each begins where the one before led
  }
}
