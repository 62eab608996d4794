"""What a run is: a flat, frozen value that refuses nonsense at birth and fits in a URL."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
import torch

from engine.activations import ACTIVATIONS
from engine.datasets import DATASETS
from engine.initializers import INITIALIZERS
from engine.optimizers import OPTIMIZERS
from engine.registry import Entry, Option, Registry, SpecError, UnknownNameError, nearest, shown

__all__ = ["MAX_LAYERS", "MAX_WIDTH", "Options", "RunSpec", "SpecError", "UnknownNameError"]

MAX_LAYERS = 1000
MAX_WIDTH = 16384
MAX_TEXT = 2000  # characters of one value in a URL

TABLES: dict[str, Registry[Any]] = {
    "dataset": DATASETS,
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "optimizer": OPTIMIZERS,
}
"""field -> the table it chooses from."""


class Options(dict[str, Any]):
    """A dict that does not change, so that it can be hashed. Equal to any dict with the same items."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[str, Any]]]:
        return Options, (dict(self),)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the options of a RunSpec do not change; make another one with spec.replace(...)")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse  # type: ignore


def _setting(name: str, default: Any, *args: Any, **kwargs: Any) -> Any:
    """A field of RunSpec, described by the Option that its metadata carries."""
    return field(default=default, metadata={"option": Option(name, default, *args, **kwargs)})


def _options(words: str) -> Any:
    return field(default=Options(), metadata={"words": words})


