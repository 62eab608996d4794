import copy
import dataclasses
import json
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.spec import FIELDS, RunSpec, SpecError
from engine.spec.fields import EntryOptions, TableChoice
from engine.spec.settings import Factor, Outputs, Share
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Choice, Pair, Switch, Whole
from engine.tables.schedules import SCHEDULES

TABLES = {
    "dataset": DATASETS,
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}


def values(option):
    """A strategy for what an option allows, its ends included."""
    match option:
        case Switch():
            return st.booleans()
        case Choice():
            return st.sampled_from(option.choices)
        case Whole():
            return st.integers(option.low, option.high)
        case Pair():
            return st.tuples(*map(values, option.parts))
        case Outputs():
            return st.sampled_from([None, 1])
        case Factor():
            numbers = st.floats(0, 1e9)
            return numbers | st.lists(numbers, min_size=1, max_size=70).map(tuple)
        case Share():
            return st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True)
    return st.floats(option.low, option.high, exclude_min=option.open_low, exclude_max=option.open_high)


def fits(entry, options):
    try:
        return entry.complete(options) is not None
    except SpecError:  # two options that do not go together
        return False


@st.composite
def specs(draw):
    """Any spec that is allowed."""
    fields = {}
    for name, table in TABLES.items():
        fields[name] = draw(st.sampled_from(list(table)))
        entry = table[fields[name]]
        if f"{name}_options" in FIELDS:
            some = {option.name: values(option) for option in entry.options}
            options = st.fixed_dictionaries({}, optional=some).filter(
                lambda given, entry=entry: fits(entry, given)
            )
            fields[f"{name}_options"] = draw(options)
    fields["batch_size"] = draw(st.none() | st.integers(2, 65536))
    fields["hidden"] = draw(st.lists(st.sampled_from([1, 7, 300, 16384]), max_size=12))
    for name, option in FIELDS.items():
        if name not in fields and name != "device":
            fields[name] = draw(values(option))
    while True:
        try:
            return RunSpec(**fields)
        except SpecError as error:  # two settings that do not go together
            fields.pop(error.field if error.field in fields else "dataset")


def refusal(**fields):
    with pytest.raises(SpecError) as error:
        RunSpec(**fields)
    return str(error.value)


def test_the_defaults_are_the_contract():
    assert RunSpec().to_dict() == {
        "dataset": "digits",
        "input_scale": "standard",
        "input_factor": 1.0,
        "label_noise": 0.0,
        "class_share": None,
        "batch_size": 128,
        "hidden": [100] * 10,
        "activation": "tanh",
        "activation_options": {},
        "initializer": "glorot_normal",
        "initializer_options": {},
        "bias": "default",
        "bias_value": 0.0,
        "output": "linear",
        "outputs": None,
        "output_gain": 1.0,
        "loss": "cross_entropy",
        "batch_norm": "none",
        "batch_norm_momentum": 0.1,
        "batch_norm_input": False,
        "batch_norm_output": False,
        "layer_norm": "none",
        "layer_norm_kind": "layer",
        "residual": "none",
        "residual_every": 1,
        "norm_place": "post",
        "dropout": 0.0,
        "optimizer": "sgd",
        "lr": 0.1,
        "optimizer_options": {},
        "schedule": "constant",
        "schedule_options": {},
        "schedule_steps": 1000,
        "warmup": 0,
        "clip": "none",
        "clip_threshold": 1.0,
        "seed": 0,
        "device": "cpu",
        "dtype": "float32",
    }


def test_a_spec_is_a_frozen_keyword_only_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunSpec().lr = 0.2
    with pytest.raises(TypeError):
        RunSpec("moons")
    with pytest.raises(TypeError, match="lrr"):
        RunSpec(lrr=0.1)


def test_specs_of_the_same_run_are_equal_and_hash_alike():
    spec = RunSpec(hidden=[30, 20], lr=1, activation="elu", activation_options={"alpha": 1})
    same = RunSpec(hidden=np.array([30, 20]), lr=1.0, activation="elu")
    assert spec == same
    assert hash(spec) == hash(same)
    assert spec != same.replace(lr=2)
    assert spec != 3


def test_options_are_kept_as_they_were_given():
    spec = RunSpec(activation="elu", activation_options={"alpha": 1})
    assert spec.activation_options == {"alpha": 1.0}
    assert RunSpec(activation="elu").activation_options == {}


