"""What a page is told of runs that nobody watches: the host of runs and the workbench are played by the test."""

import numpy as np
import pytest

from engine import RunSpec
from viz.proof import words
from viz.proof.host import AT_ONCE, SEEDS, SICK_FOR, STEPS, Proof
from viz.server.tokens import TOKEN, derived
from viz.workbench.host import Work

A = RunSpec(dataset="moons", hidden=(7, 5), activation="sigmoid")
B = A.replace(activation="relu")
RUN, OTHER = "first_run_of_this_test-0123456-A", "other_run_of_this_test-0123456-B"
NORM, RATE = {"batch_norm": "before"}, {"lr": 0.01}
FINDING = {
    "name": "vanishing",
    "cures": [{"fields": NORM, "words": "add batch norm"}, {"fields": RATE, "words": "r"}],
}


class Stage:
    def __init__(self):
        self.now, self.told, self.asked, self.dropped = 0.0, [], [], []
        self.specs = {RUN: A, OTHER: A}
        self.proof = Proof(self, self, clock=lambda: self.now)
        self.proof._go_on = lambda: None  # no thread: the test takes the turns

    def tell(self, token, message, spec):
        if self.specs.get(token) != spec:
            return False
        self.told.append((token, message))
        return True

    def ask(self, token, name, arguments, idle=False):
        assert TOKEN.fullmatch(token)
        self.asked.append((token, name, arguments, idle))
        self.work = Work()
        return self.work

    def drop(self, work):
        self.dropped.append(work)

    def turn(self, after=0.0):
        """What was told in this turn."""
        self.now += after
        self.told.clear()
        self.proof.turn()
        return list(self.told)


def trial(fields, learned, accuracy=0.5):
    return {
        "fields": fields,
        "learned": learned,
        "steps": 300,
        "accuracy": accuracy,
        "test_loss": 0.1,
        "diverged_at": -1,
    }


@pytest.fixture
def stage():
    return Stage()


# ------------------------------------------------------------------------------------------------ cures


def test_cures_are_tried_once_a_verdict_has_lasted_and_each_result_is_told(stage):
    stage.proof.sick(RUN, A, [FINDING])
    assert stage.turn(SICK_FOR - 1) == []
    assert stage.asked == []
    stage.turn(2)
    asked = {"spec": A.to_dict(), "cures": [NORM, RATE], "steps": STEPS}
    assert stage.asked == [(derived(RUN, "cures"), "trials", asked, True)]
    stage.work.result = {"trials": [trial(NORM, False, float("nan"))], "done": 0.5}
    first = trial(NORM, False, None)
    assert stage.turn() == [(RUN, {"say": "tried", "trials": [first]})]
    assert stage.turn() == []
    stage.work.result = {"trials": [trial(NORM, False, float("nan")), trial(RATE, True, 0.96)], "done": 1.0}
    stage.work.over = True
    assert stage.turn() == [(RUN, {"say": "tried", "trials": [first, trial(RATE, True, 0.96)]})]
    assert stage.dropped == [stage.work]
    assert stage.turn() == []


def test_what_was_tried_is_told_at_once_and_not_tried_again(stage):
    stage.proof.sick(RUN, A, [FINDING])
    stage.turn(SICK_FOR)
    stage.work.result = {"trials": [trial(NORM, True)], "done": 1.0}
    stage.work.over = True
    stage.turn()
    stage.told.clear()
    stage.proof.sick(OTHER, A, [FINDING])
    assert stage.told == [(OTHER, {"say": "tried", "trials": [trial(NORM, True)]})]
    stage.turn(SICK_FOR)
    assert len(stage.asked) == 1


def test_two_visitors_with_the_same_net_have_one_trial(stage):
    for token in (RUN, OTHER, RUN):
        stage.proof.sick(token, A, [FINDING])
    stage.turn(SICK_FOR)
    stage.work.result = {"trials": [trial(NORM, True)], "done": 1.0}
    assert [token for token, _ in stage.turn()] == [RUN, OTHER]
    assert len(stage.asked) == 1


def test_a_trial_whose_net_is_gone_ends(stage):
    stage.proof.sick(RUN, A, [FINDING])
    stage.turn(SICK_FOR)
    stage.specs = {RUN: B}
    stage.work.result = {"trials": [trial(NORM, False)], "done": 0.5}
    assert stage.turn() == []
    assert stage.dropped == [stage.work]


def test_trials_are_few_at_a_time(stage):
    for seed in range(AT_ONCE + 3):
        stage.proof.sick(RUN, A.replace(seed=seed), [FINDING])
    stage.turn(SICK_FOR)
    assert len(stage.asked) == AT_ONCE


@pytest.mark.parametrize(
    ("spec", "findings"),
    [(A, []), (A, [{"cures": []}]), (A, [{}]), (A.replace(hidden=(1000,) * 40), [FINDING])],
    ids=["well", "no cure", "none named", "too large"],
)
def test_nothing_is_tried_where_there_is_nothing_to_try_or_too_much(stage, spec, findings):
    stage.proof.sick(RUN, spec, findings)
    stage.turn(SICK_FOR)
    assert stage.asked == []


