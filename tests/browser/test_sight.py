"""What the net sees, in a real Chromium: asked for while somebody looks, drawn and said in words."""

import re
from types import SimpleNamespace

import numpy as np
from playwright.sync_api import expect

from tests.browser.test_live_view import button, frame, hello, shows
from tests.browser.test_live_view import lab as lab
from tests.browser.test_live_view import url as url
from viz.wire import sight

rng = np.random.default_rng(0)


def plane(step: int, turn: float = 0.0, units: bool = False) -> bytes:
    """Two classes on either side of a line; every tenth sample has the other one's label."""
    places = (np.arange(40) + 0.5) / 40
    across, up = np.meshgrid(places, places)
    above = up - 0.5 - (across - 0.5) * np.tan(turn) - 0.1 * np.sin(9 * across)
    points = rng.uniform(0, 1, (200, 2))
    answered = (points[:, 1] > 0.5).astype(int)
    labels = np.where(np.arange(200) % 10, answered, 1 - answered)
    seen = SimpleNamespace(
        low=(0.0, 0.0), high=(1.0, 1.0), points=points, labels=labels, answered=answered,
        answers=(above > 0).astype(int), probability=1 / (1 + np.exp(-9 * np.abs(above))),
        units=np.stack([np.sin(k * across[::2, ::2] + up[::2, ::2]) for k in range(12)]) if units else None,
    )  # fmt: skip
    return sight.encode(seen, epoch=1, step=step, **({"layer": 1, "of": 30} if units else {}))


def strip(step: int) -> bytes:
    labels = np.arange(16) % 10
    answers = np.where(np.arange(16) == 5, 8, labels)
    pictures = rng.uniform(0, 1, (16, 8, 8))
    seen = SimpleNamespace(pictures=pictures, labels=labels, answers=answers, probability=np.full(16, 0.61))
    return sight.encode(seen, epoch=1, step=step)


def asked(stream, verb):
    return [each for each in stream.asked if each["do"] == verb]


def comes(page, stream, verb):
    """Waits until this is the newest look that was asked for."""
    for _ in range(300):
        if asked(stream, "look")[-1:] == [verb]:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{verb} was not asked for, but {asked(stream, 'look')}")


def says(page, words):
    picture = page.locator(".panel.sight canvas")
    expect(picture).to_have_attribute("aria-label", re.compile(f"^What the net sees. {re.escape(words)}"))


def test_what_the_net_sees_is_asked_for_while_somebody_looks_and_said_in_words(lab, page):
    stream = lab(backlog=[frame(0), frame(40)])
    shows(page, step=40)
    assert button(page, "What the net sees").count() == 0
    stream.told = {"sees": "plane"}
    stream.say(hello() | stream.told)
    page.wait_for_timeout(1200)
    assert asked(stream, "see") == []
    button(page, "What the net sees").click()
    expect(page.locator(".panel.sight")).to_be_visible()
    page.wait_for_timeout(1500)
    assert asked(stream, "see")[0] == {"do": "see", "layer": None}

    seen = "At step 40: 90% of 200 training samples right. Of the plane class 0 on 52%, class 1 on 48%."
    stream.show(plane(40))
    says(page, seen)
    before = len(asked(stream, "see"))
    page.wait_for_timeout(1500)
    assert len(asked(stream, "see")) == before
    stream.show(frame(60))
    page.wait_for_timeout(1500)
    assert len(asked(stream, "see")) > before
    says(page, f"{seen} Of step 40, not of the one on screen.")

    page.get_by_role("slider").fill("13")
    comes(page, stream, {"do": "look", "step": 13, "sees": True, "layer": None})
    stream.show(plane(13), frame(13))
    shows(page, step=13)
    says(page, "At step 13: 90%")
    page.get_by_label("Which hidden units").select_option("units of layer 1")
    comes(page, stream, {"do": "look", "step": 13, "sees": True, "layer": 1})

    button(page, "back to live").click()
    stream.told = {"sees": "strip"}
    stream.say(hello() | stream.told)
    stream.show(strip(60))
    says(page, "At step 60: 15 of 16 test samples right. Wrong: 5 taken for 8 (61%).")
    button(page, "What the net sees").click()
    expect(page.locator(".panel.sight")).to_be_hidden()


def test_beside_it_the_controls_of_the_layers_stay_within_their_column(lab, page):
    page.set_viewport_size({"width": 920, "height": 900})
    stream = lab(backlog=[frame(0), frame(40)])
    stream.say(hello() | {"sees": "plane"})
    button(page, "What the net sees").click()
    expect(page.locator(".panel.sight")).to_be_visible()
    panel = page.locator(".ladder .panel.gradient-variance")
    edge = page.locator(".ladder").bounding_box()
    for part in panel.locator("header > *").all():
        if box := part.bounding_box():
            assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1
