"""A browser takes up another shelf's key, and no other site can make it."""

import pytest

from tests.viz.asgi import request
from viz.server.keys import COOKIE
from viz.shelf.routes import routes

KEY = "k" * 32
HOST = {"host": "lab.test"}


@pytest.mark.parametrize("prefix", ["", "/a/proxy"])
def test_the_key_is_kept_and_the_shelf_opens(prefix):
    status, headers, _ = request(
        routes(), f"{prefix}/shelf/use/{KEY}", **HOST, **{"sec-fetch-site": "same-origin"}
    )
    assert (status, headers["location"]) == (303, "../../shelf")
    assert headers["set-cookie"].startswith(f"{COOKIE}={KEY};")
    assert headers["cache-control"] == "no-store"


def test_the_shelf_opens_in_the_language_that_was_chosen():
    status, headers, _ = request(routes(), f"/shelf/use/{KEY}?lang=zh", **HOST)
    assert (status, headers["location"]) == (303, "../../shelf?lang=zh")


def test_whoever_followed_a_link_is_told_in_their_language_why_there_is_nothing():
    assert request(routes(), "/shelf/use/short", **HOST)[2].decode() == "this is no key of a shelf"
    assert request(routes(), "/shelf/use/short?lang=zh", **HOST)[2].decode() == "这不是书架的密钥"


@pytest.mark.parametrize("told", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.test"}])
def test_another_site_cannot_hide_ones_shelf(told):
    status, headers, _ = request(routes(), f"/shelf/use/{KEY}", **HOST, **told)
    assert status == 403
    assert "set-cookie" not in headers


@pytest.mark.parametrize("key", ["short", "k" * 33, "%3Cscript%3E"])
def test_what_is_no_key_is_not_kept(key):
    status, headers, _ = request(routes(), f"/shelf/use/{key}", **HOST)
    assert status == 404
    assert "set-cookie" not in headers
