"""A result of the workbench as a JSON header and bytes, and back: arrays keep their type, shape and every bit."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def pack(result: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The header with all that is no array, and the arrays' bytes one after another."""
    header: dict[str, Any] = {"values": {}, "arrays": []}
    parts = []
    for name, value in result.items():
        if isinstance(value, np.ndarray):
            header["arrays"].append([name, value.dtype.str, value.shape])
            parts.append(np.ascontiguousarray(value).tobytes())
        else:
            header["values"][name] = value
    return header, b"".join(parts)


def unpack(header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """The result that was packed; its arrays are read-only views of the body."""
    result, at = dict(header["values"]), 0
    for name, dtype, shape in header["arrays"]:
        size = math.prod(shape)
        result[name] = np.frombuffer(body, dtype, size, at).reshape(shape)
        at += size * np.dtype(dtype).itemsize
    return result
