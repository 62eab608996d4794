"""Streamlit's document for a page's own address, told where its server is; the browser gets its visitor's key with it.

Left alone it looks for the server below the page first, /optimizers/_stcore/health, and the browser logs two 404s.
Pages of others may show it in a frame where the server's owner says so, and nowhere else: a button that is pressed in a
frame may be another's trap.
"""

import logging
import os
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from viz.server import keys
from viz.server.asked import language_of
from viz.words.language import ENGLISH

HOME = "train"  # where a visitor arrives: its address is the server's own
PAGES = sorted(path.stem for path in (Path(__file__).parents[1] / "pages").glob("[a-z]*.py"))
# the page is the last part of its address, whatever stands before it: a baseUrlPath, or the prefix of a proxy
TOLD = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href }</script>'

FRAMES = "GRADIENT_FLOW_LAB_FRAMES"
ORIGIN = re.compile(r"https?://(\*\.)?[\w-]+(\.[\w-]+)*(:(\d{1,5}|\*))?|\*", re.ASCII)


@cache
def framed(allowed: str) -> str:
    """Who may show these pages in a frame, for a browser: this server, and the allowed origins, told apart by commas or
    blanks; one that is no origin is left out, and the log says so."""
    named = allowed.replace(",", " ").split()
    for name in named:
        if not ORIGIN.fullmatch(name):
            logging.getLogger(__name__).warning(
                "%s: %r is no origin and was left out; an origin is written https://school.example, "
                "without a path, or * for all pages",
                FRAMES,
                name,
            )
    return " ".join(["frame-ancestors 'self'", *filter(ORIGIN.fullmatch, named)])


@cache
def document(language: str = ENGLISH) -> str:
    """Streamlit's own, with what it is told before any of its scripts runs, and the language that it will be in."""
    html = (Path(get_static_dir()) / "index.html").read_text("utf-8").replace("<head>", f"<head>{TOLD}", 1)
    return html.replace('lang="en"', f'lang="{language}"', 1)


def front(page: str, asked: Callable[[str], None]) -> Callable[[Request], Awaitable[Response]]:
    """The document; asked for anew each time, as Streamlit's is, for the names of its scripts change with it."""

    async def answer(request: Request) -> Response:
        asked(page)
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": framed(os.environ.get(FRAMES, "")),
        }
        response = HTMLResponse(document(language_of(request)), headers=headers)
        keys.give(request, response)
        return response

    return answer


async def home(request: Request) -> Response:
    """The first page by its name: Streamlit knows it by the server's address alone."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"./{query}", 307)


def routes(
    asked: Callable[[str], None] = lambda page: None, pages: Iterable[str] = PAGES, base: str = ""
) -> list[Route]:
    """For `st.App(routes=...)`: the pages' own addresses, also under any path before them.

    asked: told of each page whose document is asked for, a second before its script runs. base: the server's
    baseUrlPath.
    """
    homes = dict.fromkeys(("/", f"/{base.strip('/')}/" if base.strip("/") else "/"))
    return [Route(place, front(HOME, asked)) for place in homes] + [
        Route(f"{prefix}/{page}", home if page == HOME else front(page, asked))
        for page in pages
        for prefix in ("", "/{base:path}")
    ]
