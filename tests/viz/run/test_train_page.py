"""The Train page without a browser: controls, address, refusals, lessons; the engine process stays asleep."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine import RunSpec
from engine.spec import FIELDS
from engine.spec.fields import EntryOptions
from viz.live.host import shared
from viz.pages import train
from viz.run import controls
from viz.run.lessons import LESSONS, OPENING
from viz.server import bounds
from viz.widgets import memory
from viz.words.language import speaking
from viz.words.numbers import shown
from viz.words.text import stacked

TIMEOUT = 30  # seconds a script run may take on a busy machine
CHOOSERS = {
    name.removesuffix("_options") for name, option in FIELDS.items() if isinstance(option, EntryOptions)
}


def opened(**query: str) -> AppTest:
    page = AppTest.from_string("from viz.main import run; run()", default_timeout=TIMEOUT)
    page.query_params.update(query)
    page.session_state["more"] = page.session_state["own_table"] = True  # the sidebar's drawers are open
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def spec(page: AppTest) -> RunSpec:
    return page.session_state["run"].value


def address(page: AppTest) -> dict[str, str]:
    return {name: text if isinstance(text, str) else text[-1] for name, text in page.query_params.items()}


def widget(page: AppTest, key: str):
    kinds = (page.selectbox, page.number_input, page.text_input, page.toggle, page.button_group)
    return next(one for kind in kinds for one in kind if one.key == key)


def choose(page: AppTest, key: str, value) -> AppTest:
    one = widget(page, key)
    one.set_value(value)
    return run(page)


def widgets(page: AppTest) -> dict:
    kinds = (page.selectbox, page.number_input, page.text_input, page.toggle, page.button_group)
    return {one.key: one for kind in kinds for one in kind}


@pytest.fixture(autouse=True)
def nobody_stays() -> Iterator[None]:
    """Each page is another run of one visitor, and the places of a visitor come to an end."""
    yield
    for token in list(shared().runs):
        shared().forget(token)


@pytest.fixture(scope="module")
def at_first() -> AppTest:
    return opened()


def test_the_page_opens_on_the_net_that_fails(at_first):
    assert spec(at_first) == OPENING
    assert address(at_first) == {}
    assert at_first.get("bidi_component")


def test_every_field_of_a_run_has_a_control_that_shows_it(at_first):
    hidden_until_needed = {"batch_norm_momentum", "clip_threshold", "device"}
    hidden_until_needed |= {"outputs", "bias_value", "schedule_steps"}
    assert "outputs" in widgets(opened(dataset="moons", loss="mse"))
    assert "bias_value" in widgets(choose(opened(), "bias", "constant"))
    assert "schedule_steps" in widgets(choose(opened(), "schedule", "cosine"))
    hidden_until_needed |= (path := {"residual_every", "layer_norm_kind", "norm_place"})
    assert path <= widgets(choose(choose(opened(), "residual", "scaled"), "layer_norm", "before")).keys()
    page = widgets(choose(choose(opened(), "clip", "norm"), "batch_norm", "before"))
    assert {"batch_norm_momentum", "clip_threshold"} <= page.keys()
    fields = {name for name, option in FIELDS.items() if not isinstance(option, EntryOptions)}
    assert fields - hidden_until_needed <= widgets(at_first).keys()


@pytest.mark.parametrize("of", sorted(CHOOSERS))
def test_every_option_of_every_entry_has_a_control_with_its_words(of):
    page = opened()
    for name, entry in FIELDS[of].table.items():
        choose(page, of, name)
        needed = {
            option.name for option in entry.options if option.needs and not entry.complete({})[option.needs]
        }
        there = {key: one for key, one in widgets(page).items() if key.startswith(f"{of}_options.")}
        assert set(there) == {f"{of}_options.{option.name}" for option in entry.options} - {
            f"{of}_options.{name}" for name in needed
        }
        for name in {option.needs for option in entry.options if option.name in needed}:
            choose(page, f"{of}_options.{name}", "0.5")
            there = {key: one for key, one in widgets(page).items() if key.startswith(f"{of}_options.")}
        for option in entry.options:
            assert option.words in there[f"{of}_options.{option.name}"].help


def test_every_control_is_marked_and_explained(at_first):
    for key, one in widgets(at_first).items():
        if key in ("lesson", "language") or key.startswith(("keep_", "task_")):
            continue
        field = "hidden" if key in ("layers", "width") else key.split(".")[0]
        is_live = field in RunSpec.LIVE
        assert re.fullmatch(r"[A-Za-z ]+", one.label), key
        assert one.help.endswith("Acts on the running net." if is_live else "Builds the net anew."), key
        assert len(one.help) > 40, key


def test_every_control_speaks_the_visitor_s_language():
    page = opened(lang="zh", activation="leaky_relu", batch_norm="before")
    for key, one in widgets(page).items():
        if key != "language" and not key.startswith(("keep_", "task_")):
            assert re.search("[\u4e00-\u9fff]", one.label), key
            assert not re.search("[A-Za-z]{3,} [A-Za-z]{3,}", one.help.replace("Leaky ReLU", "")), key
    assert widget(page, "activation_options.negative_slope").label == "负半轴斜率"
    assert widget(page, "batch_norm").options == ["无", "之前", "之后"]
    assert widget(page, "lesson").options[0] == "sigmoid：梯度消失"
    assert [title.label for title in page.expander][-1] == "更多：损失、输入、调度、精度"


def test_every_control_has_its_value_by_itself():
    """A browser that loads a widget late, after a second run of the script, is not told what the first one set."""
    page = run(
        opened(
            activation="relu", initializer="orthogonal", seed="3", batch_norm="before", batch_norm_input="1"
        )
    )
    for key, one in widgets(page).items():
        if key == "language" or key.startswith(("keep_", "task_")):
            continue
        born = one.proto.default
        match one.type:
            case "selectbox" if one.value is not None:
                assert one.proto.options[born] == one.format_func(one.value), key
            case "button_group":
                assert [one.options[each] for each in born] == [one.value], key
            case "text_input" | "checkbox" | "toggle":
                assert born == one.value, key


def test_a_known_mistake_is_named_beside_its_control():
    page = choose(opened(), "output", "softmax")
    assert any("softmax twice" in each.value for each in page.caption)
    assert not any("A known mistake" in each.value for each in choose(page, "output", "linear").caption)


@pytest.mark.long
def test_bad_nets_are_set_or_refused_on_the_page_and_nothing_is_lost():
    page = choose(opened(hidden="8,1,8", lr="0.3"), "layer_norm", "before")
    assert "of one unit, which it would always make the same" in page.error[0].value
    assert spec(page) == OPENING.replace(hidden=(8, 1, 8), lr=0.3)
    page = choose(opened(hidden="8,16,4"), "residual", "plain")
    assert (spec(page).residual, len(page.error)) == ("plain", 0)
    page = choose(choose(opened(), "loss", "mse"), "outputs", True)
    assert (spec(page).outputs, len(page.error)) == (1, 0)
    assert any("10 classes for the numbers 0 to 9" in each.value for each in page.caption)


def test_a_data_set_without_classes_brings_its_loss_and_takes_it_away_again():
    page = choose(opened(), "label_noise", "0.2")
    assert spec(choose(page, "dataset", "line")) == OPENING.replace(dataset="line", loss="mse")
    assert any("a loss of 1 is guessing their mean" in each.value for each in page.caption)
    assert spec(choose(page, "dataset", "digits")) == OPENING
    page = opened(dataset="moons", loss="bce", output="sigmoid", outputs="1")
    assert spec(choose(page, "dataset", "digits")).outputs is None


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("dataset", "moons", {"dataset": "moons"}),
        ("dataset", "sine", {"dataset": "sine", "loss": "mse"}),
        ("loss", "bce", {"loss": "bce", "output": "sigmoid"}),
        ("loss", "mse", {"loss": "mse"}),
        ("output", "softmax", {"output": "softmax"}),
        ("output_gain", "12", {"output_gain": 12.0}),
        ("input_scale", "raw", {"input_scale": "raw"}),
        ("input_factor", "255", {"input_factor": 255.0}),
        ("label_noise", "0.3", {"label_noise": 0.3}),
        ("class_share", "0.9", {"class_share": 0.9}),
        ("bias", "normal", {"bias": "normal"}),
        ("schedule", "cosine", {"schedule": "cosine"}),
        ("warmup", "30", {"warmup": 30}),
        ("batch_size", "full", {"batch_size": None}),
        ("batch_size", "37", {"batch_size": 37}),
        ("layers", "50", {"hidden": (100,) * 50}),
        ("width", "512", {"hidden": (512,) * 10}),
        ("hidden", "300, 100", {"hidden": (300, 100)}),
        ("activation", "elu", {"activation": "elu"}),
        ("initializer", "he_normal", {"initializer": "he_normal"}),
        ("initializer_options.gain", "4", {"initializer_options": {"gain": 4.0}}),
        ("batch_norm", "after", {"batch_norm": "after"}),
        ("batch_norm_input", True, {"batch_norm_input": True}),
        ("batch_norm_output", True, {"batch_norm_output": True}),
        ("dropout", "0.25", {"dropout": 0.25}),
        ("optimizer", "adam", {"optimizer": "adam", "lr": 0.001}),
        ("optimizer_options.momentum", "0.9", {"optimizer_options": {"momentum": 0.9}}),
        ("lr", "0.3", {"lr": 0.3}),
        ("lr", "0.0271", {"lr": 0.0271}),
        ("clip", "value", {"clip": "value"}),
        ("seed", "7", {"seed": 7}),
        ("dtype", "float64", {"dtype": "float64"}),
    ],
)
def test_a_control_changes_its_field_and_the_address(key, value, expected):
    page = choose(opened(), key, value)
    assert spec(page) == OPENING.replace(**expected)
    assert RunSpec.from_query(address(page)) == spec(page)


@pytest.mark.parametrize(
    ("key", "lower", "higher"),
    [
        ("lr", "0.03", "0.3"),
        ("batch_size", "64", "256"),
        ("layers", "9", "11"),
        ("dropout", None, "0.05"),
        ("initializer_options.gain", "0.9", "1.1"),
    ],
)
def test_two_buttons_go_to_the_next_lower_and_higher_value(key, lower, higher):
    for verb, expected in (("decrease", lower), ("increase", higher)):
        page = opened()
        button = page.button(key=f"{key}_{verb}")
        assert button.disabled == (expected is None)
        if expected:
            button.click()
            assert widget(run(page), key).value == expected
            assert spec(page) != OPENING


def test_the_full_batch_comes_after_the_largest_usual_one():
    page = opened(batch_size="400")
    for expected in ("512", "full"):
        page.button(key="batch_size_increase").click()
        assert widget(run(page), "batch_size").value == expected
    assert page.button(key="batch_size_increase").disabled


def test_a_pair_is_typed_with_a_comma():
    page = choose(opened(optimizer="adam"), "optimizer_options.betas", "0.8, 0.95")
    assert spec(page).optimizer_options == {"betas": (0.8, 0.95)}
    assert widget(page, "optimizer_options.betas").value == "0.8, 0.95"


def test_a_link_sets_the_widgets():
    page = opened(
        activation="leaky_relu", activation_options="negative_slope:0.3", hidden="300,100", lr="0.003"
    )
    assert widget(page, "activation").value == "leaky_relu"
    assert widget(page, "activation_options.negative_slope").value == "0.3"
    assert widget(page, "hidden").value == "300,100"
    assert widget(page, "layers").value == "2"
    assert widget(page, "width").value == ""
    assert widget(page, "lr").value == "0.003"


def test_a_bad_link_opens_anyway_and_says_what_was_ignored():
    page = opened(activation="rellu", lr="0.01", colour="![x](y)")
    assert spec(page) == OPENING.replace(lr=0.01)
    said = page.main.info[0].value
    assert "Did you mean 'relu'?" in said.replace("\\", "")
    assert "![x](y)" not in said
    assert len(said) < 200
    assert address(page) == {"activation": "sigmoid", "lr": "0.01"}
    assert not page.toast


def test_notices_stay_until_the_next_change():
    page = run(opened(colour="red"))
    assert page.main.info
    assert not choose(page, "seed", "3").main.info


def test_a_link_to_a_net_over_the_bounds_keeps_what_is_within_them_and_says_why():
    page = opened(hidden=f"{bounds.MOST_WIDTH + 1}", lr="0.3")
    assert spec(page) == OPENING.replace(lr=0.3)
    said = page.main.info[0].value.replace("\\", "")
    assert (
        f"a width of {bounds.MOST_WIDTH + 1} is more than this server takes; give at most {bounds.MOST_WIDTH}."
        in said
    )
    assert "was left out" in said


def test_a_typed_link_stays_as_it_was_typed_until_the_next_change():
    page = opened(lr="0.3")
    assert spec(page) == OPENING.replace(lr=0.3)
    assert address(page) == {"lr": "0.3"}
    assert address(choose(page, "seed", "3")) == {"activation": "sigmoid", "lr": "0.3", "seed": "3"}
    assert address(choose(page, "lr", "0.1")) == {"activation": "sigmoid", "seed": "3"}
    assert address(choose(page, "seed", "0")) == {}


def test_going_back_in_the_browser_goes_back_to_that_run(monkeypatch):
    monkeypatch.setattr(memory, "ADDRESS_WITHIN", 0.0)  # some time later
    page = choose(opened(), "activation", "relu")
    choose(page, "lr", "0.3")
    page.query_params.clear()
    page.query_params.update({"activation": "relu"})
    assert spec(run(page)) == OPENING.replace(activation="relu")
    assert widget(page, "lr").value == "0.1"


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("hidden", "300, abc", "abc' is no width"),
        ("hidden", "100x1000000", "'100x1000000' is too many layers; give at most 100."),
        ("hidden", "100x0", "'100x0' makes no layer"),
        ("layers", "1e30", "'1e30' is not allowed; give a whole number from 0 to 100."),
        ("layers", "7.5", "'7.5' is not allowed; give a whole number from 0 to 100."),
        ("dropout", "0,05", "'0,05' is not allowed; give a number from 0 to below 1. Did you mean 0.05?"),
        ("lr", "0,05", "'0,05' is not allowed; give a number from 0 to 1e9. Did you mean 0.05?"),
        ("lr", "1e30", "1e30 is not allowed; give a number from 0 to 1e9."),
        ("lr", "fast", "'fast' is not allowed; give a number from 0 to 1e9."),
        ("lr", "-1", "-1 is not allowed; give a number from 0 to 1e9."),
        ("lr", "1e400", "'1e400' is not allowed; give a number from 0 to 1e9."),
        ("batch_size", "0", "give a whole number from 1 to 65536, or full for the full batch."),
        ("layers", "-3", "-3 is not allowed; give a whole number from 0 to 100."),
        ("width", "99999", "99999 is not allowed; give a whole number from 1 to 1024."),
        ("dropout", "7.0", "7 is not allowed; give a number from 0 to below 1."),
        ("seed", "-1", "-1 is not allowed; give a whole number from 0 to 4294967295."),
        ("initializer_options.gain", "-2", "-2 is not allowed; give a number from 0 to"),
    ],
)
def test_a_refused_value_stays_in_sight_with_its_reason_and_the_run_goes_on(key, value, words):
    page = choose(opened(), key, value)
    assert spec(page) == OPENING
    assert address(page) == {}
    assert widget(page, key).value == value
    said = page.error[0].value.replace("\\", "")
    assert words in said
    assert f"{key}:" not in said


def test_a_net_without_hidden_layers_has_no_width_to_set(at_first):
    width = widget(choose(opened(), "layers", "0"), "width")
    assert (width.disabled, width.placeholder) == (True, "no layers")
    assert not widget(at_first, "width").disabled


def test_a_refused_value_is_taken_once_it_fits():
    page = choose(opened(batch_norm="before"), "batch_size", "1")
    assert "does not go with batch normalization" in page.error[0].value.replace("\\", "")
    choose(page, "seed", "3")
    assert spec(page) == OPENING.replace(batch_norm="before", seed=3)
    assert page.error
    choose(page, "batch_norm", "none")
    assert spec(page) == OPENING.replace(batch_size=1, seed=3)
    assert not page.error


def test_a_refusal_ends_when_its_control_is_set_right():
    page = choose(opened(), "lr", "fast")
    choose(page, "lr", "0.03")
    assert spec(page).lr == 0.03
    assert not page.error


@pytest.mark.long
@pytest.mark.parametrize(
    "key", ["layers", "width", "hidden", "lr", "batch_size", "seed", "initializer_options.gain"]
)
def test_a_field_that_was_emptied_shows_again_what_runs(key):
    before = widget(page := opened(), key).value
    choose(page, key, " ")
    assert spec(page) == OPENING
    assert not page.error
    assert widget(page, key).value == before


def test_another_entry_starts_with_its_own_options():
    page = opened(activation="elu", activation_options="alpha:0.3")
    choose(page, "activation", "leaky_relu")
    assert spec(page).activation_options == {}
    choose(page, "activation", "elu")
    assert widget(page, "activation_options.alpha").value == "1"


def test_a_lesson_sets_every_control_and_names_itself():
    page = choose(opened(), "lesson", "geron")
    assert spec(page) == LESSONS["geron"].spec
    assert widget(page, "hidden").value == "300,100"
    assert widget(page, "lesson").value == "geron"
    choose(page, "lr", "0.3")
    assert widget(page, "lesson").value is None


@pytest.mark.long
def test_what_lies_below_waits_until_the_page_stands():
    page = opened()
    assert not page.latex
    assert not page.dataframe
    assert run(page).latex


def test_the_details_of_a_step_come_below_all_that_is_there_already(monkeypatch):
    page = opened()
    monkeypatch.setattr(train, "watched", lambda: SimpleNamespace(paused={"token": "any", "step": 3}))
    monkeypatch.setattr(train.details, "paused_frame", lambda paused: st.markdown("## the step"))
    titles = [each.value for each in run(page).markdown if each.value.startswith("## ")]
    assert len(titles) > 3
    assert titles[-1] == "## the step"


def test_the_chosen_entries_are_explained_below():
    page = run(opened(activation="selu", optimizer="nadam"))
    formulas = [formula.value for formula in page.latex]
    assert any(FIELDS["activation"].table["selu"].formula in formula for formula in formulas)
    assert any(stacked(FIELDS["optimizer"].table["nadam"].formula) in formula for formula in formulas)


def test_maxout_and_a_net_of_one_linear_layer_are_explained_too():
    page = run(opened(activation="maxout", activation_options="pieces:3", hidden="none"))
    assert any(FIELDS["activation"].table["maxout"].formula in formula.value for formula in page.latex)
    assert list(page.dataframe[0].value["layer"]) == ["out"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1e-05", "1e-5"), ("0.1", "0.1"), ("1.0", "1"), ("0.9~0.999", "0.9, 0.999"), ("full", "full")],
)
def test_written_values_are_shown_as_people_write_them(text, expected):
    assert shown(text) == expected


def test_the_rates_are_one_three_ten():
    assert [shown(str(rate)) for rate in controls.RATES[:4]] == ["1e-5", "3e-5", "0.0001", "0.0003"]
    assert (controls.RATES[-1], len(controls.RATES)) == (10.0, 13)


def test_a_link_s_net_waits_a_cured_net_starts_again_and_a_controlled_one_runs_on(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "viz.live.host.Host.want",
        lambda _, token, spec, anew, waits, visitor: asked.append((spec.lr, anew, waits)),
    )
    page = opened(lr="0.3")
    page.query_params["lr"] = "0.03"
    run(page)
    widget(page, "seed").set_value("5")
    run(page)
    page.session_state["run"].came_by = "cure"
    run(page)
    assert list(dict.fromkeys(asked)) == [
        (0.3, True, True),
        (0.03, True, True),
        (0.03, False, False),
        (0.03, True, False),
    ]


def test_the_sidebar_and_its_refusals_speak_the_language_of_the_address_which_stays_there():
    page = opened(lang="zh", lr="0.3")
    assert widget(page, "lr").label == "学习率"
    assert widget(page, "lr").help.endswith("可以输入任何数，例如 0.02 或 5e-4。立即作用于正在训练的网络。")
    assert page.button(key="lr_increase").label == "增大学习率"
    with speaking("zh"):  # AppTest writes a menu's options here as the page writes them there
        choose(page, "batch_size", "0")
        assert page.error[0].value == "不允许 0；请给出从 1 到 65536 的一个整数，或 full（全批量）。"
        choose(page, "lr", "0.1")
    assert address(page)["lang"] == "zh"
    assert spec(page).lr == 0.1
