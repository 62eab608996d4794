"""Sentences: a template, its values, and what they are called in English."""

import json

from engine.diagnosis.sentence import Layer, Sentence


def test_each_kind_of_value_is_written_its_way():
    said = Sentence(
        "{a} {b:number} {c:percent} {d:loss} {e:layer} {f:layer} {g:rough} {h:rate}",
        a=7, b=2.36e-6, c=0.581, d=2.3026, e=Layer(3), f=Layer(4, True), g=0.00036, h=0.0003,
    )  # fmt: skip
    assert str(said) == "7 2.4e-6 58% 2.30 layer 3 the output layer 0.0004 0.0003"


def test_a_sentence_within_a_sentence_lends_it_its_numbers():
    inner = Sentence("a step moved weights by {step:number}", step=0.5)
    outer = Sentence("diverged in {layer:layer}; {cause}", layer=Layer(2), cause=inner)
    assert str(outer) == "diverged in layer 2; a step moved weights by 0.5"
    assert outer.numbers() == {"step": 0.5}


def test_a_sentence_travels_as_template_and_values():
    said = Sentence("{cause} in {layer:layer}", cause=Sentence("no {x:number}", x=3.5), layer=Layer(2))
    assert json.loads(json.dumps(said.to_dict())) == {
        "template": "{cause} in {layer:layer}",
        "values": {
            "cause": {"template": "no {x:number}", "values": {"x": 3.5}},
            "layer": {"layer": 2, "is_output": False},
        },
    }


def test_equal_sentences_say_the_same():
    assert Sentence("{a}", a=1) == Sentence("{a}", a=1) != Sentence("{a}", a=2)
