"""A module of the canvas with all that it imports, in one piece: for where no file may load another."""

import json
import re
from functools import cache
from posixpath import dirname, join, normpath
from string import Template

from viz.server.modules import VIZ

IMPORTED = re.compile(r"""((?:\bfrom|\bimport)\s*)["'](\.[^"']+)["']""")
Parts = tuple[str, ...]

LATER = Template("""\
// $entry of Gradient Flow Lab, with all that it imports: there at once, loaded when it is first shown.
const modules = $modules; // [path, what it says, with the paths of what it imports at odd places], these before it
async function load() {
  const at = {};
  for (const [path, parts] of modules) {
    const source = parts.map((part, i) => (i % 2 ? JSON.stringify(at[part]) : part));
    at[path] = URL.createObjectURL(new Blob(source, { type: "text/javascript" }));
  }
  const entry = await import(at["$entry"]);
  for (const url of Object.values(at)) URL.revokeObjectURL(url);
  return entry;
}
let loaded = null;
export default {
  async render(shown) {
    loaded ??= load();
    return (await loaded).render(shown);
  },
};
""")


@cache
def parts(entry: str) -> tuple[tuple[str, Parts], ...]:
    """(path, its source) of the module and of all that it imports, each after those that it imports itself.

    A source is cut where it names another module: at odd places stands the path of that one.
    """
    found: dict[str, Parts] = {}

    def take(path: str) -> None:
        *cuts, rest = IMPORTED.split((VIZ / path).read_text("utf-8"))
        source: list[str] = []
        for text, word, name in zip(cuts[::3], cuts[1::3], cuts[2::3], strict=True):
            other = normpath(join(dirname(path), name))
            source += [text + word, other]
            if other not in found:
                take(other)
        found[path] = (*source, rest)

    take(entry)
    return tuple(found.items())


def named(source: Parts) -> str:
    """The source of a module that imports others by their paths."""
    return "".join(json.dumps(part) if k % 2 else part for k, part in enumerate(source))


@cache
def widget_module(entry: str) -> str:
    """An ES module for anywidget, whose `render` is the entry's.

    anywidget gives up on a module that is not there within two seconds, and hears no message of its model from then
    on: the dozens of files behind an entry are loaded by `render`, which may take its time.
    """
    return LATER.substitute(entry=entry, modules=json.dumps(parts(entry), ensure_ascii=False))