# ------------------------------------------------------------------------------------------------- luck


def seen(verdict="", done=1.0, a=0.1, b=0.95, interval=(0.8, 0.9)):
    looks = np.array([0, 20, 40])
    accuracy = np.stack([np.full((SEEDS, 3), a), np.full((SEEDS, 3), b)])
    accuracy[:, 0] += 0.02
    accuracy[:, 1, 0] = np.nan
    return {
        "looks": looks, "accuracy": accuracy, "test_loss": 1 - accuracy, "metric": "accuracy", "verdict": verdict,
        "difference": 0.85, "interval": interval, "done": done, "pairs": np.full(SEEDS, True),
    }  # fmt: skip


def test_luck_is_asked_of_the_workbench_and_its_answer_told_to_b(stage):
    stage.specs[RUN] = B
    stage.proof.doubt(RUN, A, B, 120)
    asked = {"specs": [A.to_dict(), B.to_dict()], "seeds": SEEDS, "steps": 120}
    assert stage.asked == [(derived(RUN, "luck"), "luck", asked, False)]
    assert stage.told[-1][1]["words"] == "Was it luck? 8 seeds of each, 120 steps: 0% of the work is done."
    stage.work.result = seen(done=0.5)
    [(token, message)] = stage.turn()
    assert (token, message["done"], message["verdict"]) == (RUN, 0.5, "")
    stage.work.result, stage.work.over = seen("better"), True
    [(_, message)] = stage.turn()
    assert message["words"] == (
        "No luck: B is better. 8 seeds of each after 120 steps: A 10 to 12%, B 95 to 97%; B − A +85.0 points "
        "(+80.0 to +90.0 at 95%, seed by seed)."
    )
    assert message["bands"]["looks"] == [0, 20, 40]
    assert message["bands"]["accuracy"][0] == [[0.1, 0.12], [0.1, 0.12], [0.1, 0.12]]
    assert stage.turn() == []


def test_what_cannot_be_told_is_said_so():
    message = words.luck(seen("cannot tell", interval=(-0.01, 0.02)), 300)
    assert "It cannot be told: seeds alone make as much of a difference." in message["words"]
    assert "(−1.0 to +2.0 at 95%" in message["words"]


def test_nets_that_diverged_are_counted():
    lost = seen("better", interval=(float("inf"),) * 2)
    lost["accuracy"][0] = np.nan
    lost["accuracy"][1, 0] = np.nan
    lost["test_loss"] = 1 - lost["accuracy"]
    said = words.luck(lost, 300)
    assert "A all diverged, B 95 to 95%, 1 diverged" in said["words"]
    assert "(+∞ to +∞ at" in said["words"]
    assert said["bands"]["loss"][0] == [None] * 3


def test_what_the_workbench_refuses_is_said(stage):
    stage.specs[RUN] = B
    stage.proof.doubt(RUN, A, B, 120)
    stage.work.lost("Data: 'moons' and 'digits' cannot be compared.")
    assert stage.turn() == [(RUN, words.failed("Data: 'moons' and 'digits' cannot be compared."))]


STOPPED = "Stopped after 180 s of work. A smaller net or fewer steps would finish."


def test_of_what_was_stopped_the_pairs_that_are_trained_are_told(stage):
    stage.specs[RUN] = B
    stage.proof.doubt(RUN, A, B, 120)
    stage.work.result = seen("better", done=0.9)
    stage.work.result["pairs"][6:] = False
    stage.work.result["accuracy"][:, 6:] = np.nan
    stage.work.lost(STOPPED)
    [(_, message)] = stage.turn()
    assert (message["verdict"], message["done"]) == ("better", 1)
    assert message["words"] == (
        "No luck: B is better. 6 seeds of each after 120 steps: A 10 to 12%, B 95 to 97%; B − A +85.0 points "
        f"(+80.0 to +90.0 at 95%, seed by seed). {STOPPED}"
    )
    assert message["bands"]["accuracy"][0][2] == [0.1, 0.12]


def test_too_few_pairs_are_no_verdict_and_what_was_seen_stays(stage):
    stage.specs[RUN] = B
    stage.proof.doubt(RUN, A, B, 120)
    stage.work.result = seen(done=0.4)
    stage.work.result["pairs"][3:] = False
    stage.work.lost(STOPPED)
    [(_, message)] = stage.turn()
    assert message["verdict"] == ""
    assert message["words"] == f"Was it luck? {STOPPED} 3 of 8 seeds of each are trained, too few to tell."
    assert message["bands"]["looks"] == [0, 20, 40]


def test_nets_that_would_take_too_long_are_refused_in_words(stage):
    large = A.replace(hidden=(1000,) * 40)
    stage.specs[RUN] = large
    stage.proof.doubt(RUN, A, large, 120)
    assert stage.asked == []
    assert "too large to train 16 of them here" in stage.told[-1][1]["words"]