def test_one_run_has_one_url():
    one = RunSpec(activation="softplus", activation_options={"threshold": 5, "beta": 2})
    same = RunSpec(activation="softplus", activation_options={"beta": 2, "threshold": 5})
    assert one.to_query() == same.to_query()


def test_options_do_not_change():
    given = {"alpha": 0.3}
    spec = RunSpec(activation="elu", activation_options=given)
    given["alpha"] = 0.5
    assert spec.activation_options["alpha"] == 0.3
    for change in (
        lambda o: o.update(alpha=2),
        lambda o: o.__setitem__("alpha", 2),
        lambda o: o.pop("alpha"),
        lambda o: o.clear(),
        lambda o: o.setdefault("beta", 1),
        lambda o: o.__ior__({"alpha": 2}),
    ):
        with pytest.raises(
            TypeError, match=r"the options of a run do not change; make another run with spec\.replace"
        ):
            change(spec.activation_options)
    assert json.dumps(spec.activation_options) == '{"alpha": 0.3}'


def test_values_are_kept_in_their_own_type():
    spec = RunSpec(
        lr=np.float64(1),
        seed=np.int64(3),
        batch_size=np.int32(8),
        hidden=range(1, 4),
        batch_norm_input=np.True_,
    )
    assert [type(v) for v in (spec.lr, spec.seed, spec.batch_size, spec.hidden, spec.batch_norm_input)] == [
        float, int, int, tuple, bool,
    ]  # fmt: skip
    assert spec.hidden == (1, 2, 3)


