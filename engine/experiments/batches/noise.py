"""How noisy the gradient of a mini-batch is: many of them at one place, against the gradient of all samples."""

import copy
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from engine.experiments.pace import Pace
from engine.nets.losses import loss_of
from engine.spec import RunSpec
from engine.tables.errors import SpecError
from engine.tables.option import Whole
from engine.training.network import Network
from engine.training.trainer import Trainer

STEPS = Whole("steps", 50, 0, 2000)
DRAWS = Whole("draws", 40, 1, 1000)
MOST_SAMPLES = 2048  # of the training set that make up the full gradient
WORK = 2e8  # parameters x samples whose gradients are taken one by one
AT_ONCE = 4_000_000  # components of single samples' gradients held in memory


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """Gradients g_B of mini-batches, drawn without replacement, against g, that of all `samples` together.

    sizes [sizes]: the B. noise [sizes, draws]: |g_B - g| / |g|; cosine [sizes, draws]: of the angle between the two;
    NaN where not drawn yet. expected [sizes]: the root mean square of the noise by theory (see `expected_noise`),
    NaN with batch norm, where a sample has no gradient of its own. norm: |g|. done: the share of the work behind it.
    """

    samples: int
    sizes: np.ndarray
    noise: np.ndarray
    cosine: np.ndarray
    expected: np.ndarray
    norm: float
    done: float

    def root_mean_square(self) -> np.ndarray:
        """The noise over all draws so far, [sizes]; NaN where there is none yet."""
        return root_mean_square(self.noise)


def root_mean_square(noise: np.ndarray) -> np.ndarray:
    """Over the last axis, NaN left out; NaN where there is nothing."""
    known = ~np.isnan(noise)
    with np.errstate(invalid="ignore"):
        return np.sqrt((np.where(known, noise, 0.0) ** 2).sum(axis=-1) / known.sum(axis=-1))


def expected_noise(variance: float, norm: float, sizes: np.ndarray, samples: int) -> np.ndarray:
    """sqrt(E|g_B - g|^2) / |g| for batches of `sizes` drawn without replacement: sqrt(S^2 (N - B) / (B (N - 1))) / |g|.

    variance: S^2, the mean of |g_i - g|^2 over the N samples. The factor (N - B) / (N - 1) is the finite population
    correction (Cochran, Sampling Techniques, 1977, theorem 2.2); without it the noise falls as 1 / sqrt(B).
    """
    sizes = np.asarray(sizes, float)
    spread = np.sqrt((samples - sizes) / (sizes * (samples - 1))) if samples > 1 else np.zeros(len(sizes))
    return spread * math.sqrt(variance) / norm if norm else np.full(len(sizes), math.nan)


def gradient_noise(spec: RunSpec, steps: int = 50, draws: int = 40) -> Iterator[GradientNoise]:
    """Train for `steps` steps, stand still, and draw `draws` mini-batches of each size; yields all seen so far.

    Only the draw of the samples makes noise: dropout is off and RReLU at its mean slope, while batch norm uses each
    batch's own statistics, as in training. Raises SpecError where the run diverges on the way.
    """
    return _measured(spec, STEPS.check(steps), DRAWS.check(draws))


def _measured(spec: RunSpec, steps: int, draws: int) -> Iterator[GradientNoise]:
    trainer, pace = Trainer(spec), Pace()
    x, y = population(trainer)
    sizes = batch_sizes(len(x), alone=not trainer.model.norms())
    noise, cosine = np.full((2, len(sizes), draws), math.nan)
    expected, norm = np.full(len(sizes), math.nan), math.nan

    def picture(done: float) -> GradientNoise:
        return GradientNoise(len(x), sizes, noise.copy(), cosine.copy(), expected, norm, done)

    for step in range(steps):
        trainer.step(measure=False)
        if trainer.diverged:
            raise SpecError(
                "The run diverged at step {step}, and then there is no gradient to measure; "
                "look at it after fewer steps, or give a lower learning rate.",
                step=trainer.diverged.step,
            )
        if step == 0 or pace.due():
            yield picture(0.3 * step / steps)
    model = quiet(trainer.model)
    full = gradients(model, x, y)
    norm = math.sqrt(sum(g.double().square().sum().item() for g in full))
    if not math.isfinite(norm):
        raise SpecError("The gradient of all samples is not finite here; look at it after fewer steps.")
    if not trainer.model.norms():
        variance = yield from _spread(model, x, y, full, picture)
        expected = expected_noise(variance, norm, sizes, len(x))
    generator = torch.Generator().manual_seed(spec.seed + 3)
    for draw in range(draws):
        for row, size in enumerate(sizes.tolist()):
            chosen = torch.randperm(len(x), generator=generator)[:size].to(x.device)
            noise[row, draw], cosine[row, draw] = against(gradients(model, x[chosen], y[chosen]), full, norm)
        if draw == 0 or pace.due():
            yield picture(0.5 + 0.5 * draw / draws)
    yield picture(1.0)


