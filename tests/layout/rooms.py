"""The plan of the house as data: which room may import which."""

ENGINE = {
    "engine.tables": "",
    "engine.spec": "tables",
    "engine.nets": "",
    "engine.measure": "nets",
    "engine.theory": "tables spec nets",
    "engine.training": "tables spec nets measure",
    "engine.diagnosis": "tables spec measure theory",
    "engine.watch": "tables measure diagnosis",
    "engine.descent": "tables",
    "engine.recurrent": "tables spec nets measure theory",
    "engine.experiments": "tables spec nets measure theory training diagnosis",
    "engine": "tables spec nets measure theory training diagnosis watch descent recurrent experiments",
}
VIZ = {
    "viz": "engine.tables own_net",
    "viz.theme": "",
    "viz.chrome": "theme words engine.spec",
    "viz.wire": "",
    "viz.words": "engine.tables engine.spec",
    "viz.widgets": "words engine.tables",
    "viz.figures": "theme words",
    "viz.server": "theme wire words engine.tables engine.spec",
    "viz.live": "server wire engine.tables engine.spec",
    "viz.nets": "live replay server wire words engine.tables",
    "viz.own_net": "theme replay server wire words engine.tables engine.diagnosis engine.watch",
    "viz.workbench": "server wire words engine.tables",
    "viz.proof": "server workbench engine.tables engine.spec",
    "viz.replay": "theme server wire words engine.tables engine.measure",
    "viz.exports": "live replay server wire words engine.tables engine.spec",
    "viz.shelf": "chrome figures server widgets words engine.tables",
    "viz.run": "chrome exports figures live proof server shelf widgets wire words workbench "
    "engine.tables engine.spec",
    "viz.race": "chrome exports figures replay server shelf widgets wire words "
    "engine.tables engine.spec engine.descent",
    "viz.recurrent": "chrome theme figures widgets words workbench "
    "engine.tables engine.spec engine.theory engine.recurrent",
    "viz.compare": "run chrome figures server shelf widgets words workbench "
    "engine.tables engine.spec engine.theory engine.experiments",
    "viz.signal": "run chrome figures server widgets words workbench "
    "engine.tables engine.spec engine.theory engine.experiments",
    "viz.techniques": "run chrome figures server widgets words workbench "
    "engine.tables engine.spec engine.training engine.experiments",
    "viz.lessons": "run race recurrent chrome figures server widgets words workbench "
    "engine.tables engine.spec engine.measure engine.recurrent engine.experiments",
    "viz.pages": "run race shelf signal techniques recurrent compare lessons nets live server workbench widgets words "
    "engine.tables engine.spec engine.experiments",
    "viz.main": "chrome pages widgets words",
    "viz.__main__": "server",
    "viz.workers": "replay wire words race engine.tables engine.spec engine.nets engine.measure engine.theory "
    "engine.training engine.diagnosis engine.descent engine.recurrent engine.experiments",
    "app": "exports live nets proof race server shelf workbench",
}


def _table(rooms: dict[str, str], house: str) -> dict[str, set[str]]:
    names = {name.removeprefix(f"{house}."): name for name in rooms}
    return {room: {names.get(each, each) for each in may.split()} for room, may in rooms.items()}


ROOMS = _table(ENGINE, "engine") | _table(VIZ, "viz")
"""A room (a folder, or a file beside them) -> the rooms whose names it may take."""

PAGES = ("viz.run", "viz.race", "viz.recurrent", "viz.signal", "viz.techniques", "viz.compare")
"""What one page each shows: none knows another, but for the run, whose net others take up. Lessons lead to all."""

SCRIPTS = {
    "wire": set(),
    "canvas": {"wire"},
    "canvas/run": {"canvas", "wire"},
    "canvas/race": {"canvas", "wire"},
    "canvas/net": {"canvas", "canvas/run", "wire"},
    "canvas/sketch": {"canvas"},
    "canvas/lessons": {"canvas"},
}
"""The same for the folders of JavaScript in viz/."""

HEAVY = {"torch", "sklearn", "numba", "scipy"}
LIGHT = (
    "engine.tables", "engine.spec", "engine.diagnosis",
    "viz.wire", "viz.words", "viz.widgets", "viz.server", "viz.live", "viz.nets", "viz.workbench",
    "viz.exports", "viz.proof", "viz.replay", "viz.shelf",
    "viz.run", "viz.race", "viz.recurrent", "viz.signal", "viz.techniques", "viz.compare", "viz.lessons",
    "viz.pages", "viz.main", "viz.__main__", "viz.chrome", "viz.theme", "viz.figures", "app",
)  # fmt: skip
"""Rooms in which no file imports a heavy library by itself; what only a type checker reads is no import."""

NEVER_REACHED = {
    "engine.nets": ("engine.tables", "engine.spec"),
    "engine.measure": ("engine.tables", "engine.spec"),
    "engine.diagnosis.rules": ("engine.spec", "engine.theory", "engine.diagnosis.cures"),
}
"""What knows no spec, not even through others: any module can be measured and judged."""
