"""One lesson on screen: its question, the prediction, then the run beside it, why, and what to change."""

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from viz.lessons import session, worksheet
from viz.lessons.lesson import Lesson
from viz.lessons.predictions import Outcome
from viz.lessons.runs import DASHES, ROLES
from viz.lessons.sketch import Sketch
from viz.lessons.table import LESSONS
from viz.server.component import View
from viz.widgets.chart import chart
from viz.widgets.delivery import is_outdated
from viz.widgets.growing import grow
from viz.widgets.language import along
from viz.widgets.spoken import spoken
from viz.words.language import paragraph, say
from viz.words.text import plain
from viz.workbench import progressively

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_TYPED = 40  # characters of a number
SKETCH = "lesson_sketch"
PAD = View("sketch", "canvas/sketch/visit.js", ("drawn",))
PROGRESS = View("progress", "canvas/lessons/visit.js", ("kept",))
KEPT = "lesson_progress"
CHOSEN = "lesson_chosen"
OPEN = {
    "train": "Open on Train",
    "optimizers": "Open on Optimizers",
    "recurrent": "Open on Recurrent",
    "techniques": "Open on Techniques",
}


def contents() -> None:
    """The menu of all lessons, and in which of them something was predicted."""
    titles = {number: f"{number}. {say(lesson.title)}" for number, lesson in enumerate(LESSONS.values(), 1)}
    with st.container(key="try_this"), session.memory.showing(CHOSEN, session.place().number) as shown:
        st.selectbox(
            say("Lesson"),
            list(titles),
            index=list(titles).index(shown),
            format_func=titles.__getitem__,
            key=CHOSEN,
            on_change=_choose,
        )
    PROGRESS.mount(KEPT, session.to_keep(), {"kept": take_up})
    st.caption(say("Predict first: what surprises you is what you keep."))
    if done := [number for number in titles if session.predicted(number)]:
        st.caption(say("Done: {lessons} ({n} of {all}).", lessons=done, n=len(done), all=len(titles)))
        st.button(
            say("Forget my predictions"),
            help=say("Your browser keeps them until then: whoever sits here next begins anew."),
            key="lesson_anew",
            on_click=session.begin_anew,
        )


def everything() -> None:
    """The lesson on screen."""
    here = session.place()
    spoken(heard(here), str(here.number), "lesson")
    st.markdown(f"## {here.number}. {say(here.lesson.title)}")
    st.markdown(say(here.lesson.question))
    pad = st.container(key="lesson_pad")  # its place stays, or a browser mounts no component there
    asked(here.lesson, here.number)
    seen = None if here.answer is None else answered(here.lesson, here.answer)
    if isinstance(here.lesson.prediction, Sketch):
        with pad:
            draw(here.lesson.prediction, here.number, here.answer, seen)
    ways(here.number)
    if here.answer is None:
        worksheet.sheet(here.lesson, here.number)


def heard(here: session.Place) -> str:
    """What is said to who hears the page: which lesson it is, and that its run is under way."""
    title = say(here.lesson.title)
    if here.answer is None:
        return say("Lesson {n}: {title}.", n=here.number, title=title)
    return say(
        "Lesson {n}: {title}. You expected {answer}. It runs, and what came stands below.",
        n=here.number,
        title=title,
        answer=here.lesson.prediction.said(here.answer),
    )


def asked(lesson: Lesson, number: int) -> None:
    """The form of the prediction; one that means nothing leaves the one before as it is, and says why."""
    key, answer, prediction = f"lesson_prediction_{number}", session.place().answer, lesson.prediction
    run: dict[str, Any] = {"label": say("Run it"), "icon": ":material/play_arrow:"}
    if isinstance(prediction, Sketch):
        is_pressed = st.button(**run, key="lesson_run", on_click=_drawn, args=(key, prediction))
    else:
        with st.form(f"lesson_form_{number}"):
            if isinstance(prediction, Outcome):
                with session.memory.showing(key, answer):
                    st.radio(
                        say("You expect:"), list(prediction.choices), format_func=prediction.said, key=key
                    )
            else:
                words = "{asks}, in {unit} ({ends})" if prediction.unit else "{asks} ({ends})"
                asks, ends = say(prediction.asks), prediction.option.ends
                shown = "" if answer is None else prediction.write(answer)
                with session.memory.showing(key, shown):
                    st.text_input(
                        say(words, asks=asks, unit=prediction.unit, ends=ends),
                        key=key,
                        max_chars=MOST_TYPED,
                        placeholder=say("a number, such as 0.1 or 2e-5"),
                    )
            is_pressed = st.form_submit_button(
                **run,
                on_click=session.memory.propose,
                args=(key, lambda text: {session.NAME: prediction.read(text)}),
            )
    if reason := session.memory.reason(key):
        st.error(plain(reason[:1].upper() + reason[1:]), icon=":material/error:")
    elif is_pressed and answer is None:
        st.info(say("Say first what you expect; then the run shows what comes."), icon=":material/info:")


