"""Words that are not marked, and sentences that are glued together, read from the source.

It takes for words what reads like them: two words with a blank between, or one that begins with a capital letter. A
key, a name or a piece of markup that only looks so stands in `MEANT`, with its file.
"""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.layout import graph
from tests.words import marked, scripts
from tests.words.citations import is_citation
from tests.words.engine import OF_ENGINE
from viz.pages import own_net
from viz.replay.page import POLICY
from viz.server.component import LOADER
from viz.shelf import ownership
from viz.shelf.store import COLUMNS
from viz.widgets import spoken
from viz.widgets.into_view import SCRIPT

LIKE_WORDS = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]{2,}|^[A-Z][a-z]{2,}[.:!?]?$")
FIELD = re.compile(r"\{[^{}]*\}")
WORD = re.compile(r"(?<![\w/.:=-])[^\W\d_]{2,}(?![\w/:=(-])")
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|BEGIN)\b")
ELSEWHERE = {
    "viz/exports/parts.py",  # lines of a program
    "viz/exports/script.py",
    "viz/server/command.py",  # read in a terminal
    "viz/own_net/script.py",
    "viz/own_net/starting.py",
}
"""Files whose words are on no page."""
NO_TEXT = {"key", "icon", "url_path", "type", "format", "mode"}
"""Arguments by these names are for machines."""
SOUGHT = ("querySelector", "querySelectorAll", "matches", "matchMedia")
"""What JavaScript seeks by is no text."""

