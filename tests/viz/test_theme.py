"""The palette: readable on its own background, complete in both bases, and accepted by Plotly."""

import plotly.graph_objects as go
import pytest

from viz import theme

INKS = (
    "text",
    "muted",
    "activation",
    "gradient",
    "weight",
    "train",
    "test",
    "theory",
    "warning",
    "danger",
    "ok",
)


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("base", theme.BASES)
@pytest.mark.parametrize("surface", ["background", "raised"])
def test_every_ink_is_readable_on_its_background(base, surface):
    palette = theme.colors(base)
    for ink in INKS:
        assert contrast(palette[ink], palette[surface]) >= 4.5, ink
    for color in palette["series"]:
        assert contrast(color, palette["background"]) >= 4.5, color
    assert contrast(palette["on_accent"], palette["accent"]) >= 4.5


def test_both_bases_name_the_same_roles():
    assert theme.colors("light").keys() == theme.colors("dark").keys()
    assert set(theme.palettes()) == {"light", "dark"}


def test_a_palette_handed_out_is_a_copy():
    theme.colors("light")["series"].clear()
    assert theme.colors("light")["series"]


def test_an_unknown_base_names_the_choices():
    with pytest.raises(ValueError, match="unknown base 'sepia'; choose from: light, dark"):
        theme.colors("sepia")


@pytest.mark.parametrize("base", theme.BASES)
def test_plotly_takes_the_template(base):
    figure = go.Figure(layout={"template": theme.template(base)})
    assert figure.layout.template.layout.paper_bgcolor == theme.colors(base)["background"]


def test_colorscales_run_from_zero_to_one():
    for role in ("diverging", "gradient"):
        scale = theme.colorscale("dark", role)
        assert (scale[0][0], scale[-1][0]) == (0, 1)
