"""The task on the page: what a link asks for, above the view, and the place where one is made, below it."""

import streamlit as st

from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz.run import session, task
from viz.run.lessons import PANELS
from viz.run.task import LOCKABLE, LONGEST, PARTS, Task
from viz.widgets.drawer import drawer
from viz.widgets.into_view import into_view
from viz.widgets.language import along
from viz.words.language import paragraph, say
from viz.words.text import plain

NONE = "none"


def board() -> None:
    """The task of the page's link as text, what it locks and hides, and the way back to its beginning."""
    with st.container(key="task"):
        now = task.now()
        if now is None:
            return
        # Markdown makes links of bare addresses, escaped or not, and paragraphs of lines
        st.text(now.words or say("A task."))
        locked = [Sentence(LOCKABLE[name]) for name in now.locks]
        hidden = [Sentence(PARTS[name]) for name in now.hides]
        said = paragraph(
            say("Locked: {names}.", names=locked) if locked else "",
            say("Out of sight: {names}.", names=hidden) if hidden else "",
        )
        if said:
            st.caption(plain(said))
        st.button(
            say("Begin again"),
            key="begin_again",
            icon=":material/replay:",
            on_click=session.begin_again,
            help=say("All settings as the task begins with them."),
        )


@st.fragment
def share(spec: RunSpec) -> None:
    """A teacher's form: a task, what it locks and hides, and the link that carries it."""
    with drawer(say("Share this as a task"), "share_task", icon=":material/assignment:") as is_open:
        if is_open:
            _form(spec)
            into_view("share_task")


def _form(spec: RunSpec) -> None:
    st.caption(
        say(
            "A link that opens the page as its settings are now, with a task above it. Its text is shown as you type "
            "it. A lock keeps a setting in the sidebar and in the address as it is; it is no secret."
        )
    )
    words = st.text_area(
        say("Task"), key="task_words", max_chars=LONGEST, placeholder=say("Which layer learns first? Why?")
    )
    locks = st.multiselect(
        say("Locked"),
        list(LOCKABLE),
        format_func=lambda name: say(LOCKABLE[name]),
        key="task_locked",
        placeholder=say("Choose options"),
    )
    hides = st.multiselect(
        say("Out of sight"),
        list(PARTS),
        format_func=lambda name: say(PARTS[name]),
        key="task_hidden",
        placeholder=say("Choose options"),
    )
    look = st.selectbox(
        say("Look here first"),
        [NONE, *PANELS],
        format_func=lambda name: say(PANELS[name]) if name in PANELS else say("nowhere"),
        key="task_looks",
    )
    made = Task(task.cleaned(words), spec, tuple(locks), tuple(hides), "" if look == NONE else look)
    if not made.words:
        st.caption(say("Write the task, and its link is here."))
        return
    page = (st.context.url or ".").split("?")[0]
    st.code(along(f"{page}?{task.link(made)}"), language=None, wrap_lines=True)
