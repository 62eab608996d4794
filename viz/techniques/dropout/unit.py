"""One unit, one sample, many masks."""

from collections.abc import Sequence

import streamlit as st

from engine.experiments.dropout.masks import Dropout
from engine.spec import RunSpec
from viz import chrome
from viz.figures.dropout import unit
from viz.figures.lines import Line
from viz.figures.shared_axis import through_time
from viz.techniques.dropout.choices import MASKED, WHOLE, masks_of, show_growing, steps_of
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.words.language import say


def show(spec: RunSpec) -> None:
    first, second, third = st.columns(3)
    steps, masks = steps_of(first, spec), masks_of(second)
    names = list(spec.layer_names)
    chosen = kept.one_of(
        third.select_slider,
        say("Layer"),
        names,
        names[1],
        format_func=say,
        key=f"dropout_layer_{len(names)}",
        name="layer",
        follows=True,
    )
    layer = names.index(chosen)
    show_growing(spec, steps, masks, lambda seen: picture(seen, layer, [*map(say, names)]))


def picture(seen: Dropout, layer: int, names: Sequence[str]) -> None:
    values, whole = seen.unit_masks[-1, layer], float(seen.unit_inference[-1, layer])
    step, base = seen.step[-1], chrome.base()
    st.markdown(
        say(
            "**The first unit of layer {layer}, one sample, after step {step}: z = {whole:.3g} at inference, "
            "{mean:.3g} ± {spread:.2g} under {masks} masks.**",
            layer=names[layer],
            step=step,
            whole=whole,
            mean=values.mean(),
            spread=values.std(),
            masks=len(values),
        )
    )
    left, right = st.columns(2)
    chart(
        unit(values, whole, title=say("z of one unit, layer {layer}", layer=names[layer]), base=base),
        "dropout_unit",
        left,
    )
    spread = seen.unit_masks.std(axis=2)[:, layer]
    mean = seen.unit_masks.mean(axis=2)[:, layer]
    lines = {
        say("mean ± std over masks"): Line(mean, MASKED, band=(mean - spread, mean + spread)),
        say("inference"): Line(seen.unit_inference[:, layer], WHOLE, "dash"),
    }
    figure = through_time(seen.step, lines, title=say("The same unit through training"), unit="z", base=base)
    chart(figure, "dropout_unit_time", right)
    st.caption(
        say(
            "In layer 2 the spread is known in closed form: Var z = p / (1 − p) Σ w² h², a sum of many small parts and "
            "so nearly a bell curve (Wang and Manning, 2013). Layer 1 sees no mask. Deeper, spreads pile up and means "
            "drift away from inference."
        )
    )
