"""What an activation costs: its time forward and backward over ReLU's, all measured in one run."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from engine.experiments.pace import Pace
from engine.tables.activations import ACTIVATIONS
from engine.tables.option import Whole
from engine.training.network import linear

SAMPLES = Whole("samples", 128, 1, 4096, words="Samples in the batch.")
WIDTH = Whole("width", 256, 1, 4096, words="Units of the layer.")
ROUNDS = Whole("rounds", 40, 3, 1000, words="Rounds; in each, every activation has its turn.")
PARTS = ("forward", "backward", "layer")
REPEATS = 3  # runs of one activation in each of its turns; the fastest counts
LONGEST, FEWEST = 8.0, 5  # seconds after which no new round begins, once there are that many rounds


@dataclass(frozen=True, eq=False)
class Cost:
    """Seconds by round, activation and part; the rounds that were complete.

    names: activations, ReLU first. seconds: [rounds, activations, parts]. Parts: `forward` and `backward` are of the
    activation alone, on [samples, width] (maxout: [samples, pieces * width]); `layer` is forward and backward through
    the linear map and the activation together, which for maxout has `pieces` times the weights.
    """

    names: list[str]
    seconds: np.ndarray
    done: float

    @property
    def ratios(self) -> np.ndarray:
        """[activations, parts]: median over the rounds of the time over ReLU's in the same round."""
        return np.median(self.seconds / self.seconds[:, :1], axis=0)

    @property
    def quartiles(self) -> np.ndarray:
        """[2, activations, parts]: lower and upper quartile of the same ratios."""
        return np.quantile(self.seconds / self.seconds[:, :1], [0.25, 0.75], axis=0)


def activation_cost(
    samples: int = 128, width: int = 256, rounds: int = 40, names: Sequence[str] | None = None
) -> Iterator[Cost]:
    """Time every activation in turn, round after round: what else the machine does then strikes all alike.

    Yields the rounds so far; on a slow machine it ends before the last. Raises SpecError for arguments out of their
    range and for an unknown activation.
    """
    samples, width, rounds = SAMPLES.check(samples), WIDTH.check(width), ROUNDS.check(rounds)
    names = ["relu", *(name for name in names or ACTIVATIONS if name != "relu")]
    tasks = [task for name in names for task in parts(name, samples, width)]
    one_round(tasks, 0)  # the first one pays for memory and caches
    seconds, began, pace = [], time.perf_counter(), Pace(first=0)
    for turn in range(rounds):
        seconds.append(one_round(tasks, turn))
        spent = time.perf_counter() - began
        over = turn == rounds - 1 or (spent > LONGEST and turn >= FEWEST - 1)
        if pace.due() or over:
            so_far = np.stack(seconds).reshape(turn + 1, len(names), len(PARTS))
            yield Cost(names=names, seconds=so_far, done=1.0 if over else (turn + 1) / rounds)
        if over:
            return


Task = Callable[[], float]


def one_round(tasks: Sequence[Task], turn: int) -> np.ndarray:
    """Seconds of each task, [tasks]; every other round runs them in reverse."""
    seconds = np.empty(len(tasks))
    # RReLU draws from torch's global generator
    with torch.random.fork_rng(devices=[]):
        for index in range(len(tasks))[:: -1 if turn % 2 else 1]:
            seconds[index] = min(tasks[index]() for _ in range(REPEATS))
    return seconds


def parts(name: str, samples: int, width: int) -> tuple[Task, Task, Task]:
    """Tasks that run an activation forward, backward, and with its linear map, and return the seconds it took."""
    entry, generator = ACTIVATIONS[name], torch.Generator().manual_seed(0)
    phi = entry.build()
    z = torch.randn(samples, entry.pieces() * width, generator=generator, requires_grad=True)
    x = torch.randn(samples, width, generator=generator, requires_grad=True)
    upstream = torch.randn(samples, width, generator=generator)
    dense = linear(width, entry.pieces() * width)
    with torch.no_grad():
        dense.weight.normal_(0, width**-0.5, generator=generator)
        dense.bias.zero_()
    layer = nn.Sequential(dense, phi)
    return (
        lambda: forward(phi, z)[0],
        lambda: backward(forward(phi, z)[1], [z, *phi.parameters()], upstream),
        lambda: forward_and_backward(layer, x, upstream),
    )


def forward(module: nn.Module, x: Tensor) -> tuple[float, Tensor]:
    """The seconds that a pass forward takes, and its result."""
    began = time.perf_counter()
    y = module(x)
    return time.perf_counter() - began, y


def backward(y: Tensor, inputs: list[Tensor], upstream: Tensor) -> float:
    """The seconds that the pass back from y takes."""
    began = time.perf_counter()
    torch.autograd.grad(y, inputs, upstream)
    return time.perf_counter() - began


def forward_and_backward(layer: nn.Module, x: Tensor, upstream: Tensor) -> float:
    """The seconds of both passes through a layer."""
    seconds, y = forward(layer, x)
    return seconds + backward(y, [x, *layer.parameters()], upstream)
