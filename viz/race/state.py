"""A race as a value: surface, start, budget and who runs. Checked at birth, and it fits in a link."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Self

from engine.descent.surface import Bounds, Point, Surface
from engine.descent.surfaces import SURFACES
from engine.spec.fields import EntryOptions, Options
from engine.tables.clipping import CLIP, THRESHOLD
from engine.tables.errors import SpecError
from engine.tables.later import Later
from engine.tables.option import Number, Pair, Whole
from engine.tables.schedules import SCHEDULES
from engine.tables.wording import nearest, readable, shown
from viz.race.racer import Racer, racers

TYPED = "typed"
surface_from_expression = Later("engine.descent.expression.surface_from_expression")  # it computes with torch
LETTERS = "ABCDEFGHIJ"  # of the cards, in their order
MOST_RUNS = len(LETTERS)
MOST_STEPS = 2000
FARTHEST = 1e9

OPTIONS = {
    option.name: option
    for option in (
        Pair("start", (0.0, 0.0), -FARTHEST, FARTHEST, words="Where every optimizer starts: x, y."),
        Whole(
            "steps", 300, 1, MOST_STEPS,
            words="The budget: gradients that each optimizer may ask for, one a step.",
        ),
        CLIP,
        THRESHOLD,
        Number(
            "noise", 0.0, 0.0, 1e6, log=True,
            words="Standard deviation of what is added to each component of each gradient, the same for all: "
            "0 is the full batch, s / sqrt(B) a batch of B samples with s for one.",
        ),
        Whole("seed", 0, 0, 2**32 - 1, words="Decides the noise."),
    )
}  # fmt: skip
SURFACE_OPTIONS = EntryOptions("surface_options", "surface", "The surface's own options.")
SCHEDULE_OPTIONS = EntryOptions("schedule", "schedule", "The schedule's own options.")
_WINDOW = Pair("window", (0.0, 0.0), -FARTHEST, FARTHEST)


OPENING_RUNS = racers(
    "sgd@0.1;momentum@0.03;nesterov@0.03;adagrad@0.3;rmsprop@0.03;adam@0.1;nadam@0.1;adadelta@10"
)


@dataclass(frozen=True, kw_only=True)
class Race:
    """Everything that decides the picture: the same race, the same paths.

    surface: a name of SURFACES, or "typed" for the function in `expression`. window: ((x low, x high), (y low,
    y high)) and start: (x, y), each None for the surface's own. schedule: {"name": ..., its options}, for every run.
    """

    surface: str = "bowl"
    surface_options: Mapping[str, Any] = field(default_factory=Options)
    expression: str = ""
    window: Bounds | None = None
    start: Point | None = None
    steps: int = OPTIONS["steps"].default
    clip: str = "none"
    clip_threshold: float = 1.0
    noise: float = 0.0
    seed: int = 0
    schedule: Mapping[str, Any] = field(default_factory=lambda: Options(name="constant"))
    runs: tuple[Racer, ...] = OPENING_RUNS

    def __post_init__(self) -> None:
        put = object.__setattr__.__get__(self)
        for name in ("steps", "clip", "clip_threshold", "noise", "seed"):
            put(name, OPTIONS[name].check(getattr(self, name)))
        put("start", None if self.start is None else _checked_start(self.start))
        put("window", None if self.window is None else _checked_window(self.window))
        put("schedule", _checked_schedule(self.schedule))
        put("runs", _checked_runs(self.runs))
        if self.surface != TYPED and self.surface not in SURFACES:
            SURFACES[self.surface]
        if self.surface == TYPED and not isinstance(self.expression, str):
            raise SpecError("{place}: {value!r} is no text.", field="expression", value=self.expression)
        if self.surface != TYPED:
            put("expression", "")
            entry = SURFACES[self.surface]
            put("surface_options", SURFACE_OPTIONS.essential(entry, self.surface_options))
        else:
            put("surface_options", Options())
            self.built  # noqa: B018 - an expression outside the grammar is refused here

    @property
    def built(self) -> Surface:
        """The surface with its options, in the window asked for."""
        surface = _typed(self.expression, self.window) if self.surface == TYPED else SURFACES[self.surface]
        if self.surface_options:
            surface = surface.with_options(**self.surface_options)
        return replace(surface, bounds=self.window) if self.window else surface

    @property
    def begin(self) -> Point:
        """Where every run starts."""
        return self.start if self.start is not None else self.built.start

    @property
    def running(self) -> tuple[Racer, ...]:
        """Who is on; SpecError when nobody is."""
        on = tuple(racer for racer in self.runs if racer.on)
        if not on:
            raise SpecError("No optimizer is on: switch on at least one of the cards.", field="runs")
        return on

    @property
    def descend_runs(self) -> list[dict[str, Any]]:
        """Who is on, as `engine.descend` takes it."""
        return [racer.run | {"schedule": dict(self.schedule)} for racer in self.running]

    def to_dict(self) -> dict[str, Any]:
        """As JSON knows it: what the browser gets and gives back."""
        return {
            **{f.name: getattr(self, f.name) for f in fields(self)},
            "surface_options": dict(self.surface_options),
            "schedule": dict(self.schedule),
            "window": [list(pair) for pair in self.window] if self.window else None,
            "start": list(self.start) if self.start is not None else None,
            "runs": [racer.to_dict() for racer in self.runs],
        }

    @classmethod
    def from_dict(cls, given: Any) -> Self:
        """The race of `to_dict`; a missing field takes its default. SpecError for anything that is no race."""
        if not isinstance(given, Mapping):
            raise SpecError("{value!r} is no race; give a dict of its fields.", field="race", value=given)
        names = [f.name for f in fields(cls)]
        for name in given:
            if name not in names:
                raise SpecError(
                    "a race has no field {value!r}; it has {allowed}.",
                    field="race",
                    value=name,
                    allowed=tuple(names),
                    hint=nearest(name, names),
                )
        runs = given.get("runs", OPENING_RUNS)
        if not isinstance(runs, Sequence) or isinstance(runs, str):
            raise SpecError("{place}: {value!r} is not a list of runs.", field="runs", value=runs)
        return cls(**{**given, "runs": tuple(_racer(run) for run in runs)})


@lru_cache(maxsize=256)
def _typed(text: str, window: Bounds | None) -> Surface:
    return surface_from_expression(text, window) if window else surface_from_expression(text)


def _racer(given: Any) -> Racer:
    if isinstance(given, Racer):
        return given
    if not isinstance(given, Mapping) or not {"optimizer", "lr"} <= given.keys() <= {
        "optimizer",
        "lr",
        "options",
        "on",
    }:
        raise SpecError(
            "{place}: {value!r} is no run; give optimizer, lr, options and on.", field="runs", value=given
        )
    return Racer(**given)


def _checked_runs(runs: Sequence[Racer]) -> tuple[Racer, ...]:
    if not runs:
        raise SpecError("A race needs at least one optimizer: add one.", field="runs")
    if len(runs) > MOST_RUNS:
        raise SpecError(
            "{place}: {count} optimizers are more than one picture holds; give at most {most}.",
            field="runs",
            value=runs,
            count=len(runs),
            most=MOST_RUNS,
        )
    return tuple(runs)


def _checked_start(start: Any) -> Point:
    try:
        return OPTIONS["start"].check(start)
    except SpecError:
        raise SpecError(
            "{place}: {given} is not a point; give two finite numbers x, y, each from {low} to {high}.",
            field="start",
            value=start,
            given=_written(start),
            low=readable(-FARTHEST),
            high=readable(FARTHEST),
        ) from None


def _written(point: Any) -> str:
    """A point as people write it: 'abc, 1e12'."""
    if not isinstance(point, Sequence) or isinstance(point, str) or len(point) > 8:
        return shown(point)
    return shown(", ".join(readable(part) if isinstance(part, float) else str(part) for part in point))


def _checked_window(window: Any) -> Bounds:
    try:
        across, up = window
    except (TypeError, ValueError):
        raise SpecError(
            "{place}: {value!r} is not ((x low, x high), (y low, y high)).", field="window", value=window
        ) from None
    pairs = _WINDOW.check(across), _WINDOW.check(up)
    for low, high in pairs:
        if not high - low > 1e-9 * max(1.0, math.fabs(low), math.fabs(high)):
            raise SpecError(
                "{place}: {value!r} is empty; give each low below its high.", field="window", value=window
            )
    return pairs


def _checked_schedule(schedule: Any) -> Options:
    if not isinstance(schedule, Mapping) or "name" not in schedule:
        raise SpecError("{place}: {value!r} is no schedule.", field="schedule", value=schedule)
    entry = SCHEDULES[schedule["name"]]
    options = {key: value for key, value in schedule.items() if key != "name"}
    return Options(name=entry.name, **SCHEDULE_OPTIONS.essential(entry, options))
