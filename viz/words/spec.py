"""A run in one line, as it stands under its picture."""

from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz.words.labels import label

ALWAYS = ("dataset", "hidden", "activation", "initializer", "optimizer", "lr")


def caption(spec: RunSpec) -> Sentence:
    """The settings that say what a run is: the main ones, and each that is not the usual one."""
    main = {name: RunSpec.option(name).write(getattr(spec, name)) for name in ALWAYS}
    chosen = main | spec.to_query()
    return Sentence("{settings}", settings=[_setting(name, text) for name, text in chosen.items()])


def _setting(name: str, text: str) -> Sentence:
    return Sentence("{name}: {text}", name=label(name), text=Sentence(text))
