// What the net sees: its answers all over the plane of two inputs with the data on it, or on a strip of pictures.

import { number, percent } from "../axes.js";
import { fill, menu } from "../dom.js";
import { paragraph, say } from "../language.js";
import { Panel, DASH, label } from "../panel.js";
import { parse } from "../palette.js";
import { helpOf } from "./words.js";

const FOOT = 34; // room for two lines of words
const ACROSS = 4; // pictures in a row
const LINE = 15;
const GAP = 6;

/** {panel, layer(), greet(hello)}; `chose()` is called when other hidden units are to be seen. */
export function sightOf(chose) {
  const units = menu(say("Which hidden units"), [], "", chose);
  const panel = new Panel({
    name: "sight",
    title: say("What the net sees"),
    words: helpOf("sight"),
    tools: [units],
    when: ({ sees }) => sees,
    draw(ctx, scene, box) {
      if (scene.sight) DRAWN[scene.sight.sight](ctx, scene, box);
      else label(ctx, say("Looking\u2026"), 0, 12, scene.ink.muted);
    },
    probe: (x, y, scene, box) => (scene.sight ? PROBED[scene.sight.sight](x, y, scene, box) : null),
    says: (scene) => paragraph(say("What the net sees."), sayAll(scene)),
  });
  return {
    panel,
    /** The hidden layer whose units are to be seen, or null. */
    layer: () => (units.value ? Number(units.value) : null),
    greet({ sees, rows }) {
      units.hidden = sees !== "plane";
      const hidden = rows.slice(0, -1).map(({ name }, at) => [String(at + 1), say("units of layer {name}", { name })]);
      if (units.options.length !== hidden.length + 1) fill(units, [["", say("answers")], ...hidden], "");
    },
  };
}

// Words

/** How much of what is shown is answered right: "step 120: 96% of 300 training samples right". */
export function sayShare({ sight, step, answers, answered, labels }) {
  const given = sight === "plane" ? answered : answers;
  const right = labels.reduce((count, each, at) => count + (given[at] === each), 0);
  const values = { step: number(step, 6), share: percent(right / labels.length), right, n: labels.length };
  return sight === "plane"
    ? say("step {step}: {share} of {n} training samples right", values)
    : say("step {step}: {right} of {n} test samples right", values);
}

/** The same beside a frame, which may be of another step. */
export function sayShown(sight, frame) {
  const share = sayShare(sight);
  return isOf(sight, frame) ? share : say("of {share}", { share });
}

/** What shares of the plane are given to each class: "class 0 on 48%, class 1 on 52%". */
export function sayPlane({ answers }) {
  const counts = new Map();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const said = [...counts].sort(([a], [b]) => a - b).map(([answer, count]) => say("{answer} on {share}", { answer: named(answer), share: percent(count / answers.length) }));
  return say("{rows}", { rows: said });
}

/** Which samples of a strip are answered wrong: "an 8 taken for a 3 (61%)". */
export function sayStrip({ answers, labels, probability }) {
  const wrong = [...labels.keys()].filter((at) => answers[at] !== labels[at]);
  const rows = wrong.map((at) => {
    const values = { label: labels[at], answer: plain(answers[at]), probability: sure(probability[at]) };
    return say(values.probability ? "{label} taken for {answer} ({probability})" : "{label} taken for {answer}", values);
  });
  return say("{rows}", { rows });
}

function sayAll({ sight, beside, frame }) {
  if (!sight) return say("It has not been looked at yet.");
  const others = beside?.sight ? sayOther(beside.sight) : "";
  const old = isOf(sight, frame) ? "" : say("Of step {step}, not of the one on screen.", { step: sight.step });
  const more = sight.sight === "plane"
    ? say("Of the plane {classes}.", { classes: sayPlane(sight) })
    : say("Wrong: {samples}.", { samples: sayStrip(sight) || say("none") });
  return paragraph(say("At {share}.", { share: sayShare(sight) }), more, old, others);
}

const sayOther = (sight) => {
  const isDashed = sight.sight === "plane";
  return say(isDashed ? "B, dashed, {share}." : "B, {share}.", { share: sayShare(sight) });
};
const isOf = (sight, frame) => !frame || sight.step === frame.step;
const plain = (answer) => (answer < 0 ? say("nothing") : String(answer));
const named = (answer) => (answer < 0 ? say("no answer") : say("class {answer}", { answer }));
const surely = (answer, probability) => (probability ? say("{answer} {probability}", { answer, probability }) : answer);
const sure = (probability) => (Number.isFinite(probability) ? percent(probability) : "");

// The plane

