"""The wheel's build: everything of ours goes under one name, beside which an `engine.py` of anybody's may stand.

In the checkout and in an editable install the packages are called `engine` and `viz`, and absolute imports are all
there is. A wheel takes a copy in which every import, every module that `-m` starts and every dotted name that begins
a string says `gradient_flow_lab.engine` and `gradient_flow_lab.viz`.
"""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "gradient_flow_lab"
PACKAGES = ("engine", "viz")
FILES = ("app.py", ".streamlit/config.toml")
IMPORT = re.compile(r"^([ \t]*)import (engine|viz)$", re.MULTILINE)
NAMED = re.compile(r"((?:^[ \t]*(?:from|import)|-m) )((?:app|engine|viz)\b)", re.MULTILINE)
QUOTED = re.compile(r"""(["'`])((?:engine|viz)\.[\w{])""")

FACE = f'''"""Gradient Flow Lab: the names of its engine, and of what it shows; each is loaded when it is first used."""

from typing import TYPE_CHECKING, Any

from {NAME} import engine, viz

if TYPE_CHECKING:
    from {NAME}.engine import *

__all__ = [*engine.__all__, *getattr(viz, "__all__", [])]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    return getattr(engine if name in engine.__all__ else viz, name)


def __dir__() -> list[str]:
    return __all__
'''


def under_one_name(source: str) -> str:
    """The source with our modules' names as the wheel has them."""
    source = IMPORT.sub(rf"\1from {NAME} import \2", source)
    for found in (NAMED, QUOTED):
        source = found.sub(rf"\1{NAME}.\2", source)
    return source


def copy(source: str, target: str) -> None:
    if source.endswith(".py"):
        Path(target).write_text(under_one_name(Path(source).read_text("utf-8")), "utf-8")
    else:
        shutil.copyfile(source, target)


class OneName(BuildHookInterface):
    """Lays the wheel's package out in a folder of its own; an editable install is left as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root, self.folder = Path(self.root), Path(tempfile.mkdtemp())
        for package in PACKAGES:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(root / package, self.folder / package, ignore=ignored, copy_function=copy)
        for file in FILES:
            (self.folder / file).parent.mkdir(exist_ok=True)
            copy(str(root / file), str(self.folder / file))
        copy(str(root / "viz" / "__main__.py"), str(self.folder / "__main__.py"))
        (self.folder / "__init__.py").write_text(FACE, "utf-8")
        (self.folder / "py.typed").touch()
        build_data["force_include"][str(self.folder)] = NAME
        scripts = self.metadata.core.scripts
        scripts.update({script: f"{NAME}.{function}" for script, function in scripts.items()})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            shutil.rmtree(self.folder)
