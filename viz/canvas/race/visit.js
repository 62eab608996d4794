// A race on a Streamlit page.

import { Looks } from "../address.js";
import { mount as mountAt } from "../mount.js";
import { ADDRESS, AT_FIRST } from "./look.js";
import { Post } from "./post.js";
import { View } from "./view.js";

const looks = new Looks(ADDRESS, AT_FIRST);

/** Called by the component at every change of data or theme. */
export function mount(component) {
  const { parentElement: el, data } = component;
  const raced = (race, revision) => component.setStateValue("race", { race, revision });
  const page = { look: ADDRESS.read(), looks: (look) => looks.tell(look, (texts) => component.setStateValue("looks", texts)) };
  return mountAt({ View, el, page, source: new Post(data.base, data.token), ...data, raced });
}
