// The numbers of each panel as text, for who does not see it: what its tooltip shows, layer by layer, or at the ends of its
// curves. The panel's picture is described by them.

import { columns } from "./columns.js";
import { el, mark } from "../dom.js";
import { titleOf } from "../hover.js";
import { say } from "../language.js";

const EVERY = 2000; // ms between two writings while frames come
const MOST = 20; // layers; of more so many evenly
const EDGE = 9; // px from the right, where a curve ends

export class Numbers {
  constructor(panels) {
    this.key = "";
    this.written = -Infinity;
    this.lists = panels.map((panel) => {
      const list = el("ul", { class: "unseen", id: `numbers-${panel.name}` });
      panel.stage.append(list);
      mark(panel.canvas, "aria-describedby", list.id);
      return { panel, list };
    });
  }

  draw(scene) {
    const { frame, second, look, playing } = scene;
    const now = performance.now();
    if (!frame || (playing && now - this.written < EVERY)) return;
    const seen = this.lists.map(({ panel }) => !panel.root.hidden && panel.box.width >= 20);
    const key = JSON.stringify([frame.epoch, frame.step, second?.frame.step, look, playing, seen]);
    if (key === this.key) return;
    Object.assign(this, { key, written: now });
    this.lists.filter((_, at) => seen[at]).forEach(({ panel, list }) => {
      list.replaceChildren(...texts(panel, scene).map((text) => el("li", {}, text)));
    });
  }
}

/** A line for each place of a panel that has something to say. */
function texts(panel, scene) {
  const found = places(panel, scene).map((x) => panel.probe(x, panel.box.height / 2, scene)).filter(Boolean);
  const said = found.map(({ layer, lines }) => {
    const numbers = lines.map(([name, value]) => say("{name} {value}", { name, value }));
    return layer === null ? say("{rows}", { rows: numbers }) : say("{name}: {text}", { name: titleOf(layer, scene), text: numbers });
  });
  return [...new Set(said)];
}

/** Where in a panel its numbers are asked for. */
function places(panel, scene) {
  const { box } = panel;
  const axis = panel.axis(scene);
  if (axis) return [axis.x(axis.first), axis.x(axis.last)];
  if (panel.name === "course") return [box.width - EDGE];
  const cols = columns(scene, box);
  const count = Math.min(MOST, cols.count);
  return Array.from({ length: count }, (_, at) => cols.middle(Math.round((at * (cols.count - 1)) / Math.max(1, count - 1))));
}
