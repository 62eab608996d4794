// Where the net is to stop by itself: a menu, and a number where one is needed.

import { el, menu } from "../dom.js";
import { say, sentence } from "../language.js";

const PLACES = [
  ["", sentence("runs on")],
  ["step", sentence("stop at step")],
  ["epoch", sentence("stop at epoch")],
  ["loss", sentence("stop at loss")],
  ["accuracy", sentence("stop at test %")],
  ["finding", sentence("stop at first finding")],
];
const USUAL = { step: 500, epoch: 5, loss: 0.5, accuracy: 90 };

export class Stops {
  /** `asked(at, value)`: at is null for nowhere; accuracy is a share. `now()`: the steps so far. */
  constructor(asked, now) {
    this.asked = asked;
    this.now = now;
    this.value = el("input", {
      type: "number", class: "number", min: 0, step: "any", "aria-label": say("Stop there"), onchange: () => this.tell(),
    });
    this.where = menu(say("Where it stops by itself, once"), PLACES, "", (at) => this.#choose(at));
    this.value.hidden = true;
    this.root = el("span", { class: "stops" }, this.where, this.value);
  }

  #choose(at) {
    this.value.hidden = !(at in USUAL);
    if (at in USUAL) this.value.value = at === "step" ? ahead(this.now()) : USUAL[at];
    this.tell(true);
  }

  /** Says it to the run; a new one has to be told again. */
  tell(always = false) {
    const at = this.where.value || null;
    if (at === null && !always) return;
    const number = Number(this.value.value);
    if (at in USUAL && !(number >= 0 && this.value.value !== "")) {
      this.value.reportValidity();
      return;
    }
    this.asked(at, at === "accuracy" ? number / 100 : at in USUAL ? number : null);
  }

  /** It stopped there: from now on it runs on. */
  clear() {
    this.where.value = "";
    this.value.hidden = true;
  }
}

/** The next round step that is far enough to type another one before the run is there. */
function ahead(step) {
  return USUAL.step * Math.ceil((step + USUAL.step / 2) / USUAL.step);
}
