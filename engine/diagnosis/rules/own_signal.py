"""What is wrong with how a signal crosses a watched net; and all the rules that ask after its signal and steps."""

from collections.abc import Callable

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.own_draws import draw, of_size
from engine.diagnosis.rules.own_gates import flat_gates
from engine.diagnosis.rules.own_losses import loss_rose
from engine.diagnosis.rules.own_naming import called, in_place_of, named
from engine.diagnosis.rules.own_precision import underflow
from engine.diagnosis.rules.own_reach import all_without_gradient
from engine.diagnosis.rules.own_steps import DEAD, MOVING, clipped_away, rate_too_high, rate_too_low
from engine.diagnosis.rules.own_weights import does_not_move
from engine.diagnosis.watched import FADED, FEW_STEPS, Watched
from engine.measure.paths import code_of
from engine.tables.wording import Sentence

HUGE = 1e4  # times
MOST = 0.5  # of a layer's outputs
WEAK, LONG = 1e-2, 200  # of the gradient is left, where the loss has stood for so many steps
ONE_TOKEN = 0.97  # of a query's weight
BLOCKS = 4
NORMS = {4: "BatchNorm2d", 5: "BatchNorm3d"}  # by the axes of the weights that they normalize
OFFSET = 4.0  # mean square over variance of what an activation puts out: a sigmoid's, never a rectifier's or tanh's


def saturated(net: Watched) -> Finding | None:
    """Most outputs of a two-sided activation began where it is flat, and still are."""
    start, now, dead = net.start("saturated"), net.now("saturated"), net.now("dead")
    # so large a start comes down by itself from a loss far above that of chance
    if net.loss[1] < 0.4 * net.loss[0] or net.step < FEW_STEPS:
        return None
    # what is flat on both sides has a spread within its limits
    var = net.now("input_var")
    flat = (start > MOST) & (now > MOST) & (dead < 1) & (var > 4) & (net.now("activation_var") < 1.01)
    low, high = np.array(net.subject.bends).T
    flat &= ~((low >= 0) | np.isinf(low) | np.isinf(high))  # a rectifier is flat for half of what enters it
    if not flat.any():
        return None
    layer = int(np.nanargmax(np.where(flat, start, np.nan)))
    return named(
        net,
        "saturated",
        layer,
        Sentence(
            "saturated: {saturated_at_start:percent} of what {path} puts out started where its activation is flat",
            saturated_at_start=float(start[layer]),
            path=called(net, layer),
        ),
        Sentence(
            "Where most outputs are flat (slope below 6% of its largest) most of the gradient is blocked."
        ),
        "Glorot and Bengio, 2010; Karpathy, 2022",
        Sentence("Draw smaller weights, or normalize what enters."),
        draw(net, sorted({*np.flatnonzero(flat).tolist(), *of_size(net, layer, large=True)})),
    )


def born_dead(net: Watched) -> Finding | None:
    """A layer most of whose units never answered to a sample, which is why nothing comes back to it."""
    return dead_units(net) if ((net.start("dead") > DEAD) & (net.now("dead") > DEAD)).any() else None


def died(net: Watched) -> Finding | None:
    """A layer most of whose units came to answer to no sample."""
    return None if born_dead(net) else dead_units(net)


def dead_units(net: Watched) -> Finding | None:
    """A layer most of whose units answer to no sample."""
    dead = net.now("dead")
    if net.step < 3 or not (dead > DEAD).any():
        return None
    born = net.start("dead")
    layer = int(np.nanargmax(np.where(dead > DEAD, born, -1.0)))
    start = float(born[layer])
    modules = [code_of(net.paths[k]) for k in np.flatnonzero(dead > DEAD)]
    return named(
        net,
        "dying units",
        layer,
        Sentence(
            "dying units: {dead:percent} of the units of {path} answer to no sample "
            "({dead_at_start:percent} at the start)",
            dead=float(dead[layer]),
            path=called(net, layer),
            dead_at_start=start,
        ),
        Sentence("A unit that is flat for every sample gets no gradient and cannot come back."),
        "Maas, Hannun and Ng, 2013; Lu et al., 2019",
        Sentence(
            "Take a smaller rate or an activation that passes some gradient everywhere, and draw the layer anew."
        ),
        f"for m in ({', '.join(modules)},): nn.init.kaiming_normal_(m.weight); nn.init.zeros_(m.bias)",
    )


