"""What is compared fits in a link, makes the runs it says, and refuses in words what cannot be."""

import re

import pytest

from engine import RunSpec, SpecError
from engine.spec import FIELDS
from engine.tables.optimizers import OPTIMIZERS
from viz.compare import theory
from viz.compare.axes import axes
from viz.compare.plan import MOST_SECONDS, MOST_VALUES, Plan, cells, families, seconds
from viz.run import link
from viz.run.lessons import OPENING
from viz.words.language import speaking

SMALL = RunSpec(dataset="moons", hidden=(6, 5), batch_size=32)


def test_a_link_gives_the_plan_back():
    plan = Plan(
        vary="lr", values=("0.01", "0.1"), also="layers", also_values=("2", "5"), seeds=3, rank="test_loss"
    )
    assert Plan.read(plan.write()) == (plan, [])
    assert Plan().write() == {}


def test_keys_of_the_plan_mean_nothing_to_a_run():
    assert not Plan(
        vary="lr", also="layers", also_values=("1",), seeds=1, steps=1, rank="test_loss"
    ).write().keys() & (FIELDS.keys() | link.write(SMALL).keys())


@pytest.mark.parametrize("name", axes(RunSpec()))
def test_every_axis_makes_runs_of_what_it_suggests(name):
    spec = RunSpec()
    suggested = axes(spec)[name].suggested(spec)
    found = cells(spec, Plan(vary=name, values=suggested, seeds=1, steps=1))
    assert len(found.cells) + len(found.left_out) <= len(suggested)
    assert len(set(found.labels)) == len(found.cells) > 0


def test_two_axes_make_every_pair_and_say_them():
    found = cells(
        SMALL, Plan(vary="activation", values=("relu", "elu"), also="lr", also_values=("0.01", "0.1"))
    )
    assert found.labels == [
        f"{name}, learning rate {rate}" for name in ("ReLU", "ELU") for rate in (0.01, 0.1)
    ]
    assert [(cell.spec.activation, cell.spec.lr) for cell in found.cells] == [
        ("relu", 0.01), ("relu", 0.1), ("elu", 0.01), ("elu", 0.1)
    ]  # fmt: skip


def test_a_norm_says_what_it_is_before():
    plan = Plan(vary="batch_norm", values=("none", "before", "after"))
    where = "batch norm before the activation"
    assert cells(SMALL, plan).labels == [
        "No batch norm",
        where.capitalize(),
        "Batch norm after the activation",
    ]
    assert axes(SMALL)["layer_norm"].shown("before") == "before the activation"
    with speaking("zh"):
        said = ["没有批量归一化", "批量归一化（激活函数之前）", "批量归一化（激活函数之后）"]
        assert cells(SMALL, plan).labels == said
        assert axes(SMALL)["dtype"].said("float32").startswith("精度：")


def test_shapes_and_options_are_settings_too():
    depth = cells(SMALL, Plan(vary="layers", values=("0", "3")))
    assert [cell.spec.hidden for cell in depth.cells] == [(), (6, 5, 5)]
    gain = cells(SMALL, Plan(vary="initializer.gain", values=("0.5", "2")))
    assert [cell.spec.initializer_options["gain"] for cell in gain.cells] == [0.5, 2.0]


def test_an_optimizer_comes_with_its_own_rate_unless_rates_vary():
    alone = cells(SMALL, Plan(vary="optimizer", values=("sgd", "adam")))
    assert [cell.spec.lr for cell in alone.cells] == [OPTIMIZERS[name].default_lr for name in ("sgd", "adam")]
    beside = cells(SMALL, Plan(vary="optimizer", values=("sgd", "adam"), also="lr", also_values=("0.5",)))
    assert [cell.spec.lr for cell in beside.cells] == [0.5, 0.5]


def test_values_and_runs_that_are_the_same_are_trained_once():
    assert len(cells(SMALL, Plan(vary="lr", values=("0.1", "1e-1", "0.10"))).cells) == 1
    assert len(cells(SMALL.replace(hidden=()), Plan(vary="width", values=("5", "9"))).cells) == 1


def test_a_pair_that_is_no_run_is_left_out_with_its_reason():
    plan = Plan(vary="batch_norm", values=("none", "before"), also="batch_size", also_values=("1", "32"))
    found = cells(SMALL, plan)
    assert len(found.cells) == 3
    assert "does not go with batch normalization" in found.left_out[0]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"vary": "colour"}, "'colour' is nothing that can be varied here; choose from: Inputs, "),
        ({"vary": "activaton", "values": ("relu",)}, "Did you mean 'activation'"),
        ({"vary": "lr", "values": ("fast",)}, "'fast'"),
        ({"vary": "activation", "values": ("rellu",)}, "Did you mean 'relu'"),
        ({"vary": "initializer.alpha", "values": ("1",)}, "nothing that can be varied"),
        ({"vary": "layers", "values": ("100000",)}, "100000"),
        (
            {"vary": "batch_size", "values": ("1",), "also": "batch_norm", "also_values": ("before",)},
            "batch norm",
        ),
    ],
)
def test_what_is_no_setting_or_no_value_is_named(plan, words):
    with pytest.raises(SpecError) as error:
        cells(SMALL, Plan(**plan))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"values": ()}, "at least one value"),
        ({"values": tuple(map(str, range(1000)))}, f"at most {MOST_VALUES}"),
        ({"also": "batch_norm", "also_values": ("none",)}, "varies already"),
        ({"seeds": 0}, "seeds"),
        ({"steps": 10**9}, "steps"),
    ],
)
def test_an_empty_or_endless_plan_is_none(given, words):
    with pytest.raises(SpecError, match=words):
        Plan(**given)


