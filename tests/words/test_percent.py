"""A share is written in one way, 98%, in all that is said, in English and in Chinese."""

import re

from tests.words import catalogs

APART = re.compile(r"[0-9}] %(?![\w{(])")


def test_no_text_sets_a_percent_sign_apart():
    texts = [
        str(text) for path in catalogs.files() for one in catalogs.read(path) for text in (one.id, one.string)
    ]
    assert texts
    assert [text for text in texts if APART.search(text)] == []
