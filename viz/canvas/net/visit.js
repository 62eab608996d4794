// The page of watched nets: a list that keeps itself up to date, and below it the live view of one of them.

import { el, shelter, write } from "../dom.js";
import { paragraph, say, sentence } from "../language.js";
import { mount as mountAt } from "../mount.js";
import { dress, paletteFor } from "../palette.js";
import { Stream } from "../run/stream.js";
import { told } from "../run/told.js";
import { View } from "../run/view.js";
import { List, upToDate } from "./list.js";
import { STYLE } from "./style.js";

const EVERY = 1500; // ms between two looks at the list
const COUNTS = 200; // ms between two looks at the step that the page itself shows
const NONE = sentence("No net is watched on this machine yet. The lines in the sidebar, around your training loop, are all it takes; or open a file.");
const ELSEWHERE = sentence("Which nets are watched is told to browsers on the app's own machine. Open the link that your script printed.");

const MISSING = sentence("There is no net of this link here, or there is none any more: an app that is started anew has only nets whose scripts still run.");
const OTHERS = sentence("These are here: choose one.");

/** Called by the component at every change of data or theme. */
export function mount(component) {
  return mountAt({ View: Visit, el: component.parentElement, component });
}

class Visit {
  constructor(parent) {
    this.list = new List((token) => this.choose(token), () => this.clear());
    this.words = el("p", { class: "said", role: "status" });
    this.root = el("div", { class: "head" }, this.list.root, this.words);
    this.host = shelter(this.root, STYLE, { "data-testid": "nets" });
    this.place = el("div", {});
    parent.append(this.host, this.place);
    this.view = null;
    this.token = null;
    this.said = "";
    this.findings = [];
    this.counting = null;
  }

  update({ component }) {
    this.component = component;
    const { token, colors, base } = component.data;
    this.base = base;
    this.colors = colors;
    dress(this.root, paletteFor(colors, this.root));
    this.view?.dress(colors);
    if (token && token !== this.given) this.open(token);
    this.given = token;
    if (!this.timer) this.look();
  }

  /** What the server has, now and again. */
  async look() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), EVERY);
    if (document.hidden && this.nets) return;
    try {
      const url = new URL(`${this.base}/nets/list`, document.baseURI);
      if (this.token) url.searchParams.set("net", this.token);
      const answer = await fetch(url);
      if (answer.ok) this.take(await answer.json());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the app is closed; the view says so
    }
  }

  take({ nets, here }) {
    if (this.isOver) return;
    this.nets = nets;
    const mine = nets.find(({ token }) => token === this.token);
    if (!this.token && nets.length) this.open(nets[0].token);
    else if (mine && this.view?.status === "gone") this.open(this.token); // the app was started again, and its script came back
    this.here = here;
    this.counting ??= setInterval(() => this.count(), COUNTS);
    this.count();
    this.tell();
  }

  /** The list's steps, in step with the page's own. */
  count() {
    if (!document.hidden) this.list.draw(upToDate(this.nets, this.token, this.view?.run), this.token);
  }

  /** What stands under the list; of a net that is not here there is nothing to look at below it. */
  tell() {
    const { view, nets = null, here } = this;
    const isMissing = view?.status === "gone" && !view.run.hello;
    this.place.hidden = isMissing;
    const mine = nets?.find(({ token }) => token === this.token);
    const ending = mine && !mine.live ? this.ending : "";
    write(this.words, saidOf({ isMissing, isOpen: view !== null, count: nets?.length ?? null, here, ending }));
  }

  /** The nets that are over leave the list, but the one looked at. */
  async clear() {
    const url = new URL(`${this.base}/nets/away`, document.baseURI);
    if (this.token) url.searchParams.set("net", this.token);
    try {
      await fetch(url, { method: "POST" });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the app is closed; the view says so
    }
    this.look();
  }

  choose(token) {
    if (!token || token === this.token) return;
    this.open(token);
    if (this.nets) this.count();
    this.component.setStateValue("net", token);
  }

  open(token) {
    this.token = token;
    this.said = "";
    this.findings = [];
    this.view ??= new View(this.place, { page: { heard: (message) => this.hear(message), gone: () => this.tell() } });
    this.view.update({ source: new Stream(this.base, token, "nets"), colors: this.colors });
    this.view.offer([], "");
    this.tell();
  }

  /** How it ended stays in sight, whatever the verdict is. */
  hear(message) {
    if (message.say === "state") this.said = message.state === "paused" ? told(message, "reason") : "";
    else if (message.say === "verdict") this.findings = message.findings;
    else return;
    this.tell();
  }

  get ending() {
    return endingOf(this.said, this.findings);
  }

  end() {
    this.isOver = true;
    clearTimeout(this.timer);
    clearInterval(this.counting);
    this.view?.end();
    this.host.remove();
    this.place.remove();
  }
}

/** The words under the list of so many nets; null: how many there are is not known yet. */
export function saidOf({ isMissing, isOpen, count, here, ending }) {
  const none = say(here ? NONE : ELSEWHERE);
  if (isMissing) return paragraph(say(MISSING), count === null ? "" : count ? say(OTHERS) : none);
  return count || isOpen ? ending : none;
}

/** How it ended, where the verdict says something else; without a finding the verdict says it by itself. */
export function endingOf(said, findings) {
  const [worst] = findings; // remarks stand last
  return worst && !worst.remark ? said : "";
}
