"""What `boxes.py` measures pages with sees text that is cut off and text that is covered."""

from playwright.sync_api import Page

from tests.browser.boxes import measured

__all__ = ["measured"]

BAD = """() => {
  document.body.innerHTML = `
    <p style="position: fixed; top: 20px; width: 60px; overflow: hidden; white-space: nowrap">a long line</p>
    <p style="position: fixed; left: 20px; top: 60px">covered</p>
    <div style="position: fixed; left: 0; top: 50px; width: 200px; height: 50px; background: red"></div>
    <canvas width="80" height="20" style="position: fixed; left: 20px; top: 120px"></canvas>`
  document.querySelector("canvas").getContext("2d").fillText("cut at the edge", 40, 12)
  return boxes.look().map(({ what, text }) => `${what.split(" ")[0]}: ${text}`)
}"""


def test_the_measure_sees_what_is_cut_and_covered(measured: Page) -> None:
    measured.goto("data:text/html,<!doctype html>")
    found = measured.evaluate(BAD)
    assert "covered: covered" in found
    assert "cut: cut at the edge" in found
    assert "cut: a long line" in found
