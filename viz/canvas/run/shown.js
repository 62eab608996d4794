// Where a finding is to be seen: the panels that show it, by the finding's name.

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
  "unscaled inputs": FORWARD,
};

/** The names of the panels that show a finding; none where there is none. */
export function panelsOf(finding) {
  return SHOWN[finding?.name] ?? [];
}

/** Of findings, those that held at a step: `began` to before `ended`. */
export function heldAt(findings, step) {
  return findings.filter(({ began = 0, ended = null }) => began <= step && (ended === null || step < ended));
}