def draw(prediction: Sketch, number: int, answer: Any, seen: Any) -> None:
    """The axes on which a curve is drawn, and the run's curves where they are known."""
    given = prediction.pad(answer, seen, ROLES, DASHES)
    PAD.mount(_pad(number), given, {})


def told(number: int) -> Any:
    """What the browser tells of the drawing, None where it tells nothing."""
    return (st.session_state.get(_pad(number)) or {}).get("drawn")


def _pad(number: int) -> str:
    """The key of a lesson's axes: a pad holds what was drawn on it, so who begins anew is given another."""
    return f"{SKETCH}_{number}_{session.times_forgotten()}"


def _drawn(key: str, prediction: Sketch) -> None:
    """Take what was drawn for the prediction."""
    st.session_state[key] = told(session.place().number)
    session.memory.propose(key, lambda told: {session.NAME: prediction.of_pad(told)})


def answered(lesson: Lesson, answer: Any) -> Any:
    """The run beside the prediction as it comes, then why; gives the whole result, None where there is none."""

    def draw(seen: Any) -> None:
        if seen.done == 1:
            verdict(lesson, answer, lesson.prediction.of(seen))
        if not isinstance(lesson.prediction, Sketch):
            figure = lesson.experiment.picture(seen, answer)
            chart(figure, "lesson")
            if seen.done == 1:
                st.html(f'<p class="heard">{escape(read_out(figure))}</p>')

    experiment = lesson.experiment
    results = progressively(experiment.of, experiment.name, **experiment.arguments)
    seen = grow(st.empty(), results, draw)
    if seen is None or seen.done < 1:
        return None
    explained(lesson)
    return seen


def read_out(figure: "go.Figure") -> str:
    """A picture for who does not see it: its title, and where each curve begins and ends."""
    curves = []
    for line in figure.data:
        known = [(x, y) for x, y in zip(line.x, line.y, strict=True) if np.isfinite(y)]
        if line.name and known:
            (begin, first), (end, last) = known[0], known[-1]
            ends = say(
                "{first:number} at {across} {begin} and {last:number} at {across} {end}",
                first=float(first),
                last=float(last),
                across=figure.layout.xaxis.title.text,
                begin=f"{begin:g}",
                end=f"{end:g}",
            )
            curves.append(say("{name}: {text}.", name=line.name, text=ends))
    return paragraph(say("{sentence}.", sentence=figure.layout.title.text), *curves)


def verdict(lesson: Lesson, answer: Any, came: Any) -> None:
    """What was predicted and what came, and how far apart they are."""
    prediction = lesson.prediction
    is_right = prediction.is_right(answer, came)
    said = say(
        "You expected: **{answer}**. It came out: **{came}**.",
        answer=plain(prediction.said(answer)),
        came=plain(prediction.said(came)),
    )
    if is_right:
        st.success(paragraph(said, say("Right.")), icon=":material/check:")
    else:
        st.warning(paragraph(said, plain(prediction.miss(answer, came))), icon=":material/difference:")


def explained(lesson: Lesson) -> None:
    """Why it came out so, by whom that was found, and one thing to change."""
    st.markdown(f"### {say('Why')}")
    st.markdown(say(lesson.why))
    with st.container(key="lesson_formula"):
        st.latex(rf"\begin{{gathered}}{lesson.said_formula()}\end{{gathered}}")
    st.caption(say(lesson.source))
    st.markdown(say("**One thing to change.** {change}", change=say(lesson.change.words)))
    st.link_button(say(OPEN[lesson.change.page]), along(lesson.change.address), icon=":material/open_in_new:")


def ways(number: int) -> None:
    """To the lesson before and to the next one."""
    with st.container(horizontal=True, key="lesson_ways"):
        if number > 1:
            st.button(say("Lesson before"), key="lesson_back", on_click=session.go, args=(number - 1,))
        if number < len(LESSONS):
            st.button(say("Next lesson"), key="lesson_next", on_click=session.go, args=(number + 1,))


def progress() -> Any:
    """What the browser tells that it kept, None where it tells nothing."""
    return (st.session_state.get(KEPT) or {}).get("kept")


def take_up() -> None:
    """Take what the browser kept."""
    session.take_up(progress())


def _choose() -> None:
    if not is_outdated(CHOSEN):
        session.go(st.session_state[CHOSEN])
