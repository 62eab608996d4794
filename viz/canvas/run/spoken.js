// What a screen reader says by itself: not each new number of a line that is written anew all the time, only what is news.

import { el, write } from "../dom.js";

export class Spoken {
  constructor() {
    this.root = el("span", { class: "unseen", role: "status" });
  }

  /** Says a text where what it is about, as JSON knows it, is another than before. */
  say(about, text) {
    const key = JSON.stringify(about);
    if (key === this.key) return;
    this.key = key;
    write(this.root, text);
  }
}
