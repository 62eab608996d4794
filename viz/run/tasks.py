"""The task on the page: what a link asks for, above the view, and the place where one is made, below it."""

import streamlit as st

from engine.spec import RunSpec
from viz.run import session, task
from viz.run.lessons import PANELS
from viz.run.task import LOCKABLE, LONGEST, PARTS, Task
from viz.widgets.drawer import drawer
from viz.widgets.language import along
from viz.words.text import plain

NONE = "none"


def board() -> None:
    """The task of the page's link as plain text, what it locks and hides, and the way back to its beginning."""
    with st.container(key="task"):
        now = task.now()
        if now is None:
            return
        st.markdown(
            "\n\n".join(plain(line.strip()) for line in now.words.split("\n") if line.strip()) or "A task."
        )
        kept = {"Locked": LOCKABLE, "Out of sight": PARTS}
        listed = zip(kept.items(), (now.locks, now.hides), strict=True)
        said = [
            f"{what}: {', '.join(called[name] for name in names)}."
            for (what, called), names in listed
            if names
        ]
        if said:
            st.caption(plain(" ".join(said)))
        st.button(
            "Begin again",
            key="begin_again",
            icon=":material/replay:",
            on_click=session.begin_again,
            help="All settings as the task begins with them.",
        )


@st.fragment
def share(spec: RunSpec) -> None:
    """A teacher's form: a task, what it locks and hides, and the link that carries it."""
    with drawer("Share this as a task", "share_task", icon=":material/assignment:") as is_open:
        if is_open:
            _form(spec)


def _form(spec: RunSpec) -> None:
    st.caption(
        "A link that opens the page as its settings are now, with a task above it. Its text is shown as you type "
        "it. A lock keeps a setting in the sidebar and in the address as it is; it is no secret."
    )
    words = st.text_area(
        "Task", key="task_words", max_chars=LONGEST, placeholder="Which layer learns first? Why?"
    )
    locks = st.multiselect("Locked", list(LOCKABLE), format_func=LOCKABLE.__getitem__, key="task_locked")
    hides = st.multiselect("Out of sight", list(PARTS), format_func=PARTS.__getitem__, key="task_hidden")
    look = st.selectbox(
        "Look here first",
        [NONE, *PANELS],
        format_func=lambda name: PANELS.get(name, "nowhere"),
        key="task_looks",
    )
    made = Task(task.cleaned(words), spec, tuple(locks), tuple(hides), "" if look == NONE else look)
    if not made.words:
        st.caption("Write the task, and its link is here.")
        return
    page = (st.context.url or ".").split("?")[0]
    st.code(along(f"{page}?{task.link(made)}"), language=None, wrap_lines=True)
