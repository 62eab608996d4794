"""What a lesson is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from engine.spec import RunSpec
from viz.lessons.predictions import Prediction
from viz.lessons.runs import Experiment
from viz.race import link as races
from viz.race.state import Race
from viz.recurrent.case import Case
from viz.run import link as nets
from viz.words.text import formula

Claim = tuple[Callable[[Any], float], float, float]
"""A number that an explanation names: how it is measured in the result, and the two that it lies between."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing to change: what to do, and the address of the page where to do it."""

    words: str
    page: str
    query: Mapping[str, str]

    @property
    def address(self) -> str:
        """From this page; the Train page is where a visitor arrives."""
        return f"./{'' if self.page == 'train' else self.page}?{urlencode(self.query)}"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A question, what is predicted, the experiment that answers it, and why.

    question, why: Markdown; formula: lines of LaTeX; source: who found it. claims: what `why` says in numbers, which a
    test runs.
    """

    title: str
    question: str
    prediction: Prediction
    experiment: Experiment
    why: str
    formula: str
    source: str
    change: Change
    claims: Sequence[Claim] = ()

    def said_formula(self) -> str:
        """The formula, its words in the visitor's language."""
        return formula(self.formula)


def on_train(words: str, spec: RunSpec) -> Change:
    """To be changed in a run."""
    return Change(words=words, page="train", query=nets.write(spec))


def on_optimizers(words: str, race: Race) -> Change:
    """To be changed in a race."""
    return Change(words=words, page="optimizers", query=races.write(race))


def on_recurrent(words: str, case: Case) -> Change:
    """To be changed in nets unrolled in time."""
    return Change(words=words, page="recurrent", query=case.write())


def on_techniques(words: str, spec: RunSpec, **shown: str) -> Change:
    """To be changed on a technique's bench. shown: which, and which part of it."""
    return Change(words=words, page="techniques", query={**shown, **nets.write(spec)})
