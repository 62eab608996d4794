"""In which language a request is answered."""

import pytest
from starlette.requests import Request

from viz.server.asked import language_of
from viz.words import language


def asked(query: str = "", accepts: str = "") -> str:
    headers = [(b"accept-language", accepts.encode())]
    return language_of(Request({"type": "http", "query_string": query.encode(), "headers": headers}))


def test_an_address_has_its_language_whatever_the_browser_prefers():
    assert asked("lang=zh", "fr") == "zh"
    assert asked("lang=en", "zh") == "en"
    assert asked("lang=tlh") == "en"


@pytest.mark.parametrize(
    ("accepts", "name"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr, zh-TW;q=0.7", "zh"), ("en-GB,zh;q=0.5", "en"), ("fr", "en"), ("", "en")],
)  # fmt: skip
def test_a_browser_has_the_first_that_is_offered(accepts, name, monkeypatch):
    monkeypatch.setattr(language, "offered", language.languages)
    assert asked(accepts=accepts) == name


def test_a_browser_has_no_language_that_is_not_whole(monkeypatch):
    monkeypatch.setattr(language, "offered", lambda: {"en": "English"})
    assert asked(accepts="zh-CN") == "en"
