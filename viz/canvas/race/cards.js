// One card for each optimizer: its color and letter, on or off, its rate and options, and its numbers at this step.

import { number } from "../axes.js";
import { el, help, mark, write } from "../dom.js";
import { paragraph, say } from "../language.js";
import { allowed, field } from "./fields.js";
import { looks, nameOf } from "./racers.js";

const OTHER = "other";

export class Cards {
  /** `act` is {change(index, fields), open(index or null), add(optimizer), remove(index)}; `about` is {optimizers, rates, most_runs}. */
  constructor(act, about) {
    this.act = act;
    this.about = about;
    this.entries = Object.fromEntries(about.optimizers.map((entry) => [entry.name, entry]));
    this.list = el("div", { class: "cards" });
    this.adder = el("select", { class: "adder", "aria-label": say("Add an optimizer"), onchange: () => this.#add() });
    this.adder.append(
      el("option", { value: "" }, say("add an optimizer\u2026")),
      ...about.optimizers.map(({ name, label }) => el("option", { value: name }, say(label))),
    );
    this.root = el("section", { class: "lineup", "aria-label": say("Optimizers") }, this.list, this.adder);
    this.cards = [];
  }

  #add() {
    const name = this.adder.value;
    this.adder.value = "";
    if (name) this.act.add(name);
  }

  /** The race or the open card changed. */
  show(race, chosen, ink, body) {
    const shape = race.runs.map((run) => run.optimizer).join();
    if (shape !== this.shape) {
      this.shape = shape;
      this.cards = race.runs.map((run, index) => this.#card(run, index));
      this.list.replaceChildren(...this.cards.map((card) => card.root));
    }
    this.adder.disabled = race.runs.length >= this.about.most_runs;
    this.adder.title = say(this.adder.disabled ? "One picture holds {most} optimizers" : "Add an optimizer", { most: this.about.most_runs });
    race.runs.forEach((run, index) => this.cards[index].show(run, looks(index, ink), index === chosen, race.runs.length > 1));
    if (body && this.cards[chosen]) this.cards[chosen].body.append(body);
  }

  #card(run, index) {
    const entry = this.entries[run.optimizer];
    const optimizer = nameOf(index, entry);
    const on = el("input", { type: "checkbox", class: "on", "aria-label": say("{optimizer} runs", { optimizer }), title: say("On: it runs"), onchange: () => this.act.change(index, { on: on.checked }) });
    const badge = el("span", { class: "badge", "aria-hidden": "true" });
    const title = el("button", { type: "button", class: "title", onclick: () => this.act.open(root.classList.contains("open") ? null : index) }, badge, el("span", {}, say(entry.label)));
    const rate = this.#rate(entry, index);
    const value = el("span", { class: "value", "data-help": say("The surface's value where it is at this step") });
    const status = el("span", { class: "status" });
    const off = el("button", { type: "button", class: "remove", "aria-label": say("Remove {optimizer}", { optimizer }), title: say("Remove this card"), onclick: () => this.act.remove(index) }, "\u00d7");
    const options = entry.options.map((option) => field(optimizer, option, (given) => this.act.change(index, { options: { [option.name]: given } })));
    const limit = el("p", { class: "limit" });
    const failure = el("p", { class: "failure" });
    const body = el(
      "div", { class: "body", hidden: true },
      el("p", { class: "words" }, off, say(entry.words), " ", help(say(entry.label), paragraph(say(entry.notes), say("{sentence}.", { sentence: say(entry.source) })))),
      failure,
      limit,
      el("div", { class: "fields" }, ...options.map((option) => option.root)),
    );
    const root = el("article", { class: "card", "data-optimizer": entry.name }, el("header", {}, on, title, rate.root, value, status), body);
    return {
      root, body, value, status, failure,
      bound: (given) => {
        const over = given && Number(rate.lr()) >= given.lr;
        write(limit, given ? paragraph(stable(given), over && say("This rate is over it.")) : "");
        rate.root.classList.toggle("over", Boolean(over));
      },
      show: (now, look, open, removable) => {
        root.style.setProperty("--path", look.color);
        write(badge, look.letter);
        root.classList.toggle("open", open);
        root.classList.toggle("off", !now.on);
        mark(root, "data-letter", look.letter);
        mark(title, "aria-expanded", open);
        body.hidden = !open;
        on.checked = now.on;
        rate.show(now.lr);
        off.hidden = !removable;
        entry.options.forEach((option, k) => options[k].show(now.options[option.name]));
      },
    };
  }

  /** The 1-3-10 menu; "other" turns it into a field that takes any number. */
  #rate(entry, index) {
    const optimizer = nameOf(index, entry);
    const label = say("{optimizer}: learning rate", { optimizer });
    const select = el("select", { "aria-label": label, title: say("Learning rate") });
    const typed = el("input", { type: "text", inputmode: "decimal", "aria-label": label, hidden: true, size: 6 });
    const shown = (lr) => number(lr, 4);
    let menu = "";
    const show = (lr) => {
      const rates = [...new Set([...this.about.rates, lr])].sort((a, b) => a - b);
      if (menu !== rates.join()) {
        menu = rates.join();
        select.replaceChildren(...rates.map((rate) => el("option", { value: rate }, shown(rate))), el("option", { value: OTHER }, say("other\u2026")));
      }
      select.value = String(lr);
      select.dataset.lr = lr;
    };
    const done = () => {
      if (typed.hidden) return;
      typed.hidden = true;
      select.hidden = false;
      const text = typed.value.trim();
      const rate = text === "" ? NaN : Number(text);
      select.value = select.dataset.lr;
      if (text !== "" && text !== select.dataset.lr) this.act.change(index, { lr: Number.isFinite(rate) ? rate : text });
    };
    select.addEventListener("change", () => {
      if (select.value !== OTHER) return this.act.change(index, { lr: Number(select.value) });
      typed.value = select.dataset.lr;
      select.hidden = true;
      typed.hidden = false;
      typed.focus();
      typed.select();
    });
    typed.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      done();
      select.focus(); // what is hidden would leave the keyboard nowhere
    });
    typed.addEventListener("blur", done);
    const words = paragraph(say("Learning rate of {optimizer}.", { optimizer }), allowed(entry.lr_about));
    return { root: el("span", { class: "rate", "data-help": words }, el("small", {}, say("lr")), select, typed), show, lr: () => select.dataset.lr };
  }

  /** The numbers of the step shown. */
  draw({ racers, t, verdicts, limits, race }) {
    const step = Math.floor(t);
    const running = new Map(racers.map((racer) => [racer.index, racer]));
    this.cards.forEach((card, index) => {
      const racer = running.get(index);
      card.bound(limits?.[index] ?? null);
      write(card.value, racer ? number(racer.value(step), 3) : race.runs[index]?.on ? "" : say("off"));
      const { word, tone, why, failure } = racer ? verdicts(racer, step) : { word: "", tone: "", why: "", failure: "" };
      write(card.status, word);
      write(card.failure, failure);
      mark(card.status, "data-tone", tone);
      mark(card.status, "data-help", why);
    });
  }
}

/** Below which rate plain theory has it converge: {lr, curvature, at}. */
function stable({ lr, curvature, at: [x, y] }) {
  return say("Stable below {rate}: the largest curvature at the minimum ({x}, {y}) is {curvature}.", {
    rate: number(lr, 4), x: number(x, 3), y: number(y, 3), curvature: number(curvature, 4),
  });
}
