// One line of words under the bar: what is wrong, where, by which numbers, and the cure as a button.

import { number, percent } from "../axes.js";
import { el, mark, write } from "../dom.js";
import { language, paragraph, say, sentence } from "../language.js";
import { reasons } from "./reasons.js";
import { Spoken } from "./spoken.js";
import { named, told, worded } from "./told.js";

const SIGNS = { danger: "\u25A0", warning: "\u25B2", ok: "\u2713", quiet: "\u00b7" };

const OLD = sentence("The panels still show the run before.");

export class Verdict {
  /**
   * `act` is {cure(fields), beside(fields), anew, resume, rebuild, fresh, now, branch(settings), show(panel)}; `titles` are the
   * panels', by name.
   */
  constructor(act, titles = {}) {
    this.act = act;
    this.titles = titles;
    this.listed = [[], []];
    this.sign = el("span", { class: "sign", "aria-hidden": "true" });
    this.words = el("span", { class: "words" });
    this.spoken = new Spoken();
    this.reason = el("span", { class: "reason" });
    this.why = el("button", { type: "button", class: "why", "aria-expanded": "false", onclick: () => this.#turn() });
    this.buttons = el("span", { class: "cures" });
    this.details = el("div", { class: "details", role: "region", "aria-label": say("Why it is said"), hidden: true });
    this.bar = el("progress", { max: 1, "aria-label": say("How far its start is"), hidden: true });
    this.text = el("span", { class: "text" }, this.words, " ", this.reason, this.bar);
    this.more = el("button", { type: "button", class: "why", "aria-expanded": "false", hidden: true, onclick: () => this.#unfold() }, say("more"));
    const answers = el("span", { class: "answers" }, this.more, this.why, this.buttons);
    this.line = el("div", { class: "verdict" }, this.sign, this.text, answers);
    this.advice = el("pre", { class: "advice", hidden: true, title: say("What helps, as a line of code for this very module") });
    // The room is as high for one line as for two: what is longer lies over what is below, for who asks for it.
    this.root = el("div", { class: "judgment" }, el("div", { class: "room" }, this.line), this.advice, this.details, this.spoken.root);
    this.root.addEventListener("keydown", ({ key }) => key === "Escape" && this.fold());
  }

  draw(run, status, frame) {
    const { state, reason, share, can, divergence, shown, past, progress, isPast, isOld, silent, trials, hello } = run;
    const { branches, step, offered, keepsQuiet } = run;
    const old = isOld && frame !== null;
    const said = verdictOf({
      status, state, reason, share, can, divergence, findings: shown, progress, frame, past: isPast, old, silent,
      trials, watched: hello?.watched, branch: branches ? { step, offered } : null, asks: keepsQuiet,
    });
    const advice = said.explains && hello?.watched ? (shown[0]?.advice ? told(shown[0], "advice") : "") : "";
    const over = isPast ? [] : past;
    const key = JSON.stringify([said, shown, over, advice]);
    if (key === this.shown) return;
    this.shown = key;
    this.line.classList.remove(...Object.keys(SIGNS));
    this.line.classList.add(said.tone);
    this.sign.textContent = SIGNS[said.tone];
    const text = said.why ? ended(said.text) : said.text;
    this.words.replaceChildren(said.name ? el("strong", {}, said.name) : "", said.name ? " " : "", text);
    this.spoken.say([said.tone, said.name ?? said.text, shown[0]?.name, state, reason], this.words.textContent);
    write(this.reason, said.why ?? "");
    this.bar.hidden = typeof said.share !== "number";
    this.bar.value = said.share ?? 0;
    write(this.advice, advice);
    this.advice.hidden = advice === "";
    this.buttons.replaceChildren(...said.buttons.map(([name, verb, argument, title, trial]) => {
      const about = trial ? el("small", {}, " ", say("({trial})", { trial })) : null;
      return el("button", { type: "button", class: "cure", title, onclick: () => this.act[verb](argument) }, name, about);
    }));
    this.#explain(said.explains ? shown : [], over);
    this.fit();
  }

  /** Whether the words have the room that there is; "more" has its place only where they have not. */
  fit() {
    const isWhole = this.line.classList.contains("whole");
    this.line.classList.remove("whole");
    this.more.hidden = true;
    const isCut = this.text.scrollHeight > this.text.clientHeight + 2;
    this.more.hidden = !isCut && ![this.why, ...this.buttons.children].some((each) => each.scrollWidth > each.clientWidth + 1);
    this.#unfold(isWhole && !this.more.hidden);
  }

  #unfold(open = !this.line.classList.contains("whole")) {
    if (open) this.#turn(false); // the line lies over the list
    this.line.classList.toggle("whole", open);
    write(this.more, say(open ? "less" : "more"));
    mark(this.more, "aria-expanded", open);
  }

  /** The list behind the question, there only where something was found. */
  #explain(findings, past) {
    const asks = question(findings, past);
    this.why.hidden = asks === null;
    write(this.why, asks ?? "");
    if (asks === null) this.#turn(false);
    this.listed = [findings, past];
    this.#list();
  }

  /** Written only while it is open, and not under the hands of somebody who goes through it by keyboard. */
  #list() {
    if (this.details.hidden) return;
    const names = this.listed.flat().map(({ name, ended }) => `${name} ${ended}`).join();
    const isUsed = this.details.contains(this.details.getRootNode().activeElement);
    if (isUsed && names === this.names) return;
    this.names = names;
    const { scrollTop } = this.details;
    this.details.replaceChildren(reasons(...this.listed, this.titles, this.act.show));
    this.details.scrollTop = scrollTop;
  }

  /** Closes what was opened to be read. */
  fold() {
    this.#unfold(false);
    if (this.details.hidden) return;
    this.#turn(false);
    this.why.focus();
  }

  #turn(open = this.details.hidden) {
    if (this.details.hidden === !open) return;
    if (open) this.#unfold(false);
    this.details.hidden = !open;
    mark(this.why, "aria-expanded", open);
    this.#list();
    this.act.turned?.();
  }
}

