"""The list of watched nets for browsers, and the way to each, as to a run."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from viz.live.routes import routes as ways
from viz.nets.host import shared
from viz.server.guard import is_same_origin

PLACE = "nets"
HERE = ("127.0.0.1", "::1", "localhost")


def routes() -> list[BaseRoute]:
    """For `st.App(routes=...)`."""
    lists: list[BaseRoute] = [Route(f"{prefix}/{PLACE}/list", listed) for prefix in ("", "/{base:path}")]
    lists += [Route(f"{prefix}/{PLACE}/away", cleared, methods=["POST"]) for prefix in ("", "/{base:path}")]
    return [*lists, *ways(PLACE, shared)]


async def listed(request: Request) -> Response:
    """The nets as JSON: all of them for a browser on this machine, elsewhere the one of the link, `?net=`."""
    if not is_same_origin(request, may_be_missing=True):
        return PlainTextResponse("this is for pages of this server", 403)
    linked = shared().summary(request.query_params.get("net", ""))
    nets: list[dict[str, Any]] = shared().summaries() if is_here(request) else [linked] if linked else []
    return JSONResponse({"nets": nets, "here": is_here(request)}, headers={"Cache-Control": "no-store"})


async def cleared(request: Request) -> Response:
    """Take those away that are over, for a browser on this machine; the one of `?net=` stays."""
    if not is_same_origin(request) or not is_here(request):
        return PlainTextResponse("this is for pages of this server, on its machine", 403)
    shared().take_away(request.query_params.get("net", ""))
    return Response(status_code=204)


def is_here(request: Request) -> bool:
    """Whether the browser runs on this machine, or comes through a tunnel that ends on it; not through a proxy."""
    is_forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded"))
    return request.client is not None and request.client.host in HERE and not is_forwarded
