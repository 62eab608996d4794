// A run that is over, whole: what is known of it at the step looked at.

import { say, sentence } from "../language.js";
import { Watched } from "./watched.js";

const BEGIN = sentence("A recording: press Play, or drag the time below.");
const END = sentence("Here the recording ends.");

export class Recorded extends Watched {
  /** verdicts: [[step, message], ...] as they were told, steps rising; end: the last state, as a message. */
  tell({ verdicts, end }) {
    this.verdicts = verdicts.map(([step, { findings, ...more }]) => ({ step, ...more, findings: findings.map(inWords) }));
    this.last = end;
    this.isPlaying = false;
  }

  /** Takes a step, or the last before it that was kept, and what was said of it. */
  look(sought) {
    super.look(sought);
    const { step } = this.entry;
    const said = this.verdicts.findLast((verdict) => verdict.step <= step) ?? { findings: [] };
    const isBroken = this.held === null && this.last.state === "diverged";
    this.judge(said);
    Object.assign(this, {
      state: isBroken ? "diverged" : this.standing,
      divergence: isBroken ? this.last.divergence : null,
      reason: say(this.cursor === 0 ? BEGIN : this.held === null ? END : ""),
    });
  }

  /** All of it is past: each step has its own verdict. */
  get isPast() {
    return false;
  }

  get silent() {
    return null;
  }

  /** There is nobody to ask. */
  get computes() {
    return false;
  }

  get standing() {
    return this.isPlaying ? "playing" : "paused";
  }
}

/** There is no net here to try a cure on: it is said instead. */
function inWords({ cure_words: cure, cures = [], ...finding }) {
  const told = cures.map((each) => ({ ...each, fields: {}, anew: false }));
  const { words, sentences = {} } = finding;
  const said = sentence("{sentence}. Cure: {cure}.", { sentence: sentences.words ?? words, cure: cures[0]?.sentences?.words ?? cure });
  return { ...finding, cure: null, cures: told, sentences: cure ? { ...sentences, words: said } : sentences };
}