SIZE = "give a whole number with 1 <= batch_size <= 65536, or None for the full batch."
WIDTHS = "give the width of each hidden layer, 1 to 16384, such as (300, 100)."
NONSENSE = [
    (
        {"dataset": "minst"},
        f"unknown dataset 'minst'; choose from: {', '.join(DATASETS)}. Did you mean 'mnist'?",
    ),
    ({"batch_size": 0}, f"batch_size: 0 is not allowed; {SIZE}"),
    ({"batch_size": -1}, f"batch_size: -1 is not allowed; {SIZE}"),
    ({"batch_size": 64.0}, f"batch_size: 64.0 is not allowed; {SIZE} Did you mean 64?"),
    ({"batch_size": True}, f"batch_size: True is not allowed; {SIZE}"),
    ({"batch_size": "64"}, f"batch_size: '64' is not allowed; {SIZE} Did you mean 64, without quotes?"),
    ({"batch_size": 10**9}, f"batch_size: 1000000000 is not allowed; {SIZE}"),
    ({"hidden": 100}, f"hidden: 100 is not allowed; {WIDTHS} Did you mean (100,)?"),
    ({"hidden": None}, f"hidden: None is not allowed; {WIDTHS}"),
    ({"hidden": "100"}, f"hidden: '100' is not allowed; {WIDTHS}"),
    ({"hidden": {100}}, f"hidden: {{100}} is not allowed; {WIDTHS}"),
    ({"hidden": (100, 0)}, "hidden, width: 0 is not allowed; give a whole number with 1 <= width <= 16384."),
    ({"hidden": (True,)}, "hidden, width: True is not allowed; give a whole number with 1 <= width <= 16384."),
    (
        {"hidden": [100.0]},
        "hidden, width: 100.0 is not allowed; give a whole number with 1 <= width <= 16384. Did you mean 100?",
    ),
    ({"hidden": [[5, 6]]}, "hidden, width: [5, 6] is not allowed; give a whole number with 1 <= width <= 16384."),
    ({"hidden": (10**6,)}, "hidden, width: 1000000 is not allowed; give a whole number with 1 <= width <= 16384."),
    ({"hidden": (1,) * 1001}, "hidden: 1001 layers are too many; give at most 1000."),
    (
        {"activation": "Leaky-ReLu"},
        f"unknown activation 'Leaky-ReLu'; choose from: {', '.join(ACTIVATIONS)}. Did you mean 'leaky_relu'?",
    ),
    ({"activation": None}, f"unknown activation None; choose from: {', '.join(ACTIVATIONS)}."),
    ({"activation": torch.relu}, None),
    ({"activation_options": {"alpha": 1}}, "activation_options: 'alpha' is no option of tanh; it takes none."),
    ({"activation_options": "alpha"}, "activation_options: 'alpha' is not allowed; give a dict, option by option."),
    ({"activation_options": 0}, "activation_options: 0 is not allowed; give a dict, option by option."),
    (
        {"activation": "elu", "activation_options": {"alpha": math.nan}},
        "activation_options, alpha: nan is not allowed; give a number with 0 <= alpha <= 10.",
    ),
    (
        {"initializer": "he"},
        f"unknown initializer 'he'; choose from: {', '.join(INITIALIZERS)}. Did you mean 'he_normal'?",
    ),
    (
        {"initializer_options": {"std": 1}},
        "initializer_options: 'std' is no option of glorot_normal; it takes gain.",
    ),
    (
        {"batch_norm": "befor"},
        "batch_norm: 'befor' is not allowed; give one of none, before, after. Did you mean 'before'?",
    ),
    ({"batch_norm": None}, "batch_norm: None is not allowed; give one of none, before, after. Did you mean 'none'?"),
    ({"batch_norm": True}, "batch_norm: True is not allowed; give one of none, before, after."),
    (
        {"batch_norm_momentum": 1.5},
        "batch_norm_momentum: 1.5 is not allowed; give a number with 0 <= batch_norm_momentum <= 1.",
    ),
    ({"batch_norm_input": 1}, "batch_norm_input: 1 is not allowed; give True or False. Did you mean True?"),
    ({"batch_norm_output": "yes"}, "batch_norm_output: 'yes' is not allowed; give True or False."),
    ({"layer_norm": "pre"}, "layer_norm: 'pre' is not allowed; give one of none, before, after."),
    ({"layer_norm_kind": "batch"}, "layer_norm_kind: 'batch' is not allowed; give one of layer, rms."),
    ({"residual": "scale"}, "residual: 'scale' is not allowed; give one of none, plain, scaled, rezero. "
     "Did you mean 'scaled'?"),
    ({"residual_every": 0},
     "residual_every: 0 is not allowed; give a whole number with 1 <= residual_every <= 1000."),
    ({"norm_place": "before"}, "norm_place: 'before' is not allowed; give one of post, pre."),
    (
        {"layer_norm": "after", "batch_norm": "before"},
        "layer_norm: 'after' does not go with batch_norm 'before', for a layer is normalized once; "
        "give 'none' for one of the two.",
    ),
    (
        {"layer_norm": "before", "hidden": (8, 1, 8)},
        "layer_norm: 'before' does not go with hidden of one unit, which it would always make the same; "
        "give each layer 2 units or more, or no layer norm.",
    ),
    ({"loss": "rmse"},
     "loss: 'rmse' is not allowed; give one of cross_entropy, mse, bce. Did you mean 'mse'?"),
    ({"output": "logits"},
     "output: 'logits' is not allowed; give one of linear, sigmoid, tanh, relu, softmax."),
    ({"outputs": 10},
     "outputs: 10 is not allowed; give 1, or None for as many as there are classes. Did you mean None?"),
    ({"output_gain": -1}, "output_gain: -1 is not allowed; give a number with 0 <= output_gain <= 1e+06."),
    ({"input_scale": "minmax"}, "input_scale: 'minmax' is not allowed; give one of standard, raw."),
    ({"input_factor": -1}, "input_factor: -1 is not allowed; give a number from 0 to 1e9, or one for each feature."),
    ({"bias": 0}, "bias: 0 is not allowed; give one of default, zeros, normal, constant."),
    ({"bias_value": math.inf}, "bias_value: inf is not allowed; give a number with -1e+06 <= bias_value <= 1e+06."),
    ({"schedule": "cosin"},
     "unknown schedule 'cosin'; choose from: constant, step, cosine, warmup. Did you mean 'cosine'?"),
    ({"schedule_options": {"gamma": 0.1}}, "schedule_options: 'gamma' is no option of constant; it takes none."),
    ({"schedule_steps": 0},
     "schedule_steps: 0 is not allowed; give a whole number with 1 <= schedule_steps <= 1000000."),
    ({"warmup": -1}, "warmup: -1 is not allowed; give a whole number with 0 <= warmup <= 1000000."),
    ({"label_noise": 2}, "label_noise: 2 is not allowed; give a number with 0 <= label_noise <= 1."),
    ({"class_share": 1},
     "class_share: 1 is not allowed; give a number with 0 < class_share < 1, or None for all samples."),
    ({"dropout": 1.0}, "dropout: 1.0 is not allowed; give a number with 0 <= dropout < 1."),
    ({"dropout": -0.1}, "dropout: -0.1 is not allowed; give a number with 0 <= dropout < 1."),
    (
        {"optimizer": "adma"},
        f"unknown optimizer 'adma'; choose from: {', '.join(OPTIMIZERS)}. Did you mean 'adam'?",
    ),
    ({"lr": -0.1}, "lr: -0.1 is not allowed; give a number with 0 <= lr <= 1e+09."),
    ({"lr": math.inf}, "lr: inf is not allowed; give a number with 0 <= lr <= 1e+09."),
    ({"lr": math.nan}, "lr: nan is not allowed; give a number with 0 <= lr <= 1e+09."),
    ({"lr": False}, "lr: False is not allowed; give a number with 0 <= lr <= 1e+09."),
    ({"lr": "0.1"}, "lr: '0.1' is not allowed; give a number with 0 <= lr <= 1e+09. Did you mean 0.1, without quotes?"),
    ({"lr": [0.1]}, "lr: [0.1] is not allowed; give a number with 0 <= lr <= 1e+09."),
    ({"optimizer_options": {"betas": (0.9, 0.99)}},
     "optimizer_options: 'betas' is no option of sgd; it takes momentum, dampening, weight_decay, nesterov."),
    (
        {"optimizer": "adam", "optimizer_options": {"betas": 0.9}},
        "optimizer_options, betas: 0.9 is not allowed; "
        "give two numbers with 0 <= the first < 1 and 0 <= the second < 1.",
    ),
    (
        {"optimizer_options": {"nesterov": True}},
        "optimizer_options: nesterov needs momentum above 0 and dampening 0; give momentum=0.9 and dampening=0.",
    ),
    ({"clip": "l2"}, "clip: 'l2' is not allowed; give one of none, value, norm."),
    ({"clip_threshold": 0}, "clip_threshold: 0 is not allowed; give a number with 0 < clip_threshold <= 1e+09."),
    ({"seed": -1}, "seed: -1 is not allowed; give a whole number with 0 <= seed <= 4294967295."),
    ({"seed": None}, "seed: None is not allowed; give a whole number with 0 <= seed <= 4294967295."),
    ({"seed": 1.5}, "seed: 1.5 is not allowed; give a whole number with 0 <= seed <= 4294967295."),
    ({"device": "gpu"}, "device: 'gpu' is not allowed; give cpu, cuda or, for the second of several, cuda:1. "
     "Did you mean 'cuda'?"),
    ({"device": 0}, "device: 0 is not allowed; give cpu, cuda or, for the second of several, cuda:1."),
    ({"dtype": "float16"}, "dtype: 'float16' is not allowed; give one of float32, float64. Did you mean 'float64'?"),
    ({"dtype": torch.float32}, "dtype: torch.float32 is not allowed; give one of float32, float64."),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "text"), NONSENSE, ids=[str(fields) for fields, _ in NONSENSE])
