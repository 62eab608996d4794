"""The catalogs: what is said goes into each .po, what is translated there into the .json that the program reads."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.words.marked import marked
from tests.words.whole import is_whole
from viz.words.language import CATALOGS

NOISE = re.compile(rb'^"(?!Project|Language:|Plural|MIME|Content)[A-Z][\w-]+: .*\n', re.MULTILINE)
"""Of a catalog's head what differs from day to day, or from one machine to another."""
PLURAL = re.compile(r"plural=([^;]+)")


def files() -> list[Path]:
    """The .po of each language."""
    return sorted(CATALOGS.glob("*.po"))


def read(path: Path) -> Catalog:
    """What translators wrote."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, charset="utf-8")


def translated(catalog: Catalog) -> dict[str, str]:
    """English text -> its translation, where there is one."""
    return {str(each.id): str(each.string) for each in catalog if each.id and each.string and not each.fuzzy}


def update(path: Path) -> None:
    """Put in what is said and not there yet, with the files that say it, and take out what nobody says any more."""
    old = read(path)
    new = Catalog(locale=path.stem, project="Gradient Flow Lab", version="", charset="utf-8", fuzzy=False)
    new.header_comment = old.header_comment
    known = translated(old)
    comments = {str(each.id): each.user_comments for each in old if each.id}
    for text, places in sorted(marked().items(), key=lambda each: (min(each[1]), each[0])):
        locations = [(place, 0) for place in sorted(places)]
        new.add(text, known.get(text, ""), locations=locations, user_comments=comments.get(text, ()))
    written = BytesIO()
    write_po(written, new, width=0, include_lineno=False)
    path.write_bytes(steady(written.getvalue()))


def steady(written: bytes) -> bytes:
    """A written catalog without what is noise of its head; a line of a text may look just like one."""
    head, blank, texts = written.partition(b"\n\n")
    return NOISE.sub(b"", head + blank) + texts


def compiled(path: Path) -> dict[str, Any]:
    """What the .json of a .po holds."""
    catalog = read(path)
    texts = translated(catalog)
    found = PLURAL.search(catalog.plural_forms)
    return {
        "name": texts.get("English", path.stem),
        "is_whole": is_whole(texts),
        "plural": found[1] if found else "0",
        "texts": dict(sorted(texts.items())),
    }


def written(path: Path) -> str:
    """The .json of a .po: a line for each text, so that two people can add to it at once."""
    return json.dumps(compiled(path), ensure_ascii=False, indent=0) + "\n"


def fields(text: str) -> set[str]:
    """What a text names in braces, with its kind; a plural form, which a language may do without, is none."""
    return {
        f"{name}!{conversion or ''}:{kind}"
        for _, name, kind, conversion in Formatter().parse(text)
        if name is not None and "|" not in (kind or "")
    }


def differing(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Texts whose translation names other values than they do."""
    for text, other in texts.items():
        if fields(text) != fields(other):
            yield text, other
