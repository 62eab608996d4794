"""The lines of code that draw a watched net's weights anew, all of those of one fault, as their activations ask for."""

from collections.abc import Sequence

import numpy as np

from engine.diagnosis.watched import Watched
from engine.measure.paths import code_of

SMALL, LARGE = (
    0.5,
    4.0,
)  # times the size at which a linear map keeps a signal's; rectifiers ask for 2, tanh for 2.8
HEAD = 0.05  # of it is too small for the last layer, which many start small
OF_SIGMOID = 3.0  # inputs from which on a sigmoid is flat, and tanh is not so late
RELU, TANH, SIGMOID = (
    "nn.init.kaiming_normal_({w})",
    'nn.init.xavier_normal_({w}, nn.init.calculate_gain("tanh"))',
    "nn.init.xavier_normal_({w})",
)
RECURRENT = "weight_ih_", "weight_hh_", "weight_hr_"


def draw(net: Watched, layers: Sequence[int]) -> str:
    """The lines that draw the weights of layers anew, each counted from 0."""
    cells: dict[str, None] = {}  # in order, each once
    of_kinds: dict[str, dict[str, None]] = {}
    for layer in layers:
        name = net.subject.parameters[layer]
        home, _, own = name.rpartition(".")
        if own.startswith(RECURRENT):
            cells[f"{code_of(home)}.reset_parameters()"] = None
        elif name:
            of_kinds.setdefault(_kind(net, layer), {})[code_of(name)] = None
    return "\n".join([*cells, *(_drawn(how, list(weights)) for how, weights in of_kinds.items())])


def _drawn(how: str, weights: list[str]) -> str:
    if len(weights) == 1:
        return how.format(w=weights[0])
    return f"for w in ({', '.join(weights)}): {how.format(w='w')}"


def _kind(net: Watched, layer: int) -> str:
    """How the weights of a layer are to be drawn; one that no activation follows is drawn as those before it."""
    limits = next((each for each in net.subject.bends[layer::-1] if not np.isnan(each).any()), (0.0, np.inf))
    if not (limits[0] < 0 and np.isfinite(limits).all()):
        return RELU
    return SIGMOID if limits[1] > OF_SIGMOID else TANH


def of_size(net: Watched, layer: int, large: bool) -> list[int]:
    """All layers whose weights started too large, or too small; that one alone where none did."""
    scale = net.start("weight_var") * np.array([each or np.nan for each in net.subject.fan_in])
    wrong = scale > LARGE
    if not large:
        wrong = (scale > 0) & (scale < SMALL)
        wrong[-1] &= scale[-1] < HEAD
    found = np.flatnonzero(wrong).tolist()
    return sorted({layer, *found}) if found else [layer]
