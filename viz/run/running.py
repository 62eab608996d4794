"""The run of the page and the one beside it are of its settings; a change is seen before the page is drawn anew."""

from contextlib import suppress

from engine.spec import RunSpec, SpecError
from viz.live import host
from viz.run import looks, session
from viz.server import visitors
from viz.server.bounds import FullError


def run() -> None:
    """See to it that they run. Cheap when nothing changed; SpecError and FullError as `Host.want` raises them."""
    if (first := session.first()) is None:
        _alone()
    else:
        _beside(first)


def at_once() -> None:
    """A control was changed: who watches sees a frame of it before a browser has its fields to draw."""
    with suppress(SpecError, FullError):  # the page will say so
        run()
    token = session.token() if session.first() is None else session.second()
    if host.shared().answered(token):
        looks.tell_changes(host.shared().changes(session.token()))


def _alone() -> None:
    waits = session.is_linked()
    anew = waits or session.is_cured()
    host.shared().want(
        session.token(), session.spec(), anew=anew, waits=waits, visitor=visitors.of_this_page()
    )


def _beside(first: RunSpec) -> None:
    """A as it is; B from its beginning at every change, for both are to have come the same way."""
    waits, visitor = session.is_linked(), visitors.of_this_page()
    a, b = session.token(), session.second()
    host.shared().want(a, first, anew=waits, waits=waits, visitor=visitor, beside=b)
    if session.spec() == first:
        host.shared().forget(b)
    else:
        host.shared().want(b, session.spec(), anew=True, waits=waits, visitor=visitor, beside=a)
