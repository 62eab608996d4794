"""Sentences: a template, its values, and what they are called in English."""

import json
import pickle

from engine.tables.telling import heard, told
from engine.tables.wording import Layer, Name, Sentence, Writer


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
            "cause": {"template": "no {x:number}", "values": {"x": 3.5}, "written": {"x:number": "3.5"}},
            "layer": {"layer": 2, "is_output": False},
        },
        "written": {},
    }


def test_a_sentence_that_travelled_is_the_same():
    said = Sentence(
        "{cause} in {layer:layer}, {field:lower} of {most!r}: {names:or}, {other}",
        cause=Sentence("no {x:number}", x=3.5), layer=Layer(2), field=Name("lr"), most=7, names=["a", Sentence("b")],
        other=1j,
    )  # fmt: skip
    message = json.loads(json.dumps(told({"text": said, "level": "warning"}, {"lr": "Rate"})))
    again = heard(message, "text")
    assert again == message["text"] == "no 3.5 in layer 2, rate of 7: a or b, 1j"
    german = Writer(translate=lambda text: {"Rate": "Lernrate", "no {x:number}": "kein {x}"}.get(text, text))
    assert again.said(german) == "kein 3.5 in layer 2, lernrate of 7: a or b, 1j"
    assert (heard(message, "level"), heard(message, "other")) == ("warning", None)


def test_what_every_language_writes_alike_travels_written():
    said = Sentence(
        "{a:percent} {b!r} {n} {n:layer|layers} {c:rate} {names:or} {text}",
        a=0.5, b=1e-5, n=2, c=1e-5, names=["x", Sentence("y")], text="{",
    )  # fmt: skip
    assert said == "50% 1e-05 2 layers 1e-5 x or y {"
    sent = said.to_dict()
    assert sent["written"] == {"a:percent": "50%", "b!r": "1e-05", "n": "2", "c:rate": "1e-5", "text": "{"}
    assert sent["values"]["names"] == ["x", Sentence("y").to_dict()]


def test_several_values_stand_in_a_row_and_a_form_fits_its_number():
    names = {"a": ["x", "y", "z"], "b": ("x", "y"), "c": ["x"], "d": []}
    assert Sentence("{a}; {a:and}; {b:or}; {c:or}; {d:or}", **names) == "x, y, z; x, y and z; x or y; x; "
    assert [Sentence("{n:layer is|layers are}", n=n) for n in (1, 2)] == ["layer is", "layers are"]
    assert (
        Sentence("{fields:lower}", fields=[Name("lr"), Name("seed")]).said(
            Writer({"lr": "Rate", "seed": "Seed"})
        )
        == "rate, seed"
    )


def test_equal_sentences_say_the_same():
    assert Sentence("{a}", a=1) == Sentence("{a}", a=1) != Sentence("{a}", a=2)


def test_a_page_says_a_sentence_with_its_labels_and_numbers():
    said = Sentence(
        "{field}: {value!r} is too much, give a {size:lower} of {most:short}; {hint}",
        field=Name("batch_size"), value=1e30, size=Name("batch_size"), most=7, hint=Sentence("or {a!r}", a=2.0),
    )  # fmt: skip
    assert said == "batch_size: 1e+30 is too much, give a batch_size of 7; or 2.0"
    page = Writer({"batch_size": "Batch size"})
    assert said.said(page) == "Batch size: 1e30 is too much, give a batch size of 7; or 2"


def test_another_language_has_templates_and_kinds_of_its_own():
    said = Sentence(
        "{hint} {share:percent} of {layer:layer}", hint=Sentence("yes"), share=0.25, layer=Layer(3)
    )
    german = {
        "yes": "ja",
        "{hint} {share:percent} of {layer:layer}": "{hint}: {layer:layer} zu {share:percent}",
    }
    writer = Writer(translate=german.__getitem__, kinds={"layer": lambda layer: f"Schicht {layer.number}"})
    assert said.said(writer) == "ja: Schicht 3 zu 25%"


def test_what_is_given_is_never_taken_for_a_template():
    said = Sentence("{value!r} and {text}", value={"a": 1}, text="{place}")
    assert said == "{'a': 1} and {place}"
    assert said.said(Writer({})) == said
    assert Sentence("taken {as} it stands").said(Writer({})) == "taken {as} it stands"


def test_a_sentence_keeps_its_parts_between_processes():
    said = pickle.loads(pickle.dumps(Sentence("{a:percent}", a=0.25)))
    assert (said, said.template, said.values) == ("25%", "{a:percent}", {"a": 0.25})