MEANT: dict[str, set[str]] = {
    **OF_ENGINE,
    "viz/lessons/depth.py": {"Xavier"},
    "viz/lessons/worksheet.py": {'<div class="rule"></div>'},
    "viz/theme.py": {  # a font's names, and what who calls it wrong is told
        '"Source Sans", "Source Sans 3", sans-serif',
        "f\"unknown base {base!r}; choose from: {', '.join(BASES)}\"",
        "', '.join",
    },
    "viz/words/numbers.py": {"', '.join"},  # of a pair, as it is typed
    "viz/compare/controls.py": {"', '.join"},  # as it is typed
    "viz/compare/pictures.py": {"', '.join", "Parquet"},  # as a link writes them
    "viz/exports/takes.py": {"f'attachment; filename=\"{name}\"'"},
    "viz/shelf/store.py": {"' '.join", "', '.join", COLUMNS},
    "viz/replay/page.py": {POLICY},
    "viz/server/component.py": {LOADER},
    "viz/shelf/ownership.py": {ownership.SCRIPT},
    "viz/widgets/into_view.py": {SCRIPT},
    "viz/widgets/spoken.py": {spoken.SCRIPT},
    "viz/server/front.py": {"' '.join"},
    "viz/server/process.py": {"' '.join"},  # of a command
    "viz/server/guard.py": {"The fragment with id %s does not exist anymore"},  # as Streamlit's log has it
    "viz/server/message.py": {"f'{name} is no JSON'"},  # is caught
    "viz/server/meeting.py": {"f'{home} belongs to another user'"},  # of a folder, in a terminal
    "viz/server/modules.py": {"public, max-age=31536000, immutable"},
    "viz/server/tokens.py": {"f'{what} {token}'"},
    "viz/race/controls.py": {"', '.join"},  # of numbers, as they are typed
    "viz/race/racer.py": {"f'{entry.label}, options'"},  # a field's name
    "viz/race/state.py": {"', '.join"},
    "viz/race/takeaway.py": {"value above lowest [f]"},
    "viz/recurrent/case.py": {"f'RNN {NAMES.get(activation, activation)}'"},  # names that stay
    "viz/recurrent/controls.py": {"', '.join"},  # of numbers, as they are typed
    "viz/recurrent/table.py": {
        'f"""{style}<div class="nets" tabindex="0"><table>{head}{\'\'.join(body)}</table></div>"""',
        'f"""<span style="color: {palette[\'series\'][k]}">{SIGNS[k]}</span>"""',
        "f'{_sign(k, palette)} {escape(name)}'",
    },
    "viz/wire/payload.py": {  # for who calls it wrong
        "f\"unknown coding {coding!r}; choose from: {', '.join(CODINGS)}\"",
        "', '.join",
    },
    "viz/wire/result.py": {"an array's number"},
    "viz/wire/table.py": {"norm of change / norm of weights"},  # a unit, in the head of a file's column
    "viz/canvas/hover.js": {"translate(${Math.round(left)}px, ${Math.round(top)}px)"},
    "viz/canvas/place.js": {"var(--st-font, system-ui, sans-serif)", "var(--st-code-font, monospace)"},
    "viz/canvas/race/map.js": {"700 ${racer.chosen ? 11 : 10}px ${scene.ink.font}"},
    "viz/canvas/palette.js": {
        "PingFang SC",
        "Microsoft YaHei",
        "Noto Sans CJK SC",
        "Noto Sans SC",
        "Source Han Sans SC",
    },  # fonts
    "viz/canvas/race/problem.js": {"problem note"},
    "viz/canvas/run/histograms.js": {"${frame.epoch} ${layers} ${frame.linear}"},
    "viz/canvas/run/picture.js": {
        '<g transform="translate(${x} ${y})">${ctx.drawn}</g>',
        '<rect width="100%" height="100%" fill="${scene.ink.background}"/>',
    },
    "viz/canvas/run/profile.js": {"${key} ${quantity.key}"},
    "viz/canvas/run/stream.js": {"HTTP ${answer.status}"},
    "viz/canvas/run/timeline.js": {
        "scrub past",
        "calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${share.toFixed(5)})",
    },
    "viz/canvas/run/verdict.js": {"verdict ${said.tone}", "${name} ${ended}"},
    "viz/canvas/sketch/visit.js": {'${k && points[k - 1][2] ? "L" : "M"}${x} ${y}', "knob waits"},
    "viz/canvas/svg.js": {
        "M${short(x)} ${short(y)}",
        '${this.path ? "L" : "M"}${short(x)} ${short(y)}',
        "M${short(x - radius)} ${short(y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0"
        "a${radius} ${radius} 0 1 0 ${-2 * radius} 0",
        "image-rendering: pixelated",
        "0 0 ${width} ${height}",
    },
    "viz/live/routes.py": {
        # for programs: no page shows them
        "this is for pages of this server",
        "too many requests for this run",
        "there is no such run",
        "there is no such run: it was dropped, or the server was started again",
        "after, epoch and said are to be whole numbers",
        "f'more than {bucket.per_second} messages a second'",
    },
    "viz/nets/routes.py": {"this is for pages of this server"},
    "viz/own_net/callbacks.py": {"Callback"},
    "viz/own_net/notebook.py": {
        "pip install anywidget",
        "what shows this output draws no widgets; watch(..., notebook=False) shows the net in the app",  # in its place
        "f'Your net, {self.name}: {ELSEWHERE}'",
    },
    "viz/own_net/watching.py": {
        # printed
        "f'under its cell it is drawn by anywidget (`{notebooks.INSTALL}`), now in the app'",
        "f'Your net: {drawn}.'",
        "f'Your net: {words}'",
    },
    "viz/pages/own_net.py": {own_net.CODE},
    "viz/workbench/page.py": {"f'{name} {json.dumps(arguments, sort_keys=True)}'"},
    "viz/workers/train/compiling.py": {"f'{user} {compiled.__file__}'"},
    "viz/chrome.py": {"Gradient Flow Lab", "', '.join"},  # our name; selectors of a style sheet
    "viz/lessons/page.py": {"f'<p class=\"heard\">{escape(read_out(figure))}</p>'"},
    "viz/run/looks.py": {"'; '.join"},  # of an address
    "viz/run/takeaway.py": {"test loss"},  # a key of what is kept
    "viz/widgets/chart.py": {
        "f'<div class=\"figure-title\">{_in_words(title)}</div>'",
        "f'<small>{escape(line)}</small>'",
    },
}
"""A file -> what only looks like words there."""


class Found(NamedTuple):
    """A line that says something by itself: what, and whether it is glued."""

    line: int
    text: str
    is_glued: bool


def files(under: str) -> list[Path]:
    """The modules and scripts of a file or folder, by its path from the top."""
    everything = (*graph.modules().values(), *graph.scripts().values())
    place = graph.ROOT / under
    return sorted(path for path in everything if path == place or place in path.parents)