/** The square of the plane, and below it or beside it that of the units, in a panel's box. */
function squares({ sight }, box) {
  const room = box.height - FOOT;
  const isBroad = box.width > 1.5 * box.height;
  const side = Math.max(20, Math.min(box.width, sight.count && !isBroad ? 0.55 * room : room));
  const across = Math.ceil(Math.sqrt(sight.count));
  const [left, top] = isBroad ? [side + 2 * LINE, LINE] : [0, side + FOOT + 12];
  const rest = Math.min(box.width - left, isBroad ? side - LINE : room - side - 12);
  return { side, across, pitch: rest / Math.max(1, across), left, top };
}

function drawPlane(ctx, scene, box) {
  const { sight, beside, ink } = scene;
  const { side, across, pitch, left, top } = squares(scene, box);
  paint(ctx, made(sight, ink, "answers", () => answersImage(sight, ink)), 0, 0, side);
  const other = comparable(sight, beside?.sight);
  edges(ctx, sight, side, ink.text, []);
  if (other) edges(ctx, other, side, ink.text, DASH);
  for (let at = 0; at < sight.labels.length; at++) {
    const [x, y] = [sight.points[2 * at] * side, (1 - sight.points[2 * at + 1]) * side];
    dot(ctx, x, y, sight.labels[at], sight.answered[at] === sight.labels[at], ink);
  }
  ctx.strokeStyle = ink.axis;
  ctx.lineWidth = 1;
  ctx.strokeRect(0.5, 0.5, side - 1, side - 1);
  words(ctx, scene, side + 11, box);
  if (!sight.count || pitch < 12) return;
  label(ctx, say("Layer {layer}: {n} of {all} units, \u2212 to +", { layer: sight.layer, n: sight.count, all: sight.of }), left, top - 8, ink.muted, "left", box.width - left);
  for (let unit = 0; unit < sight.count; unit++) {
    const [x, y] = [left + (unit % across) * pitch, top + Math.floor(unit / across) * pitch];
    paint(ctx, made(sight, ink, unit, () => unitImage(sight, unit, ink)), x, y, pitch - 3);
  }
}

/** The second net's plane, where it is of the same data. */
function comparable(sight, other) {
  const isSame = other?.sight === "plane" && other.low.join() === sight.low.join() && other.high.join() === sight.high.join();
  return isSame ? other : null;
}

function words(ctx, { sight, beside, frame, ink }, y, box) {
  label(ctx, sayShown(sight, frame), 0, y, isOf(sight, frame) ? ink.text : ink.muted, "left", box.width);
  if (beside?.sight) label(ctx, sayOther(beside.sight), 0, y + LINE, ink.text, "left", box.width);
}

const MADE = new WeakMap(); // sight -> its pictures by name, in the colors they were made in

/** A picture that is drawn many times is made once. */
function made(sight, ink, name, make) {
  if (MADE.get(sight)?.ink !== ink) MADE.set(sight, { ink, pictures: new Map() });
  const { pictures } = MADE.get(sight);
  if (!pictures.has(name)) pictures.set(name, make());
  return pictures.get(name);
}

/** A picture of small numbers, cell by cell: row 0 is the lowest. */
function image(side, colorOf) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const ctx = canvas.getContext("2d");
  const data = ctx.createImageData(side, side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) data.data.set(colorOf(row * side + column), 4 * ((side - 1 - row) * side + column));
  }
  ctx.putImageData(data, 0, 0);
  return canvas;
}

const NOTHING = [0, 0, 0, 0];

function answersImage({ answers, probability, shape }, ink) {
  const colors = ink.series.map(parse);
  return image(shape[1], (at) => {
    if (answers[at] < 0) return NOTHING;
    const p = Number.isFinite(probability[at]) ? probability[at] : 0.7;
    return [...colors[answers[at] % colors.length], Math.round(255 * (0.08 + 0.42 * p))];
  });
}

function unitImage({ units, side }, unit, ink) {
  const [low, high] = [ink.diverging[0], ink.diverging.at(-1)].map(parse);
  return image(side, (at) => {
    const value = 2 * units[unit * side * side + at] - 1;
    if (Number.isNaN(value)) return NOTHING;
    return [...(value < 0 ? low : high), Math.round(255 * Math.min(1, Math.abs(value)))];
  });
}

function paint(ctx, picture, x, y, side) {
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(picture, x, y, side, side);
}

/** The border between answers: every edge between two cells that are answered differently. */
function edges(ctx, { answers, shape: [rows, columns] }, side, color, dash) {
  const cell = side / columns;
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.5;
  ctx.setLineDash(dash);
  ctx.beginPath();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [at, x, y] = [row * columns + column, column * cell, side - row * cell];
      if (column && answers[at] !== answers[at - 1]) stroke(ctx, x, y, x, y - cell);
      if (row && answers[at] !== answers[at - columns]) stroke(ctx, x, y, x + cell, y);
    }
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

