import math
import pickle
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError, UnknownNameError
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Choice, Number, Pair, Switch, Whole
from engine.tables.registry import Entry, Registry
from engine.tables.wording import nearest, shown

TABLES = (ACTIVATIONS, INITIALIZERS, OPTIMIZERS, DATASETS)
ENTRIES = [
    pytest.param(entry, id=f"{table.kind}-{name}") for table in TABLES for name, entry in table.items()
]
OPTIONS = [
    pytest.param(entry, option, id=f"{entry.name}-{option.name}")
    for table in TABLES
    for entry in table.values()
    for option in entry.options
]

SLOPE = Number("slope", 0.3, 0.0, 2.0, open_high=True)
COUNT = Whole("count", 2, 1, 9)
SHAPE = Choice("shape", "round", choices=("round", "square"))
SWITCH = Switch("switch", False)
ENDS = Pair("ends", (0.5, 1.2), (0.0, 1.0), (1.0, 10.0), open_low=True, open_high=True)

TOY = Entry(
    name="toy",
    label="Toy",
    formula="x",
    words="A toy.",
    source="Here",
    options=(SLOPE, COUNT),
    rule=lambda o: "slope is above count." if o["slope"] > o["count"] else None,
)


def message(call, *args, **kwargs):
    with pytest.raises(SpecError) as error:
        call(*args, **kwargs)
    return str(error.value)


@pytest.mark.parametrize(
    ("option", "value", "kept"),
    [
        (SLOPE, 1, 1.0),
        (SLOPE, np.float32(0.5), 0.5),
        (SLOPE, Fraction(1, 4), 0.25),
        (SLOPE, 0, 0.0),
        (COUNT, np.int8(9), 9),
        (COUNT, np.array(3), 3),
        (SWITCH, np.True_, True),
        (SHAPE, "square", "square"),
        (ENDS, [0.25, 2], (0.25, 2.0)),
        (ENDS, np.array([0.25, 2]), (0.25, 2.0)),
    ],
)
def test_an_option_keeps_a_fitting_value_in_its_own_type(option, value, kept):
    got = option.check(value)
    assert got == kept
    assert type(got) is type(kept)


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        (SLOPE, 2.0, "slope: 2.0 is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, -0.1, "slope: -0.1 is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, math.nan, "slope: nan is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, True, "slope: True is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, None, "slope: None is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, 1 + 1j, "slope: (1+1j) is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, 10**400, f"slope: 1{'0' * 27}...{'0' * 29} is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, "1", "slope: '1' is not allowed; give a number with 0 <= slope < 2. Did you mean 1.0, without quotes?"),
        (SLOPE, "5", "slope: '5' is not allowed; give a number with 0 <= slope < 2."),
        (SLOPE, "steep", "slope: 'steep' is not allowed; give a number with 0 <= slope < 2."),
        (COUNT, 0, "count: 0 is not allowed; give a whole number with 1 <= count <= 9."),
        (COUNT, 2.5, "count: 2.5 is not allowed; give a whole number with 1 <= count <= 9."),
        (COUNT, 3.0, "count: 3.0 is not allowed; give a whole number with 1 <= count <= 9. Did you mean 3?"),
        (COUNT, False, "count: False is not allowed; give a whole number with 1 <= count <= 9."),
        (SWITCH, 1, "switch: 1 is not allowed; give True or False. Did you mean True?"),
        (SWITCH, "no", "switch: 'no' is not allowed; give True or False."),
        (SWITCH, "true", "switch: 'true' is not allowed; give True or False. Did you mean True, without quotes?"),
        (SHAPE, "Squar", "shape: 'Squar' is not allowed; give one of round, square. Did you mean 'square'?"),
        (SHAPE, ["round"], "shape: ['round'] is not allowed; give one of round, square."),
        (
            ENDS,
            (0.5, 1.0),
            "ends: (0.5, 1.0) is not allowed; give two numbers with 0 < the first < 1 and 1 < the second < 10.",
        ),
        (ENDS, 0.5, "ends: 0.5 is not allowed; give two numbers with 0 < the first < 1 and 1 < the second < 10."),
        (Number("free", 0.0), "x", "free: 'x' is not allowed; give a number."),
        (Number("free", 0.0), math.inf, "free: inf is not allowed; give a number."),
        (Number("free", 0.0), math.nan, "free: nan is not allowed; give a number."),
        (Number("top", 0.0, high=1.0), 2, "top: 2 is not allowed; give a number with top <= 1."),
        (Whole("seed", 0, 0, 2**32 - 1), -1, "seed: -1 is not allowed; "
         "give a whole number with 0 <= seed <= 4294967295."),
    ],
)  # fmt: skip
def test_an_option_says_what_it_allows(option, value, text):
    assert message(option.check, value) == text


