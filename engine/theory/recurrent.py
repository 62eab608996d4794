"""What theory says of a recurrent net's gradient, before any net is unrolled."""

from typing import Any

import numpy as np

from engine.spec.unrolled import complete
from engine.theory.criticality import critical_weight_variance, fixed_point
from engine.theory.laws import law


def predict_decades(**settings: Any) -> float:
    """Decades that the gradient's norm changes by for one step back, by theory; NaN where there is none.

    Identity: log10 of the radius, exactly for an orthogonal matrix. tanh and ReLU: half of log10 chi at the fixed
    point q* = radius^2 E[phi^2] + noise^2, as if each step had weights of its own (Chen et al., 2018).
    """
    full = complete(settings)
    if full["cell"] != "rnn" or full["matrix"] in ("default", "identity") or full["start"] != 0:
        return float("nan")
    with np.errstate(divide="ignore"):
        if full["activation"] == "identity":
            return float(np.log10(full["radius"]))
        chi = fixed_point(law(full["activation"]), full["radius"] ** 2, full["noise"] ** 2).chi
        return float(np.log10(chi) / 2)


def gate_decades(**settings: Any) -> float:
    """Decades a step back that a gated state would keep if its gate stood at its bias b: log10 sigmoid(b).

    NaN for the plain RNN, which has no gate. Exact for a net of zero weights (Gers, Schmidhuber and Cummins, 2000).
    """
    full = complete(settings)
    return (
        float("nan") if full["cell"] == "rnn" else float(-np.logaddexp(0, -full["forget_bias"]) / np.log(10))
    )


def critical_radius(**settings: Any) -> float:
    """The radius at which, by the same theory, the gradient neither vanishes nor explodes; NaN where there is none.

    A ReLU passes half of the gradient's square, however long its states: sqrt(2).
    """
    full = complete(settings)
    if np.isnan(predict_decades(**full | {"radius": 1.0})):
        return float("nan")
    if full["activation"] == "tanh":
        return float(np.sqrt(critical_weight_variance(law("tanh"), full["noise"] ** 2)))
    return {"identity": 1.0, "relu": 2**0.5}[full["activation"]]
