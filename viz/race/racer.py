"""Who runs in a race: an optimizer with its learning rate and its options, as a value and as text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from engine.spec.fields import EntryOptions, Options
from engine.tables.errors import SpecError
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Number
from engine.tables.registry import Entry
from engine.tables.wording import Sentence

LR = Number(
    "lr", 0.1, 0.0, 1e9, log=True,
    words="Learning rate, the size of a step.",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Racer:
    """One optimizer with its settings; `on`: whether it runs."""

    optimizer: str
    lr: float
    options: Mapping[str, Any] = field(default_factory=Options)
    on: bool = True

    def __post_init__(self) -> None:
        entry = OPTIMIZERS[self.optimizer]
        object.__setattr__(self, "options", options_of(entry).essential(entry, self.options))
        object.__setattr__(self, "lr", _rate(entry, LR.check, self.lr))
        if not isinstance(self.on, bool):
            raise SpecError(
                "{racer}, on: {value!r} is not allowed; give True or False.",
                field="runs",
                value=self.on,
                racer=Sentence(entry.label),
            )

    @property
    def run(self) -> dict[str, Any]:
        """As `engine.descend` takes it."""
        return {"optimizer": self.optimizer, "lr": self.lr, "options": dict(self.options)}

    @property
    def complete(self) -> dict[str, Any]:
        """Every option, the defaults too."""
        return OPTIMIZERS[self.optimizer].complete(self.options)

    def to_dict(self) -> dict[str, Any]:
        """As JSON knows it, with every option spelled out."""
        options = {
            name: list(value) if isinstance(value, tuple) else value for name, value in self.complete.items()
        }
        return {"optimizer": self.optimizer, "lr": self.lr, "options": options, "on": self.on}

    def write(self) -> str:
        """ "adam@0.1,eps:1e-06" in a link; a minus before one that is off."""
        entry = OPTIMIZERS[self.optimizer]
        first = f"{'' if self.on else '-'}{self.optimizer}@{LR.write(self.lr)}"
        return ",".join(filter(None, [first, options_of(entry).write(entry, self.options)]))

    @classmethod
    def read(cls, text: str) -> Self:
        """What `write` wrote; SpecError where it means nothing."""
        first, *rest = text.strip().split(",")
        name, at, lr = first.removeprefix("-").partition("@")
        entry = OPTIMIZERS[name]
        return cls(
            optimizer=name,
            lr=_rate(entry, LR.read, lr) if at else entry.default_lr,
            options=options_of(entry).read_all(entry, rest),
            on=not first.startswith("-"),
        )


def _rate(entry: Entry, taken: Callable[[Any], float], given: Any) -> float:
    """The learning rate; the refusal names the card."""
    try:
        return taken(given)
    except SpecError as error:
        raise SpecError(
            "{racer}, lr: {said}",
            field=entry.label,
            option="lr",
            value=error.value,
            racer=Sentence(entry.label),
            said=error.brief,
        ) from None


def options_of(entry: Entry) -> EntryOptions:
    """What a card's options may hold; a refusal names the card."""
    return EntryOptions(f"{entry.label}, options", "optimizer", "The optimizer's own options.")


CARDS = {name: name for name in (options_of(entry).name for entry in OPTIMIZERS.values())}
"""What a refusal calls the options of each card; who shows it says that in its language."""


def racers(text: str) -> tuple[Racer, ...]:
    """Several in one text, with ; between them."""
    return tuple(Racer.read(part) for part in text.split(";") if part.strip())
