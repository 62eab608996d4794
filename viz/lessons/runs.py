"""What a lesson runs and how it is drawn: nets that are trained, optimizers that descend, nets unrolled in time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from engine.experiments.courses import Course, Courses
from engine.measure.frame import Divergence
from engine.recurrent.unrollings import Comparison
from engine.spec import RunSpec
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures.lines import Axis, Line, lines
from viz.race.state import Race
from viz.recurrent.case import Case
from viz.recurrent.pictures import comparison
from viz.words.language import say

ROLES = ("activation", "test", "gradient", "ok", "weight", "danger")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
EXPECTED = Sentence("your prediction")

Ends = tuple[float, float]
Heights = Callable[[float, Any], Ends]
Draw = Callable[[Any, Ends | None], go.Figure]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One of the workbench's, by its name there, with its arguments.

    of: makes the result of its fields; draw(result, expected): its picture, with the heights at its left and its right
    end between which a prediction lies, None for none; heights: predicted number, result -> those.
    """

    name: str
    arguments: Mapping[str, Any]
    of: Callable[..., Any]
    draw: Draw
    heights: Heights | None = None

    def picture(self, seen: Any, answer: Any = None) -> go.Figure:
        """What is known so far, with the prediction where it has a place."""
        heights = self.heights if isinstance(answer, float) else None
        return self.draw(seen, heights(answer, seen) if heights else None)


def curves(
    named: Mapping[str, tuple[np.ndarray, np.ndarray]],
    title: str,
    across: Axis,
    up: Axis,
    expected: Ends | None = None,
    mode: str = "lines",
    is_upright: bool = False,
) -> go.Figure:
    """Curves by name (x, y), told apart by color and dash, and the prediction as a straight line across them.

    is_upright: what is expected is a place on the lower axis.
    """
    drawn = {
        say(name): Line(x=x, y=y, role=role, dash=dash, mode=mode)
        for (name, (x, y)), role, dash in zip(named.items(), ROLES, DASHES, strict=False)
    }
    reach = np.concatenate([y if is_upright else x for x, y in named.values()] or [np.empty(0)])
    reach = reach[np.isfinite(reach)]
    if expected is not None and reach.size:
        ends = np.array([reach.min(), reach.max()])
        x, y = (np.array(expected), ends) if is_upright else (ends, np.array(expected))
        drawn[say(EXPECTED)] = Line(x=x, y=y, role="theory", dash="dot")
    across, up = (replace(axis, title=say(axis.title)) for axis in (across, up))
    return lines(curves=drawn, title=say(title), across=across, up=up, base=chrome.base())


def level(answer: float, seen: Any) -> Ends:
    """A number that the axis shows as it is."""
    return answer, answer


def share(answer: float, seen: Any) -> Ends:
    """A number in % on an axis of shares."""
    return answer / 100, answer / 100


# ------------------------------------------------------------------------------------------ nets that are trained


@dataclass(frozen=True)
class Column:
    """A quantity of a run. by_layer: its hidden layers at the first or, with last=True, at the last step measured."""

    name: str
    title: str
    up: Axis
    by_layer: bool = True
    last: bool = False


GRADIENT = Column(
    "gradient_rms",
    Sentence("Gradient of each layer, at the first step"),
    Axis(Sentence("rms of dL/dz"), log=True),
)
VARIANCE = Column(
    "activation_var",
    Sentence("Variance of each layer's activations, at the first step"),
    Axis("Var a", log=True),
)
SATURATED = Column(
    "saturated",
    Sentence("Saturated outputs of each layer, at the first step"),
    Axis(Sentence("share"), share=True),
)
DEAD = Column(
    "dead", Sentence("Dead units of each layer, at the end"), Axis(Sentence("share"), share=True), last=True
)
LOSS = Column("loss", Sentence("Loss of each batch"), Axis(Sentence("loss"), log=True), by_layer=False)
RIGHT = Column(
    "accuracy", Sentence("Accuracy on each batch"), Axis(Sentence("share right"), share=True), by_layer=False
)


