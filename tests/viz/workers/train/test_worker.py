"""The engine process's loop with the real trainer, in a thread of the test."""

import errno
import gc
import io
import json
import math
import shutil
import threading
import time
from multiprocessing import Pipe
from multiprocessing.connection import Listener
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine import RunSpec, Trainer
from engine.diagnosis.judge import is_looked_at
from engine.tables.datasets import DATASETS
from engine.tables.own import dataset_of
from engine.tables.samples import DatasetUnavailableError
from tests.viz.live.fakes import OTHER, TOKEN
from viz.server.tables import packed
from viz.wire import channel, checkpoints, result, sight
from viz.wire import frame as wire
from viz.workers import child as child_process
from viz.workers.train import training, worker
from viz.workers.train.worker import Worker

SPEC = RunSpec(dataset="moons", hidden=(7, 5), activation="tanh", lr=0.05, batch_size=32, seed=3)
WITHIN = 120


class Bench:
    """The host's end of the connection."""

    def __init__(self, folder):
        self.connection, other = Pipe()
        self.folder, self.heard = folder, []
        self.worker = Worker(other, folder)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        try:
            self.worker.serve()
        except EOFError:
            self.worker.builders.shutdown()

    def close(self):
        channel.send(self.connection, {"do": "quit", "token": None})
        self.thread.join(WITHIN)
        self.connection.close()
        self.worker.connection.close()

    def order(self, do, token=TOKEN, epoch=0, **more):
        channel.send(self.connection, {"do": do, "token": token, "epoch": epoch} | more)

    def build(
        self, spec=SPEC, token=TOKEN, epoch=0, play=False, speed=None, life=None, moved=False, stop=None
    ):
        """A new life, or one more epoch of an old one."""
        spec = spec if isinstance(spec, dict) else spec.to_dict()
        self.order(
            "build",
            token,
            epoch,
            spec=spec,
            play=play,
            scale="symlog",
            steps_per_second=speed,
            life=epoch if life is None else life,
            resume=life is not None,
            moved=moved,
            stop=stop,
        )

    def kept(self, token=TOKEN, life=0):
        return checkpoints.of(self.folder, token, life)

    def next(self, say, token=TOKEN, **fields):
        """The next message of this kind about this run; those before it are kept in `heard`."""
        end = time.monotonic() + WITHIN
        while time.monotonic() < end:
            if not self.connection.poll(0.2):
                continue
            header, body = channel.receive(self.connection)
            self.heard.append((header, body))
            if (header["say"], header["token"]) == (say, token) and fields.items() <= header.items():
                return SimpleNamespace(**header, body=body)
        raise AssertionError(f"no {say} {fields} within {WITHIN} s; heard {[h for h, _ in self.heard][-5:]}")

    def frame(self, token=TOKEN):
        return wire.decode(self.next("frame", token).body)

    def steps(self, token=TOKEN):
        return [
            header["step"] for header, _ in self.heard if (header["say"], header["token"]) == ("frame", token)
        ]


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_a_new_run_introduces_itself_and_shows_its_net_at_initialization(bench):
    bench.build()
    hello = bench.next("hello")
    assert [(row["name"], row["units"]) for row in hello.rows] == [("1", 7), ("2", 5), ("out", 2)]
    assert (hello.epoch, hello.spec) == (0, SPEC.to_dict())
    assert "lr" in hello.live
    assert len(hello.theory["activation_var"]) == len(hello.theory["gradient_ms_relative"]) == 3
    frame = bench.frame()
    bench.next("state", state="paused")
    first = Trainer(SPEC).step()
    assert frame["step"] == 0
    assert frame["loss"] == first.loss
    np.testing.assert_allclose(10 ** frame["stats"]["gradient_rms_log10"], first.gradient_rms, rtol=1e-5)


def test_what_is_shown_of_the_choices_themselves_comes_after_the_first_frame(bench):
    bench.build()
    about = bench.next("about")
    assert [header["say"] for header, _ in bench.heard][:3] == ["hello", "frame", "state"]
    told = result.unpack(about.about, about.body)
    assert told["labels"] == ["1 (2 → 7)", "2 (7 → 5)", "out (5 → 2)"]
    np.testing.assert_allclose(told["value"], np.tanh(told["u"]))


