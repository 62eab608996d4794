// How a race is looked at: what a view has at first, what there is to choose, and what a link calls it.

import { Address, among } from "../address.js";

export const SPEEDS = [["5", "5 steps/s"], ["20", "20 steps/s"], ["60", "60 steps/s"], ["200", "200 steps/s"], ["600", "600 steps/s"]];
export const VIEWS = [["map", "map", "From above, with contours"], ["relief", "3D", "The same as a relief; drag to turn it"]];
export const CURVES = [
  ["gap", "value", "Value above the lowest, step by step"],
  ["distance", "distance", "Distance to the nearest minimum, step by step"],
  ["length", "step length", "How far each step goes: AdaGrad's shrink, RMSProp's do not"],
  ["rates", "learning rates", "Final value at each of 100 learning rates"],
];
export const AT_FIRST = { speed: 60, view: "map", curve: "gap", basins: false, open: null };

/** In the address of the Optimizers page; viz/race/looks.py knows the same names. open: the place of the open card. */
export const ADDRESS = new Address({
  speed: { as: "speed", may: among(SPEEDS), of: Number },
  view: { as: "view", may: among(VIEWS) },
  curve: { as: "curve", may: among(CURVES) },
  basins: { as: "basins", may: among([["true"]]), of: (text) => text === "true" },
  open: { as: "open", may: (text) => /^\d$/.test(text), of: Number },
});