function stroke(ctx, x0, y0, x1, y1) {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
}

/** A sample: its class has a color and a shape; one that is answered wrong a ring. */
function dot(ctx, x, y, group, isRight, ink) {
  const r = isRight ? 2 : 2.6;
  ctx.beginPath();
  if (group % 2) for (const [dx, dy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) ctx.lineTo(x + dx * r, y + dy * r);
  else ctx.arc(x, y, r, 0, 2 * Math.PI);
  if (group % 2) ctx.closePath();
  ctx.fillStyle = ink.series[group % ink.series.length];
  ctx.fill();
  ctx.strokeStyle = isRight ? ink.background : ink.text;
  ctx.lineWidth = isRight ? 0.5 : 1.4;
  ctx.stroke();
}

function probePlane(x, y, scene, box) {
  const { sight } = scene;
  const { side } = squares(scene, box);
  const at = cellAt(sight, x / side, 1 - y / side);
  if (at === null) return null;
  const place = [x / side, 1 - y / side].map((part, axis) => number(sight.low[axis] + part * (sight.high[axis] - sight.low[axis]), 3));
  const lines = [[say("inputs"), place.join(", ")], [say("answer"), named(sight.answers[at])], [say("its probability"), sure(sight.probability[at]) || say("none")]];
  const other = comparable(sight, scene.beside?.sight);
  if (other) lines.push([say("B's answer"), surely(named(other.answers[at]), sure(other.probability[at]))]);
  return { layer: null, lines };
}

function cellAt({ shape: [rows, columns] }, across, up) {
  if (across < 0 || across >= 1 || up < 0 || up >= 1) return null;
  return Math.floor(up * rows) * columns + Math.floor(across * columns);
}

// The strip

function grid({ sight, beside }, box) {
  const count = sight.labels.length;
  const said = LINE * (beside?.sight ? 2 : 1) + GAP;
  const across = box.height > 300 ? ACROSS : Math.min(count, Math.max(ACROSS, Math.floor(box.width / 62)));
  const rows = Math.ceil(count / across);
  const wide = box.width / across;
  const side = Math.max(8, Math.min(wide - GAP, (box.height - FOOT) / rows - said));
  return { across, wide, tall: side + said, side, foot: rows * (side + said) };
}

function drawStrip(ctx, scene, box) {
  const { sight, beside, ink } = scene;
  const { across, wide, tall, side, foot } = grid(scene, box);
  const other = beside?.sight?.sight === "strip" && beside.sight.labels.join() === sight.labels.join() ? beside.sight : null;
  for (let at = 0; at < sight.labels.length; at++) {
    const [x, y] = [(at % across) * wide, Math.floor(at / across) * tall];
    paint(ctx, made(sight, ink, at, () => pictureOf(sight, at, ink)), x, y, side);
    const isWrong = sight.answers[at] !== sight.labels[at];
    ctx.strokeStyle = isWrong ? ink.danger : ink.grid;
    ctx.lineWidth = isWrong ? 2 : 1;
    ctx.strokeRect(x + 1, y + 1, side - 2, side - 2);
    verdict(ctx, sight, at, x, y + side + 9, wide - 2, "", ink);
    if (other) verdict(ctx, other, at, x, y + side + 9 + LINE, wide - 2, "B ", ink);
  }
  words(ctx, scene, foot + 10, box);
}

function verdict(ctx, { answers, labels, probability }, at, x, y, room, before, ink) {
  const isWrong = answers[at] !== labels[at];
  const said = surely(plain(answers[at]), Number.isFinite(probability[at]) ? `(${percent(probability[at])})` : "");
  label(ctx, `${before}${isWrong ? "\u2715 " : ""}${said}`, x, y, isWrong ? ink.danger : ink.text, "left", room);
}

function pictureOf({ pictures, shape: [rows, columns] }, at, ink) {
  const color = parse(ink.text);
  return image(columns, (cell) => {
    const [row, column] = [rows - 1 - Math.floor(cell / columns), cell % columns];
    return [...color, Math.round(255 * pictures[(at * rows + row) * columns + column])];
  });
}

function probeStrip(x, y, scene, box) {
  const { sight } = scene;
  const { across, wide, tall } = grid(scene, box);
  const at = Math.floor(y / tall) * across + Math.floor(x / wide);
  if (!(at in sight.labels) || y < 0 || x < 0 || x >= across * wide) return null;
  return { layer: null, lines: [[say("label"), String(sight.labels[at])], [say("answer"), plain(sight.answers[at])], [say("its probability"), sure(sight.probability[at]) || say("none")]] };
}

const DRAWN = { plane: drawPlane, strip: drawStrip };
const PROBED = { plane: probePlane, strip: probeStrip };
