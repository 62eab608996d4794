"""What a comparison says: who leads, what cannot be told from it, and what is left to do."""

import math
from collections.abc import Sequence

from engine.experiments.standing import Grid, Nested, Standing
from engine.tables.wording import Sentence
from viz.compare.plan import NONE, Plan
from viz.words.language import say

MOST_NAMED = 3
LONG = 90.0  # seconds, of which more are said in minutes


def value(number: float, rank: str) -> str:
    """A number of the ranking: 97.2 %, or a loss of three digits."""
    if math.isnan(number):
        return "–"
    return f"{number:.1%}" if rank == "accuracy" else f"{number:.3g}"


def interval(place: Standing, rank: str) -> str:
    """The interval that holds the mean."""
    if math.isnan(place.low):
        return "–"
    low = max(place.low, 0.0)
    high = min(place.high, 1.0) if rank == "accuracy" else place.high
    return say("{low} to {high}", low=value(low, rank), high=value(high, rank))


def headline(seen: Grid | Nested, labels: Sequence[str], plan: Plan) -> Sentence:
    """Who leads, and what cannot be told from it."""
    places = seen.ranking
    if not places:
        return Sentence("The first runs are on their way.")
    if math.isnan(places[0].mean):
        return Sentence("All of them diverged.")
    best, others = places[0], places[1:]
    lead = {
        "best": labels[best.index],
        "metric": plan.metric,
        "value": value(best.mean, plan.rank),
        "each": Sentence("seeds" if plan.folds == NONE else "folds"),
    }
    if not others:
        return Sentence("{best}: {metric:lower} {value}.", **lead)
    alike = [labels[place.index] for place in others if not place.apart and not math.isnan(place.mean)]
    if min(place.runs for place in places) < 2:
        return Sentence("{best} leads with {metric:lower} {value}; one seed proves nothing.", **lead)
    if not alike:
        return Sentence(
            "{best} is best, with {metric:lower} {value}: its {each} tell it from every other.", **lead
        )
    if len(alike) == len(others):
        return Sentence(
            "{best} leads with {metric:lower} {value}, but none of them can be told apart.", **lead
        )
    named = tuple(alike[:MOST_NAMED])
    if len(alike) > MOST_NAMED:
        return Sentence(
            "{best} leads with {metric:lower} {value}; {alike} and {more} more cannot be told from it.",
            **lead, alike=named, more=len(alike) - MOST_NAMED,
        )  # fmt: skip
    return Sentence(
        "{best} leads with {metric:lower} {value}; {alike} cannot be told from it.", **lead, alike=named
    )


def against_best(place: Standing, best: Standing) -> str:
    """What a row of the table says of it beside the best one."""
    if place.index == best.index:
        return say("best")
    if math.isnan(place.mean):
        return say("diverged")
    if min(place.runs, best.runs) < 2:
        return say("one shared seed")
    return say("worse" if place.apart else "cannot tell")


def progress(seen: Grid | Nested, left: float | None = None) -> Sentence:
    """How far it is. left: seconds that the rest takes, about."""
    over, runs = seen.runs
    if left is None:
        return Sentence("{ended} of {runs} runs", ended=over, runs=runs)
    if left > LONG:
        said = "{ended} of {runs} runs, about {minutes:.0f} min left"
        return Sentence(said, ended=over, runs=runs, minutes=left / 60)
    return Sentence(
        "{ended} of {runs} runs, about {left:.0f} s left", ended=over, runs=runs, left=max(left, 1.0)
    )
