// The component's entry: one view per place on the page, mounted once and fed by its own stream.

import { View } from "./view.js";

const views = new WeakMap();

/**
 * Called by the component at every change of data or theme; one view per place on the page. Gives what ends it, which
 * Streamlit also calls for a change that another one overtook: only the newest call's may end the view.
 */
export function mount(component) {
  let view = views.get(component.parentElement);
  if (!view) {
    view = new View(component.parentElement);
    views.set(component.parentElement, view);
  }
  view.update(component);
  const turn = (view.turn += 1);
  return () => {
    if (view.turn !== turn) return;
    views.delete(component.parentElement);
    view.end();
  };
}
