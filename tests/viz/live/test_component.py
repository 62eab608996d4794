"""What the live view is given: checked without a browser."""

import json

import pytest

from viz.live import assets, component
from viz.theme import palettes


@pytest.mark.parametrize(
    ("path", "base"), [("", ""), ("/", ""), ("lab", "/lab"), ("/lab/", "/lab"), ("a/b", "/a/b")]
)
def test_addresses_begin_with_the_server_s_base_path(path, base):
    given = component.data("token", path)
    assert given["base"] == base
    assert given["script"] == f"{base}/live/assets/live.js?v={component.VERSION}"


def test_the_view_is_given_plain_json_with_both_palettes():
    given = component.data("token")
    assert json.loads(json.dumps(given)) == given
    assert given["token"] == "token"
    assert given["colors"] == palettes()


def test_the_script_that_is_asked_for_is_one_that_is_served():
    assert assets.asset("live.js") is not None


def test_the_version_changes_when_any_module_does(tmp_path, monkeypatch):
    monkeypatch.setattr(component, "ASSETS", tmp_path)
    (tmp_path / "live.js").write_text("1")
    before = component.version()
    (tmp_path / "axes.js").write_text("2")
    added = component.version()
    (tmp_path / "axes.js").write_text("3")
    assert len({before, added, component.version()}) == 3


def test_an_event_that_the_view_does_not_have_is_refused():
    with pytest.raises(TypeError, match="no event curse; it has: token, paused, cure, rebuild"):
        component.live("token", curse=print)
