"""Numbers on their way to the browser: one JSON header, then arrays. Its twin is payload.js.

    "GFR1", length of the header (uint32), the header, zeros up to a multiple of 8, the arrays, each at its offset

All little endian. Codings of an array of the header's `arrays`:
    f4: float32.
    log16: uint16, for numbers of any size and sign with a relative error of at most half a step of their own range:
        0 is exactly zero, 1 is NaN or infinite, else 2 + 2 k + (1 if negative) for 2**(low + k (high - low) / 32766).
    unit16: uint16, for places from 0 to 1 in steps of 1 / 65534; 65535 is NaN.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

MAGIC = b"GFR1"
HEAD = struct.Struct("<4sI")
GRAIN = 32766
ZERO, NONE = 0, 1
CODINGS = ("f4", "log16", "unit16", "index")


def encode(header: Mapping[str, Any], arrays: Mapping[str, tuple[np.ndarray, str]]) -> bytes:
    """One message; arrays: name -> (array, coding). ValueError for an unknown coding."""
    described, bodies, offset = {}, [], 0
    for name, (array, coding) in arrays.items():
        if coding not in CODINGS:
            raise ValueError(f"unknown coding {coding!r}; choose from: {', '.join(CODINGS)}")
        body, extra = _coded(np.asarray(array, dtype=np.float64), coding)
        described[name] = {"coding": coding, "shape": list(np.shape(array)), "at": offset, **extra}
        body += bytes(-len(body) % 8)
        offset += len(body)
        bodies.append(body)
    text = json.dumps({**header, "arrays": described}, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + HEAD.size) % 8)
    return HEAD.pack(MAGIC, len(text)) + text + b"".join(bodies)


def decode(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays as float64. ValueError for anything `encode` did not make."""
    told, start = _head(data)
    arrays = {name: _decoded(data[start:], about) for name, about in told.pop("arrays").items()}
    return told, arrays


def header(data: bytes) -> dict[str, Any]:
    """The header alone, with what it says of the arrays. ValueError as `decode`."""
    return _head(data)[0]


def _head(data: bytes) -> tuple[dict[str, Any], int]:
    """All that stands before the arrays, and where they begin."""
    if len(data) < HEAD.size or data[:4] != MAGIC:
        raise ValueError("these bytes are no race")
    _, length = HEAD.unpack_from(data)
    start = HEAD.size + length
    return json.loads(data[HEAD.size : start]), start


def _coded(array: np.ndarray, coding: str) -> tuple[bytes, dict[str, float]]:
    if coding == "f4":
        with np.errstate(over="ignore"):
            return array.astype("<f4").tobytes(), {}
    if coding == "unit16":
        places = np.where(np.isnan(array), 65535, np.rint(array * 65534))
        return places.astype("<u2").tobytes(), {}
    if coding == "index":
        return array.astype("<i2").tobytes(), {}
    size = np.abs(array)
    usable = np.isfinite(array) & (size > 0)
    logs = np.log2(size, where=usable, out=np.zeros_like(size))
    low, high = (float(logs[usable].min()), float(logs[usable].max())) if usable.any() else (0.0, 0.0)
    index = np.rint((logs - low) / ((high - low) or 1.0) * GRAIN)
    codes = np.where(usable, 2 + 2 * index + (array < 0), np.where(array == 0, ZERO, NONE))
    return codes.astype("<u2").tobytes(), {"low": low, "high": high}


def _decoded(body: bytes, about: Mapping[str, Any]) -> np.ndarray:
    count = int(np.prod(about["shape"], dtype=int))
    if about["coding"] == "f4":
        return np.frombuffer(body, "<f4", count, about["at"]).astype(float).reshape(about["shape"])
    if about["coding"] == "index":
        return np.frombuffer(body, "<i2", count, about["at"]).astype(float).reshape(about["shape"])
    codes = np.frombuffer(body, "<u2", count, about["at"]).astype(float).reshape(about["shape"])
    if about["coding"] == "unit16":
        return np.where(codes == 65535, np.nan, codes / 65534)
    index = np.floor((codes - 2) / 2)
    size = np.exp2(about["low"] + index * (about["high"] - about["low"]) / GRAIN)
    return np.select([codes == ZERO, codes == NONE], [0.0, np.nan], np.where(codes % 2 == 1, -size, size))
