"""A table with one row for each net, which is also the key to the colors and signs of its curves."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from viz import chrome, theme
from viz.words.language import say

SIGNS = ("●", "■", "◆", "▲", "✖", "★")  # as in viz.figures.recurrent.SYMBOLS
STYLE = """
<style>
.nets { overflow-x: auto; }
.nets table { border-collapse: collapse; font-size: 0.86rem; }
.nets :is(th, td) { text-align: left; padding: 0.15rem 1.2rem 0.15rem 0; white-space: nowrap;
  border-bottom: 1px solid @grid; font-variant-numeric: tabular-nums; }
.nets th { font-weight: 400; color: @muted; vertical-align: bottom; }
.nets :is(th, td:last-child) { white-space: normal; }
.nets :is(th, td):last-child { padding-right: 0; }
@media (max-width: 640px) {
  .nets table { font-size: 0.78rem; }
  .nets :is(th, td) { padding-right: 0.7rem; }
}
</style>
"""


def table(rows: Mapping[str, Mapping[str, str]]) -> None:
    """Draw it: name of the net -> heading -> what stands there. The same headings in every row."""
    st.html(markup(rows, chrome.base()))


def markup(rows: Mapping[str, Mapping[str, str]], base: str) -> str:
    """The table in HTML."""
    palette = theme.colors(base)
    style = STYLE.replace("@grid", palette["grid"]).replace("@muted", palette["muted"])
    head = _row("th", [escape(say("net")), *map(escape, next(iter(rows.values())))])
    body = (
        _row("td", [f"{_sign(k, palette)} {escape(name)}", *map(escape, values.values())])
        for k, (name, values) in enumerate(rows.items())
    )
    return f'{style}<div class="nets" tabindex="0"><table>{head}{"".join(body)}</table></div>'


def _sign(k: int, palette: Mapping[str, list[str]]) -> str:
    return f'<span style="color: {palette["series"][k]}">{SIGNS[k]}</span>'


def _row(tag: str, cells: list[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"
