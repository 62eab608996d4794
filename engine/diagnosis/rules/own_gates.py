"""What is wrong with the gates of a watched net's recurrent cells."""

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.own_naming import named
from engine.diagnosis.watched import Watched
from engine.measure.paths import code_of
from engine.tables.wording import Sentence

FLAT_AT_START, FLAT = 0.75, 0.5  # of a gate's values; a sound start has none, and training may bring half
ALL = 0.995  # is written as 100%


def flat_gates(net: Watched) -> Finding | None:
    """Every gate of a cell began where it is flat, and still is: its state neither forgets nor learns."""
    of_cells = net.part("gates", "flat")
    flat = {path: both for path, both in of_cells.items() if both[0] > FLAT_AT_START and both[1] > FLAT}
    if not flat:
        return None
    path, (start, _) = next(iter(flat.items()))
    cell = path.rpartition(".weight_")[0]
    layer = next((k for k, each in enumerate(net.paths) if each.startswith(path)), None)
    cells = dict.fromkeys(code_of(each.rpartition(".weight_")[0]) for each in flat)
    return named(
        net,
        "saturated",
        layer,
        Sentence(
            "saturated: all that each gate of {path} gives started where it is flat"
            if start > ALL
            else "saturated: of what each gate of {path} gives at least {saturated_at_start:percent} started where it "
            "is flat",
            saturated_at_start=start,
            path=cell or Sentence("the net"),
        ),
        Sentence(
            "Where most outputs are flat (slope below 6% of its largest) most of the gradient is blocked."
        ),
        "Glorot and Bengio, 2010; Karpathy, 2022",
        Sentence(
            "Draw smaller weights, as torch does, and bring what enters the cell to mean 0 and variance 1."
        ),
        "\n".join(f"{each}.reset_parameters()" for each in cells),
    )
