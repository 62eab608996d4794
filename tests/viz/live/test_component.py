"""What the live view is given: checked without a browser."""

import json

import pytest

from viz.live import component
from viz.server import modules
from viz.theme import palettes
from viz.words.language import speaking


@pytest.mark.parametrize(
    ("path", "base"), [("", ""), ("/", ""), ("lab", "/lab"), ("/lab/", "/lab"), ("a/b", "/a/b")]
)
def test_addresses_begin_with_the_server_s_base_path(path, base):
    given = component.data(component.Given("token"), path)
    assert given["base"] == base
    assert given["script"] == f"{base}/modules/{modules.VERSION}/canvas/run/visit.js"


def test_the_view_is_given_plain_json_with_both_palettes():
    given = component.data(component.Given("token"))
    assert json.loads(json.dumps(given)) == given
    assert given["token"] == "token"
    assert given["colors"] == palettes()


def test_the_view_is_told_the_language_and_where_its_texts_are():
    given = component.data(component.Given("token"), "/lab")
    assert (given["language"], given["texts"]) == ("en", None)
    with speaking("zh"):
        given = component.data(component.Given("token"), "/lab")
    assert (given["language"], given["texts"]) == (
        "zh",
        f"/lab/modules/{modules.VERSION}/words/catalogs/zh.json",
    )
    for served in (given["texts"], given["speech"]):
        assert modules.asset(served.removeprefix(f"/lab/modules/{modules.VERSION}/")) is not None


def test_the_script_that_is_asked_for_is_one_that_is_served():
    assert modules.asset("canvas/run/visit.js") is not None


def test_an_event_that_the_view_does_not_have_is_refused():
    with pytest.raises(
        TypeError,
        match="no event curse; it has: token, paused, cure, rebuild, set_beside, keep, luck, branch, looks",
    ):
        component.live(component.Given("token"), curse=print)
