// What this page knows of the run it watches: its frames, its state, the verdict, and which frame is looked at.

import { told } from "./told.js";
import { epochOf } from "../../wire/frame.js";
import { Ring, Trace } from "../../wire/ring.js";
import { decode, isSight, Sights } from "../../wire/sight.js";
import { Ghost } from "./ghost.js";
import { heldAt, panelsOf } from "./shown.js";

const QUIET = 4000; // ms without a frame of a net that plays, or three times as long as it takes for one, here or by its script's word

export class Watched {
  constructor() {
    this.ring = new Ring();
    this.trace = new Trace();
    this.tests = new Trace(400);
    this.sights = new Sights();
    this.branches = false; // whether it can go on from a step of before
    /** @type {{isBehind(run: unknown): boolean} | null} */
    this.waitsFor = null; // a second net, for which this one waits while it catches up
    this.open();
  }

  /** Another run. */
  open() {
    this.hello = null;
    this.changes = []; // of settings while it ran: [{step, words}]
    this.trials = []; // what came of cures: [{fields, learned, steps, accuracy, test_loss, diverged_at}]
    this.keepsQuiet = false; // a task asks the person what is wrong: nothing is said of it
    this.luck = null; // whether it differs from the run beside it by luck: {done, words, verdict, bands}
    this.left = { epoch: null, ghosts: [] }; // paths that were left, in the epoch that began with it: points of curves
    this.state = "waiting";
    this.settled = null;
    this.reason = "";
    this.share = null; // how far what is waited for has come
    this.can = [];
    this.isBuilt = true;
    this.came = null; // when the newest frame was here, as of Date.now(), and how long after the one before
    this.gap = 0;
    this.forget();
  }

  /** The same run from its beginning. */
  forget() {
    this.ring.clear();
    this.trace.clear();
    this.tests.clear();
    this.sights.clear();
    this.ghost = null; // the path left last, as far as this page saw it
    this.held = null; // the entry looked at, kept whatever the ring forgets; null: live
    this.offered = null; // a change of settings that came while the past was looked at: {words}
    this.wanted = null; // a step that is looked for, which nothing here holds
    this.seconds = null; // that this still takes, once it is known
    this.judge({ findings: [] });
    this.divergence = null;
    this.next = null;
  }

  /** A run that starts again keeps its last picture, dimmed, until the first frame of the new one is here. */
  greet(hello) {
    this.isBuilt = true;
    this.changes = [];
    this.trials = [];
    this.luck = null;
    if (this.ring.last && hello.epoch !== this.ring.last.epoch) this.next = hello;
    else this.hello = hello;
  }

  /** Whether a net of other settings takes the place of one whose past is looked at. */
  isReplacedBy({ spec }) {
    return this.isPast && JSON.stringify(spec) !== JSON.stringify(this.hello?.spec);
  }

  /** What a frame has columns for: while the last picture of the run before stays, its frames have those of its hello. */
  columnsOf(bytes) {
    const isNext = this.next && epochOf(bytes) === this.next.epoch;
    return (isNext ? this.next : this.hello)?.columns ?? [];
  }

  /** It goes on from a step of before: what came after is no longer its past, and stays as a ghost. */
  branch({ epoch, step, spec, ghosts }) {
    const { last } = this.ring;
    const seen = ({ step: at, loss, accuracy }) => ({ step: at, loss: loss ?? NaN, accuracy: accuracy ?? NaN });
    this.left = { epoch, ghosts: ghosts.map((path) => path.map(seen)) };
    this.isBuilt = true;
    if (last?.epoch !== epoch - 1) return;
    this.ghost = new Ghost(this.ring.after(step), [...this.trace].filter((point) => point.step > step), this.hello);
    this.ring.cut(step, epoch);
    this.trace.cut(step);
    this.tests.cut(step);
    this.sights.cut(step, epoch);
    this.hello = { ...(this.next ?? this.hello), epoch, spec };
    this.next = this.luck = null;
    this.trials = [];
    this.judge({ findings: [] });
    this.#live();
  }

  /** The paths that this run left, for the curves. */
  get ghosts() {
    return this.left.epoch === this.ring.last?.epoch ? this.left.ghosts : [];
  }

  /** Settings were changed: while the past is looked at, it can go on from there with the newest. */
  change(changes) {
    const newest = changes.at(-1);
    const isNew = changes.length > this.changes.length && newest.step > this.step;
    if (this.isPast && isNew) this.offered = newest;
    this.changes = changes;
  }

  become(message) {
    const { state, can = [], divergence = null, share = null } = message;
    const reason = told(message, "reason");
    if (state !== this.state) [this.came, this.gap] = [Date.now(), 0];
    Object.assign(this, { state, reason, can, divergence, share });
    if (state === "waiting" || state === "lost") this.#find(null);
    if (state === "waiting") this.isBuilt = false;
    else this.settled = state;
  }

  /** The frames here are of the run before: the net that was asked for could not be built. */
  get isOld() {
    return this.state === "lost" && (!this.isBuilt || this.can.includes("digits"));
  }

