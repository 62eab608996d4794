"""The only place with a color in it.

Activations have one hue, gradients another, weights a third; signed values share one diverging scale.
What was measured is solid, what a theory predicts is a dashed or dotted neutral line: color is never the only cue.
`colors` hands the palette to the canvas, `template` to Plotly. Every ink keeps a contrast of at least
4.5 : 1 on its background.
"""

import plotly.graph_objects as go

BASES = ("light", "dark")
FONT = '"Source Sans", "Source Sans 3", sans-serif'  # Streamlit's own, so that figures and text look alike

_PALETTES: dict[str, dict] = {
    "light": {
        "background": "#ffffff",
        "raised": "#f4f6f8",
        "text": "#1c2430",
        "muted": "#5b6675",
        "grid": "#e3e7ec",
        "axis": "#aab3bf",
        "activation": "#1f6fb5",
        "gradient": "#9a3bb0",
        "weight": "#1d7d72",
        "train": "#334155",
        "test": "#b4530a",
        "theory": "#5b6675",
        "warning": "#9a5b00",
        "danger": "#b3261e",
        "ok": "#25763d",
        "accent": "#1c2430",
        "on_accent": "#ffffff",
        "diverging": ["#8c510a", "#d8b365", "#f3efe6", "#5ab4ac", "#01665e"],
        "series": [
            "#1f6fb5", "#b4530a", "#25763d", "#9a3bb0", "#b3261e",
            "#1d7d72", "#7a6400", "#4d5bbd", "#a8326e", "#5b6675",
        ],
    },
    "dark": {
        "background": "#0e1117",
        "raised": "#1a1f29",
        "text": "#e8ecf2",
        "muted": "#9aa5b4",
        "grid": "#272e3a",
        "axis": "#566173",
        "activation": "#6cb2f5",
        "gradient": "#d78ceb",
        "weight": "#5cc9ba",
        "train": "#cbd5e1",
        "test": "#f5a25d",
        "theory": "#9aa5b4",
        "warning": "#f0b34d",
        "danger": "#ff8a80",
        "ok": "#6fcf8b",
        "accent": "#e8ecf2",
        "on_accent": "#0e1117",
        "diverging": ["#e0a458", "#8f6f45", "#2b313c", "#3f8a83", "#5fd4c7"],
        "series": [
            "#6cb2f5", "#f5a25d", "#6fcf8b", "#d78ceb", "#ff8a80",
            "#5cc9ba", "#d9c25a", "#9aa6ff", "#f08cba", "#9aa5b4",
        ],
    },
}  # fmt: skip


def colors(base: str) -> dict:
    """The palette of one base, "light" or "dark": role -> "#rrggbb", or a list of them.

    Raises:
        ValueError: for any other base.
    """
    if base not in _PALETTES:
        raise ValueError(f"unknown base {base!r}; choose from: {', '.join(BASES)}")
    return {
        role: list(color) if isinstance(color, list) else color for role, color in _PALETTES[base].items()
    }


def palettes() -> dict[str, dict]:
    """Both palettes by base: the canvas picks one by the page's background, without a script run."""
    return {base: colors(base) for base in BASES}


def colorscale(base: str, role: str) -> list[list]:
    """A Plotly color scale: `diverging` for signed values, else from the background to the role's ink."""
    palette = colors(base)
    stops = palette["diverging"] if role == "diverging" else [palette["background"], palette[role]]
    return [[i / (len(stops) - 1), stop] for i, stop in enumerate(stops)]


TOP = {"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 12}}
"""Where a figure's title stands: at its top, so that a legend of two rows stays below it."""


def template(base: str) -> go.layout.Template:
    """Plotly's template in these colors: thin lines, no frame, ticks outside, the legend under the title."""
    palette = colors(base)
    axis = {
        "gridcolor": palette["grid"],
        "linecolor": palette["axis"],
        "zerolinecolor": palette["axis"],
        "tickcolor": palette["axis"],
        "ticks": "outside",
        "ticklen": 4,
        "zeroline": False,
        "automargin": True,
        "title": {"standoff": 8, "font": {"size": 13}},
    }
    scene_axis = {
        "gridcolor": palette["grid"],
        "backgroundcolor": palette["background"],
        "color": palette["muted"],
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": palette["background"],
            "plot_bgcolor": palette["background"],
            "font": {"color": palette["text"], "size": 13, "family": FONT},
            "title": {"font": {"size": 15}, "x": 0, "xanchor": "left", **TOP},
            "colorway": palette["series"],
            "colorscale": {"diverging": colorscale(base, "diverging")},
            "xaxis": axis,
            "yaxis": axis,
            "scene": {"xaxis": scene_axis, "yaxis": scene_axis, "zaxis": scene_axis},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": {"text": ""}},
            "margin": {"l": 56, "r": 16, "t": 56, "b": 48},
            "hoverlabel": {"bgcolor": palette["raised"], "font": {"color": palette["text"]}},
        }
    )
