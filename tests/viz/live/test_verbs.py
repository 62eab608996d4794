import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tables.wording import Writer
from viz.live import verbs


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ('{"do":"play"}', {"do": "play"}),
        (b'{"do":"pause","extra":[1]}', {"do": "pause"}),
        ('{"do":"step"}', {"do": "step", "count": 1}),
        ('{"do":"step","count":7}', {"do": "step", "count": 7}),
        ('{"do":"speed","steps_per_second":null}', {"do": "speed", "steps_per_second": None}),
        ('{"do":"speed","steps_per_second":5}', {"do": "speed", "steps_per_second": 5.0}),
        ('{"do":"scale","scale":"linear"}', {"do": "scale", "scale": "linear"}),
        ('{"do":"look","step":0}', {"do": "look", "step": 0, "sees": False, "layer": None}),
        ('{"do":"see"}', {"do": "see", "layer": None}),
        ('{"do":"see","layer":2,"step":7}', {"do": "see", "layer": 2}),
        ('{"do":"slow","step":7}', {"do": "slow", "step": 7}),
        (
            '{"do":"look","step":null,"sees":true,"layer":1}',
            {"do": "look", "step": None, "sees": True, "layer": 1},
        ),
        ('{"do":"stop_at","at":"loss","value":1}', {"do": "stop_at", "at": "loss", "value": 1.0}),
        ('{"do":"stop_at"}', {"do": "stop_at", "at": None, "value": None}),
        ('{"do":"ping","t":12.5}', {"do": "ping", "t": 12.5}),
    ],
)
def test_a_verb_keeps_only_what_belongs_to_it(text, verb):
    assert verbs.read(text) == verb


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plaj", "this is no JSON: 'plaj'; give an object such as {\"do\": \"play\"}"),
        (b"\xff\xfe", "this is no JSON: '\\ufffd\\ufffd'; give an object"),
        ("[" * 4000, "this is no JSON"),
        ('{"do":NaN}', "this is no JSON"),
        ('{"do":"speed","steps_per_second":NaN}', "this is no JSON"),
        ("[1]", "'[1]' is no JSON object; give an object such as"),
        ('{"do":7}', "names no verb"),
        ('{"do":"paly"}', 'unknown verb \'paly\'; choose from: play, pause, step, reset, speed, scale, resume, '
         'rebuild, ping, slow, look, see, stop_at. Did you mean \'play\'?'),
        ('{"do":"\\ud800"}', "unknown verb '\\ud800'; choose from"),
        ('{"do":"step","count":0}', "count: '0' is not allowed; give a whole number from 1 to 10000"),
        ('{"do":"step","count":true}', "count: 'true' is not allowed"),
        ('{"do":"step","count":1.5}', "count: '1.5' is not allowed"),
        ('{"do":"step","count":"3"}', "count: '3' is not allowed"),
        ('{"do":"speed","steps_per_second":1e999}', "steps_per_second: 'Infinity' is not allowed; give a number from "
         "0.1 to 100000, or null for as fast as it goes"),
        ('{"do":"speed","steps_per_second":-1}', "steps_per_second: '-1' is not allowed"),
        ('{"do":"speed","steps_per_second":' + "9" * 4000 + "}", "steps_per_second: '9999"),
        ('{"do":"scale","scale":["log"]}', "scale: '[\"log\"]' is not allowed; give one of symlog, linear"),
        ('{"do":"look","step":-1}', "step: '-1' is not allowed; give a step that was taken"),
        ('{"do":"look","step":1.5}', "step: '1.5' is not allowed"),
        ('{"do":"look","step":1,"sees":"yes"}', "sees: 'yes' is not allowed; give true or false"),
        ('{"do":"see","layer":0}', "layer: '0' is not allowed; give a hidden layer, from 1 on, or null for none"),
        ('{"do":"stop_at","at":"noon"}', "at: 'noon' is not allowed; give one of step, epoch, loss, accuracy, finding"),
        ('{"do":"stop_at","at":"loss","value":-1}', "value: '-1' is not allowed; give a number from 0 on"),
        ('{"do":"scale"}', "scale: 'null' is not allowed"),
        ('{"do":"play","x":"' + "y" * 5000 + '"}', "bytes; give at most 4096"),
    ],
)  # fmt: skip
def test_anything_else_gets_a_sentence(text, words):
    with pytest.raises(verbs.VerbError) as refused:
        verbs.read(text)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 250


def test_a_refusal_carries_what_it_says_so_that_it_can_be_said_anew():
    with pytest.raises(verbs.VerbError) as refused:
        verbs.read('{"do":"step","count":0}')
    error = refused.value
    assert (error.field, error.value) == ("count", "'0'")
    assert error.allowed == "a whole number from 1 to 10000"
    assert error.sentence.values["said"].template == "{value} is not allowed; give {allowed}"
    assert error.sentence.said(Writer(called={"count": "Steps"})).startswith("Steps: '0' is not allowed")
    with pytest.raises(verbs.VerbError) as unknown:
        verbs.read('{"do":"plai"}')
    assert unknown.value.allowed == tuple(verbs.VERBS)
    assert "'play'" in unknown.value.hint


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_garbage_never_raises_anything_but_a_sentence(text):
    with pytest.raises(verbs.VerbError):
        verbs.read(text)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


@given(
    st.fixed_dictionaries(
        {"do": st.sampled_from(sorted(verbs.VERBS)), "count": JSON, "scale": JSON, "t": JSON}
    )
)
def test_a_known_verb_with_anything_in_it_is_a_verb_or_a_sentence(message):
    try:
        answer = verbs.read(json.dumps(message))["do"]
    except verbs.VerbError as refused:
        answer = str(refused)
    assert answer == message["do"] or "not allowed" in answer or "no JSON" in answer
