"""What each page reads in its address: its own reading, asked as a visitor's browser asks it."""

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from viz.compare import session as comparison
from viz.compare.plan import KEYS as PLAN
from viz.lessons import session as lesson
from viz.race.link import write as write_race
from viz.race.session import memory as race
from viz.recurrent.session import memory as recurrence
from viz.run.session import memory as net
from viz.run.session import open_page as open_run
from viz.server.bounds import check_size
from viz.signal.settings import OPTIONS as SETTINGS
from viz.signal.settings import open_page as open_settings
from viz.signal.settings import setting
from viz.techniques import SECTIONS
from viz.techniques.activations import PARTS as ACTIVATION_PARTS
from viz.techniques.address import KEYS, PART, SHOW, choose
from viz.techniques.batch_norm import PARTS as BATCH_NORM_PARTS
from viz.techniques.dropout import PARTS as DROPOUT_PARTS

Reading = dict[str, Any]

PARTS = {"activations": ACTIVATION_PARTS, "batch_norm": BATCH_NORM_PARTS, "dropout": DROPOUT_PARTS}
"""technique -> its parts by their name in the address."""


def train() -> Reading:
    open_run()
    return run()


def signal() -> Reading:
    open_run(beside=SETTINGS, check=check_size)
    open_settings()
    return run() | {"settings": {name: setting(name) for name in SETTINGS}}


def techniques() -> Reading:
    open_run(beside=KEYS)
    read = run()
    titles = {name: section.TITLE for name, section in SECTIONS.items()}
    read[SHOW] = choose(SHOW, titles, key="technique", label="Technique")
    if parts := PARTS.get(read[SHOW]):
        read[PART] = choose(PART, dict.fromkeys(parts, "A part"), key="part", label="Part")
    return read


def compare() -> Reading:
    open_run(beside=PLAN)
    comparison.open_page()
    return run() | {"plan": comparison.plan().write(), "refused": comparison.memory.notices()}


def recurrent() -> Reading:
    recurrence.open()
    return {"case": recurrence.value.write(), "notices": recurrence.kept.notices}


def optimizers() -> Reading:
    race.open()
    return {"race": write_race(race.value), "notices": race.kept.notices}


def lessons() -> Reading:
    lesson.open_page()
    return {"place": lesson.place().write(), "notices": lesson.memory.notices()}


def run() -> Reading:
    """The spec that was read, as the engine alone would be asked for it, and what is said about the address."""
    return {"spec": net.value.to_query(), "notices": net.notices()}


PAGES: dict[str, Callable[[], Reading]] = {
    "/": train,
    "/signal": signal,
    "/techniques": techniques,
    "/compare": compare,
    "/recurrent": recurrent,
    "/optimizers": optimizers,
    "/lessons": lessons,
}
"""path of the page -> its reading."""


def query_of(link: str) -> dict[str, str]:
    """The keys of a link as a browser hands them on."""
    return dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))


def path_of(link: str) -> str:
    return urlsplit(link).path


def read(link: str) -> Reading:
    """What the link's page reads, says beside its fields, and leaves in the address bar."""
    found, app = asked(PAGES[path_of(link)], query_of(link))
    said = [element.value for element in (*app.error, *app.info)]
    return found | {"said": said, "address": _plain(app.query_params)}


def asked(page: Callable[[], Reading], query: Mapping[str, str]) -> tuple[Reading, AppTest]:
    """What the page finds where a browser opens it at the query, and the app as it is then."""
    found: Reading = {}
    app = AppTest.from_function(_script, args=(page, found), default_timeout=60)
    app.query_params.update(query)
    # no page reads its address with a component, and the search for them goes through every installed package
    with patch.object(BidiComponentManager, "discover_and_register_components"):
        app.run()
    assert not app.exception, app.exception
    return found, app


def _script(page, found) -> None:  # it runs from its source alone, where no other name is known
    found.update(page())


def _plain(query: Mapping[str, Any]) -> dict[str, str]:
    """Each key's last text: a browser may give several."""
    return {key: texts if isinstance(texts, str) else texts[-1] for key, texts in query.items()}
