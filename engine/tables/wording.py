"""How messages are worded: sentences that can be said anew, numbers as people write them, the nearest right name."""

import difflib
import reprlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Self

_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 60
_brief.maxlist = _brief.maxtuple = _brief.maxdict = 8


class Name(str):
    """The name of a field within a sentence: a page says its own label there."""


@dataclass(frozen=True)
class Layer:
    """A layer within a sentence: 1 is the first; the last one is the output layer."""

    number: int
    is_output: bool = False


class Sentence(str):
    """A sentence for people: `template`, with `values` by their names. As text it is what `ENGLISH` makes of it.

    The template names its values in braces, with a kind of writing after a colon: "{dead:percent} of {layer:layer}".
    A value is a number, a text, a `Name`, a `Layer`, a sentence itself, or several of them, in a row or with a last
    "and" or "or": "{names:or}". "{n} {n:layer|layers}" says the form that fits the number, in the order of a language's
    plurals. {given!r} writes any value as Python does, cut to fit. A template without values is taken as it stands.
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        sentence = super().__new__(cls, ENGLISH.vformat(template, (), values) if values else template)
        sentence.template, sentence.values = template, values
        return sentence

    def said(self, writer: "Writer") -> str:
        """The sentence said anew, with a page's labels or in another language."""
        template = writer.translate(self.template)
        return writer.vformat(template, (), self.values) if self.values else template

    def numbers(self) -> dict[str, float | int]:
        """The numbers that it and the sentences within it name."""
        found: dict[str, float | int] = {}
        for name, value in self.values.items():
            if isinstance(value, Sentence):
                found |= value.numbers()
            elif isinstance(value, int | float):
                found[name] = value
        return found

    def to_dict(self, called: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The same as JSON knows it: {"template", "values", "written"}, a layer as {"layer", "is_output"}.

        written: what every language writes alike, numbers above all, by what stands in the braces: {"dead:percent":
        "58%"}. Who says it anew elsewhere need not know how numbers are written here. called: field -> the label that
        stands for its `Name`, as a sentence of its own.
        """
        values = {name: _plain(value, called or {}) for name, value in self.values.items()}
        return {"template": self.template, "values": values, "written": self._written()}

    @classmethod
    def of_dict(cls, told: Mapping[str, Any]) -> Self:
        """The sentence of `to_dict`; the label that stood for a `Name` stays, as a sentence."""
        return cls(
            told["template"], **{name: _lively(value) for name, value in told.get("values", {}).items()}
        )

    def _written(self) -> dict[str, str]:
        written: dict[str, str] = {}
        for _, name, spec, conversion in Formatter().parse(self.template) if self.values else ():
            value = self.values.get(name or "")
            is_alike = conversion or not isinstance(value, Sentence | Name | Layer | list | tuple)
            if name and is_alike and "|" not in (spec or ""):
                field = f"{name}!{conversion}" if conversion else name
                field = f"{field}:{spec}" if spec else field
                written[field] = ENGLISH.vformat(f"{{{field}}}", (), self.values)
        return written


def _plain(value: Any, called: Mapping[str, str]) -> Any:
    if isinstance(value, Sentence):
        return value.to_dict(called)
    if isinstance(value, Name) and value in called:
        return {"template": called[value]}
    if isinstance(value, Layer):
        return {"layer": value.number, "is_output": value.is_output}
    if isinstance(value, list | tuple):
        return [_plain(part, called) for part in value]
    return value if isinstance(value, str | int | float | dict | None) else shown(value)


def _lively(value: Any) -> Any:
    if isinstance(value, list):
        return [_lively(part) for part in value]
    if isinstance(value, dict) and "template" in value:
        return Sentence.of_dict(value)
    if isinstance(value, dict) and "is_output" in value:
        return Layer(value["layer"], value["is_output"])
    return value


class Writer(Formatter):
    """Writes sentences: each value by the kind after its colon, without one as it is.

    called: field -> what a page calls it; there numbers are always written as people write them. translate: English
    template -> another. kinds: how this language writes what `KINDS` writes for English. plural: number -> which of the
    forms between bars fits it, counted from 0.
    """

    def __init__(
        self,
        called: Mapping[str, str] | None = None,
        translate: Callable[[str], str] = str,
        kinds: Mapping[str, Callable[[Any], str]] | None = None,
        plural: Callable[[Any], int] = lambda number: int(number != 1),
    ) -> None:
        self.called = called
        self.translate = translate
        self.plural = plural
        self.kinds = {**KINDS, **(kinds or {})}

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if conversion is None:
            return value
        text = shown(value)
        return text.said(self) if isinstance(text, Sentence) else self._numeral(value, text)

    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, Sentence):
            return value.said(self).lower() if spec == "lower" else value.said(self)
        if isinstance(value, Name):
            label = (self.called or {}).get(value)
            if label is None:
                return str(value)
            label = self.translate(label)
            return label.lower() if spec == "lower" else label
        if spec in self.kinds:
            text = self.kinds[spec](value)
            return text.said(self) if isinstance(text, Sentence) else self._numeral(value, text)
        if isinstance(value, list | tuple):
            return self._row(value, spec)
        if "|" in spec:
            forms = spec.split("|")
            return forms[min(self.plural(value), len(forms) - 1)]
        return format(value, spec)

    def _row(self, values: list[Any] | tuple[Any, ...], spec: str) -> str:
        """Several values in a row: "a, b, c", "a, b and c"."""
        kind, last = ("", ROWS[spec]) if spec in ROWS else (spec, ROWS[""])
        row, *others = [self.format_field(value, kind) for value in values] or [""]
        for left, value in zip(range(len(others), 0, -1), others, strict=True):
            row = self.translate(last if left == 1 else ROWS[""]).format(row=row, next=value)
        return row

    def _numeral(self, value: Any, text: str) -> str:
        return plainly(text) if self.called and isinstance(value, float) else text


def shown(value: object) -> str:
    """`repr`, cut to a length that fits in a message."""
    try:
        return _brief.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        return Sentence("a number of thousands of digits")


def readable(number: float, digits: int = 6) -> str:
    """A number as people write it: 1e9 and 2.4e-6, not 1e+09 and 2.4e-06; whole numbers with all their digits."""
    return plainly(str(number) if isinstance(number, int) else f"{number:.{digits}g}")


def plainly(text: str) -> str:
    """A written number as people write it: 1e9 for 1e+09, 1e-5 for 1e-05, 5 for 5.0. It reads back to the same."""
    return text.replace("e+", "e").replace("e0", "e").replace("e-0", "e-").removesuffix(".0")


def number(value: float) -> str:
    """A number as people read it."""
    return f"{value:.0f}" if 100 <= value < 1e5 else readable(value, 2)


def percent(value: float) -> str:
    """A share in whole percents, or with one digit where that would be none of it."""
    return f"{readable(100 * value, 1)}%" if 0 < abs(value) <= 0.005 else f"{value:.0%}"


ROWS = {"": "{row}, {next}", "and": "{row} and {next}", "or": "{row} or {next}"}
"""How the last one of several values is joined to those before it, by the kind of writing; the others always by "".
A language writes them its own way."""

KINDS: Mapping[str, Callable[[Any], str]] = {
    "number": number,
    "rough": lambda value: readable(float(value), 1),
    "rate": lambda value: readable(float(value)),
    "loss": lambda value: f"{value:.2f}",
    "percent": percent,
    "layer": lambda layer: (
        Sentence("the output layer") if layer.is_output else Sentence("layer {number}", number=layer.number)
    ),
    "short": lambda value: str(value) if isinstance(value, int) else f"{value:g}",
    "given": lambda value: plainly(shown(value)) if isinstance(value, float) else shown(value),
}
"""Kind of writing -> how English writes it: two digits, one, all that count, a loss, a share, a layer, an end of a
range, what was given. What has words in it is a sentence, which each language says."""

ENGLISH = Writer()
"""The engine's own words."""


def nearest(name: object, names: Iterable[str]) -> str:
    """ "Did you mean 'adam'?", or "" when no name resembles the given one."""
    if not isinstance(name, str):
        return ""
    plain = simplified(name)
    matches = difflib.get_close_matches(plain, names, n=5)
    matches.sort(
        key=lambda match: sorted(match) != sorted(plain)
    )  # swapped letters first: adma is adam, not adamax
    return meant(matches[0]) if matches else ""


def meant(value: object) -> Sentence:
    """ "Did you mean 'adam'?" """
    return Sentence("Did you mean {meant!r}?", meant=value)


def simplified(name: str) -> str:
    """A name in the way that tables write theirs: "Leaky-ReLU " is leaky_relu."""
    return name[:60].strip().lower().replace("-", "_").replace(" ", "_")