def unsaid(path: Path) -> list[Found]:
    """What a file has of words that nobody says in another language."""
    name = path.relative_to(graph.ROOT).as_posix()
    if name in ELSEWHERE:
        return []
    texts, meant = marked.said_in(path), MEANT.get(name, set())
    find = in_python if path.suffix == ".py" else in_javascript
    return [one for one in find(path.read_text("utf-8"), texts) if one.text not in meant]


def has_words(text: str) -> bool:
    """Whether a text reads like words, whatever values it names; a style sheet never does."""
    bare = FIELD.sub("", text)
    is_like = LIKE_WORDS.search(FIELD.sub("xx", text)) and re.search(r"[^\W\d_]{2}", bare)
    is_other = is_citation(text) or SQL.match(text) or "<style>" in text
    return bool(is_like) and not is_other


def in_python(source: str, texts: Collection[str]) -> Iterator[Found]:
    """The same of a module's source. texts: those that are marked."""
    module = ast.parse(source)
    silent = {id(node) for part in _silent(module) for node in ast.walk(part)}
    for node in ast.walk(module):
        if id(node) in silent:
            continue
        match node:
            case ast.Constant(str(text)) if has_words(text) and text.removeprefix(marked.PLACED) not in texts:
                yield Found(node.lineno, text, False)
            case ast.JoinedStr(values=parts) if _is_glue(
                "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            ):
                yield Found(node.lineno, ast.unparse(node), True)
            case ast.Call(func=ast.Attribute(value=ast.Constant(str(glue)), attr="join")) if " " in glue:
                yield Found(node.lineno, ast.unparse(node.func), True)


def _is_glue(text: str) -> bool:
    """Of an f-string, its values written {}: whether it joins words."""
    joins = (WORD.search(text.replace("{}", " ")) and " " in text) or "{} {}" in text
    return bool(joins) and not SQL.match(text)


def _silent(module: ast.Module) -> Iterator[ast.AST]:
    """What of a module nobody reads on a page."""
    for node in ast.walk(module):
        match node:
            case ast.Expr(value=ast.Constant(str())) | ast.Assign(targets=[ast.Name("__all__")]):
                yield node  # a docstring
            case ast.keyword(arg=name) if name in NO_TEXT:
                yield node
            case ast.Dict(keys=keys):
                yield from filter(None, keys)
            case ast.Compare() | ast.Assert() | ast.arg() | ast.AnnAssign(value=None):
                yield node
            case ast.AnnAssign(annotation=kind):
                yield kind
            case ast.FunctionDef(returns=kind) if kind:
                yield kind
            case ast.Raise(exc=ast.Call(func=ast.Name("TypeError" | "AssertionError" | "AttributeError"))):
                yield node
            case ast.Subscript(slice=key):
                yield key
            case ast.Call() if marked.called(node) in (
                "compile",
                "getLogger",
                "exception",
                "warning",
                "PlainTextResponse",  # to a program: a person is told by `refused`
                "Template",
                "TypeVar",
                "Remedy",
            ):
                yield node
            case ast.JoinedStr(values=parts):
                yield from (part for part in parts if isinstance(part, ast.Constant))
            case ast.FormattedValue(format_spec=kind) if kind:
                yield kind


def in_javascript(source: str, texts: Collection[str]) -> Iterator[Found]:
    """The same of a script's source."""
    tokens = scripts.code(source)
    for at, token in enumerate(tokens):
        if not scripts.is_text(token):
            continue
        text, before = scripts.text_of(token), [each.value for each in tokens[max(0, at - 2) : at]]
        is_compared, is_style = before == ["=", "="], before[-1:] == ["="] and before[0].endswith("STYLE")
        is_sought = before[-1:] == ["("] and before[0] in SOUGHT
        if before == ["class", ":"] or text in texts or before[-1:] == ["import"]:
            continue
        if is_compared or is_style or is_sought:
            continue
        if token.kind == "template" and "${" in text:
            if _is_glue(scripts.bare(text)):
                yield Found(token.line, text, True)
        elif has_words(text):
            yield Found(token.line, text, False)
