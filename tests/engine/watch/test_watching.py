"""`Watch` in loops of every make: what counts as a step, what is measured there, and whatever goes wrong."""

import copy
import json
import math
import warnings

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

import engine
from engine import SpecError, Watch, assert_healthy
from engine.watch.reservations import WatchWarning
from tests.engine.watch.zoo import classes, mlp, vectors


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng():
        torch.manual_seed(4)
        yield


def step(net: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor) -> float:
    optimizer.zero_grad()
    loss = classes(net(x))
    loss.backward()
    optimizer.step()
    return loss.item()


def pair(lr: float = 0.1) -> tuple[nn.Module, torch.optim.Optimizer]:
    net = mlp()
    return net, torch.optim.SGD(net.parameters(), lr=lr)


def test_there_are_no_layers_before_the_first_pass():
    net, optimizer = pair()
    with Watch(net, optimizer) as lab:
        assert lab.layers == []
        assert lab.frame is None
        assert lab.findings() == []
        assert json.dumps(lab.report())
        step(net, optimizer, vectors())
        assert lab.layers == ["0", "2", "4"]


def test_updates_and_clipping():
    net, optimizer = pair()
    with Watch(net, optimizer, every=1) as lab:
        old = net[0].weight.detach().clone()
        classes(net(vectors())).backward()
        whole = torch.nn.utils.clip_grad_norm_(net.parameters(), 0.05)
        optimizer.step()
    assert lab.frame.gradient_norm == pytest.approx(whole.item(), rel=1e-5)
    assert lab.frame.gradient_norm_clipped == pytest.approx(0.05, rel=1e-3)
    moved = (net[0].weight - old).norm() / old.norm()
    assert lab.frame.update_ratio[0] == pytest.approx(moved.item(), rel=1e-4)
    assert lab.frame.lr == 0.1


@pytest.mark.parametrize("by_name", [False, True])
def test_a_closure_runs_the_passes_of_its_step(by_name):
    net, optimizer = pair()
    norms = []

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = classes(net(vectors()))
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(net.parameters(), 0.05).item())
        return loss

    with Watch(net, optimizer, every=1) as lab:
        for _ in range(2):
            old = net[0].weight.detach().clone()
            optimizer.step(closure=closure) if by_name else optimizer.step(closure)
    assert lab.history["gradient_norm"] == pytest.approx(norms, rel=1e-5)
    assert lab.frame.gradient_norm_clipped == pytest.approx(0.05, rel=1e-3)
    moved = (net[0].weight - old).norm() / old.norm()
    assert lab.frame.update_ratio[0] == pytest.approx(moved.item(), rel=1e-4)


def test_of_accumulated_passes_the_gradient_is_that_of_all():
    net, optimizer = pair()
    parts, losses = [vectors() for _ in range(3)], []
    with Watch(net, optimizer, every=1) as lab:
        for part in parts:
            losses.append(classes(net(part)) / 3)
            losses[-1].backward()
        summed = net[2].weight.grad.double().var(correction=0).item()
        optimizer.step()
    assert lab.steps == 1
    assert lab.frame.loss == pytest.approx(sum(losses).item())
    assert lab.frame.weight_gradient_var[1] == pytest.approx(summed, rel=1e-5)
    z = lab.history["preactivation_ms"][0, 0]
    fresh, _ = pair()
    assert z > 0
    assert len(lab.layers) == len([m for m in fresh if isinstance(m, nn.Linear)])


def test_a_look_at_other_data_between_backward_and_step_changes_nothing():
    net, optimizer = pair()
    x = vectors()
    witness, other = copy.deepcopy(net), vectors() * 30
    with Watch(net, optimizer, every=1) as lab:
        classes(net(x)).backward()
        net.eval()
        classes(net(other))
        with torch.no_grad():
            net(other)
        net.train()
        optimizer.step()
    assert lab.frame.preactivation_ms[0] == pytest.approx((witness[0](x) ** 2).mean().item(), rel=1e-5)
    assert np.isfinite(lab.frame.gradient_rms).all()


def test_without_an_optimizer_a_step_ends_at_the_next_pass():
    net, _ = pair()
    with Watch(net, every=1) as lab:
        for _ in range(3):
            net.zero_grad()
            classes(net(vectors())).backward()
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter.sub_(0.1 * parameter.grad)
    assert len(lab.history) == 3
    assert (lab.history["update_ratio"] > 0).all()


