// A run on a Streamlit page: which run this tab watches, what of it outlives a reload, and what Python is told.

import { Looks } from "../address.js";
import { along } from "../language.js";
import { store, stored } from "../memory.js";
import { mount as mountAt } from "../mount.js";
import { ADDRESS, AT_FIRST, changedOf } from "./look.js";
import { bringInSight } from "../place.js";
import { Stream } from "./stream.js";
import { View } from "./view.js";

const SETTLED = 350; // ms that a pause or a scrub must last before Python is told
const REBUILD_WITHIN = 15000; // ms that Python has to make a new run
const ANSWER_WITHIN = 5000; // ms that Python has to take other settings
const RETRY = 500;

/** Called by the component at every change of data or theme. */
export function mount(component) {
  return mountAt({ View: Visit, el: component.parentElement, component });
}

class Visit {
  constructor(el) {
    this.looks = new Looks(ADDRESS, AT_FIRST);
    this.quiet = 0; // until when Python is told of no pause
    this.expected = 0; // until when a run that is being made again may still be missing
    this.view = new View(el, {
      look: ADDRESS.read(),
      page: {
        looks: (look) => this.tellLooks(look),
        heard: (message) => this.hear(message),
        gone: () => this.miss(),
        stands: (state, isNew) => this.goOn(state, isNew),
        rests: () => this.tellPause(),
        detail: () => bringInSight("step_in_detail"),
        cure: (fields) => this.ask("cure", fields),
        setBeside: (fields) => this.ask("set_beside", fields),
        keep: (which) => this.ask("keep", which),
        luck: (steps) => this.component.setTriggerValue("luck", steps),
        branch: (asked) => this.ask("branch", asked),
        fresh: () => this.fresh(),
      },
    });
  }

  update({ component }) {
    this.component = component;
    if (this.quiet > performance.now()) {
      this.quiet = 0;
      this.tellPause();
    }
    const { token, colors, base, takes, caption, beside, lesson, hides } = component.data;
    this.view.dress(colors);
    this.view.teach(lesson ?? null);
    this.view.hide(hides ?? []);
    this.takes = takes ?? [];
    this.caption = caption ?? "";
    this.base = base;
    if (this.given === token) this.offer();
    else {
      const adopted = this.given === undefined ? stored("token") : null;
      this.given = token;
      if (adopted || this.token !== token) this.open(adopted ?? token);
    }
    this.pair(beside ?? null);
  }

  /** The second run of the page, which Python names anew with every change of its settings. */
  pair(beside) {
    const { view } = this;
    const key = beside && `${beside.token}`;
    if (key !== (this.paired ?? null)) {
      this.paired = key;
      view.setBeside(beside?.token ? new Stream(this.base, beside.token) : null, beside);
    } else if (beside) {
      Object.assign(view.beside.about, beside);
      view.redraw();
    }
  }

  open(token) {
    this.token = token;
    this.offer();
    this.view.watch(new Stream(this.base, token));
  }

  /** Files of this very run, from a route of its server. */
  offer() {
    const address = (name) =>
      new URL(along(`${this.base}/take/${encodeURIComponent(this.token)}/${name}`), document.baseURI).href;
    this.view.offer(this.takes.map(({ name, ...take }) => ({ ...take, address: address(name) })), this.caption);
  }

  end() {
    this.view.end();
    clearTimeout(this.telling);
    clearTimeout(this.retry);
    this.looks.end();
  }

  tellLooks(change) {
    this.looks.tell(change, (texts) => this.component.setStateValue("looks", texts));
  }

  /** There is no such run: the one from before a reload gives way to the page's new one, which may be in the making. */
  miss() {
    if (this.token !== this.given) this.open(this.given);
    else if (performance.now() < this.expected) this.retry = setTimeout(() => this.open(this.given), RETRY);
    else store("token", (this.kept = null));
  }

  /** The run there is stays this tab's, also one that could not be built: the page can then give it another net. */
  hear({ say, changes = [] }) {
    if (say === "hello") this.expected = 0;
    if (say === "hello" || say === "changes") this.tellLooks({ changed: changedOf(changes) });
    if (this.token === this.kept) return;
    this.kept = this.token;
    store("token", this.token);
    if (this.token !== this.given) this.component.setStateValue("token", this.token);
  }

  /** A run that nobody watched for some seconds was paused: who comes back to it finds it playing, as it was. */
  goOn(state, isNew) {
    const isBack = isNew && stored("played") === this.token;
    if (isBack && state === "paused") this.view.source.send({ do: "play" });
    else if (state !== "waiting") store("played", state === "playing" ? this.token : null);
  }

  /** The run is gone: Python makes it again, and the stream waits for it. */
  fresh() {
    this.component.setTriggerValue("rebuild", true);
    this.expected = performance.now() + REBUILD_WITHIN;
    this.open(this.given);
  }

  /**
   * Python is asked for other settings. It hears of no pause until it has answered: a script run that began meanwhile
   * would come with the address of before, as if somebody had gone back to it.
   */
  ask(name, value) {
    this.quiet = performance.now() + ANSWER_WITHIN;
    this.component.setTriggerValue(name, value);
  }

  /** While it stands still Python draws the frame on screen with Plotly; while it plays no script runs. */
  tellPause() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const { run, touched } = this.view;
      const paused = touched && run.isStill ? { token: this.token, step: run.entry.step } : null;
      const text = JSON.stringify(paused);
      if (text === (this.toldPause ?? "null")) return;
      this.toldPause = text;
      this.component.setStateValue("paused", paused);
    }, Math.max(SETTLED, this.quiet - performance.now()));
  }
}