  /** Since when a net that plays sends nothing, as of Date.now(); null when it does. */
  get silent() {
    if (this.waitsFor?.isBehind(this)) return null;
    const isQuiet = this.state === "playing" && Date.now() - this.came > Math.max(QUIET, 3 * this.gap, 3000 * this.pause);
    return isQuiet ? this.came : null;
  }

  /** Keeps a decoded frame; false for a replay. */
  take(frame, bytes) {
    const now = Date.now();
    [this.came, this.gap] = [now, now - (this.came ?? now)];
    if (this.ring.last && frame.epoch > this.ring.last.epoch) {
      this.hello = this.next ?? this.hello;
      this.forget();
    }
    const { layers, epoch, step, stats } = frame;
    if (step === this.wanted && layers > 0 && epoch === this.ring.last?.epoch) {
      this.held = { epoch, step, stats, bytes };
      this.#find(null);
      return true;
    }
    if (layers === 0) return epoch === this.ring.last?.epoch && this.#trace(frame); // a head, for the curves alone
    if (!this.ring.push({ epoch, step, stats, bytes })) return this.#replace(frame, bytes);
    return this.#trace(frame);
  }

  /** Keeps what the net saw at some step; false where these bytes are none of that. */
  see(bytes) {
    if (!isSight(bytes)) return false;
    this.sights.keep(decode(bytes));
    return true;
  }

  /** What it saw at the step looked at, else at the last before it that is here; null without. */
  sightAt(step) {
    return this.ring.last && this.sights.at(step, this.ring.last.epoch);
  }

  get sight() {
    return this.sightAt(this.step);
  }

  /** Whether what it sees at the step looked at is not here, with the units of this hidden layer or null. */
  misses(layer) {
    const there = this.sight;
    return this.ring.length > 0 && (there?.step !== this.step || (there.layer ?? null) !== layer);
  }

  /** One more point of the curves; false for a replay. */
  #trace({ step, loss, accuracy, lr, weight_norm, test_step: tested, test_loss, test_accuracy }) {
    if (step <= this.trace.newest?.step) return false;
    this.trace.push({ step, loss, accuracy, lr, weight_norm });
    const isNew = tested !== null && tested !== this.tests.newest?.step;
    if (isNew) this.tests.push({ step: tested, test_loss, test_accuracy });
    return true;
  }

  /** The newest step once more, its histograms on another scale: it takes the place of the one held. */
  #replace({ epoch, step, stats }, bytes) {
    const { last } = this.ring;
    if (!last || last.epoch !== epoch || last.step !== step) return false;
    this.ring.replaceLast({ epoch, step, stats, bytes });
    return true;
  }

  /** Whether a run whose process died can go on where it was; without its data it cannot. */
  get isResumable() {
    return this.state === "lost" && this.can.includes("resume") && !this.can.includes("digits");
  }

  /** The state, or while a run is built the one before it: what the big button is about. */
  get standing() {
    if (this.isResumable) return "resumable";
    return this.state === "waiting" ? (this.settled ?? "waiting") : this.state;
  }

  get isStill() {
    return ["paused", "diverged"].includes(this.state) && this.ring.length > 0;
  }

  /** Whether what is said of now does not fit what is seen. */
  get isPast() {
    return this.held !== null;
  }

  /** Index of the frame looked at, -1 when there is none. */
  get cursor() {
    return this.held === null ? this.ring.length - 1 : this.ring.index(this.held.step);
  }

  get entry() {
    return this.held ?? this.ring.last;
  }

  /**
   * Shows a step; while it is not here, the last before it that is, or what is on screen where that is no farther: who
   * goes step by step sees no other step in between. `wanted` is then the step itself.
   */
  look(sought) {
    const step = Math.max(0, sought);
    const { ring, entry } = this;
    this.#find(null);
    if (!ring.last || step >= ring.last.step) return this.#live();
    if (step === this.held?.step) return;
    this.held = ring.at(ring.index(step));
    if (this.held.step === step || !this.computes) return;
    if (Math.abs(entry.step - step) <= step - this.held.step) this.held = entry;
    this.#find(step);
  }

  /** Whether a step that is not here is computed anew; nobody does that for a script's. */
  get computes() {
    return !this.hello?.watched;
  }

  #live() {
    this.held = this.offered = null;
    this.#find(null);
  }

  #find(step) {
    this.wanted = step;
    this.seconds = null;
  }

  /** The step that the person asked to see. */
  get step() {
    return this.wanted ?? this.entry?.step ?? 0;
  }

  /** What is wrong, what was, and whether it learns: the engine's newest word. */
  judge({ findings, past = [], progress = null, pause = null }) {
    this.pause = pause ?? 0; // seconds that a script's frames are apart
    this.findings = findings;
    this.past = past;
    this.progress = progress;
  }

  /** What was wrong at the frame looked at, worst first. */
  get shown() {
    return this.isPast ? heldAt([...this.findings, ...this.past], this.held.step) : this.findings;
  }

  /** The column of the layer that the verdict names (the engine counts layers from 1), or null. */
  get accused() {
    const diverged = this.isPast ? null : this.divergence?.layer;
    const layer = diverged ?? this.shown[0]?.layer ?? null;
    return layer === null ? null : layer - 1;
  }

  /** The names of the panels that show what the verdict says. */
  get telling() {
    return panelsOf(this.shown[0]);
  }
}
