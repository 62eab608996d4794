"""What a run is: a flat, frozen value that refuses nonsense at birth and fits in a URL."""

from collections.abc import Container, Mapping
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NoReturn, Self

from engine.spec import contradictions, settings
from engine.spec.fields import MAX_LAYERS, BatchSize, Device, EntryOptions, Options, TableChoice, Widths
from engine.spec.query import entry_of, notice, read, refuse_unknown
from engine.tables.activations import ACTIVATIONS
from engine.tables.clipping import CLIP, THRESHOLD
from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError, UnknownNameError
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Choice, Number, Option, Switch, Whole
from engine.tables.registry import Entry
from engine.tables.wording import Sentence

__all__ = ["FIELDS", "Options", "RunSpec", "SpecError", "UnknownNameError"]


def _field(option: Option | EntryOptions) -> Any:
    return field(default=option.default, metadata={"option": option})


@dataclass(frozen=True, kw_only=True, eq=False)
class RunSpec:
    """One training run, completely: the same spec gives the same numbers.

    Every field is checked at birth (SpecError) and kept in its own type; `RunSpec.option(name)` says what it may
    hold. Two specs are equal when the same run follows: an option spelled out at its default changes nothing.
    """

    dataset: str = _field(
        TableChoice("dataset", "digits", table=DATASETS, words="What the net learns to tell apart.")
    )
    input_scale: str = _field(settings.INPUT_SCALE)
    input_factor: float | tuple[float, ...] = _field(settings.INPUT_FACTOR)
    label_noise: float = _field(settings.LABEL_NOISE)
    class_share: float | None = _field(settings.CLASS_SHARE)
    batch_size: int | None = _field(
        BatchSize(
            "batch_size", 128, 1, 65536,
            words="Samples in each step: from 1, one by one, to all of them, the full batch.",
        )
    )  # fmt: skip
    hidden: tuple[int, ...] = _field(
        Widths(
            "hidden",
            (100,) * 10,
            words="Units in each hidden layer, first to last; none at all is a linear net.",
        )
    )
    activation: str = _field(
        TableChoice(
            "activation", "tanh", table=ACTIVATIONS, words="What each hidden layer does to its linear map."
        )
    )
    activation_options: Mapping[str, Any] = _field(
        EntryOptions("activation_options", "activation", "The activation's own options.")
    )
    initializer: str = _field(
        TableChoice(
            "initializer", "glorot_normal", table=INITIALIZERS, words="What the weights are drawn from."
        )
    )
    initializer_options: Mapping[str, Any] = _field(
        EntryOptions("initializer_options", "initializer", "The initializer's own options.")
    )
    bias: str = _field(settings.BIAS)
    bias_value: float = _field(settings.BIAS_VALUE)
    output: str = _field(settings.OUTPUT)
    outputs: int | None = _field(settings.OUTPUTS)
    output_gain: float = _field(settings.OUTPUT_GAIN)
    loss: str = _field(settings.LOSS)
    batch_norm: str = _field(
        Choice(
            "batch_norm", "none", choices=("none", "before", "after"),
            words="Batch normalization in every hidden layer, before its activation or after it.",
        )
    )  # fmt: skip
    batch_norm_momentum: float = _field(
        Number(
            "batch_norm_momentum", 0.1, 0.0, 1.0,
            words="Share of the newest batch in the running statistics: 1 minus the momentum of TensorFlow and Keras.",
        )
    )  # fmt: skip
    batch_norm_input: bool = _field(
        Switch("batch_norm_input", False, words="Batch normalization on the data.")
    )
    batch_norm_output: bool = _field(
        Switch("batch_norm_output", False, words="Batch normalization on the logits.")
    )
    layer_norm: str = _field(
        Choice(
            "layer_norm", "none", choices=("none", "before", "after"),
            words="Each sample normalized over a layer's units, before its activation or after it.",
        )
    )  # fmt: skip
    layer_norm_kind: str = _field(
        Choice(
            "layer_norm_kind", "layer", choices=("layer", "rms"),
            words="layer takes the mean off and divides by the standard deviation; rms only divides by the rms.",
        )
    )  # fmt: skip
    residual: str = _field(
        Choice(
            "residual", "none", choices=("none", "plain", "scaled", "rezero"),
            words="A path past each block of hidden layers, to which the block's last linear map is added: as it is, "
            "divided by the square root of the number of blocks, or times a number that is learned and starts at 0.",
        )
    )  # fmt: skip
    residual_every: int = _field(
        Whole(
            "residual_every", 1, 1, MAX_LAYERS,
            words="Hidden layers in each block of the path; layers left over at the end stay plain.",
        )
    )  # fmt: skip
    norm_place: str = _field(
        Choice(
            "norm_place", "post", choices=("post", "pre"),
            words="Where a block's last layer norm stands with a residual path: post on the sum, pre at the head of "
            "the next block, which leaves the path free.",
        )
    )  # fmt: skip
    dropout: float = _field(
        Number(
            "dropout", 0.0, 0.0, 1.0, open_high=True,
            words="Chance that a hidden output is 0 in a step; the others are divided by 1 - dropout.",
        )
    )  # fmt: skip
    optimizer: str = _field(
        TableChoice("optimizer", "sgd", table=OPTIMIZERS, words="How a gradient becomes a step.")
    )
    lr: float = _field(
        Number(
            "lr",
            0.1,
            0.0,
            1e9,
            log=True,
            words="Learning rate, the size of a step; at 0 the net stands still.",
        )
    )
    optimizer_options: Mapping[str, Any] = _field(
        EntryOptions("optimizer_options", "optimizer", "The optimizer's own options.")
    )
    schedule: str = _field(settings.SCHEDULE)
    schedule_options: Mapping[str, Any] = _field(settings.SCHEDULE_OPTIONS)
    schedule_steps: int = _field(settings.SCHEDULE_STEPS)
    warmup: int = _field(settings.WARMUP)
    clip: str = _field(CLIP)
    clip_threshold: float = _field(THRESHOLD)
    seed: int = _field(
        Whole(
            "seed",
            0,
            0,
            2**32 - 1,
            words="Decides the split, the weights, the batches, the dropout.",
        )
    )
    device: str = _field(Device("device", "cpu", words="Where the net is computed."))
    dtype: str = _field(
        Choice(
            "dtype",
            "float32",
            choices=("float32", "float64"),
            words="Precision of all numbers.",
        )
    )

    LIVE: ClassVar[frozenset[str]] = frozenset({
        "lr", "optimizer", "optimizer_options", "clip", "clip_threshold",
        "schedule", "schedule_options", "schedule_steps", "warmup", "batch_size", "dropout", "batch_norm_momentum",
    })  # fmt: skip
    """Fields that a running net takes over at once; any other starts a new run."""

    def __new__(cls, **given: Any) -> Self:
        refuse_unknown(FIELDS, given)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        self._settle(FIELDS)

    def _settle(self, names: Container[str]) -> None:
        """Check these fields, and all of them against one another."""
        for name, option in FIELDS.items():
            if name in names:
                object.__setattr__(self, name, self._checked(option, getattr(self, name)))
        contradictions.refuse_run(self)
        contradictions.refuse(self, self.hidden)

    @staticmethod
    def option(name: str) -> Any:
        """What the field may hold, an Option of its kind or EntryOptions: its default, range or choices, its words."""
        refuse_unknown(FIELDS, [name])
        return FIELDS[name]

    @property
    def layer_names(self) -> tuple[str, ...]:
        """What its layers are called: "1" to the number of hidden layers, and "out"."""
        return (*(str(layer + 1) for layer in range(len(self.hidden))), "out")

    def _entry(self, option: EntryOptions) -> Entry:
        """The entry whose options the field holds."""
        return entry_of(FIELDS, option, getattr(self, option.of))

    def _checked(self, option: Option | EntryOptions, value: Any) -> Any:
        if isinstance(option, EntryOptions):
            return option.check(self._entry(option), value)
        return option.check(value)

    def _written(self, option: Option | EntryOptions, value: Any) -> str:
        if isinstance(option, EntryOptions):
            return option.write(self._entry(option), value)
        return option.write(value)

    def _essence(self) -> dict[str, Any]:
        """Field by field, without the options that are at their defaults."""
        return {
            name: option.trim(self._entry(option), value) if isinstance(option, EntryOptions) else value
            for name, option in FIELDS.items()
            for value in [getattr(self, name)]
        }

    def __eq__(self, other: object) -> bool:
        return self._essence() == other._essence() if isinstance(other, RunSpec) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._essence().values()))

    def replace(self, **changes: Any) -> Self:
        """The same run with some fields changed. A new choice from a table drops the options of the old one."""
        refuse_unknown(FIELDS, changes)
        given = {name: {} for name, option in FIELDS.items() if self._is_renewed(option, changes)} | changes
        made = copy(self)  # what does not change was checked when this spec was made
        for name, value in given.items():
            object.__setattr__(made, name, value)
        made._settle(given)
        return made

    def _is_renewed(self, option: Option | EntryOptions, changes: Mapping[str, Any]) -> bool:
        """Whether these changes choose another entry, whose options these are."""
        if not isinstance(option, EntryOptions) or option.of not in changes:
            return False
        return changes[option.of] != getattr(self, option.of)

    def differences(self, other: "RunSpec") -> dict[str, Any]:
        """The fields that make `other` out of this spec: `self.replace(**self.differences(other)) == other`."""
        mine, theirs = self._essence(), other._essence()
        changed = {name for name in FIELDS if mine[name] != theirs[name]}
        for name, option in FIELDS.items():
            if isinstance(option, EntryOptions) and option.of in changed and theirs[name]:
                changed.add(name)
        return {name: getattr(other, name) for name in FIELDS if name in changed}

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON knows them: lists for tuples, dicts for options."""
        return {name: _plain(getattr(self, name)) for name in FIELDS}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """The spec of `to_dict`; a missing field takes its default, an unknown one is a SpecError."""
        refuse_unknown(FIELDS, _mapping(given))
        return cls(**given)

    def to_query(self, usual: "RunSpec | None" = None) -> dict[str, str]:
        """Short texts for a URL, {"hidden": "300,100x3", "activation_options": "alpha:0.3"}, without defaults.

        usual: another spec than the default one, whose values are left out instead.
        """
        usual = usual or RunSpec()
        known = usual._essence() | {
            name: Options()
            for name, option in FIELDS.items()
            if isinstance(option, EntryOptions) and getattr(self, option.of) != getattr(usual, option.of)
        }
        return {
            name: self._written(FIELDS[name], value)
            for name, value in self._essence().items()
            if value != known[name]
        }

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """The spec of `to_query`; SpecError for an unknown key or a text that says nothing."""
        return cls(**read(FIELDS, _mapping(query), _raise, vars(cls())))

    @classmethod
    def tolerant(cls, query: Mapping[str, str], usual: Self | None = None) -> tuple[Self, list[Sentence]]:
        """The spec of a URL that may hold anything: what is unknown, bad or contradictory stays as usual.

        Also returns a notice for each such key. Notices quote the URL: show them as plain text.

        usual: what holds for the fields that the URL leaves out, if not the defaults: the spec of `to_query(usual)`.
        """
        usual = usual or cls()
        errors: list[SpecError] = []
        given = read(FIELDS, _mapping(query), errors.append, vars(usual))
        while True:
            try:
                return usual.replace(**given), [notice(FIELDS, error, vars(usual)) for error in errors]
            except SpecError as error:
                errors.append(error)
                if error.field in given:
                    del given[error.field]
                else:
                    given.clear()  # one of them contradicts what is usual


FIELDS: dict[str, Option | EntryOptions] = {f.name: f.metadata["option"] for f in fields(RunSpec)}
"""name -> what the field may hold, in the order of the spec."""


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _raise(error: SpecError) -> NoReturn:
    raise error


def _mapping(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise SpecError("a run is a mapping from fields to values, which {value!r} is not.", value=given)
    return given
