"""The pages' documents: Streamlit's own, told where its server is."""

import re
from pathlib import Path

import pytest

from tests.viz.asgi import request
from viz import main
from viz.server import front, keys, tokens


def test_every_page_of_the_menu_has_a_document_of_its_own_address():
    menu = re.findall(r'url_path="(\w+)"', Path(main.__file__).read_text("utf-8"))
    assert sorted(menu) == front.PAGES
    assert menu[0] == front.HOME


@pytest.mark.parametrize(
    "address", ["/", "/signal", "/optimizers", "/lab/signal", "/a/proxy/of/ours/recurrent"]
)
def test_it_is_streamlits_and_knows_its_server_before_any_script_runs(address):
    status, headers, body = request(front.routes(), address)
    assert (status, headers["cache-control"]) == (200, "no-cache")
    assert headers["content-type"].startswith("text/html")
    html = body.decode()
    assert html == front.document()
    assert html.count(front.TOLD) == 1
    assert html.index(front.TOLD) < html.index('type="module"')
    assert 'id="root"' in html


@pytest.mark.parametrize(
    ("address", "name"), [("/signal", "en"), ("/signal?lang=zh", "zh"), ("/?lang=tlh", "en")]
)
def test_a_document_says_in_which_language_it_will_be(address, name):
    body = request(front.routes(), address)[2].decode()
    assert re.findall(r"<html[^>]*>", body) == [f'<html lang="{name}">']


@pytest.mark.parametrize("address", ["/other", "/signal/_stcore/health", "/signals"])
def test_no_other_address_is_a_pages(address):
    assert request(front.routes(), address)[0] == 404


@pytest.mark.parametrize(
    ("address", "leads_to"), [("/train", "./"), ("/lab/train?lr=0.3&seed=4", "./?lr=0.3&seed=4")]
)
def test_the_first_page_by_its_name_is_the_servers_address(address, leads_to):
    status, headers, _ = request(front.routes(), address)
    assert (status, headers["location"]) == (307, leads_to)


def test_who_asks_for_a_page_is_told_of_before_its_script_runs():
    asked: list[str] = []
    for address in ("/signal", "/lab/optimizers", "/train", "/signal/_stcore/health"):
        request(front.routes(asked.append), address)
    assert asked == ["signal", "optimizers"]


def test_a_browser_gets_its_key_with_the_document_and_keeps_it():
    _, headers, _ = request(front.routes(), "/signal")
    name, _, rest = headers["set-cookie"].partition("=")
    key, *policy = rest.split("; ")
    assert name == keys.COOKIE
    assert tokens.TOKEN.fullmatch(key)
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={keys.YEARS}"} <= set(policy)
    _, headers, _ = request(front.routes(), "/signal", cookie=f"{name}={key}")
    assert "set-cookie" not in headers
    _, headers, _ = request(front.routes(), "/signal", cookie=f"{name}=made up")
    assert "set-cookie" in headers


@pytest.mark.parametrize("base", ["lab", "/lab/", "a/b"])
def test_below_a_base_path_the_first_page_is_the_same_document(base):
    place = f"/{base.strip('/')}/"
    assert request(front.routes(), place)[0] == 404
    status, headers, body = request(front.routes(base=base), place)
    assert (status, body.decode()) == (200, front.document())
    assert keys.COOKIE in headers["set-cookie"]


@pytest.mark.parametrize(
    ("allowed", "who"),
    [
        ("", "'self'"),
        ("https://school.example", "'self' https://school.example"),
        ("https://*.school.example:8443, http://localhost:*", "'self' https://*.school.example:8443 http://localhost:*"),
        ("*", "'self' *"),
    ],
)  # fmt: skip
def test_the_owner_says_who_may_show_a_page_in_a_frame(monkeypatch, allowed, who):
    monkeypatch.setenv(front.FRAMES, allowed)
    for address in ("/", "/signal"):
        assert request(front.routes(), address)[1]["content-security-policy"] == f"frame-ancestors {who}"


@pytest.mark.parametrize(
    "nonsense",
    ["school.example", "javascript:alert(1)", "https://a.example/b", "'none'", "https://a;b", "https://é"],
)
def test_what_is_no_origin_is_left_out_and_the_log_says_so(caplog, nonsense):
    front.framed.cache_clear()
    assert front.framed(f"{nonsense} https://b.example") == "frame-ancestors 'self' https://b.example"
    assert f"{nonsense!r} is no origin and was left out; an origin is written https://" in caplog.text
