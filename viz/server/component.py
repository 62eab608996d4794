"""One way to put a view of the canvas on a page: a Streamlit component whose script is only a loader.

Inline scripts are sent again with every message, so only these few lines are inline. The modules come from our own
route, versioned by their content.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from viz.server import modules
from viz.theme import palettes
from viz.words.language import ENGLISH, language

LOADER = """
const newest = new WeakMap()  // element -> the last call about it

export default async function (component) {
  const { parentElement, data: { script, speech, language, texts } } = component
  newest.set(parentElement, component)
  const at = (place) => new URL(place, document.baseURI).href
  const [{ mount }, { learn }] = await Promise.all([import(at(script)), import(at(speech))])
  await learn(language, texts ? at(texts) : "")
  if (newest.get(parentElement) === component) return mount(component)
}
"""
"""Scripts need not come in the order in which they were asked for: who was overtaken meanwhile mounts nothing."""


class View:
    """A view by its name on the page, its entry module and the events that it tells of."""

    def __init__(self, name: str, script: str, events: tuple[str, ...]) -> None:
        self.name, self.script, self.events = name, script, events
        self._mount = st.components.v2.component(name, js=LOADER, isolate_styles=False)

    def data(self, given: Mapping[str, Any], base: str = "") -> dict[str, Any]:
        """What the view is given, with both palettes, the server's base path and the addresses of its script and of
        what is said there: the visitor's language, and its texts where it is not English."""
        base = f"/{base.strip('/')}" if base.strip("/") else ""
        return {
            **given,
            "colors": palettes(),
            "base": base,
            "script": modules.address(self.script, base),
            "speech": modules.address(modules.SPEECH, base),
            "language": (name := language()),
            "texts": modules.address(f"words/catalogs/{name}.json", base) if name != ENGLISH else None,
        }

    def mount(self, key: str, given: Mapping[str, Any], changed: Mapping[str, Callable[[], None]]) -> Any:
        """Puts it on the page; `changed` are callbacks by the name of what changed.

        Raises TypeError for a callback of any other name.
        """
        if unknown := changed.keys() - set(self.events):
            raise TypeError(
                f"the {self.name} view has no event {', '.join(sorted(unknown))}; "
                f"it has: {', '.join(self.events)}"
            )
        callbacks: dict[str, Any] = {
            f"on_{name}_change": changed.get(name, lambda: None) for name in self.events
        }
        data = self.data(given, st.get_option("server.baseUrlPath"))
        return self._mount(key=key, data=data, **callbacks)
