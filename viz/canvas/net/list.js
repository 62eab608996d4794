// The nets that are watched, as a list to choose from.

import { counter } from "../axes.js";
import { el, fill, mark, menu, write } from "../dom.js";
import { language, say } from "../language.js";
import { named, told } from "../run/told.js";

const PILLS = 6; // of more there is a menu: a row of them would push the net down
const DAY = 86_400_000; // ms

export class List {
  /** `choose(token)` is called with the net that the person wants to see; `clear()`, to take away those that are over. */
  constructor(choose, clear) {
    this.choose = choose;
    this.root = el("nav", { class: "nets", "aria-label": say("Watched nets") });
    this.menu = menu(say("Watched nets"), [], null, choose);
    this.away = el("button", { type: "button", class: "away", title: say("All but the one that is looked at; files and scripts stay as they are"), onclick: clear });
    this.entries = new Map(); // token -> {root, state, name, step, worst}
  }

  /** nets: what the server says of each; chosen: the token of the one looked at. */
  draw(nets, chosen) {
    const over = overOf(nets, chosen);
    write(this.away, say("Take away {n} that {n:is|are} over", { n: over }));
    this.away.hidden = over === 0;
    if (nets.length > PILLS) return this.#drawMenu(nets, chosen);
    const tokens = nets.map(({ token }) => token).join();
    if (tokens !== this.tokens) {
      this.tokens = tokens;
      const kept = this.entries;
      this.entries = new Map(nets.map(({ token }) => [token, kept.get(token) ?? this.#entry(token)]));
      this.root.replaceChildren(...[...this.entries.values()].map(({ root }) => root), this.away);
    }
    for (const net of nets) this.#fill(this.entries.get(net.token), net, net.token === chosen);
  }

  /** Who has it open keeps it open while steps are counted. */
  #drawMenu(nets, chosen) {
    const options = withNone(optionsOf(nets), chosen);
    const tokens = ["menu", ...options.map(([token]) => token)].join();
    if (tokens === this.tokens) options.forEach(([, words], at) => write(this.menu.options[at], words));
    else {
      this.tokens = tokens;
      this.entries.clear();
      fill(this.menu, options, chosen);
      this.root.replaceChildren(this.menu, this.away);
    }
    this.menu.value = options[0][0] ? (chosen ?? "") : "";
  }

  #entry(token) {
    const [name, state, words] = ["name", "state", "words"].map((part) => el("span", { class: part }));
    const root = el("button", { type: "button", class: "net", "data-token": token, onclick: () => this.choose(token) }, state, name, words);
    return { root, name, state, words };
  }

  #fill({ root, name, state, words }, net, isChosen) {
    write(name, told(net, "name"));
    write(state, net.live ? "\u25CF" : "\u25CB");
    mark(state, "aria-label", say(net.live ? "training" : "over"));
    write(words, wordsOf(net));
    mark(root, "title", told(net, "place"));
    mark(root, "aria-pressed", isChosen);
    mark(root, "data-live", net.live);
  }
}

/** How many could be taken away. */
export function overOf(nets, chosen) {
  return nets.filter(({ live, token }) => !live && token !== chosen).length;
}

/** What a menu says of each: [[token, words]], the newest first. */
export function optionsOf(nets, now = Date.now()) {
  const newest = [...nets].sort((a, b) => b.began - a.began);
  return newest.map((net) => [net.token, say("{name}, {time}: {steps}", { name: told(net, "name"), time: timeOf(1000 * net.began, now), steps: wordsOf(net) })]);
}

/** Where none of them is looked at the menu says what it is for. */
export function withNone(options, chosen) {
  return options.some(([token]) => token === chosen) ? options : [["", say("choose a net")], ...options];
}

function timeOf(began, now) {
  const spoken = language() === "en" ? [] : language();
  const date = new Date(began);
  return now - began < DAY ? date.toLocaleTimeString(spoken) : date.toLocaleString(spoken);
}

/** Its steps and, behind a sign, the worst that was found. */
function wordsOf(net) {
  const steps = stepsOf(net);
  return net.worst ? say("{steps} \u00B7 \u25B2 {finding}", { steps, finding: named({ name: net.worst }) }) : steps;
}

/** The nets with the one looked at as its page shows it, which the server's list is behind. */
export function upToDate(nets, token, run) {
  const step = run?.ring.last?.step ?? 0;
  return nets.map((net) => (net.token === token && step > net.step ? { ...net, step } : net));
}

function stepsOf({ live, step }) {
  if (step === 0) return say(live ? "no step yet" : "no step");
  return say(live ? "step {step}" : "step {step}, over", { step: counter(step) });
}
