// The line that names two runs side by side: what makes B of A, how far each has come, and what to do with them.

import { percent, number } from "../axes.js";
import { drawnAlike } from "./beside.js";
import { el, mark, write } from "../dom.js";

const SAME = "B is still the same net: change a setting at the left, and it is another.";

export class Versus {
  /** `act` is {keep("a" or "b"), luck}. */
  constructor(act) {
    const line = (name, words) => [el("i", { class: `net ${name}`, title: words }), el("b", {}, name.toUpperCase())];
    this.first = el("span", { class: "came" });
    this.second = el("span", { class: "came", role: "status" });
    this.shared = el("span", { class: "shared" });
    this.luck = el("span", { class: "luck", role: "status" });
    const asks = "Trains eight nets of each, with other seeds, where nobody watches, and says what may be said of the difference";
    this.doubt = el("button", { type: "button", class: "keep", title: asks, onclick: act.luck }, "Was it luck?");
    const keep = (which, words) =>
      el("button", { type: "button", class: "keep", title: words, onclick: () => act.keep(which) }, `Keep ${which.toUpperCase()}`);
    this.buttons = el(
      "span", { class: "deeds" }, this.doubt,
      keep("a", "Go on with A alone; B is forgotten"), keep("b", "Go on with B alone, as it stands; A is forgotten"),
    );
    this.texts = el(
      "div", { class: "nets" },
      el("span", {}, ...line("a", "solid"), " ", this.first), el("span", {}, ...line("b", "dashed"), " ", this.second), this.shared, this.luck,
    );
    this.root = el("div", { class: "versus", hidden: true }, this.texts, this.buttons);
  }

  /** run, frame: the first run and what is shown of it; beside: the second or null. */
  draw(run, frame, beside) {
    this.root.hidden = beside === null;
    if (!beside) return;
    const other = frame && beside.frameAt(frame.step);
    write(this.first, standing(run, frame));
    write(this.second, `${headed(beside.about.words)}${beside.source ? came(beside, other, run, frame) : SAME}`);
    const { luck } = beside.run;
    write(this.luck, luck?.words ?? "");
    mark(this.luck, "data-verdict", luck?.verdict ?? "");
    this.doubt.disabled = !beside.source || beside.run.state === "waiting" || (luck !== null && luck.done < 1);
    write(this.shared, luck ? "" : beside.source ? `${beside.about.batches} ${weights(drawnAlike(run.hello, beside.run.hello))}`.trim() : "");
  }
}

function headed(words) {
  return words ? `${words[0].toUpperCase()}${words.slice(1)}: ` : "";
}

/** How one net stands at the step shown: "10 % of the test set after 300 steps". */
function standing(run, frame) {
  if (!frame) return "waits for its first frame.";
  const broke = run.state === "diverged" && !run.isPast ? `; it diverged at step ${run.divergence?.step ?? frame.step}` : "";
  return `${score(frame)} after ${steps(frame.step)}${broke}.`;
}

/** What came of the second net: "learned: 96 % of the test set after 300 steps; A is at 10 %." */
export function came(beside, frame, run, shown) {
  const { run: own } = beside;
  if (own.state === "lost") return own.reason;
  if (!frame) return own.state === "waiting" || !own.ring.length ? "is being built\u2026" : "had no frame by then.";
  if (beside.isBehind(run)) return `catches up, step ${thousands(own.ring.last.step)} of ${thousands(run.ring.last.step)}.`;
  const others = shown ? `; A is at ${brief(shown)}` : "";
  const so = `${score(frame)} after ${steps(frame.step)}`;
  if (own.state === "diverged" && frame.step >= (own.divergence?.step ?? 0)) return `diverged at step ${own.divergence?.step ?? frame.step}${others}.`;
  if (frame.step === 0) return "stands before its first step.";
  if (run.isPast) return `${so}${others}.`;
  if (own.progress?.learns) return `learned: ${so}${others}.`;
  const [worst] = own.findings;
  return `${worst ? worst.name.replaceAll("_", " ") : "not yet"}: ${so}${others}.`;
}

/** Which layers drew the same weights. */
export function weights(alike) {
  if (alike === null) return "";
  if (alike.same === alike.of) return "The same first weights in all layers.";
  if (alike.same === 0) return "Other first weights from layer 1 on.";
  return `The same first weights up to layer ${alike.same}; layer ${alike.same + 1} is the first that differs.`;
}

/** Whether a frame's look at the test set tells of this step, and not of one long before. */
function isTested({ step, test_step: at, test_accuracy: right }) {
  return Number.isFinite(right) && 2 * (at ?? step) >= step;
}

function score(frame) {
  if (isTested(frame)) return `${percent(round(frame.test_accuracy))} of the test set`;
  if (Number.isFinite(frame.accuracy)) return `${percent(round(frame.accuracy))} of its batch`;
  return `loss ${number(frame.loss)}`;
}

function brief(frame) {
  const right = isTested(frame) ? frame.test_accuracy : frame.accuracy;
  return Number.isFinite(right) ? percent(round(right)) : `loss ${number(frame.loss)}`;
}

const round = (fraction) => Math.round(fraction * 1000) / 1000;
const thousands = (count) => count.toLocaleString("en-US");
const steps = (count) => `${thousands(count)} step${count === 1 ? "" : "s"}`;
