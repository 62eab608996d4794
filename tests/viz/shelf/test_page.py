"""The page of what was kept."""

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from viz.server.keys import COOKIE
from viz.shelf import drawing, page
from viz.shelf.archive import packed
from viz.shelf.keeping import told
from viz.shelf.ownership import KEPT
from viz.shelf.store import CHOSEN, Item, Shelf, ShelfError, place
from viz.words.language import say, speaking

MINE, OTHERS = "k" * 32, "o" * 32
CURVES = {"step": [0, 5, 9], "loss": [2.3, 0.7, 0.1], "test loss": [2.3, None, 0.4]}
SICK = Item("run", "sick", "./?lr=3", "lr: 3", "replay.html", {"lr": "3", "activation": "tanh"}, CURVES)
CURED = Item(
    "run", "cured", "./?lr=0.1", "lr: 0.1", "replay.html", {"lr": "0.1", "activation": "tanh"}, CURVES
)
TABLE = Item(
    "comparison", "rates", "compare?vary=lr", "0.1 leads.", "comparison.csv", {"Learning rate": "0.1, 1"}
)


@pytest.fixture
def shelf(monkeypatch, tmp_path) -> Shelf:
    monkeypatch.setenv(CHOSEN, str(tmp_path / "shelf.sqlite"))
    return Shelf(place())


def opened(key: str = MINE) -> AppTest:
    def script():
        from viz.shelf.page import page

        page()

    app = AppTest.from_function(script, default_timeout=60)
    app.session_state[COOKIE] = key
    return app.run()


def said(app: AppTest) -> str:
    return " ".join(each.value for kind in (app.markdown, app.info, app.error, app.caption) for each in kind)


def test_an_empty_shelf_says_how_it_is_filled(shelf):
    app = opened()
    assert not app.exception
    assert "Keep on the shelf" in said(app)
    assert str(shelf.path) in said(app)
    assert app.code[0].value == MINE


def test_the_shelf_can_be_read_in_chinese(shelf):
    shelf.keep(MINE, replace(SICK, made_at=1.7e9), b"<p>sick</p>")
    with speaking("zh"):
        assert page.label(shelf.items(MINE)[0]).startswith("sick · 训练 · 2023 年 11 月")
        assert page.called("Weights: scale") == "权重：尺度"
        assert page.called("lr") == "学习率"
        assert page.called("optimizer_options") == "优化器的选项"
        assert told(ShelfError("This is not on the shelf any more.")) == "它已经不在书架上了。"


def test_the_newest_is_shown_with_its_way_back(shelf):
    shelf.keep(MINE, SICK, b"<p>sick</p>")
    shelf.keep(MINE, CURED, b"<p>cured</p>")
    shelf.keep(OTHERS, TABLE, b"a,b")
    app = opened()
    assert not app.exception
    assert r"**cured**: lr\: 0\.1" in said(app)
    assert len(app.multiselect[0].options) == 2
    assert "rates" not in str(app.multiselect[0].options)
    assert [link.proto.url for link in app.get("link_button")][:1] == ["./?lr=0.1"]


def test_what_differs_is_said_by_the_labels_of_entries_and_a_name_is_no_markup(shelf):
    bold = replace(SICK, name="<b>x</b> & y", settings={"lr": "0.1", "activation": "relu"})
    ids = [shelf.keep(MINE, item, b"") for item in (bold, CURED)]
    app = opened()
    app.multiselect[0].set_value(ids).run()
    assert not app.exception
    assert app.dataframe[0].value.iloc[0].tolist() == ["Activation", "ReLU", "Tanh"]
    names = str(app.get("plotly_chart")[0].proto.spec)
    assert "<b>" not in names
    assert "\\u003cb" not in names
    assert "&lt;b&gt;x" in names or "\\u0026lt;b\\u0026gt;x" in names


def test_several_are_set_side_by_side_with_what_differs(shelf):
    ids = [shelf.keep(MINE, item, b"") for item in (SICK, CURED)]
    app = opened()
    app.multiselect[0].set_value(ids).run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table["setting"].tolist() == ["Learning rate"]
    assert table.iloc[0].tolist() == ["Learning rate", "3", "0.1"]


def test_a_comparison_shows_its_table(shelf):
    shelf.keep(MINE, TABLE, b"lr,accuracy\n0.1,0.97\n")
    app = opened()
    assert app.dataframe[0].value["accuracy"].tolist() == [0.97]


def test_things_are_renamed_and_taken_off(shelf):
    shelf.keep(MINE, SICK, b"")
    app = opened()
    next(field for field in app.text_input if field.label == "Name").set_value("the sick one").run()
    assert "**the sick one**" in said(app)
    app.button(key="shelf_remove").click().run()
    assert "Nothing is kept yet" in said(app)
    assert shelf.items(MINE) == []


