"""What a browser may ask of its run, one JSON object with a verb, and what each verb does; else there is a sentence."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeGuard

from engine.tables.errors import ToldError
from engine.tables.wording import Sentence, nearest
from viz.live.orders import Orders
from viz.live.run import Run, notice
from viz.server import message as messages
from viz.server.message import MessageError

LONGEST = 4096
MOST_STEPS = 10_000
SLOWEST, FASTEST = 0.1, 100_000
FARTHEST = 10**9
STOPS = ("step", "epoch", "loss", "accuracy", "finding")
SCALES = ("symlog", "linear")
EXAMPLE = Sentence('; give an object such as {"do": "play"}')


class VerbError(ToldError, ValueError):
    """A message that asks for nothing a run can do; says what it could ask for."""


def read(text: str | bytes) -> dict[str, Any]:
    """The verb in a browser's message, with only the fields that belong to it: {"do": "step", "count": 3}.

    Raises VerbError with words for the page.
    """
    try:
        message = messages.read(text, LONGEST)
    except MessageError as error:
        raise VerbError(
            "{why}{example}", why=str(error), example=EXAMPLE if error.status == 400 else ""
        ) from None
    if not isinstance(message.get("do"), str):
        raise VerbError("{value} names no verb{example}", value=messages.brief(text), example=EXAMPLE)
    name = message["do"]
    if name not in VERBS:
        raise VerbError(
            "unknown verb {value}; choose from: {allowed}.",
            value=_brief(name),
            allowed=tuple(VERBS),
            hint=nearest(name, VERBS),
        )
    return {"do": name} | {field: check(message.get(field)) for field, check in VERBS[name].fields.items()}


def _count(value: object) -> int:
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_STEPS:
        raise _refused("count", value, Sentence("a whole number from 1 to {most}", most=MOST_STEPS))
    return value


def _step_of_before(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= FARTHEST:
        raise _refused("step", value, Sentence("a step that was taken, from 0 on, or null for none"))
    return value


def _whether(value: object) -> bool:
    if value is not None and not isinstance(value, bool):
        raise _refused("sees", value, Sentence("true or false"))
    return bool(value)


def _layer(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise _refused("layer", value, Sentence("a hidden layer, from 1 on, or null for none"))
    return value


def _stop(value: object) -> str | None:
    if value is not None and value not in STOPS:
        raise _refused("at", value, Sentence("one of {stops}, or null", stops=STOPS))
    return value


def _threshold(value: object) -> float | None:
    if value is None:
        return None
    if not _is_number(value) or value < 0:
        raise _refused("value", value, Sentence("a number from 0 on"))
    return float(value)


def _speed(value: object) -> float | None:
    if value is None:
        return None
    if not _is_number(value) or not SLOWEST <= value <= FASTEST:
        allowed = "a number from {slowest} to {fastest}, or null for as fast as it goes"
        raise _refused("steps_per_second", value, Sentence(allowed, slowest=SLOWEST, fastest=FASTEST))
    return float(value)


def _scale(value: object) -> str:
    if value not in SCALES:
        raise _refused("scale", value, Sentence("one of {scales}", scales=SCALES))
    return value


def _time(value: object) -> float | None:
    """Handed back as it came, so that a page can measure the way there and back."""
    return value if _is_number(value) and abs(value) < 1e18 else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _refused(field: str, value: object, allowed: Sentence) -> VerbError:
    return VerbError(
        "{place}: {value} is not allowed; give {allowed}", field=field, value=_brief(value), allowed=allowed
    )


def _brief(value: object) -> str:
    return messages.brief(value if isinstance(value, str) else json.dumps(value))


# ---------------------------------------------------------------------------------- what each does to its run

Verb = Mapping[str, Any]
Answer = dict[str, Any] | None


def obey(orders: Orders, run: Run, verb: Verb) -> Answer:
    """Do to the run what the verb says; an answer for who asked alone, or None."""
    return VERBS[verb["do"]].does(orders, run, verb)


def _play(orders: Orders, run: Run, verb: Verb) -> Answer:
    is_lost = run.state["state"] == "lost"
    if is_lost and "resume" not in run.state["can"]:
        hint = Sentence("Rebuild it first.")
        return notice(Sentence("{sentence} {hint}", sentence=run.state["reason"], hint=hint))
    run.wants_to_play = True
    if is_lost:
        orders.build(run, resumes=True)
    else:
        orders.give(run, "play")
    return None


def _pause(orders: Orders, run: Run, verb: Verb) -> Answer:
    run.wants_to_play = False
    orders.give(run, "pause")
    return None


def _step(orders: Orders, run: Run, verb: Verb) -> Answer:
    run.wants_to_play = False
    orders.give(run, "step", count=verb["count"])
    return None


def _set_speed(orders: Orders, run: Run, verb: Verb) -> Answer:
    run.steps_per_second = verb["steps_per_second"]
    orders.give(run, "speed", steps_per_second=run.steps_per_second)
    return None


def _set_scale(orders: Orders, run: Run, verb: Verb) -> Answer:
    run.scale = verb["scale"]
    orders.give(run, "scale", scale=run.scale)
    return None


def _look(orders: Orders, run: Run, verb: Verb) -> Answer:
    orders.give(run, "look", step=verb["step"], sees=verb["sees"], layer=verb["layer"])
    return None


def _see(orders: Orders, run: Run, verb: Verb) -> Answer:
    orders.give(run, "see", layer=verb["layer"])
    return None


def _slow(orders: Orders, run: Run, verb: Verb) -> Answer:
    if not verb["step"]:
        return notice(Sentence("Slow motion: give a step that was taken, from 1 on."))
    orders.give(run, "slow", step=verb["step"])
    return None


PLACES = {
    "step": Sentence("Stop at a step: give a number."),
    "epoch": Sentence("Stop at an epoch: give a number."),
    "loss": Sentence("Stop at a loss: give a number."),
    "accuracy": Sentence("Stop at an accuracy: give a number."),
}


def _stop_at(orders: Orders, run: Run, verb: Verb) -> Answer:
    if verb["at"] not in (None, "finding") and verb["value"] is None:
        return notice(PLACES[verb["at"]])
    run.stop = (verb["at"], verb["value"]) if verb["at"] else None
    orders.give(run, "stop_at", at=verb["at"], value=verb["value"])
    return None


def _reset(orders: Orders, run: Run, verb: Verb) -> Answer:
    run.wants_to_play = False
    orders.build(run)
    return None


def _rebuild(orders: Orders, run: Run, verb: Verb) -> Answer:
    orders.build(run)
    return None


def _resume(orders: Orders, run: Run, verb: Verb) -> Answer:
    if "resume" not in run.state["can"]:
        return notice(Sentence("There is nothing to resume: this run is not lost, or it has no checkpoint."))
    orders.build(run, resumes=True)
    return None


def _ping(orders: Orders, run: Run, verb: Verb) -> Answer:
    return {"say": "pong", "t": verb["t"]}


class Entry(NamedTuple):
    """A verb: what it does, and the fields that belong to it, each with its check."""

    does: Callable[[Orders, Run, Verb], Answer]
    fields: Mapping[str, Callable[[object], Any]] = {}


VERBS = {
    "play": Entry(_play),
    "pause": Entry(_pause),
    "step": Entry(_step, {"count": _count}),
    "reset": Entry(_reset),
    "speed": Entry(_set_speed, {"steps_per_second": _speed}),
    "scale": Entry(_set_scale, {"scale": _scale}),
    "resume": Entry(_resume),
    "rebuild": Entry(_rebuild),
    "ping": Entry(_ping, {"t": _time}),
    "slow": Entry(_slow, {"step": _step_of_before}),
    "look": Entry(_look, {"step": _step_of_before, "sees": _whether, "layer": _layer}),
    "see": Entry(_see, {"layer": _layer}),
    "stop_at": Entry(_stop_at, {"at": _stop, "value": _threshold}),
}
