"""The JavaScript modules: each by its path, under one version, and nothing else."""

import gzip
import re

import pytest

from tests.viz.asgi import request
from viz.server import modules

FRAME = "wire/frame.js"


def get(path, **headers):
    return request(modules.routes(), path, **headers)


def test_modules_are_served_by_path_compressed_and_checked():
    _, plain, body = get(f"/modules/now/{FRAME}")
    assert plain["content-type"].startswith("text/javascript")
    assert plain["cache-control"] == "no-cache"
    assert body == modules.asset(FRAME).body
    _, packed, small = get(modules.address(FRAME), **{"accept-encoding": "gzip"})
    assert packed["content-encoding"] == "gzip"
    assert "immutable" in packed["cache-control"]
    assert len(small) < len(body) / 2
    assert gzip.decompress(small) == body
    assert get(modules.address(FRAME), **{"if-none-match": plain["etag"]})[0] == 304


def test_modules_are_served_below_any_base_path():
    assert get(modules.address("canvas/dom.js", "/lab"))[0] == 200


@pytest.mark.parametrize(
    "name",
    ["server/guard.py", "..%2Fapp.py", "wire/frame.py", "wire/frame.js%00", "", "wire/nothing.js", "dom.js"],
)
def test_nothing_else_is_served(name):
    assert get(f"/modules/{modules.VERSION}/{name}")[0] == 404


@pytest.mark.parametrize("name", modules.names())
def test_every_import_of_a_module_exists(name):
    path = modules.VIZ / name
    for target in re.findall(r'from "(.+?)"', path.read_text()):
        found = (path.parent / target).resolve()
        assert found.is_file(), target
        assert found.relative_to(modules.VIZ).as_posix() in set(modules.names())


def test_the_version_changes_when_any_module_does(tmp_path):
    for folder in ("canvas/run", "wire"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "canvas/run/live.js").write_text("1")
    before = modules.version(tmp_path)
    (tmp_path / "wire/frame.js").write_text("2")
    added = modules.version(tmp_path)
    (tmp_path / "wire/frame.js").write_text("3")
    assert len({before, added, modules.version(tmp_path)}) == 3
