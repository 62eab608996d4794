// The component's entry: one view per place on the page.

import { View } from "./view.js";

const views = new WeakMap();

/** Called by the component at every change of data or theme; gives what ends the view. */
export function mount(component) {
  let view = views.get(component.parentElement);
  if (!view) {
    view = new View(component);
    views.set(component.parentElement, view);
  }
  view.update(component);
  return () => {
    views.delete(component.parentElement);
    view.end();
  };
}