def test_a_run_shows_what_the_same_spec_shows_without_any_of_this(bench):
    bench.build(play=True)
    bench.next("state", state="playing")
    shown = [bench.frame() for _ in range(4)]
    bench.order("pause")
    bench.next("state", state="paused")
    trainer, frames = Trainer(SPEC), {}
    for _ in range(shown[-1]["step"]):
        frame = trainer.step()
        frames[frame.step] = frame
    for frame in shown:
        assert frame["loss"] == frames[frame["step"]].loss
        assert frame["gradient_norm"] == frames[frame["step"]].gradient_norm


def test_a_run_that_plays_at_once_shows_its_first_weights_too(bench):
    bench.build(play=True)
    assert bench.frame()["step"] == 0


def test_a_paused_run_stands_where_its_newest_frame_says(bench):
    bench.build(play=True)
    bench.frame()
    time.sleep(0.2)
    bench.order("pause")
    bench.next("state", state="paused")
    assert bench.worker.trainings[TOKEN].trainer.steps == bench.steps()[-1]


def test_the_weights_of_a_run_are_those_of_the_same_spec(bench):
    bench.build()
    bench.order("step", count=6)
    bench.next("state", state="playing")
    bench.next("state", state="paused")
    bench.order("weights")
    trainer = Trainer(SPEC)
    for _ in range(6):
        trainer.step(measure=False)
    state = torch.load(io.BytesIO(bench.next("weights").body), weights_only=True)
    assert all(torch.equal(state[name], tensor) for name, tensor in trainer.model.state_dict().items())


def test_steps_are_counted_and_the_last_one_is_shown(bench):
    bench.build()
    bench.next("state", state="paused")
    bench.order("step", count=1)
    assert bench.frame()["step"] == 1
    bench.order("step", count=40)
    bench.next("state", state="paused", epoch=0)
    bench.next("state", state="paused", epoch=0)
    assert bench.steps()[-1] == 41


def test_a_change_acts_on_the_next_frame(bench):
    bench.build(play=True)
    bench.next("state", state="playing")
    bench.frame()
    bench.order("change", fields={"lr": 0.002})
    since = bench.next("changes").changes[0]["step"]
    assert next(frame for frame in iter(bench.frame, None) if frame["step"] >= since)["lr"] == np.float32(
        0.002
    )


def test_a_change_that_cannot_be_is_a_notice_and_the_run_goes_on(bench):
    bench.build(play=True)
    bench.next("state", state="playing")
    bench.order("change", fields={"activation": "relu"})
    assert "cannot change while the net runs" in bench.next("notice").text
    bench.order("change", fields={"lr": -1})
    assert "Learning rate: -1 is not allowed" in bench.next("notice").text
    assert bench.frame()["finite"]


def test_another_axis_redraws_the_frame_that_stands_still(bench):
    bench.build()
    bench.next("state", state="paused")
    bench.order("step", count=1)
    assert not bench.frame()["linear"]
    bench.next("state", state="paused")
    bench.order("scale", scale="linear")
    frame = bench.frame()
    assert (frame["step"], frame["linear"]) == (1, True)


def test_another_axis_redraws_the_net_at_initialization(bench):
    bench.build()
    bench.next("state", state="paused")
    bench.order("scale", scale="linear")
    frame = bench.frame()
    assert (frame["step"], frame["linear"]) == (0, True)


def moment(bench, step):
    bench.order("look", step=step)
    return wire.decode(bench.next("moment", step=step).body)


def test_any_step_of_before_is_shown_again_to_the_bit_also_beside_a_change(bench):
    bench.build(SPEC.replace(dropout=0.2))
    bench.next("state", state="paused")
    shown = {}
    for fields in ({}, {"lr": 0.3}, {"optimizer": "adam", "lr": 0.01}):
        if fields:
            bench.order("change", fields=fields)
        for _ in range(30):
            bench.order("step", count=1)
            frame = bench.frame()
            shown[frame["step"]] = frame
    witness = bench.worker.trainings[TOKEN].trainer
    for step in (1, 30, 31, 32, 60, 61, 89, 90):
        again = moment(bench, step)
        for name in ("step", "loss", "accuracy", "gradient_norm", "lr"):
            assert again[name] == shown[step][name]
        np.testing.assert_array_equal(
            again["stats"]["gradient_rms_log10"], shown[step]["stats"]["gradient_rms_log10"]
        )
    assert moment(bench, 0)["loss"] == shown[1]["loss"]
    assert (again["test_step"], again["test_accuracy"]) == (90, np.float32(witness.evaluate()[1]))
    assert bench.worker.trainings[TOKEN].trainer.steps == 90


