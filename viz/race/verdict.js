// How a racer fares at a step, in a word, and by which rule.

/** {word, tone, why}. */
export function verdict(racer, step) {
  if (racer.divergedAt >= 0 && step >= racer.divergedAt - 1) {
    return { word: `\u2717 step ${racer.divergedAt}`, tone: "danger", why: `Diverged: at step ${racer.divergedAt} its position, value or gradient was no longer finite. The path ends at the last finite point.` };
  }
  return { word: "", tone: "", why: "" };
}
