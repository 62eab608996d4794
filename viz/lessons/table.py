"""All lessons, in the chapter's order."""

from viz.lessons.depth import DEPTH
from viz.lessons.lesson import Lesson
from viz.lessons.pitfalls import PITFALLS
from viz.lessons.steps import STEPS

LESSONS: dict[str, Lesson] = DEPTH | STEPS | PITFALLS
"""key -> Lesson; an address counts them from 1."""
