"""The same run with one thing changed."""

from collections.abc import Mapping
from typing import Any

from engine.spec import RunSpec, SpecError


def with_batch_norm(spec: RunSpec) -> RunSpec:
    """The spec itself where it has a batch norm layer; else the same run with one ahead of each activation.

    It takes the place of layer norm.

    Raises SpecError where there is no place for one, and for a batch of one sample.
    """
    if has_batch_norm(spec):
        return spec
    if not spec.hidden:
        raise SpecError(
            "{place}: a net without hidden layers has no layer to put batch norm in; give it at least one, or put "
            "batch norm on the data or on the logits.",
            field="hidden",
        )
    return spec.replace(batch_norm="before", layer_norm="none")


def without_batch_norm(spec: RunSpec) -> RunSpec:
    """The same run, nowhere normalized."""
    return spec.replace(batch_norm="none", batch_norm_input=False, batch_norm_output=False)


def has_batch_norm(spec: RunSpec) -> bool:
    """Whether the spec's net has a batch norm layer anywhere."""
    return bool(
        (spec.batch_norm != "none" and spec.hidden) or spec.batch_norm_input or spec.batch_norm_output
    )


def labels(spec: RunSpec) -> list[str]:
    """What the batch norm layers of the spec's net normalize, in the order data flows: "data", "1", ..., "logits"."""
    inner = range(1, len(spec.hidden) + 1) if spec.batch_norm != "none" else ()
    return ["data"] * spec.batch_norm_input + [str(k) for k in inner] + ["logits"] * spec.batch_norm_output


USUAL = 0.5  # where the spec drops nothing: what Srivastava et al. use for hidden units


def with_dropout(spec: RunSpec) -> RunSpec:
    """The spec itself where it drops anything, else the same run with p = 0.5. SpecError without hidden layers."""
    if not spec.hidden:
        raise SpecError(
            "{place}: a net without hidden layers has no hidden outputs to drop; give it at least one layer.",
            field="hidden",
        )
    return spec if spec.dropout else spec.replace(dropout=USUAL)


def with_logits(spec: RunSpec) -> RunSpec:
    """The run, if its outputs are logits under cross-entropy, whose softmax are chances of the classes."""
    if spec.loss != "cross_entropy" or spec.output != "linear":
        raise SpecError(
            "{place}: averages of a net's chances need logits; give loss 'cross_entropy' and output 'linear'.",
            field="loss",
            value=spec.loss,
        )
    return spec


def with_layers(spec: Mapping[str, Any] | RunSpec) -> RunSpec:
    """The run, if its net has an activation at all."""
    given = spec if isinstance(spec, RunSpec) else RunSpec.from_dict(spec)
    if not given.hidden:
        raise SpecError(
            "{place}: a net without hidden layers has no activation; give it a layer.", field="hidden"
        )
    return given
