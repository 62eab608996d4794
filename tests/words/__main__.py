"""`uv run python -m tests.words`: what is said goes into the catalogs, and they are compiled; then how far they are.

With a file or a folder, `... -m tests.words viz/run`, each text of it that has no translation and each that is not
marked or is glued together.
"""

import sys

from tests.layout.graph import ROOT
from tests.words import catalogs
from tests.words.unsaid import files, unsaid
from tests.words.whole import missing


def bring_up_to_date() -> None:
    """All catalogs, as they are to be committed."""
    for path in catalogs.files():
        catalogs.update(path)
        path.with_suffix(".json").write_text(catalogs.written(path), "utf-8")


def tell(under: str) -> None:
    """What a file or a folder still lacks, line by line."""
    for path in files(under):
        for line, text, is_glued in unsaid(path):
            print(f"{path.relative_to(ROOT)}:{line}: {'glued' if is_glued else 'not marked'}: {text[:100]!r}")
    for path in catalogs.files():
        for text in sorted(missing(catalogs.translated(catalogs.read(path)), under)):
            print(f"{path.name}: without a translation: {text[:100]!r}")


def sum_up() -> None:
    """How much each room lacks."""
    texts = {path.stem: catalogs.translated(catalogs.read(path)) for path in catalogs.files()}
    rooms = sorted(
        {"/".join(path.relative_to(ROOT).parts[:2]) for each in ("engine", "viz") for path in files(each)}
    )
    for room in rooms:
        left = sum(len(unsaid(path)) for path in files(room))
        lacks = ", ".join(f"{len(missing(known, room))} without {name}" for name, known in texts.items())
        print(f"{room:24} {left:5} not marked, {lacks}")


if __name__ == "__main__":
    bring_up_to_date()
    if sys.argv[1:]:
        for under in sys.argv[1:]:
            tell(under)
    else:
        sum_up()
