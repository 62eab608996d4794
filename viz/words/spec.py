"""A run in one line, as it stands under its picture."""

from engine.spec import FIELDS, RunSpec
from engine.spec.fields import TableChoice
from engine.tables.wording import Sentence
from viz.words.difference import PLACED
from viz.words.labels import label
from viz.words.language import listed

PLACES = {"before": Sentence("before the activation"), "after": Sentence("after the activation")}
ALWAYS = ("dataset", "hidden", "activation", "initializer", "optimizer", "lr")


def caption(spec: RunSpec) -> Sentence:
    """The settings that say what a run is, as a link writes them: the main ones, and each that is not the usual one."""
    return _row(_chosen(spec))


def described(spec: RunSpec, data: str = "") -> Sentence:
    """The same for people, each entry by its label. data: what its data set is called, if not as its table says."""
    chosen = {name: entry_label(name, text) for name, text in _chosen(spec).items()}
    return _row(chosen | ({"dataset": data} if data else {}))


def entries(spec: RunSpec) -> str:
    """A short name for a run, in the language that is spoken now: its activation and its optimizer."""
    return listed(entry_label(name, getattr(spec, name)) for name in ("activation", "optimizer"))


def entry_label(field: str, text: str) -> Sentence:
    """What a written value of a field is called: an entry of a table by its label, a norm's place by what it is a
    place of, all else as it is written."""
    option = FIELDS.get(field)
    if isinstance(option, TableChoice) and text in option.table:
        return Sentence(option.table[text].label)
    return PLACES[text] if field in PLACED and text in PLACES else Sentence(text)


def _chosen(spec: RunSpec) -> dict[str, str]:
    return {name: RunSpec.option(name).write(getattr(spec, name)) for name in ALWAYS} | spec.to_query()


def _row(chosen: dict[str, str]) -> Sentence:
    return Sentence("{settings}", settings=[_setting(name, text) for name, text in chosen.items()])


def _setting(name: str, text: str) -> Sentence:
    said = entry_label(name, text) if name in PLACED else Sentence(text)
    return Sentence("{name}: {text}", name=label(name), text=said)
