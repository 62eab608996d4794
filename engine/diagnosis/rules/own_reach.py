"""What of a watched net's weights is not reached: by a gradient, or by an optimizer."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.own_draws import draw
from engine.diagnosis.rules.own_naming import called, named
from engine.diagnosis.subject import OUTSIDE
from engine.diagnosis.watched import FEW_STEPS, Watched
from engine.measure.paths import code_of
from engine.tables.wording import Sentence

ALL_IN = (
    'held = {id(p) for group in optimizer.param_groups for p in group["params"]}\n'
    'optimizer.add_param_group({"params": [p for p in model.parameters() if id(p) not in held]})'
)

BECAUSE = Sentence(
    "A layer learns through a path from the loss back to it: .detach(), .data, torch.no_grad(), a NumPy round trip, "
    "argmax and rounding each cut it."
)


def without_gradient(net: Watched) -> Finding | None:
    """A layer that ran and that no gradient reaches, though its weight is to be trained."""
    dw, grads = net.history["weight_gradient_var"], net.history["gradient_rms"]
    none = ~np.isfinite(dw).any(0) & ~np.isfinite(grads).any(0) & ~(net.history["nonfinite"] > 0).any(0)
    some = np.isfinite(dw).any()
    layers = [k for k in np.flatnonzero(none) if net.subject.weights[k] == "trained"]
    if not layers or not some:
        return None
    layer = int(layers[-1])
    return named(
        net,
        "no gradient",
        layer,
        Sentence(
            "no gradient: {path} runs, and nothing comes back to it ({layers} {layers:layer|layers})",
            path=called(net, layer),
            layers=len(layers),
        ),
        BECAUSE,
        "PyTorch: Autograd mechanics",
        *_where_it_is_cut(net, layer, next((k for k in range(layer + 1, len(none)) if not none[k]), None)),
    )


def cut_off(net: Watched) -> Finding | None:
    """A net that takes steps and that nothing ever came back to."""
    trained = "trained" in net.subject.weights and net.subject.optimizers
    names = "weight_gradient_var", "gradient_rms", "nonfinite", "update_ratio"
    came = any((net.history[name] > 0).any() for name in names)
    known = np.isfinite(net.history["weight_gradient_var"]).any()
    if net.step < 3 or not trained or came or known or net.subject.of_others:
        return None
    code = 'model.register_forward_hook(lambda m, x, y: print("model:", getattr(y, "grad_fn", y)))'
    what = Sentence(
        "Send one batch with this line: where it prints None, look within the net for .detach(), .data or "
        "torch.no_grad(); else between what it gives and the loss. Take that out."
    )
    if not len(net.losses[1]):
        what = Sentence(
            "No backward pass was seen: call loss.backward() before each step; and send one batch with this line: "
            "where it prints None, the way back is cut within the net, by .detach(), .data or torch.no_grad()."
        )
    return named(
        net,
        "no gradient",
        None,
        Sentence(
            "no gradient: steps are taken, and no layer of the net gets a gradient: its way to the loss is cut"
        )
        if len(net.losses[1])
        else Sentence("no gradient: steps are taken, and no layer of the net gets a gradient"),
        BECAUSE,
        "PyTorch: Autograd mechanics",
        what,
        code,
    )


def _where_it_is_cut(net: Watched, layer: int, behind: int | None) -> tuple[Sentence, str]:
    """Where to look for what cuts the way back to a layer, and lines that print it; behind: the next layer that a
    gradient reaches."""
    path, out = _module(net, layer), "y[0]" if ".weight_" in net.paths[layer] else "y"
    prints = f'{code_of(path)}.register_forward_hook(lambda m, x, y: print("{path} gives", {out}.grad_fn))'
    if behind is None:
        return Sentence(
            "Send one batch with this line: where it prints None, take away the torch.no_grad() around {path}; else "
            "look between it and the loss for .detach(), .data or a NumPy round trip, and take that out.",
            path=path,
        ), prints
    after = _module(net, behind)
    what = Sentence(
        "Send one batch with these lines: where {path} gives None, take away the torch.no_grad() around it; where "
        "{next_path} alone gets [None], take out the .detach(), .data or NumPy round trip between both.",
        path=path,
        next_path=after,
    )
    gets = f'print("{after} gets", [getattr(each, "grad_fn", None) for each in x])'
    return what, f"{prints}\n{code_of(after)}.register_forward_pre_hook(lambda m, x: {gets})"


def _module(net: Watched, layer: int) -> str:
    """The path of the module that a layer is, or whose gate it is."""
    return net.paths[layer].split(" (")[0].partition(".weight_")[0]


def all_without_gradient(net: Watched) -> Finding | None:
    """Where gradients come and are zero, all of them, and always were."""
    gradients, steps = net.history["weight_gradient_var"], net.history["update_ratio"]
    known = gradients[np.isfinite(gradients)]
    if net.learns or net.step < FEW_STEPS or not len(known) or known.any() or (steps > 0).any():
        return None
    return named(
        net,
        "no gradient",
        None,
        Sentence("no gradient: that of every weight is 0, and no step has moved one"),
        Sentence("Where each path from the loss back is flat, or ends at weights of zero, nothing learns."),
        "Glorot and Bengio, 2010; Lu et al., 2019",
        Sentence("Draw the weights anew, and use an activation that passes some gradient everywhere."),
        draw(net, range(len(net.paths))),
    )


def of_others(net: Watched) -> Finding | None:
    """An optimizer that was given and that moves no parameter of the net."""
    if not net.subject.of_others:
        return None
    return named(
        net,
        OUTSIDE,
        None,
        Sentence(
            "not in the optimizer: {optimizer} holds no parameter of the net, and no step of its moves one",
            optimizer=net.subject.of_others,
        ),
        Sentence("A weight moves only where it asks for a gradient and an optimizer holds it."),
        "PyTorch: torch.optim",
        Sentence(
            "Give this optimizer the parameters of the net; where another one trains it, give that one to be watched."
        ),
        ALL_IN,
    )


def outside(net: Watched) -> Finding | None:
    """A weight that gets a gradient and is in no optimizer."""
    layers = [k for k, how in enumerate(net.subject.weights) if how == OUTSIDE]
    if not layers or "trained" not in net.subject.weights:
        return None
    return named(
        net,
        OUTSIDE,
        layers[0],
        Sentence(
            "not in the optimizer: the weight of {path} gets a gradient that nothing applies "
            "({layers} {layers:layer|layers})",
            path=called(net, layers[0]),
            layers=len(layers),
        ),
        Sentence("A weight moves only where it asks for a gradient and an optimizer holds it."),
        "PyTorch: torch.optim",
        Sentence("Give the optimizer all parameters."),
        ALL_IN,
    )