def _spread(
    model: Network, x: Tensor, y: Tensor, full: Sequence[Tensor], picture: Callable[[float], GradientNoise]
) -> Generator[GradientNoise, None, float]:
    """S^2, the mean over samples of |g_i - g|^2, with pictures on the way."""
    total, pace = 0.0, Pace()
    for first, squares in deviations(model, x, y, full):
        total += squares.sum().item()
        if pace.due():
            yield picture(0.3 + 0.2 * first / len(x))
    return total / len(x)


def deviations(
    model: nn.Module, x: Tensor, y: Tensor, full: Sequence[Tensor]
) -> Iterator[tuple[int, Tensor]]:
    """(first, |g_i - g|^2 of the samples from `first` on) for successive slices of the samples, float64."""
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def loss(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return loss_of(model)(functional_call(model, parameters, (x[None],)), y[None])

    one_by_one = vmap(grad(loss), in_dims=(None, 0, 0))
    count = max(1, AT_ONCE // sum(p.numel() for p in parameters.values()))
    for first in range(0, len(x), count):
        each = one_by_one(parameters, x[first : first + count], y[first : first + count])
        yield (
            first,
            sum(
                (g - whole).flatten(1).double().square().sum(dim=1)
                for g, whole in zip(each.values(), full, strict=True)
            ),
        )


def population(trainer: Trainer) -> tuple[Tensor, Tensor]:
    """The training samples whose gradients are compared: all, or the first of a large set or a large net."""
    x, y = trainer.data.train_x, trainer.data.train_y
    affordable = int(WORK / sum(p.numel() for p in trainer.parameters))
    count = min(len(x), MOST_SAMPLES, max(64, affordable))
    return x[:count], y[:count]


def batch_sizes(samples: int, alone: bool = True) -> np.ndarray:
    """Powers of two below the number of samples; from 2 on where a sample cannot stand alone."""
    sizes = 2 ** np.arange(0 if alone else 1, math.ceil(math.log2(max(samples, 2))))
    return sizes[sizes < samples]


def quiet(model: Network) -> Network:
    """A copy in which nothing is random: no dropout, RReLU at its mean slope."""
    model = copy.deepcopy(model)
    model.set_dropout(0.0)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.RReLU):
            # RReLU in evaluation mode is this, and torch.func can differentiate it
            model.set_submodule(name, nn.LeakyReLU((module.lower + module.upper) / 2))
    return model


def gradients(model: nn.Module, x: Tensor, y: Tensor) -> list[Tensor]:
    """dLoss/dp of every parameter for the mean loss over these samples."""
    return list(torch.autograd.grad(loss_of(model).of(model, x, y)[0], list(model.parameters())))


def against(some: Sequence[Tensor], full: Sequence[Tensor], norm: float) -> tuple[float, float]:
    """(|some - full| / |full|, cosine of the angle between the two); NaN where full is 0."""
    apart = dot = length = 0.0
    for a, b in zip(some, full, strict=True):
        a, b = a.double(), b.double()
        apart += (a - b).square().sum().item()
        dot += (a * b).sum().item()
        length += a.square().sum().item()
    if not norm or not length:
        return (math.sqrt(apart) / norm if norm else math.nan), math.nan
    return math.sqrt(apart) / norm, dot / (math.sqrt(length) * norm)
