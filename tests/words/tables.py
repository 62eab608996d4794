"""Texts of tables: they stand there as they are, who draws an entry says them, and so a new one is found by itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from engine.diagnosis import progress, reasons
from engine.spec import FIELDS
from engine.tables import wording
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.schedules import SCHEDULES
from viz.words import labels


def entries(table: Mapping[str, object]) -> Iterator[str]:
    """The `label` and `words` of each entry of a table, and those of its options."""
    for entry in table.values():
        yield getattr(entry, "label", "")
        yield getattr(entry, "words", "")
        for option in getattr(entry, "options", ()):
            yield option.words


TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "engine/tables/wording.py": wording.ROWS.values,
    "engine/tables/activations.py": lambda: entries(ACTIVATIONS),
    "engine/tables/initializers.py": lambda: entries(INITIALIZERS),
    "engine/tables/optimizers.py": lambda: entries(OPTIMIZERS),
    "engine/tables/schedules.py": lambda: entries(SCHEDULES),
    "engine/tables/datasets.py": lambda: entries(DATASETS),
    "engine/spec/fields.py": lambda: [option.words for option in FIELDS.values()],
    "engine/diagnosis/reasons.py": lambda: [
        text for table in (reasons.REASONS, reasons.FORMULAS) for texts in table.values() for text in texts
    ],
    "engine/diagnosis/progress.py": lambda: [*progress.LEARNS, *progress.NOT_YET],
    "viz/words/language.py": lambda: ["English"],  # a translation is what the other language calls itself
    "viz/words/labels.py": lambda: [*labels.LABELS.values(), *labels.NOTES.values()],
}
"""The file that holds a table -> what of it is said."""
