// What the "?" of each panel says.

import { paragraph, say, sentence } from "../language.js";

const OUTSIDE = sentence(
  "Exact zeros, NaN, infinite values and underflow are outside the bins and counted underneath. Up is the value, to the right the number of values. While the net trains a random share of the batch is counted, at least 1,024 values a layer (all where it has fewer); every value when it stands still.",
);

const HELP = {
  activations: [
    sentence(
      "What each layer puts out: its values a over units and samples of this batch (out: the logits).",
    ),
    OUTSIDE,
  ],
  activationVariance: [
    sentence(
      "One point a layer, log axis. Pooled: over units and samples together, mean removed. Signal: over the samples only, averaged over units; where it falls the layer confuses its inputs, even if the pooled variance is flat.",
    ),
  ],
  stream: [
    sentence(
      "What stands on the path past the blocks of hidden layers, one point at the layer that ends a block, log axis: its root mean square behind the block or before it, and how much the block writes to it, over what stood there before. Dotted: what theory expects at init, where it has an answer.",
    ),
  ],
  gradients: [
    sentence(
      "How the loss changes with each layer's z (the linear map's output), over units and samples of this batch, before clipping. They flow from out back to layer 1.",
    ),
    OUTSIDE,
  ],
  gradientVariance: [
    sentence(
      "One point a layer, log axis. Falling toward layer 1: the gradient vanishes on its way back; rising toward layer 1: it explodes. The theory at init gives ratios only: its line is scaled to what the output layer shows in this frame, so it moves with training and its shape does not.",
    ),
  ],
  loss: [
    sentence(
      "The loss, of cross-entropy in nats, through the whole run. Line: each step's batch. Rings: the test set, now and then. Dotted: what the best answer gives that is the same for every sample; of numbers it is their variance, 1.",
    ),
  ],
  course: [
    sentence(
      "The learning rate that each step was taken with, over the largest so far, and the norm of all weights over their first: a schedule, a warmup and weight decay are seen here. Point at it for the numbers.",
    ),
  ],
  accuracy: [
    sentence(
      "Share of right answers. Line: each step's batch. Rings: the test set, now and then. Dotted: what the best answer gives that is the same for every sample.",
    ),
  ],
  sight: [
    sentence(
      "What the net answers, without dropout and with batch norm's running statistics, about once a second and never so often that it slows the run. Two inputs: every place of the plane has the color of its answer, the stronger the more probable, lines are where the answer changes, and samples of the training set have a shape and a color for each class, a ring where the net is wrong. Pictures: samples of the test set, each with the answer and its probability; wrong ones are marked. Hidden units: what each puts out over the plane, one hue below zero, the other above.",
    ),
  ],
  updates: [
    sentence(
      "Norm of the last change of W over the norm of W, log axis, one point a layer. About 1e-3 (dotted) is healthy; much less: the layer hardly learns; much more: it is thrown about.",
    ),
  ],
  fractions: [
    sentence(
      "Saturated: share of outputs on a flat part of the activation, where almost no gradient passes. Dead: share of units that are saturated on every sample of the batch. The output layer has neither.",
    ),
  ],
};

/** What the "?" of the panel of this name says. */
export const helpOf = (name) => paragraph(...HELP[name].map((each) => say(each)));
