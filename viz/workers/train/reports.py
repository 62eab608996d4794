"""What the engine process says about a trainer, as plain JSON: no NaN, no NumPy, few digits."""

import io
import math
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from engine import RunSpec, SpecError, Trainer
from engine.diagnosis.judge import judge
from engine.diagnosis.subject import Subject
from engine.spec.laws import widths
from engine.tables.wording import Layer, Sentence, readable
from engine.theory.mean_field import expect
from engine.training.sight import kind_of
from viz.wire import table
from viz.words.labels import LABELS
from viz.words.spec import caption

DIGITS = 5
MOST_CHANGES = 100  # the newest are told
MOST_PAST = 30  # findings that are over
SAMPLE = 4096  # of a layer's first weights
MOST_WORK = 1e10  # parameters times samples: a third of a second
DIVERGED = {
    "pre-activation": "Diverged at step {step}: the pre-activation of {where:layer} is no longer a finite number.",
    "activation": "Diverged at step {step}: the activation of {where:layer} is no longer a finite number.",
    "loss": "Diverged at step {step}: the loss of {where:layer} is no longer a finite number.",
    "gradient": "Diverged at step {step}: the gradient of {where:layer} is no longer a finite number.",
    "weights": "Diverged at step {step}: the weights of {where:layer} are no longer finite numbers.",
}
"""Where a run met its first NaN or inf: what is said of each quantity."""


def hello(trainer: Trainer) -> dict[str, Any]:
    """What a page needs to know of a run before its first frame."""
    spec = trainer.spec
    input_ms = round(trainer.data.train_x.square().mean().item(), 6)
    return {
        "say": "hello",
        "spec": spec.to_dict(),
        **table.told(rows(spec), columns(trainer)),
        "guess": guess(spec),
        "decay": Subject.of(spec).decay,
        "sees": kind_of(spec),
        "caption": caption(spec),
        "live": sorted(RunSpec.LIVE),
        "drawn": drawn(trainer) if trainer.steps == 0 else None,
        "theory": theory(spec, trainer.data.features, trainer.data.classes, input_ms),
    }


def drawn(trainer: Trainer) -> list[int]:
    """A number a layer for its first weights and biases: two nets that drew the same there have the same number."""

    def told(values: Tensor) -> bytes:
        return (
            bytes(str([*values.shape]), "ascii") + values.detach().flatten()[:SAMPLE].cpu().numpy().tobytes()
        )

    return [crc32(told(module.bias), crc32(told(module.weight))) for module in trainer.model.linears()]


def rows(spec: RunSpec) -> list[table.Row]:
    """What each weight layer is, in the order data flows."""
    layers = enumerate(zip(spec.layer_names, pairwise(widths(spec)), strict=True))
    return [
        table.Row(name, "hidden" if at < len(spec.hidden) else "output", units, fan_in)
        for at, (name, (fan_in, units)) in layers
    ]


def columns(trainer: Trainer) -> tuple[table.Column, ...]:
    """What is told of each layer: with a residual path also of what stands on that."""
    return (*table.COLUMNS, *table.STREAM) if trainer.stream.blocks else table.COLUMNS


def guess(spec: RunSpec) -> dict[str, float | None]:
    """Loss and accuracy of the best answer that is the same for every sample; no accuracy where targets are numbers."""
    subject = Subject.of(spec)
    return {"loss": subject.guess, "accuracy": subject.most_common}


def weights(trainer: Trainer) -> bytes:
    """The net's `state_dict` as `torch.save` writes it, on the CPU: `torch.load` reads it with weights_only=True."""
    buffer = io.BytesIO()
    torch.save({name: tensor.cpu() for name, tensor in trainer.model.state_dict().items()}, buffer)
    return buffer.getvalue()


def weight_norm(trainer: Trainer) -> float:
    """The norm of all layers' weights together, biases not among them."""
    weights = [layer.weight.detach() for layer in trainer.model.linears()]
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(weights))).item()


@lru_cache(maxsize=64)
def theory(
    spec: RunSpec, features: int, classes: int, input_ms: float
) -> dict[str, list[float | None]] | None:
    """What an infinitely wide net would show at init: activation variance and squared gradient over the output's.

    input_ms: mean square of the data. Lists over the layers, null where no theory exists; None when it has nothing
    to say about this spec.
    """
    try:
        return plain(expect(spec, features, classes, input_ms))
    except SpecError:
        return None


def divergence(trainer: Trainer) -> dict[str, Any] | None:
    """Where a run met its first NaN or inf, with the words for it; None when it has not."""
    found = trainer.diverged
    if found is None:
        return None
    last = len(trainer.spec.hidden) + 1
    where = Layer(found.layer, found.layer == last)
    words = Sentence(DIVERGED[found.quantity], step=found.step, where=where)
    return {"step": found.step, "layer": found.layer, "quantity": found.quantity, "words": words}


def changes(trainer: Trainer) -> dict[str, Any]:
    """Which settings were changed while it ran, and at which steps: in words, and as they were before."""
    newest = trainer.history.changes[-MOST_CHANGES:]
    return {
        "say": "changes",
        "changes": [
            {
                "step": step,
                "words": Sentence("{changes}", changes=[_changed(name, before, after) for name in after]),
                "before": before,
            }
            for step, before, after in newest
        ],
    }


def _changed(name: str, before: dict[str, Any], after: dict[str, Any]) -> Sentence:
    """ "Learning rate: 0.1 → 0.3"."""
    was, now = (_written(each[name]) for each in (before, after))
    label = Sentence(LABELS.get(name, name.replace("_", " ")))
    return Sentence("{label}: {was} → {now}", label=label, was=was, now=now)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        pairs = [Sentence("{name} {value}", name=name, value=_written(one)) for name, one in value.items()]
        return Sentence("{pairs}", pairs=pairs) if pairs else Sentence("usual")
    return readable(value) if isinstance(value, float) else Sentence("full") if value is None else str(value)


def verdict(trainer: Trainer) -> dict[str, Any]:
    """What is wrong with this run by the rules of the diagnosis, worst first, what was, and whether it learns."""
    found = judge(trainer.history, trainer.spec, as_it_runs=True)
    return plain({
        "say": "verdict",
        "findings": [each.to_dict(LABELS) for each in found.findings],
        "past": [each.to_dict(LABELS) for each in found.past[-MOST_PAST:]],
        "progress": found.progress and found.progress.message(),
    })  # fmt: skip


def evaluation(trainer: Trainer) -> tuple[float, float] | None:
    """Loss and accuracy on the test set, unless that would hold up the other runs for longer than a step of this."""
    parameters = sum(p.numel() for p in trainer.model.parameters())
    samples, step = len(trainer.data.test_x), 3 * (trainer.spec.batch_size or len(trainer.data.train_x))
    return trainer.evaluate() if samples <= max(step, MOST_WORK / parameters) else None


def plain(value: Any) -> Any:
    """The same value in JSON's own types: lists, short floats, null for NaN and inf."""
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
