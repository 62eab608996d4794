// Where a finding is to be seen: the panels that show it, by the finding's name.

import { sentence } from "../language.js";

const RATIO = ["updates"];
const FORWARD = ["activation-variance"];
const BACKWARD = ["gradient-variance"];

export const SHOWN = {
  "diverged": ["loss"],
  "symmetric units": BACKWARD,
  "batch too small for batch norm": ["loss"],
  "weight decay too strong": ["loss"],
  "underflow": BACKWARD,
  "saturated": ["fractions"],
  "exploding": BACKWARD,
  "exploding activations": FORWARD,
  "no gradient": BACKWARD,
  "vanishing": BACKWARD,
  "learning rate too high": ["updates", "loss"],
  "learning rate too low": RATIO,
  "dying units": ["fractions"],
  "collapsed": FORWARD,
  "running statistics": ["accuracy"],
  "not learning": ["loss"],
  "stands still": ["loss"],
  "learns too slowly": ["loss"],
  "schedule ends too early": RATIO,
  "wrong pair of output and loss": ["loss"],
  "learns only the majority": ["accuracy"],
  "learns by heart": ["accuracy"],
  "unscaled inputs": FORWARD,
};

/** What each finding is called. */
export const NAMES = {
  "diverged": sentence("diverged"),
  "symmetric units": sentence("symmetric units"),
  "batch too small for batch norm": sentence("batch too small for batch norm"),
  "weight decay too strong": sentence("weight decay too strong"),
  "underflow": sentence("underflow"),
  "saturated": sentence("saturated"),
  "exploding": sentence("exploding"),
  "exploding activations": sentence("exploding activations"),
  "no gradient": sentence("no gradient"),
  "vanishing": sentence("vanishing"),
  "learning rate too high": sentence("learning rate too high"),
  "learning rate too low": sentence("learning rate too low"),
  "dying units": sentence("dying units"),
  "collapsed": sentence("collapsed"),
  "running statistics": sentence("running statistics"),
  "not learning": sentence("not learning"),
  "stands still": sentence("stands still"),
  "learns too slowly": sentence("learns too slowly"),
  "schedule ends too early": sentence("schedule ends too early"),
  "wrong pair of output and loss": sentence("wrong pair of output and loss"),
  "learns only the majority": sentence("learns only the majority"),
  "learns by heart": sentence("learns by heart"),
  "unscaled inputs": sentence("unscaled inputs"),
};

/** The names of the panels that show a finding; none where there is none. */
export function panelsOf(finding) {
  return SHOWN[finding?.name] ?? [];
}

/** Of findings, those that held at a step: `began` to before `ended`. */
export function heldAt(findings, step) {
  return findings.filter(({ began = 0, ended = null }) => began <= step && (ended === null || step < ended));
}
