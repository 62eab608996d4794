"""Which lesson a visitor is at and what was predicted there, both in the address; and what in the other lessons."""

from collections.abc import Mapping
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
    memory.open()
    _answers()[place().number] = place().answer


def go(number: int) -> None:
    """To another lesson, and to what was predicted there before."""
    memory.adopt(Place(number, _answers().get(number)))


def predicted(number: int) -> bool:
    """Whether this visitor has predicted something in that lesson."""
    return _answers().get(number) is not None


def _answers() -> dict[int, Any]:
    return st.session_state.setdefault(ANSWERS, {})
