"""A result of the workbench as a JSON header and bytes, and back: arrays keep their type, shape and every bit."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

ARRAY = "an array's number"
"""In the header, what stands in an array's place."""


def pack(result: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The header with all that is no array, and the arrays' bytes one after another.

    A dataclass within it travels as its fields by name, a tuple as a list.
    """
    arrays: list[np.ndarray] = []
    values = _plain(result, arrays)
    header = {"values": values, "arrays": [[array.dtype.str, array.shape] for array in arrays]}
    return header, b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)


def unpack(header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """The result that was packed; its arrays are read-only views of the body."""
    arrays, at = [], 0
    for dtype, shape in header["arrays"]:
        size = math.prod(shape)
        arrays.append(np.frombuffer(body, dtype, size, at).reshape(shape))
        at += arrays[-1].nbytes
    return {name: _filled(value, arrays) for name, value in header["values"].items()}


def _plain(value: Any, arrays: list[np.ndarray]) -> Any:
    """The same in JSON's own types; arrays are put aside."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {ARRAY: len(arrays) - 1}
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(each, arrays) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, arrays) for each in value]
    return value


def _filled(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_filled(each, arrays) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {ARRAY}:
        return arrays[value[ARRAY]]
    return {name: _filled(each, arrays) for name, each in value.items()}