@pytest.mark.parametrize(
    ("option", "span"),
    [
        (SLOPE, "a number from 0 to below 2"),
        (COUNT, "a whole number from 1 to 9"),
        (SWITCH, "on or off"),
        (SHAPE, "one of round, square"),
        (ENDS, "two numbers, the first above 0 to below 1, the second above 1 to below 10"),
        (Number("free", 0.0), "a number"),
        (Whole("free", 0), "a whole number"),
        (Number("top", 0.0, high=1e9), "a number of at most 1e9"),
        (Number("top", 0.0, high=1, open_high=True), "a number below 1"),
        (Number("low", 2.0, low=1), "a number of at least 1"),
        (Number("low", 2.0, low=1e-12, open_low=True), "a number above 1e-12"),
    ],
)
def test_what_is_allowed_is_also_said_without_the_name(option, span):
    assert option.span == span
    with pytest.raises(SpecError) as error:
        option.check([])
    assert error.value.brief == f"[] is not allowed; give {span}."


def test_a_message_stays_short_whatever_was_given():
    for value in ("x" * 1_000_000, list(range(10**6)), {i: i for i in range(1000)}, 10**100_000):
        assert len(message(SLOPE.check, value)) < 300


def test_a_number_too_long_to_print_is_still_refused():
    text = "slope: a number of thousands of digits is not allowed; give a number with 0 <= slope < 2."
    assert message(SLOPE.check, 10**5000) == text


@pytest.mark.parametrize("option", [SLOPE, COUNT, SHAPE, SWITCH, ENDS])
@pytest.mark.parametrize(
    "text", ["", " ", "~", "nan", "1~2~3", "-inf", "None", "x" * 100_000, "9" * 100_000, "é"]
)
def test_an_option_reads_no_nonsense(option, text):
    with pytest.raises(SpecError):
        option.read(text)


@given(st.floats(0, 2, exclude_max=True), st.integers(1, 9), st.booleans())
def test_an_option_reads_back_what_it_wrote(slope, count, switch):
    assert SLOPE.read(SLOPE.write(slope)) == slope
    assert COUNT.read(COUNT.write(count)) == count
    assert SWITCH.read(SWITCH.write(switch)) == switch


@given(
    st.floats(0, 1, exclude_min=True, exclude_max=True), st.floats(1, 10, exclude_min=True, exclude_max=True)
)
def test_a_pair_reads_back_what_it_wrote(first, second):
    assert ENDS.read(ENDS.write((first, second))) == (first, second)


def test_minus_zero_is_zero_so_that_equal_values_have_one_text():
    assert SLOPE.write(SLOPE.check(-0.0)) == "0.0"


def test_an_entry_completes_its_options():
    assert TOY.complete() == {"slope": 0.3, "count": 2}
    assert TOY.complete({"count": 5}) == {"slope": 0.3, "count": 5}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"slop": 1}, "options: 'slop' is no option of toy; it takes slope, count. Did you mean 'slope'?"),
        ({3: 1}, "options: 3 is no option of toy; it takes slope, count."),
        ({"slope": 7}, "options, slope: 7 is not allowed; give a number with 0 <= slope < 2."),
        ({"slope": 1.5, "count": 1}, "options: slope is above count."),
        ([("slope", 1)], "options: [('slope', 1)] is not allowed; give a dict, option by option."),
        (0, "options: 0 is not allowed; give a dict, option by option."),
    ],
)
def test_an_entry_refuses_options_that_do_not_fit(options, text):
    assert message(TOY.complete, options) == text


