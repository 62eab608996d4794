// Where each start of a grid ends, for one optimizer: a color and a number for each minimum.

import { parse } from "../palette.js";

const ELSEWHERE = -1, DIVERGED = -2;

export class Regions {
  constructor(asker, changed) {
    this.asker = asker;
    this.changed = changed;
    this.serial = 0;
    this.answer = null;
  }

  /** index: the card whose basins are wanted; null for none. */
  want(race, index) {
    if (index === null || !race.runs[index]?.on) {
      this.answer = null;
      this.asked = null;
      return;
    }
    const of = race.runs.slice(0, index).filter((run) => run.on).length;
    const { runs, start, ...rest } = race;
    const about = JSON.stringify([rest, runs[index]]);
    if (about === this.asked) return;
    this.asked = about;
    this.asker.newest("regions", { race, of }, (answer) => {
      if (this.asked !== about) return;
      this.answer = answer;
      this.serial += 1;
      this.changed();
    }, () => (this.asked = null));
  }

  /** What the map paints under its contours, or null. */
  get picture() {
    return this.answer && { serial: this.serial, isBlank: isBlank(this.answer), tile: (scene) => tile(this.answer, scene.ink), minima: this.answer.header.minima, header: this.answer.header };
  }
}

/** Whether no start of the map ends at a minimum, so that there is nothing to paint. */
export function isBlank({ arrays }) {
  return arrays.ends.data.every((end) => end === ELSEWHERE);
}

function tile({ arrays }, ink) {
  const { shape: [n], data } = arrays.ends;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = n;
  const ctx = canvas.getContext("2d");
  const image = ctx.createImageData(n, n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const end = data[(n - 1 - j) * n + i];
      const at = 4 * (j * n + i);
      if (end === ELSEWHERE) continue;
      const color = end === DIVERGED ? parse(ink.axis) : parse(ink.series[end % ink.series.length]);
      image.data.set([...color, end === DIVERGED ? ((i + j) % 2 ? 130 : 30) : 150], at);
    }
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
}
