"""What docs/ and the Dockerfile name is there, and is called as it is."""

import json
import re
from pathlib import Path

import pytest

from viz.server import front
from viz.server.command import _parser
from viz.shelf.store import CHOSEN

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVING = (ROOT / "docs" / "serving.md").read_text()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_a_page_links_to_what_there_is(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_image_copies_what_there_is_and_all_that_a_wheel_is_made_of():
    copied = [
        name for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert {"pyproject.toml", "hatch_build.py", "app.py", ".streamlit", "engine", "viz"} <= set(copied)


def test_the_image_starts_the_app_as_a_user_without_rights_and_keeps_its_shelf_in_the_volume():
    (command,) = re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)
    program, *options = json.loads(command)
    assert program == "gradient-flow-lab"
    asked = _parser().parse_args(options)
    assert (asked.address, asked.port, asked.browser) == ("0.0.0.0", 8501, False)
    assert DOCKERFILE.index("\nUSER lab\n") < DOCKERFILE.index("\nCMD ")
    (volume,) = re.findall(r"^VOLUME (.+)$", DOCKERFILE, re.MULTILINE)
    assert f"{CHOSEN}={volume}/" in DOCKERFILE


def test_serving_names_the_settings_as_they_are():
    assert f'{front.FRAMES}="https://' in SERVING
    assert "--server.baseUrlPath lab" in SERVING
    assert "location /lab/" in (ROOT / "docs" / "nginx.conf").read_text()
