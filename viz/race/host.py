"""The race's process as the server sees it: visitors ask, answers come back by number."""

import contextlib
from concurrent.futures import Future, InvalidStateError
from typing import Any, NamedTuple

from engine.tables.wording import Sentence
from viz.server.desk import Desk, RefusedError, StartEngine, process
from viz.server.kept import kept
from viz.server.process import BEGIN
from viz.server.visitors import NOBODY, Visitor

PROCESS = process(*BEGIN, "viz.workers.race.worker")
MOST_WAITING = 6
QUESTIONS_A_SECOND = 40


class Answer(NamedTuple):
    """status: as of HTTP. header: what the process says about it. body: a payload, empty when there is none."""

    status: int
    header: dict[str, Any]
    body: bytes


class Question:
    """One question that waits for its only answer."""

    def __init__(self) -> None:
        self.answer: Future[Answer] = Future()

    def is_last(self, header: dict[str, Any]) -> bool:
        return True

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        self._settle(Answer(header["status"], header, body))

    def lost(self, words: str) -> None:
        self._settle(refusal(503, words))

    def refuse(self, error: RefusedError) -> None:
        self._settle(refusal(error.status, *error.args))

    def _settle(self, answer: Answer) -> None:
        with contextlib.suppress(InvalidStateError):  # whoever asked did not wait so long
            self.answer.set_result(answer)


class Host(Desk):
    """Questions of all visitors about their races."""

    def __init__(self, start_engine: StartEngine = PROCESS) -> None:
        super().__init__(start_engine, MOST_WAITING, QUESTIONS_A_SECOND, name="race")

    def admit(self, token: str, visitor: Visitor = NOBODY) -> None:
        """Let a page ask, which it will soon do. ValueError when the token is none of ours."""
        super().admit(token, visitor)
        self.start()

    def ask(self, token: str, question: dict[str, Any]) -> Future[Answer]:
        """The answer, in time. Status 404 for a page that was never admitted, 429 for one that asks too often."""
        asked = Question()
        try:
            self.put(token, {"do": "answer", "question": question}, asked)
        except RefusedError as error:
            asked.refuse(error)
        return asked.answer

    def leave(self, answer: Future[Answer]) -> None:
        """Nobody waits for this answer any more; nothing happens when it is here."""
        for asked in self.waiting():
            if isinstance(asked, Question) and asked.answer is answer:
                self.withdraw(asked, {"do": "drop"})


def refusal(status: int, words: str) -> Answer:
    """An answer that is none, with the reason, which a page can say anew where it is a `Sentence`."""
    anew = {"sentences": {"error": words.to_dict()}} if isinstance(words, Sentence) else {}
    return Answer(status, {"error": words, **anew}, b"")


def shared() -> Host:
    """The one host of this server."""
    return kept("race", Host)