def test_what_was_taken_off_comes_back_whole_and_in_its_place(shelf):
    for item in (SICK, CURED, TABLE):
        shelf.keep(MINE, item, b"a,b\n1,2\n")
    before = shelf.items(MINE)
    app = opened()
    app.button(key=f"shelf_look_{before[1].id}").click().run()
    assert "**cured**" in said(app)
    app.button(key="shelf_remove").click().run()
    assert [item.name for item in shelf.items(MINE)] == ["rates", "sick"]
    assert "**sick**" in said(app)
    assert "cured" in said(app)
    app.button(key="shelf_put_back").click().run()
    assert not app.exception
    assert shelf.items(MINE) == before
    assert shelf.body(MINE, before[1].id) == b"a,b\n1,2\n"
    assert "**cured**" in said(app)
    assert not [each for each in app.button if each.key == "shelf_put_back"]


def test_all_that_is_kept_is_seen_at_a_glance_and_goes_along_from_a_line_of_its_own(shelf):
    ids = [shelf.keep(MINE, item, b"a,b\n1,2\n") for item in (SICK, CURED, TABLE)]
    app = opened()
    listed = [each.key for each in app.button if (each.key or "").startswith("shelf_look_")]
    assert listed == [f"shelf_look_{id}" for id in reversed(ids)]
    assert "Export the shelf" in [each.proto.label for each in app.get("download_button")]
    folded = [each.proto.label for fold in app.expander for each in fold.get("download_button")]
    assert "Export the shelf" not in folded


def test_what_cannot_come_back_for_want_of_room_is_said_and_stays_at_hand(shelf, monkeypatch):
    shelf.keep(MINE, SICK, b"")
    app = opened()
    app.button(key="shelf_remove").click().run()
    app = opened()  # loaded anew it is still at hand
    assert "can be put back for an hour" in said(app).replace("\\", "")
    monkeypatch.setattr(page.removing, "shelf", lambda: Shelf(place(), most_items=0))
    app.button(key="shelf_put_back").click().run()
    assert "things already" in app.toast[0].value
    assert app.button(key="shelf_put_back")


def test_another_key_shows_its_shelf_and_nonsense_is_refused(shelf):
    shelf.keep(OTHERS, SICK, b"")
    app = opened()
    app.text_input(key="shelf_key").set_value("not a key").run()
    assert "This is no key of a shelf" in said(app)
    app.text_input(key="shelf_key").set_value(OTHERS).run()
    assert "**sick**" in said(app)


def test_a_key_that_is_entered_is_given_to_the_browser_and_said_once_with_a_way_back(shelf):
    shelf.keep(OTHERS, SICK, b"")
    shelf.keep(MINE, CURED, b"")
    app = opened()
    app.text_input(key="shelf_key").set_value(OTHERS).run()
    assert not app.exception
    assert f"shelf/use/{OTHERS}" in asked_to_keep(app)
    assert "This is the shelf of the key that you entered" in said(app)
    assert "Your browser keeps this key" not in said(app)
    app.session_state[KEPT] = OTHERS  # the browser says that it does
    app.run()
    assert "Your browser keeps this key from now on" in said(app)
    assert "does not keep" not in said(app)
    app.button(key="shelf_key_back").click().run()
    assert "**cured**" in said(app)
    assert f"shelf/use/{MINE}" in asked_to_keep(app)
    assert "that you entered" not in said(app)


def asked_to_keep(app: AppTest) -> str:
    return " ".join(str(each.proto) for each in app.get("bidi_component"))


def test_what_is_kept_is_kept_by_a_part_of_the_page_that_says_so_at_once(shelf):
    def script():
        import streamlit as st
        from streamlit.runtime.scriptrunner_utils import script_run_context as running

        from viz.shelf.keeping import keep
        from viz.shelf.store import Item

        def make(name):
            st.session_state["part"] = running.ThreadState.get().fragment_id
            return Item("run", name, "./", "", "replay.html"), b""

        keep("run", "mine", make)

    app = AppTest.from_function(script, default_timeout=60)
    app.session_state[COOKIE] = MINE
    app.run().button(key="keep_run_now").click().run()
    assert [item.name for item in shelf.items(MINE)] == ["mine"]
    assert app.session_state["part"], "the whole page would be drawn first"


def test_a_damaged_shelf_is_a_sentence(shelf):
    shelf.path.write_bytes(b"torn" * 1000)
    app = opened()
    assert not app.exception
    assert "is no shelf, or it is damaged" in said(app)


def test_a_shelf_of_a_newer_lab_is_a_sentence(shelf):
    shelf.keep(MINE, SICK, b"")
    with closing(sqlite3.connect(shelf.path)) as file:
        file.execute("PRAGMA user_version = 9")
    app = opened()
    assert not app.exception
    assert "written by a newer version of the lab" in said(app)


def test_what_cannot_be_done_to_a_shelf_is_said_and_it_stays(shelf, monkeypatch):
    shelf.keep(MINE, SICK, b"<p>sick</p>")
    app = opened()

    def refused(*_):
        raise ShelfError("The shelf cannot be written; what is on it can be read.")

    monkeypatch.setattr(Shelf, "remove", refused)
    app.button(key="shelf_remove").click().run()
    assert "cannot be written" in app.toast[0].value.replace("\\", "")
    assert "**sick**" in said(app)


