"""The shelf: what was kept, to see again, to set side by side and to take along."""

import io
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from html import escape
from string import Template
from typing import TYPE_CHECKING

import streamlit as st

from viz.server import keys
from viz.shelf import ownership, removing
from viz.shelf.archive import MOST_PACKED, brought_back, file_name, packed
from viz.shelf.drawing import names, pictures, runner
from viz.shelf.keeping import shelf, told
from viz.shelf.removing import CHOSEN
from viz.shelf.store import MEGABYTE, Item, ShelfError, named
from viz.widgets.chart import chart
from viz.widgets.language import along
from viz.words.labels import label as field_label
from viz.words.language import say
from viz.words.spec import entry_label
from viz.words.text import plain

if TYPE_CHECKING:
    import pandas

TYPES = {"html": "text/html", "csv": "text/csv"}
TAKEN, TOLD = "shelf_files_taken", "shelf_told"
GLANCE, FEW = 240, 6  # pixels of the list of all that is kept, where it is longer than so many
TALL = 860  # pixels of a replay
FRAMED = Template(
    "<style>body { margin: 0 } iframe { border: 0; width: 100%; height: 100vh; display: block }</style>"
    '<iframe srcdoc="$page" sandbox="allow-scripts allow-downloads"></iframe>'
)
"""A frame in which a file that came from elsewhere is alone: it reaches neither the page nor what the browser keeps."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def page() -> None:
    """Everything, or why it cannot be shown."""
    st.markdown(f"## {say('Shelf')}")
    _say_what_came()
    key = keys.of_this_page()
    ownership.taken_up(key)
    try:
        items = {item.id: item for item in shelf().items(key)}
    except ShelfError as error:
        st.error(plain(told(error)), icon=":material/error:")
        return
    removing.way_back(key)
    if items:
        at_a_glance(items)
        chosen = choose(items)
        if len(chosen) == 1:
            one(key, chosen[0])
        elif chosen:
            several(key, chosen)
    else:
        st.info(
            say(
                "Nothing is kept yet. **Keep on the shelf** stands below a run, a comparison or a race: what you keep "
                "there is here tomorrow too."
            ),
            icon=":material/bookmark:",
        )
    take_along(key, list(items.values()))
    bring_back()
    ownership.about(key, list(items.values()))


def at_a_glance(items: dict[int, Item]) -> None:
    """All that is kept, the newest first: a press shows one of them."""
    if len(items) < 2:
        return
    looked_at = st.session_state.get(CHOSEN, [next(iter(items))])
    st.markdown(f"**{say('On the shelf, the newest first')}**")
    with st.container(height=GLANCE if len(items) > FEW else "content", gap=None, key="shelf_list"):
        for id, item in items.items():
            st.button(
                plain(label(item)),
                key=f"shelf_look_{id}",
                type="tertiary",
                icon=":material/visibility:" if id in looked_at else ":material/bookmark:",
                on_click=_look_at,
                args=(id,),
            )


def _look_at(id: int) -> None:
    st.session_state[CHOSEN] = [id]


def choose(items: dict[int, Item]) -> list[Item]:
    """A list of all that is kept; several can be chosen."""
    st.session_state[CHOSEN] = [id for id in st.session_state.get(CHOSEN, [next(iter(items))]) if id in items]
    ids = st.multiselect(
        say("What to look at (several to compare)"),
        list(items),
        format_func=lambda id: label(items[id]),
        key=CHOSEN,
        placeholder=say("Choose one, or several"),
    )
    return [items[id] for id in ids]


def label(item: Item) -> str:
    """An item in one line."""
    at = datetime.fromtimestamp(item.made_at)
    when = say(
        "{day} {month} {year} {time}",
        day=f"{at:%d}",
        month=say(MONTHS[at.month - 1]),
        year=at.year,
        time=f"{at:%H:%M}",
    )
    return f"{item.name} · {say(item.kind)} · {when}"


def one(key: str, item: Item) -> None:
    """What is known of it, and what can be done with it."""
    st.markdown(f"**{plain(item.name)}**: {plain(item.caption)}")
    suffix = item.file.rpartition(".")[2]
    with st.container(horizontal=True):
        st.link_button(say("Open it"), along(item.link), icon=":material/open_in_new:")
        try:
            body = shelf().body(key, item.id)
        except ShelfError as error:
            st.error(plain(told(error)), icon=":material/error:")
            return
        st.download_button(
            say("Save {file}", file=item.file),
            body,
            file_name(item),
            TYPES.get(suffix),
            icon=":material/download:",
            key="shelf_save",
        )
        with st.popover(say("Rename"), icon=":material/edit:"):
            st.text_input(
                say("Name"), item.name, key=f"shelf_name_{item.id}", on_change=_rename, args=(key, item.id)
            )
        removing.button(key, say("Take it off"), [item.id])
    for place, figure in pictures([item]):
        chart(figure, place)
    if suffix == "html":
        if st.toggle(say("Play it here"), key=f"shelf_play_{item.id}"):
            st.iframe(FRAMED.substitute(page=escape(body.decode())), height=TALL)
    else:
        st.dataframe(_rows(body), hide_index=True)


def several(key: str, items: Sequence[Item]) -> None:
    """Their curves in one picture, and the settings in which they differ."""
    for place, figure in pictures(items):
        chart(figure, place)
    if rows := differing(items):
        st.markdown(f"**{say('What differs')}**")
        st.dataframe(
            {say("setting"): list(map(called, rows))}
            | {
                title: [runner(say(entry_label(name, rows[name][at]))) for name in rows]
                for at, title in enumerate(names(items))
            },
            hide_index=True,
        )
    else:
        st.caption(say("They have the same settings."))
    removing.button(key, say("Take these {n} off", n=len(items)), [item.id for item in items])


def called(setting: str) -> str:
    """What a setting is called that was kept by its name, or by what it was called: an entry's option in two parts."""
    entry, _, option = setting.partition(": ")
    name = say(field_label(entry))
    return say("{name}: {text}", name=name, text=say(option)) if option else name