def test_two_optimizers_make_one_step():
    torch.manual_seed(0)
    nets = nn.ModuleDict(
        {"generator": mlp(), "critic": nn.Sequential(nn.Linear(5, 9), nn.ReLU(), nn.Linear(9, 1))}
    )
    first, second = (torch.optim.Adam(net.parameters(), 1e-3) for net in (nets["critic"], nets["generator"]))
    with Watch(nets, [first, second], every=1) as lab:
        for _ in range(4):
            first.zero_grad()
            fake = nets["generator"](vectors())
            (nets["critic"](fake.detach()).mean() - nets["critic"](torch.randn(16, 5)).mean()).backward()
            first.step()
            second.zero_grad()
            fools = -nets["critic"](fake).mean()
            fools.backward()
            second.step()
            assert lab.frame.loss == pytest.approx(fools.item())
    assert (lab.steps, len(lab.history)) == (4, 4)
    assert lab.layers[:3] == ["generator.0", "generator.2", "generator.4"]
    assert [layer for layer in lab.layers if layer.startswith("critic.0")] == [
        "critic.0", "critic.0 (2)", "critic.0 (3)"
    ]  # fmt: skip
    assert (lab.history["update_ratio"][-1] > 0).all()


def test_a_scaled_loss_is_measured_as_if_it_were_not_and_skipped_steps_are_counted():
    seen = []
    for scale in (None, 512.0):
        torch.manual_seed(1)
        net, optimizer = pair()
        scaler = torch.amp.GradScaler("cpu", enabled=scale is not None, init_scale=scale or 1.0)
        with Watch(net, optimizer, every=1) as lab:
            scaler.scale(classes(net(vectors()))).backward()
            scaler.unscale_(optimizer)
            scaler.step(optimizer)
            scaler.update()
        seen.append(lab.frame)
        if scale:
            with Watch(net, optimizer, every=1) as lab:
                scaler.scale(classes(net(vectors())) * math.inf).backward()
                scaler.step(optimizer)
                scaler.update()
            assert (lab.steps, lab.skipped, len(lab.history)) == (0, 1, 0)
    assert seen[0].loss == pytest.approx(seen[1].loss)
    np.testing.assert_allclose(seen[0].table, seen[1].table, rtol=1e-3)
    assert seen[0].gradient_norm == pytest.approx(seen[1].gradient_norm)


def test_under_autocast_the_numbers_are_those_of_full_precision_nearly():
    frames = []
    for enabled in (False, True):
        torch.manual_seed(1)
        net, optimizer = pair()
        x = vectors()
        with Watch(net, optimizer, every=1) as lab:
            with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
                loss = classes(net(x))
            loss.backward()
            optimizer.step()
        frames.append(lab.frame)
    np.testing.assert_allclose(frames[0].gradient_rms, frames[1].gradient_rms, rtol=0.05)
    assert lab._half == "bfloat16"


def test_half_precision_with_a_scaler_over_accumulated_passes_is_measured_as_full_precision_nearly():
    frames = []
    for enabled in (False, True):
        torch.manual_seed(1)
        net, optimizer = pair()
        parts = [vectors() for _ in range(2)]
        scaler = torch.amp.GradScaler("cpu", enabled=enabled, init_scale=1024.0)
        with Watch(net, optimizer, every=1) as lab:
            for part in parts:
                with torch.autocast("cpu", torch.float16, enabled=enabled):
                    loss = classes(net(part)) / 2
                scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 0.05)
            scaler.step(optimizer)
            scaler.update()
        frames.append(lab.frame)
    for column in ("gradient_rms", "weight_gradient_var", "update_ratio"):
        np.testing.assert_allclose(getattr(frames[1], column), getattr(frames[0], column), rtol=0.05)
    assert frames[1].gradient_norm_clipped == pytest.approx(0.05, rel=1e-2)
    assert (lab.steps, lab.skipped, lab._half) == (1, 0, "float16")


