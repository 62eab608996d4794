"""How messages write what was given: values cut to fit, numbers as people write them, the nearest right name."""

import difflib
import reprlib
from collections.abc import Iterable

_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 60
_brief.maxlist = _brief.maxtuple = _brief.maxdict = 8


def shown(value: object) -> str:
    """`repr`, cut to a length that fits in a message."""
    try:
        return _brief.repr(value)
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        return "a number of thousands of digits"


def readable(number: float, digits: int = 6) -> str:
    """A number as people write it: 1e9 and 2.4e-6, not 1e+09 and 2.4e-06; whole numbers with all their digits."""
    text = str(number) if isinstance(number, int) else f"{number:.{digits}g}"
    return text.replace("e+", "e").replace("e0", "e").replace("e-0", "e-")


def nearest(name: object, names: Iterable[str]) -> str:
    """ " Did you mean 'adam'?", or "" when no name resembles the given one."""
    if not isinstance(name, str):
        return ""
    plain = simplified(name)
    matches = difflib.get_close_matches(plain, names, n=5)
    matches.sort(
        key=lambda match: sorted(match) != sorted(plain)
    )  # swapped letters first: adma is adam, not adamax
    return f" Did you mean {matches[0]!r}?" if matches else ""


def simplified(name: str) -> str:
    """A name in the way that tables write theirs: "Leaky-ReLU " is leaky_relu."""
    return name[:60].strip().lower().replace("-", "_").replace(" ", "_")


def number(value: float) -> str:
    """A number as people read it."""
    return f"{value:.0f}" if 100 <= value < 1e5 else readable(value, 2)
