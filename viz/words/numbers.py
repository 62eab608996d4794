"""Numbers as people write and read them."""

from collections.abc import Callable
from typing import Any

from engine.tables.errors import SpecError
from engine.tables.option import Option
from engine.tables.wording import Sentence, plainly


def shown(text: str) -> str:
    """A written value as people write it: 1e-5 for 1e-05, 0.9, 0.999 for a pair. It reads back to the same value."""
    return ", ".join(map(plainly, text.split("~")))


def read(option: Option, text: str, field: str | None = None) -> Any:
    """The value that a person typed; SpecError, with the number that is meant where it has a decimal comma."""
    text = text.strip()
    try:
        return option.read(text, field)
    except SpecError:
        english = text.replace(",", ".")
        if english == text or not is_taken(option.read, english):
            raise
        hint = Sentence("Did you mean {meant}?", meant=english)
        raise option.refusal(text, field, hint) from None


def is_taken(by: Callable[[Any], Any], value: Any) -> bool:
    """Whether an option's `check` or `read` takes the value."""
    try:
        by(value)
    except SpecError:
        return False
    return True
