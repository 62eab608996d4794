// The panels of the Train page: the ladder of layers in the middle, the scalars at its right.

import { choice, el, help, menu } from "./dom.js";
import { fractionsPanel } from "./fractions.js";
import { histogramRow } from "./histograms.js";
import { Panel } from "./panel.js";
import { profileRow } from "./profile.js";
import { ACTIVATION_VARIANCES, GRADIENT_VARIANCES, UPDATE_RATIO } from "./quantities.js";
import { sayAccuracy, sayLoss, scalarPanel } from "./scalars.js";

const LOOKS = [
  ["now", "now", "This frame, with the theory's line where there is one"],
  ["time", "through time", "Every frame held here: down is later, darker is larger"],
];
const AXES = [
  ["common", "common axis", "All layers of a row share one axis: see them shrink or grow"],
  ["own", "own axis", "Each layer has its own axis: see each one's shape"],
];
const SCALES = [
  ["symlog", "symlog", "Symmetric logarithm: every decade gets the same room, on both sides of 0"],
  ["linear", "linear", "Equal values get equal room"],
];
const OUTSIDE =
  "Exact zeros, NaN, infinite values and underflow are outside the bins and counted underneath. Up is the value, to the right the number of values.";

/** {ladder, side, all}: elements to place, and every Panel. `look` holds the choices, `chose(change)` tells a new one. */
export function panels(look, chose) {
  const toggle = (key) => choice("Which frames", LOOKS, look[key], (value) => chose({ [key]: value })).root;
  const quantities = (list, key) =>
    menu("Which variance", list.map(({ key: name, name: words }) => [name, words]), look[key], (value) => chose({ [key]: value }));
  const find = (list, key) => list.find((each) => each.key === key) ?? list[0];

  const activations = new Panel({
    name: "activations",
    title: "Activations",
    words: `What each layer puts out, its values a over units and samples of this batch (out: the logits). ${OUTSIDE}`,
    tools: [el("span", { class: "flow" }, "forward \u2192")],
    grow: 1.25,
    ...histogramRow({ of: (frame) => frame.activations, role: "activation", symbol: "a", names: true }),
  });
  const spread = new Panel({
    name: "activation-variance",
    title: "Variance of activations",
    words:
      "One point a layer, log axis. Pooled: over units and samples together, mean removed. Signal: over the samples only, averaged over units; where it falls the layer confuses its inputs, even if the pooled variance is flat.",
    tools: [quantities(ACTIVATION_VARIANCES, "activationVariance"), toggle("activationLook")],
    ...profileRow({
      quantityOf: (chosen) => find(ACTIVATION_VARIANCES, chosen.activationVariance),
      throughTime: (chosen) => chosen.activationLook === "time",
      role: "activation",
    }),
  });
  const gradients = new Panel({
    name: "gradients",
    title: "Gradients dL/dz",
    words: `How the loss changes with each layer's z (the linear map's output), over units and samples of this batch, before clipping. They flow from out back to layer 1. ${OUTSIDE}`,
    tools: [el("span", { class: "flow" }, "\u2190 backward")],
    grow: 1.15,
    ...histogramRow({ of: (frame) => frame.gradients, role: "gradient", symbol: "dL/dz" }),
  });
  const slope = new Panel({
    name: "gradient-variance",
    title: "Variance of gradients",
    words:
      "One point a layer, log axis. Falling toward layer 1: the gradient vanishes on its way back; rising toward layer 1: it explodes. The theory's line starts at the measured output layer.",
    tools: [quantities(GRADIENT_VARIANCES, "gradientVariance"), toggle("gradientLook")],
    grow: 1.15,
    ...profileRow({
      quantityOf: (chosen) => find(GRADIENT_VARIANCES, chosen.gradientVariance),
      throughTime: (chosen) => chosen.gradientLook === "time",
      role: "gradient",
      names: true,
    }),
  });

  const loss = new Panel({
    name: "loss",
    title: "Loss",
    words: "Cross-entropy in nats, through the whole run. Line: each step's batch. Rings: the test set, now and then.",
    tools: [seriesKey()],
    ...scalarPanel({ train: (point) => point.loss, test: (point) => point.test_loss, say: sayLoss, guess: Math.log }),
  });
  const accuracy = new Panel({
    name: "accuracy",
    title: "Accuracy",
    words: "Share of right answers. Line: each step's batch. Rings: the test set, now and then.",
    ...scalarPanel({ train: (point) => point.accuracy, test: (point) => point.test_accuracy, say: sayAccuracy, guess: (classes) => 1 / classes, fixed: [0, 1] }),
  });
  const updates = new Panel({
    name: "updates",
    title: "Update : weight",
    words: `${UPDATE_RATIO.words}. Much less: the layer hardly learns; much more: it is thrown about. Log axis, one point a layer.`,
    ...profileRow({ quantityOf: () => UPDATE_RATIO, throughTime: () => false, role: "weight", names: true, guide: -3 }),
  });
  const fractions = new Panel({
    name: "fractions",
    title: "Saturated, dead",
    words:
      "Saturated: share of outputs on a flat part of the activation, where almost no gradient passes. Dead: share of units that are saturated on every sample of the batch. The output layer has neither.",
    ...fractionsPanel,
  });

  const options = el(
    "div",
    { class: "options" },
    el("span", { class: "caption" }, "Layers, input to output. Histograms:"),
    choice("Axis of the histograms", AXES, look.axis, (axis) => chose({ axis })).root,
    choice("Scale of the histograms", SCALES, look.scale, (scale) => chose({ scale })).root,
    help("axis and scale", [...AXES, ...SCALES].map(([, name, words]) => `${name}: ${words}.`).join("\n")),
  );
  const all = [activations, spread, gradients, slope, loss, accuracy, updates, fractions];
  const roots = (some) => some.map((panel) => panel.root);
  return {
    all,
    ladder: el("div", { class: "ladder" }, options, ...roots(all.slice(0, 4))),
    side: el("div", { class: "side" }, ...roots(all.slice(4))),
  };
}

function seriesKey() {
  return el("span", { class: "key" }, el("i", { class: "stroke" }), "batch", el("i", { class: "ring" }), "test");
}
