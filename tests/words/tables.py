"""Texts of tables: they stand there as they are, who draws an entry says them, and so a new one is found by itself."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from engine.descent import comparison, critical_points, inside, vocabulary
from engine.descent.surfaces import SURFACES
from engine.diagnosis import advice, progress, reasons
from engine.experiments import audit
from engine.measure import statistics, stream
from engine.spec import FIELDS, contradictions, mistakes, unrolled
from engine.tables import clipping, own, wording
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Choice
from engine.tables.registry import Entry
from engine.tables.schedules import SCHEDULES
from tests.words.citations import is_citation
from viz.compare import order, plan
from viz.compare import session as comparing
from viz.compare.axes import NORM
from viz.compare.presets import PRESETS
from viz.figures import kept
from viz.lessons.depth import DEPTH
from viz.lessons.lesson import Lesson
from viz.lessons.pitfalls import PITFALLS
from viz.lessons.predictions import Outcome
from viz.lessons.sketch import Sketch
from viz.lessons.steps import STEPS
from viz.race import presets as races
from viz.race import racer, session, state
from viz.recurrent import case as unrolling
from viz.recurrent import presets as unrolled_nets
from viz.recurrent import session as recurrent
from viz.run import lessons as runs
from viz.run import own_data, task
from viz.shelf.page import MONTHS
from viz.shelf.store import KINDS
from viz.signal import lessons as signals
from viz.signal import settings
from viz.wire import table
from viz.words import labels
from viz.words.text import IN_FORMULA


def has_words(line: str) -> bool:
    """Whether a rule's line has words beside its symbols."""
    return bool(re.search(r"[a-z]{2}", re.sub(r"\{[^{}]*\}", "", line)))


def entries(table: Mapping[str, object]) -> Iterator[str]:
    """What each entry of a table says of itself, and the words of its options."""
    for entry in table.values():
        said = (getattr(entry, name, "") for name in ("label", "words", "notes", "source"))
        yield from (text for text in said if not is_citation(text))
        yield from words(getattr(entry, "options", ()))
        yield from (found[2] for found in IN_FORMULA.finditer(getattr(entry, "formula", "")))


def words(options: Iterable[object]) -> Iterator[str]:
    """The `words` of options and of whatever else has such."""
    return (getattr(option, "words", "") for option in options)


def named(entries: Iterable[Entry]) -> Iterator[str]:
    """What the options of entries are called, who have no label but their name, and the words that they may be."""
    for option in (option for entry in entries for option in entry.options):
        yield option.name.replace("_", " ")
        yield from getattr(option, "choices", ())


def shown(presets: Mapping[str, object]) -> Iterator[str]:
    """What each preset of a page is called and shows."""
    for preset in presets.values():
        yield from (getattr(preset, name) for name in ("title", "words"))


def names() -> Iterator[str]:
    """What options of a run's entries are called, and the words that a field is one of."""
    for table_of in (ACTIVATIONS, INITIALIZERS, OPTIMIZERS, SCHEDULES):
        yield from named(table_of.values())
    for option in FIELDS.values():
        yield from (option.choices if isinstance(option, Choice) else ())


def lessons(chapter: Mapping[str, Lesson]) -> Iterator[str]:
    """What each lesson of a chapter asks and explains, the words of its formula, and what can be answered."""
    for lesson in chapter.values():
        yield from (lesson.title, lesson.question, lesson.why, lesson.source, lesson.change.words)
        yield from (found[2] for found in IN_FORMULA.finditer(lesson.formula))
        asked = lesson.prediction
        yield from asked.choices.values() if isinstance(asked, Outcome) else (asked.asks,)
        if isinstance(asked, Sketch):
            yield asked.across


RULES = (
    "learning",
    "norms",
    "own_losses",
    "own_reach",
    "own_signal",
    "own_steps",
    "own_weights",
    "setting",
    "signal",
    "steps",
    "units",
    "weights",
)
"""Where findings get their names."""
FOUND_IN_OWN_NETS = (
    "not in the optimizer", "frozen", "does not move", "attention collapsed", "residual stream grows", "clipped away",
    "loss rose",
)  # fmt: skip

TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "engine/tables/wording.py": wording.ROWS.values,
    "engine/tables/activations.py": lambda: entries(ACTIVATIONS),
    "engine/tables/initializers.py": lambda: entries(INITIALIZERS),
    "engine/tables/optimizers.py": lambda: [
        *entries(OPTIMIZERS),
        *(line for entry in OPTIMIZERS.values() for line in entry.lines if has_words(line)),
    ],
    "engine/tables/schedules.py": lambda: entries(SCHEDULES),
    "engine/tables/datasets.py": lambda: entries(DATASETS),
    "engine/tables/clipping.py": lambda: words((clipping.CLIP, clipping.THRESHOLD)),
    "engine/tables/own.py": lambda: words(own.READINGS.values()),
    "engine/spec/fields.py": lambda: words(FIELDS.values()),
    "engine/spec/run.py": lambda: [*words(FIELDS.values()), "out"],
    "engine/spec/variants.py": lambda: ("data", "logits"),
    "engine/spec/settings.py": lambda: words(FIELDS.values()),
    "engine/spec/unrolled.py": lambda: words(unrolled.SETTINGS.values()),
    "engine/spec/contradictions.py": lambda: [
        why for *_, why in contradictions.PAIRS if isinstance(why, str)
    ],
    "engine/spec/mistakes.py": lambda: [said for _, said in mistakes.MISTAKES],
    "engine/experiments/audit.py": lambda: [audit.PROMISE],
    "engine/theory/criticality.py": lambda: ["ordered", "chaotic", "critical"],
    "engine/measure/statistics.py": statistics.COLUMNS.values,
    "engine/measure/stream.py": stream.STREAM.values,
    "engine/descent/surfaces.py": lambda: entries(SURFACES),
    "engine/descent/comparison.py": lambda: [*comparison.VERDICTS.values(), *comparison.GROUNDS.values()],
    "engine/descent/critical_points.py": critical_points.KINDS.values,
    "engine/descent/inside.py": lambda: words(inside.STATE.values()),
    "engine/descent/vocabulary.py": lambda: words(vocabulary.FUNCTIONS.values()),
    "engine/diagnosis/advice.py": lambda: [what for what, _ in advice.ADVICE.values()],
    **dict.fromkeys(
        [f"engine/diagnosis/rules/{name}.py" for name in RULES] + ["engine/diagnosis/subject.py"],
        lambda: (*reasons.REASONS, *FOUND_IN_OWN_NETS),
    ),
    "engine/diagnosis/reasons.py": lambda: [
        text for table in (reasons.REASONS, reasons.FORMULAS) for texts in table.values() for text in texts
    ],
    "engine/diagnosis/progress.py": lambda: [*progress.LEARNS, *progress.NOT_YET],
    "viz/compare/axes.py": lambda: NORM.option.choices,
    "viz/compare/order.py": lambda: order.VERDICTS,
    "viz/compare/plan.py": lambda: [
        *plan.FOLDS.values(),
        *plan.METRICS.values(),
        *words(plan.OPTIONS.values()),
    ],
    "viz/compare/presets.py": lambda: shown(PRESETS),
    "viz/compare/session.py": comparing.LABELS.values,
    "viz/figures/kept.py": kept.DASHES.keys,
    "viz/lessons/depth.py": lambda: lessons(DEPTH),
    "viz/lessons/steps.py": lambda: lessons(STEPS),
    "viz/lessons/pitfalls.py": lambda: lessons(PITFALLS),
    "viz/race/component.py": lambda: named(OPTIMIZERS.values()),
    "viz/race/controls.py": lambda: [
        *named((*SURFACES.values(), *SCHEDULES.values())),
        *clipping.CLIP.choices,
    ],
    "viz/race/presets.py": lambda: shown(races.PRESETS),
    "viz/race/racer.py": lambda: [racer.LR.words, *racer.CARDS, racer.options_of(OPTIMIZERS["sgd"]).words],
    "viz/race/session.py": session.LABELS.values,
    "viz/race/state.py": lambda: words(
        [*state.OPTIONS.values(), state.SURFACE_OPTIONS, state.SCHEDULE_OPTIONS]
    ),
    "viz/recurrent/case.py": lambda: words(unrolling.OPTIONS.values()),
    "viz/recurrent/controls.py": lambda: [
        name if field == "matrix" else unrolling.NAMES.get(name, name)
        for field, option in unrolling.OPTIONS.items()
        for name in getattr(option, "choices", ())
    ],
    "viz/recurrent/presets.py": lambda: shown(unrolled_nets.PRESETS),
    "viz/recurrent/session.py": recurrent.LABELS.values,
    "viz/run/lessons.py": lambda: [
        *runs.PANELS.values(),
        *(text for lesson in runs.LESSONS.values() for text in (lesson.title, lesson.says)),
    ],
    "viz/run/own_data.py": lambda: [
        *own_data.CALLED.values(),
        *(name for each in own.READINGS.values() for name in each.choices),
    ],
    "viz/run/task.py": lambda: [
        *(name for name in task.PARTS.values() if not isinstance(name, wording.Sentence)),
        *task.CALLED.values(),
    ],
    "viz/signal/lessons.py": lambda: shown(signals.LESSONS),
    "viz/signal/settings.py": lambda: words(settings.OPTIONS.values()),
    "viz/shelf/page.py": lambda: (*MONTHS, *KINDS),
    "viz/wire/table.py": lambda: [
        text for each in (*table.COLUMNS, *table.STREAM) for text in (each.label, each.words)
    ],
    "viz/words/language.py": lambda: ["English"],  # a translation is what the other language calls itself
    "viz/words/labels.py": lambda: [
        *labels.LABELS.values(),
        *labels.IN_SENTENCES.values(),
        *labels.NOTES.values(),
        *map(labels.label, FIELDS),
        *names(),
    ],
}
"""The file that holds a table -> what of it is said."""
