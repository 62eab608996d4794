// A watched net under the cell of a notebook: what the kernel says through anywidget's model, in the live view.

import { speak } from "../language.js";
import { mount } from "../mount.js";
import { background } from "../place.js";
import { View } from "../run/view.js";

const SAID = ["hello", "standing", "verdict"]; // a message each, of which the model holds the newest

/** Called by anywidget for each place where the net is shown; gives what ends it there. */
export function render({ model, el }) {
  return mount({ View: Cell, el, model });
}

class Cell {
  constructor(el, { model }) {
    el.dataset.lmSuppressShortcuts = "true"; // JupyterLab takes a "d" typed twice for the end of a cell
    this.el = el;
    this.colors = model.get("colors");
    learn(model, el);
    this.view = new View(el);
    this.view.update({ source: new Kernel(model, () => this.forget()), colors: this.colors });
    this.view.offer([], "");
    this.resized = new ResizeObserver(() => this.dress()); // a notebook puts it on the page when it is made
    this.resized.observe(el);
  }

  update() {}

  dress() {
    const behind = background(this.el);
    if (behind !== this.behind) this.view.dress(this.colors);
    this.behind = behind;
  }

  /** Its frames come anew, from the first; gives what looks again where the person looked. */
  forget() {
    const { run } = this.view;
    const { isPast, step } = run;
    run.forget();
    return () => isPast && this.view.lookAt(step);
  }

  end() {
    this.resized.disconnect();
    this.view.end();
  }
}

/** From now on all is said in the kernel's language, by what it has told of its catalog. */
function learn(model, el = null) {
  const { language, texts } = model.get("speech");
  speak(language, texts);
  if (el) el.lang = language;
}

/** A source that hears a kernel. While a cell runs that takes no question: what was missed is told after it. */
class Kernel {
  constructor(model, forget) {
    this.model = model;
    this.forget = forget;
  }

  open(on) {
    this.on = on;
    this.taken = 0;
    this.hears = [
      ["change:speech", () => learn(this.model)],
      ...SAID.map((name) => [`change:${name}`, () => this.#tell(name)]),
      ["msg:custom", (message, buffers) => this.#hear(message, buffers.map(bytesOf))],
    ];
    for (const [event, hear] of this.hears) this.model.on(event, hear);
    on.status("open");
    for (const name of SAID) this.#tell(name);
    this.model.send({ do: "past" });
  }

  close() {
    for (const [event, hear] of this.hears) this.model.off(event, hear);
  }

  /** A net of somebody's own is looked at, not driven. */
  send() {}

  #tell(name) {
    const message = this.model.get(name);
    if (message.say) this.on.message(message);
  }

  #hear({ say }, frames) {
    if (say === "frame") this.#take(frames);
    if (say !== "past" || frames.length <= this.taken) return;
    const lookAgain = this.forget();
    this.taken = 0;
    this.#take(frames);
    this.#tell("verdict");
    lookAgain();
  }

  #take(frames) {
    this.taken += frames.length;
    for (const frame of frames) this.on.frame(frame);
  }
}

/** The bytes alone, of a message that may have others beside them. */
function bytesOf({ buffer, byteOffset, byteLength }) {
  return buffer.slice(byteOffset, byteOffset + byteLength);
}
