"""Who may talk to a run: pages of this very server. Our routes are outside Streamlit's own checks."""

import logging
import re
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from streamlit import config

from viz.server.tokens import TOKEN

PORTS = {"http": 80, "https": 443}
LATE = "The fragment with id %s does not exist anymore"
SECRET = re.compile(rf"(?<![\w-]){TOKEN.pattern}(?![\w-])")


def is_same_origin(request: HTTPConnection, may_be_missing: bool = False) -> bool:
    """Whether a browser's page of this server asks.

    A browser sends Origin with every websocket and POST, and no page can change it; a GET of the own server comes
    without (`may_be_missing`). Behind a proxy the Host that the browser saw is in X-Forwarded-Host, which a page
    cannot set on a websocket either. Further origins: Streamlit's `server.corsAllowedOrigins`.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return may_be_missing and request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    if origin in (config.get_option("server.corsAllowedOrigins") or ()):
        return True
    scheme = origin.partition("://")[0]
    hosts = [request.headers.get(name) for name in ("host", "x-forwarded-host")]
    place = _place(origin)
    return place is not None and place in [_place(f"{scheme}://{host}") for host in hosts if host]


def keep_secrets(record: logging.LogRecord) -> bool:
    """A filter for the web server's loggers: who reads the log must not be able to steer a run or to race.

    Whatever the route, and wherever in the line: what looks like a token is left out.
    """
    if isinstance(record.msg, str):
        record.msg = SECRET.sub("...", record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(
            SECRET.sub("...", each) if isinstance(each, str) else each for each in record.args
        )
    return True


def is_news(record: logging.LogRecord) -> bool:
    """A filter for Streamlit's sessions: a timer of a browser that comes late for a part of the page that is gone."""
    return not str(record.msg).startswith(LATE)


def _place(url: str) -> tuple[str, int | None] | None:
    """Host and port of a web address; None when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        return (parts.hostname, port) if parts.hostname else None
    except (ValueError, KeyError):
        return None