def differing(items: Sequence[Item]) -> dict[str, list[str]]:
    """The settings that are not the same in all of them: name -> the text of each, a dash where it has none."""
    names = dict.fromkeys(name for item in items for name in item.settings)
    rows = {name: [item.settings.get(name, "–") for item in items] for name in names}
    return {name: row for name, row in rows.items() if len(set(row)) > 1}


def take_along(key: str, items: Sequence[Item]) -> None:
    """The whole shelf as one file."""
    if items:
        st.download_button(
            say("Export the shelf"),
            partial(packed, shelf(), key, items),
            "shelf.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="shelf_all",
            help=say(
                "All that is on it in one zip file, which “Bring a shelf back” reads, here or elsewhere."
            ),
        )


def bring_back() -> None:
    """Where the file of a shelf is given."""
    with st.expander(say("Bring a shelf back")):
        st.file_uploader(
            say("The zip file of a shelf"),
            type=["zip"],
            max_upload_size=MOST_PACKED // MEGABYTE,
            key=_place_for_a_file(),
            on_change=_take_up,
            help=say(
                "What “Export the shelf” made, here or on another server. It comes to what is here "
                "already, and nothing is doubled."
            ),
        )


def _place_for_a_file() -> str:
    """The key of the field for a file: another one after each, or the server would hold the file on."""
    return f"shelf_file_{st.session_state.get(TAKEN, 0)}"


def _take_up() -> None:
    given = st.session_state[_place_for_a_file()]
    if given is None:
        return
    try:
        new, there = brought_back(shelf(), keys.of_this_page(), given.name, given.getvalue())
    except ShelfError as error:
        st.session_state[TOLD] = "error", told(error)
    else:
        st.session_state[TOLD] = "success", _came(new, there)
    st.session_state[TAKEN] = st.session_state.get(TAKEN, 0) + 1


def _came(new: int, there: int) -> str:
    if not there:
        return say("Brought back: {n} {n:thing|things}.", n=new)
    if not new:
        return say("Nothing new: all that the file holds is on the shelf already ({n}).", n=there)
    return say(
        "Brought back: {n} {n:thing|things}; {m} {m:was|were} on the shelf already and {m:is|are} not doubled.",
        n=new,
        m=there,
    )


def _say_what_came() -> None:
    """What became of the file that was given just now."""
    if said := st.session_state.pop(TOLD, None):
        kind, words = said
        if kind == "error":
            st.error(plain(words), icon=":material/error:")
        else:
            st.success(plain(words), icon=":material/check:")


def _rows(body: bytes) -> "pandas.DataFrame":
    import pandas

    return pandas.read_csv(io.BytesIO(body))


def _rename(key: str, id: int) -> None:
    try:
        shelf().rename(key, id, named(st.session_state[f"shelf_name_{id}"]))
    except ShelfError as error:
        st.toast(plain(told(error)), icon=":material/error:")
