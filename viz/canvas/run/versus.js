// The line that names two runs side by side: what makes B of A, how far each has come, and what to do with them.

import { percent, number } from "../axes.js";
import { drawnAlike } from "./beside.js";
import { el, mark, write } from "../dom.js";
import { paragraph, say, sentence } from "../language.js";
import { hidesSettings } from "../place.js";
import { Spoken } from "./spoken.js";
import { named, worded } from "./told.js";

const SAME = sentence("is still the same net: change a setting at the left, and it is another.");
const SAME_CLOSED = sentence("is still the same net: open the settings with \u00bb at the top left and change one, and it is another.");
const FAR = 0.1; // below the share of right answers in its last batches, a net's other score alone would deny that it learned

export class Versus {
  /** `act` is {keep("a" or "b"), luck}. */
  constructor(act) {
    const line = (name, words) => [el("i", { class: `net ${name}`, title: words }), el("b", {}, name.toUpperCase())];
    this.first = el("span", { class: "came" });
    this.second = el("span", { class: "came" });
    this.shared = el("span", { class: "shared" });
    this.found = el("span", {});
    this.bar = el("progress", { max: 1, "aria-hidden": "true" }); // its words say it too
    this.luck = el("span", { class: "luck", hidden: true }, this.found, this.bar);
    const asks = say("Trains eight nets of each, with other seeds, where nobody watches, and says what may be said of the difference");
    this.doubt = el("button", { type: "button", class: "keep", title: asks, onclick: act.luck }, say("Was it luck?"));
    const keep = (which, words) =>
      el("button", { type: "button", class: "keep", title: words, onclick: () => act.keep(which) }, say("Keep {net}", { net: which.toUpperCase() }));
    this.buttons = el(
      "span", { class: "deeds" }, this.doubt,
      keep("a", say("Go on with A alone; B is forgotten")), keep("b", say("Go on with B alone, as it stands; A is forgotten")),
    );
    this.texts = el(
      "div", { class: "nets" },
      el("span", {}, ...line("a", say("solid")), " ", this.first), el("span", {}, ...line("b", say("dashed")), " ", this.second), this.shared, this.luck,
    );
    this.spoken = [new Spoken(), new Spoken()];
    this.root = el("div", { class: "versus", hidden: true }, this.texts, this.buttons, ...this.spoken.map(({ root }) => root));
  }

  /** run, frame: the first run and what is shown of it; beside: the second or null. */
  draw(run, frame, beside) {
    this.root.hidden = beside === null;
    if (!beside) return;
    const other = frame && beside.frameAt(frame.step);
    write(this.first, standing(run, frame, other));
    write(this.second, headed(worded(beside.about), beside.source ? came(beside, other, run, frame) : say(hidesSettings() ? SAME_CLOSED : SAME)));
    const { luck, state, progress, findings } = beside.run;
    this.#doubts(luck);
    this.spoken[0].say([beside.about.words, beside.source === null, state, progress?.learns, findings[0]?.name], say("{net}: {text}", { net: "B", text: this.second.textContent }));
    this.spoken[1].say([luck?.verdict, luck && luck.done < 1], worded(luck));
    this.doubt.disabled = !beside.source || beside.run.state === "waiting" || (luck !== null && luck.done < 1);
    write(this.shared, luck ? "" : beside.source ? paragraph(say(beside.about.batches ?? ""), weights(drawnAlike(run.hello, beside.run.hello))) : "");
  }

  /** What came of the other seeds; until that is known a bar stands in the room of its second line. */
  #doubts(luck) {
    this.luck.hidden = luck === null;
    write(this.found, worded(luck));
    mark(this.luck, "data-verdict", luck?.verdict ?? "");
    this.bar.hidden = luck === null || luck.done >= 1;
    this.bar.value = luck?.done ?? 0;
  }
}

function headed(words, text) {
  return words ? say("{name}: {text}", { name: `${words[0].toUpperCase()}${words.slice(1)}`, text }) : text;
}

/** How one net stands at the step shown: "10% of the test set after 300 steps". */
function standing(run, frame, other) {
  if (!frame) return say("waits for its first frame.");
  const values = { score: scoreOf(frame, other), steps: thousands(frame.step), n: frame.step, at: run.divergence?.step ?? frame.step };
  return run.state === "diverged" && !run.isPast
    ? say("{score} after {steps} {n:step|steps}; it diverged at step {at}.", values)
    : say("{score} after {steps} {n:step|steps}.", values);
}

/** What came of the second net: "learned: 96% of the test set after 300 steps; A is at 10% of the test set." */
export function came(beside, frame, run, shown) {
  const { run: own } = beside;
  if (own.state === "lost") return own.reason;
  if (!frame) return own.state === "waiting" || !own.ring.length ? say("is being built\u2026") : say("had no frame by then.");
  if (beside.isBehind(run)) return say("catches up, step {step} of {all}.", { step: thousands(own.ring.last.step), all: thousands(run.ring.last.step) });
  const besides = (text) => shown ? say("{text}; A is at {score}.", { text, score: scoreOf(shown, frame) }) : say("{sentence}.", { sentence: text });
  const after = (share) => say("{score} after {steps} {n:step|steps}", { score: share, steps: thousands(frame.step), n: frame.step });
  const so = after(scoreOf(frame, shown));
  if (own.state === "diverged" && frame.step >= (own.divergence?.step ?? 0)) {
    return besides(say("diverged at step {step}", { step: own.divergence?.step ?? frame.step }));
  }
  if (frame.step === 0) return say("stands before its first step.");
  if (run.isPast) return besides(so);
  if (own.progress?.learns) return besides(say("{finding}: {text}", { finding: say("learned"), text: after(grounds(own.progress, frame, shown)) }));
  const [worst] = own.findings;
  return besides(say("{finding}: {text}", { finding: worst && !worst.remark ? named(worst) : say("not yet"), text: so }));
}

/** How right a net is that learned, by its batches: said too where the share shown is far below, as running statistics hold back the test set's at first. */
function grounds({ right }, frame, other) {
  const [shown, score] = [isByTest(frame, other) ? frame.test_accuracy : frame.accuracy, scoreOf(frame, other)];
  return right - shown > FAR ? say("{share} of its last batches and {score}", { share: percent(round(right)), score }) : score;
}

/** Which layers drew the same weights. */
export function weights(alike) {
  if (alike === null) return "";
  if (alike.same === alike.of) return say("The same first weights in all layers.");
  if (alike.same === 0) return say("Other first weights from layer 1 on.");
  return say("The same first weights up to layer {same}; layer {next} is the first that differs.", { same: alike.same, next: alike.same + 1 });
}

/** Whether a frame's look at the test set tells of this step, and not of one long before. */
function isTested({ step, test_step: at, test_accuracy: right }) {
  return Number.isFinite(right) && 2 * (at ?? step) >= step;
}

const isByTest = (frame, other) => isTested(frame) && (!other || isTested(other));

/** How right a net is: by the test set where it and the one beside it were tested, else both by their batches. */
function scoreOf(frame, other) {
  if (isByTest(frame, other)) return say("{share} of the test set", { share: percent(round(frame.test_accuracy)) });
  if (Number.isFinite(frame.accuracy)) return say("{share} of its batch", { share: percent(round(frame.accuracy)) });
  return say("a loss of {loss} in its batch", { loss: number(frame.loss) });
}

const round = (fraction) => Math.round(fraction * 1000) / 1000;
const thousands = (count) => count.toLocaleString("en-US");
