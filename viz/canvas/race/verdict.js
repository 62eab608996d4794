// How a racer fares at a step, in a word, and by which rule: the engine judges the whole walk, the step only when.

import { number } from "../axes.js";

const MARKS = { converged: "ok", floor: "ok", diverged: "danger", stalled: "warning", local: "warning" };

/** {word, tone, why, failure}: `failure` says in a sentence why it is out of the race; "" for one that is not. */
export function verdict(racer, step, { verdicts, arrivals, rules, steps, grounds = [] }) {
  const ended = verdicts[racer.row];
  const ground = grounds[racer.row];
  const arrived = arrivals[racer.row];
  const say = (word, name, failure = "") => ({ word, tone: MARKS[name] ?? "", why: `${failure ? `${failure} ` : ""}${name}: ${rules[name]}`, failure });
  if (racer.divergedAt >= 0 && step >= racer.divergedAt - 1) return say(`\u2717 step ${racer.divergedAt}`, "diverged", ending(racer));
  if (racer.goneAt >= 0 && step >= racer.goneAt) return say("\u2717 gone", "diverged", `Gone: from step ${racer.goneAt} on it is over 10 windows away, and farther than it started.`);
  if (ended === "converged" && ground === "local" && step >= arrived) return say(`local, ${arrived}`, "local");
  if (ended === "converged" && step >= arrived) return say(`\u2713 step ${arrived}`, "converged");
  if (step < steps) return { word: "", tone: "", why: "", failure: "" };
  if (ground === "floor") return say("\u2713 floor", "floor");
  return say(ended === "stalled" ? "stalled" : "moving", ended);
}

/** Why a path ends: where the function gives no number, or where its numbers grow beyond all. */
function ending({ divergedAt, undefined: left, x, y, last }) {
  const place = `the path ends at its last finite point, ${number(x(last), 4)}, ${number(y(last), 4)}.`;
  if (left) return `Left the domain: where step ${divergedAt} led, the function or its gradient gives no number; ${place}`;
  return `Diverged to infinity: at step ${divergedAt} its numbers grew beyond all that can be held; ${place}`;
}
