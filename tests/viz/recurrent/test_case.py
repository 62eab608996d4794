"""The nets that are compared, as a value and as a link."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import SpecError
from engine.spec.unrolled import complete
from viz.recurrent.case import MOST_KEPT, MOST_NETS, MOST_WORK, OPTIONS, Case
from viz.recurrent.presets import PRESETS
from viz.words.language import speaking

OTHER = Case(
    cell=("rnn", "lstm"), activation=("tanh",), radius=(0.3, 1.5), forget_bias=(-2.5,), steps=7, width=3, seed=9,
    matrix="gaussian", dtype="float32", clip_threshold=0.25,
)  # fmt: skip


@pytest.mark.parametrize("case", [Case(), OTHER, *(preset.case for preset in PRESETS.values())])
def test_a_link_gives_back_its_case(case):
    assert Case.read(case.write()) == (case, [])


def test_the_bare_address_is_the_opening_and_a_link_holds_only_what_is_unusual():
    assert Case().write() == {}
    assert Case(radius=(0.5, 2.0), cell=("gru", "lstm")).write() == {"cell": "lstm~gru", "radius": "0.5~2.0"}


def test_every_combination_is_one_net_and_what_a_net_does_not_use_makes_none():
    case = Case(cell=("rnn", "lstm"), activation=("tanh",), radius=(0.5, 2.0), forget_bias=(0.0, 3.0))
    assert case.labels == [
        "RNN tanh, radius 0.5",
        "RNN tanh, radius 2",
        "LSTM, radius 0.5, bias 0",
        "LSTM, radius 0.5, bias 3",
        "LSTM, radius 2, bias 0",
        "LSTM, radius 2, bias 3",
    ]
    assert all(complete(net) == net for net in case.nets)
    with speaking("zh"):
        assert Case(activation=("identity", "tanh"), radius=(1.0,)).labels == ["tanh", "线性"]
    assert len(replace(case, matrix="default").nets) == 3


def test_names_say_what_differs():
    assert Case().labels == ["radius 0.9", "radius 1", "radius 1.1"]
    assert Case(activation=("tanh", "identity"), radius=(2.0,)).labels == ["tanh", "linear"]
    assert Case(radius=(2.0,)).labels == ["RNN linear"]
    assert Case(cell=("lstm",), forget_bias=(-2.0, 1.0), radius=(1.0,)).labels == ["bias −2", "bias 1"]


def test_tanh_and_identity_are_always_beside_each_other_over_the_radius():
    assert list(Case().kinds) == ["linear", "tanh"]
    assert list(Case(cell=("rnn", "lstm"), radius=(1.0,)).kinds) == ["RNN linear", "RNN tanh", "LSTM"]
    assert list(Case(cell=("lstm",), radius=(1.0,), forget_bias=(0.0, 1.0)).kinds) == [
        "LSTM, bias 0",
        "LSTM, bias 1",
    ]
    assert Case(matrix="default").kinds == {}


def test_the_radii_reach_as_far_as_those_asked_for():
    assert (Case().radii[0], Case().radii[-1]) == pytest.approx((0.1, 3))
    assert Case(radius=(0.0, 0.01, 20.0)).radii[-1] == pytest.approx(20)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"radius": ()}, "radius: give at least one; each is a number with 0 <= radius <= 100."),
        ({"radius": (0.5, -1.0)}, "radius: -1.0 is not allowed; give a number with 0 <= radius <= 100."),
        ({"cell": "lsmt"}, "cell: 'lsmt' is not allowed; give one of rnn, lstm, gru. Did you mean 'lstm'?"),
        ({"radius": (1, 2, 3, 4, 5, 6, 7)}, "radius: 7 values are more than the 6 curves a picture holds."),
        (
            {"radius": (1, 2, 3), "activation": ("tanh", "relu", "identity")},
            "These settings make 9 nets, one for each combination; a picture holds 6. "
            "Give fewer cells, activations, radii or biases.",
        ),
        (
            {"radius": (1,), "width": 1024, "steps": 500},
            "Unrolling takes 25.4 billion multiplications; 3 billion are allowed here. "
            "With this width and as many sequences, 59 time steps fit.",
        ),
        (
            {"radius": (1,), "width": 8, "batch_size": 4096, "steps": 2000},
            "The way back needs 328 million numbers kept; 20 million are allowed here. "
            "With this width and as many sequences, 122 time steps fit.",
        ),
        (
            {"radius": (1,), "width": 1024, "batch_size": 4096, "steps": 1},
            "Unrolling takes 13.0 billion multiplications; 3 billion are allowed here. "
            "Give a smaller width or fewer sequences.",
        ),
    ],
)
def test_what_is_no_case_is_refused_in_words(given, message):
    with pytest.raises(SpecError) as error:
        Case(**given)
    assert str(error.value) == message


def test_what_a_refusal_recommends_is_accepted():
    assert Case(radius=(1,), width=1024, steps=59).steps == 59
    assert Case(radius=(1,), width=8, batch_size=4096, steps=122).steps == 122
    assert (MOST_WORK, MOST_KEPT, MOST_NETS) == (3e9, 2e7, 6)


def test_a_bad_key_falls_back_and_says_so():
    case, notices = Case.read({"radius": "1.5~x", "steps": "20", "cel": "gru"})
    assert case == Case(steps=20)
    assert len(notices) == 2
    assert "radius: 'x' is not allowed" in notices[0]
    assert notices[0].endswith("The link's value was left out.")
    assert notices[1] == "The link has no use for 'cel'. Did you mean 'cell'?"


@pytest.mark.parametrize(
    ("query", "kept", "left_out"),
    [
        ({"width": "1024", "steps": "2000", "seed": "7"}, {"steps": 2000, "seed": 7}, "width"),
        ({"cell": "rnn~lstm~gru", "radius": "1~2~3", "start": "1"}, {"radius": (1.0, 2.0, 3.0), "start": 1.0}, "cell"),
        ({"cell": "rnn~lstm~gru", "radius": "2", "width": "1024", "steps": "2000"},
         {"cell": ("rnn", "lstm", "gru"), "radius": (2.0,)}, "steps and width"),
    ],
)  # fmt: skip
def test_of_a_link_beyond_the_bounds_all_is_kept_that_fits(query, kept, left_out):
    case, notices = Case.read(query)
    assert case == Case(**kept)
    assert notices[0].endswith(f" Left out of the link: {left_out}.")


@given(st.dictionaries(st.sampled_from([*OPTIONS, "nonsense"]), st.text(max_size=20), max_size=5))
def test_any_link_opens_on_some_case_and_settles(query):
    case, _ = Case.read(query)
    assert Case.read(case.write()) == (case, [])