def test_nonsense_is_refused_with_the_field_the_value_and_what_is_allowed(fields, text):
    message = refusal(**fields)
    assert text is None or message == text


def test_nonsense_was_tried_in_every_field():
    assert {name for fields, _ in NONSENSE for name in fields} == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "value",
    [object(), 1 + 1j, b"x", float("nan"), -(10**400), [[]], {"x": []}, "\0", torch.ones(2), lambda: 0],
)
def test_no_field_lets_an_alien_value_through(name, value):
    with pytest.raises(SpecError) as error:
        RunSpec(**{name: value})
    assert error.value.field == name
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("place", ["batch_norm", "batch_norm_input", "batch_norm_output"])
def test_batch_norm_needs_more_than_one_sample(place):
    message = refusal(batch_size=1, **{place: "after" if place == "batch_norm" else True})
    assert message == (
        "batch_size: 1 does not go with batch normalization, which compares a sample with the rest of its batch; "
        "give a batch_size of 2 or more, or no batch normalization."
    )
    assert RunSpec(batch_size=1).batch_size == 1


def test_a_cuda_device_must_be_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (
        refusal(device="cuda") == "device: 'cuda' is not here, this machine has no CUDA device; give 'cpu'."
    )
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert (
        refusal(device="cuda:1")
        == "device: 'cuda:1' is not here, this machine has 1 CUDA device; give 'cpu'."
    )
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert RunSpec(device="cuda:1").device == "cuda:1"
    assert RunSpec(device=torch.device("cuda")).device == "cuda"


