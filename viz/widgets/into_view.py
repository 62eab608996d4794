"""What is opened at a page's foot comes into view: the page grows below the fold, where nobody sees it."""

import streamlit as st

SCRIPT = """
const seen = new WeakSet()  // what is open and was brought into view: typing in it moves nothing

export default function ({ parentElement }) {
  const fold = parentElement.closest("details")
  if (!fold || seen.has(fold)) return
  seen.add(fold)
  fold.style.scrollMarginTop = "3.5rem"  // the page's bar lies over its top
  const show = () => {
    if (!fold.open) return
    const grown = new ResizeObserver(() => fold.scrollIntoView({ block: "start" }))
    grown.observe(fold)
    setTimeout(() => grown.disconnect(), 1000)  // its fields come one by one
  }
  fold.addEventListener("toggle", show)
  show()
}
"""

_mount = st.components.v2.component("into_view", js=SCRIPT, isolate_styles=False)


def into_view(key: str) -> None:
    """Whenever the expander in which it stands is opened, its head goes to the top of the page."""
    _mount(key=f"{key}_into_view", height=1)