@dataclass(frozen=True, kw_only=True, eq=False)
class RunSpec:
    """One training run, completely: the same spec gives the same numbers.

    Every field is checked at birth (SpecError) and kept in its own type. Two specs are equal when the same run follows
    from them: an option that is spelled out at its default changes nothing. What a field may hold: `RunSpec.option(name)`.
    """

    dataset: str = field(default="digits", metadata={"words": "What the net learns to tell apart."})
    batch_size: int | None = field(
        default=128, metadata={"words": "Samples for each step; None is the full batch, 1 a single sample."}
    )
    hidden: tuple[int, ...] = field(
        default=(100,) * 10, metadata={"words": "The width of each hidden layer, first to last."}
    )
    activation: str = field(
        default="tanh", metadata={"words": "What each hidden layer does to its linear map."}
    )
    activation_options: Mapping[str, Any] = _options("The activation's own options.")
    initializer: str = field(default="glorot_normal", metadata={"words": "What the weights are drawn from."})
    initializer_options: Mapping[str, Any] = _options("The initializer's own options.")
    batch_norm: str = _setting(
        "batch_norm", "none", kind="choice", choices=("none", "before", "after"),
        words="Batch normalization in each hidden layer: none, before the activation or after it.",
    )  # fmt: skip
    batch_norm_momentum: float = _setting(
        "batch_norm_momentum", 0.1, 0.0, 1.0,
        words="Weight of the newest batch in the running statistics: 1 minus what TensorFlow and Keras call momentum.",
    )  # fmt: skip
    batch_norm_input: bool = _setting(
        "batch_norm_input",
        False,
        kind="bool",
        words="Batch normalization on the data, before the first layer.",
    )
    batch_norm_output: bool = _setting(
        "batch_norm_output",
        False,
        kind="bool",
        words="Batch normalization on the logits, after the last layer.",
    )
    dropout: float = _setting(
        "dropout", 0.0, 0.0, 1.0, open_high=True,
        words="Chance that a hidden output is set to 0 while training; the others grow by 1/(1 - dropout).",
    )  # fmt: skip
    optimizer: str = field(default="sgd", metadata={"words": "How the gradient becomes a step."})
    lr: float = _setting(
        "lr", 0.1, 0.0, 1e9, log=True, words="Learning rate: the size of a step. 0 measures without moving."
    )
    optimizer_options: Mapping[str, Any] = _options("The optimizer's own options.")
    clip: str = _setting(
        "clip", "none", kind="choice", choices=("none", "value", "norm"),
        words="value: cut each component of the gradient; norm: shorten the whole gradient and keep its direction.",
    )  # fmt: skip
    clip_threshold: float = _setting(
        "clip_threshold", 1.0, 0.0, 1e9, open_low=True, log=True, words="Where clipping sets in."
    )
    seed: int = _setting(
        "seed",
        0,
        0,
        2**32 - 1,
        kind="int",
        words="Fixes the split, the weights, the batches and the dropout.",
    )
    device: str = field(default="cpu", metadata={"words": "Where it is computed: cpu, cuda or cuda:1."})
    dtype: str = _setting(
        "dtype", "float32", kind="choice", choices=("float32", "float64"), words="Precision of the net."
    )

    LIVE: ClassVar[frozenset[str]] = frozenset(
        "lr optimizer optimizer_options clip clip_threshold batch_size dropout batch_norm_momentum".split()
    )
    """Fields that a running net takes over at once; a change of any other starts a new run."""

    def __post_init__(self) -> None:
        for name in FIELDS:
            object.__setattr__(self, name, _checked(name, getattr(self, name), self))
        self._refuse_batch_norm_of_one()

    def _refuse_batch_norm_of_one(self) -> None:
        normalized = self.batch_norm != "none" or self.batch_norm_input or self.batch_norm_output
        if normalized and self.batch_size == 1:
            raise SpecError(
                "batch_size: 1 does not go with batch normalization, which compares each sample with the others of its "
                "batch; give a batch_size of 2 or more, or turn batch normalization off.",
                field="batch_size",
            )

    def _key(self) -> tuple[Any, ...]:
        return tuple(_trimmed(self, name) for name in FIELDS)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, RunSpec) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    @classmethod
    def option(cls, name: str) -> Option | None:
        """Range, choices and words of a field; None for tables, their options, `hidden`, `batch_size` and `device`."""
        return FIELDS[name].metadata.get("option")

    def replace(self, **changes: Any) -> Self:
        """The same run with some fields changed. A new table choice drops the options of the old one."""
        _refuse_unknown(changes)
        given = {name: getattr(self, name) for name in FIELDS} | changes
        for table in TABLES:
            options = f"{table}_options"
            if options in FIELDS and options not in changes and given[table] != getattr(self, table):
                given[options] = {}
        return type(self)(**given)

    def differences(self, other: "RunSpec") -> dict[str, Any]:
        """The fields of `other` that make it out of this spec: `self.replace(**differences) == other`."""
        changed = {name for name in FIELDS if _trimmed(self, name) != _trimmed(other, name)}
        changed |= {
            f"{table}_options"
            for table in changed & TABLES.keys()
            if getattr(other, f"{table}_options", None)
        }
        return {name: getattr(other, name) for name in FIELDS if name in changed}

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON knows them: lists for tuples, dicts for options."""
        return {name: _plain(getattr(self, name)) for name in FIELDS}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """The spec of `to_dict`; missing fields take their defaults, unknown ones are a SpecError."""
        if not isinstance(given, Mapping):
            raise SpecError(f"a run is given as a mapping of its fields, not as {shown(given)}.")
        _refuse_unknown(given)
        return cls(**given)

    def to_query(self) -> dict[str, str]:
        """Flat short texts, field by field, for a URL: {"hidden": "300,100x3"}. Defaults are left out."""
        plain = type(self)()
        return {name: _write(self, name) for name in FIELDS if _trimmed(self, name) != _trimmed(plain, name)}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """The spec of `to_query`; SpecError for an unknown key or a text that says nothing."""
        _refuse_unknown(query)
        choice = {table: query.get(table, FIELDS[table].default) for table in TABLES}
        return cls(**{name: _read(name, text, choice) for name, text in query.items()})

    @classmethod
    def tolerant(cls, query: Mapping[str, str]) -> tuple[Self, list[str]]:
        """The spec of a URL that may hold anything, and a notice for each key that was left at its default."""
        notices: list[str] = []
        given: dict[str, Any] = {}
        known = {name: text for name, text in query.items() if name in FIELDS}
        if unknown := [name for name in query if name not in FIELDS]:
            notices += [_unknown(name) for name in unknown[:5]]
            notices += [f"{len(unknown) - 5} more unknown keys were ignored."] if len(unknown) > 5 else []
        choice = {table: known.get(table, FIELDS[table].default) for table in TABLES}
        for name, text in known.items():
            try:
                given[name] = _read(name, text, choice)
            except SpecError as error:
                notices.append(f"{error} {_fallback(name)}")
        while True:
            try:
                return cls(**given), notices
            except SpecError as error:
                notices.append(f"{error} {_drop(given, error)}")


FIELDS: dict[str, Field[Any]] = {f.name: f for f in fields(RunSpec)}
"""name -> field, in the order of the spec."""


def _checked(name: str, value: object, spec: RunSpec) -> Any:
    """The value of a field in its own type; SpecError when the field cannot hold it."""
    if option := FIELDS[name].metadata.get("option"):
        return option.check(value)
    if name in TABLES:
        return _choice(name, value)
    if name in _SPECIAL:
        return _SPECIAL[name](value)
    return _entry_options(
        name, value, TABLES[name.removesuffix("_options")][getattr(spec, name.removesuffix("_options"))]
    )


def _choice(name: str, value: object) -> str:
    return TABLES[name][value].name  # type: ignore[index]


def _entry_options(name: str, value: object, entry: Entry) -> Options:
    given = Options(entry.checked(value, name))  # type: ignore[arg-type]
    entry.complete(given, name)
    return given


def _hidden(value: object) -> tuple[int, ...]:
    width = Option("width", 100, 1, MAX_WIDTH, kind="int")
    if isinstance(value, (str, bytes, Mapping, set, frozenset)) or not isinstance(
        value, (Sequence, np.ndarray)
    ):
        hint = f" Did you mean ({value},)?" if isinstance(value, int) and not isinstance(value, bool) else ""
        raise SpecError(
            f"hidden: {shown(value)} is not allowed; give the width of each hidden layer, such as (300, 100).{hint}",
            field="hidden",
        )
    if len(value) > MAX_LAYERS:
        raise SpecError(
            f"hidden: {len(value)} layers are too many; give at most {MAX_LAYERS}.", field="hidden"
        )
    return tuple(width.check(one, "hidden") for one in value)


def _batch_size(value: object) -> int | None:
    if value is None:
        return None
    size = Option("batch_size", 128, 1, 65536, kind="int")
    try:
        return size.check(value)
    except SpecError as error:
        hint = str(error).partition(".")[2]
        message = f"batch_size: {shown(value)} is not allowed; give {size.allowed}, or None for the full batch.{hint}"
        raise SpecError(message, field="batch_size") from None


def _device(value: object) -> str:
    if isinstance(value, torch.device):
        value = str(value)
    if value == "cpu":
        return "cpu"
    if not isinstance(value, str) or not re.fullmatch(r"cuda(:\d{1,3})?", value):
        raise SpecError(
            f"device: {shown(value)} is not allowed; give cpu, cuda or cuda:1.{nearest(value, ('cpu', 'cuda'))}",
            field="device",
        )
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(value.partition(":")[2] or 0) >= count:
        has = f"has {count} CUDA device{'s' * (count != 1)}" if count else "has no CUDA device"
        raise SpecError(f"device: {value!r} is not here, this machine {has}; give cpu.", field="device")
    return value


_SPECIAL: dict[str, Callable[[object], Any]] = {
    "hidden": _hidden,
    "batch_size": _batch_size,
    "device": _device,
}


def _trimmed(spec: RunSpec, name: str) -> Any:
    """The field, without the options that are at their default: equal when the same run follows."""
    value = getattr(spec, name)
    if not name.endswith("_options"):
        return value
    table = name.removesuffix("_options")
    entry = TABLES[table][getattr(spec, table)]
    return Options({key: kept for key, kept in value.items() if kept != entry.option(key).default})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _write(spec: RunSpec, name: str) -> str:
    value = _trimmed(spec, name)
    if name == "hidden":
        return _write_hidden(value)
    if name == "batch_size":
        return "full" if value is None else str(value)
    if isinstance(value, Options):
        table = name.removesuffix("_options")
        entry = TABLES[table][getattr(spec, table)]
        return ",".join(f"{key}:{entry.option(key).write(item)}" for key, item in value.items())
    option = FIELDS[name].metadata.get("option")
    return option.write(value) if option else value


def _read(name: str, text: object, choice: Mapping[str, str]) -> Any:
    """What the text of one key says; the table choices of the same URL tell which options there are."""
    if not isinstance(text, str):
        raise SpecError(f"{name}: {shown(text)} is not text.", field=name)
    if len(text) > MAX_TEXT:
        raise SpecError(f"{name}: {len(text)} characters are too many; give at most {MAX_TEXT}.", field=name)
    if name == "hidden":
        return _read_hidden(text)
    if name == "batch_size":
        return None if text == "full" else _batch_size(int(text) if text.isdecimal() else text)
    if name.endswith("_options"):
        return _read_options(name, text, choice[name.removesuffix("_options")])
    option = FIELDS[name].metadata.get("option")
    return option.read(text) if option else text


def _write_hidden(hidden: Sequence[int]) -> str:
    """(300, 100, 100, 100) -> "300,100x3"; () -> "none"."""
    runs: list[list[int]] = []
    for width in hidden:
        if runs and runs[-1][0] == width:
            runs[-1][1] += 1
        else:
            runs.append([width, 1])
    return ",".join(f"{width}x{count}" if count > 1 else str(width) for width, count in runs) or "none"


def _read_hidden(text: str) -> tuple[int, ...]:
    if text == "none":
        return ()
    hidden: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})\s*(?:[x*]\s*(\d{1,9}))?\s*", part)
        if not match:
            raise SpecError(
                f"hidden: {shown(part)} is not a width; give widths such as 300,100 or 100x10, or none.",
                field="hidden",
            )
        count = int(match[2] or 1)
        if len(hidden) + count > MAX_LAYERS:
            raise SpecError(f"hidden: {shown(text)} is more than {MAX_LAYERS} layers.", field="hidden")
        hidden += [int(match[1])] * count
    return _hidden(hidden)


def _read_options(name: str, text: str, choice: str) -> dict[str, Any]:
    entry = TABLES[name.removesuffix("_options")][choice]
    options: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        key, colon, value = part.partition(":")
        if not colon:
            raise SpecError(
                f"{name}: {shown(part)} is not of the form option:value, such as alpha:0.3.", field=name
            )
        options[key] = entry.option(key, name).read(value, name)
    return options


def _refuse_unknown(names: Iterable[object]) -> None:
    for name in names:
        if name not in FIELDS:
            raise SpecError(_unknown(name), field=name if isinstance(name, str) else None)


def _unknown(name: object) -> str:
    return f"{shown(name)} is no field of a run; there are {', '.join(FIELDS)}.{nearest(name, FIELDS)}"


def _fallback(name: str) -> str:
    default = _write(RunSpec(), name)
    return f"{name} stays at {default}." if default else f"{name} stay at their defaults."


def _drop(given: dict[str, Any], error: SpecError) -> str:
    """Take the field that the error blames out of the given ones; say what holds instead."""
    if error.field not in given:
        raise error
    del given[error.field]
    return _fallback(error.field)
