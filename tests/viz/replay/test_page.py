import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest

from engine.descent.comparison import VERDICTS
from engine.tables.wording import Sentence
from tests.words.marked import said_in
from viz.race.component import tables
from viz.race.state import Race
from viz.replay import page as pages
from viz.replay import race
from viz.replay.bundle import parts
from viz.server.modules import VIZ
from viz.wire import payload
from viz.words.language import catalog, speaking

ENTRY = "canvas/run/replay.js"
MOST_OF_TEXTS = 200_000  # bytes of the three megabytes that a replay may take
EVIL = """</script><script>alert(1)</script><!-- <b>&"'\u2028"""


class Elements(HTMLParser):
    """Which elements a browser makes of a page, and the text of its scripts by their id."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.texts, self.open = [], {}, None
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open = dict(attrs).get("id") if tag == "script" else None

    def handle_data(self, data):
        if self.open:
            self.texts[self.open] = self.texts.get(self.open, "") + data

    def handle_endtag(self, tag):
        self.open = None


def test_nothing_in_the_page_has_an_address():
    made = Elements(pages.page(ENTRY, "A run", "sigmoid", {}, b"bytes"))
    addressed = [attrs[name] for _, attrs in made.tags for name in ("src", "href", "action") if name in attrs]
    assert addressed == []


def test_what_people_typed_stays_text():
    source = pages.page(ENTRY, EVIL, EVIL, {"said": EVIL}, b"")
    made = Elements(source)
    plain = Elements(pages.page(ENTRY, "A run", "", {"said": ""}, b""))
    assert [tag for tag, _ in made.tags] == [tag for tag, _ in plain.tags]
    assert json.loads(made.texts["recording"]) == {"said": EVIL}


def test_every_module_is_there_once_as_it_is_but_for_its_imports():
    modules = dict(pages.bundle(ENTRY))
    assert modules.keys() <= {path.relative_to(VIZ).as_posix() for path in VIZ.rglob("*.js")}
    assert "canvas/run/stream.js" not in modules
    for path, address in modules.items():
        source = unquote(address.removeprefix("data:text/javascript,"))
        before = (VIZ / path).read_text("utf-8").splitlines()
        for line, was in zip(source.splitlines(), before, strict=True):
            assert line == was or re.search(r'["\'](canvas|wire)/[\w/]+\.js["\'];?$', line)
        assert set(re.findall(r'from "([^"]+)"', source)) <= modules.keys()


@pytest.mark.parametrize("entry", [ENTRY, "canvas/race/replay.js"])
def test_a_page_has_the_texts_that_its_scripts_say_and_those_that_it_was_told(entry):
    known = catalog("zh")["texts"]
    told = Sentence("{place}: {said}", place="x", said=Sentence("which saturates")).to_dict()
    with speaking("zh"):
        texts = pages.texts(entry, {"findings": [told]})
    said = {text for path, _ in parts(entry) for text in said_in(VIZ / path)}
    assert texts.keys() >= (said | {told["template"]}) & known.keys()
    assert len(texts) < len(known) / 2
    assert texts.items() <= known.items()
    assert pages.texts(entry, {"findings": [told]}) == {}


def test_a_race_s_page_has_the_texts_of_its_answers_and_of_its_cards():
    rule = VERDICTS["stalled"]
    answer = payload.encode({"rules": {"stalled": rule}}, {"gaps": (np.zeros(3), "f4")})
    with speaking("zh"):
        made = race.replay(tables(Race()), [(("paths", None), answer)])
    known = catalog("zh")["texts"]
    assert all(known[text] in made for text in (rule, "Allowed: {span}.", "weight decay", "A recorded race"))


def test_a_page_is_in_the_language_that_is_spoken_as_it_is_made():
    assert '<html lang="en">' in pages.page(ENTRY, "", "", {}, b"")
    with speaking("zh"):
        made = pages.page(ENTRY, "", "", {}, b"")
    assert '<html lang="zh">' in made
    assert catalog("zh")["texts"][pages.UNREADABLE.template] in made
    assert len(made.encode()) - len(pages.page(ENTRY, "", "", {}, b"").encode()) < MOST_OF_TEXTS


def test_json_knows_no_nan_in_a_page():
    with pytest.raises(ValueError, match="JSON"):
        pages.page(ENTRY, "", "", {"loss": float("nan")}, b"")
