"""One HTML file with a view of the canvas in it: its modules, what it shows, and a policy that forbids the network.

A module imports another by its path; a file opened from disk may load no other file, so each module is written as a
`data:` address, an import map gives it its path as a name, and the imports are rewritten to these names.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any
from urllib.parse import quote

from viz.replay.bundle import named, parts
from viz.theme import palettes

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data: blob:"
)
AS_IT_IS = " !$&'()*+,-./:;=?@[]^_`{|}~"  # what a data: address may hold unescaped

PAGE = Template("""\
<!doctype html>
<html lang="en">
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
<noscript><p>This file plays with JavaScript, which this browser does not run.</p></noscript>
<script type="application/json" id="recording">$recording</script>
<script type="application/octet-stream" id="bytes">$bytes</script>
<script type="module">
import { replay } from "$entry";
const [el, recording, bytes] = ["view", "recording", "bytes"].map((id) => document.getElementById(id));
const colors = $colors;
const dark = matchMedia("(prefers-color-scheme: dark)");
const font = "system-ui, sans-serif";
const palette = () => ({ ...colors[dark.matches ? "dark" : "light"], font, paper: colors.light });
replay({ el, colors: palette(), recording: JSON.parse(recording.textContent), bytes: bytes.textContent })
  .then((view) => dark.addEventListener("change", () => view.dress(palette())))
  .catch((error) => el.replaceChildren("This recording could not be read: " + error.message));
</script>
</body>
</html>
""")


def page(entry: str, title: str, caption: str, recording: Mapping[str, Any], data: bytes) -> str:
    """The whole file. entry: a module that exports `replay`; recording: plain JSON, and data, its bytes."""
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
        modules=in_script({"imports": bundle(entry)}),
        entry=entry,
        colors=in_script(colors),
        recording=in_script(recording),
        bytes=b64encode(data).decode(),
    )


def bundle(entry: str) -> dict[str, str]:
    """The path of the module, and of all that it imports -> its data: address."""
    return {
        path: "data:text/javascript," + quote(named(source), safe=AS_IT_IS) for path, source in parts(entry)
    }


def in_script(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
