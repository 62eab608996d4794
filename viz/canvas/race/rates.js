// Final value against learning rate, a hundred rates for each optimizer: the fair question behind every race.

import { decadeTicks, decades, fromLog10, number } from "../axes.js";
import { say } from "../language.js";
import { label, line } from "../panel.js";

const LEFT = 50;
const FOOT = 20;
const TOP = 8;
const RIGHT = 14;
const DEEPEST = 1e-20; // below this the curve is drawn at the foot

/** Asks for one optimizer after the other, so that nobody waits long, and keeps the answers until the race changes. */
export class Rates {
  constructor(asker, changed) {
    this.asker = asker;
    this.changed = changed;
    this.found = new Map();
    this.complete = false; // whether every running optimizer of this very race has its answer
  }

  want(race) {
    const about = JSON.stringify(race);
    if (about === this.asked) return;
    this.asked = about;
    this.complete = false;
    this.found = new Map([...this.found].filter(([index]) => race.runs[index]?.on));
    this.#next(race, about, 0);
  }

  #next(race, about, of) {
    this.complete = of >= race.runs.filter((run) => run.on).length;
    if (this.complete) return this.changed();
    this.asker.newest("rates", { race, of }, (answer) => {
      if (this.asked !== about) return;
      this.found.set(answer.header.index, answer);
      this.changed();
      this.#next(race, about, of + 1);
    }, () => (this.asked = null));
  }

  /** The rate with the lowest final value for each card that has an answer: index -> lr. */
  best() {
    const pick = ({ header, arrays }) => {
      let lead = 0;
      arrays.gaps.data.forEach((gap, k) => {
        const now = arrays.gaps.data[lead];
        if (gap < now || (Number.isNaN(now) && !Number.isNaN(gap))) lead = k;
      });
      return Number(header.lrs[lead].toPrecision(2));
    };
    return new Map([...this.found].map(([index, answer]) => [index, pick(answer)]));
  }
}

export function ratesPlot(rates) {
  const frame = (scene, box) => axesOf(rates.found, scene, box);
  return {
    draw(ctx, scene, box) {
      const axis = frame(scene, box);
      if (!axis) return label(ctx, say("computing 100 rates for each optimizer\u2026"), box.width / 2, box.height / 2, scene.ink.muted, "center");
      grid(ctx, scene, box, axis);
      names(ctx, scene);
      for (const racer of scene.racers) curve(ctx, scene, racer, rates.found.get(racer.index), axis);
    },
    probe(x, y, scene, box) {
      const axis = frame(scene, box);
      if (!axis) return null;
      const lr = axis.lr(x);
      const rows = scene.racers.filter(({ index }) => rates.found.has(index)).map((racer) => {
        const { header, arrays } = rates.found.get(racer.index);
        const gap = arrays.gaps.data[nearest(header.lrs, lr)];
        return [gap, racer.name, Number.isNaN(gap) ? say("diverged") : number(header.lowest + gap, 4)];
      });
      rows.sort((a, b) => (Number.isNaN(a[0]) ? 1 : Number.isNaN(b[0]) ? -1 : a[0] - b[0]));
      return { layer: null, lines: [[say("learning rate"), number(lr, 2)], ...rows.map(([, who, what]) => [who, what])] };
    },
    lr: (x, scene, box) => frame(scene, box)?.lr(x) ?? null,
  };
}

function axesOf(found, scene, box) {
  let [low, high] = [Infinity, -Infinity];
  let lrs = null;
  for (const { index } of scene.racers) {
    const answer = found.get(index);
    if (!answer) continue;
    lrs = answer.header.lrs;
    for (const gap of answer.arrays.gaps.data) {
      if (!(gap >= 0) || gap > 1e12) continue;
      low = Math.min(low, Math.max(gap, DEEPEST));
      high = Math.max(high, Math.max(gap, DEEPEST));
    }
  }
  if (!lrs || !(low <= high)) return null;
  const range = decades(Math.log10(low), Math.log10(high), 2);
  const [left, right] = [Math.log10(lrs[0]), Math.log10(lrs.at(-1))];
  const [end, bottom] = [box.width - RIGHT, box.height - FOOT];
  return {
    ...range, left, right, end, bottom,
    x: (lr) => LEFT + ((Math.log10(lr) - left) / (right - left)) * (end - LEFT),
    lr: (x) => 10 ** (left + Math.max(0, Math.min(1, (x - LEFT) / (end - LEFT))) * (right - left)),
    y: (gap) => bottom - Math.max(0, Math.min(1.1, (Math.log10(Math.max(gap, DEEPEST)) - range.low) / (range.high - range.low))) * (bottom - TOP),
  };
}

function grid(ctx, scene, box, axis) {
  for (const k of decadeTicks(axis.low, axis.high, Math.max(2, Math.floor((axis.bottom - TOP) / 24)))) {
    if (10 ** k < DEEPEST) continue; // it would stand where the foot does
    line(ctx, LEFT, axis.y(10 ** k), axis.end, axis.y(10 ** k), scene.ink.grid);
    label(ctx, `${10 ** k <= DEEPEST ? "\u2264 " : ""}${fromLog10(k)}`, LEFT - 6, axis.y(10 ** k), scene.ink.muted, "right", LEFT - 8);
  }
  for (const k of decadeTicks(axis.left, axis.right, 8)) {
    label(ctx, k === axis.left ? say("lr {rate}", { rate: fromLog10(k) }) : fromLog10(k), axis.x(10 ** k), box.height - 8, scene.ink.muted, k === axis.left ? "left" : "center");
  }
}

function names(ctx, { ink, paths }) {
  const words = say(paths?.header.falling ? "value below the start's, after the last step" : "value above the lowest, after the last step");
  label(ctx, words, LEFT + 6, TOP + 10, ink.muted);
}

function curve(ctx, scene, racer, answer, axis) {
  if (!answer) return;
  const { header, arrays } = answer;
  ctx.beginPath();
  let down = false;
  arrays.gaps.data.forEach((gap, k) => {
    if (Number.isNaN(gap) || gap > 1e12) down = false;
    else if (down) ctx.lineTo(axis.x(header.lrs[k]), axis.y(gap));
    else {
      ctx.moveTo(axis.x(header.lrs[k]), axis.y(gap));
      down = true;
    }
  });
  ctx.strokeStyle = racer.color;
  ctx.lineWidth = racer.chosen ? 2.4 : 1.4;
  ctx.setLineDash(racer.dash);
  ctx.stroke();
  ctx.setLineDash([]);
  const gap = arrays.gaps.data[nearest(header.lrs, racer.run.lr)];
  if (racer.run.lr < header.lrs[0] || racer.run.lr > header.lrs.at(-1)) return;
  const [x, y] = [axis.x(racer.run.lr), Number.isNaN(gap) ? TOP + 6 : axis.y(gap)];
  ctx.beginPath();
  ctx.arc(x, y, 7, 0, 2 * Math.PI);
  ctx.fillStyle = racer.color;
  ctx.fill();
  ctx.font = `700 10px ${scene.ink.font}`;
  label(ctx, racer.letter, x, y + 0.5, scene.ink.background, "center");
  ctx.font = `12px ${scene.ink.font}`;
}

function nearest(lrs, lr) {
  const share = Math.log(lr / lrs[0]) / Math.log(lrs.at(-1) / lrs[0]);
  return Math.max(0, Math.min(lrs.length - 1, Math.round(share * (lrs.length - 1))));
}