def test_a_change_is_told_with_its_step(bench):
    bench.build()
    bench.next("state", state="paused")
    bench.order("step", count=5)
    bench.order("change", fields={"lr": 0.3})
    assert bench.next("changes").changes[0]["words"] == "Learning rate: 0.05 → 0.3"


def test_one_looks_back_while_it_plays_and_who_asks_anew_waits_for_that_alone(bench):
    bench.build(play=True)
    bench.next("state", state="playing")
    while bench.frame()["step"] < 40:
        pass
    for step in (3, 7, 11):
        bench.order("look", step=step)
    assert bench.next("moment", step=11).step == 11
    bench.order("look", step=5)
    bench.order("look", step=None)
    before = bench.worker.trainings[TOKEN].trainer.steps
    while bench.frame()["step"] <= before:
        pass
    assert not bench.worker.backwards.ways


def test_what_the_net_sees_is_told_when_asked_and_nothing_of_the_run_changes(bench):
    bench.build(SPEC.replace(dropout=0.2, activation="rrelu", batch_norm="before"))
    assert bench.next("hello").sees == "plane"
    bench.next("state", state="paused")
    bench.order("step", count=20)
    bench.next("state", state="paused")
    bench.order("see", layer=2)
    header, arrays = sight.decode(bench.next("sight", step=20).body)
    assert (header["step"], header["layer"], header["of"], arrays["units"].shape) == (20, 2, 5, (5, 20, 20))

    bench.order("step", count=15)
    bench.order("see", layer=None)
    bench.next("state", state="paused")
    bench.order("look", step=20, sees=True, layer=None)
    again, past = sight.decode(bench.next("sight", step=20).body)
    assert "units" not in past
    assert again["low"] == header["low"]
    np.testing.assert_array_equal(past["answers"], arrays["answers"])
    bench.next("moment", step=20)

    witness = Trainer(bench.worker.trainings[TOKEN].trainer.spec)
    for _ in range(35):
        witness.step()
    mine, others = (each.model.state_dict() for each in (bench.worker.trainings[TOKEN].trainer, witness))
    assert all(mine[name].equal(others[name]) for name in others)


def test_who_asks_too_often_what_the_net_sees_is_not_answered(bench, monkeypatch):
    monkeypatch.setattr(training, "SEEN_EVERY", 1e6)
    bench.build()
    bench.next("state", state="paused")
    for _ in range(5):
        bench.order("see", layer=None)
    bench.order("step", count=1)
    bench.frame()
    assert [header["say"] for header, _ in bench.heard].count("sight") == 1


def test_a_step_of_before_in_slow_motion_is_told_with_its_frame(bench):
    bench.build(SPEC)
    bench.next("state", state="paused")
    first = after(bench, 6)
    bench.order("change", fields={"lr": 0.4})
    first += after(bench, 2)
    for step in (3, 7):
        bench.order("slow", step=step)
        assert wire.decode(bench.next("moment", step=step).body)["loss"] == first[step - 1][1]
        acts = bench.next("acts", step=step).acts
        assert [act["part"] for act in acts] == ["forward"] * 3 + ["loss"] + ["backward"] * 3 + ["update"] * 3
        assert acts[-1]["numbers"]["lr"] == first[step - 1][3]
    assert bench.worker.trainings[TOKEN].trainer.steps == 8


def branched(bench, step, spec, play=False, epoch=0):
    """The run goes on from there: its first frame then."""
    bench.order("branch", epoch=epoch, step=step, spec=spec.to_dict(), play=play)
    assert bench.next("branched", epoch=epoch).step == step
    frame = bench.next("frame", epoch=epoch + 1)
    assert frame.step == step
    return wire.decode(frame.body)


