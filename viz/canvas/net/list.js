// The nets that are watched, as a list to choose from.

import { counter } from "../axes.js";
import { el, mark, write } from "../dom.js";
import { say } from "../language.js";
import { named, told } from "../run/told.js";

export class List {
  /** `choose(token)` is called with the net that the person wants to see. */
  constructor(choose) {
    this.choose = choose;
    this.root = el("nav", { class: "nets", "aria-label": say("Watched nets") });
    this.entries = new Map(); // token -> {root, state, name, step, worst}
  }

  /** nets: what the server says of each; chosen: the token of the one looked at. */
  draw(nets, chosen) {
    const tokens = nets.map(({ token }) => token).join();
    if (tokens !== this.tokens) {
      this.tokens = tokens;
      const kept = this.entries;
      this.entries = new Map(nets.map(({ token }) => [token, kept.get(token) ?? this.#entry(token)]));
      this.root.replaceChildren(...[...this.entries.values()].map(({ root }) => root));
    }
    for (const net of nets) this.#fill(this.entries.get(net.token), net, net.token === chosen);
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
    const steps = stepsOf(net);
    write(words, net.worst ? say("{steps} \u00B7 {finding}", { steps, finding: named({ name: net.worst }) }) : steps);
    mark(root, "title", told(net, "place"));
    mark(root, "aria-pressed", isChosen);
    mark(root, "data-live", net.live);
  }
}

function stepsOf({ live, step }) {
  if (step === 0) return say(live ? "no step yet" : "no step");
  return say(live ? "step {step}" : "step {step}, over", { step: counter(step) });
}
