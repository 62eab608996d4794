"""What is whole: each of its texts is marked and translated into every language, and none is glued together.

A file or a folder is added once it is; a language is offered to its readers once all of it is here.
"""

from collections.abc import Collection

from tests.words.marked import said_in
from tests.words.unsaid import files, unsaid

WHOLE = (
    "engine",
    "viz/canvas",
    "viz/chrome.py",
    "viz/compare",
    "viz/exports",
    "viz/figures",
    "viz/lessons",
    "viz/live",
    "viz/main.py",
    "viz/nets",
    "viz/own_net",
    "viz/pages",
    "viz/proof",
    "viz/race",
    "viz/recurrent",
    "viz/replay",
    "viz/run",
    "viz/server",
    "viz/shelf",
    "viz/signal",
    "viz/techniques",
    "viz/theme.py",
    "viz/widgets",
    "viz/wire",
    "viz/words",
    "viz/workbench",
    "viz/workers",
)
ALL = ("engine", "viz")


def missing(texts: Collection[str], *under: str) -> set[str]:
    """What is said in these files and folders and is not among the translated texts."""
    return {text for each in under for path in files(each) for text in said_in(path) if text not in texts}


def is_whole(texts: Collection[str]) -> bool:
    """Whether a language says all there is to say."""
    everywhere = (path for each in ALL for path in files(each))
    return not missing(texts, *ALL) and not any(unsaid(path) for path in everywhere)