def after(bench, steps):
    """What the run says of its next steps."""
    frames = []
    for _ in range(steps):
        bench.order("step", count=1, epoch=bench.worker.trainings[TOKEN].epoch)
        frames.append(bench.frame())
    return [(each["step"], each["loss"], each["gradient_norm"], each["lr"]) for each in frames]


def test_a_branch_without_a_change_goes_on_with_the_same_numbers_and_one_with_a_change_with_others(bench):
    spec = SPEC.replace(dropout=0.2, batch_norm="before", optimizer="adam", lr=0.01)
    bench.build(spec)
    bench.next("state", state="paused")
    first = after(bench, 70)
    assert branched(bench, 60, spec)["loss"] == first[59][1]
    assert after(bench, 10) == first[60:]
    branched(bench, 12, spec.replace(lr=0.02), epoch=1)
    told = bench.next("changes").changes
    assert (told[0]["step"], told[0]["before"]) == (13, {"lr": 0.01})
    second = after(bench, 5)
    assert [row[3] for row in second] == [0.02] * 5
    assert [row[1] for row in second][1:] != [row[1] for row in first][13:17]
    bench.next("state", state="paused")
    assert bench.kept().steps()[-1] <= 17


def test_a_run_without_its_last_change_stands_where_it_was_before_it(bench):
    bench.build(SPEC)
    bench.next("state", state="paused")
    after(bench, 20)
    bench.order("change", fields={"lr": 3.0})
    after(bench, 5)
    branched(bench, 20, SPEC)
    assert bench.next("changes").changes == []
    bench.next("state", state="paused")
    stood = bench.worker.trainings[TOKEN].trainer
    witness = Trainer(SPEC)
    for _ in range(20):
        witness.step()
    assert stood.step().loss == witness.step().loss


def test_a_diverged_run_goes_on_from_before_it_did(bench):
    sick = SPEC.replace(activation="relu", lr=1e8, initializer="he_normal")
    bench.build(sick, play=True)
    end = bench.next("state", state="diverged").divergence["step"]
    branched(bench, 0, sick.replace(lr=0.01), play=True)
    bench.next("state", state="playing")
    while bench.frame()["step"] < end + 20:
        pass


def test_what_is_asked_of_a_run_while_it_goes_back_is_done_afterwards(bench, monkeypatch):
    monkeypatch.setattr("viz.workers.train.past.SLICE", 0.0)
    bench.build(SPEC)
    bench.next("state", state="paused")
    bench.order("step", count=45)
    bench.next("state", state="paused")
    bench.order("branch", step=40, spec=SPEC.to_dict(), play=False)
    bench.order("change", fields={"lr": 0.3})
    bench.order("step", count=2)
    bench.next("branched")
    bench.next("frame", step=42)
    assert bench.worker.trainings[TOKEN].trainer.history.changes[0][0] == 41
    assert not bench.worker.backwards.held


def test_a_branch_that_the_engine_refuses_leaves_the_run_where_it_stood(bench):
    bench.build(SPEC)
    bench.next("state", state="paused")
    after(bench, 5)
    bench.order("branch", step=9, spec=SPEC.to_dict(), play=True)
    assert "9 is not allowed" in bench.next("notice").text
    bench.next("state", state="paused")
    assert after(bench, 1)[0][0] == 6


def test_a_step_yet_to_come_is_refused_in_words(bench):
    bench.build()
    bench.next("state", state="paused")
    bench.order("look", step=12)
    assert "12 is not allowed" in bench.next("notice").text


def first(at: str, value: float) -> int:
    """The first step whose batch's loss is at most that, or after which, looked at every so many, the test set is."""
    trainer = Trainer(SPEC)
    every = math.ceil(len(trainer.data.test_x) / (0.2 * SPEC.batch_size))
    while True:
        loss = trainer.step().loss
        seen = trainer.steps % every == 0 and trainer.evaluate()[1] >= value
        if loss <= value if at == "loss" else seen:
            return trainer.steps