def test_an_entry_without_options_says_so():
    assert (
        message(ACTIVATIONS["relu"].complete, {"alpha": 1})
        == "options: 'alpha' is no option of relu; it takes none."
    )


def test_an_error_names_the_place():
    with pytest.raises(SpecError) as error:
        TOY.complete({"slope": 7}, "toy_options")
    assert (error.value.field, error.value.option) == ("toy_options", "slope")


def test_a_table_is_a_read_only_mapping():
    table = Registry("toy", [TOY])
    assert list(table) == ["toy"]
    assert table["toy"] is TOY
    assert "ball" not in table
    assert table.get("ball") is None
    with pytest.raises(TypeError):
        table["ball"] = TOY  # type: ignore[index]
    assert repr(table) == "<toys: toy>"


def test_a_table_refuses_two_entries_of_one_name():
    with pytest.raises(ValueError, match="two entries share a name"):
        Registry("toy", [TOY, TOY])


@pytest.mark.parametrize("asked", ["Adma", "ADAM", "adam ", "a-dam"])
def test_a_table_knows_what_was_meant(asked):
    names = "sgd, momentum, nesterov, adagrad, adadelta, rmsprop, adam, nadam, adamw, adamax, amsgrad, radam, rprop"
    with pytest.raises(UnknownNameError) as error:
        OPTIMIZERS[asked]
    assert str(error.value) == f"unknown optimizer {asked!r}; choose from: {names}. Did you mean 'adam'?"


@pytest.mark.parametrize(
    ("table", "asked", "meant"),
    [
        (ACTIVATIONS, "swish", "silu"),
        (ACTIVATIONS, "logistic", "sigmoid"),
        (INITIALIZERS, "xavier_uniform", "glorot_uniform"),
        (INITIALIZERS, "Kaiming normal", "he_normal"),
        (OPTIMIZERS, "heavy-ball", "momentum"),
    ],
)
def test_a_table_knows_other_names_for_the_same_thing(table, asked, meant):
    assert message(table.__getitem__, asked).endswith(f" Did you mean {meant!r}?")


@pytest.mark.parametrize("asked", [None, 3, ["adam"], "", "zzz", "adam" * 10_000])
def test_a_table_survives_any_key(asked):
    with pytest.raises(SpecError, match=r"unknown optimizer .*; choose from: sgd, .* rprop\."):
        OPTIMIZERS[asked]


def test_an_error_travels_between_processes():
    with pytest.raises(SpecError) as error:
        OPTIMIZERS["adma"]
    copy = pickle.loads(pickle.dumps(error.value))
    assert (str(copy), copy.field, type(copy)) == (str(error.value), "optimizer", UnknownNameError)


def test_the_nearest_name_is_only_offered_when_there_is_one():
    assert nearest("adma", OPTIMIZERS) == "Did you mean 'adam'?"
    assert nearest("xyz", OPTIMIZERS) == nearest(7, OPTIMIZERS) == ""


def test_shown_cuts_what_is_long():
    assert shown("relu") == "'relu'"
    assert len(shown("x" * 10**6)) < 70


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_says_what_it_is(entry):
    assert entry.name.isidentifier()
    assert entry.name == entry.name.lower()
    assert entry.label
    assert entry.formula.count("{") == entry.formula.count("}")
    assert len(re.findall(r"\\left\b", entry.formula)) == len(re.findall(r"\\right\b", entry.formula))
    assert entry.words.endswith(".")
    assert len(entry.words) <= 120
    assert entry.source
    assert not entry.notes or entry.notes.endswith(".")


@pytest.mark.parametrize(("entry", "option"), OPTIONS)
def test_every_option_explains_itself_and_allows_its_default(entry, option):
    assert option.words.endswith(".")
    assert option.check(option.default) == option.default
    assert option.read(option.write(option.default)) == option.default
    assert message(option.check, "?").startswith(f"{option.name}: '?' is not allowed; give ")


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_two_options_of_an_entry_share_a_name(entry):
    names = [option.name for option in entry.options]
    assert len(set(names)) == len(names)
