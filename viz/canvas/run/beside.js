// A second run behind the first one: its frames, and which of them belongs to what the first one shows.

import { decode } from "../../wire/frame.js";
import { Watched } from "./watched.js";

const NEAR = 100; // steps within which two runs that play are side by side

export class Beside {
  /**
   * about: {words, batches, labels, stream}: what makes it of the first run, whether both see the same samples, what its
   * layers are called, whether it has a residual path. changed(): draw it.
   */
  constructor(about, changed) {
    this.about = about;
    this.changed = changed;
    this.run = new Watched();
    this.status = "connecting";
    this.source = null;
  }

  /** source: {open(on), close(), send(verb)}, as a view takes it; null: there is no second run yet. */
  watch(source) {
    this.source = source;
    source?.open({
      message: (message) => this.hear(message),
      frame: (bytes) => this.take(bytes),
      status: (status) => this.become(status),
      held: () => this.run.ring.last,
    });
  }

  end() {
    this.source?.close();
  }

  become(status) {
    this.status = status;
    this.changed();
  }

  hear(message) {
    const { run } = this;
    if (message.say === "hello") run.greet(message);
    else if (message.say === "state") run.become(message);
    else if (message.say === "verdict") run.judge(message);
    else if (message.say === "luck") run.luck = message.words ? message : null;
    this.changed();
  }

  take(bytes) {
    if (this.run.see(bytes)) return this.changed();
    const frame = this.#read(bytes);
    if (frame && this.run.take(frame, bytes)) this.changed();
  }

  #read(bytes) {
    try {
      if (this.decoded?.bytes !== bytes) this.decoded = { bytes, frame: decode(bytes, this.run.columnsOf(bytes)) };
      return this.decoded.frame;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return null; // of another release of the server, of which the first run speaks
    }
  }

  /** Its frame for what the first run shows: of that step, or the last before it that is here; null without. */
  frameAt(step) {
    const { run } = this;
    if (!run.ring.length || run.isOld) return null;
    const entry = run.held?.step <= step ? run.held : run.ring.at(run.ring.index(step));
    return entry.step > step ? null : this.#read(entry.bytes);
  }

  /** What panels read of it while they draw the first run's frame of this step. */
  scene(step) {
    const frame = this.frameAt(step);
    const { hello, trace, tests, ring, luck } = this.run;
    return frame && { frame, hello, trace, tests, ring, bands: luck?.bands ?? null, sight: this.run.sightAt(step) };
  }

  /** Whether it is still on its way to where the first one is. */
  isBehind(run) {
    const [mine, others] = [this.run.ring.last?.step ?? 0, run.ring.last?.step ?? 0];
    return this.run.state === "playing" && others - mine > NEAR;
  }
}

/**
 * How many layers of two nets, from the first on, drew the same weights, by what their trainers say of them; null where
 * one of them does not say.
 *
 * @returns {{same: number, of: number} | null}
 */
export function drawnAlike(a, b) {
  if (!a?.drawn || !b?.drawn) return null;
  const differs = a.drawn.findIndex((number, layer) => number !== b.drawn[layer]);
  const same = differs < 0 ? a.drawn.length : differs;
  return { same, of: Math.max(a.drawn.length, b.drawn.length) };
}
