"""What a page says to who hears it: that another thing is on screen now, or that something runs."""

import streamlit as st

SCRIPT = """
const regions = new WeakMap()  // element -> its live region and what was on screen when it spoke last

export default function ({ parentElement, data: { words, at } }) {
  let known = regions.get(parentElement)
  if (!known) {
    const region = document.createElement("div")
    region.setAttribute("role", "status")
    region.style.cssText = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"
    parentElement.append(region)
    regions.set(parentElement, { region, words, at })  // a page that opens is read by itself
    return
  }
  if (known.words !== words) known.region.textContent = words
  if (known.at !== at) parentElement.closest("[data-testid=stMain]")?.scrollTo({ top: 0 })
  Object.assign(known, { words, at })
}
"""

_mount = st.components.v2.component("spoken", js=SCRIPT, isolate_styles=False)


def spoken(words: str, at: str, key: str) -> None:
    """Says the words whenever they are others than before; at: what is on screen, another one is shown from its top."""
    _mount(key=f"{key}_spoken", data={"words": words, "at": at}, height=1)
