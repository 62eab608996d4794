"""The script below the live view is that of the run in the sidebar."""

from streamlit.testing.v1 import AppTest

from engine import RunSpec
from viz.exports.script import script

PAGE = """
from engine import RunSpec
from viz.run import takeaway
takeaway.script(RunSpec(hidden=(5, 4), activation="elu", seed=9))
"""


def test_the_script_can_be_read_and_saved() -> None:
    page = AppTest.from_string(PAGE).run()
    assert not page.exception
    text = script(RunSpec(hidden=(5, 4), activation="elu", seed=9))
    assert page.code[0].value == text.strip()
    assert page.get("download_button")
