// How a racer fares at a step, in a word, and by which rule: the engine judges the whole walk, the step only when.

const MARKS = { converged: "ok", diverged: "danger", stalled: "warning" };

/** {word, tone, why}. */
export function verdict(racer, step, { verdicts, arrivals, rules, steps }) {
  const ended = verdicts[racer.row];
  const arrived = arrivals[racer.row];
  const say = (word, name) => ({ word, tone: MARKS[name] ?? "", why: `${name}: ${rules[name]}` });
  if (racer.divergedAt >= 0 && step >= racer.divergedAt - 1) {
    const say_ = say(`\u2717 step ${racer.divergedAt}`, "diverged");
    return { ...say_, why: `${say_.why}. Not finite from step ${racer.divergedAt} on; the path ends at the last finite point.` };
  }
  if (ended === "converged" && step >= arrived) return say(`\u2713 step ${arrived}`, "converged");
  if (step < steps) return { word: "", tone: "", why: "" };
  return say({ diverged: "\u2717 gone", stalled: "stalled" }[ended] ?? "moving", ended);
}
