// How a race is looked at: what a view has at first, what there is to choose, and what a link calls it.

import { Address, among } from "../address.js";
import { sentence } from "../language.js";

export const SPEEDS = [
  ["5", sentence("5 steps/s")], ["20", sentence("20 steps/s")], ["60", sentence("60 steps/s")],
  ["200", sentence("200 steps/s")], ["600", sentence("600 steps/s")],
];
export const VIEWS = [
  ["map", sentence("map"), sentence("From above, with contours")],
  ["relief", sentence("3D"), sentence("The same as a relief; drag to turn it")],
];
export const CURVES = [
  ["gap", sentence("value"), sentence("Value above the lowest, step by step")],
  ["distance", sentence("distance"), sentence("Distance to the nearest minimum, step by step")],
  ["length", sentence("step length"), sentence("How far each step goes: AdaGrad's shrink, RMSProp's do not")],
  ["rates", sentence("learning rates"), sentence("Final value at each of 100 learning rates")],
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
