"""The settings of a net unrolled in time, and what it costs."""

from collections.abc import Mapping
from typing import Any

from engine.tables.errors import SpecError
from engine.tables.option import Choice, Number, Whole

CELLS = ("rnn", "lstm", "gru")


SETTINGS = {
    option.name: option
    for option in (
        Choice("cell", "rnn", choices=CELLS, words="What carries the state from step to step."),
        Choice(
            "activation", "tanh", choices=("tanh", "relu", "identity"),
            words="Of the plain RNN; LSTM and GRU have their own.",
        ),
        Choice(
            "matrix", "orthogonal", choices=("default", "orthogonal", "gaussian", "identity"),
            words="The recurrent matrix (each gate's, for LSTM and GRU) before it is scaled; default: torch's own "
            "start of the whole cell, with no radius.",
        ),
        Number("radius", 1.0, 0.0, 100.0, words="Spectral radius of the recurrent matrix.", log=True),
        Whole("steps", 100, 1, 2000, words="Time steps from the first input to the loss."),
        Whole("width", 64, 1, 1024, words="Units of the state."),
        Whole("inputs", 8, 1, 1024, words="Numbers in each input x_t ~ N(0, 1)."),
        Number("noise", 0.5, 0.0, 100.0, words="Standard deviation of what the inputs add to each unit."),
        Number("forget_bias", 0.0, -20.0, 20.0, words="The LSTM's forget bias, or the GRU's update bias."),
        Number("start", 0.0, -100.0, 100.0, words="Value of every unit of the first state."),
        Whole("batch_size", 16, 1, 4096, words="Sequences."),
        Whole("seed", 0, 0, 2**32 - 1, words="Fixes weights and inputs."),
        Choice("dtype", "float64", choices=("float64", "float32"), words="Precision."),
    )
}  # fmt: skip
"""The arguments of `unroll`: name -> Option."""


GATES = {"rnn": 1, "lstm": 4, "gru": 3}
"""Recurrent matrices in each cell, stacked in `weight_hh`; torch's order: LSTM input, forget, cell, output; GRU reset,
update, new."""


def complete(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with their defaults, each checked; SpecError for one that is not allowed or does not exist."""
    for name in settings:
        if name not in SETTINGS:
            raise SpecError(
                "{value!r} is no setting of a recurrent net; there are {allowed}.",
                field=name,
                value=name,
                allowed=tuple(SETTINGS),
            )
    return {name: option.check(settings.get(name, option.default)) for name, option in SETTINGS.items()}


def multiplications(**settings: Any) -> int:
    """Multiplications that unrolling a net takes: the cell's matrices forward once and back twice, every step."""
    full = complete(settings)
    matrix = full["width"] * (full["width"] + full["inputs"])
    return 3 * full["steps"] * full["batch_size"] * GATES[full["cell"]] * matrix


def numbers_kept(**settings: Any) -> int:
    """Numbers that unrolling a net keeps for the way back: inputs, gates and states of every step."""
    full = complete(settings)
    units = (GATES[full["cell"]] + 3) * full["width"]
    return full["steps"] * full["batch_size"] * (units + full["inputs"])
