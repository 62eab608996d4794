"""Which lesson a visitor is at and what was predicted there, both in the address; and what in the other lessons.

The browser keeps all of it too, for the address has no more than one lesson: a reload, or another day, finds it again.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import streamlit as st

from engine.tables.errors import SpecError
from engine.tables.option import Whole
from engine.tables.wording import Sentence
from viz.lessons.lesson import Lesson
from viz.lessons.predictions import NAME
from viz.lessons.table import LESSONS
from viz.widgets.memory import Memory
from viz.words.text import left_out, unused

KEYS = ("lesson", NAME)
LABELS = {"lesson": Sentence("Lesson"), NAME: Sentence("Prediction")}
NUMBER = Whole("lesson", 1, 1, len(LESSONS))
ANSWERS = "lesson_answers"  # of the session: number of the lesson -> what was predicted
BARE, FORGOTTEN = "lesson_address_was_bare", "lesson_answers_forgotten"
LONGEST = 400  # characters of what was predicted in one lesson


@dataclass(frozen=True)
class Place:
    """The number of a lesson, counted from 1, and the prediction, None before there is one."""

    number: int = 1
    answer: Any = None

    @property
    def lesson(self) -> Lesson:
        return list(LESSONS.values())[self.number - 1]

    def write(self) -> dict[str, str]:
        """The query of its link."""
        query = {"lesson": str(self.number)} if self.number > 1 else {}
        if self.answer is not None:
            query[NAME] = self.lesson.prediction.write(self.answer)
        return query

    @classmethod
    def read(cls, query: Mapping[str, str]) -> tuple[Self, list[Sentence]]:
        """The place of a link, and a notice for each key that meant nothing."""
        notices = [unused(key, KEYS) for key in query if key not in KEYS]
        found = cls()
        if "lesson" in query:
            try:
                found = cls(NUMBER.read(query["lesson"]))
            except SpecError as error:
                return found, [*notices, left_out("lesson", error)]
        if NAME in query:
            try:
                found = cls(found.number, found.lesson.prediction.read(query[NAME]))
            except SpecError as error:
                notices.append(left_out(NAME, error))
        return found, notices


memory = Memory("lessons", Place.read, Place.write, labels=LABELS)


def place() -> Place:
    """What is on screen."""
    return memory.value


def open_page() -> None:
    """Find the place, in the address or as it was left."""
    st.session_state.setdefault(BARE, not any(key in st.query_params for key in KEYS))
    memory.open()
    if place().answer is not None:
        _answers()[place().number] = place().answer


def go(number: int) -> None:
    """To another lesson, and to what was predicted there before."""
    memory.adopt(Place(number, _answers().get(number)))


def predicted(number: int) -> bool:
    """Whether this visitor has predicted something in that lesson."""
    return _answers().get(number) is not None


def to_keep() -> dict[str, Any]:
    """What a browser keeps of it, by the names of the lessons; forgotten: how often a visitor began anew."""
    named = enumerate(LESSONS.items(), 1)
    answers = {name: lesson.prediction.write(_answers()[n]) for n, (name, lesson) in named if predicted(n)}
    at = list(LESSONS)[place().number - 1]
    return {"at": at, "answers": answers, "forgotten": times_forgotten()}


def take_up(told: Any) -> None:
    """Take what a browser kept, whatever it tells: what means nothing is left out, and what was said here stands.

    Who came without a lesson in the address goes on where the browser was.
    """
    at, answers = (told.get("at"), told.get("answers")) if isinstance(told, dict) else (None, None)
    for number, (name, lesson) in enumerate(LESSONS.items(), 1):
        text = answers.get(name) if isinstance(answers, dict) else None
        if not predicted(number) and isinstance(text, str) and len(text) <= LONGEST:
            with suppress(SpecError):
                _answers()[number] = lesson.prediction.read(text)
    if st.session_state.get(BARE) and place() == Place() and at in list(LESSONS):
        go(list(LESSONS).index(at) + 1)
    st.session_state[BARE] = False


def begin_anew() -> None:
    """Forget all predictions."""
    st.session_state[ANSWERS] = {}
    st.session_state[FORGOTTEN] = times_forgotten() + 1
    memory.adopt(Place(place().number))


def times_forgotten() -> int:
    """How often this visitor began anew."""
    return st.session_state.get(FORGOTTEN, 0)


def _answers() -> dict[int, Any]:
    return st.session_state.setdefault(ANSWERS, {})
