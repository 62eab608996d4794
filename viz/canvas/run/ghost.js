// The path that a run left when it went on from a step of before: its frames, in gray behind those of the new one.

import { say } from "../language.js";
import { DASH } from "../panel.js";
import { decode } from "../../wire/frame.js";

export class Ghost {
  /** entries, points: those of the ring and of the curves after the step it was left at; hello: what was told of them. */
  constructor(entries, points, hello) {
    this.entries = entries;
    this.points = points;
    this.hello = hello;
  }

  /** Of the frames themselves, as a page has them that was not there. */
  static of(frames, hello) {
    const entries = frames.map((bytes) => ({ bytes, ...decode(bytes, hello.columns) }));
    return new Ghost(entries.map(({ step, bytes }) => ({ step, bytes })), entries.map(point), hello);
  }

  /** What panels read of it while they draw the frame of this step: null before it was left, and after its end. */
  scene(step) {
    const { entries } = this;
    if (!entries.length || step > entries.at(-1).step) return null;
    const entry = entries.findLast((each) => each.step <= step);
    return entry ? { frame: this.#read(entry.bytes), hello: this.hello, isGhost: true } : null;
  }

  #read(bytes) {
    if (this.decoded?.bytes !== bytes) this.decoded = { bytes, frame: decode(bytes, this.hello.columns) };
    return this.decoded.frame;
  }
}

const point = ({ step, loss, accuracy, lr, weight_norm }) => ({ step, loss, accuracy, lr, weight_norm });

/** The run of a view goes on from a step of before. What it left, and this page has not seen, the server has. */
export async function leave(view, { epoch, left: columns = [], ...message }) {
  const { run, source } = view;
  view.screen.slow.close();
  run.branch({ epoch, ...message });
  if (run.ghost || !columns.length) return;
  const frames = (await source.left?.()) ?? [];
  if (run.left.epoch !== epoch || source !== view.source || !frames.length) return;
  run.ghost = Ghost.of(frames, { columns });
  view.redraw();
}

/** The color of the second of two frames: its role's, or gray where it is a path that was left. */
export function inkOfSecond({ second, ink }, role) {
  return second.isGhost ? ink.muted : ink[role];
}

/** A second net is dashed, a path that was left is not. */
export function dashOfSecond({ second }) {
  return second.isGhost ? [] : DASH;
}

/** What the second of two frames is called in a tooltip. */
export function nameOfSecond({ second }) {
  return second.isGhost ? say("before, step {step}", { step: second.frame.step }) : "B";
}
