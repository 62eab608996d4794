"""What the README promises of a server that is treated badly, and the table of how each promise was kept."""

from typing import NamedTuple

PROMISES = {
    "death": "A run whose process dies resumes at a press where it was. Up to a million parameters at most 2 s of play "
    "are lost.",
    "helpers": "After the race's or the workbench's process died, both answer again within 12 s.",
    "asleep": "A process that stands still, as on a laptop that sleeps, goes on by itself; the page says since when.",
    "cut": "A cut connection costs nothing: the run plays on, and its page sees it again.",
    "disk": "A full disk ends no run: its page is told that it cannot be resumed, and when it can again.",
    "swept": "A temporary folder that is swept away is made again.",
    "hostile": "Whatever a browser sends is answered, and nobody else notices.",
    "bodies": "A message that is not whole within 5 s is let go.",
    "unfinished": "A websocket message that stops half way is let go within 15 s; at most 8 MB of it are held.",
    "places": "A run is kept for two minutes after its page was closed. On a full server, 64 runs, who has more than a "
    "fair share gives one up to a newcomer; nobody else does.",
    "slow": "A small net keeps half its pace, and frames no older than 1 s, beside three of the largest.",
    "crowd": "Thirty viewers may watch for as long as they like: memory and descriptors stay as they are.",
}


class Row(NamedTuple):
    """What was done for one promise: how often, how often it held, and what was lost in words."""

    promise: str
    done: int
    held: int
    lost: str

    @property
    def is_kept(self) -> bool:
        return self.done == self.held


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| promise | done | held | lost |", "|---|---|---|---|"]
    lines += [f"| {PROMISES[row.promise]} | {row.done} | {row.held} | {row.lost} |" for row in rows]
    return "\n".join(lines)
