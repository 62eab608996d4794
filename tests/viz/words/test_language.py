"""What is said in the visitor's language, and what a script run finds that language to be."""

import json
from threading import Thread

import pytest
from babel.messages.plurals import get_plural
from streamlit.testing.v1 import AppTest

from engine.tables.errors import SpecError
from engine.tables.option import Whole
from engine.tables.wording import Layer, Name, Sentence
from viz.widgets import language as visitors
from viz.words import language
from viz.words.labels import in_labels
from viz.words.language import listed, paragraph, say, speaking

POLISH = {
    "{n} {n:layer|layers}": "{n} {n:warstwa|warstwy|warstw}",
    "{names:or}": "{names:or}",
    "{row}, {next}": "{row}; {next}",
    "{row} or {next}": "{row} albo {next}",
}


@pytest.fixture
def polish(monkeypatch, tmp_path):
    """A third language, which is one file."""
    rule = get_plural("pl").plural_expr
    told = {"name": "polski", "is_whole": False, "plural": rule, "texts": POLISH}
    (tmp_path / "pl.json").write_text(json.dumps(told))
    monkeypatch.setattr(language, "CATALOGS", tmp_path)
    kept = (language.catalog, language.languages, language.offered, language.translator, language.plural)
    for each in (*kept, language._writer):
        each.cache_clear()
    yield
    for each in (*kept, language._writer):
        each.cache_clear()


def test_english_is_what_stands_there():
    assert say("Batch size") == "Batch size"
    assert say("{n} {n:layer|layers}", n=1) == "1 layer"
    assert say("{n} {n:layer|layers}", n=2) == say(Sentence("{n} {n:layer|layers}", n=2)) == "2 layers"
    assert say("{a:or}; {b:and}; {c}", a=["x", "y", "z"], b=["x"], c=("x", "y")) == "x, y or z; x; x, y"
    assert paragraph("One.", "", "Two.") == "One. Two."
    assert (listed([]), listed(["x", "y", "z"]), listed(["x", "y"], "and")) == ("", "x, y, z", "x and y")


def test_a_label_a_sentence_and_a_paragraph_are_said_in_the_language_that_is_spoken():
    with speaking("zh"):
        assert say("Learning rate") == "学习率"
        assert say("since step {began}", began=7) == "自第 7 步起"
        assert paragraph(say("Batch norm"), say("Builds the net anew.")) == "批量归一化会重新建立网络。"
        assert say("{where:layer}", where=Layer(3)) == "第 3 层"
        assert say("{names:or}", names=["a", "b", "c"]) == "a、b 或 c"
        assert say("what nobody translated") == "what nobody translated"
    assert say("Learning rate") == "Learning rate"


def test_an_error_is_said_with_the_page_s_labels_and_none_of_its_values_is_lost():
    option = Whole("batch_size", 64, 1, 8)
    with pytest.raises(SpecError) as refused:
        option.check(0)
    assert in_labels(refused.value.sentence).startswith("Batch size: 0 is not allowed")
    with speaking("zh"):
        assert (
            in_labels(refused.value.sentence)
            == "批量大小：不允许 0；请给出一个整数，满足 1 <= 批量大小 <= 8。"
        )
        assert in_labels(Sentence("{place}: {said}", place=Name("lr"), said="x")) == "学习率：x"


@pytest.mark.usefixtures("polish")
def test_a_third_language_is_a_file_and_has_plurals_of_its_own():
    with speaking("pl"):
        told = [say("{n} {n:layer|layers}", n=n) for n in (1, 2, 5, 22)]
        assert told == ["1 warstwa", "2 warstwy", "5 warstw", "22 warstwy"]
        assert say("{names:or}", names=["a", "b", "c"]) == "a; b albo c"
    assert dict(language.languages()) == {"en": "English", "pl": "polski"}
    assert dict(language.offered()) == {"en": "English"}


def test_two_visitors_never_share_a_language():
    heard = {}

    def visit(name):
        language.speak(name)
        heard[name] = say("Learning rate")

    for name in ("zh", "en"):
        visitor = Thread(target=visit, args=(name,))
        visitor.start()
        visitor.join()
    assert (heard, say("Learning rate")) == ({"zh": "学习率", "en": "Learning rate"}, "Learning rate")


