"""What of a watched net is frozen where it may not be meant, all of it at once."""

from collections.abc import Iterator

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.own_naming import called, named
from engine.diagnosis.rules.own_reach import ALL_IN
from engine.diagnosis.watched import Watched
from engine.measure.paths import code_of
from engine.tables.wording import Sentence


def frozen(net: Watched) -> Finding | None:
    """Layers that stand among others that train, though not before all of them, as a trunk does."""
    stands, names = net.subject.weights, net.subject.parameters
    trained = [k for k, how in enumerate(stands) if how == "trained"]
    still = [k for k, how in enumerate(stands) if how == "frozen"]
    behind = [k for k in still if trained and k > trained[0]]
    if not behind or len(_modules(net, still)) >= len(_modules(net, trained)) or _is_adapted(net, still):
        return None
    trunk = {names[k] for k in still if k < trained[0]}
    roots = _whole(net, {names[k] for k in behind}, trunk)
    listed = [code_of(root) for root in roots]
    code = f"{listed[0]}.requires_grad_(True)"
    if len(listed) > 1:
        code = f"for p in ({', '.join(listed)}): p.requires_grad_(True)"
    what = Sentence("Where that is not meant, let it train.")
    if any(name == root or name.startswith(f"{root}.") for name in net.subject.lacking for root in roots):
        what = Sentence(
            "Where that is not meant, let it train, and give it to the optimizer, which was made without it."
        )
        code += f"\n{ALL_IN}"
    return named(
        net,
        "frozen",
        behind[0],
        Sentence(
            "frozen: {path} stands still among layers that train ({layers} {layers:layer|layers})",
            path=net.paths[behind[0]].split(" (")[0].rpartition(".weight_")[0] or called(net, behind[0]),
            layers=len(_modules(net, behind)),
        ),
        Sentence("A weight moves only where it asks for a gradient and an optimizer holds it."),
        "PyTorch: torch.optim",
        what,
        code,
    )


def _modules(net: Watched, layers: list[int]) -> set[str]:
    """The modules that hold these layers' weights; the gates of one count once."""
    return {net.subject.parameters[k].rpartition(".")[0] for k in layers}


def _whole(net: Watched, weights: set[str], trunk: set[str]) -> list[str]:
    """What to let train with these weights: the largest modules that are frozen as a whole, and what else is within
    the modules that these stand in, as norms and position parameters; nothing that the trunk has a part in."""
    still = net.subject.still
    of = {name: _largest(name, net.subject.moving, trunk) for name in still}
    homes = {of[name].rpartition(".")[0] for name in weights}
    free = [f"{home}." if home else "" for home in homes if not _any_within(home, trunk)]
    named_too = weights | {name for name in still if any(name.startswith(home) for home in free)}
    return list(dict.fromkeys(of[name] for name in still if name in named_too))


def _largest(name: str, moving: tuple[str, ...], trunk: set[str]) -> str:
    """The largest module around a parameter of which nothing trains, the parameter itself where there is none."""
    found = name
    for home in _homes(name):
        if _any_within(home, moving) or _any_within(home, trunk):
            break
        found = home
    return found


def _homes(name: str) -> Iterator[str]:
    while name := name.rpartition(".")[0]:
        yield name


def _any_within(home: str, names: tuple[str, ...] | set[str]) -> bool:
    return any(name.startswith(f"{home}." if home else "") for name in names)


def _is_adapted(net: Watched, still: list[int]) -> bool:
    """Whether a frozen layer has two narrow ones beside it that train in its place: LoRA (Hu et al., 2021)."""
    names, shapes = net.subject.parameters, net.subject.shapes
    trained = [k for k, how in enumerate(net.subject.weights) if how == "trained"]
    for k in still:
        home = names[k].rpartition(".")[0].rpartition(".")[0]
        beside = [shapes[j][:2] for j in trained if names[j].startswith(f"{home}.")]
        out, into = shapes[k][:2]
        if any(
            a == (b[1], into) and b == (out, a[0]) and a[0] < min(out, into) for a in beside for b in beside
        ):
            return True
    return False