def test_it_stops_at_the_first_finding_wherever_frames_happen_to_be(bench, monkeypatch):
    monkeypatch.setattr(training, "REPORT_EVERY", math.inf)
    bench.build(SPEC.replace(batch_norm="before", batch_norm_momentum=0.0))
    bench.next("state", state="paused")
    bench.order("stop_at", at="finding", value=None)
    bench.order("play")
    assert bench.next("state", state="paused").reason == "Stopped at the first finding."
    trainer = bench.worker.trainings[TOKEN].trainer
    looks = [step for step in range(1, 1001) if is_looked_at(step, trainer.history)]
    assert trainer.steps == 1000
    assert {*looks, *range(10, 1001, 10)} <= {*trainer.history["step"].astype(int).tolist()}


def test_a_step_behind_is_no_place_to_stop_at(bench):
    bench.build(play=True, stop=("step", 23.0))
    bench.next("state", state="paused")
    bench.order("stop_at", at="step", value=23.0)
    assert "23 is not allowed; give a whole number with 24 <= step" in bench.next("notice").text
    assert bench.worker.trainings[TOKEN].stop is None


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        ("step", 137, "Stopped at step 137, as you asked."),
        ("epoch", 3, "Stopped at the end of epoch 3, as you asked."),
        ("loss", 0.5, "loss is 0.5 or less"),
        ("accuracy", 0.9, "accuracy is 0.9 or more"),
    ],
)
def test_it_stops_where_it_was_asked_to_and_then_goes_on(bench, at, value, words):
    bench.build()
    bench.next("state", state="paused")
    bench.order("stop_at", at=at, value=value)
    bench.order("play")
    assert words in bench.next("state", state="paused").reason
    stood = bench.worker.trainings[TOKEN].trainer
    epoch = len(stood.data.train_x) // SPEC.batch_size
    assert bench.worker.trainings[TOKEN].last.step == stood.steps
    assert stood.steps == {"step": 137, "epoch": 3 * epoch}.get(at) or first(at, value)
    bench.order("play")
    bench.next("state", state="playing")
    bench.frame()


def test_a_place_to_stop_at_that_is_behind_keeps_no_run_from_being_built(bench):
    bench.build(play=True, stop=("step", 0.0))
    assert bench.next("state", state="paused").reason == "Stopped at step 1, as you asked."


def test_it_stops_where_it_was_to_before_it_came_here(bench):
    bench.build(play=True, stop=("step", 23.0))
    assert bench.next("state", state="paused").reason == "Stopped at step 23, as you asked."
    assert "stopped" in [header["say"] for header, _ in bench.heard]


def test_a_speed_is_kept(bench):
    bench.build(play=True, speed=20)
    bench.next("state", state="playing")
    start = time.monotonic()
    while time.monotonic() - start < 1.5:
        step = bench.frame()["step"]
    assert 24 <= step <= 33


def test_divergence_stops_the_run_and_says_where(bench):
    bench.build(SPEC.replace(activation="relu", lr=1e8, initializer="normal"), play=True)
    state = bench.next("state", state="diverged")
    where = state.divergence
    place = "the output layer" if where["layer"] == 3 else f"layer {where['layer']}"
    assert state.reason == (
        f"Diverged at step {where['step']}: the {where['quantity']} of {place} is no longer a finite number."
    )
    bench.order("play")
    bench.next("state", state="diverged")
    bench.order("scale", scale="linear")
    bench.build(epoch=1)
    bench.next("state", state="paused", epoch=1)


def test_the_test_set_is_looked_at_now_and_then(bench):
    bench.build(play=True)
    while (frame := bench.frame())["test_step"] is None:
        pass
    assert 0 <= frame["test_accuracy"] <= 1
    assert frame["test_step"] < frame["step"]


def test_a_run_whose_data_cannot_be_had_fails_alone(bench, monkeypatch):
    def out_of_reach(order, root):
        raise DatasetUnavailableError("mnist could not be fetched from openml.org")

    bench.build(play=True)
    bench.next("state", state="playing")
    monkeypatch.setattr(worker.Training, "build", out_of_reach)
    bench.build(token=OTHER)
    failed = bench.next("failed", OTHER)
    assert (failed.text, failed.can) == ("mnist could not be fetched from openml.org", ["digits"])
    assert bench.frame()


