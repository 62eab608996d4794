"""A full server's places: whose run gives way to a newcomer's."""

from collections import Counter
from collections.abc import Collection

from viz.live.run import Run
from viz.server import bounds
from viz.server.bounds import FullError
from viz.server.visitors import Visitor


def in_the_way(runs: Collection[Run], newcomer: Visitor) -> Run | None:
    """The run that has to go before there is room for the newcomer's, where there are too many.

    FullError where nobody has more than a fair share.
    """
    if len(runs) < bounds.MOST_RUNS:
        return None
    if run := gives_way(runs, newcomer):
        return run
    raise FullError(
        "This server has {value} runs, which is as many as it takes; try again in two minutes, or close another tab of "
        "yours.",
        value=len(runs),
    )


def gives_way(runs: Collection[Run], newcomer: Visitor) -> Run | None:
    """The run that makes room for one more of the newcomer's; None when nobody has more than a fair share.

    Of an address that would still have no fewer runs than the newcomer's, or within one address of such a browser, and
    of the newcomer's own those that nobody watches. The run unwatched for longest goes first, then the youngest.
    """
    of_address = Counter(run.visitor.address for run in runs)
    of_browser = Counter(run.visitor for run in runs)

    def has_too_many(run: Run) -> bool:
        if run.visitor == newcomer:
            return not run.viewers
        if run.visitor.address == newcomer.address:
            return of_browser[run.visitor] > of_browser[newcomer] + 1
        return of_address[run.visitor.address] > of_address[newcomer.address] + 1

    def order(run: Run) -> tuple[float, ...]:
        shares = of_address[run.visitor.address], of_browser[run.visitor]
        return (*shares, not run.viewers, run.seen if run.viewers else -run.seen)

    return max(filter(has_too_many, runs), key=order, default=None)
