"""The server's entry: `streamlit run app.py`. Pages are viz/main.py; frames go over routes of their own."""

from viz.server import process

process.begin()  # first of all: it imports torch, which takes longest, and becomes what the first page needs

import asyncio  # noqa: E402
import logging  # noqa: E402
import sys  # noqa: E402
from collections.abc import AsyncIterator, Callable  # noqa: E402
from contextlib import asynccontextmanager  # noqa: E402
from typing import Any  # noqa: E402

import streamlit as st  # noqa: E402
from streamlit.runtime.pages_manager import PagesManager  # noqa: E402

from viz.exports.takes import routes as take_routes  # noqa: E402
from viz.live.host import shared  # noqa: E402
from viz.live.routes import routes  # noqa: E402
from viz.nets.host import shared as nets  # noqa: E402
from viz.nets.listener import Door  # noqa: E402
from viz.nets.routes import routes as net_routes  # noqa: E402
from viz.proof.host import shared as proof  # noqa: E402
from viz.race.host import shared as race_host  # noqa: E402
from viz.race.routes import routes as race_routes  # noqa: E402
from viz.server.front import routes as front_routes  # noqa: E402
from viz.server.guard import is_news, keep_secrets  # noqa: E402
from viz.server.modules import routes as module_routes  # noqa: E402
from viz.shelf.routes import routes as shelf_routes  # noqa: E402
from viz.workbench.host import shared as workbench  # noqa: E402

TURN = (
    0.0005  # seconds for which one thread keeps Python to itself: at 5 ms a frame waits for a page's script
)
FIRST_VISIT = 15.0  # seconds in which the first page has the machine to itself, unless another one is opened

NEEDED: dict[str, Callable[[], Any]] = {
    "train": shared,
    "optimizers": race_host,
    **dict.fromkeys(("signal", "techniques", "compare", "recurrent"), workbench),
}


def address() -> str:
    """Where this machine's browser finds the app."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"http://localhost:{st.get_option('server.port')}/{base and f'{base}/'}"


def prepare(page: str) -> None:
    """Start what a page will wait for while its scripts are on their way."""
    if page in NEEDED:
        NEEDED[page]().start()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The processes that train, race and measure live as long as the server."""
    sys.setswitchinterval(TURN)
    for name in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).addFilter(keep_secrets)
    logging.getLogger("streamlit.runtime.app_session").addFilter(is_news)
    hosts = shared(), race_host(), workbench(), proof(shared, workbench)
    shared().judged = proof(shared, workbench).sick
    door = Door(nets(), address)
    door.open()
    loop = asyncio.get_running_loop()
    others = shared().start, race_host().start, workbench().start
    later = [loop.call_later(FIRST_VISIT * turn, start) for turn, start in enumerate(others, 1)]
    try:
        yield
    finally:
        for waits in later:
            waits.cancel()
        door.close()
        for host in hosts:
            await asyncio.to_thread(host.close)


# Beside its main script Streamlit takes a folder named pages for scripts, and a first visitor would get one of them.
PagesManager.uses_pages_directory = False

app = st.App(
    "viz/main.py",
    routes=[
        *routes(),
        *race_routes(),
        *net_routes(),
        *module_routes(),
        *take_routes(),
        *shelf_routes(),
        *front_routes(prepare, base=st.get_option("server.baseUrlPath")),
    ],
    lifespan=lifespan,
)
