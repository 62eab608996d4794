"""What a browser may ask of its run: one JSON object with a verb. Anything else gets a sentence."""

import difflib
import json
from collections.abc import Callable
from typing import Any

LONGEST = 4096
MOST_STEPS = 10_000
SLOWEST, FASTEST = 0.1, 100_000
SCALES = ("symlog", "linear")


class VerbError(ValueError):
    """A message that asks for nothing a run can do; says what it could ask for."""


def read(text: str | bytes) -> dict[str, Any]:
    """The verb in a browser's message, with only the fields that belong to it: {"do": "step", "count": 3}.

    Raises VerbError with words for the page.
    """
    if len(text) > LONGEST:
        raise VerbError(f"a message of {len(text)} bytes; give at most {LONGEST}")
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise VerbError(f'this is no JSON: {_brief(text)}; give an object such as {{"do": "play"}}') from None
    if not isinstance(message, dict) or not isinstance(message.get("do"), str):
        raise VerbError(f'{_brief(text)} names no verb; give an object such as {{"do": "play"}}')
    name = message["do"]
    if name not in VERBS:
        near = difflib.get_close_matches(name[:40].lower(), VERBS, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise VerbError(f"unknown verb {_brief(name)}; choose from: {', '.join(VERBS)}.{hint}")
    return {"do": name} | {field: check(message.get(field)) for field, check in VERBS[name].items()}


def _count(value: object) -> int:
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_STEPS:
        raise VerbError(f"count: {_brief(value)} is not allowed; give a whole number from 1 to {MOST_STEPS}")
    return value


def _speed(value: object) -> float | None:
    if value is None:
        return None
    if not _is_number(value) or not SLOWEST <= value <= FASTEST:
        allowed = f"a number from {SLOWEST} to {FASTEST}, or null for as fast as it goes"
        raise VerbError(f"steps_per_second: {_brief(value)} is not allowed; give {allowed}")
    return float(value)


def _scale(value: object) -> str:
    if value not in SCALES:
        raise VerbError(f"scale: {_brief(value)} is not allowed; give one of {', '.join(SCALES)}")
    return value


def _time(value: object) -> float | None:
    """Handed back as it came, so that a page can measure the way there and back."""
    return value if _is_number(value) and abs(value) < 1e18 else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _brief(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    text = value if isinstance(value, str) else json.dumps(value)
    return ascii(text[:40] + "…" if len(text) > 40 else text)


VERBS: dict[str, dict[str, Callable[[object], Any]]] = {
    "play": {},
    "pause": {},
    "step": {"count": _count},
    "reset": {},
    "speed": {"steps_per_second": _speed},
    "scale": {"scale": _scale},
    "resume": {},
    "rebuild": {},
    "ping": {"t": _time},
}
