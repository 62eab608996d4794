// What the panels show as a picture fit for print: PNG at 300 dots an inch or SVG, on white, the settings in its caption.

import { SvgContext, svg } from "../svg.js";
import { DOTTED, label, line } from "../panel.js";
import { say } from "../language.js";

const DOTS = 300 / 96; // a CSS pixel is a 96th of an inch
const MARGIN = 16;
const HEAD = 13; // the middle of a panel's title
const LEADING = 17;
const KEY = 18; // the length of a line in a legend

/**
 * Hands the person a file of what the screen shows; kind: "png" or "svg", screen: {main, panels}.
 * All is drawn before it waits: what it needs of the page need hold no longer than the call.
 */
export async function picture(kind, screen, scene, caption) {
  const made = await (kind === "svg" ? asSvg : asPng)(screen, scene, caption);
  const address = URL.createObjectURL(made);
  Object.assign(document.createElement("a"), { href: address, download: `step-${scene.frame.step}.${kind}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function asPng(screen, scene, caption) {
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d");
  const sheet = sheetOf(ctx, screen, scene, caption);
  [canvas.width, canvas.height] = [sheet.width, sheet.height].map((side) => Math.round(side * DOTS));
  ctx.scale(DOTS, DOTS);
  ctx.fillStyle = scene.ink.background;
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  compose(sheet, screen, scene, (x, y) => {
    ctx.setTransform(DOTS, 0, 0, DOTS, DOTS * x, DOTS * y);
    return ctx;
  });
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function asSvg(screen, scene, caption) {
  const measure = document.createElement("canvas").getContext("2d");
  const sheet = sheetOf(measure, screen, scene, caption);
  const placed = [];
  compose(sheet, screen, scene, (x, y) => {
    const ctx = new SvgContext(measure, `part${placed.length}`);
    placed.push({ x, y, ctx });
    return ctx;
  });
  const groups = placed.map(({ x, y, ctx }) => `<g transform="translate(${x} ${y})">${ctx.drawn}</g>`);
  const paper = `<rect width="100%" height="100%" fill="${scene.ink.background}"/>`;
  return new Blob([svg(sheet.width, sheet.height, scene.ink.font, paper + groups.join(""))], { type: "image/svg+xml" });
}

/** How large it is, and its caption in lines that fit. */
function sheetOf(ctx, { main }, { frame, ink }, caption) {
  const { width, height } = main.getBoundingClientRect();
  ctx.font = `12px ${ink.font}`;
  const lines = wrapped(ctx, say("Step {step}. {caption}", { step: frame.step, caption }), width);
  return { width: width + 2 * MARGIN, height: height + 3 * MARGIN + LEADING * lines.length, lines, foot: height + 2 * MARGIN };
}

/** at(x, y): a context whose origin is there. */
function compose({ lines, foot }, { main, panels }, scene, at) {
  const whole = main.getBoundingClientRect();
  const from = (node) => {
    const { left, top } = node.getBoundingClientRect();
    return [MARGIN + left - whole.left, MARGIN + top - whole.top];
  };
  for (const panel of panels.filter(({ root }) => !root.hidden)) {
    header(at(...from(panel.head)), panel, scene.ink);
    const ctx = at(...from(panel.stage));
    usual(ctx, scene.ink);
    panel.paint(ctx, scene, panel.box);
  }
  const ctx = at(MARGIN, foot);
  usual(ctx, scene.ink);
  lines.forEach((text, row) => label(ctx, text, 0, LEADING * (row + 0.5), scene.ink.muted));
}

function usual(ctx, ink, weight = 400) {
  ctx.font = `${weight} 12px ${ink.font}`;
  ctx.textBaseline = "middle";
  ctx.globalAlpha = ctx.lineWidth = 1;
  ctx.setLineDash([]);
}

/** A panel's title with what was chosen for it, and its legend at the right. */
function header(ctx, { root, head, title, key }, ink) {
  const chosen = root.querySelector("header select")?.selectedOptions[0].textContent;
  usual(ctx, ink, 600);
  label(ctx, chosen ? say("{title}: {chosen}", { title, chosen }) : title, 0, HEAD, ink.text);
  usual(ctx, ink);
  const legend = key ? (key.root.hidden ? null : key.root) : root.querySelector("header .key");
  if (!legend) return;
  const start = head.getBoundingClientRect().left;
  for (const node of legend.childNodes) {
    const range = document.createRange();
    range.selectNode(node);
    const x = range.getBoundingClientRect().left - start;
    if (node.nodeType === Node.TEXT_NODE) label(ctx, node.textContent, x, HEAD, ink.muted);
    else mark(ctx, /** @type {HTMLElement} */ (node), x);
  }
}

/** A legend's sign: a line, a dashed or dotted one or a ring, as the page draws it with borders. */
function mark(ctx, node, x) {
  const { borderTopColor: color, borderTopStyle: style, borderRadius: round } = getComputedStyle(node);
  ctx.setLineDash({ dashed: [6, 4], dotted: DOTTED }[style] ?? []);
  if (round === "0px") line(ctx, x, HEAD, x + KEY - 2, HEAD, color, 2);
  else {
    ctx.beginPath();
    ctx.arc(x + 4, HEAD, 3, 0, 2 * Math.PI);
    ctx.strokeStyle = color;
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

/** In lines, between words; Chinese is written without blanks, and breaks behind any sign. */
function wrapped(ctx, text, room) {
  const lines = [""];
  for (const part of text.match(/[^ \u3000-\u9fff\uff00-\uffef]*[ \u3000-\u9fff\uff00-\uffef]?/g)) {
    const longer = lines.at(-1) + part;
    if (ctx.measureText(longer.trim()).width <= room || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines.map((line) => line.trim());
}
