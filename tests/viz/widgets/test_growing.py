"""What grows on a page: one state after the other, each in the place of the one before."""

import pytest
from streamlit.testing.v1 import AppTest

CHARTS = """
import plotly.graph_objects as go
import streamlit as st
from viz.widgets.chart import chart, chosen
from viz.widgets.growing import grow, is_growing

def draw(count):
    st.markdown(f"state {count}")
    chart(go.Figure(), "grown", st.container())
    assert is_growing()
    assert chosen(go.Figure(), "points") == []

last = grow(st.empty(), iter(range(3)), draw)
assert not is_growing()
st.markdown(f"the last was {last}")
"""


def test_a_state_takes_the_place_of_the_one_before_and_its_charts_have_keys_of_their_own():
    app = AppTest.from_string(CHARTS).run(timeout=30)
    assert not app.exception
    assert [one.value for one in app.markdown] == ["state 2", "the last was 2"]
    keys = [one.proto.id.rsplit("-", 1)[-1] for one in app.get("plotly_chart")]
    assert keys == ["grown_chart_2", "points_chart_2"]


def test_what_stands_has_a_plain_key_and_a_sharp_picture_under_its_name():
    script = (
        'import plotly.graph_objects as go\nfrom viz.widgets.chart import chart\nchart(go.Figure(), "still")'
    )
    (drawn,) = AppTest.from_string(script).run(timeout=30).get("plotly_chart")
    assert drawn.proto.id.endswith("still_chart")
    assert '"filename":"still"' in drawn.proto.config.replace(" ", "")


def test_nothing_drawn_says_so():
    from viz.widgets.growing import grow

    assert grow(None, iter(()), pytest.fail) is None