def test_a_net_in_eval_is_measured_as_it_runs():
    net = nn.Sequential(
        nn.Linear(12, 8), nn.BatchNorm1d(8), nn.Dropout(0.9), nn.ReLU(), nn.Linear(8, 5)
    ).eval()
    optimizer, x = torch.optim.SGD(net.parameters(), lr=0.1), vectors()
    expected = net[:4](x).var(correction=0).item()
    with Watch(net, optimizer, every=1) as lab:
        step(net, optimizer, x)
    assert lab.frame.activation_var[0] == pytest.approx(expected, rel=1e-5)
    assert not net.training
    assert not lab.report()["parts"]["norm"]["1"].get("samples")


def test_modules_that_run_in_turns_are_measured_when_they_run():
    class Turns(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.ways, self.last = (
                nn.Linear(12, 8),
                nn.ModuleList([mlp(), mlp()]),
                nn.Linear(5, 5),
            )
            self.fit, self.turn = nn.Linear(8, 12), 0

        def forward(self, x: Tensor) -> Tensor:
            self.turn += 1
            return self.last(self.ways[self.turn % 2](self.fit(self.first(x))))

    net = Turns()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with Watch(net, optimizer, every=1) as lab:
        for _ in range(4):
            step(net, optimizer, vectors())
    assert [layer for layer in lab.layers if "." not in layer] == ["first", "fit", "last"]
    assert len(lab.layers) == 9
    seen = np.isfinite(lab.history["gradient_rms"])
    for layer, ran in zip(lab.layers, seen.T, strict=True):
        turns = {"ways.0": [False, True] * 2, "ways.1": [True, False] * 2}.get(layer[:6], [True] * 4)
        assert ran.tolist() == turns, layer


@pytest.mark.long
def test_what_is_compiled_is_measured_in_steps_that_are_not():
    for compiled in ("model", "step"):
        net, optimizer = pair()
        called = torch.compile(net, backend="eager") if compiled == "model" else net
        watched = called if compiled == "model" else net

        def forward(x: Tensor, called: nn.Module = called) -> Tensor:
            return classes(called(x))

        run = torch.compile(forward, backend="eager") if compiled == "step" else forward
        with Watch(watched, optimizer, every=3) as lab:
            for _ in range(7):
                optimizer.zero_grad()
                run(vectors()).backward()
                optimizer.step()
        assert not lab.trouble
        assert lab.history["step"].tolist() == [1, 4, 7]
        assert lab.layers == ["0", "2", "4"]
        assert (lab.history["gradient_rms"] > 0).all()


def test_a_step_that_raises_leaves_nothing_and_the_next_one_is_measured():
    class Fragile(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net, self.breaks = mlp(), True

        def forward(self, x: Tensor) -> Tensor:
            h = self.net(x)
            if self.breaks:
                raise RuntimeError("no")
            return h

    net = Fragile()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with Watch(net, optimizer, every=1) as lab:
        with pytest.raises(RuntimeError, match="no"):
            net(vectors())
        assert not torch.overrides._get_current_function_mode_stack()
        net.breaks = False
        step(net, optimizer, vectors())
    assert len(lab.history) == 1
    net.breaks = True
    with pytest.raises(RuntimeError, match="no"), Watch(net, optimizer):
        net(vectors())
    assert not any(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in net.modules())


def test_whatever_goes_wrong_in_the_watching_the_training_goes_on(monkeypatch):
    net, optimizer = pair()
    lab = Watch(net, optimizer, every=1)
    monkeypatch.setattr("engine.measure.statistics.Measure.passes_map", lambda *_: 1 / 0)
    lab.attach()
    with pytest.warns(WatchWarning, match="the training goes on: ZeroDivisionError"):
        first = step(net, optimizer, vectors())
    assert step(net, optimizer, vectors()) < first + 1
    assert not lab.attached
    assert lab.report()["trouble"].startswith("ZeroDivisionError")
    assert not any(len(m._forward_hooks) for m in net.modules())


def test_two_watches_on_one_net_do_not_disturb_each_other_and_are_told_of_each_other():
    net, optimizer = pair()
    with Watch(net, optimizer, every=1) as one:
        other = Watch(net, optimizer, every=1)
        with pytest.warns(WatchWarning, match="Sequential is watched already"):
            other.attach()
        step(net, optimizer, vectors())
        other.detach()
    with warnings.catch_warnings(action="error"), Watch(net, optimizer):
        pass
    np.testing.assert_array_equal(one.frame.table, other.frame.table)


NOT_TO_BE_WATCHED = {
    "no parameters": (lambda: nn.Sequential(nn.ReLU()), "has no parameters"),
    "meta": (lambda: nn.Linear(3, 3, device="meta"), "meta device"),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(3)), "lazy layers"),
    "complex": (lambda: nn.Linear(3, 3, dtype=torch.complex64), "no real parameters"),
    "quantized": (lambda: quantized(nn.Sequential(nn.Linear(3, 3))), "Sequential is quantized"),
}


