// What is measured, in the words that the panels, their menus and the tooltips share.

export const ACTIVATION_VARIANCES = [
  {
    key: "activation_var_log10",
    name: "Var a, pooled",
    words: "variance of the activations a, pooled over units and samples (mean removed)",
    theory: "activation_var",
  },
  {
    key: "signal_var_log10",
    name: "Var z, signal",
    words: "variance of z over the samples, averaged over units: how far apart the layer still keeps its inputs",
    theory: "signal_var",
  },
  {
    key: "preactivation_var_log10",
    name: "Var z, pooled",
    words: "variance of z, the linear map's output before any batch norm, pooled over units and samples",
    theory: "preactivation_var",
  },
];

export const GRADIENT_VARIANCES = [
  {
    key: "gradient_var_log10",
    name: "Var dL/dz, pooled",
    words: "variance of the gradient dL/dz, pooled over units and samples, before clipping",
    theory: "gradient_ms_relative",
    relative: true, // to the output layer, from whose measured value the line starts
  },
  {
    key: "gradient_rms_log10",
    name: "rms dL/dz",
    words: "root mean square of the gradient dL/dz, before clipping",
    theory: null,
  },
  {
    key: "weight_gradient_var_log10",
    name: "Var dL/dW, pooled",
    words: "variance of the gradient of the weights, pooled over all weights of the layer, before clipping",
    theory: null,
  },
];

export const UPDATE_RATIO = {
  key: "update_ratio_log10",
  name: "update : weight",
  words: "norm of the last change of W over the norm of W; about 1e-3 is healthy",
};

export const FRACTIONS = [
  { key: "saturated", name: "saturated", words: "outputs on a flat part of the activation" },
  { key: "dead", name: "dead", words: "units saturated on every sample of the batch" },
];

/** A theory's log10 values [layers] for a quantity, or null. Relative ones start from the measured output layer. */
export function theoryOf(quantity, hello, stats) {
  const values = quantity.theory && hello?.theory ? hello.theory[quantity.theory] : null;
  if (!values || !values.some((value) => value !== null)) return null;
  const anchor = quantity.relative ? anchorOf(quantity, values, stats) : 0;
  return values.map((value) => (value === null ? NaN : Math.log10(value) + anchor));
}

function anchorOf(quantity, values, stats) {
  const last = stats[quantity.key].length - 1;
  return stats[quantity.key][last] - Math.log10(values[last] ?? NaN);
}
