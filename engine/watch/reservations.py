"""What cannot be watched, and the words for it."""

from collections.abc import Sequence
from typing import Any

from torch import nn
from torch.nn.parameter import UninitializedParameter
from torch.optim import Optimizer

from engine.tables.wording import Sentence, shown
from engine.watch.taps import hears_of

NO_STEP = Sentence(
    "No step was measured while it was watched: the step() of an optimizer that was given ends one."
)


class WatchWarning(UserWarning):
    """What cannot be watched, in words; training goes on."""


def what_hinders(model: nn.Module) -> str:
    """Why nothing of a module can be watched; "" where something can."""
    parameters = list(model.parameters())
    if any(isinstance(parameter, UninitializedParameter) for parameter in parameters):
        return Sentence("the model has lazy layers that have no weights yet: send one batch through it first")
    if any(parameter.is_meta for parameter in parameters):
        return Sentence(
            "the model is on the meta device, where tensors have no values: give it a real one first"
        )
    if not parameters and quantized_in(model):
        return Sentence(
            "{model} is quantized, and no gradient reaches whole numbers: watch the float net it was made from",
            model=type(model).__name__,
        )
    if not parameters:
        return Sentence(
            "{model} has no parameters: there is nothing that learns in it", model=type(model).__name__
        )
    if not any(parameter.is_floating_point() for parameter in parameters):
        return Sentence(
            "{model} has no real parameters (its types are {types}), and only those are measured",
            model=type(model).__name__,
            types=sorted({str(parameter.dtype) for parameter in parameters}),
        )
    return ""


def watched_already(model: nn.Module) -> str:
    """That another watch has not left this model; "" where none is there."""
    if not hears_of(model):
        return ""
    return Sentence(
        "{model} is watched already, by a watch that nobody left: both measure it, at twice the cost. "
        "Leave the with-block of the one that is not needed, or detach() it",
        model=type(model).__name__,
    )


def quantized_in(model: nn.Module) -> list[str]:
    """The paths of the modules whose weights are whole numbers, without what stands inside of them."""
    found = [path for path, module in model.named_modules() if ".quantized." in f"{type(module).__module__}."]
    return [path for path in found if path.rpartition(".")[0] not in found]


def what_is_left_out(model: nn.Module) -> str:
    """What of a module that can be watched is not measured; "" for nothing."""
    if not (quantized := quantized_in(model)):
        return ""
    said = "not measured, for no gradient reaches them, are the quantized {paths}"
    return Sentence(said, paths=quantized[:5])


def what_is_not_moved(model: nn.Module, optimizers: Sequence[Any]) -> str:
    """That the optimizers are another module's; "" where they move this one."""
    held = {
        id(each) for optimizer in optimizers for group in optimizer.param_groups for each in group["params"]
    }
    if not optimizers or any(id(parameter) in held for parameter in model.parameters()):
        return ""
    return Sentence(
        "{optimizer} holds no parameter of {model}, and no step of its moves one: "
        "give the optimizer that trains it",
        optimizer=type(optimizers[0]).__name__,
        model=type(model).__name__,
    )


def optimizers_of(given: Optimizer | Sequence[Optimizer] | None) -> tuple[list[Any], list[str]]:
    """The optimizers themselves, out of whatever a trainer wrapped them in, and words about what is none."""
    several: Sequence[Any] = given if isinstance(given, list | tuple) else [] if given is None else [given]
    found: list[Any] = []
    words: list[str] = []
    for each in several:
        while isinstance(inner := getattr(each, "optimizer", None), Optimizer):
            each = inner
        if hasattr(each, "register_step_post_hook") and hasattr(each, "param_groups"):
            found.append(each)
        else:
            words.append(
                Sentence(
                    "{given} is no torch.optim.Optimizer: steps end at the next forward pass instead",
                    given=shown(each),
                )
            )
    return found, words
