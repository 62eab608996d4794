"""What a lesson says, its run shows; and all that a lesson needs is there."""

import json
import math
import re
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from engine.tables.errors import SpecError
from tests.viz.workbench.here import the_last
from viz.lessons.lesson import Lesson
from viz.lessons.predictions import Amount, Outcome
from viz.lessons.runs import EXPECTED
from viz.lessons.session import Place
from viz.lessons.sketch import Sketch
from viz.lessons.table import LESSONS
from viz.race.link import read as read_race
from viz.recurrent.case import Case
from viz.run.link import read as read_run
from viz.techniques import SECTIONS
from viz.techniques.address import KEYS, PART, SHOW
from viz.workers.bench.experiments import EXPERIMENTS

LONG = ("batch_norm", "leaky", "residual", "dying")


@cache
def came(key: str) -> Any:
    """What the lesson's experiment yields in the end, as a page gets it."""
    experiment = LESSONS[key].experiment
    (last,) = the_last(experiment.name, experiment.arguments)
    return experiment.of(**last)


@pytest.mark.slow
@pytest.mark.parametrize(
    "key", [pytest.param(each, marks=pytest.mark.long) if each in LONG else each for each in LESSONS]
)
def test_a_lesson_shows_what_it_says(key):
    lesson, seen = LESSONS[key], came(key)
    assert seen.done == 1
    assert lesson.prediction.holds(lesson.prediction.of(seen))
    for measure, low, high in lesson.claims:
        assert low <= measure(seen) <= high


@pytest.mark.long
@pytest.mark.parametrize("key", LESSONS)
def test_a_lesson_is_drawn_and_a_number_has_its_place_in_the_picture(key):
    lesson, seen = LESSONS[key], came(key)
    right = lesson.prediction.of(seen)
    names = [line.name for line in lesson.experiment.picture(seen, right).data]
    assert names
    assert (EXPECTED in names) == (lesson.experiment.heights is not None)
    assert EXPECTED not in [line.name for line in lesson.experiment.picture(seen).data]


def test_there_are_sixteen_and_more_all_different():
    assert len(LESSONS) >= 16
    for name in ("title", "question", "why", "formula"):
        assert len({getattr(lesson, name) for lesson in LESSONS.values()}) == len(LESSONS)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_lesson_is_whole(lesson: Lesson):
    assert "?**" in lesson.question
    assert re.search(r"\b(19|20)\d\d\b", lesson.source)
    assert lesson.formula.count("{") == lesson.formula.count("}")
    assert lesson.experiment.name in EXPERIMENTS
    prediction = lesson.prediction
    if isinstance(prediction, Outcome):
        assert prediction.comes in prediction.choices
        assert len(prediction.choices) > 1
        answers: list[Any] = list(prediction.choices)
    elif isinstance(prediction, Sketch):
        assert prediction.low <= prediction.between[0] < prediction.between[1] <= prediction.high
        answers = [prediction.read(f"{end:g}") for end in (prediction.low, prediction.high)]
    else:
        low, high = prediction.between
        assert prediction.low <= low < high <= prediction.high
        answers = [prediction.low, low, prediction.high]
    for answer in answers:
        assert prediction.read(prediction.write(answer)) == answer
        assert prediction.said(answer)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_what_there_is_to_change_opens_as_it_is_meant(lesson: Lesson):
    query = dict(parse_qsl(urlsplit(lesson.change.address).query))
    assert query == lesson.change.query
    if lesson.change.page == "optimizers":
        assert read_race(query)[1] == []
    elif lesson.change.page == "recurrent":
        assert Case.read(query)[1] == []
    elif lesson.change.page == "techniques":
        assert query.get(PART, "") in {"", *getattr(SECTIONS[query[SHOW]], "PARTS", {})}
        assert read_run({key: text for key, text in query.items() if key not in KEYS})[1] == []
    else:
        assert lesson.change.page == "train"
        assert read_run(query)[1] == []


@pytest.mark.parametrize("text", ["nan", "7" * 1_000_000, "1e-3," * 200_000, "<b>ten</b>", ""])
@pytest.mark.parametrize("key", ["adam", "momentum", "vanishing"])
def test_a_place_whose_answer_means_nothing_keeps_its_lesson_and_says_so_in_few_words(text, key):
    number = list(LESSONS).index(key) + 1
    place, (notice,) = Place.read({"lesson": str(number), "answer": text})
    assert place == Place(number)
    assert "left out" in notice
    assert len(notice) < 300


SHARE = Amount(asks="Share", low=0, high=100, unit="%", of=float, between=(40, 60), near=5)
FACTOR = Amount(asks="Factor", low=1e-9, high=1e9, of=float, between=(1, 2), near=3, times=True)


@pytest.mark.parametrize(
    ("amount", "answer", "came", "said"),
    [
        (SHARE, 45.0, 50.0, None),
        (SHARE, 20.0, 50.0, "Too low by 30 points."),
        (SHARE, 50.0, math.nan, "No number came out to hold it against."),
        (FACTOR, 1e-3, 2.9e-3, None),
        (FACTOR, 1e-3, 2e-6, "Too high by a factor of 500."),
        (FACTOR, 1e-3, math.inf, "No number came out to hold it against."),
    ],
)
def test_a_number_is_held_against_what_came(amount, answer, came, said):
    assert amount.is_right(answer, came) == (said is None)
    assert said is None or amount.miss(answer, came) == said