def test_what_is_unusual_but_sound_is_accepted():
    assert RunSpec(hidden=()).hidden == ()
    assert RunSpec(lr=0).lr == 0.0
    assert RunSpec(batch_size=None).batch_size is None
    assert RunSpec(initializer_options={"gain": 0}).initializer_options == {"gain": 0.0}
    assert RunSpec(optimizer="adam", optimizer_options={"betas": [0, 0]}).optimizer_options == {
        "betas": (0.0, 0.0)
    }


@given(specs())
def test_a_spec_survives_json(spec):
    plain = spec.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    again = RunSpec.from_dict(json.loads(json.dumps(plain)))
    assert again == spec
    assert hash(again) == hash(spec)
    assert again.to_dict() == plain


@given(specs())
def test_a_spec_survives_the_url(spec):
    query = spec.to_query()
    assert all(isinstance(key, str) and isinstance(text, str) and text for key, text in query.items())
    again = RunSpec.from_query(query)
    assert again == spec
    assert again.to_query() == query
    assert RunSpec.tolerant(query) == (spec, [])


@given(specs(), specs())
def test_a_url_may_leave_out_what_another_spec_has(spec, usual):
    assert RunSpec.tolerant(spec.to_query(usual), usual) == (spec, [])


@given(specs())
@settings(max_examples=20)
def test_a_spec_survives_copies_and_processes(spec):
    assert pickle.loads(pickle.dumps(spec)) == copy.deepcopy(spec) == copy.copy(spec) == spec
    assert dataclasses.replace(spec) == spec


@given(specs(), specs())
def test_differences_lead_from_one_spec_to_the_other(one, other):
    assert one.replace(**one.differences(other)) == other
    assert one.differences(one) == {}
    for name, value in one.differences(other).items():
        assert value == getattr(other, name)


@given(specs(), specs())
@settings(max_examples=30)
def test_equal_specs_have_no_differences_and_others_have(one, other):
    assert (one == other) == (not one.differences(other))


def test_differences_are_only_what_differs():
    spec = RunSpec(optimizer_options={"weight_decay": 0.1})
    assert spec.differences(spec.replace(lr=0.3, seed=4)) == {"lr": 0.3, "seed": 4}
    assert spec.differences(RunSpec(optimizer="adam", optimizer_options={"weight_decay": 0.1})) == {
        "optimizer": "adam",
        "optimizer_options": {"weight_decay": 0.1},
    }
    assert RunSpec().differences(RunSpec(optimizer="adam")) == {"optimizer": "adam"}


def test_a_new_choice_drops_the_options_of_the_old_one():
    spec = RunSpec(activation="elu", activation_options={"alpha": 0.3}, initializer_options={"gain": 2})
    assert spec.replace(activation="relu").activation_options == {}
    assert spec.replace(activation="elu").activation_options == {"alpha": 0.3}
    assert spec.replace(activation="softplus", activation_options={"beta": 2}).activation_options == {
        "beta": 2.0
    }
    assert spec.replace(activation="relu").initializer_options == {"gain": 2.0}


def test_a_replacement_is_checked_like_a_new_spec():
    with pytest.raises(
        SpecError,
        match=r"^'drop_out' is no field of a run; there are dataset, .*\. Did you mean 'dropout'\?$",
    ):
        RunSpec().replace(drop_out=0.1)
    with pytest.raises(SpecError, match=r"^lr: -1 is not allowed"):
        RunSpec().replace(lr=-1)


def test_what_acts_at_once_is_stated():
    assert set(FIELDS) >= RunSpec.LIVE
    assert {
        "lr", "optimizer", "optimizer_options", "clip", "clip_threshold",
        "schedule", "schedule_options", "schedule_steps", "warmup",
        "batch_size", "dropout", "batch_norm_momentum",
    } == RunSpec.LIVE  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_says_what_it_holds(name):
    option = RunSpec.option(name)
    assert option.name == name
    assert option.words.endswith(".")
    assert option.default == getattr(RunSpec(), name)
    if isinstance(option, TableChoice):
        assert option.table is TABLES[name]
    assert isinstance(option, EntryOptions) or option.allowed


