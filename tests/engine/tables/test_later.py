import copy

import pytest
import torch

from engine.nets.maxout import Maxout
from engine.spec import fields
from engine.tables import activations, datasets, initializers, optimizers, samples, schedules
from engine.tables.later import Later

MODULES = (activations, datasets, initializers, optimizers, samples, schedules, fields)


def laters(module):
    """Every Later that a module of tables holds: by its own names, and in its entries."""
    held = list(vars(module).values())
    tables = [value for value in held if isinstance(value, datasets.Registry)]
    held += [value for table in tables for entry in table.values() for value in vars(entry).values()]
    return {value for value in held if isinstance(value, Later)}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_what_a_table_names_is_there(module):
    for later in laters(module):
        assert later.take() is not None


def test_an_entry_names_the_class_itself():
    assert activations.ACTIVATIONS["relu"].make.take() is torch.nn.ReLU
    assert activations.ACTIVATIONS["maxout"].make.take() is Maxout
    assert optimizers.OPTIMIZERS["adam"].cls.take() is torch.optim.Adam
    assert repr(activations.ACTIVATIONS["relu"].make) == "torch.nn.ReLU"


def test_a_call_is_that_of_the_thing():
    assert Later("torch.nn").LeakyReLU(negative_slope=0.3).negative_slope == 0.3
    assert Later("math.hypot")(3.0, 4.0) == 5.0


def test_equal_by_path():
    assert Later("torch.nn").ReLU == Later("torch.nn.ReLU")
    assert Later("torch.nn").ReLU != Later("torch.nn").ELU
    assert Later("torch.nn") != "torch.nn"
    assert len({Later("torch.nn").ReLU, Later("torch.nn.ReLU")}) == 1
    assert copy.deepcopy(Later("torch.nn")) == Later("torch.nn")


def test_what_is_not_there_is_said_when_it_is_called():
    wrong, missing = Later("torch.nn").ReLUU, Later("no_such_library.thing")
    with pytest.raises(AttributeError, match="ReLUU"):
        wrong()
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        missing()