def test_a_run_that_takes_long_to_build_holds_up_nobody(bench, monkeypatch):
    arrived = threading.Event()
    build = worker.Training.build

    def slowly(order, root):
        if order["token"] == OTHER:
            arrived.wait(WITHIN)
        return build(order, root)

    monkeypatch.setattr(worker.Training, "build", slowly)
    bench.build(token=OTHER)
    bench.build(play=True)
    for _ in range(5):
        bench.frame()
    arrived.set()
    bench.next("hello", OTHER)


def test_what_is_asked_of_a_run_while_it_is_built_is_done_afterwards(bench, monkeypatch):
    arrived = threading.Event()
    build = worker.Training.build
    monkeypatch.setattr(worker.Training, "build", lambda *order: arrived.wait(WITHIN) and build(*order))
    bench.build()
    bench.order("change", fields={"lr": 0.002})
    bench.order("speed", steps_per_second=10_000)
    bench.order("play")
    arrived.set()
    bench.next("state", state="playing")
    assert bench.frame()["lr"] == 0.002
    assert bench.worker.trainings[TOKEN].speed == 10_000


def test_a_run_that_is_built_anew_at_once_is_built_once(bench, monkeypatch):
    arrived, built = threading.Event(), []
    build = worker.Training.build

    def slowly(order, root):
        arrived.wait(WITHIN)
        built.append(order["epoch"])
        return build(order, root)

    monkeypatch.setattr(worker.Training, "build", slowly)
    for epoch in range(50):
        bench.build(epoch=epoch)
    bench.build(token=OTHER)
    bench.order("step", OTHER, count=1)
    time.sleep(0.2)
    arrived.set()
    bench.next("hello", epoch=49)
    assert len(built) <= 6


def test_an_exception_in_one_run_stops_that_run_alone(bench):
    bench.build(play=True)
    bench.build(token=OTHER, play=True)
    bench.frame()
    bench.frame(OTHER)

    def broken(measure=True):
        raise RuntimeError("this cannot be")

    bench.worker.trainings[TOKEN].trainer.step = broken
    assert bench.next("failed").text == "This run stopped on an error: RuntimeError: this cannot be"
    bench.frame(OTHER)
    assert TOKEN not in bench.worker.trainings


def test_an_engine_process_whose_server_is_gone_cleans_up_and_ends(monkeypatch, tmp_path):
    folder = tmp_path / "private"
    checkpoints.of(folder, TOKEN, 0).keep(3, b"a checkpoint")
    ends = []
    monkeypatch.setattr(worker.compiling, "meanwhile", lambda: None)
    monkeypatch.setattr(worker.compiling, "warm_up", lambda: None)
    monkeypatch.setattr("os._exit", ends.append)
    with Listener(authkey=b"a key of this test") as listener:
        told = {"address": listener.address, "key": b"a key of this test".hex(), "folder": str(folder)}
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(told) + "\n"))
        process = threading.Thread(target=child_process.run, args=(worker.work, 0))
        process.start()
        listener.accept().close()
        process.join(WITHIN)
    assert ends == [0]
    assert not folder.exists()


def test_running_out_of_memory_is_said_in_plain_words():
    text = worker.words(
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")
    )
    assert text == "This net does not fit in the memory that is left; make it smaller, or its batch."


def test_orders_of_an_older_epoch_are_ignored(bench):
    bench.build(epoch=4)
    bench.next("state", state="paused")
    bench.order("play", epoch=3)
    time.sleep(0.2)
    bench.order("step", epoch=4, count=1)
    assert bench.frame()["step"] == 1
    bench.next("state", state="paused")
    assert bench.steps()[-1] == 1


def test_a_dropped_run_is_gone_with_its_checkpoints(bench, tmp_path):
    bench.build(play=True)
    bench.frame()
    bench.order("pause")
    bench.next("state", state="paused")
    bench.build(token=OTHER)
    bench.next("state", OTHER, state="paused")
    bench.order("step", OTHER, count=1)
    bench.next("state", OTHER, state="paused")
    assert bench.kept().steps()
    bench.order("drop")
    bench.order("step", OTHER, count=1)
    bench.frame(OTHER)
    assert list(bench.worker.trainings) == [OTHER]
    assert [path.name for path in tmp_path.iterdir()] == [f"{OTHER}-0"]