def quantized(net):
    with warnings.catch_warnings(action="ignore"):  # torch moves it to another library
        return torch.ao.quantization.quantize_dynamic(net, {nn.Linear})


@pytest.mark.parametrize("name", NOT_TO_BE_WATCHED)
def test_what_cannot_be_watched_is_a_word_and_no_error(name):
    make, words = NOT_TO_BE_WATCHED[name]
    net = make()
    with pytest.warns(WatchWarning, match=words), Watch(net) as lab:
        pass
    assert words in lab.report()["trouble"]
    assert lab.layers == []


def test_quantized_layers_in_a_net_that_learns_are_named_and_no_trouble():
    net = nn.Sequential(quantized(nn.Sequential(nn.Linear(3, 4))), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with pytest.warns(WatchWarning, match=r"no gradient reaches them, are the quantized 0\.0$"):
        lab = Watch(net, optimizer, every=1)
    with lab:
        step(net, optimizer, torch.ones(5, 3))
    assert (lab.layers, lab.trouble) == (["1"], "")


def test_without_any_step_it_is_said_so():
    net, optimizer = pair()
    with pytest.warns(WatchWarning, match="No step was measured"), Watch(net, optimizer) as lab:
        classes(net(vectors())).backward()
    assert lab.findings() == []
    assert lab.report()["trouble"].startswith("No step was measured while it was watched")


def test_an_error_before_the_first_step_is_all_that_is_said():
    with pytest.raises(ZeroDivisionError), Watch(*pair()):
        raise ZeroDivisionError


def test_integers_inside_and_an_optimizer_of_somebody_elses_are_no_trouble():
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net, self.turn = mlp(), nn.Linear(5, 5, dtype=torch.complex64)

        def forward(self, x: Tensor) -> Tensor:
            return self.turn(self.net(x).to(torch.complex64)).abs()

    net = Odd()
    optimizer = torch.optim.SGD(mlp().parameters(), lr=0.1)
    with pytest.warns(WatchWarning, match="SGD holds no parameter of Odd"):
        lab = Watch(net, optimizer, every=1)
    with lab:
        for _ in range(3):
            step(net, optimizer, vectors())
    assert not lab.trouble
    assert lab.report()["trouble"].startswith("SGD holds no parameter of Odd")
    assert "net.0" in lab.layers
    with pytest.warns(WatchWarning, match="no torch.optim.Optimizer"):
        Watch(net, "adam")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": 3}, "torch.nn.Module"),
        ({"every": 0}, "every"),
        ({"rate": -1}, "rate"),
        ({"rate": math.nan}, "rate"),
    ],
)
def test_nonsense_is_refused_at_birth(given, words):
    with pytest.raises(SpecError, match=words):
        Watch(**{"model": mlp()} | given)


def test_at_display_rate_few_steps_are_measured():
    net, optimizer = pair()
    with Watch(net, optimizer) as lab:
        for _ in range(60):
            step(net, optimizer, vectors())
    assert lab.history["step"][0] == 1
    assert len(lab.history) < 40


@pytest.mark.parametrize(("layers", "unused"), [(3, 1), pytest.param(3000, 3000, marks=pytest.mark.long)])
def test_a_report_says_what_was_not_seen_and_stays_small(layers, unused):
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(layers))
            self.unused = nn.ModuleList(nn.Linear(4, 4) for _ in range(unused))
            self.own = nn.Parameter(torch.randn(4, 4))

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x) + x / 2
            return x @ self.own

    net = Deep()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-9)
    with Watch(net, optimizer, every=1) as lab:
        step(net, optimizer, vectors(16, 4))
    report = lab.report()
    assert len(json.dumps(report)) <= 256_000
    assert report["layers_left_out"] + len(report["layers"]) == layers
    seen = report["seen"]
    assert len(seen["never_ran"]) + seen.get("never_ran_left_out", 0) == unused
    assert seen["never_ran"][0] == "unused.0"
    assert seen["not_measured"] == ["own"]


