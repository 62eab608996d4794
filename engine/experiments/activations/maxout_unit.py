"""One maxout unit learns its own activation: the largest of a few lines, fitted to a curve."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import mse_loss

from engine.experiments.pace import Pace
from engine.tables.activations import ACTIVATIONS
from engine.tables.option import Choice, Whole
from engine.training.network import linear

TARGETS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "square": torch.square,
    "absolute": torch.abs,
    "relu": torch.relu,
    "sine": lambda x: torch.sin(3 * x),
}
"""Curves over -1 to 1; all but the sine are convex."""
TARGET = Choice("target", "square", choices=tuple(TARGETS))
PIECES = Whole("pieces", 3, 1, 16, words="Lines of the unit.")
STEPS = Whole("steps", 1500, 1, 20_000, words="Steps of Adam.")
SEED = Whole("seed", 0, 0, 2**32 - 1)
RATE = 0.02
POINTS = 201


@dataclass(frozen=True, eq=False)
class Fit:
    """x, target, output: [points]. lines: [pieces, points]. on_top: [pieces], share of x at which each is the largest.

    steps: [moments]. rms: [moments], root mean square error.
    """

    x: np.ndarray
    target: np.ndarray
    output: np.ndarray
    lines: np.ndarray
    on_top: np.ndarray
    steps: np.ndarray
    rms: np.ndarray
    done: float


def fit_maxout(target: str = "square", pieces: int = 3, steps: int = 1500, seed: int = 0) -> Iterator[Fit]:
    """Fit max_k (w_k x + b_k) to a curve by Adam: the picture so far.

    Raises SpecError for arguments out of their range.
    """
    curve, pieces, steps = TARGETS[TARGET.check(target)], PIECES.check(pieces), STEPS.check(steps)
    generator = torch.Generator().manual_seed(SEED.check(seed))
    maps, phi = linear(1, pieces), ACTIVATIONS["maxout"].build(pieces=pieces)
    with torch.no_grad():
        maps.weight.normal_(0, 1, generator=generator)
        maps.bias.normal_(0, 0.3, generator=generator)
    unit = nn.Sequential(maps, phi)
    optimizer = torch.optim.Adam(unit.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=RATE / 100)
    x = torch.linspace(-1, 1, POINTS)[:, None]
    y = curve(x)
    losses: list[float] = []
    pace = Pace(first=0)

    def so_far(done: float) -> Fit:
        with torch.no_grad():
            lines = maps(x)
        on_top = np.bincount(lines.argmax(1).numpy(), minlength=pieces) / POINTS
        rms = np.sqrt(losses)
        return Fit(
            x=x[:, 0].numpy(),
            target=y[:, 0].numpy(),
            output=lines.amax(1).numpy(),
            lines=lines.T.numpy(),
            on_top=on_top,
            steps=np.arange(len(rms)),
            rms=rms,
            done=done,
        )

    for step in range(steps + 1):
        loss = mse_loss(unit(x), y)
        losses.append(loss.item())
        if step == steps:
            break
        if pace.due():
            yield so_far(step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    yield so_far(1.0)


def best_square_rms(pieces: int) -> float:
    """The least root mean square error of `pieces` lines under their maximum, for x² over -1 to 1.

    On each of equal stretches of length h the best line leaves x² - h²/12, whose mean square is h⁴/180; neighbors
    meet, so the maximum of the lines is all of them.
    """
    return (2 / pieces) ** 2 / 180**0.5
