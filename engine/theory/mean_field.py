"""The signal of an infinitely wide net at init, computed: the blocks it is made of, folded forward and back.

What one block does stands in `blocks`. Sources: Glorot & Bengio 2010; He et al. 2015; Poole et al. 2016; Schoenholz
et al. 2017; with batch norm Yang et al. 2019.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from engine.spec import RunSpec, blocks
from engine.spec.stack import Signal, Stack
from engine.tables.activations import ACTIVATIONS
from engine.theory.blocks import NAN, Back, Layer, fold
from engine.theory.moments import Gradient, Moments


@dataclass(frozen=True, eq=False)
class Prediction(Signal):
    """A predicted signal: arrays [layers], NaN where no theory exists.

    chi: what layer l does to the squared gradient that arrives from above, g^l / g^(l+1); for the last layer, what
    one more layer like it would do. Above 1 the gradient explodes, below 1 it vanishes.
    """

    chi: np.ndarray


def predict(**stack: Any) -> Prediction:
    """The signal of an infinitely wide net at init, arrays [layers]. See `Stack` for the arguments.

    Raises SpecError for arguments that describe no net. NaN: weights whose mean is not 0 (every unit of a layer gets
    the same signal), batch norm over fewer than 4 samples or over a signal as small as its eps.
    """
    net = Stack(**stack)
    edges = ACTIVATIONS[net.activation].saturation(net.activation_options)
    with _quiet():
        layers: list[Layer] = []
        z, back = fold(net.below, _input(1.0, net.batch_size), layers)
        _, last = fold(net.above, z, layers)
        back(Gradient())
        return Prediction(
            q=_column(layer.z.second for layer in layers),
            activation_var=_column(layer.leaving.variance for layer in layers),
            signal_var=_column(layer.z.signal for layer in layers) * (1 - 1 / net.batch_size),
            gradient_ms=_column(layer.gradient.mean_square for layer in layers),
            dead=_column(layer.entering.dead(*edges) for layer in layers),
            saturated=_column(layer.entering.saturated(*edges) for layer in layers),
            gradient_ms_log10=_column(layer.gradient.log10 for layer in layers),
            chi=np.append(_factors(layers), _one_more(net.linears()[-1], last)),
        )


ENDS = ("norm_output", "answer")
"""What stands behind the last linear map, whose gradient all others are measured by."""


def expect(spec: RunSpec, features: int, classes: int, input_ms: float = 1.0) -> dict[str, np.ndarray]:
    """What theory expects of a run's first frame, arrays [hidden layers + output layer], NaN where it has no answer.

    activation_var: pooled, of the logits for the output layer, NaN where an activation of
    its own follows. gradient_ms_relative: mean square of dLoss/dz over
    that of the output layer. input_ms: mean square of the data; its samples are taken as independent, and as equally
    large: where features have factors of their own few decide, sample by sample, and there is no answer.

    With a residual path also the columns of `measure.stream.STREAM`, NaN where no block ends.
    """
    if isinstance(spec.input_factor, tuple) and len(set(spec.input_factor)) > 1:
        input_ms = NAN
    net = [block for block in blocks.network(spec, features, classes) if block.name not in ENDS]
    layers = _layers(net, _input(input_ms, spec.batch_size or 1024))
    logits, hidden = layers[-1].z, [layer.leaving.variance for layer in layers[:-1]]
    relative = _column(layer.gradient.mean_square for layer in layers)
    if spec.batch_norm_output:
        relative[:-1] = NAN
    # what samples share lies, with few units, partly in the units' mean, which is removed
    shared = logits.second - logits.signal * (1 - 1 / logits.samples)
    units = blocks.outputs(spec, classes)
    ends = logits.second - shared / units if spec.output in ("linear", "softmax") else NAN
    return {
        "activation_var": np.array([*hidden, ends]),
        "gradient_ms_relative": relative,
        **(_stream(layers) if spec.residual != "none" else {}),
    }


def _stream(layers: list[Layer]) -> dict[str, np.ndarray]:
    """Sizes of the residual stream behind and before each block, and of what the block writes over that before."""
    with _quiet():
        after, before, written = np.sqrt(np.array([layer.stream for layer in layers])).T
        return {"stream_after": after, "stream_before": before, "stream_written": written / before}


def lengths(spec: RunSpec, features: int, classes: int, input_ms: float = 1.0) -> np.ndarray:
    """The mean square of z before any step, arrays as in `expect`, under the masks of the spec's dropout.

    NaN beyond the first batch norm.
    """
    net = [block for block in blocks.network(spec, features, classes) if block.name != "answer"]
    return _column(layer.z.second for layer in _layers(net, _unsigned(_input(input_ms, 1))))


def gradient_log10(stack: Stack) -> float:
    """log10 of the squared gradient of the first layer over the last, as `predict` has it, without the rest of it."""
    entering = _input(1.0, stack.batch_size)
    return _layers(stack.below, entering if stack.batch_norm != "none" else _unsigned(entering))[
        0
    ].gradient.log10


def _layers(net: Iterable[blocks.Block], entering: Moments) -> list[Layer]:
    """The weight layers of a net after one pass forward and one back, from a gradient of mean square 1."""
    layers: list[Layer] = []
    with _quiet():
        _, back = fold(net, entering, layers)
        back(Gradient())
    return layers


def _unsigned(moments: Moments) -> Moments:
    """Without the signal, which takes most of the time and which only batch norm needs."""
    return replace(moments, signal=NAN)


def _quiet() -> np.errstate:
    return np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore")


def _input(mean_square: float, samples: int) -> Moments:
    return Moments(mean=0.0, second=mean_square, signal=mean_square, samples=samples)


def _column(values: Iterable[float]) -> np.ndarray:
    return np.array(list(values), float)


def _factors(layers: list[Layer]) -> list[float]:
    """What each layer but the last does to the squared gradient."""
    return [layer.gradient.over(above.gradient) for layer, above in pairwise(layers)]


def _one_more(linear: blocks.Linear, last: Back) -> float:
    """What another layer like the last does to a squared gradient that came through one."""

    def again(gradient: Gradient) -> Gradient:
        return last(gradient.times(linear.pieces * linear.fan_in * linear.weight_variance))

    once = again(Gradient())
    return again(once).over(once)
