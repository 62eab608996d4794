// The tooltip: numbers under the pointer (or the finger), and the words behind each "?".

import { el } from "./dom.js";
import { say } from "./language.js";

/** Listens on the panels; `moved(hover)` is called with {panel, x, y, layer} or null. */
export class Hover {
  constructor(root, panels, moved) {
    this.root = root;
    this.tip = el("div", { class: "tip", role: "tooltip", hidden: true });
    root.append(this.tip);
    this.moved = moved;
    this.at = null;
    for (const panel of panels) {
      const follow = (event) => this.#follow(panel, event);
      panel.canvas.addEventListener("pointermove", follow);
      panel.canvas.addEventListener("pointerdown", follow);
      panel.canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#leave());
    }
    root.addEventListener("pointerdown", (event) => {
      const target = event.composedPath()[0];
      if (target.tagName !== "CANVAS" && !explained(target)) this.#leave();
    });
    const explain = (event) => this.#explain(event);
    const forget = (event) => explained(event.target) && this.#hide();
    for (const name of ["pointerover", "focusin", "click"]) root.addEventListener(name, explain);
    root.addEventListener("pointerout", (event) => isFocused(event.target) || forget(event));
    root.addEventListener("focusout", forget);
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.#leave());
  }

  #follow(panel, event) {
    const { left, top } = panel.canvas.getBoundingClientRect();
    this.at = { panel, x: (event.clientX - left) / panel.large, y: (event.clientY - top) / panel.large };
    this.moved(this.at);
  }

  #leave() {
    this.at = null;
    this.#hide();
    this.moved(null);
  }

  #hide() {
    this.tip.hidden = true;
  }

  #explain(event) {
    const about = explained(event.target);
    if (!about) return;
    this.at = null;
    this.tip.replaceChildren(el("p", {}, about.dataset.help));
    const box = about.getBoundingClientRect();
    this.#place((box.left + box.right) / 2, box.bottom + 4);
  }

  /** What is under the pointer now, in this scene: called at every draw, so the numbers stay live. */
  find(scene) {
    if (!this.at) return null;
    const { panel, x, y } = this.at;
    const found = panel.probe(x, y, scene);
    return found && { ...found, panel };
  }

  show(found, scene) {
    if (!this.at) return;
    if (!found) return this.#hide();
    const title = found.layer === null ? [] : [el("strong", {}, titleOf(found.layer, scene))];
    const rows = found.lines.map(([name, value, note]) =>
      el("div", {}, el("span", {}, name), el("b", {}, value), note ? el("small", {}, note) : null),
    );
    this.tip.replaceChildren(...title, ...rows);
    const { panel, x, y } = this.at;
    const { left, top } = panel.canvas.getBoundingClientRect();
    this.#place(left + x * panel.large, top + y * panel.large + 18);
  }

  #place(x, y) {
    this.tip.hidden = false;
    const box = this.root.getBoundingClientRect();
    const { offsetWidth: wide, offsetHeight: tall } = this.tip;
    const left = Math.max(4, Math.min(box.width - wide - 4, x - box.left - wide / 2));
    const below = y - box.top;
    const top = below + tall > box.height ? Math.max(0, below - tall - 34) : below;
    this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}

/** The element around this one that has words of its own, or null. */
function explained(element) {
  return element.closest?.("[data-help]") ?? null;
}

/** A "?" that was clicked keeps its words in sight until the focus goes elsewhere. */
function isFocused(element) {
  const about = explained(element);
  return about !== null && about === element.getRootNode().activeElement;
}

/** What a layer is called, with its size. */
export function titleOf(layer, scene) {
  const { name, kind, units, fan_in: into } = scene.rows[layer] ?? {};
  const numbered = kind === "output" ? say("output layer") : say("layer {number}", { number: name ?? layer + 1 });
  const which = scene.leaves ? name : numbered;
  if (units && into) return say("{layer}, {units} units, fan-in {into}", { layer: which, units, into });
  return units ? say("{layer}, {units} units", { layer: which, units }) : into ? say("{layer}, fan-in {into}", { layer: which, into }) : which;
}
