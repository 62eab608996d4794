"""What can be taken home of a run that the server holds: a table of files, and the route that hands them out."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.tables.errors import ToldError
from engine.tables.wording import Sentence
from viz.exports.numbers import frame, history
from viz.exports.script import WEIGHTS, loading, script
from viz.exports.tables import Table, csv, parquet
from viz.live.host import shared
from viz.live.run import Recording
from viz.replay import run as replay
from viz.server.asked import language_of, refused
from viz.server.guard import is_same_origin
from viz.wire.frame import WireError
from viz.words.language import say, speaking
from viz.words.spec import caption, described, entry_label

COSTS = 20.0  # requests that one file stands for: each is some tenths of a second of work


class Take(NamedTuple):
    """A file of a run: what its menu entry says, its type, and what makes it."""

    title: Sentence
    words: Sentence
    media: str
    make: Callable[[Recording], str | bytes]


def as_replay(run: Recording, data: str = "") -> str:
    """The HTML file that plays the run. data: what whoever asks calls its data set."""
    spec = run.spec
    title = say(
        "{activation}, {optimizer}: a recorded run",
        activation=entry_label("activation", spec.activation),
        optimizer=entry_label("optimizer", spec.optimizer),
    )
    head = say(described(spec, data))
    return replay.replay(run.frames, run.hello, run.verdicts, run.end, title=title, caption=head)


class GoneError(ToldError, LookupError):
    """What a file is made of is not there just now; says what brings it back."""


def weights(run: Recording) -> bytes:
    """The `state_dict` of the net as it is now, as `torch.save` writes it. GoneError where nobody trains it."""
    saved = shared().weights(run.token)
    if not saved:
        raise GoneError(
            "there is no trainer that has these weights now: play the run, or resume it, then ask again"
        )
    return saved


def about(run: Recording) -> dict[str, str]:
    """What a file of numbers says of where they come from."""
    return {"settings": caption(run.spec), "link": urlencode(run.spec.to_query())}


def numbers(
    name: str, title: Sentence, words: Sentence, table: Callable[[Recording], Table]
) -> dict[str, Take]:
    """A table in both of its forms."""
    return {
        f"{name}.csv": Take(
            Sentence("{table} (CSV)", table=title), words, "text/csv", lambda run: csv(table(run))
        ),
        f"{name}.parquet": Take(
            Sentence("{table} (Parquet)", table=title),
            words,
            "application/vnd.apache.parquet",
            lambda run: parquet(table(run), about(run)),
        ),
    }


TAKES = {
    "replay.html": Take(
        Sentence("Replay (HTML)"),
        Sentence("One file that plays and scrubs this run in any browser, without a server"),
        "text/html",
        as_replay,
    ),
    "run.py": Take(
        Sentence("Script (PyTorch)"),
        Sentence("This run as a plain PyTorch script, which prints the same losses"),
        "text/x-python",
        lambda run: script(run.spec),
    ),
    WEIGHTS: Take(
        Sentence("Weights (state_dict)"),
        Sentence("The net's weights as they are now, for torch.load with weights_only=True"),
        "application/octet-stream",
        weights,
    ),
    "load.py": Take(
        Sentence("Script for the weights"),
        Sentence(
            "Makes this net in plain PyTorch, loads weights.pt beside it and says what it knows of the test set"
        ),
        "text/x-python",
        lambda run: loading(run.spec),
    ),
    **numbers(
        "history",
        Sentence("History"),
        Sentence(
            "The steps that were measured, which the column step names: the net as a whole, and each statistic of each "
            "layer"
        ),
        history,
    ),
    **numbers("frame", Sentence("Frame"), Sentence("The newest step: a row a layer"), frame),
}
"""file name -> what it is."""


def offered() -> list[dict[str, str]]:
    """The menu, for the live view."""
    return [
        {"name": name, "title": say(take.title), "words": say(take.words)} for name, take in TAKES.items()
    ]


async def take(request: Request) -> Response:
    """A file of a run, as an attachment. 404 for a run or a file that is not, 429 for one who asks too often."""
    if not is_same_origin(request, may_be_missing=True):
        return refused(request, Sentence("this is for pages of this server"), 403)
    token, name = request.path_params["token"], request.path_params["name"]
    found, run = TAKES.get(name), shared().recording(token)
    if found is None:
        return refused(request, Sentence("there is no such file; there is: {names}", names=[*TAKES]), 404)
    if run is None:
        return refused(request, Sentence("there is no such run, or it has not begun"), 404)
    if not shared().allows(token, COSTS):
        return refused(request, Sentence("too many requests for this run"), 429, {"Retry-After": "1"})
    try:
        with speaking(language_of(request)):
            body = await asyncio.to_thread(found.make, run)
    except (WireError, GoneError) as error:
        return refused(request, error.sentence if isinstance(error, ToldError) else str(error), 409)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type=found.media, headers=headers)


def routes() -> list[Route]:
    """For `st.App(routes=...)`; also under any path before it: the server's baseUrlPath, or a proxy's prefix."""
    return [Route(f"{prefix}/take/{{token}}/{{name}}", take) for prefix in ("", "/{base:path}")]
