"""The one thing that only an answer of the server can do: let this browser keep another shelf's key."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from engine.tables.wording import Sentence
from viz.server import keys
from viz.server.asked import refused
from viz.server.guard import is_same_origin
from viz.server.tokens import TOKEN


async def use(request: Request) -> Response:
    """Keep the key in the address, and go to the shelf. 403 for another site's page, which could hide one's shelf."""
    key = request.path_params["key"]
    if not is_same_origin(request, may_be_missing=True):
        return refused(request, Sentence("this is for pages of this server"), 403)
    if not TOKEN.fullmatch(key):
        return refused(request, Sentence("this is no key of a shelf"), 404)
    query = f"?{request.url.query}" if request.url.query else ""
    answer = RedirectResponse(f"../../shelf{query}", 303, {"Cache-Control": "no-store"})
    keys.give(request, answer, key)
    return answer


def routes() -> list[Route]:
    """For `st.App(routes=...)`; also under any path before it."""
    return [Route(f"{prefix}/shelf/use/{{key}}", use) for prefix in ("", "/{base:path}")]
