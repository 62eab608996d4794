"""Pairs of settings that no net can have at once."""

from collections.abc import Callable, Sequence
from typing import Any

from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError
from engine.tables.wording import Name, Sentence


def refuse(net: Any, widths: Sequence[int]) -> None:
    """SpecError, with both names, for two settings of hidden layers of these widths that contradict each other."""
    if net.layer_norm != "none" and net.batch_norm != "none":
        raise SpecError(
            "{place}: {value!r} does not go with {other:lower} {given!r}, for a layer is normalized once; give "
            "'none' for one of the two.",
            field="layer_norm",
            value=net.layer_norm,
            other=Name("batch_norm"),
            given=net.batch_norm,
        )
    if net.layer_norm != "none" and 1 in widths:
        raise SpecError(
            "{place}: {value!r} does not go with {other:lower} of one unit, which it would always make the same; "
            "give each layer 2 units or more, or no layer norm.",
            field="layer_norm",
            value=net.layer_norm,
            other=Name("hidden"),
        )


def refuse_run(spec: Any) -> None:
    """SpecError, with both names, for two settings of a run that contradict each other."""
    if spec.batch_size == 1 and (
        spec.batch_norm != "none" or spec.batch_norm_input or spec.batch_norm_output
    ):
        raise SpecError(
            "{place}: 1 does not go with batch normalization, which compares a sample with the rest of its "
            "batch; give a {field:lower} of 2 or more, or no batch normalization.",
            field="batch_size",
            value=1,
            brief="1 does not go with batch normalization; give 2 samples or more.",
        )
    for field, other, is_so, why in PAIRS:
        if is_so(spec):
            raise SpecError(
                "{place}: {value!r} does not go with {other:lower} {given!r}, {why}.",
                field=field,
                value=getattr(spec, field),
                other=Name(other),
                given=getattr(spec, other),
                why=why(spec) if callable(why) else Sentence(why),
            )


Test = Callable[[Any], bool]


def _numbers(spec: Any) -> bool:
    """Whether its targets are numbers: a regression."""
    return DATASETS[spec.dataset].classes == 0


def _features(spec: Any) -> Sentence:
    data = DATASETS[spec.dataset]
    return Sentence(
        "which has {features} features, not {given_features}; give one number, or one for each feature",
        features=data.features,
        given_features=len(spec.input_factor),
    )


def _classes(spec: Any) -> Sentence:
    return Sentence(
        "whose {classes} classes one probability cannot tell apart; give None, or as people do by mistake {loss:lower} "
        "'mse', which takes the classes for numbers",
        classes=DATASETS[spec.dataset].classes,
        loss=Name("loss"),
    )


PAIRS: tuple[tuple[str, str, Test, str | Callable[[Any], Sentence]], ...] = (
    (
        "loss", "dataset",
        lambda spec: _numbers(spec) and spec.loss != "mse",
        "whose targets are numbers and no classes; give 'mse'",
    ),
    (
        "output", "dataset",
        lambda spec: _numbers(spec) and spec.output == "softmax",
        "which has one output, whose softmax is always 1; give 'linear'",
    ),
    (
        "label_noise", "dataset",
        lambda spec: _numbers(spec) and spec.label_noise > 0,
        "whose targets are numbers and no classes; give 0",
    ),
    (
        "class_share", "dataset",
        lambda spec: _numbers(spec) and spec.class_share is not None,
        "whose targets are numbers and no classes; give None",
    ),
    (
        "outputs", "dataset",
        lambda spec: spec.outputs == 1 and DATASETS[spec.dataset].classes > 2 and spec.loss != "mse",
        _classes,
    ),
    (
        "outputs", "loss",
        lambda spec: spec.outputs == 1 and spec.loss == "cross_entropy",
        "which compares the outputs of several classes; give None, or 'bce' with a sigmoid",
    ),
    (
        "outputs", "output",
        lambda spec: spec.outputs == 1 and spec.output == "softmax",
        "which is always 1 for a single output; give None, or 'sigmoid'",
    ),
    (
        "loss", "output",
        lambda spec: spec.loss == "bce" and spec.output not in ("sigmoid", "softmax"),
        "for it takes probabilities, from 0 to 1; give 'sigmoid' or 'softmax'",
    ),
    (
        "input_factor", "dataset",
        lambda spec: isinstance(spec.input_factor, tuple)
        and len(spec.input_factor) != DATASETS[spec.dataset].features,
        _features,
    ),
    (
        "warmup", "schedule",
        lambda spec: spec.warmup > 0 and spec.schedule == "warmup",
        "which is one itself; give 0, or another schedule",
    ),
)  # fmt: skip
"""(field, the other one, whether they contradict each other, why, and what to give instead)."""
