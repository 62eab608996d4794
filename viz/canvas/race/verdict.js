// How a racer fares at a step, in a word, and by which rule: the engine judges the whole walk, the step only when.

import { number } from "../axes.js";
import { paragraph, say, sentence } from "../language.js";

/** A verdict's tone and name. */
const VERDICTS = {
  converged: ["ok", sentence("converged")], floor: ["ok", sentence("floor")], diverged: ["danger", sentence("diverged")],
  stalled: ["warning", sentence("stalled")], local: ["warning", sentence("local")], moving: ["", sentence("moving")],
};

const GONE = sentence("Gone: from step {step} on it is over 10 windows away, and farther than it started.");
const LEFT = sentence(
  "Left the domain: where step {step} led, the function or its gradient gives no number; the path ends at its last finite point, {x}, {y}.",
);
const GREW = sentence(
  "Diverged to infinity: at step {step} its numbers grew beyond all that can be held; the path ends at its last finite point, {x}, {y}.",
);

/** {word, tone, why, failure}: `failure` says in a sentence why it is out of the race; "" for one that is not. */
export function verdict(racer, step, { verdicts, arrivals, rules, steps, grounds = [] }) {
  const ended = verdicts[racer.row];
  const ground = grounds[racer.row];
  const arrived = arrivals[racer.row];
  const fares = (name, word, failure = "") => {
    const [tone, called] = VERDICTS[name];
    return { word, tone, why: paragraph(failure, say("{name}: {text}", { name: called, text: say(rules[name]) })), failure };
  };
  const { divergedAt, goneAt } = racer;
  if (divergedAt >= 0 && step >= divergedAt - 1) return fares("diverged", say("\u2717 step {step}", { step: divergedAt }), ending(racer));
  if (goneAt >= 0 && step >= goneAt) return fares("diverged", say("\u2717 gone"), say(GONE, { step: goneAt }));
  if (ended === "converged" && ground === "local" && step >= arrived) return fares("local", say("local, {step}", { step: arrived }));
  if (ended === "converged" && step >= arrived) return fares("converged", say("\u2713 step {step}", { step: arrived }));
  if (step < steps) return { word: "", tone: "", why: "", failure: "" };
  if (ground === "floor") return fares("floor", say("\u2713 floor"));
  return fares(ended, say(ended === "stalled" ? "stalled" : "moving"));
}

/** Why a path ends: where the function gives no number, or where its numbers grow beyond all. */
function ending({ divergedAt, undefined: left, x, y, last }) {
  return say(left ? LEFT : GREW, { step: divergedAt, x: number(x(last), 4), y: number(y(last), 4) });
}
