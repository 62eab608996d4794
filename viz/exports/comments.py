"""What a script says to its reader, in the reader's language: its title, and what its parts do."""

from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.wording import Sentence
from viz.words.language import say

RULE = "# {line} {part}"
WIDTH = 107  # columns of the line over a part


def title(spec: RunSpec) -> str:
    """What the script's run is, in a line."""
    return say(
        "{data}, hidden layers {shape}, {activation}, {initializer}, {optimizer} at {lr:g}.",
        data=Sentence(DATASETS[spec.dataset].label),
        shape=RunSpec.option("hidden").write(spec.hidden) or say("none"),
        activation=Sentence(ACTIVATIONS[spec.activation].label),
        initializer=Sentence(INITIALIZERS[spec.initializer].label),
        optimizer=Sentence(OPTIMIZERS[spec.optimizer].label),
        lr=spec.lr,
    )


def comments() -> dict[str, str]:
    """Each comment, by the place that a script has for it."""
    return {
        "data_begins": _begins(say("the data")),
        "net_begins": _begins(say("the net")),
        "training_begins": _begins(say("the training")),
        "learned_begins": _begins(say("what it has learned")),
        "of_layer": say(
            "A linear map, its weights and biases drawn from the generator; maxout's pieces are drawn one by one."
        ),
        "of_batches": say(
            "Indices of one batch after the other; what is left over at the end of an epoch is skipped."
        ),
        "of_threads": say(
            "As the run was computed: several threads add in another order, and the last bits of a loss differ."
        ),
        "of_draws": say("what dropout and random slopes draw from"),
    }


def of_steps() -> str:
    """What the number of steps is for."""
    return say("how many it trains for; the run's own number gives what the page shows after as many")


def _begins(part: str) -> str:
    """The line over a part of the script, as wide in every language."""
    wide = len(part) + sum(letter > "\u2e80" for letter in part)
    return RULE.format(line="-" * (WIDTH - wide - 3), part=part)
