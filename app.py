"""The server's entry: `streamlit run app.py`. Pages are viz/main.py; frames go over routes of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from viz.live.host import shared
from viz.live.routes import routes
from viz.race import routes as race


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The engine process lives as long as the server."""
    host = shared()
    host.start()
    try:
        yield
    finally:
        await asyncio.to_thread(host.close)


# Beside its main script Streamlit takes a folder named pages for scripts, and a first visitor would get one of them.
PagesManager.uses_pages_directory = False

app = st.App("viz/main.py", routes=[*routes(), *race.routes()], lifespan=lifespan)
