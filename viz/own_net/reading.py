"""In which language a net is read that somebody's own process shows."""

import os
import re

from engine.tables.option import Choice
from viz.words.language import ENGLISH, offered, suited

ASKED_BY = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Variables that name a language, as gettext reads them: the first that says anything."""


def read_in(language: str | None = None) -> str:
    """The language by its name, "zh" or "zh-CN"; without one the process's own, where it is offered, or English.

    Raises SpecError for a name of which there is no catalog.
    """
    if language is None:
        return _of_process() or ENGLISH
    known = isinstance(language, str) and suited(language)
    return known or Choice("language", ENGLISH, tuple(offered())).check(language)


def _of_process() -> str | None:
    """What its environment asks for: "zh_CN.UTF-8", or several with colons between. Not `locale.getlocale`: that is C
    wherever the machine has not generated the locale, which our catalogs need not."""
    asked = next(filter(None, map(os.environ.get, ASKED_BY)), "")
    return next(filter(None, (suited(re.split("[.@]", each)[0]) for each in asked.split(":"))), None)