@pytest.mark.usefixtures("polish")
@pytest.mark.parametrize(("locale", "name"), [("en-US", "en"), ("pl", None), ("pl-PL", None), ("", None)])
def test_a_browser_gets_no_language_that_is_not_whole(locale, name):
    assert language.suited(locale) == name


@pytest.mark.parametrize(
    ("locale", "name"), [("zh-CN", "zh"), ("zh", "zh"), ("zh_TW", "zh"), ("en-GB", "en"), ("fr", None)]
)
def test_a_browser_s_language_is_taken_whatever_its_country(locale, name, monkeypatch):
    monkeypatch.setattr(language, "offered", language.languages)
    assert language.suited(locale) == name


def page():
    import streamlit as st

    from viz.widgets.language import listen
    from viz.words.language import say

    def keep():
        st.session_state["said"] = say("Seed")

    listen()
    st.button(say("Layers"), key="button", on_click=keep)

    @st.fragment
    def part():
        st.text(say("Width"))

    part()


def test_a_script_run_its_callbacks_and_its_fragments_speak_what_the_address_says():
    visit = AppTest.from_function(page)
    visit.query_params["lang"] = "zh"
    visit.run()
    assert (visit.button(key="button").label, visit.text[0].value) == ("层数", "宽度")
    visit.button(key="button").click().run()
    assert visit.session_state["said"] == "随机种子"


def test_a_language_once_in_the_address_stays_there():
    visit = AppTest.from_function(page)
    visit.query_params["lang"] = "zh"
    visit.run()
    visit.query_params.clear()  # as the menu does
    visit.run()
    assert visit.query_params["lang"] in ("zh", ["zh"])
    assert visit.button(key="button").label == "层数"
    visit.query_params["lang"] = "en"
    visit.run()
    assert visit.button(key="button").label == "Layers"


def switched():
    import streamlit as st

    from viz.chrome import slim
    from viz.widgets.language import listen, switch
    from viz.words.language import say

    listen()
    slim()
    switch()
    st.text(say("Layers"))


@pytest.fixture
def whole(monkeypatch):
    """All languages are offered."""
    for module in (language, visitors):
        monkeypatch.setattr(module, "offered", language.languages)


@pytest.mark.usefixtures("whole")
def test_a_visitor_chooses_the_language_and_the_address_keeps_it():
    visit = AppTest.from_function(switched, default_timeout=60).run()
    chooser = visit.button_group(key="language")
    assert (chooser.label, chooser.value, visit.text[0].value) == ("Language", "en", "Layers")
    assert 'lang = "en"' in visit.sidebar.get("html")[0].proto.body
    chooser.set_value("zh").run()
    assert not visit.exception
    assert visit.text[0].value == "层数"
    assert visit.query_params["lang"] in ("zh", ["zh"])
    assert 'lang = "zh"' in visit.sidebar.get("html")[0].proto.body
    visit.query_params["lang"] = "en"  # as a link in the same tab has it
    visit.run()
    assert (visit.button_group(key="language").value, visit.text[0].value) == ("en", "Layers")


def test_nobody_is_asked_which_language_while_one_alone_is_whole(monkeypatch):
    for module in (language, visitors):
        monkeypatch.setattr(module, "offered", lambda: {"en": "English"})
    assert not AppTest.from_function(switched, default_timeout=60).run().button_group


def linked():
    import streamlit as st

    from viz.widgets.language import along, listen

    listen()
    st.text(along("./?depth=3") + " " + along("compare"))


def test_a_language_that_was_chosen_goes_along_in_a_link():
    visit = AppTest.from_function(linked).run()
    assert visit.text[0].value == "./?depth=3 compare"
    visit.query_params["lang"] = "zh"
    visit.run()
    assert visit.text[0].value == "./?depth=3&lang=zh compare?lang=zh"


def test_an_address_with_a_language_that_there_is_none_of_speaks_english():
    visit = AppTest.from_function(page)
    visit.query_params["lang"] = "tlh"
    visit.run()
    assert visit.button(key="button").label == "Layers"