def test_the_words_for_an_unknown_field_are_an_error():
    with pytest.raises(SpecError, match="Did you mean 'seed'"):
        RunSpec.option("sead")


@pytest.mark.parametrize(
    ("spec", "query"),
    [
        (RunSpec(), {}),
        (RunSpec(hidden=(300, 100, 100, 100)), {"hidden": "300,100x3"}),
        (RunSpec(hidden=()), {"hidden": "none"}),
        (RunSpec(batch_size=None), {"batch_size": "full"}),
        (
            RunSpec(batch_norm_input=True, batch_norm="after"),
            {"batch_norm": "after", "batch_norm_input": "true"},
        ),
        (RunSpec(lr=0.30000000000000004), {"lr": "0.30000000000000004"}),
        (
            RunSpec(activation="softplus", activation_options={"threshold": 5, "beta": 1}),
            {"activation": "softplus", "activation_options": "threshold:5.0"},
        ),
        (
            RunSpec(optimizer="adam", optimizer_options={"betas": (0.8, 0.99), "amsgrad": True}),
            {"optimizer": "adam", "optimizer_options": "betas:0.8~0.99,amsgrad:true"},
        ),
    ],
)
def test_a_url_is_short_and_readable(spec, query):
    assert spec.to_query() == query
    assert RunSpec.from_query(query) == spec


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [("100x3", (100,) * 3), (" 30 , 20*2 ", (30, 20, 20)), ("5×2", (5, 5)), ("7", (7,))],
)
def test_widths_may_be_typed_in_several_ways(hidden, expected):
    assert RunSpec.from_query({"hidden": hidden}).hidden == expected


BAD_TEXTS = [
    ({"hidden": "100,"}, "hidden: '' is no width; give widths such as 300,100 or 100x10, or none.", "100x10"),
    ({"hidden": "ten"}, "hidden: 'ten' is no width; give widths such as 300,100 or 100x10, or none.", "100x10"),
    (
        {"hidden": "30,100x0"},
        "hidden: '100x0' makes no layer; for a net without hidden layers give none.",
        "100x10",
    ),
    ({"lr": "1e400"}, "lr: '1e400' is not allowed; give a number with 0 <= lr <= 1e+09.", "0.1"),
    ({"hidden": "9x999999999"}, "hidden: '9x999999999' is too many layers; give at most 1000.", "100x10"),
    ({"hidden": "0"}, "hidden, width: 0 is not allowed; give a whole number with 1 <= width <= 16384.", "100x10"),
    ({"batch_size": "None"}, f"batch_size: 'None' is not allowed; {SIZE}", "128"),
    ({"lr": "fast"}, "lr: 'fast' is not allowed; give a number with 0 <= lr <= 1e+09.", "0.1"),
    ({"lr": "nan"}, "lr: nan is not allowed; give a number with 0 <= lr <= 1e+09.", "0.1"),
    ({"lr": ""}, "lr: '' is not allowed; give a number with 0 <= lr <= 1e+09.", "0.1"),
    ({"seed": "1e3"}, "seed: '1e3' is not allowed; give a whole number with 0 <= seed <= 4294967295.", "0"),
    ({"batch_norm_input": "yes"}, "batch_norm_input: 'yes' is not allowed; give True or False.", "false"),
    (
        {"activation": "tahn"},
        f"unknown activation 'tahn'; choose from: {', '.join(ACTIVATIONS)}. Did you mean 'tanh'?",
        "tanh",
    ),
    ({"lr": "1" * 9000}, "lr: 9000 characters are too many; give at most 8000.", "0.1"),
    ({"lr": 0.1}, "lr: 0.1 is not text.", "0.1"),
    (
        {"batch_norm": "before", "batch_size": "1"},
        "batch_size: 1 does not go with batch normalization, which compares a sample with the rest of its batch; "
        "give a batch_size of 2 or more, or no batch normalization.",
        "128",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "text", "default"), BAD_TEXTS, ids=[str(row[0])[:40] for row in BAD_TEXTS])
