"""What each weight layer of a run is drawn from: its shape, its law in words and its spread; nothing is drawn."""

from itertools import pairwise
from typing import NamedTuple

from engine.spec import RunSpec
from engine.spec.blocks import outputs
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.wording import Sentence

BIRTH = (
    *("dataset", "hidden", "seed"),
    *("activation", "activation_options", "initializer", "initializer_options"),
    *("bias", "bias_value", "output", "outputs", "output_gain", "loss"),
)


def at_birth(spec: RunSpec) -> RunSpec:
    """The run with only the fields that decide its activation and its first weights; equal runs draw the same."""
    return RunSpec(**{field: getattr(spec, field) for field in BIRTH})


class Layer(NamedTuple):
    """One weight matrix, or several alike in a row ("2–10"), and what its weights are drawn from."""

    label: str
    fan_in: int
    fan_out: int
    law: str
    std: float


def widths(spec: RunSpec) -> tuple[int, ...]:
    """Units from the data to the outputs."""
    data = DATASETS[spec.dataset]
    return (data.features, *spec.hidden, outputs(spec, data.classes))


def layers(spec: RunSpec) -> list[Layer]:
    """What each layer's weights are drawn from, layers of one shape in one entry."""
    entry, options = INITIALIZERS[spec.initializer], spec.initializer_options
    shapes = list(pairwise(widths(spec)))
    found: list[Layer] = []
    *_, output = spec.layer_names
    for name, (fan_in, fan_out) in zip(spec.layer_names, shapes, strict=True):
        law = entry.distribution(fan_in, fan_out, **options)
        std = entry.weight_variance(fan_in, fan_out, **options) ** 0.5
        if name == output and spec.output_gain != 1:
            law = Sentence("{law}, times {gain:g}", law=law, gain=spec.output_gain)
            std *= spec.output_gain
        layer = Layer(name, fan_in, fan_out, law, std)
        if found and found[-1][1:] == layer[1:]:
            layer = layer._replace(label=f"{found.pop().label.split('–')[0]}–{name}")
        found.append(layer)
    return found
