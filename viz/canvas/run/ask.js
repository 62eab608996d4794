// What a view asks its sources for: steps that nothing here holds, and what the nets see.

/** What the nets see now, as long as somebody looks at that; view: {run, source, beside, screen}. */
export function askSight(view) {
  if (!view.screen.sees || view.run.isPast || document.hidden) return;
  for (const { run, source } of netsOf(view)) {
    const layer = layerOf(view, run);
    if (run.misses(layer)) source?.send({ do: "see", layer });
  }
}

/** The step looked at, which the server computes anew where nothing here holds it, and what the nets saw then. */
export function askStep(view) {
  for (const { run, source } of netsOf(view)) {
    const layer = layerOf(view, run);
    const seen = view.screen.sees && run.isPast && run.misses(layer) ? { sees: true, layer } : null;
    if (run.wanted !== null || seen) source?.send({ do: "look", step: run.step, ...seen });
  }
}

const netsOf = (view) => [view, view.beside].filter(Boolean);

/** The hidden layer whose units are to be seen, where this net has it. */
function layerOf({ screen }, { hello }) {
  const layer = screen.sight.layer();
  return layer !== null && layer < hello?.rows.length ? layer : null;
}
