"""A run as a link: what it leaves out is as on the page that opens bare, the net that visibly fails.

So "?lr=0.3" is that net with another rate. A link that `write` makes also names the settings in which that net differs
from the engine's defaults, so `RunSpec.from_query` reads the same run in it (the bare one has nothing to read).
"""

from collections.abc import Mapping
from itertools import islice

from engine.spec import FIELDS, RunSpec
from engine.spec.query import notice
from engine.tables.wording import Sentence
from viz.run.lessons import OPENING
from viz.server import bounds
from viz.words.labels import LABELS, field_called

MOST_GUESSES = 5  # unknown keys that are said one by one


def write(spec: RunSpec) -> dict[str, str]:
    """The query of the spec's link; `read` gives back the same spec."""
    return {} if spec == OPENING else spec.to_query() | spec.to_query(usual=OPENING)


def read(query: Mapping[str, str]) -> tuple[RunSpec, list[Sentence]]:
    """The spec of a link, and a notice for each key that was unknown or meant nothing and stays as the page opens."""
    guesses = ((name, field_called(name)) for name in query if name not in FIELDS)
    meant = dict(islice(((name, field) for name, field in guesses if field), MOST_GUESSES))
    known = {name: text for name, text in query.items() if name not in meant}
    too_deep = []
    if error := bounds.too_deep(known.get("hidden", ""), RunSpec.tolerant(known, usual=OPENING)[0]):
        del known["hidden"]
        too_deep = [notice(FIELDS, error, vars(OPENING))]
    spec, notices = RunSpec.tolerant(known, usual=OPENING)
    guessed = [
        Sentence(
            "{name!r} is no field of a run. Did you mean {label} ({meant!r})? Ignored.",
            name=name,
            label=Sentence(LABELS[field]),
            meant=field,
        )
        for name, field in meant.items()
    ]
    return spec, guessed + notices + too_deep
