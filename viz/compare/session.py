"""What one visitor compares."""

from viz.compare.plan import KEYS, Plan
from viz.widgets.memory import Memory

LABELS = {
    "vary": "Vary",
    "values": "Values",
    "also": "And",
    "also_values": "Its values",
    "seeds": "Seeds",
    "steps": "Steps",
    "rank": "Rank by",
    "folds": "Judge on",
}

memory = Memory("compare", Plan.read, Plan.write, change=Plan.change, labels=LABELS)


def plan() -> Plan:
    """What is on screen."""
    return memory.value


def open_page() -> None:
    """Find the plan, in the address or as it was left."""
    memory.open(owns=KEYS.__contains__)