@pytest.mark.parametrize("text", ["50", " 50 %", "50%", "5e1", "50,0"])
def test_a_number_is_read_as_people_write_it(text):
    if "," in text:
        with pytest.raises(SpecError, match="Did you mean 50"):
            SHARE.read(text)
    else:
        assert SHARE.read(text) == 50


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "101", "x" * 1_000_000, "9" * 1_000_000, "<b>half</b>"])
def test_what_is_no_number_is_refused_in_few_words(text):
    with pytest.raises(SpecError) as refused:
        SHARE.read(text)
    assert "0" in str(refused.value)
    assert len(str(refused.value)) < 300


CURVE = Sketch(
    asks="Gradient", across="layer", at=(1, 2, 3, 4, 5), low=1e-9, high=1e3, near=10, between=(1e-5, 1e-3),
    curves=lambda seen: {"net": seen, "other": seen},
)  # fmt: skip


def test_a_curve_is_read_as_it_was_drawn_and_one_number_is_a_straight_line_to_where_it_is_1():
    assert CURVE.read("1e-4") == (1e-4, 1e-3, 1e-2, 0.1, 1.0)
    assert replace(CURVE, one_at_first=True).read("100") == (1.0, 3.2, 10.0, 32.0, 100.0)
    assert CURVE.read("1e-6, 2e-3,0.5,2,7") == (1e-6, 2e-3, 0.5, 2.0, 1.0)
    assert CURVE.write(CURVE.read("1e-6,2e-3,0.5,2,1")) == "1e-6,0.002,0.5,2,1"
    assert CURVE.of_pad([1e-6, 2.04e-3, 0.5, 2, 1]) == CURVE.read("1e-6,2e-3,0.5,2,1")
    assert CURVE.said(CURVE.read("1e-6")) == "1e-6 at layer 1 and 1 at layer 5"


@pytest.mark.parametrize(
    "text",
    ["", "1,2", "nan,1,1,1,1", "1e-12,1,1,1,1", "1,1,1,1,1,1", "<b>up</b>", "1," * 500_000, "9" * 1_000_000],
)
def test_what_is_no_curve_is_refused_in_few_words(text):
    with pytest.raises(SpecError) as refused:
        CURVE.read(text)
    assert "1000" in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "told", [None, "1e-4", {}, [], [1, 1, 1, 1], [math.nan] * 5, [True] * 5, ["1"] * 5, [[1]] * 5, [1e99] * 5,
             [0.5] * 1_000_000, "x" * 1_000_000]
)  # fmt: skip
def test_whatever_a_browser_tells_of_a_drawing_is_a_curve_or_refused_in_few_words(told):
    with pytest.raises(SpecError) as refused:
        CURVE.of_pad(told)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("drawn", "came", "said"),
    [
        ("1e-4", (2e-4, 1e-3, 1e-2, 0.1, 1), None),
        ("1", (1e-8, 1e-4, 1e-2, 0.1, 1),
         "Off by a factor of 5623 as a rule, and most at layer 1: you drew 1, it is 1e-8."),
        ("1", (0.0, 1e-4, 1e-2, 0.1, 1), "No curve came out to hold it against."),
        ("1", (math.nan,) * 5, "No curve came out to hold it against."),
    ],
)  # fmt: skip
def test_a_curve_is_held_against_what_came(drawn, came, said):
    answer = CURVE.read(drawn)
    assert CURVE.is_right(answer, came) == (said is None)
    assert said is None or CURVE.miss(answer, came) == said
    assert CURVE.holds(came) == (1e-5 <= came[0] <= 1e-3)


def test_the_pad_is_given_the_axes_the_drawing_and_the_curves_as_json():
    answer = CURVE.read("1e-4")
    given = CURVE.pad(answer, (1e-8, math.nan, 1e-2, 0.1, 1), ("gradient", "test"), ("solid", "dash"))
    assert json.loads(json.dumps(given, allow_nan=False)) == given
    assert (given["low"], given["high"], given["one"]) == (-9, 3, 4)
    assert given["drawn"] == list(answer)
    assert [(curve["name"], curve["dash"]) for curve in given["curves"]] == [
        ("net", "solid"),
        ("other", "dash"),
    ]
    assert given["curves"][0]["values"] == [1e-8, None, 1e-2, 0.1, 1]
    assert CURVE.pad(None, None, (), ())["drawn"] is None


@pytest.mark.slow
def test_a_rate_that_is_predicted_stands_on_the_axis_of_rates():
    rates, seen = LESSONS["rates"], came("rates")
    (line,) = (one for one in rates.experiment.picture(seen, 0.3).data if one.name == EXPECTED)
    assert list(line.x) == [0.3, 0.3]
    assert line.y[0] < line.y[1]
