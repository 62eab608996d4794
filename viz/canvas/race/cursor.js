// What the surface is like under the pointer, in one line below the map: the engine says it, a hundred bytes an answer.

import { number } from "../axes.js";
import { el, write } from "../dom.js";

const IDLE = "Move over the map for the value, gradient and curvature there; click or drag to start there.";
const TURNED = "Drag to turn the surface. From above, on the map, a click moves the start.";
const FALLING = "No minimum is known here: where a function falls without end, to lead is only to fall faster.";
const PAUSE = 60; // ms between two questions

export class Cursor {
  constructor(asker, changed) {
    this.asker = asker;
    this.changed = changed;
    this.root = el("div", { class: "hint", role: "status" }, IDLE);
    this.place = null;
  }

  move(at, race) {
    this.at = at;
    this.race = race;
    if (this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      if (!this.at) return;
      const told = ({ header }) => {
        if (!this.at) return;
        this.place = header;
        this.changed();
      };
      this.asker.newest("place", { race: this.race, at: this.at }, told, () => {});
    }, PAUSE);
  }

  leave() {
    this.at = null;
    if (this.place) {
      this.place = null;
      this.changed();
    }
  }

  draw({ start, paths, surface, look }) {
    if (this.place) return write(this.root, words(this.place));
    const outside = paths?.header.outside;
    const undefined_ = surface?.header.undefined;
    if (outside) write(this.root, `The start ${number(start[0], 4)}, ${number(start[1], 4)} is outside the window: "fit" shows it.`);
    else if (undefined_) write(this.root, "Where nothing is painted the function has no finite value.");
    else if (paths?.header.falling) write(this.root, FALLING);
    else write(this.root, look.view === "relief" ? TURNED : IDLE);
  }
}

function words({ at, value, gradient, curvatures, directions, kind }) {
  const say = (one) => (one === null ? "undefined" : number(one, 3));
  const angle = directions[1][0] === null ? "" : ` at ${Math.round(((Math.atan2(directions[1][1], directions[1][0]) * 180) / Math.PI + 180) % 180)}\u00b0`;
  const near = kind === "slope" ? "a slope" : kind === "plateau" ? "a plateau" : `near a ${kind}`;
  return `${number(at[0], 3)}, ${number(at[1], 3)}: f = ${say(value)}, gradient (${gradient.map(say).join(", ")}), curvatures ${say(curvatures[0])} and ${say(curvatures[1])}${angle}, ${near}`;
}
