"""One HTML file with a view of the canvas in it: its modules, what it shows and says, and a policy that forbids the
network.

A module imports another by its path; a file opened from disk may load no other file, so each module is written as a
`data:` address, an import map gives it its path as a name, and the imports are rewritten to these names.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from string import Template
from typing import Any
from urllib.parse import quote

from engine.tables.wording import Sentence
from viz.replay.bundle import named, parts
from viz.server.modules import SPEECH
from viz.theme import palettes
from viz.words.language import catalog, language, say

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data: blob:"
)
UNREADABLE = Sentence("This recording could not be read: {why}")
ESCAPED = re.compile(r"\\u(?:\{(\w+)\}|(\w{4}))")  # a character, in JavaScript
AS_IT_IS = " !$&'()*+,-./:;=?@[]^_`{|}~"  # what a data: address may hold unescaped

PAGE = Template("""\
<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="generator" content="Gradient Flow Lab">
<title>$title</title>
<style>
:root { color-scheme: light dark; --paper: $light; --ink: $ink; --faint: $faint; }
@media (prefers-color-scheme: dark) { :root { --paper: $dark; --ink: $dark_ink; --faint: $dark_faint; } }
body { margin: 0; padding: 10px 20px; background: var(--paper); color: var(--ink);
  font: 14px/1.4 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 0 16px; align-items: baseline; margin-bottom: 6px; }
h1 { font-size: 17px; margin: 0; }
p { margin: 0; color: var(--faint); overflow-wrap: anywhere; min-width: 0; }
</style>
<script type="importmap">$modules</script>
</head>
<body>
<header><h1>$title</h1><p>$caption</p></header>
<div id="view"></div>
<noscript><p>$noscript</p></noscript>
<script type="application/json" id="recording">$recording</script>
<script type="application/octet-stream" id="bytes">$bytes</script>
<script type="module">
import { replay } from "$entry";
import { say, speak } from "$speech";
speak("$language", $texts);
const [el, recording, bytes] = ["view", "recording", "bytes"].map((id) => document.getElementById(id));
const colors = $colors;
const dark = matchMedia("(prefers-color-scheme: dark)");
const font = "system-ui, sans-serif";
const palette = () => ({ ...colors[dark.matches ? "dark" : "light"], font, paper: colors.light });
replay({ el, colors: palette(), recording: JSON.parse(recording.textContent), bytes: bytes.textContent })
  .then((view) => dark.addEventListener("change", () => view.dress(palette())))
  .catch((error) => el.replaceChildren(say($unreadable, { why: error.message })));
</script>
</body>
</html>
""")


def page(entry: str, title: str, caption: str, recording: Mapping[str, Any], data: bytes) -> str:
    """The whole file, in the language that is spoken now. entry: a module that exports `replay`; recording: plain JSON,
    and data, its bytes."""
    colors = palettes()
    return PAGE.substitute(
        policy=POLICY,
        title=escape(title),
        caption=escape(caption),
        light=colors["light"]["background"],
        dark=colors["dark"]["background"],
        ink=colors["light"]["text"],
        dark_ink=colors["dark"]["text"],
        faint=colors["light"]["muted"],
        dark_faint=colors["dark"]["muted"],
        modules=in_script({"imports": bundle(entry) | bundle(SPEECH)}),
        entry=entry,
        speech=SPEECH,
        language=language(),
        texts=in_script(texts(entry, recording)),
        noscript=escape(say("This file plays with JavaScript, which this browser does not run.")),
        unreadable=in_script(UNREADABLE.template),
        colors=in_script(colors),
        recording=in_script(recording),
        bytes=b64encode(data).decode(),
    )


def bundle(entry: str) -> dict[str, str]:
    """The path of the module, and of all that it imports -> its data: address."""
    return {
        path: "data:text/javascript," + quote(named(source), safe=AS_IT_IS) for path, source in parts(entry)
    }


def texts(entry: str, recording: Mapping[str, Any]) -> dict[str, str]:
    """Of the catalog of the language that is spoken now what the file may say: {English: this language's}.

    That is what stands in its scripts, and what Python told within the recording to be said there.
    """
    known = catalog(language()).get("texts", {})
    told = {UNREADABLE.template, *strings(recording)} & known.keys()
    return {text: known[text] for text in sorted(_written(entry, language()) | told)}


@cache
def _written(entry: str, name: str) -> frozenset[str]:
    """The texts of a catalog that stand in the scripts of an entry, or look so."""
    sources = [named(source) for _, source in (*parts(entry), *parts(SPEECH))]
    written = ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), "\n".join(sources)).replace(
        '\\"', '"'
    )
    return frozenset(text for text in catalog(name).get("texts", {}) if text in written)


def strings(value: Any) -> Iterator[str]:
    """Every text in plain JSON, but for its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from strings(each)


def in_script(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
