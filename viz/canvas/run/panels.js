// The panels of the Train page: the ladder of layers in the middle, the scalars at its right.

import { choice, el, fill, help, menu } from "../dom.js";
import { courseKey, coursePanel } from "./course.js";
import { fractionsPanel } from "./fractions.js";
import { histogramRow } from "./histograms.js";
import { say, sentence } from "../language.js";
import { leftKey } from "./legend.js";
import { Panel } from "../panel.js";
import { AXES, FRAMES, SCALES } from "./look.js";
import { profileRow } from "./profile.js";
import { columnOf, columnsOf, tells } from "./quantities.js";
import { writeAccuracy, writeLoss, scalarPanel } from "./scalars.js";
import { sightOf } from "./sight.js";
import { helpOf } from "./words.js";

const SCALED = sentence("theory, scaled");

/**
 * {ladder, side, sight, all, greet}: elements to place, every Panel, and what a hello changes. `look` has the choices,
 * `chose(change)` tells a new one; a second hello is that of the run beside it; `blocks` are what a net of somebody's own has of them.
 */
export function panels(look, chose, blocks) {
  const menus = {}; // panel -> the menu of its columns
  const ladder = rows(look, chose, menus);
  const side = scalars();
  const sight = sightOf(() => chose({}));
  const roots = (some) => some.map((panel) => panel.root);
  return {
    all: [...ladder, ...side, sight.panel],
    sight,
    ladder: el("div", { class: "ladder" }, options(look, chose, blocks.search), blocks.root, ...roots(ladder)),
    side: el("div", { class: "side" }, ...roots(side)),
    greet(hello, other = null) {
      if (!other) sight.greet(hello);
      for (const [panel, { root, chosen }] of Object.entries(menus)) {
        fill(root, columnsOf(panel, tells(panel, hello, other)).map(({ key, label }) => [key, say(label)]), look[chosen]);
      }
    },
  };
}

function options(look, chose, search) {
  return el(
    "div",
    { class: "options" },
    el("span", { class: "caption" }, say("Layers, input to output. Histograms:")),
    choice(say("Axis of the histograms"), AXES, look.axis, (axis) => chose({ axis })).root,
    choice(say("Scale of the histograms"), SCALES, look.scale, (scale) => chose({ scale })).root,
    help(say("axis and scale"), [...AXES, ...SCALES].map(([, name, words]) => say("{name}: {words}.", { name, words })).join("\n")),
    search,
  );
}

function rows(look, chose, menus) {
  const histograms = (of, role, symbol, names) => histogramRow({ of, role, symbol, names });
  const variances = (panel, quantity, frames) => {
    const root = menu(panel === "stream" ? say("Which size") : say("Which variance"), [], null, (key) => chose({ [quantity]: key }));
    menus[panel] = { root, chosen: quantity };
    return {
      tools: [root, choice(say("Which frames"), FRAMES, look[frames], (key) => chose({ [frames]: key })).root],
      quantityOf: (scene) => columnOf(panel, tells(panel, scene.hello, scene.beside?.hello), scene.look[quantity]),
      throughTime: (chosen) => chosen[frames] === "time",
    };
  };
  const ofActivations = variances("activation-variance", "activationVariance", "activationLook");
  const ofGradients = variances("gradient-variance", "gradientVariance", "gradientLook");
  const ofStream = variances("stream", "stream", "streamLook");
  return [
    new Panel({
      name: "activations",
      title: say("Activations"),
      words: helpOf("activations"),
      tools: [el("span", { class: "flow" }, say("forward \u2192"))],
      grow: 1.25,
      ...histograms((frame) => frame.activations, "activation", "a", true),
    }),
    new Panel({
      name: "activation-variance",
      title: say("Variance of activations"),
      words: helpOf("activationVariance"),
      tools: ofActivations.tools,
      ...profileRow({ ...ofActivations, role: "activation" }),
    }),
    new Panel({
      name: "stream",
      title: say("Residual stream"),
      words: helpOf("stream"),
      tools: ofStream.tools,
      when: ({ hello, about }) => Boolean(about?.stream) || columnsOf("stream", hello).length > 0,
      ...profileRow({ ...ofStream, role: "activation", sparse: true }),
    }),
    new Panel({
      name: "gradients",
      title: say("Gradients dL/dz"),
      words: helpOf("gradients"),
      tools: [el("span", { class: "flow" }, say("\u2190 backward"))],
      grow: 1.15,
      ...histograms((frame) => frame.gradients, "gradient", "dL/dz", false),
    }),
    new Panel({
      name: "gradient-variance",
      title: say("Variance of gradients"),
      words: helpOf("gradientVariance"),
      tools: ofGradients.tools,
      grow: 1.15,
      ...profileRow({ ...ofGradients, role: "gradient", names: true, theory: say(SCALED) }),
    }),
  ];
}

function scalars() {
  const quantityOf = (scene) => columnOf("updates", scene.hello);
  const ratio = { quantityOf, throughTime: () => false, role: "weight", names: true };
  const batch = (key) => ({ train: (point) => point[key], test: (point) => point[`test_${key}`] });
  return [
    new Panel({
      name: "loss",
      title: say("Loss"),
      words: helpOf("loss"),
      tools: [el("span", { class: "key" }, el("i", { class: "stroke" }), say("batch"), el("i", { class: "ring" }), say("test"))],
      ...scalarPanel({ ...batch("loss"), band: "loss", write: writeLoss, guess: (hello) => hello.guess?.loss }),
    }),
    new Panel({
      name: "accuracy",
      title: say("Accuracy"),
      words: helpOf("accuracy"),
      key: leftKey(({ ghosts }) => ghosts.length > 0),
      when: ({ hello }) => hello?.guess?.accuracy !== null, // of numbers nothing is right or wrong
      ...scalarPanel({ ...batch("accuracy"), band: "accuracy", write: writeAccuracy, guess: (hello) => hello.guess?.accuracy, fixed: [0, 1] }),
    }),
    new Panel({ name: "course", title: say("Rate and weights"), words: helpOf("course"), tools: [courseKey()], ...coursePanel }),
    new Panel({
      name: "updates",
      title: say("Update : weight"),
      words: helpOf("updates"),
      ...profileRow(ratio),
    }),
    new Panel({ name: "fractions", title: say("Saturated, dead"), words: helpOf("fractions"), ...fractionsPanel }),
  ];
}
