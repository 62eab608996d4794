// One race between its source, the person and the page: it is asked for whole, then played here without another byte.

import { say } from "../language.js";
import { store, stored } from "../memory.js";
import { Asker } from "./ask.js";
import { Clock } from "../clock.js";
import { Hand } from "./hand.js";
import { AT_FIRST } from "./look.js";
import { scaleOf } from "../../wire/scale.js";
import { Screen } from "./screen.js";

const SETTLED = 300; // ms without a change until the page is told
const STARTING = 700; // ms without a first answer until the page says why
const LOOK = "race"; // the key of what the tab remembers
/** @type {{look: object, looks: (look: any) => void}} */
const NO_PAGE = { look: {}, looks() {} };

let serials = 0;

export class View {
  /**
   * source: {open(on), close(), send(question)}. optimizers, formulas, rates, most_runs: the tables behind the cards.
   * page: {look, looks(look)}, how the page says that it is looked at, and who hears of another way. Other settings as
   * for `update`.
   */
  constructor(el, { source, optimizers, formulas, rates, most_runs, page = NO_PAGE }) {
    this.page = page;
    this.look = { ...AT_FIRST, ...stored(LOOK), open: null, ...page.look };
    page.looks(this.look);
    this.source = source;
    source.open({});
    this.asker = new Asker(source);
    this.entries = Object.fromEntries(optimizers.map((entry) => [entry.name, entry]));
    this.formulas = formulas;
    this.chosen = null;
    this.clock = new Clock(() => this.redraw());
    this.screen = new Screen(this, el, { optimizers, rates, most_runs });
    this.hand = new Hand(this);
    this.screen.root.addEventListener("keydown", (event) => this.key(event));
  }

  redraw() {
    this.screen.redraw();
  }

  // What the page says

  /** revision: another one for each race that is not this view's own; raced(race, revision) hears of those that are. */
  update({ colors, race, revision, raced = /** @type {(...said: any[]) => void} */ (() => {}) }) {
    this.raced = raced;
    this.screen.dress(colors);
    const first = this.revision === undefined;
    if (this.revision !== revision) {
      this.revision = revision;
      this.told = JSON.stringify(race);
      clearTimeout(this.telling);
      this.take(race, first);
    } else this.refreshCards(); // the palette may be another one
    this.screen.resize();
  }

  /** The page's race, from a link, a preset or the controls beside the view. */
  take(race, first) {
    const lineup = ({ runs }) => runs.map((run) => run.optimizer).join();
    const fresh = first || race.surface !== this.race.surface || lineup(race) !== lineup(this.race);
    this.race = race;
    if (fresh) {
      this.#choose(first && this.look.open < race.runs.length ? this.look.open : null);
      this.clock.restart(first ? !matchMedia("(prefers-reduced-motion: reduce)").matches : true);
    }
    this.refreshCards();
    this.ask();
    if (first) setTimeout(() => this.paths || this.screen.problem.excuse(), STARTING);
  }

  end() {
    this.source.close();
    this.screen.end();
    clearTimeout(this.telling);
  }

  // What the person changes

  change(fields, budget = null) {
    this.race = { ...this.race, ...fields };
    this.refreshCards();
    this.ask(budget);
  }

  changeRun(index, fields) {
    const changed = (run) => ({ ...run, ...fields, options: { ...run.options, ...(fields.options ?? {}) } });
    this.change({ runs: this.race.runs.map((run, i) => (i === index ? changed(run) : run)) });
  }

  add(name) {
    const entry = this.entries[name];
    const options = Object.fromEntries(entry.options.map((option) => [option.name, option.default]));
    this.#choose(this.race.runs.length);
    this.change({ runs: [...this.race.runs, { optimizer: name, lr: entry.lr, options, on: true }] });
  }

  remove(index) {
    if (this.chosen === index) this.#choose(null);
    else if (this.chosen > index) this.#choose(this.chosen - 1);
    this.change({ runs: this.race.runs.filter((_, i) => i !== index) });
  }

  /** Each running optimizer gets the rate with its lowest final value: a map from index to rate. */
  useBest(best) {
    this.change({ runs: this.race.runs.map((run, index) => (best.has(index) ? { ...run, lr: best.get(index) } : run)) });
  }

  /** The card that is open, null for none. */
  #choose(index) {
    this.chosen = index;
    this.remember({ open: index });
  }

  open(index) {
    this.#choose(index);
    this.refreshCards();
    this.redraw();
  }

  refreshCards() {
    this.screen.refreshCards(this.race, this.chosen);
  }

  /** Another window, the same start. */
  show(window) {
    this.change({ window, start: this.place });
  }

  get place() {
    return this.race.start ?? this.surface?.header.own_start ?? [0, 0];
  }

  remember(change) {
    Object.assign(this.look, change);
    store(LOOK, this.look);
    this.page.looks(this.look);
    this.redraw();
  }

  key(event) {
    const target = event.composedPath()[0];
    if (event.key !== " " || ["BUTTON", "SELECT", "INPUT"].includes(target.tagName)) return;
    event.preventDefault();
    this.clock.toggle();
  }

  // The source's answers

  /** The race as it stands now. budget: only so many steps, while the start is dragged. */
  ask(budget = null) {
    const { race } = this;
    this.askSurface(race);
    if (!race.runs.some((run) => run.on)) {
      this.refuse(new Error(say("No optimizer is on: switch on at least one of the cards.")));
      return;
    }
    const question = { race, ...(budget ? { budget } : {}) };
    this.asker.newest("paths", question, (answer) => this.arrive(answer, race, budget), (error) => this.refuse(error));
  }

  /** Only when it is another one than is drawn, or asked for already. */
  askSurface(race) {
    const about = JSON.stringify([race.surface, race.surface_options, race.expression, race.window]);
    if (about === this.drawn || about === this.drawing) return;
    this.drawing = about;
    this.asker.newest("surface", { race }, (answer) => {
      this.drawn = about;
      this.drawing = null;
      this.surface = { ...answer, serial: (serials += 1) };
      this.toPlace = scaleOf(answer.header.scale).place;
      this.redraw();
    }, (error) => {
      this.drawing = null;
      this.refuse(error);
    });
  }

  arrive(answer, race, budget) {
    this.paths = answer;
    this.shown = race;
    this.clock.reach(answer.header.steps);
    this.screen.problem.end();
    if (budget) this.hand.learn(budget, answer.took);
    else this.tell();
    this.redraw();
  }

  /** There is no new picture; the one before stays. */
  refuse(error) {
    this.screen.problem.tell(error, Boolean(this.paths));
  }

  /** The page hears of a race that was accepted, once it rests: the link follows. */
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const text = JSON.stringify(this.shown);
      if (text === this.told) return;
      this.told = text;
      this.raced(this.shown, this.revision);
    }, SETTLED);
  }
}
