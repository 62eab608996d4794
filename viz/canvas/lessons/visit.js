// What a browser keeps of the lessons: what was predicted in each, and where its student is; for a reload and tomorrow.

import { mount as mountAt } from "../mount.js";
import { keep, kept } from "../memory.js";

const KEY = "lessons";
const MOST = { lessons: 100, characters: 400 };

/** Called by the component at every change of data. */
export function mount(component) {
  return mountAt({ View: Progress, el: component.parentElement, component });
}

/** What was kept, as far as it is that: {at, answers}. */
export function read(told) {
  const isText = (text) => typeof text === "string" && text.length <= MOST.characters;
  const answers = Object.entries(Object(Object(told).answers)).filter(([name, text]) => isText(name) && isText(text));
  const at = Object(told).at;
  return { at: isText(at) ? at : "", answers: Object.fromEntries(answers.slice(0, MOST.lessons)) };
}

class Progress {
  update({ component }) {
    const { at, answers, forgotten } = component.data;
    const before = forgotten > (this.forgotten ?? 0) ? read(null) : read(kept(KEY));
    const isFirst = this.forgotten === undefined;
    this.forgotten = forgotten;
    if (isFirst && this.isNew(before, { at, answers })) {
      component.setStateValue("kept", before); // and the page is drawn anew with what of it means something
      return;
    }
    keep(KEY, { at, answers: { ...before.answers, ...answers } });
  }

  /** Whether the page does not know all that was kept. */
  isNew(before, known) {
    return (before.at && before.at !== known.at) || Object.keys(before.answers).some((name) => !(name in known.answers));
  }

  end() {}
}
