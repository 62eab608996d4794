"""What is said of a value that describes no run, and of whatever else a person can mend."""

from typing import Any

from engine.tables.wording import Name, Sentence

PLACED = "{place}: "


class ToldError(Exception):
    """What a person asked for and cannot have: where, what was given, what is allowed, and the nearest right thing.

    Its sentence is `template` filled with these and with `named`: {field}, {place} (the field and its option),
    {value!r}, {allowed}; the hint, a sentence of its own, follows. What follows a `PLACED` is one too. `sentence` is
    all of it, as `str` is. `brief` is for a place that shows what it is about: it neither names the field nor lists
    what the nearest right thing makes needless. Both can be rendered anew.
    """

    def __init__(
        self,
        template: str,
        *,
        field: str | None = None,
        option: str | None = None,
        value: Any = None,
        allowed: Sentence | tuple[str, ...] | None = None,
        hint: str = "",
        brief: str | None = None,
        **named: Any,
    ) -> None:
        super().__init__(template)
        self.field, self.option = field, option
        self.value, self.allowed, self.hint = value, allowed, hint
        if named or value is not None or allowed is not None or "{place}" in template:
            named |= {"value": value, "allowed": allowed, "field": self.name, "place": self.place}
        said = template.removeprefix(PLACED)
        self.sentence = _hinted(self._placed(Sentence(said, **named), template != said), hint)
        self.brief = _hinted(Sentence(brief or said, **named), hint)

    def __str__(self) -> str:
        return self.sentence

    def _placed(self, said: Sentence, has_place: bool) -> Sentence:
        return Sentence("{place}: {said}", place=self.place, said=said) if has_place else said

    @property
    def name(self) -> Name:
        """The field's name, as it stands in a sentence."""
        return Name(self.field or "")

    @property
    def place(self) -> str:
        """The field, and the option that it holds: "optimizer_options, eps"."""
        return (
            Sentence("{field}, {option}", field=self.name, option=self.option) if self.option else self.name
        )


class SpecError(ToldError, ValueError):
    """A value that describes no run."""


class UnknownNameError(SpecError, KeyError):
    """A name that a table does not hold."""


class UnknownFieldError(SpecError, TypeError):
    """A setting that no run has."""


def _hinted(sentence: Sentence, hint: str) -> Sentence:
    return Sentence("{sentence} {hint}", sentence=sentence, hint=hint) if hint else sentence
