// Why there is no new picture: in words, above the one before.

import { el } from "../dom.js";
import { say } from "../language.js";

export class Problem {
  /** `changed` is called when its words take another room. */
  constructor(changed) {
    this.changed = changed;
    this.isError = false;
    this.root = el("div", { class: "problem", role: "alert", hidden: true });
  }

  /** The first answer takes seconds on a server that has just started. */
  excuse() {
    if (this.root.hidden) this.#show("problem note", el("div", {}, say("The paths are on their way: the first take a few seconds.")));
  }

  /** An error's words, the first line apart from the rest, which points at a place. */
  tell({ message }, hasPicture) {
    this.isError = true;
    const [first, ...rest] = message.split("\n");
    const place = rest.length ? [el("br"), el("code", {}, rest.join("\n"))] : [];
    const before = hasPicture ? say("The picture below is of the last race that could be run.") : "";
    this.#show("problem", el("div", {}, first, ...place, el("div", { class: "caption" }, before)));
  }

  end() {
    this.isError = false;
    this.root.hidden = true;
    this.changed();
  }

  #show(name, words) {
    this.root.className = name;
    this.root.hidden = false;
    this.root.replaceChildren(words);
    this.changed();
  }
}