def test_losses_are_in_one_picture_and_a_race_has_its_own(shelf):
    raced = replace(
        TABLE, kind="race", name="bowl", file="race.html", curves={"step": [0, 1], "A SGD 0.1": [3.0, 1.0]}
    )
    ids = [shelf.keep(MINE, item, b"") for item in (SICK, raced, TABLE)]
    app = opened()
    app.multiselect[0].set_value(ids).run()
    assert not app.exception
    losses, race = (json.loads(figure.proto.spec) for figure in app.get("plotly_chart"))
    assert [line["name"] for line in losses["data"]] == ["loss", "test loss"]
    assert losses["layout"]["title"]["text"] == "sick: loss"
    assert [line["name"] for line in race["data"]] == ["A SGD 0.1"]
    assert race["layout"]["title"]["text"] == "bowl: value above the lowest"
    assert race["layout"]["yaxis"]["title"]["text"] == "value above the lowest"


def test_runs_of_one_name_are_told_apart_by_when_they_were_kept(shelf):
    again = [replace(SICK, made_at=1.7e9 + later) for later in (0, 60)]
    for item in (*again, CURED):
        shelf.keep(MINE, item, b"")
    told_apart = drawing.names(shelf.items(MINE))
    assert told_apart[0] == "cured"
    assert all(name.startswith("sick, kept ") and "(" not in name for name in told_apart[1:])
    assert len(set(told_apart)) == 3


def test_a_race_on_the_shelf_is_told_in_chinese():
    with speaking("zh"):
        assert drawing.runner("B Momentum (heavy ball) 0.03") == f"B {say('Momentum (heavy ball)')} 0.03"
        assert drawing.runner("Nesterov momentum, 0.03").startswith("Nesterov 动量")
        assert drawing.runner("something 3") == "something 3"
        race = replace(
            TABLE, kind="race", curves={"step": [0, 1], "B Momentum (heavy ball) 0.03": [3.0, 1.0]}
        )
        ((_, figure),) = drawing.pictures([race])
    assert figure.data[0].name == "B 动量 (重球) 0.03"


def test_markup_in_a_name_stays_text(shelf):
    shelf.keep(MINE, Item("run", "**<b>bold</b>** :red[x]", "./", "$x$", "replay.html"), b"")
    assert ":red[x]" not in said(opened()).replace(r"\:red\[x\]", "")


def test_everything_goes_along_in_one_file(shelf):
    ids = [shelf.keep(MINE, SICK, b"<p>sick</p>"), shelf.keep(MINE, TABLE, b"a,b")]
    with zipfile.ZipFile(io.BytesIO(packed(shelf, MINE, shelf.items(MINE)))) as archive:
        assert sorted(archive.namelist()) == [f"rates-{ids[1]}.csv", "shelf.json", f"sick-{ids[0]}.html"]
        assert archive.read(f"sick-{ids[0]}.html") == b"<p>sick</p>"
        assert json.loads(archive.read("shelf.json"))["items"][1]["curves"]["loss"] == [2.3, 0.7, 0.1]


def brought(app: AppTest, content: bytes, name: str = "shelf.zip") -> AppTest:
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    return app


def test_a_shelf_is_brought_back_beside_what_is_there_and_nothing_is_doubled(shelf):
    for item, body in ((SICK, b"<p>sick</p>"), (TABLE, b"a,b\n1,2\n")):
        shelf.keep(OTHERS, item, body)
    content = packed(shelf, OTHERS, shelf.items(OTHERS))
    shelf.keep(MINE, CURED, b"<p>cured</p>")
    app = brought(opened(), content)
    assert app.success[0].value == r"Brought back\: 2 things\."
    assert [item.name for item in shelf.items(MINE)] == ["rates", "sick", "cured"]
    assert len(app.multiselect[0].options) == 3
    brought(app, content)
    assert "Nothing new" in app.success[0].value
    assert len(shelf.items(MINE)) == 3
    app.run()
    assert not app.success


def test_what_is_no_shelf_is_said_and_what_is_kept_stays(shelf):
    shelf.keep(MINE, SICK, b"<p>sick</p>")
    app = brought(opened(), b"torn" * 100, "class <b>5</b>.zip")
    said_of_it = app.error[0].value.replace("\\", "")
    assert said_of_it.startswith("class <b>5</b>.zip is torn, or it is no shelf")
    assert "<b>" not in app.error[0].value
    assert "**sick**" in said(app)


def test_what_is_played_here_is_alone_in_its_frame(shelf):
    shelf.keep(MINE, SICK, b"<script>parent.document.title = 'mine'</script>")
    app = opened()
    app.toggle[0].set_value(True).run()
    frame = str(app.get("iframe")[0].proto.srcdoc)
    assert 'sandbox="allow-scripts allow-downloads"' in frame
    assert "<script>" not in frame