def test_a_bad_text_in_a_url_is_refused_or_left_at_its_default_with_a_notice(query, text, default):
    with pytest.raises(SpecError) as error:
        RunSpec.from_query(query)
    assert str(error.value) == text
    field = error.value.field
    spec, notices = RunSpec.tolerant(query)
    assert notices == [f"{field}: {error.value.brief} It stays at {default}."]
    assert len(notices[0]) < 150
    assert getattr(spec, field) == getattr(RunSpec(), field)


def test_a_bad_key_leaves_the_others_alone():
    spec, notices = RunSpec.tolerant({"lr": "0.5", "sead": "3", "hidden": "x", "optimizer": "adam"})
    assert spec == RunSpec(lr=0.5, optimizer="adam")
    assert notices == [
        "'sead' is no field of a run. Did you mean 'seed'? Ignored.",
        "hidden: 'x' is no width; give widths such as 300,100 or 100x10, or none. It stays at 100x10.",
    ]


def test_a_bad_option_leaves_the_others_alone():
    query = {"optimizer": "adam", "optimizer_options": "eps:0.1,betas:1~1,gamma:3,amsgrad"}
    spec, notices = RunSpec.tolerant(query)
    assert spec == RunSpec(optimizer="adam", optimizer_options={"eps": 0.1})
    assert notices == [
        "optimizer_options, betas: (1.0, 1.0) is not allowed; "
        "give two numbers, the first from 0 to below 1, the second from 0 to below 1. Ignored.",
        "optimizer_options, gamma: 'gamma' is no option of adam; it takes betas, eps, weight_decay, amsgrad. Ignored.",
        "optimizer_options, amsgrad: 'amsgrad' does not read as option:value, such as alpha:0.3. Ignored.",
    ]


def test_options_of_an_unreadable_choice_are_left_out():
    spec, notices = RunSpec.tolerant({"optimizer": "adma", "optimizer_options": "weight_decay:0.1"})
    assert spec == RunSpec()
    assert notices[1] == "optimizer_options: these are of another optimizer. All stay at their defaults."


def test_options_that_contradict_each_other_all_stay_at_their_defaults():
    spec, notices = RunSpec.tolerant({"optimizer_options": "nesterov:true,weight_decay:0.1"})
    assert spec == RunSpec()
    assert notices == [
        "optimizer_options: nesterov needs momentum above 0 and dampening 0; give momentum=0.9 and dampening=0. "
        "All stay at their defaults."
    ]


def test_a_device_that_is_not_here_becomes_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    spec, notices = RunSpec.tolerant({"device": "cuda", "seed": "3"})
    assert spec == RunSpec(seed=3)
    assert notices == [
        "device: 'cuda' is not here, this machine has no CUDA device; give 'cpu'. It stays at cpu."
    ]


def test_a_huge_url_costs_little_and_says_little():
    query = {f"key{i}": "x" for i in range(50_000)}
    query |= {"lr": "1" * 10**6, "hidden": "1x" * 10**6, "optimizer_options": "a:1," * 1900, "x" * 10**6: "1"}
    spec, notices = RunSpec.tolerant(query)
    assert spec == RunSpec()
    assert len(notices) == 9
    assert "49996 more keys are no fields of a run. Ignored." in notices
    assert max(map(len, notices)) < 600


@given(st.dictionaries(st.sampled_from(list(FIELDS)) | st.text(max_size=8), st.text(max_size=20), max_size=8))
def test_no_url_breaks_the_tolerant_reader(query):
    spec, notices = RunSpec.tolerant(query)
    assert isinstance(spec, RunSpec)
    assert all(isinstance(notice, str) for notice in notices)


@pytest.mark.parametrize("given", [None, 3, "lr=1", ["lr"]])
def test_a_run_is_a_mapping(given):
    for read in (RunSpec.from_dict, RunSpec.from_query, RunSpec.tolerant):
        with pytest.raises(SpecError, match="a run is a mapping from fields to values"):
            read(given)


def test_an_unknown_field_is_named_with_the_nearest():
    for read in (RunSpec.from_dict, RunSpec.from_query):
        with pytest.raises(SpecError) as error:
            read({"actvation": "relu"})
        assert str(error.value) == (
            f"'actvation' is no field of a run; there are {', '.join(FIELDS)}. Did you mean 'activation'?"
        )
