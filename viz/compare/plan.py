"""What is compared, as a value: the settings that vary, on how many seeds, for how long. It fits in a link."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any, Self

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Choice, Option, Whole
from engine.tables.wording import Sentence
from viz.compare.axes import Axis, axes, axis
from viz.run.lessons import OPENING
from viz.server import bounds
from viz.words.labels import in_labels
from viz.words.language import listed, say
from viz.words.numbers import read
from viz.words.text import left_out

NONE = "none"
MOST_VALUES = 16  # of one setting
MOST_CELLS = 64
MOST_SECONDS = 60.0  # of training, as it is reckoned beforehand
FOLDS = {NONE: "The test set", "3": "3 folds", "5": "5 folds", "10": "10 folds"}
INNER = 3  # folds of the inner sweep
TOGETHER = 3.0  # times as fast as one by one, about, nets of one setting on all folds train
METRICS = {"accuracy": "Accuracy", "test_loss": "Test loss", "train_loss": "Training loss"}

OPTIONS: dict[str, Option] = {
    "seeds": Whole(
        "seeds", 4, 1, 64, words="Nets trained of each, with their own weights, batches and split."
    ),
    "steps": Whole("steps", 150, 1, 10_000, words="Steps that each net is trained."),
    "rank": Choice("rank", "accuracy", choices=tuple(METRICS), words="What the ranking goes by."),
    "folds": Choice(
        "folds", NONE, choices=tuple(FOLDS),
        words="Folds: so many parts of the training set are held out in turn, and of the second setting each fold "
        "takes the value that is best on the other folds alone, by an inner sweep. The test set is not looked at.",
    ),
}  # fmt: skip
KEYS = ("vary", "values", "also", "also_values", *OPTIONS)
"""Keys of the address that are this page's own."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One setting varied, or two, each over values as a link writes them; `also` is "none" for one alone."""

    vary: str = "batch_norm"
    values: tuple[str, ...] = ("none", "before", "after")
    also: str = NONE
    also_values: tuple[str, ...] = ()
    seeds: int = OPTIONS["seeds"].default
    steps: int = OPTIONS["steps"].default
    rank: str = OPTIONS["rank"].default
    folds: str = OPTIONS["folds"].default

    def __post_init__(self) -> None:
        for name, option in OPTIONS.items():
            object.__setattr__(self, name, option.check(getattr(self, name)))
        if self.vary == self.also:
            raise SpecError("{value!r} varies already; take another setting.", field="also", value=self.also)
        for name, texts in (("values", self.values), ("also_values", self.also_values)):
            if not texts and not (name == "also_values" and self.also == NONE):
                raise SpecError("Give at least one value.", field=name)
            if len(texts) > MOST_VALUES:
                raise SpecError(
                    "{count} values are too many; give at most {most}.",
                    field=name,
                    count=len(texts),
                    most=MOST_VALUES,
                )

    @property
    def parts(self) -> int:
        """Of each setting, how often one of its nets is judged."""
        return self.seeds * (1 if self.folds == NONE else int(self.folds))

    @property
    def metric(self) -> Sentence:
        """What the ranking goes by."""
        return Sentence(METRICS[self.rank])

    def change(self, **fields: Any) -> "Plan":
        """With some fields changed."""
        return replace(self, **fields)

    def write(self) -> dict[str, str]:
        """The query of its link: what differs from the usual plan."""
        usual, query = Plan(), {}
        for name in KEYS:
            value = getattr(self, name)
            if value != getattr(usual, name):
                query[name] = "~".join(value) if isinstance(value, tuple) else str(value)
        return query

    @classmethod
    def read(cls, query: Mapping[str, str]) -> tuple[Self, list[Sentence]]:
        """The plan of a link, and a notice for each key that meant nothing."""
        found: dict[str, Any] = {}
        notices: list[Sentence] = []
        for name, text in query.items():
            try:
                found[name] = _parsed(name, text)
            except SpecError as error:
                notices.append(left_out(name, error))
        while True:
            try:
                return cls(**_with_values(found)), notices
            except SpecError as error:
                notices.append(left_out(error.field or "", error))
                if error.field == "also" or error.field not in found:
                    found = {name: value for name, value in found.items() if not name.startswith("also")}
                else:
                    del found[error.field]


def _parsed(name: str, text: str) -> Any:
    if name in OPTIONS:
        return read(OPTIONS[name], text)
    if name.endswith("values"):
        return tuple(dict.fromkeys(part for part in text.split("~") if part))
    return text


