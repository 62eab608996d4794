// Which line is which: what was measured, the second net or the path that was left, and the theory.

import { el } from "../dom.js";
import { say } from "../language.js";

/** Panel key of a row of points; `draws(scene)` is whether it shows points now, `hasTheory(scene)` whether a theory stands with them. */
export function legend(draws, hasTheory, theory) {
  return keyOf((scene) => {
    const [second, isExpected] = draws(scene) ? [kindOf(scene), hasTheory(scene)] : ["", false];
    if (!second && !isExpected) return [];
    if (second === "left" && !isExpected) return secondOf(second); // a narrow panel has no room for more
    const first = { b: "A", left: say("new"), "": say("measured") }[second];
    return [["line", first], ...secondOf(second), ...(isExpected ? [["dots", theory]] : [])];
  });
}

/** Panel key that names the path that was left, where `shows(scene)` says that it is seen; behind it the words of `note(scene)`. */
export function leftKey(shows, note = /** @type {(scene: any) => string} */ (() => "")) {
  return keyOf((scene) => {
    const words = note(scene);
    return [...(words ? [[null, words]] : []), ...(shows(scene) ? secondOf("left") : [])];
  });
}

function kindOf({ second }) {
  if (!second) return "";
  return second.isGhost ? "left" : "b";
}

function secondOf(kind) {
  if (!kind) return [];
  return [kind === "b" ? ["second", "B"] : ["left", say("old path"), say("The path that was left when the run went on from a step of before")]];
}

/** `entries(scene)`: [[sign, name, words], ...], none where there is nothing to name; written only where they change. */
function keyOf(entries) {
  const root = el("span", { class: "key", hidden: true });
  let known = "";
  return {
    root,
    when(scene) {
      const named = entries(scene);
      if (String(named) !== known) root.replaceChildren(...named.flatMap(([sign, name]) => (sign ? [el("i", { class: sign }), name] : [name])));
      if (String(named) !== known) root.title = named.map(([, , words]) => words ?? "").join("");
      known = String(named);
      return named.length > 0;
    },
  };
}
