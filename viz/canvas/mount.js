// One view per place on a page, whatever the page is.

import { language } from "./language.js";

const views = new WeakMap(); // element -> {shown, turn, speaks}

/**
 * Shows a view in `el`: a `View(el, given)` is made there at the first call and given what is new at every later one.
 * Where another language is spoken than before, it is made anew.
 * Whatever is drawn comes from a source, {open(on), close(), send(verb)}: a server, a notebook, a file.
 *
 * Gives what ends the view. A page may end a call that another one has overtaken: only the newest call's may.
 */
export function mount({ View, el, ...given }) {
  let place = views.get(el);
  if (place && place.speaks !== language()) {
    place.shown.end();
    place = null;
  }
  if (!place) views.set(el, (place = { shown: new View(el, given), turn: 0, speaks: language() }));
  place.shown.update(given);
  const turn = (place.turn += 1);
  return () => {
    if (place.turn !== turn || views.get(el) !== place) return;
    views.delete(el);
    place.shown.end();
  };
}
