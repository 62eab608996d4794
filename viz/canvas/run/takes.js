// What can be taken home of the run on screen: a menu in the bar, files that the page's server makes.

import { el, sign } from "../dom.js";
import { say } from "../language.js";

const TAKE = "M9 2h2v8l3-3 1.4 1.4L10 13.8 4.6 8.4 6 7l3 3zM3 15h14v2H3z";

export class Takes {
  constructor() {
    this.list = el("div", { class: "list" });
    const words = say("Take home: what this run has shown, as files");
    const button = el("summary", { class: "small", "aria-label": say("Take home"), title: words }, sign(TAKE));
    this.root = el("details", { class: "takes", hidden: true }, button, this.list);
    this.list.addEventListener("click", () => this.#close());
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.root.open) return;
      this.#close();
      button.focus();
    });
    this.root.addEventListener("focusout", ({ relatedTarget }) => this.root.contains(relatedTarget) || this.#close());
  }

  /** entries: {title, words} each, with the address that answers with a file or what is to be done. */
  offer(entries) {
    const entry = ({ title, words, address, does }) => does
      ? el("button", { type: "button", title: words, onclick: does }, title)
      : el("a", { href: address, title: words, download: true }, title);
    this.list.replaceChildren(...entries.map(entry));
    this.root.hidden = entries.length === 0;
  }

  #close() {
    this.root.open = false;
  }
}
