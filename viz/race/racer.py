"""Who runs in a race: an optimizer with its learning rate and its options, as a value and as text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from engine.spec.fields import Options
from engine.tables.errors import SpecError
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Number
from engine.tables.registry import Entry

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
        given = trimmed(entry, entry.complete(self.options, f"{entry.label}, options"))
        object.__setattr__(self, "options", given)
        object.__setattr__(self, "lr", _rate(entry, LR.check, self.lr))
        if not isinstance(self.on, bool):
            raise SpecError(
                "{racer}, on: {value!r} is not allowed; give True or False.",
                field="runs",
                value=self.on,
                racer=entry.label,
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
        given = [f"{name}:{entry.option(name).write(value)}" for name, value in self.options.items()]
        return ",".join([f"{'' if self.on else '-'}{self.optimizer}@{LR.write(self.lr)}", *given])

    @classmethod
    def read(cls, text: str) -> Self:
        """What `write` wrote; SpecError where it means nothing."""
        first, *rest = text.strip().split(",")
        name, at, lr = first.removeprefix("-").partition("@")
        entry = OPTIMIZERS[name]
        return cls(
            optimizer=name,
            lr=_rate(entry, LR.read, lr) if at else entry.default_lr,
            options=read_options(entry, rest, f"{entry.label}, options"),
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
            racer=entry.label,
            said=error.brief,
        ) from None


def racers(text: str) -> tuple[Racer, ...]:
    """Several in one text, with ; between them."""
    return tuple(Racer.read(part) for part in text.split(";") if part.strip())


def trimmed(entry: Entry, options: Mapping[str, Any]) -> Options:
    """Without those at their defaults: equal when the same run follows."""
    return Options({name: value for name, value in options.items() if value != entry.option(name).default})


def write_options(entry: Entry, options: Mapping[str, Any]) -> str:
    """ "alpha:0.3,eps:1e-06", for a link."""
    return ",".join(f"{name}:{entry.option(name).write(value)}" for name, value in options.items())


def read_options(entry: Entry, parts: Sequence[str], field: str) -> dict[str, Any]:
    """What `write_options` wrote, part by part, checked."""
    found = {}
    for part in filter(str.strip, parts):
        name, _, value = part.partition(":")
        found[name] = entry.option(name, field).read(value, field)
    return found
