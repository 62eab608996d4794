// What the surface is like under the pointer, in one line below the map: the engine says it, a hundred bytes an answer.

import { number } from "../axes.js";
import { el, write } from "../dom.js";
import { say, sentence } from "../language.js";

const IDLE = sentence("Move over the map for the value, gradient and curvature there; click or drag to start there.");
const TURNED = sentence("Drag to turn the surface. From above, on the map, a click moves the start.");
const FALLING = sentence("No minimum is known here: where a function falls without end, to lead is only to fall faster.");
const OUTSIDE = sentence('The start {x}, {y} is outside the window: "fit" shows it.');
const UNPAINTED = sentence("Where nothing is painted the function has no finite value.");
const BLANK = sentence("Basins: no start of this map ends at a minimum that stands alone, so nothing is painted.");
const NEAR = {
  minimum: sentence("near a minimum"), maximum: sentence("near a maximum"), saddle: sentence("near a saddle"),
  plateau: sentence("a plateau"), valley: sentence("near a valley"), slope: sentence("a slope"),
};
const PAUSE = 60; // ms between two questions

export class Cursor {
  constructor(asker, changed) {
    this.asker = asker;
    this.changed = changed;
    this.root = el("div", { class: "hint", role: "status" }, say(IDLE));
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

  draw({ start, paths, surface, look, basins }) {
    if (this.place) return write(this.root, words(this.place));
    const outside = paths?.header.outside;
    const undefined_ = surface?.header.undefined;
    if (outside) write(this.root, say(OUTSIDE, { x: number(start[0], 4), y: number(start[1], 4) }));
    else if (basins?.isBlank) write(this.root, say(BLANK));
    else if (undefined_) write(this.root, say(UNPAINTED));
    else if (paths?.header.falling) write(this.root, say(FALLING));
    else write(this.root, look.view === "relief" ? say(TURNED) : say(IDLE));
  }
}

function words({ at, value, gradient, curvatures, directions, kind }) {
  const known = (one) => (one === null ? say("undefined") : number(one, 3));
  const [[x, y], [gx, gy], [least, most], [, [across, up]]] = [at.map((one) => number(one, 3)), gradient.map(known), curvatures.map(known), directions];
  const there = { x, y, value: known(value), gx, gy, least, most, near: NEAR[kind] };
  if (across === null) return say("{x}, {y}: f = {value}, gradient ({gx}, {gy}), curvatures {least} and {most}, {near}", there);
  const angle = Math.round(((Math.atan2(up, across) * 180) / Math.PI + 180) % 180);
  return say("{x}, {y}: f = {value}, gradient ({gx}, {gy}), curvatures {least} and {most} at {angle}\u00b0, {near}", { ...there, angle });
}
