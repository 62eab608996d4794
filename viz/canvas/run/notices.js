// Sentences that concern nothing on screen: they wait in a corner, and all but errors leave by themselves.

import { el } from "../dom.js";
import { say } from "../language.js";

const MOST = 3;
const LASTS = 9000; // ms

export class Notices {
  constructor() {
    this.root = el("div", { class: "notices" });
  }

  add(level, text) {
    if ([...this.root.children].some((note) => note.dataset.text === text)) return;
    const close = el("button", { type: "button", "aria-label": say("Dismiss"), onclick: () => note.remove() }, "\u00d7");
    const role = level === "error" ? "alert" : "status";
    const note = el("div", { class: `notice ${level}`, role, "data-text": text }, el("span", {}, text), close);
    this.root.append(note);
    while (this.root.childElementCount > MOST) this.root.firstChild.remove();
    if (level !== "error") setTimeout(() => note.remove(), LASTS);
  }
}
