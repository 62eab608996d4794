"""What docs/ and the Dockerfile name is there, and is called as it is."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

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


@pytest.mark.long
def test_of_what_the_image_copies_the_whole_wheel_is_made(tmp_path):
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("there is no uv to build a wheel with")
    copied = tmp_path / "source"
    for line in re.findall(r"^COPY (.+) /source/\S*$", DOCKERFILE, re.MULTILINE):
        for name in line.split():
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                copied.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, copied)
    built = []
    for source in (copied, ROOT):
        subprocess.run(
            [uv, "--quiet", "build", "--wheel", "--out-dir", tmp_path / "dist", source], check=True
        )
        (wheel,) = (tmp_path / "dist").glob("*.whl")
        with ZipFile(wheel) as file:
            built.append({name: file.read(name) for name in file.namelist() if not name.endswith("RECORD")})
        wheel.unlink()
    assert built[0] == built[1]


def test_the_image_runs_a_module_that_there_is():
    (module,) = re.findall(r"python -m gradient_flow_lab\.(\S+)$", DOCKERFILE, re.MULTILINE)
    assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists()


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
