"""How a race is looked at, as a link says it."""

from viz.race.state import MOST_RUNS

LOOKS = {
    "speed": ("5", "20", "60", "200", "600"),
    "view": ("map", "relief"),
    "curve": ("gap", "distance", "length", "rates"),
    "basins": ("true",),
    "open": tuple(map(str, range(MOST_RUNS))),
}
"""The same as viz/canvas/race/look.js has, where they are read and written."""
DETAIL = "detail"
KEYS = (*LOOKS, DETAIL)
"""Keys of the address that are no part of the race."""