def _with_values(found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a setting that a link varies without a value, those that are worth a look."""
    known = axes(OPENING)
    suggested = {
        values: known[found[name]].suggested(OPENING)[:MOST_VALUES]
        for name, values in (("vary", "values"), ("also", "also_values"))
        if found.get(name) in known and values not in found
    }
    return {**found, **suggested}


@dataclass(frozen=True)
class Cell:
    """One spec of a comparison; texts: its values of the one or two axes, as a link writes them."""

    spec: RunSpec
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """All that is trained. left_out: why some of the combinations are no run, in words."""

    axes: tuple[Axis, ...]
    cells: tuple[Cell, ...]
    left_out: tuple[str, ...]

    @property
    def labels(self) -> list[str]:
        """What people read of each cell: "ELU, learning rate 0.1"."""
        said = [
            listed(one.said(text) for one, text in zip(self.axes, cell.texts, strict=True))
            for cell in self.cells
        ]
        return [label[:1].upper() + label[1:] for label in said]

    def shown(self, cell: Cell) -> list[str]:
        """Its values as people write them, axis by axis."""
        return [one.shown(text) for one, text in zip(self.axes, cell.texts, strict=True)]


def families(cells: Cells) -> list[list[int]]:
    """Of each value of the first setting its cells, among which each fold chooses."""
    found: dict[str, list[int]] = {}
    for k, cell in enumerate(cells.cells):
        found.setdefault(cell.texts[0], []).append(k)
    return list(found.values())


def cells(spec: RunSpec, plan: Plan) -> Cells:
    """The runs that the plan makes out of this one. SpecError for what is no setting, no value, or too much."""
    names = [plan.vary] if plan.also == NONE else [plan.vary, plan.also]
    found = tuple(axis(spec, name) for name in names)
    values = [_values(one, texts) for one, texts in zip(found, (plan.values, plan.also_values), strict=False)]
    if (count := len(values[0]) * (len(values[1]) if len(values) > 1 else 1)) > MOST_CELLS:
        raise SpecError(
            "{count} combinations are too many for a picture; give values of which there are at most {most}.",
            field="values",
            count=count,
            most=MOST_CELLS,
        )
    made: dict[RunSpec, Cell] = {}
    left_out: dict[str, None] = {}
    for texts in product(*values):
        try:
            one = _with(
                spec,
                found,
                {each.name: known[text] for each, known, text in zip(found, values, texts, strict=True)},
            )
            bounds.check(one)
        except SpecError as error:
            said = listed(each.shown(text) for each, text in zip(found, texts, strict=True))
            left_out[say("{name}: {text}", name=said, text=in_labels(error.sentence))] = None
        else:
            made.setdefault(one, Cell(one, texts))
    if not made:
        raise SpecError(next(iter(left_out)), field="values")
    _refuse_too_much([cell.spec for cell in made.values()], plan)
    return Cells(found, tuple(made.values()), tuple(left_out))


def _values(one: Axis, texts: tuple[str, ...]) -> dict[str, Any]:
    """Text -> value, each value once."""
    known: dict[Any, str] = {}
    for text in texts:
        known.setdefault(one.value(text), text)
    return {text: value for value, text in known.items()}


def _with(spec: RunSpec, found: tuple[Axis, ...], values: Mapping[str, Any]) -> RunSpec:
    """The run with these values; an optimizer comes with its usual rate, unless rates are what is compared."""
    for one in sorted(
        found, key=lambda each: "." in each.name
    ):  # an option belongs to what was chosen before
        spec = spec.replace(**one.fields(spec, values[one.name]))
    if "optimizer" in values and "lr" not in values:
        return spec.replace(lr=OPTIMIZERS[spec.optimizer].default_lr)
    return spec


def work(specs: list[RunSpec], plan: Plan) -> tuple[int, float]:
    """How many runs a plan makes of these specs, and the seconds that they take, about."""
    alone = seconds(specs, plan.seeds, plan.steps)
    if plan.folds == NONE:
        return len(specs) * plan.seeds, alone
    settings = len(plan.values)
    trained = settings + (len(specs) * INNER if len(specs) > settings else 0)
    return trained * plan.parts, alone * trained / len(specs) * int(plan.folds) / TOGETHER


def _refuse_too_much(specs: list[RunSpec], plan: Plan) -> None:
    runs, needed = work(specs, plan)
    if needed <= MOST_SECONDS:
        return
    share = MOST_SECONDS / needed
    fewer = (
        Sentence("{count} {count:seed|seeds}", count=int(plan.seeds * share)),
        Sentence("{count} {count:step|steps}", count=int(plan.steps * share)),
    )
    fits = [one for one in fewer if one.values["count"] >= 1]
    advice = {
        0: "Give fewer values, or a smaller net.",
        1: "{first} would fit, or fewer values.",
        2: "{first} would fit, or {second}, or fewer values.",
    }[len(fits)]
    raise SpecError(
        "{runs} runs of {steps} steps would take this server about {needed}; one visitor may have "
        "{most}. {advice}",
        field="steps",
        runs=runs,
        steps=plan.steps,
        needed=_long(needed),
        most=_long(MOST_SECONDS),
        advice=Sentence(advice, **dict(zip(("first", "second"), fits, strict=False))),
    )


def _long(needed: float) -> Sentence:
    """A time in the unit that people would say it in."""
    if needed < 600:
        return Sentence("{seconds:.0f} s", seconds=needed)
    if needed < 7200:
        return Sentence("{minutes:.0f} minutes", minutes=needed / 60)
    return Sentence("{hours:,.0f} hours", hours=needed / 3600)


def seconds(specs: list[RunSpec], seeds: int, steps: int) -> float:
    """What the runs take, about: a quiet machine's pace, arithmetic and a little for each layer."""
    return seeds * steps * sum(map(_step_seconds, specs))


def _step_seconds(spec: RunSpec) -> float:
    data = DATASETS[spec.dataset]
    widths = (data.features, *spec.hidden, data.classes)
    work = bounds.samples(spec) * sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))
    return work / (2e9 if spec.dtype == "float64" else 4e9) + 1.5e-4 * len(spec.hidden) + 2e-4
