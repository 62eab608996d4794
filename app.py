"""The server's entry: `streamlit run app.py`. Pages are viz/main.py; frames go over routes of their own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from viz.live.host import shared
from viz.live.routes import routes
from viz.race.host import shared as race_host
from viz.race.routes import routes as race_routes
from viz.server.guard import keep_secrets
from viz.server.modules import routes as module_routes
from viz.workbench.host import shared as workbench

FIRST_VISIT = (
    30.0  # seconds in which the first net has the machine to itself, unless somebody asks for an experiment
)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The processes that train, race and measure live as long as the server."""
    for name in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).addFilter(keep_secrets)
    hosts = shared(), race_host(), workbench()
    for early in hosts[:2]:
        early.start()
    later = asyncio.get_running_loop().call_later(FIRST_VISIT, workbench().start)
    try:
        yield
    finally:
        later.cancel()
        for host in hosts:
            await asyncio.to_thread(host.close)


# Beside its main script Streamlit takes a folder named pages for scripts, and a first visitor would get one of them.
PagesManager.uses_pages_directory = False

app = st.App("viz/main.py", routes=[*routes(), *race_routes(), *module_routes()], lifespan=lifespan)
