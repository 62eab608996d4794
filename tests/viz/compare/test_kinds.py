"""What is varied may be a number, one of a few or a switch: the fields of its values change with its kind."""

from collections.abc import Iterable, Iterator
from itertools import pairwise, permutations

import pytest
from streamlit.testing.v1 import AppTest

from viz.compare.axes import axes
from viz.compare.presets import PRESETS
from viz.pages import compare
from viz.run.lessons import OPENING

SCRIPT = "import streamlit as st\nfrom viz.pages import compare\nst.navigation([st.Page(compare.page)]).run()"
KINDS = {
    type(one.option).__name__: name
    for name, one in axes(OPENING).items()
    if name not in ("batch_norm", "norm")
}
"""Kind -> a setting of it, that does not vary already."""
NO_VALUE = "nonsense"


@pytest.fixture
def app(monkeypatch) -> AppTest:
    """The page, which trains nothing."""
    monkeypatch.setattr(compare, "compared", lambda *args: None)
    return AppTest.from_string(SCRIPT, default_timeout=60).run()


def varied(app: AppTest, menu: str, name: str) -> None:
    app.selectbox(key=f"compare_{menu}").set_value(name).run()
    assert not app.exception
    assert not app.error


def every_way(names: Iterable[str]) -> Iterator[str]:
    """A walk that goes from each of them to each other."""
    for k, one in enumerate(rest := list(names)):
        yield one
        yield from (step for other in rest[k + 1 :] for step in (other, one))


def values(app: AppTest, name: str) -> list:
    """The fields of that key: one, whatever kind it is of."""
    every = (*app.text_input, *app.multiselect)
    return [widget for widget in every if widget.key.startswith(f"compare_{name}")]


@pytest.mark.parametrize(("menu", "name"), [("vary", "values"), ("also", "also_values")])
def test_a_refused_text_of_one_kind_is_no_value_of_another(app, menu, name):
    for setting in every_way(KINDS.values()):
        varied(app, menu, setting)
        (field,) = values(app, name)
        shown = field.value if field.type == "multiselect" else field.value.split(",")
        assert len(shown) == len(axes(OPENING)[setting].suggested(OPENING))
        if field.type == "text_input":
            field.set_value(NO_VALUE).run()
            assert app.error


def test_presets_follow_one_another(app):
    types = {}
    for one in every_way(PRESETS):
        varied(app, "preset", one)
        for widget in (*values(app, "values"), *values(app, "also_values")):
            assert types.setdefault(widget.key, widget.type) == widget.type


def test_every_way_is_gone():
    assert {*pairwise(every_way("abcd"))} >= {*permutations("abcd", 2)}


def test_an_emptied_field_says_that_it_wants_a_value(app):
    varied(app, "vary", "lr")
    before = app.query_params["values"]
    app.text_input(key="compare_values_lr").set_value("").run()
    assert [error.value for error in app.error] == ["Give at least one value\\."]
    assert app.query_params["values"] == before
    [beside] = [warning.value for warning in app.main.warning]
    assert "the last settings that were right" in beside
    assert beside.endswith("Give at least one value\\.")
    app.text_input(key="compare_values_lr").set_value("0.1").run()
    assert not app.error
    assert not app.main.warning