def exploding_activations(net: Watched) -> Finding | None:
    """What layers put out grew by far on the way, at the start and still."""
    sizes = net.size[1]
    known = np.flatnonzero((sizes > 0) & np.isfinite(sizes))
    if len(known) < 3:
        return None
    growth = float(sizes[known[-1]] / sizes[known[0]])
    before = net.size[0][known]
    was_level = not before[-1] / before[0] >= HUGE
    if growth < HUGE or (was_level and rate_too_high(net)):  # steps made it so
        return None
    layer = int(known[np.argmax(np.diff(np.log(sizes[known]))) + 1])
    return named(
        net,
        "exploding activations",
        layer,
        Sentence(
            "exploding activations: {last} puts out {growth:number} times what {first} does",
            last=called(net, known[-1]),
            first=called(net, known[0]),
            growth=growth,
        ),
        Sentence("From layer to layer activations should keep their size."),
        "Glorot and Bengio, 2010; He et al., 2015",
        Sentence("Draw smaller weights, or normalize between layers."),
        draw(net, of_size(net, layer, large=True)),
    )


def fading(net: Watched) -> Finding | None:
    """What layers put out shrank to next to nothing on the way, before any training."""
    sizes = net.size[0]
    known = np.flatnonzero(np.isfinite(sizes))
    if len(known) < 4 or net.learns:
        return None
    inner = known[:-1]  # the output's bias is a signal that comes from nowhere
    first, last = sizes[inner[0]], sizes[inner[-1]]
    if not 0 < last < FADED * first:
        return None
    layer = int(inner[np.argmax(sizes[inner] < FADED * first)])
    return named(
        net,
        "vanishing",
        layer,
        Sentence(
            "vanishing: {path} puts out {ratio:number} of what {first} does, and as little comes back",
            path=called(net, inner[-1]),
            first=called(net, inner[0]),
            ratio=float(last / first),
        ),
        Sentence("From layer to layer activations and gradients should keep their size."),
        "Glorot and Bengio, 2010; He et al., 2015",
        Sentence("Draw larger weights, normalize between layers, or add a residual path."),
        draw(net, of_size(net, layer, large=False)),
    )


