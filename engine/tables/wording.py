"""How messages are worded: sentences that can be said anew, values cut to fit, the nearest right name."""

import difflib
import reprlib
from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any, Self

_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 60
_brief.maxlist = _brief.maxtuple = _brief.maxdict = 8


class Name(str):
    """The name of a field within a sentence: a page says its own label there."""


class Sentence(str):
    """A sentence for people: `template`, with `values` by their names. As text it is in the engine's own words.

    A value may be a sentence itself, a `Name` ({place}, or {place:lower} amid a sentence), or several of them.
    {given!r} writes a value as Python does, cut to fit; {low!g} a number in short; {given!n} as people write numbers.
    A template without values is taken as it stands.
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        sentence = super().__new__(cls, _Writer().vformat(template, (), values) if values else template)
        sentence.template, sentence.values = template, values
        return sentence

    def render(self, called: Mapping[str, str] | None = None, translate: Callable[[str], str] = str) -> str:
        """The sentence said anew. called: field -> what the page calls it; translate: English template -> another."""
        template = translate(self.template)
        return _Writer(called, translate).vformat(template, (), self.values) if self.values else template


class _Writer(Formatter):
    """Fills a template; with `called`, for a page, where numbers are written as people write them."""

    def __init__(
        self, called: Mapping[str, str] | None = None, translate: Callable[[str], str] = str
    ) -> None:
        self.called = called
        self.translate = translate

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if conversion is None:
            return value
        text = _short(value) if conversion == "g" else shown(value)
        is_plain = isinstance(value, float) and (conversion == "n" or self.called is not None)
        return plainly(text) if is_plain else text

    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, Sentence):
            return value.render(self.called, self.translate)
        if isinstance(value, Name):
            label = (self.called or {}).get(value)
            return str(value) if label is None else label.lower() if spec == "lower" else label
        if isinstance(value, list | tuple):
            return ", ".join(self.format_field(part, spec) for part in value)
        return format(value, spec)


def shown(value: object) -> str:
    """`repr`, cut to a length that fits in a message."""
    try:
        return _brief.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        return "a number of thousands of digits"


def readable(number: float, digits: int = 6) -> str:
    """A number as people write it: 1e9 and 2.4e-6, not 1e+09 and 2.4e-06; whole numbers with all their digits."""
    return plainly(str(number) if isinstance(number, int) else f"{number:.{digits}g}")


def plainly(text: str) -> str:
    """A written number as people write it: 1e9 for 1e+09, 1e-5 for 1e-05, 5 for 5.0. It reads back to the same."""
    return text.replace("e+", "e").replace("e0", "e").replace("e-0", "e-").removesuffix(".0")


def number(value: float) -> str:
    """A number as people read it."""
    return f"{value:.0f}" if 100 <= value < 1e5 else readable(value, 2)


def _short(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


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