def played(bench, **build):
    """Play a little, pause, wait until that is on disk; the step at which the run stands."""
    bench.build(play=True, **build)
    while bench.frame()["step"] < 5:
        pass
    bench.order("pause")
    bench.next("state", state="paused")
    stood = bench.steps()[-1]
    end = time.monotonic() + WITHIN
    while bench.kept().steps()[-1:] != [stood]:
        assert time.monotonic() < end
        time.sleep(0.01)
    return stood


def test_a_run_goes_on_where_it_was_and_takes_over_what_was_changed(bench):
    stood = played(bench)
    bench.build(SPEC.replace(lr=0.007), epoch=1, life=0)
    assert bench.next("hello", epoch=1).spec["lr"] == 0.007
    assert bench.frame()["step"] == stood
    bench.order("step", epoch=1, count=1)
    frame = bench.frame()
    assert (frame["step"], frame["lr"]) == (stood + 1, 0.007)


def test_what_a_run_goes_on_from_stays_until_there_is_more(bench):
    stood = played(bench)
    for epoch in (1, 2):  # twice in a row, as after a second death
        bench.build(epoch=epoch, life=0)
        bench.next("hello", epoch=epoch)
        assert bench.frame()["step"] == stood
        assert bench.kept().steps()[-1] == stood


def test_a_new_life_ends_the_old_one(bench, tmp_path):
    played(bench)
    bench.build(epoch=1)
    bench.next("state", epoch=1, state="paused")
    bench.order("step", epoch=1, count=1)
    bench.frame()
    assert [path.name for path in tmp_path.iterdir()] == [f"{TOKEN}-1"]


def test_a_damaged_checkpoint_gives_way_to_the_one_before(bench, tmp_path):
    stood = played(bench)
    *_, before, newest = bench.kept().steps()
    assert newest == stood
    (tmp_path / f"{TOKEN}-0" / f"{newest:012}.run").write_bytes(b"half of a checkp")
    bench.build(epoch=1, life=0)
    bench.next("hello", epoch=1)
    assert bench.frame()["step"] == before


def test_a_run_whose_checkpoints_are_gone_says_so_and_starts_anew(bench):
    played(bench)
    bench.kept().remove()
    bench.build(epoch=1, life=0)
    assert (
        bench.next("notice", epoch=1).text
        == "The checkpoints of this run are gone: it starts from its first step."
    )
    assert bench.frame()["step"] == 0


def test_a_run_moves_to_another_process_without_a_word(bench):
    bench.build(play=True)
    bench.frame()
    bench.order("move")
    bench.next("left")
    stood = bench.kept().steps()[-1]
    assert TOKEN not in bench.worker.trainings
    bench.heard.clear()
    bench.build(play=True, life=0, moved=True)
    assert bench.frame()["step"] == stood + 1
    assert "hello" not in {header["say"] for header, _ in bench.heard}


def test_a_run_that_stands_or_cannot_be_kept_does_not_move(bench, monkeypatch):
    bench.build()
    bench.next("state", state="paused")
    bench.order("move")
    bench.next("stayed")
    monkeypatch.setattr("viz.workers.train.keeping.LARGEST", 100)
    bench.order("play")
    bench.frame()
    bench.order("move")
    bench.next("stayed")
    bench.frame()


def test_what_a_step_costs_is_said(bench, monkeypatch):
    monkeypatch.setattr(worker, "WEIGHED_EVERY", 0.0)
    bench.build(play=True)
    assert 0 < bench.next("cost").seconds < 5


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "/a/path/of/this/server")


def test_a_full_disk_is_a_notice_and_the_run_goes_on(bench, monkeypatch):
    monkeypatch.setattr("viz.workers.train.keeping.PAUSES", (0.05,))
    monkeypatch.setattr(checkpoints.Checkpoints, "keep", full)
    bench.build(play=True)
    said = bench.next("notice")
    assert said.text == "This run cannot be resumed: no space left for its checkpoint."
    steps = [bench.frame()["step"] for _ in range(5)]
    assert steps == sorted(set(steps))
    monkeypatch.undo()
    assert bench.next("notice").text == "This run can be resumed again."
    notices = [header["text"] for header, _ in bench.heard if header["say"] == "notice"]
    assert len(notices) == 2


