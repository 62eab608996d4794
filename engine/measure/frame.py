"""What one measured step has to say."""

from dataclasses import dataclass

import numpy as np

from engine.measure.statistics import COLUMN
from engine.measure.stream import STREAM


@dataclass(frozen=True)
class Divergence:
    """Where the first NaN or inf was met: the step, the layer (1 is the first, the output layer the last) and the
    quantity ("pre-activation", "activation", "loss", "gradient" or "weights")."""

    step: int
    layer: int
    quantity: str


@dataclass(frozen=True)
class Frame:
    """One measured step. The arrays of `statistics.COLUMNS` are attributes, each float64 [layers]: the hidden layers
    forward, then the output layer, whose z and outputs are the logits and whose `saturated` and `dead` are NaN.

    `step` counts from 1. `gradient_norm` is the 2-norm of all parameters' gradients before clipping and
    `gradient_norm_clipped` after; `loss` and `accuracy` are this batch's, before the update; `lr` made the update.
    `finite` is False at the step where a run diverged. In a net with a residual path the columns of `stream.STREAM` are
    attributes too, [layers], NaN where no block ends.
    """

    step: int
    loss: float
    accuracy: float
    finite: bool
    gradient_norm: float
    gradient_norm_clipped: float
    lr: float
    table: np.ndarray
    stream: np.ndarray | None = None

    def __getattr__(self, name: str) -> np.ndarray:
        if name in COLUMN:
            return self.table[:, COLUMN[name]]
        if name in STREAM and self.stream is not None:
            return self.stream[:, [*STREAM].index(name)]
        raise AttributeError(f"a Frame has no {name!r}; its arrays are: {', '.join(COLUMN)}")
