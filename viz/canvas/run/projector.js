// For a projector: one panel at a time fills the screen, large enough for the last row.

import { mark } from "../dom.js";

const LARGE = 2; // times

export class Projector {
  /** `root` is the view around the panels; `host` the element of the page that holds it. */
  constructor(root, host, panels) {
    this.root = root;
    this.host = host;
    this.panels = panels;
    this.panel = null;
  }

  /** Shows the panel of that name alone; one that is not there, as "", gives the view back to its page. */
  show(name) {
    this.panel = this.#there.find((panel) => panel.name === name) ?? null;
    for (const panel of this.panels) {
      panel.root.classList.toggle("alone", panel === this.panel);
      panel.large = panel === this.panel ? LARGE : 1;
    }
    for (const part of this.root.querySelectorAll(".ladder, .side")) part.classList.toggle("alone", part.contains(this.panel?.root ?? null));
    this.#raise(this.panel !== null);
    mark(this.host, "data-projected", this.panel?.name ?? "");
  }

  /** What the button and P lead to: the first panel, or the whole view again. */
  get other() {
    return this.panel ? "" : this.beyond(0);
  }

  /** The name of the panel so many places on, the first where none is alone. */
  beyond(places) {
    const names = this.#there.map(({ name }) => name);
    const at = names.indexOf(this.panel?.name ?? "");
    return at < 0 ? names[0] : names[(at + places + names.length) % names.length];
  }

  get #there() {
    return this.panels.filter(({ root }) => !root.hidden);
  }

  /** Above all else on the page, whatever that is, or back in its place. */
  #raise(isHigh) {
    if (this.root.classList.contains("projected") === isHigh) return;
    this.root.classList.toggle("projected", isHigh);
    this.root.popover = isHigh ? "manual" : null;
    if (isHigh) this.root.showPopover();
    this.root.focus({ preventScroll: true });
  }
}
