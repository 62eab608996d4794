// A recorded race in the race's view: all that was asked for it is here, and nothing of it can be changed.

import { say } from "../language.js";
import { decode } from "../../wire/payload.js";
import { bytesOf, inflated } from "../../wire/recording.js";
import { View } from "./view.js";

/** Shows a recording {race, answers, optimizers, formulas, rates, most_runs} in `el`; gives a promise of the view. */
export async function replay({ el, colors, recording, bytes }) {
  const { race, answers, ...tables } = recording;
  const source = new Recording(answers, await inflated(bytesOf(bytes)));
  const view = new Replay(el, { source, ...tables });
  view.update({ colors, race, revision: 0 });
  return view;
}

/** A source that has the answers to what a view of this race asks; answers: [{ask, of, at, length}, ...]. */
class Recording {
  constructor(answers, bytes) {
    this.answers = answers;
    this.bytes = bytes;
  }

  open() {}

  close() {}

  async send({ ask, of = null }) {
    const found = this.answers.find((answer) => answer.ask === ask && answer.of === of);
    if (!found) throw new Error(say("This is a recording of one race: to change it, open the lab."));
    const { buffer, byteOffset } = this.bytes;
    const start = byteOffset + found.at;
    return { ...decode(buffer.slice(start, start + found.length)), took: 1 };
  }
}

class Replay extends View {
  constructor(el, given) {
    super(el, given);
    this.screen.root.classList.add("replay");
  }

  /** The race stays as it is, and so do the fields of its cards. */
  change() {
    this.refreshCards();
  }

  refreshCards() {
    super.refreshCards();
    for (const field of this.screen.cards.root.querySelectorAll("input, select")) field.disabled = true;
  }

  dress(colors) {
    this.screen.dress(colors);
    this.refreshCards();
    this.redraw();
  }

  /** There is no page to tell. */
  tell() {}
}
