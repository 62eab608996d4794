// One line of words under the bar: what is wrong, where, by which numbers, and the cure as a button.

import { el } from "../dom.js";

const SIGNS = { danger: "\u25A0", warning: "\u25B2", ok: "\u2713", quiet: "\u00b7" };

const OLD = "The panels still show the run before.";

export class Verdict {
  /** `act` is {cure(fields), resume, rebuild, fresh, now}. */
  constructor(act) {
    this.act = act;
    this.sign = el("span", { class: "sign", "aria-hidden": "true" });
    this.words = el("span", { class: "words" });
    this.buttons = el("span", { class: "cures" });
    const parts = [this.sign, this.words, this.buttons];
    this.root = el("div", { class: "verdict", role: "status", "aria-live": "polite" }, ...parts);
  }

  draw({ state, reason, can, divergence, findings, isPast: past, isOld, silent }, status, frame) {
    const old = isOld && frame !== null;
    const said = say({ status, state, reason, can, divergence, findings, frame, past, old, silent });
    const key = JSON.stringify(said);
    if (key === this.shown) return;
    this.shown = key;
    this.root.className = `verdict ${said.tone}`;
    if (said.title) this.words.dataset.help = said.title;
    else delete this.words.dataset.help;
    this.sign.textContent = SIGNS[said.tone];
    this.words.replaceChildren(said.name ? el("strong", {}, said.name) : "", said.name ? " " : "", said.text);
    this.buttons.replaceChildren(...said.buttons.map(([name, verb, argument, title]) =>
      el("button", { type: "button", class: "cure", title, onclick: () => this.act[verb](argument) }, name),
    ));
  }
}

/**
 * What to say, the gravest thing first; a button is [name, verb, argument, title].
 *
 * @returns {{tone: string, name?: string, text: string, title?: string, buttons: any[][]}}
 */
export function say({ status, state, reason, can, divergence, findings, frame, past = false, old = false, silent = null }) {
  if (status === "gone") {
    const text = "Nobody watched this run for a while, so the server let it go.";
    return { tone: "danger", name: "Run ended.", text, buttons: [["Rebuild from its settings", "fresh"]] };
  }
  if (status === "reconnecting") {
    const text = "The net keeps its state; the frames missed are fetched.";
    return { tone: "warning", name: "Reconnecting\u2026", text, buttons: [] };
  }
  if (state === "lost") return lost(old ? `${reason} ${OLD}` : reason, can);
  if (state === "waiting" || !frame) return { tone: "quiet", text: reason || "Building the net\u2026", buttons: [] };
  if (silent !== null) return quiet(silent);
  if (past) return back(state, frame);
  const [worst, ...others] = findings;
  if (state === "diverged") return diverged(divergence, reason, worst);
  if (worst) return finding(worst, others);
  if (state !== "playing" && frame.step === 0) {
    const before = "Before the first step. Press Play: the net trains here, live.";
    return { tone: "quiet", text: reason || before, buttons: [] };
  }
  const text = state === "playing" ? "" : reason || "Paused.";
  return { tone: "ok", name: "Nothing wrong found so far.", text, buttons: [] };
}

/** Somebody scrubbed back: nothing said of now would fit what is seen. */
function back(state, frame) {
  const now = { playing: "Training goes on meanwhile.", diverged: "The run diverged later." }[state];
  const text = `All panels show step ${frame.step}. ${now ?? "The run stands at a later step."}`;
  return { tone: "warning", name: "You look at the past.", text, buttons: [["Show now", "now"]] };
}

/** A process that stands still, as on a laptop that slept, has no words of its own. */
function quiet(since) {
  const text = `No frame has come since ${new Date(since).toLocaleTimeString()}. It goes on by itself as soon as one does.`;
  return { tone: "warning", name: "Nothing comes.", text, buttons: [] };
}

function lost(reason, can) {
  const buttons = [];
  if (can.includes("digits")) {
    buttons.push(["Use digits", "cure", { dataset: "digits" }], ["Try again", "rebuild"]);
    return { tone: "danger", name: "No data.", text: reason, buttons };
  }
  if (can.includes("resume")) buttons.push(["Resume from the last checkpoint", "resume"]);
  if (can.includes("rebuild")) buttons.push(["Rebuild from its settings", "rebuild"]);
  return { tone: "danger", name: "This run stopped.", text: reason, buttons };
}

function diverged(divergence, reason, worst) {
  const cause = worst?.cause ? ` Why: ${worst.cause}.` : "";
  const text = `${divergence?.words ?? reason}${cause} Training stopped there; everything before it is kept.`;
  return { tone: "danger", text, title: worst?.words, buttons: worst ? cures(worst) : [] };
}

function finding(worst, others) {
  const more = others.length ? ` (+${others.length} more)` : "";
  const title = [worst, ...others].map(explained).join("\n\n");
  const [name, text] = headline(worst);
  return { tone: "warning", name: `${readable(name)}:`, text: text + more, title, buttons: cures(worst) };
}

function explained({ words, step, rule, source }) {
  return `${words}\nFound at step ${step}. Rule: ${rule} (${source})`;
}

/** The words may begin with the name and a colon: then that is the name, and the rest the words. */
function headline({ name, words }) {
  const split = /^([^:]{1,40}): (.*)$/.exec(words);
  return split ? [split[1], split[2]] : [name, words];
}

function cures({ cure, cure_words: words }) {
  if (!cure || !Object.keys(cure).length) return [];
  return [[readable(words || "apply the cure"), "cure", cure, "Changes the settings at the left to this cure, and starts the net again"]];
}

function readable(name) {
  const text = name.replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
}
