// A race on a Streamlit page.

import { mount as mountAt } from "../mount.js";
import { Post } from "./post.js";
import { View } from "./view.js";

/** Called by the component at every change of data or theme. */
export function mount(component) {
  const { parentElement: el, data } = component;
  const raced = (race, revision) => component.setStateValue("race", { race, revision });
  return mountAt({ View, el, source: new Post(data.base, data.token), ...data, raced });
}
