// What Python told of a run, in the visitor's language: beside each text stands the sentence that it is of.

import { say } from "../language.js";
import { NAMES } from "./shown.js";

/** A part of a message or a finding, as its `words`, `reason` or `text`; "" without. */
export function told(what, part) {
  return say(what?.sentences?.[part] ?? what?.[part] ?? "");
}

/** What a finding is called: "dying units". */
export function named({ name }) {
  return say(NAMES[name] ?? name.replaceAll("_", " "));
}

/** The words of a change, a cure, a progress or whatever else has words. */
export const worded = (what) => told(what, "words");