def trained(
    nets: Mapping[str, RunSpec],
    steps: int,
    column: Column,
    heights: Heights | None = None,
) -> Experiment:
    """Nets by name, trained for so many steps; drawn is one column of their courses."""

    def draw(seen: Courses, expected: Ends | None) -> go.Figure:
        named = {name: _points(course, column) for name, course in zip(nets, seen.courses, strict=False)}
        across = Axis(Sentence("layer") if column.by_layer else Sentence("step"))
        mode = "lines+markers" if column.by_layer else "lines"
        return curves(named, column.title, across, column.up, expected, mode)

    asked = {"specs": [spec.to_dict() for spec in nets.values()], "steps": steps}
    return Experiment(name="courses", arguments=asked, of=courses, draw=draw, heights=heights)


def courses(courses: Sequence[Mapping[str, Any]], done: float) -> Courses:
    """What the workbench tells of courses, as the engine made it."""

    def course(diverged: Mapping[str, Any] | None, **told: Any) -> Course:
        return Course(**told, diverged=None if diverged is None else Divergence(**diverged))

    return Courses([course(**told) for told in courses], done)


def _points(course: Course, column: Column) -> tuple[np.ndarray, np.ndarray]:
    values = course.history[column.name]
    if not column.by_layer:
        return course.history["step"], values
    row = values[-1 if column.last else 0, :-1]
    return np.arange(1, len(row) + 1), row


# --------------------------------------------------------------------------------------- optimizers that descend


@dataclass(frozen=True, eq=False)
class Walks:
    """Optimizers from one start, as in `engine.descent.trajectories.Trajectories`."""

    positions: np.ndarray
    values: np.ndarray
    diverged_at: np.ndarray
    done: float


def descended(
    race: Race,
    draw: Callable[[Sequence[str], Walks, Ends | None], go.Figure],
    heights: Heights | None = None,
) -> Experiment:
    """A race, all of it at once. draw(names of the racers, walks, expected)."""
    names = [
        Sentence(
            "{optimizer}, rate {lr:rate}", optimizer=Sentence(OPTIMIZERS[racer.optimizer].label), lr=racer.lr
        )
        for racer in race.running
    ]
    asked = {
        "surface": race.surface,
        "surface_options": dict(race.surface_options),
        "runs": race.descend_runs,
        "start": list(race.begin),
        "steps": race.steps,
    }
    return Experiment(
        name="descent",
        arguments=asked,
        of=Walks,
        draw=lambda seen, at: draw(names, seen, at),
        heights=heights,
    )


def along_x(names: Sequence[str], seen: Walks, expected: Ends | None) -> go.Figure:
    """Where each racer is along x, step by step."""
    steps = np.arange(seen.positions.shape[2])
    named = {name: (steps, way[0, :, 0]) for name, way in zip(names, seen.positions, strict=True)}
    return curves(
        named, Sentence("Where each is; the minimum is at 0"), Axis(Sentence("step")), Axis("x"), expected
    )


def end_by_rate(names: Sequence[str], seen: Walks, expected: Ends | None) -> go.Figure:
    """The last value of each racer over its first, against the rate that its name ends in."""
    rates = np.array([float(name.rsplit(" ", 1)[1]) for name in names])
    grown = {say("descent"): (rates, seen.values[:, 0, -1] / seen.values[:, 0, 0])}
    title = Sentence("Loss at the end over loss at the start")
    return curves(
        grown,
        title,
        Axis(Sentence("learning rate")),
        Axis(Sentence("ratio"), log=True),
        expected,
        "lines+markers",
        is_upright=True,
    )


# ------------------------------------------------------------------------------------------ nets unrolled in time


def unrolled(case: Case) -> Experiment:
    """A case of the Recurrent page, its nets alone; drawn is the gradient on its way back."""

    def draw(seen: Comparison, expected: Ends | None) -> go.Figure:
        steps = np.arange(case.steps + 1)
        named = {name: (steps, 10**run.relative) for name, run in zip(case.labels, seen.runs, strict=False)}
        title = Sentence("Gradient at each step, over that at the loss")
        return curves(named, title, Axis(Sentence("time step")), Axis(Sentence("ratio"), log=True), expected)

    return Experiment(
        name="recurrent", arguments={"nets": case.nets, "kinds": [], "radii": []}, of=comparison, draw=draw
    )