def test_a_swept_folder_is_made_again(bench, tmp_path, monkeypatch):
    monkeypatch.setattr("viz.workers.train.keeping.EVERY", 0.05)
    bench.build(play=True)
    bench.frame()
    shutil.rmtree(tmp_path)
    end = time.monotonic() + WITHIN
    while not bench.kept().steps():
        assert time.monotonic() < end
        bench.frame()
    assert "failed" not in {header["say"] for header, _ in bench.heard}


def test_a_verdict_is_said_when_it_changes(bench, monkeypatch):
    monkeypatch.setattr("viz.workers.train.training.REPORT_EVERY", 0.05)
    names = iter(["vanishing", "vanishing"])

    def verdict(_):
        return {"say": "verdict", "findings": [{"name": next(names, "dead")}]}

    monkeypatch.setattr("viz.workers.train.reports.verdict", verdict)
    bench.build(play=True)
    assert bench.next("verdict").findings == [{"name": "vanishing"}]
    assert bench.next("verdict").findings == [{"name": "dead"}]


def test_who_stands_still_is_diagnosed_at_once(bench, monkeypatch):
    monkeypatch.setattr("viz.workers.train.training.REPORT_EVERY", 1000.0)
    monkeypatch.setattr(
        "viz.workers.train.reports.verdict",
        lambda trainer: {"say": "verdict", "findings": [{"step": trainer.steps}]},
    )
    bench.build()
    for step in (1, 2):
        bench.order("step", count=1)
        assert bench.next("verdict").findings == [{"step": step}]


def test_a_large_net_is_not_kept(bench, monkeypatch, tmp_path):
    monkeypatch.setattr("viz.workers.train.keeping.LARGEST", 100)
    bench.build()
    bench.next("state", state="paused")
    assert bench.steps() == [0]
    bench.order("step", count=1)
    bench.next("state", state="paused")
    assert bench.steps() == [0, 1]
    assert list(tmp_path.iterdir()) == []


def counted(frame):
    return [sum(layer["total"] for layer in frame[side]) for side in ("activations", "gradients")]


def test_moving_histograms_count_a_fair_share_and_a_still_one_every_value(bench, monkeypatch):
    monkeypatch.setattr("viz.workers.train.training.fair_share", lambda layers: 20 * layers)  # 60 values
    every = 32 * (7 + 5 + 2)
    share = 63 + 60 + 60  # whole samples of 7, 5 and 2 units
    bench.build()
    assert counted(bench.frame()) == [every, every]
    bench.order("play")
    bench.next("state", state="playing")
    assert counted(bench.frame()) == [share, share]
    bench.order("pause")
    bench.next("state", state="paused")
    *_, (_, before), (_, body) = [said for said in bench.heard if said[0]["say"] == "frame"]
    assert counted(wire.decode(body)) == [every, every]
    last, again = wire.decode(before), wire.decode(body)
    assert (last["step"], last["loss"]) == (again["step"], again["loss"])


def test_a_step_that_is_whole_is_told_once(bench):
    bench.build()
    bench.next("state", state="paused")
    bench.order("step", count=1)
    bench.next("state", state="paused")
    assert bench.steps() == [0, 1]


@pytest.mark.long
def test_a_table_of_somebodys_own_comes_with_the_order_and_goes_with_the_run(bench):
    y = np.arange(60) % 3
    own = dataset_of(np.random.default_rng(5).normal(size=(60, 4)), y, 3, "mine")
    spec = SPEC.to_dict() | {"dataset": own.name}
    header = {"do": "build", "token": TOKEN, "epoch": 0, "spec": spec, "play": False, "scale": "symlog"}
    header |= {"steps_per_second": None, "life": 0, "resume": False, "moved": False}
    brought = packed(own)
    channel.send(bench.connection, header | {"table": brought["table"]}, brought["body"])
    assert len(bench.next("hello").rows) == 3
    assert bench.frame()["step"] == 0
    bench.next("about")
    assert own.name in [each.name for each in DATASETS.lent()]
    bench.order("drop")
    bench.build(token=OTHER)
    bench.next("about", token=OTHER)
    gc.collect()
    assert own.name not in [each.name for each in DATASETS.lent()]
