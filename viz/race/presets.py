"""Races worth seeing. What a preset says, its race shows: a test runs each and checks its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viz.race.racer import racers
from viz.race.state import Race

if TYPE_CHECKING:
    from engine.descent.trajectories import Trajectories

Claim = Callable[["Trajectories"], float]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One race and what it shows: `claim(trajectories)` lies between the two numbers."""

    title: str
    words: str
    race: Race
    claim: Claim
    between: tuple[float, float]


def turns(k: int) -> Claim:
    """How often run k changes its direction along y."""

    def claim(walk: Trajectories) -> float:
        way = np.sign(np.diff(walk.positions[k, 0, :, 1]))
        return float((way[1:] * way[:-1] < 0).sum())

    return claim


def escape(k: int, far: float = 1.0) -> Claim:
    """The first step at which run k is `far` from the ridge y = 0."""

    def claim(walk: Trajectories) -> float:
        out = np.abs(walk.positions[k, 0, :, 1]) >= far
        return float(out.argmax()) if out.any() else np.inf

    return claim


def lead(slow: int, fast: int) -> Claim:
    """log10 of run `slow`'s final value over run `fast`'s."""
    return lambda walk: float(np.log10(walk.values[slow, 0, -1] / walk.values[fast, 0, -1]))


def final(k: int) -> Claim:
    return lambda walk: float(walk.values[k, 0, -1])


def diverges(k: int) -> Claim:
    """log10 of run k's final value over its first."""
    return lambda walk: float(np.log10(walk.values[k, 0, -1] / walk.values[k, 0, 0]))


def overshoot(k: int) -> Claim:
    """How far beyond the minimum at 0 run k gets along x, from a start on the positive side."""
    return lambda walk: float(-walk.positions[k, 0, :, 0].min())


def first_step(k: int) -> Claim:
    """How far run k moves along x at its first step."""
    return lambda walk: float(abs(walk.positions[k, 0, 1, 0] - walk.positions[k, 0, 0, 0]))


def divergences(walk: Trajectories) -> float:
    """How many runs diverged."""
    return float((walk.diverged_at >= 0).sum())


