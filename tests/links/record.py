"""The links that must keep their meaning, and what was recorded of each; records the new ones.

To add a link, give it the record null in links.json and run `python -m tests.links.record`. One that has a record
keeps it: to record it again, set it to null first.
"""

import json
from pathlib import Path
from typing import Any

import torch

from tests.links.outcome import follow

FILE = Path(__file__).with_name("links.json")


def recorded() -> dict[str, Any]:
    """link -> what its page read and what followed, None for a link without a record."""
    return json.loads(FILE.read_text())


def record() -> int:
    """Follow each link that has no record and keep what comes; returns how many."""
    links = recorded()
    new = [link for link, known in links.items() if known is None]
    torch.set_num_threads(1)
    links |= {link: follow(link) for link in new}
    FILE.write_text(json.dumps(links, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return len(new)


if __name__ == "__main__":
    print(f"{record()} links recorded.")
