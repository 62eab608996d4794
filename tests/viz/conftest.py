"""What every page without a browser starts from."""

from collections.abc import Iterator

import pytest

from viz.widgets import below


@pytest.fixture(autouse=True, scope="session")
def nobody_watches() -> Iterator[None]:
    """So nothing beside a view waits for a browser to have it on screen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(below, "AT_ONCE", 0.0)
        yield