def test_too_many_pairs_and_too_much_work_say_what_would_fit():
    many = tuple(str(0.001 * k) for k in range(1, 16))
    with pytest.raises(SpecError, match="225 combinations are too many"):
        cells(SMALL, Plan(vary="lr", values=many, also="dropout", also_values=many))
    with pytest.raises(SpecError) as error:
        cells(OPENING, Plan(seeds=64, steps=3000))
    assert re.search(r"about \d+ minutes; one visitor", str(error.value))
    seeds = int(re.search(r"(\d+) seeds? would fit", str(error.value))[1])
    specs = [cell.spec for cell in cells(OPENING, Plan(seeds=seeds, steps=3000)).cells]
    assert seconds(specs, seeds, 3000) <= MOST_SECONDS < seconds(specs, seeds + 1, 3000)


def test_a_link_of_nonsense_keeps_what_can_be_kept():
    plan, said = Plan.read(
        {"vary": "lr", "values": "0.1~0.2~0.1", "seeds": "many", "steps": "77", "rank": "accurate"}
    )
    assert (plan.vary, plan.values, plan.seeds, plan.steps) == ("lr", ("0.1", "0.2"), 4, 77)
    assert len(said) == 2


@pytest.mark.parametrize(
    ("query", "words", "left"),
    [
        ({"values": "~"}, "at least one value", {}),
        ({"values": "~".join(map(str, range(1000)))}, "1000 values are too many", {}),
        ({"values": "0.1", "also": "lr", "also_values": "0.2"}, "varies already", {"values": ("0.1",)}),
        ({"values": "0.1", "also": "speed"}, "at least one value", {"values": ("0.1",)}),
    ],
)
def test_of_a_link_that_is_no_plan_the_rest_is_kept(query, words, left):
    plan, said = Plan.read({"vary": "lr", "seeds": "2", "steps": "77"} | query)
    suggested = {"values": ("0.001", "0.01", "0.1", "1.0")}
    assert plan == Plan(**{"vary": "lr", "seeds": 2, "steps": 77, **suggested, **left})
    assert [words in notice for notice in said] == [True]


def test_a_link_may_leave_the_values_to_the_page():
    plan, said = Plan.read({"vary": "optimizer", "also": "layers"})
    assert (plan.values, plan.also_values, said) == (
        ("sgd", "momentum", "rmsprop", "adam"), ("2", "5", "10", "20"), []
    )  # fmt: skip


def test_theory_s_line_lies_between_the_depths_it_means():
    # tanh at sw2 = 0.5: chi = 0.5, so six depth scales are 6 / ln 2 = 8.66 layers
    spec = RunSpec(activation="tanh", initializer="variance_scaling", hidden=(50,) * 5)
    plan = Plan(
        vary="initializer.scale", values=("0.5", "1.0"), also="layers", also_values=("5", "10"), seeds=1
    )
    found = cells(spec, plan)
    assert theory.depth(found.cells[0].spec) == pytest.approx(6 / 0.693147, rel=1e-4)
    assert theory.reach(found) == pytest.approx([(8.6562 - 5) / 5, 1.5], abs=1e-3)
    assert theory.reach(cells(spec.replace(batch_norm="before"), plan)) is None


def test_an_entry_can_have_options_of_its_own():
    texts = ("leaky_relu", "leaky_relu(negative_slope:0.2)")
    found = cells(SMALL, Plan(vary="activation", values=texts))
    assert [cell.spec.activation_options.get("negative_slope", 0.01) for cell in found.cells] == [0.01, 0.2]
    assert found.labels == ["Leaky ReLU", "Leaky ReLU 0.2"]
    assert Plan.read(Plan(vary="activation", values=texts).write())[0].values == texts
    momentum = cells(SMALL, Plan(vary="optimizer", values=("momentum(momentum:0.5)",)))
    assert momentum.cells[0].spec.lr == OPTIMIZERS["momentum"].default_lr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("leaky_relu(slope:0.2)", "slope"),
        ("leaky_relu(0.2)", "does not read as option:value"),
        ("leaky_relu(negative_slope:far)", "far"),
        ("leeky_relu(negative_slope:0.2)", "Did you mean 'leaky_relu'"),
    ],
)
def test_options_that_mean_nothing_are_named(text, words):
    with pytest.raises(SpecError) as error:
        cells(SMALL, Plan(vary="activation", values=(text,)))
    assert words in str(error.value)


def test_folds_make_families_of_what_each_fold_may_choose():
    plan = Plan(vary="activation", values=("relu", "elu"), also="lr", also_values=("0.01", "0.1"), folds="5")
    assert families(cells(SMALL, plan)) == [[0, 1], [2, 3]]
    assert Plan.read(plan.write()) == (plan, [])
    assert families(cells(SMALL, Plan(vary="lr", values=("0.1", "0.2"), folds="3"))) == [[0], [1]]


def test_folds_times_inner_folds_are_reckoned_too():
    plan = Plan(
        vary="lr", values=("0.1", "0.2"), also="activation", also_values=("relu", "elu"), seeds=8, steps=1000
    )
    assert len(cells(SMALL, plan).cells) == 4
    with pytest.raises(SpecError, match=r"1120 runs of 1000 steps .* seeds would fit"):
        cells(SMALL, plan.change(folds="10"))