/** What the button asks that opens the list, or null. */
export function question(findings, past) {
  const [more, over] = [findings.length - 1, past.length];
  if (more > 0) return say("Why? (+{more} more)", { more });
  if (more === 0) return say("Why do you say so?");
  return over ? say("What was wrong before? ({over})", { over }) : null;
}

/**
 * What to say, the gravest thing first; a button is [name, verb, argument, title, what came of its trial].
 *
 * `why` is the reason behind it, `explains` whether the findings are what it speaks of.
 *
 * `share` is how far what is waited for has come. `asks`: a task asks the person for the verdict.
 *
 * @returns {{tone: string, name?: string, text: string, why?: string, explains?: boolean, share?: number | null, buttons: any[][]}}
 */
export function verdictOf({
  status, state, reason, share = null, can, divergence, findings, progress = null, frame, past = false, old = false, silent = null,
  watched = false,
  trials = [],
  branch = null,
  asks = false,
}) {
  if ((status === "gone" || status === "anew") && watched) {
    const text = say("Its script is gone, and so is the app that showed it. What is on screen stays.");
    return { tone: "warning", name: say("Not here any more."), text, buttons: [] };
  }
  if (status === "gone" || status === "anew") {
    const idle = say("Nobody watched this run for a while, so the server let it go.");
    const text = status === "gone" ? idle : say("The server was started anew, and what ran on it before is over.");
    return { tone: "danger", name: say("Run ended."), text, buttons: [[say("Rebuild from its settings"), "fresh"]] };
  }
  if (status === "reconnecting") {
    const text = say("The net keeps its state; the frames missed are fetched.");
    return { tone: "warning", name: say("Reconnecting\u2026"), text, buttons: [] };
  }
  if (state === "lost") return lost(old ? paragraph(reason, say(OLD)) : reason, can);
  if (state === "waiting" || !frame) return { tone: "quiet", text: reason || say("Building the net\u2026"), share, buttons: [] };
  if (silent !== null && !watched) return quiet(silent);
  const [worst] = findings;
  if (past) return back(state, frame, worst, branch, asks);
  const said = judged({ state, reason, divergence, worst, progress, frame, trials, asks });
  return silent === null ? said : { ...said, text: paragraph(said.text && ended(said.text), busy(silent)) };
}