@pytest.mark.parametrize("suffix", ["json", "csv", "parquet"])
def test_what_was_seen_is_saved(suffix, tmp_path):
    net, optimizer = pair()
    with Watch(net, optimizer, every=1) as lab:
        for _ in range(4):
            step(net, optimizer, vectors())
    path = tmp_path / f"seen.{suffix}"
    lab.save(path)
    if suffix == "json":
        saved = json.loads(path.read_text())
        np.testing.assert_allclose(saved["gradient_rms"], lab.history["gradient_rms"], rtol=1e-5)
        assert saved["layers"] == lab.layers
        return
    pandas = pytest.importorskip("pandas")
    table = getattr(pandas, f"read_{suffix}")(path)
    assert len(table) == 4 * 3
    np.testing.assert_allclose(table.gradient_rms, lab.history["gradient_rms"].ravel())
    with pytest.raises(SpecError, match="parquet"):
        lab.save(tmp_path / "seen.parket")
    with pytest.raises(SpecError, match=r"there is no folder '.*nowhere'"):
        lab.save(tmp_path / "nowhere" / f"seen.{suffix}")


def test_a_healthy_net_passes_and_is_what_it_was_and_a_sick_one_is_named():
    net = mlp()
    batches = [vectors() for _ in range(5)]
    before = {name: value.clone() for name, value in net.state_dict().items()}
    draws = torch.get_rng_state()
    assert_healthy(net, lambda model, x: F.mse_loss(model(x), x[:, :5]), batches)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), draws)
    assert all(parameter.grad is None for parameter in net.parameters())
    with torch.no_grad():
        net[2].weight.mul_(1e6)
    with pytest.raises(AssertionError, match=r"model\[2\]") as raised:
        assert_healthy(net, lambda model, x: F.mse_loss(model(x), x[:, :5]), batches)
    assert [entry.ishidden(raised) for entry in raised.traceback] == [False, True]
    with pytest.raises(SpecError, match="batch"):
        assert_healthy(net, classes, [])


def test_the_engine_hands_them_on():
    assert {"Watch", "assert_healthy"} <= set(engine.__all__)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Watch(mlp())


@pytest.mark.parametrize("by_hand", [False, True])
def test_the_loss_of_the_last_step_is_kept_where_it_was_not_measured(by_hand):
    net, optimizer = pair()
    with Watch(net, None if by_hand else optimizer, every=100) as lab:
        for _ in range(5):
            loss = step(net, optimizer, vectors())
    told = lab.report()
    assert lab.history["step"].tolist() == [1]
    assert (told["steps"], told["measured"]) == (5, {"steps": 1, "last": 1})
    assert told["loss"]["last"] == pytest.approx(loss, rel=1e-5) != told["loss"]["first"]


def test_the_last_loss_of_a_scaled_step_is_without_the_factor():
    net, optimizer = pair()
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=1)
    with Watch(net, optimizer, every=100) as lab:
        for _ in range(3):
            optimizer.zero_grad()
            loss = classes(net(vectors()))
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
    assert lab.last_loss == pytest.approx(loss.item(), rel=1e-5)


def test_who_knows_how_many_steps_there_are_has_the_last_one_measured():
    net, optimizer = pair()
    lab = Watch(net, optimizer, every=100)
    lab.pace.last = 5
    with lab:
        for _ in range(5):
            step(net, optimizer, vectors())
    assert lab.history["step"].tolist() == [1, 5]


@pytest.mark.parametrize("held", ["nothing", "the head"])
def test_an_optimizer_of_other_parameters_clips_nothing(held):
    net, others = mlp(), nn.Linear(2, 2)
    parameters = [*others.parameters(), *(net[4].parameters() if held == "the head" else [])]
    for parameter in others.parameters():
        parameter.grad = torch.full_like(parameter, 1e-9)
    optimizer = torch.optim.SGD(parameters, lr=1e-6)
    with warnings.catch_warnings(action="ignore"), Watch(net, optimizer, every=1) as lab:
        for _ in range(30):
            net.zero_grad()
            classes(net(vectors())).backward()
            optimizer.step()
    assert lab.history["gradient_norm_clipped"].tolist() == lab.history["gradient_norm"].tolist()
    assert "clipped away" not in {found.name for found in lab.course()}
