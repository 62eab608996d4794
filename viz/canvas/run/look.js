// How a run is looked at: what a view has at first, what there is to choose, and what a link calls it.

import { Address, among } from "../address.js";
import { sentence } from "../language.js";
import { read } from "./linked.js";

export const SPEEDS = [
  ["1", sentence("1 step/s")],
  ["5", sentence("5 steps/s")],
  ["20", sentence("20 steps/s")],
  ["max", sentence("max speed")],
];
export const FRAMES = [
  ["now", sentence("now"), sentence("This frame, with the theory's line where there is one")],
  ["time", sentence("through time"), sentence("The whole run, evenly in steps: down is later, darker is larger")],
];
export const SIGHT = [
  ["off", sentence("off"), sentence("What the net sees is not shown")],
  ["on", sentence("on"), sentence("What the net sees is shown beside the curves")],
];
export const AXES = [
  ["common", sentence("common axis"), sentence("All layers of a row share one axis: see them shrink or grow")],
  ["own", sentence("own axis"), sentence("Each layer has its own axis: see each one's shape")],
];
export const SCALES = [
  [
    "symlog",
    sentence("symlog"),
    sentence("Symmetric logarithm: every decade gets the same room, on both sides of 0. One bell around 0 looks like two hills there, because the small values between them are spread over many decades"),
  ],
  ["linear", sentence("linear"), sentence("Equal values get equal room: a bell looks like a bell")],
];

export const AT_FIRST = {
  axis: "common", scale: "symlog", speed: "max",
  activationVariance: "activation_var_log10", activationLook: "now",
  gradientVariance: "gradient_var_log10", gradientLook: "now",
  stream: "stream_after_log10", streamLook: "now",
  sees: "off",
  projected: "",
  kept: "",
  changed: "",
};

const isPanel = (text) => /^[\w-]+$/.test(text); // which there are, the screen knows
const isColumn = (text) => /^\w+$/.test(text); // which there are, the hello tells

/** In the address of the Train page; viz/run/looks.py knows the same names. */
export const ADDRESS = new Address({
  speed: { as: "speed", may: among(SPEEDS) },
  axis: { as: "axis", may: among(AXES) },
  scale: { as: "scale", may: among(SCALES) },
  activationVariance: { as: "activation_variance", may: isColumn },
  activationLook: { as: "activation_frames", may: among(FRAMES) },
  gradientVariance: { as: "gradient_variance", may: isColumn },
  gradientLook: { as: "gradient_frames", may: among(FRAMES) },
  stream: { as: "stream", may: isColumn },
  streamLook: { as: "stream_frames", may: among(FRAMES) },
  sees: { as: "sees", may: among(SIGHT) },
  projected: { as: "projected", may: isPanel },
  kept: { as: "kept", may: (text) => read(text).length > 0 },
  changed: { as: "changed", may: () => false },
});

/**
 * A run whose settings were changed on its way is no run of what they are now: the address says so. What was changed
 * before the first step is simply what the run is of.
 */
export function changedOf(changes) {
  return changes.filter(({ step }) => step > 1).slice(-3).map(({ step, words }) => `${step}, ${words}`).join("; ");
}
