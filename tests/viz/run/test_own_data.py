"""A table of one's own on the page, without a browser: dropped, chosen, trained on; nobody else's link reaches it."""

import io
import re
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_iris

from engine import DATASETS, RunSpec, SpecError
from tests.viz.run.test_train_page import address, nobody_stays, opened, run, spec  # noqa: F401
from viz.live.host import shared
from viz.run.tables import Reading
from viz.server.tables import LIMITS


def csv(rows) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in rows).encode()


def iris() -> bytes:
    x, y = load_iris(return_X_y=True)
    return csv(
        [
            ["w", "x", "y", "z", "kind"],
            *([*row, "abc"[label]] for row, label in zip(x.tolist(), y, strict=True)),
        ]
    )


def dropped(content: bytes, name: str = "iris.csv", **query: str):
    page = opened(**query)
    page.file_uploader(key="own_file").upload(name, content)
    return run(page)


def errors(page) -> str:
    return said(page.error)


def said(elements) -> str:
    return " ".join(each.value.replace("\\", "") for each in elements)


def press(page, label: str):
    next(button for button in page.button if button.label == label).click()
    return run(page)


@pytest.fixture(scope="module")
def trained():
    page = dropped(iris())
    page.selectbox(key="own_target_0").set_value("kind")
    return press(run(page), "Train on it")


def test_a_file_is_dropped_and_trained_on(trained):
    name = spec(trained).dataset
    assert name.startswith("own:")
    assert (DATASETS[name].samples, DATASETS[name].classes) == (150, 3)
    assert address(trained) | {"file": "iris.csv", "target": "kind", "dataset": name} == address(trained)
    menu = trained.selectbox(key="dataset")
    assert menu.options[-1] == "iris.csv"
    assert shared().table(trained.session_state["token"]) is DATASETS[name]
    assert "150 rows, 4 features. 3 classes" in said(trained.caption)


def test_the_link_of_a_table_asks_another_visitor_for_the_file_and_runs_when_it_is_dropped(trained):
    link = address(trained)
    other = opened(**link)
    assert spec(other).dataset == "digits"
    assert address(other) == link
    assert f"iris.csv ({spec(trained).dataset})" in said(other.info)
    other.file_uploader(key="own_file").upload(
        "wrong.csv", csv([["kind", "a"], *([k % 2, k] for k in range(20))])
    )
    run(other)
    assert "This file is another than the link's" in errors(other)
    assert spec(other).dataset == "digits"
    other.file_uploader(key="own_file").set_value(None)
    run(other)
    other.file_uploader(key="own_file").upload("mine.csv", iris())
    run(other)
    assert spec(other) == spec(trained)
    assert not other.info
    assert not errors(other)


def test_no_message_reaches_what_another_visitor_brought(trained):
    other = opened()
    memory = other.session_state["run"]
    with pytest.raises(SpecError, match="which is not here; drop its file first"):
        memory.check(RunSpec(dataset=spec(trained).dataset))


def test_numbers_bring_their_loss(trained):
    page = dropped(csv([["x", "y"], *([k, 2.5 * k + 0.1] for k in range(40))]), "line.csv")
    assert "brought to mean 0 and variance 1" in said(page.caption)
    press(page, "Train on it")
    assert (spec(page).loss, DATASETS[spec(page).dataset].classes) == ("mse", 0)


def test_text_and_missing_values_are_a_choice():
    rows = [["color", "x", "y"], *([("red", "blue")[k % 2], k if k else "", k % 2] for k in range(30))]
    page = dropped(csv(rows), "t.csv")
    assert "Missing values: 1 rows have missing" in errors(page)
    next(each for each in page.button_group if each.key == "own_missing_0").set_value("drop")
    run(page)
    assert "Text columns: The column" in errors(page) or "Text columns: the column 'color' is text" in errors(
        page
    )
    next(each for each in page.button_group if each.key == "own_text_0").set_value("one_hot")
    assert not errors(run(page))
    assert "29 rows, 3 features" in said(page.caption)


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\0" * 20_000_000)
    return content.getvalue()


def pickled() -> bytes:
    content = io.BytesIO()
    np.savez(content, x=np.array([{}] * 20, dtype=object), y=np.arange(20))
    return content.getvalue()


REFUSED = {
    "too large": ("big.csv", lambda: b"x" * (LIMITS.bytes + 1), "'big.csv' has 16 MB; give at most 16"),
    "one row": ("t.csv", lambda: csv([["x", "y"], [1, 2]]), "'t.csv' has 1 rows"),
    "ten thousand columns": (
        "t.csv",
        lambda: csv([range(10_000), [0] * 10_000]),
        "10,?000 columns are too many",
    ),
    "one class": ("t.csv", lambda: csv([["x", "y"], *([k, 1] for k in range(20))]), "the same in every row"),
    "no file": ("t.parquet", lambda: b"PAR1", "cannot be read as parquet"),
    "a bomb": ("t.npz", bomb, "'t.npz' has 20 MB"),
    "pickled": ("t.npz", pickled, "pickled objects, which are programs"),
}


def test_what_is_no_table_is_refused_in_words_and_nothing_is_lost():
    page = opened(lr="0.3")
    assert "At most 16 MB; a larger file is refused unread" in said(page.caption)
    for name, content, words in REFUSED.values():
        page.file_uploader(key="own_file").upload(name, content())
        run(page)
        assert (spec(page).lr, spec(page).dataset) == (0.3, "digits")
        assert re.search(words, errors(page)), (name, errors(page))
        page.file_uploader(key="own_file").set_value(None)
        run(page)
        assert not errors(page)


def test_names_that_are_code_are_names():
    name = "<img src=x onerror=alert(1)>.csv"
    target = "__import__('os').abort()"
    page = dropped(csv([["<b>x</b>", target], *([k, k % 2] for k in range(20))]), name)
    assert page.selectbox(key="own_target_0").value == target
    press(page, "Train on it")
    assert (address(page)["file"], address(page)["target"]) == (name, target)
    assert page.selectbox(key="dataset").options[-1] == name
    assert not any("<img" in each.value for each in (*page.markdown, *page.caption, *page.info))


@pytest.mark.parametrize(
    "reading",
    [
        Reading("t.csv", "y"),
        Reading("a b.npz", "~,\"'", ("x,1", 'q"', "z\n"), "numbers", "one_hot", "drop"),
    ],
)
def test_a_link_says_how_a_file_is_read(reading):
    assert Reading.read(reading.write()) == reading


def test_a_link_that_says_it_badly_is_as_usual():
    assert Reading.read({"file": "x" * 500, "kind": "code"}) == Reading("x" * 200, "")
