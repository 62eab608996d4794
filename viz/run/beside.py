"""The run set beside the one in the sidebar: A, while the sidebar changes B. It stands in the link, after B's."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from engine.spec import RunSpec
from engine.tables.errors import SpecError
from engine.tables.wording import Sentence
from viz.run import tables
from viz.run.tables import BESIDE as KEY
from viz.server import bounds
from viz.widgets.memory import Memory
from viz.words.labels import LABELS
from viz.words.text import left_out

OPENING = "opening"  # what the link says of the net that the page opens with

Beside = RunSpec | None
"""A, or None while one net is alone."""


def read(query: Mapping[str, str]) -> tuple[Beside, list[Sentence]]:
    """A of a link, and what is to be said of it: "lr=0.3&batch_norm=before" is a link in a link."""
    if KEY not in query:
        return None, []
    text = query[KEY]
    try:
        link = {} if text == OPENING else dict(parse_qsl(text, strict_parsing=True))
        if not tables.is_here(link.get("dataset")):
            return None, []
        spec, notices = tables.read(link)
        bounds.check(spec)
    except SpecError as error:
        return None, [left_out(KEY, error)]
    except ValueError:
        said = "{name!r}: {text!r} is no run; give its settings as in a link, lr=0.3 for one. Ignored."
        return None, [Sentence(said, name=KEY, text=text[:80])]
    return spec, notices


def write(spec: Beside) -> dict[str, str]:
    """The key of A's link; `read` gives back the same A."""
    return {} if spec is None else {KEY: urlencode(tables.write(spec)) or OPENING}


memory: Memory[Beside] = Memory(KEY, read, write, labels=LABELS, keeps_typed=True)
