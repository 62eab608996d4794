"""The fields of a run that are more than one number: a table's choice, its options, widths, batch size, device.

Like every `Option`, each checks a value, writes it as short text for a URL and reads that text back.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, NoReturn

import numpy as np

from engine.tables.errors import SpecError
from engine.tables.later import Later
from engine.tables.option import Option, Whole
from engine.tables.registry import Entry, Registry
from engine.tables.wording import Sentence, meant, nearest

cuda = Later("torch.cuda")  # asked only about a CUDA device

MAX_LAYERS = 1000
MAX_WIDTH = 16384


@dataclass(frozen=True, kw_only=True)
class TableChoice(Option):
    """One of a table's names."""

    table: Registry[Any]

    @property
    def allowed(self) -> Sentence:
        return Sentence("one of {choices}", choices=tuple(self.table))

    def check(self, value: object, field: str | None = None) -> str:
        return self.table[value].name  # type: ignore[index]

    def read(self, text: str, field: str | None = None) -> str:
        return self.check(text)


class Widths(Option):
    """The width of each hidden layer: a tuple, "300,100x3" in a URL; () is "none"."""

    @property
    def allowed(self) -> Sentence:
        return Sentence("the width of each hidden layer, 1 to {most}, such as (300, 100)", most=MAX_WIDTH)

    @property
    def span(self) -> Sentence:
        return Sentence("widths from 1 to {most}, such as 300,100 or 100x10, or none", most=MAX_WIDTH)

    def check(self, value: object, field: str | None = None) -> tuple[int, ...]:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            single = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_WIDTH
            raise self.refusal(value, hint=meant((value,)) if single else "")
        if len(value) > MAX_LAYERS:
            raise SpecError(
                "{place}: {layers} layers are too many; give at most {most}.",
                field=self.name,
                value=value,
                layers=len(value),
                most=MAX_LAYERS,
            )
        return tuple(_WIDTH.check(one, self.name) for one in value)

    def write(self, value: Sequence[int]) -> str:
        runs = ((width, len(list(same))) for width, same in groupby(value))
        return ",".join(f"{width}x{count}" if count > 1 else str(width) for width, count in runs) or "none"

    def read(self, text: str, field: str | None = None, cut: bool = False) -> tuple[int, ...]:
        """The widths; cut: of more than there may be the first, for whoever says in words of their own how many fit."""
        if text == "none":
            return ()
        hidden: list[int] = []
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d{1,9})\s*(?:[x*×]\s*(\d{1,9})\s*)?", part)
            if not match:
                raise SpecError(
                    "{place}: {value!r} is no width; give widths such as 300,100 or 100x10, or none.",
                    field=self.name,
                    value=part,
                )
            count = int(match[2] or 1)
            if count == 0:
                raise SpecError(
                    "{place}: {value!r} makes no layer; for a net without hidden layers give none.",
                    field=self.name,
                    value=part,
                )
            if cut:
                count = min(count, MAX_LAYERS - len(hidden))
            if len(hidden) + count > MAX_LAYERS:
                raise SpecError(
                    "{place}: {value!r} is too many layers; give at most {most}.",
                    field=self.name,
                    value=text,
                    most=MAX_LAYERS,
                )
            hidden += [int(match[1])] * count
        return self.check(hidden)


_WIDTH = Whole("width", 100, 1, MAX_WIDTH)


class BatchSize(Whole):
    """Samples for each step; None, or "full" in a URL, is the full batch."""

    @property
    def allowed(self) -> Sentence:
        return Sentence("{some}, or None for the full batch", some=super().allowed)

    @property
    def span(self) -> Sentence:
        return Sentence("{some}, or full for the full batch", some=super().span)

    def check(self, value: object, field: str | None = None) -> int | None:
        return None if value is None else super().check(value)

    def write(self, value: int | None) -> str:
        return "full" if value is None else str(value)

    def read(self, text: str, field: str | None = None) -> int | None:
        return None if text == "full" else super().read(text)


class Device(Option):
    """cpu, or a CUDA device that this machine has."""

    @property
    def allowed(self) -> Sentence:
        return Sentence("cpu, cuda or, for the second of several, cuda:1")

    def check(self, value: object, field: str | None = None) -> str:
        name = str(value) if type(value).__module__ == "torch" else value  # a torch.device
        if name == "cpu":
            return "cpu"
        if not isinstance(name, str) or not re.fullmatch(r"cuda(:\d{1,3})?", name):
            raise self.refusal(value, hint=nearest("cuda" if value == "gpu" else value, ("cpu", "cuda")))
        count = cuda.device_count() if cuda.is_available() else 0
        if int(name.partition(":")[2] or 0) >= count:
            has = ("no CUDA device", "1 CUDA device", "{count} CUDA devices")[min(count, 2)]
            raise SpecError(
                "{place}: {value!r} is not here, this machine has {has}; give 'cpu'.",
                field=self.name,
                value=name,
                has=Sentence(has, count=count),
            )
        return name

    def read(self, text: str, field: str | None = None) -> str:
        return self.check(text)


class Options(dict[str, Any]):
    """A dict that does not change, so that it can be hashed. Equal to any dict with the same items."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[str, Any]]]:
        return Options, (dict(self),)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the options of a run do not change; make another run with spec.replace(...)")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse  # type: ignore


@dataclass(frozen=True)
class EntryOptions:
    """The options of the entry that the field `of` chooses; "alpha:0.3,beta:2.0" in a URL."""

    name: str
    of: str
    words: str
    default: ClassVar[Options] = Options()

    def check(self, entry: Entry, value: Mapping[str, Any]) -> Options:
        """The given options in their own types and in the entry's order; those left out stay left out."""
        full = entry.complete(value, self.name)
        return Options({name: kept for name, kept in full.items() if value and name in value})

    def trim(self, entry: Entry, options: Mapping[str, Any]) -> Options:
        """Without those at their defaults: equal when the same run follows."""
        return Options(
            {name: value for name, value in options.items() if value != entry.option(name).default}
        )

    def essential(self, entry: Entry, value: Mapping[str, Any]) -> Options:
        """The given options, checked, without those at their defaults."""
        return self.trim(entry, entry.complete(value, self.name))

    def write(self, entry: Entry, options: Mapping[str, Any]) -> str:
        return ",".join(f"{name}:{entry.option(name).write(value)}" for name, value in options.items())

    def read(self, entry: Entry, part: str) -> tuple[str, Any]:
        """("alpha", 0.3) for "alpha:0.3"."""
        name, colon, value = part.partition(":")
        if not colon:
            raise SpecError(
                "{field}: {value!r} does not read as option:value, such as alpha:0.3.",
                brief="{value!r} does not read as option:value, such as alpha:0.3.",
                field=self.name,
                option=part,
                value=part,
            )
        return name, entry.option(name, self.name).read(value, self.name)

    def read_all(self, entry: Entry, parts: Iterable[str]) -> dict[str, Any]:
        """The options that `write` wrote, part by part."""
        return dict(self.read(entry, part) for part in parts if part.strip())
