"""A sentence as a template with values: what it says can be said in every language that has the template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from engine.tables.wording import number, readable


@dataclass(frozen=True)
class Layer:
    """A layer as a value of a sentence: 1 is the first; the last one is the output layer."""

    number: int
    is_output: bool = False


class Sentence:
    """`template` names its values in braces, with a kind of writing after a colon: "{dead:percent} of {layer:layer}".

    values: numbers, names, layers or whole sentences, by name. `str` says it in English; another language has its
    own template for this one and its own `Formatter` for the kinds of `ENGLISH`.
    """

    def __init__(self, template: str, **values: Any):
        self.template, self.values = template, values

    def __str__(self) -> str:
        return ENGLISH.vformat(self.template, (), self.values)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Sentence) and self.template == other.template
        return same and self.values == other.values

    def __hash__(self) -> int:
        return hash(self.template)

    def __repr__(self) -> str:
        return f"Sentence({str(self)!r})"

    def numbers(self) -> dict[str, float | int]:
        """The numbers that it and the sentences within it name."""
        found: dict[str, float | int] = {}
        for name, value in self.values.items():
            if isinstance(value, Sentence):
                found |= value.numbers()
            elif isinstance(value, int | float):
                found[name] = value
        return found

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON knows it: {"template", "values"}, a layer as {"layer", "is_output"}."""
        return {"template": self.template, "values": {name: _plain(v) for name, v in self.values.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, Sentence):
        return value.to_dict()
    if isinstance(value, Layer):
        return {"layer": value.number, "is_output": value.is_output}
    return value


class Kinds(Formatter):
    """Writes each value by the kind after its colon; without one as it is."""

    def __init__(self, kinds: Mapping[str, Callable[[Any], str]]):
        self.kinds = kinds

    def format_field(self, value: Any, spec: str) -> str:
        return self.kinds[spec](value) if spec else str(value)


ENGLISH = Kinds({
    "number": number,
    "rough": lambda value: readable(float(value), 1),
    "rate": lambda value: readable(float(value)),
    "loss": lambda value: f"{value:.2f}",
    "percent": lambda value: f"{value:.0%}",
    "layer": lambda layer: "the output layer" if layer.is_output else f"layer {layer.number}",
})  # fmt: skip
"""Kind of writing -> how English writes it: two digits, one, all that count, a loss, a share, a layer."""