PRESETS: dict[str, Preset] = {
    "opening": Preset(
        title="Eight on a bowl",
        words="Curvature 1 along x, 10 along y. Plain descent at 0.1 takes the steep side in one step and leads for "
        "long; momentum circles in.",
        race=Race(),
        claim=final(0),
        between=(0.0, 1e-20),
    ),
    "zigzag": Preset(
        title="Zigzag against a straight way",
        words="A bowl 50 times steeper across than along: just under its limit of 0.04 plain descent turns at every "
        "step, 99 times in all. AdaGrad scales each coordinate by itself and does not turn once.",
        race=Race(
            surface_options={"condition": 50.0},
            start=(-1.8, 0.6),
            steps=100,
            runs=racers("sgd@0.039;adagrad@0.5"),
        ),
        claim=turns(0),
        between=(99, 99),
    ),
    "saddle": Preset(
        title="Escape from a saddle",
        words="All start 0.001 off the ridge. RMSProp is off it (|y| above 1) at step 4, Adam at 31, momentum at 36; "
        "plain descent is not within 60 steps.",
        race=Race(
            surface="saddle",
            steps=60,
            runs=racers("sgd@0.03;momentum@0.03;adagrad@0.03;rmsprop@0.03;adam@0.03"),
        ),
        claim=escape(3),
        between=(4, 4),
    ),
    "ravine": Preset(
        title="A ravine at 45 degrees",
        words="No coordinate lies along the ravine, so Adam's scales cannot straighten it. After 300 steps momentum is "
        "8 decades below plain descent, and a decade below Adam.",
        race=Race(
            surface="ravine",
            steps=300,
            runs=racers("sgd@0.019;momentum@0.03;nesterov@0.01;adam@0.1;rmsprop@0.03"),
        ),
        claim=lead(0, 1),
        between=(8.0, 8.6),
    ),
    "plateau": Preset(
        title="On a plateau",
        words="Far out the gradient along x is nearly zero: plain descent ends at 0.99, where it started from. Adam "
        "divides by the gradient's own size and is down 12 decades.",
        race=Race(
            surface="plateau", steps=300, runs=racers("sgd@0.3;momentum@0.1;adagrad@1;rmsprop@0.03;adam@0.1")
        ),
        claim=lead(0, 4),
        between=(12, 13.5),
    ),
    "overshoot": Preset(
        title="The heavy ball overshoots",
        words="On a round bowl plain descent stops at the minimum. The heavy ball rolls 0.68 beyond it, Nesterov's "
        "look-ahead brakes a little earlier, at 0.51.",
        race=Race(
            surface_options={"condition": 1.0},
            start=(1.8, 0.5),
            steps=200,
            runs=racers("sgd@0.03;momentum@0.03;nesterov@0.03"),
        ),
        claim=overshoot(1),
        between=(0.67, 0.69),
    ),
    "limit": Preset(
        title="Just under and just over the limit",
        words="Along curvature 10: plain descent is stable below 0.2, the heavy ball below 0.38, Nesterov's only below "
        "0.1357. Each runs twice, 1% to both sides: three come in, three fly out.",
        race=Race(
            steps=100,
            runs=racers("sgd@0.199;sgd@0.201;momentum@0.375;momentum@0.385;nesterov@0.135;nesterov@0.137"),
        ),
        claim=diverges(1),
        between=(0.7, 0.8),
    ),
    "rosenbrock": Preset(
        title="Rosenbrock's valley",
        words="Finding the valley takes a few steps, following it all the rest: after 1000 steps plain descent is 4.5 "
        "decades above Adam.",
        race=Race(
            surface="rosenbrock",
            steps=1000,
            runs=racers("sgd@0.001;momentum@0.0003;nesterov@0.0003;adagrad@0.3;rmsprop@0.01;adam@0.1"),
        ),
        claim=lead(0, 5),
        between=(4.3, 4.8),
    ),
    "shrinking": Preset(
        title="AdaGrad's steps shrink",
        words="Its sum of squares only grows, so one steep slope at the start slows it for good. RMSProp forgets, and "
        "is 1.6 decades lower after 1000 steps with a tenth of the rate.",
        race=Race(surface="rosenbrock", steps=1000, runs=racers("adagrad@0.1;rmsprop@0.01;adam@0.1")),
        claim=lead(0, 1),
        between=(1.5, 1.8),
    ),
    "first_step": Preset(
        title="The first step: bias correction",
        words="The same rate of 0.05. Adam corrects its means for having started at zero, so its first step is 0.05 in "
        "each coordinate; RMSProp does not, and its first step is ten times that.",
        race=Race(steps=60, runs=racers("adam@0.05;rmsprop@0.05")),
        claim=first_step(1),
        between=(0.499, 0.501),
    ),
    "cliff": Preset(
        title="A cliff, with clipping by norm",
        words="Beale's corner is a cliff. With gradients shortened to length 1 nobody diverges; switch clipping off, "
        "and plain descent and momentum do at step 3.",
        race=Race(
            surface="beale",
            start=(-3.5, 3.5),
            steps=500,
            clip="norm",
            runs=racers("sgd@0.03;momentum@0.01;adagrad@1;adam@0.1"),
        ),
        claim=divergences,
        between=(0, 0),
    ),
    "ackley": Preset(
        title="Stuck in dimples: Ackley",
        words="Every optimizer here follows its nose: from this start all of them end in a dimple, none below 4.8.",
        race=Race(
            surface="ackley",
            steps=300,
            runs=racers("sgd@0.03;momentum@0.03;adagrad@0.3;rmsprop@0.03;adam@0.1"),
        ),
        claim=lambda walk: float(walk.values[:, 0, -1].min()),
        between=(4.8, 5.0),
    ),
    "noise": Preset(
        title="Noise, as from a mini-batch",
        words="Every gradient gets the same noise of standard deviation 1. Nobody arrives: all end in a cloud whose "
        "size grows with the rate, near 0.01 to 0.07 above the minimum.",
        race=Race(steps=300, noise=1.0, runs=racers("sgd@0.1;momentum@0.03;adam@0.1;rmsprop@0.03")),
        claim=lambda walk: float(walk.values[:, 0, -1].max()),
        between=(0.01, 0.08),
    ),
}
"""key -> Preset, in the order of the menu."""
