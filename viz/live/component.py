"""The live view as one Streamlit component: its script is a loader, the modules come from our own route.

Inline scripts are sent again with every message, so only these few lines are inline. The modules are versioned by
their content: a browser keeps them until they change.
"""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import streamlit as st

from viz.theme import palettes

EVENTS = ("token", "paused", "cure", "rebuild")
ASSETS = Path(__file__).parent

LOADER = """
export default async function (component) {
  const url = new URL(component.data.script, document.baseURI)
  const { mount } = await import(url.href)
  return mount(component)
}
"""

_mount = st.components.v2.component("live", js=LOADER, isolate_styles=False)


def version() -> str:
    """A hash over all modules: it changes when any of them does."""
    digest = blake2b(digest_size=8)
    for module in sorted(ASSETS.glob("*.js")):
        digest.update(module.name.encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()


VERSION = version()


def data(token: str, base: str = "") -> dict[str, Any]:
    """What the view is given: the run's token, both palettes, the server's base path and its script's address."""
    base = f"/{base.strip('/')}" if base.strip("/") else ""
    return {
        "token": token,
        "colors": palettes(),
        "base": base,
        "script": f"{base}/live/assets/live.js?v={VERSION}",
    }


def live(token: str, /, *, key: str = "live", **changed: Callable[[], None]) -> Any:
    """Mounts the view of one run; `changed` are callbacks by the name of what changed.

    The result has `token` (the run that the tab kept through a reload, or None), `paused` ({"token", "step"} of the
    frame that stands still on screen, or None while it plays), and the triggers `cure` (fields of RunSpec to change)
    and `rebuild` (True: the run is gone, make it again).

    Raises TypeError for a callback of any other name.
    """
    if unknown := changed.keys() - set(EVENTS):
        raise TypeError(
            f"the live view has no event {', '.join(sorted(unknown))}; it has: {', '.join(EVENTS)}"
        )
    callbacks = {f"on_{name}_change": changed.get(name, lambda: None) for name in EVENTS}
    return _mount(key=key, data=data(token, st.get_option("server.baseUrlPath")), **callbacks)
