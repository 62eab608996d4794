"""What each verb of a browser does to its run; an answer for that viewer alone, or None."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from viz.live.run import Run, notice

if TYPE_CHECKING:
    from viz.live.host import Host

Verb = dict[str, Any]
Answer = dict[str, Any] | None


def play(host: "Host", run: Run, verb: Verb) -> Answer:
    if run.state["state"] == "lost":
        return notice(f"{run.state['reason']} Resume or rebuild it first.")
    run.wants_to_play = True
    host.order(run, "play")
    return None


def pause(host: "Host", run: Run, verb: Verb) -> Answer:
    run.wants_to_play = False
    host.order(run, "pause")
    return None


def step(host: "Host", run: Run, verb: Verb) -> Answer:
    run.wants_to_play = False
    host.order(run, "step", count=verb["count"])
    return None


def speed(host: "Host", run: Run, verb: Verb) -> Answer:
    run.steps_per_second = verb["steps_per_second"]
    host.order(run, "speed", steps_per_second=run.steps_per_second)
    return None


def scale(host: "Host", run: Run, verb: Verb) -> Answer:
    run.scale = verb["scale"]
    host.order(run, "scale", scale=run.scale)
    return None


def reset(host: "Host", run: Run, verb: Verb) -> Answer:
    run.wants_to_play = False
    host.build(run)
    return None


def rebuild(host: "Host", run: Run, verb: Verb) -> Answer:
    host.build(run)
    return None


def resume(host: "Host", run: Run, verb: Verb) -> Answer:
    if "resume" not in run.state["can"]:
        return notice("There is nothing to resume: this run is not lost, or it has no checkpoint.")
    host.build(run, checkpoint=host.checkpoint(run))
    return None


def ping(host: "Host", run: Run, verb: Verb) -> Answer:
    return {"say": "pong", "t": verb["t"]}


OBEY: dict[str, Callable[["Host", Run, Verb], Answer]] = {
    each.__name__: each for each in (play, pause, step, speed, scale, reset, rebuild, resume, ping)
}
