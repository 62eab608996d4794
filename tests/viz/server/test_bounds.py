import re

import pytest

from engine import DATASETS, RunSpec, SpecError, Trainer
from viz.server import bounds


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (
            {"hidden": (10,) * 101},
            "hidden",
            "hidden: 101 hidden layers are more than this server takes; give at most 100.",
        ),
        (
            {"hidden": (10, 1025)},
            "hidden",
            "hidden: a width of 1025 is more than this server takes; give at most 1024.",
        ),
        (
            {"batch_size": 5000},
            "batch_size",
            "batch_size: a batch of 5000 samples is more than this server takes; give at most 4096.",
        ),
        (
            {"batch_size": None, "dataset": "mnist"},
            "batch_size",
            "batch_size: the full batch of 60000 samples is more than this server takes; give at most 4096.",
        ),
        (
            {"hidden": (1024,) * 100, "batch_size": 128},
            "hidden",
            "hidden: 104,724,490 parameters times 128 samples are 1.7 times the work that this server takes "
            "for a step; give a batch_size of at most 76 or at most 59 of its 100 layers.",
        ),
        (
            {
                "hidden": (1024,) * 60,
                "batch_size": 1,
                "activation": "maxout",
                "activation_options": {"pieces": 4},
            },
            "hidden",
            "hidden: 250,931,210 parameters and a batch of 1 would take 4.0 GB of memory, and this server has 3 for "
            "one net; give at most 44 of its 60 layers.",
        ),
    ],
)
def test_a_net_over_a_bound_is_refused_with_the_bound(fields, field, words):
    with pytest.raises(SpecError) as refused:
        bounds.check(RunSpec(**fields))
    assert str(refused.value) == words
    assert refused.value.field == field


@pytest.mark.parametrize(
    "fields",
    [
        {"hidden": (1024,) * 100, "batch_size": 128},
        {"hidden": (1024,) * 99 + (7,), "batch_norm": "before", "batch_size": 4096},
        {"hidden": (500,) * 100, "batch_size": 4096},
    ],
)
def test_what_a_refusal_offers_fits_and_one_more_does_not(fields):
    spec = RunSpec(**fields)
    with pytest.raises(SpecError) as refused:
        bounds.check(spec)
    batch = int(re.search(r"batch_size of at most (\d+)", str(refused.value))[1])
    layers = int(re.search(r"at most (\d+) of its \d+ layers", str(refused.value))[1])
    for offered, more in (
        (spec.replace(batch_size=batch), spec.replace(batch_size=batch + 1)),
        (spec.replace(hidden=spec.hidden[:layers]), spec.replace(hidden=spec.hidden[: layers + 1])),
    ):
        bounds.check(offered)
        with pytest.raises(SpecError):
            bounds.check(more)


@pytest.mark.parametrize(
    ("fields", "field", "one_more"),
    [
        ({"hidden": (1024,) * 101}, "hidden", lambda n: (1024,) * n),
        ({"hidden": (1024,) * 101, "batch_size": 5000}, "hidden", lambda n: (1024,) * n),
        ({"hidden": (5000,) * 100}, "hidden", lambda n: (n,) * 100),
        ({"hidden": (1024,) * 50, "batch_size": 5000, "batch_norm": "before"}, "batch_size", int),
    ],
)
def test_the_most_that_is_offered_fits_all_bounds_at_once(fields, field, one_more):
    spec = RunSpec(**fields)
    with pytest.raises(SpecError) as refused:
        bounds.check(spec)
    most = int(re.search(r"give at most (\d+)\.", str(refused.value))[1])
    offered, more = (spec.replace(**{field: one_more(n)}) for n in (most, most + 1))
    if field == "hidden":
        offered, more = (one.replace(batch_size=min(one.batch_size, 4096)) for one in (offered, more))
    bounds.check(offered)
    with pytest.raises(SpecError):
        bounds.check(more)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("100x1000000", 100),
        ("1024x1000000", 59),
        ("1024x30,100x2000,9", 100),
        ("30", None),
        ("30,abc", None),
        ("none", None),
    ],
)
def test_more_layers_than_the_engine_takes_are_told_how_many_fit_here(text, most):
    error = bounds.too_deep(text, RunSpec(batch_size=128))
    assert (error and str(error)) == (most and f"hidden: {text!r} is too many layers; give at most {most}.")


def test_a_net_that_no_batch_and_no_depth_makes_fit_is_to_be_narrower():
    assert bounds.smaller(RunSpec(hidden=(9,)), lambda spec: False) == "give a smaller width"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"hidden": ()},
        {"hidden": (100,) * 100},
        {"hidden": (512,) * 50, "batch_size": 128},
        {"hidden": (1024,) * 100, "batch_size": 70},
        {"batch_size": None},
        {"batch_size": 1},
    ],
)
def test_what_a_lesson_needs_is_within_the_bounds(fields):
    bounds.check(RunSpec(**fields))


def test_maxout_counts_each_of_its_pieces():
    plain = bounds.parameters(RunSpec(hidden=(100, 100), activation="relu"))
    maxout = bounds.parameters(
        RunSpec(hidden=(100, 100), activation="maxout", activation_options={"pieces": 3})
    )
    assert maxout == 3 * (plain - 1010) + 1010


def test_the_count_of_parameters_is_never_too_small():
    for name in ("digits", "gaussian"):
        spec = RunSpec(dataset=name, hidden=(7, 5))
        assert sum(p.numel() for p in Trainer(spec).model.parameters()) <= bounds.parameters(spec)


def test_full_batches_other_than_mnist_are_within_the_bound():
    for name in DATASETS:
        if name != "mnist":
            assert len(DATASETS[name].load().train_x) <= bounds.samples(
                RunSpec(dataset=name, batch_size=None, loss="mse")
            )


def test_one_net_alone_is_never_refused_for_memory(monkeypatch):
    monkeypatch.setattr(bounds, "ALL_MEMORY", 1000)
    bounds.check_memory([RunSpec()])
