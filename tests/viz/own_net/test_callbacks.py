"""Lightning's trainer and that of transformers show what they train, with the numbers of a bare loop."""

import time

import pytest
import torch
from torch import nn

import viz
from viz.nets.host import Nets
from viz.nets.listener import Door

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

WITHIN = 60.0
STEPS = 6


@pytest.fixture
def nets(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    nets = Nets()
    door = Door(nets, lambda: "http://localhost:8501/")
    door.open()
    yield nets
    door.close()


def over(nets):
    end = time.monotonic() + WITHIN
    while any(net.is_live for net in nets.runs.values()):
        assert time.monotonic() < end
        time.sleep(0.01)
    [net] = nets.runs.values()
    return net


def test_lightning(nets, tmp_path):
    lightning = pytest.importorskip("lightning.pytorch", reason="no Lightning: uv sync --group outside")

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.trunk, self.head = nn.Sequential(nn.Linear(5, 8), nn.Tanh()), nn.Linear(8, 3)

        def training_step(self, batch, _):  # never calls the module itself
            x, y = batch
            return nn.functional.cross_entropy(self.head(self.trunk(x)), y)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    torch.manual_seed(0)
    module, callback = Module(), viz.lightning_callback(every=1, name="lit")
    batches = [(torch.randn(4, 5), torch.randint(0, 3, (4,))) for _ in range(STEPS)]
    first = nn.functional.cross_entropy(module.head(module.trunk(batches[0][0])), batches[0][1]).item()
    trainer = lightning.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, gradient_clip_val=10.0, default_root_dir=tmp_path, callbacks=[callback],
    )  # fmt: skip
    trainer.fit(module, torch.utils.data.DataLoader(batches, batch_size=None))
    lab = callback.lab
    assert not lab.trouble
    assert lab.layers == ["trunk.0", "head"]
    assert lab.history["step"].tolist() == list(range(1, STEPS + 1))
    assert lab.history["loss"][0] == pytest.approx(first, rel=1e-6)
    assert (lab.history["gradient_rms"] > 0).all()
    assert lab.history["gradient_norm"] == pytest.approx(lab.history["gradient_norm_clipped"], rel=1e-5)
    assert over(nets).name == "lit"


def test_transformers(nets, tmp_path):
    transformers = pytest.importorskip("transformers", reason="no transformers: uv sync --group outside")
    pytest.importorskip(
        "accelerate", reason="transformers' Trainer needs accelerate: uv sync --group outside"
    )
    sizes = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 8, "vocab_size": 32}
    torch.manual_seed(0)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, bos_token_id=0, eos_token_id=0))
    rows = [{"input_ids": torch.arange(8) % 5, "labels": torch.arange(8) % 5} for _ in range(4 * STEPS)]
    callback = viz.trainer_callback(every=4)
    asked = transformers.TrainingArguments(
        str(tmp_path), per_device_train_batch_size=4, max_steps=STEPS, report_to=[], use_cpu=True, save_strategy="no",
        disable_tqdm=True,
    )  # fmt: skip
    transformers.Trainer(model, asked, train_dataset=rows, callbacks=[callback]).train()
    lab = callback.lab
    assert not lab.trouble
    assert "transformer.h.0.mlp.c_fc" in lab.layers
    assert lab.steps == STEPS
    assert lab.history["step"].tolist() == [1, 5, STEPS]  # the last one is known beforehand
    assert over(nets).name == "GPT2LMHeadModel"


def test_without_the_library_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr("viz.own_net.callbacks.import_module", fails)
    with pytest.raises(ImportError, match="is for lightning, which is not installed: pip install lightning"):
        viz.lightning_callback()
    with pytest.raises(ImportError, match="pip install transformers"):
        viz.trainer_callback()


def fails(name):
    raise ModuleNotFoundError(name)
