"""What the pages call the fields of a run."""

import pytest

from engine.diagnosis.cures import plan
from engine.diagnosis.remedies import LEVEL_GRADIENT
from engine.spec import RunSpec
from engine.tables.errors import SpecError
from engine.tables.option import Number
from viz.server import bounds
from viz.words.labels import cited, in_labels, layer_names
from viz.words.language import say, speaking
from viz.words.numbers import read
from viz.words.spec import caption, described, entries, entry_label


def refusal(**fields):
    with pytest.raises(SpecError) as refused:
        bounds.check(RunSpec(**fields))
    return refused.value


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (
            refusal(clip_threshold=0),
            "Threshold: 0 is not allowed; give a number with 0 < threshold <= 1e9.",
        ),
        (
            refusal(hidden=(1025,)),
            "Widths: a width of 1025 is more than this server takes; give at most 1024.",
        ),
        (
            refusal(activation="elu", activation_options={"alpha": -1}),
            "Activation, alpha: -1 is not allowed; give a number with 0 <= alpha <= 10.",
        ),
        (
            refusal(lr=1e30),
            "Learning rate: 1e30 is not allowed; give a number with 0 <= learning rate <= 1e9.",
        ),
        (
            refusal(batch_size=0),
            "Batch size: 0 is not allowed; give a whole number with 1 <= batch size <= 65536, or None for the full "
            "batch.",
        ),
        (
            refusal(batch_norm="before", batch_size=1),
            "Batch size: 1 does not go with batch normalization, which compares a sample with the rest of its batch; "
            "give a batch size of 2 or more, or no batch normalization.",
        ),
        (
            refusal(activation="leaky_relu", activation_options={"batch_size": 2}),
            "Activation: 'batch_size' is no option of leaky_relu; it takes negative_slope.",
        ),
    ],
    ids=lambda value: str(value).partition(":")[0],
)
def test_messages_call_a_field_as_its_control_does(error, shown):
    assert in_labels(str(error)) == shown


def test_a_page_may_have_labels_of_its_own():
    said = str(refusal(clip_threshold=0))
    assert in_labels(said, {"clip_threshold": "Clipping at"}).startswith("Clipping at: 0 is not allowed;")


def test_what_is_no_sentence_of_the_engine_stays_as_it_is():
    assert in_labels("batch_size: {value} of 1e+30") == "batch_size: {value} of 1e+30"


def test_a_typed_number_is_read_as_people_write_it():
    share = Number("share", 0.0, 0.0, 1.0)
    assert (read(share, " 1e-3 "), read(share, ".5")) == (0.001, 0.5)
    assert read(RunSpec.option("hidden"), "300, 100x2") == (300, 100, 100)


@pytest.mark.parametrize(
    ("text", "hint"), [("0,05", " Did you mean 0.05?"), ("1,5", ""), ("0,0,5", ""), ("many", "")]
)
def test_a_decimal_comma_is_refused_with_the_number_that_is_meant(text, hint):
    with pytest.raises(SpecError) as refused:
        read(Number("share", 0.0, 0.0, 1.0), text, "of_it")
    assert str(refused.value).endswith(f"is not allowed; give a number with 0 <= share <= 1.{hint}")
    assert refused.value.brief == f"{text!r} is not allowed; give a number from 0 to 1.{hint}"
    assert (refused.value.field, refused.value.option) == ("of_it", "share")


def test_what_a_run_is_and_its_layers_are_named_in_the_visitor_s_language():
    run = RunSpec(batch_norm="before", optimizer_options={"momentum": 0.9})
    assert "Batch norm: before the activation" in caption(run)
    assert (layer_names("2–out"), layer_names("1")) == ("2–out", "1")
    with speaking("zh"):
        assert "批量归一化：激活函数之前" in say(caption(run))
        assert "优化器的选项：momentum:0.9" in say(caption(run))
        assert (layer_names("2–out"), layer_names("1")) == ("2–输出", "1")


def test_entries_of_a_run_are_called_by_their_labels_and_a_table_of_one_s_own_by_its_file():
    run = RunSpec(activation="relu", initializer="he_normal", optimizer="momentum")
    assert "Activation: ReLU, Weights: He normal (Kaiming), Optimizer: Momentum" in described(run)
    assert described(run, "iris.csv").startswith("Data: iris.csv, Widths: ")
    assert entry_label("dataset", "own:0123456789abcdef") == "own:0123456789abcdef"
    with speaking("zh"):
        said = say(described(run))
        assert said.startswith("数据：手写数字")
        assert "激活函数：ReLU" in said
        assert "权重：He 正态 (Kaiming)" in said
        _, cure = plan(LEVEL_GRADIENT, RunSpec(initializer="normal", activation="relu"))
        assert say(cure) == "使用 He 正态 (Kaiming) 权重"
        assert entries(run) == "ReLU、动量 (重球)"


def test_a_reference_has_no_english_and_in_another_language():
    source = "Elfwing, Uchibe and Doya, 2017; torch.nn.SiLU; Ramachandran, Zoph and Le, 2017"
    assert cited(source) == source
    with speaking("zh"):
        assert cited(source) == "Elfwing、Uchibe、Doya，2017；torch.nn.SiLU；Ramachandran、Zoph、Le，2017"
        assert cited("Rumelhart, Hinton and Williams 1986.") == "Rumelhart、Hinton、Williams 1986。"