/** What there is to say of a run that stands at its newest frame. */
function judged({ state, reason, divergence, worst, progress, frame, trials, asks }) {
  if (state === "diverged") return diverged(divergence, reason, worst, trials);
  if (worst && !worst.remark) return finding(worst, trials);
  if (state !== "playing" && frame.step === 0) {
    const before = say("Before the first step. Press Play: the net trains here, live.");
    return { tone: "quiet", text: reason || before, buttons: [] };
  }
  if (asks) return asked(state, reason);
  return remarked(well(state, reason, progress), worst, trials);
}

/** A task keeps the verdict to itself: whether all is well is the question. */
function asked(state, reason) {
  const stands = state === "playing" ? "" : reason || say("Paused.");
  return { tone: "quiet", text: paragraph(say("The verdict is yours: the task hides it."), stands), buttons: [] };
}

/** Nothing is wrong: green where it learns, and only there. */
function well(state, reason, progress) {
  const name = progress === null ? say("Nothing wrong found so far.") : progress.learns ? say("It learns.") : say("Not yet.");
  const stands = state === "playing" ? "" : reason || say("Paused.");
  const text = paragraph(worded(progress), stands);
  return { tone: progress?.learns ? "ok" : "quiet", name, text, buttons: [] };
}

/** What is amiss in the settings of a run that may learn all the same: said beside how it fares, and no alarm. */
function remarked(said, remark, trials) {
  if (!remark) return said;
  const { buttons, why } = cures(remark, trials);
  return { ...said, why: paragraph(readable(ended(told(remark, "words"))), told(remark, "reason"), why ?? ""), explains: true, buttons };
}

/** Somebody scrubbed back: what was found by then, nothing of what is said now; and the run can go on from there. */
function back(state, frame, worst, branch, asks) {
  const now = { playing: say("Training goes on meanwhile."), diverged: say("The run diverged later.") }[state];
  const { offered = null } = branch ?? {};
  const after = offered ? say("{change} acts from step {step} on.", { change: worded(offered), step: offered.step }) : (now ?? say("The run stands at a later step."));
  const text = paragraph(say("All panels show step {step}.", { step: frame.step }), after);
  const buttons = [...(branch ? [goOn(branch)] : []), [say("Show now"), "now"]];
  if (!worst) {
    const said = frame.step === 0 ? say("Before the first step nothing is judged.") : say("Nothing was wrong there.");
    return { tone: "quiet", name: say("You look at the past."), text: asks ? text : paragraph(text, said), buttons };
  }
  return { tone: worst.remark ? "quiet" : "warning", name: say("At this step:"), text: paragraph(ended(told(worst, "words")), text), why: told(worst, "reason"), explains: true, buttons };
}

/** The button by which the run goes on from the step on screen, with the change that came meanwhile or as it was. */
function goOn({ step, offered }) {
  const words = say("The run goes on from here; where it went before stays in the curves as a gray line.");
  return offered
    ? [say("Go on from step {step} with this", { step }), "branch", "now", paragraph(ended(worded(offered)), words)]
    : [say("Go on from step {step}", { step }), "branch", "then", paragraph(words, say("Change a setting first, and it goes on with that."))];
}

/** A script may well do something else between two frames: that is no verdict, and stands beside it. */
function busy(since) {
  return say("No frame has come since {time}: its script does something else, or stands still.", { time: timeOf(since) });
}

const timeOf = (moment) => new Date(moment).toLocaleTimeString(language() === "en" ? [] : language());

