import ast
from pathlib import Path

import pytest

import engine


def test_every_name_of_the_face_is_there():
    for name in engine.__all__:
        assert getattr(engine, name).__class__ is not str
    assert set(engine.__all__) <= set(dir(engine))


def test_type_checkers_are_told_the_same_homes():
    tree = ast.parse(Path(engine.__file__).read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    told = {alias.name: node.module for node in block.body for alias in node.names}
    assert told == engine._HOMES
    assert set(told) == set(engine.__all__)


def test_a_name_that_is_not_there_is_refused_as_python_does():
    with pytest.raises(AttributeError, match=r"^module 'engine' has no attribute 'Trainr'"):
        _ = engine.Trainr