def gradient_by_depth(net: Watched) -> Finding | None:
    """The gradient of the weights, beside the weights themselves, from the output's end back to the input's."""
    relative = net.relative
    known = np.flatnonzero((relative > 0) & np.isfinite(relative))
    zero = np.flatnonzero(relative == 0)
    if len(known) + len(zero) < 4:
        return None
    ends = max(len(relative) // 4, 1)
    near = [k for k in known if k < ends * 2]
    far = [k for k in known if k >= len(relative) - 1 - ends]
    if not far:
        return None
    top = float(np.max(relative[far]))
    low = int(near[int(np.argmin(relative[near]))]) if near else int(zero[0]) if len(zero) else None
    if low is None:
        return None
    ratio = float(relative[low] / top)
    moved = net.moved[low]
    if (
        ratio < (WEAK if _stands_by_its_draw(net, low) else FADED)
        and low < min(far)
        and not net.learns
        and (not moved > MOVING or net.stands)
    ):
        return _depth(net, "vanishing", low, ratio)
    if near and float(np.max(relative[near])) / top > HUGE and not net.learns:
        high = int(near[int(np.argmax(relative[near]))])
        return _depth(net, "exploding", high, float(relative[high] / top))
    return None


def _stands_by_its_draw(net: Watched, layer: int) -> bool:
    """Whether a loss stood still for long where nothing normalizes and most weights started small."""
    small = of_size(net, layer, large=False)
    return (
        net.stands and net.latest >= LONG and len(small) > net.hidden / 2 and not net.part("norm", "samples")
    )


def _depth(net: Watched, name: str, layer: int, ratio: float) -> Finding:
    says = {
        "vanishing": "vanishing: beside its weights {path} gets {ratio:number} of the last layers' gradient",
        "exploding": "exploding: beside its weights {path} gets {ratio:number} times the last layers' gradient",
    }[name]
    what, code = (
        Sentence("Draw weights that keep the signal's size, normalize, or add a residual path."),
        draw(net, of_size(net, layer, large=name == "exploding")),
    )
    if name == "vanishing" and net.offset > OFFSET:
        what = Sentence(
            "Normalize what enters each activation, for no draw makes up for its slope, and make the optimizer anew: "
            "it lacks the norms."
        )
        code = _normalized(net)
    return named(
        net,
        name,
        layer,
        Sentence(says, path=called(net, layer), ratio=ratio),
        Sentence("From layer to layer the gradient should keep its size."),
        "Hochreiter, 1991; Glorot and Bengio, 2010; Schoenholz et al., 2017",
        what,
        code,
    )


def _normalized(net: Watched) -> str:
    """The lines that put a norm behind each hidden layer whose activation's mean is far from 0."""
    of_kinds: dict[str, list[str]] = {}
    for layer in np.flatnonzero(net.offsets > OFFSET):
        kind = NORMS.get(net.subject.axes[layer], "BatchNorm1d")
        of_kinds.setdefault(kind, []).append(net.paths[layer])
    return "\n".join(
        in_place_of(paths, f"nn.Sequential(old, nn.{kind}(len(old.weight)).to(old.weight))")
        for kind, paths in of_kinds.items()
    )


def attention_on_one(net: Watched) -> Finding | None:
    """Attention that came to look at one token only."""
    entropy = net.part("attention", "entropy")
    fixed = {
        path: (start, now)
        for path, (start, now) in net.part("attention", "on_one").items()
        if now > ONE_TOKEN and entropy[path][1] < 0.1
    }
    if not fixed or net.learns:  # a net that learns may well know where to look
        return None
    path, (start, now) = next(iter(fixed.items()))
    return named(
        net,
        "attention collapsed",
        None,
        Sentence(
            "attention collapsed: in {path} a query gives {attention_now:percent} of its weight to one token "
            "({attention_at_start:percent} at the start)",
            path=path,
            attention_now=now,
            attention_at_start=start,
        ),
        Sentence("A softmax that is sure of one token has no gradient left for the others."),
        "Zhai et al., Stabilizing Transformer Training by Preventing Attention Entropy Collapse, 2023",
        Sentence(
            "Scale scores by the root of a head's width, normalize queries and keys, take a smaller rate."
        ),
        "q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)",
    )


def stream_grows(net: Watched) -> Finding | None:
    """A residual stream that each block makes larger by far."""
    after, before = net.part("stream", "after"), net.part("stream", "before")
    if len(after) < BLOCKS:
        return None
    paths = list(after)
    start, end = before[paths[0]][1], after[paths[-1]][1]
    growth = end / start if start > 0 else 1.0
    steps = [after[path][1] / before[path][1] for path in paths if before[path][1] > 0]
    if growth < 1000 or float(np.median(steps)) < 1.5:
        return None
    path = paths[int(np.argmax(steps))] if len(steps) == len(paths) else paths[-1]
    return named(
        net,
        "residual stream grows",
        None,
        Sentence(
            "residual stream grows: {blocks} blocks make it {growth:number} times as large; {path} most of all",
            blocks=len(paths),
            growth=growth,
            path=path,
        ),
        Sentence(
            "What a block writes should be small beside the stream, by about 1 over the root of their number."
        ),
        "Zhang, Dauphin and Ma, 2019; De and Smith, 2020; Radford et al., 2019",
        Sentence("Scale what blocks write, or normalize what enters them."),
        f"with torch.no_grad(): [p.mul_({len(paths)} ** -0.5) for p in {code_of(path)}.parameters()]",
    )


SIGNAL: tuple[Callable[[Watched], Finding | None], ...] = (
    underflow,
    born_dead,
    saturated,
    flat_gates,
    exploding_activations,
    fading,
    gradient_by_depth,
    does_not_move,
    rate_too_high,
    loss_rose,
    died,
    attention_on_one,
    stream_grows,
    clipped_away,
    rate_too_low,
    all_without_gradient,
)