/** A process that stands still, as on a laptop that slept, has no words of its own. */
function quiet(since) {
  const text = say("No frame has come since {time}. It goes on by itself as soon as one does.", { time: timeOf(since) });
  return { tone: "warning", name: say("Nothing comes."), text, buttons: [] };
}

function lost(reason, can) {
  const buttons = [];
  if (can.includes("digits")) {
    buttons.push([say("Use digits"), "cure", { dataset: "digits" }], [say("Try again"), "rebuild"]);
    return { tone: "danger", name: say("No data."), text: reason, buttons };
  }
  const isResumable = can.includes("resume");
  if (isResumable) buttons.push([say("Resume from the last checkpoint"), "resume"]);
  if (can.includes("rebuild")) buttons.push([say("Rebuild from its settings"), "rebuild"]);
  const text = isResumable ? paragraph(reason, say("Press Play: it goes on from its last checkpoint.")) : reason;
  return { tone: "danger", name: say("This run stopped."), text, buttons };
}

function diverged(divergence, reason, worst, trials) {
  const cause = worst?.cause ? say("Why: {cause}.", { cause: told(worst, "cause") }) : "";
  const text = paragraph(divergence ? worded(divergence) : reason, cause, say("Training stopped there; everything before it is kept."));
  return { tone: "danger", text, explains: true, ...(worst ? cures(worst, trials) : { buttons: [] }) };
}

function finding(worst, trials) {
  const [name, text] = headline(worst);
  const { buttons, why } = cures(worst, trials);
  const reason = paragraph(told(worst, "reason"), why);
  return { tone: "warning", name: say("{name}:", { name: readable(name) }), text, why: reason, explains: true, buttons };
}

/** The words may begin with the name and a colon: then that is the name, and the rest the words. */
function headline(finding) {
  const words = told(finding, "words");
  const split = /^([^:\uff1a]{1,40})(?:: |\uff1a)(.*)$/.exec(words);
  return split ? [split[1], split[2]] : [named(finding), words];
}

const BESIDE = sentence("Tries this cure beside the net: A stays as it is, and B is the net with the cure, from its first step");

const ANEW = sentence("Reset: the same net from its first weights again (same seed)");

/** A start anew, where that is what helps; else the first cure that learned where it was tried, else the first that was not tried; none where none of them helped. */
function cures({ cure, cure_words: words, cures: all }, trials) {
  const known = (all ?? [{ fields: cure ?? {}, words }]).filter(({ fields, anew }) => anew || Object.keys(fields).length);
  const again = known.find(({ anew }) => anew);
  if (again) return { buttons: [[readable(worded(again)), "anew", null, say(ANEW)]] };
  const trialOf = ({ fields }) => trials.find((trial) => JSON.stringify(trial.fields) === JSON.stringify(fields));
  const offered = known.find((each) => trialOf(each)?.learned) ?? known.find((each) => !trialOf(each));
  if (offered) {
    const trial = trialOf(offered);
    return { buttons: [[readable(worded(offered) || say("apply the cure")), "beside", offered.fields, say(BESIDE), trial ? cameOf(trial) : say("untried")]] };
  }
  const [first] = known;
  if (!first) return { buttons: [] };
  const steps = trialOf(first)?.steps;
  const values = { cure: worded(first), n: known.length, steps };
  const why = known.length === 1
    ? say("The cure that the rules name ({cure}) was tried, and did not learn in {steps} steps.", values)
    : say("All {n} cures that the rules name were tried, and did not learn in {steps} steps.", values);
  return { buttons: [], why };
}

/** "tried: 96% after 300 steps". */
export function cameOf({ accuracy, test_loss: loss, steps }) {
  const score = accuracy === null ? say("loss {loss}", { loss: number(loss) }) : percent(Math.round(accuracy * 1000) / 1000);
  return say("tried: {score} after {steps} steps", { score, steps });
}

/** A sentence with its point, which it may have already. */
function ended(text) {
  return say("{sentence}.", { sentence: text.replace(/[.\u3002]$/, "") });
}

function readable(name) {
  const text = name.replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
}
