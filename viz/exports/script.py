"""A run as a plain PyTorch script, without this package: it prints the same losses, bit for bit. Or its trained net.

Classes of our own stand in the script as they stand in the engine, read from its source; everything else is torch,
NumPy and scikit-learn.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import cache, singledispatch
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent
from typing import Any

from engine.spec import RunSpec, blocks
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS, Dataset
from engine.tables.initializers import INITIALIZERS
from engine.tables.later import Later
from engine.tables.optimizers import OPTIMIZERS
from viz.exports import comments, parts
from viz.words.language import say

STEPS = 20
THREADS = 1  # of torch where a run is computed, viz/workers/child.py
AFTER = ' after", STEPS, "steps'  # what a verdict says of when it is given
WEIGHTS = "weights.pt"
IMPORTS = {
    "math.": "import math",
    "OrderedDict": "from collections import OrderedDict\n",
    "np.": "import numpy as np",
    "torch": "import torch",
    "sklearn_datasets": "from sklearn import datasets as sklearn_datasets",
    "train_test_split": "from sklearn.model_selection import train_test_split",
    "nn": "from torch import Tensor, nn",
    "cross_entropy": "from torch.nn.functional import cross_entropy",
}
"""What a script imports where the word stands in it."""

PATH = """

def path(fan_in, fan_out):
    made = LinearPath(fan_in, fan_out)
    nn.init.normal_(made.weight, std=fan_in**-0.5, generator=generator)
    return made
"""

HEAD = '''"""{title}

{says}
{needs}
"""

{imports}

'''

NET = '''{steps}SEED = {seed}
DEVICE = "{device}"
DTYPE = torch.{dtype}

# {of_threads}
torch.set_num_threads({threads})

{data_begins}

{draw}

x, y = {draw_name}(seed={draw_seed})
{split}{share}
{scale}{targets}


def tensors(rows):
    inputs = torch.as_tensor((x[rows] - mean) / std{factor}, dtype=DTYPE)
    return inputs.to(DEVICE), torch.as_tensor(y[rows], dtype={kind}).to(DEVICE)


train_x, train_y = tensors(train)
test_x, test_y = tensors(test)

{net_begins}

generator = torch.Generator().manual_seed(SEED)


def layer(fan_in, fan_out, pieces=1{gain}):
    """{of_layer}"""
    made = nn.utils.skip_init(nn.Linear, fan_in, pieces * fan_out)
    with torch.no_grad():
        for weight, bias in zip(made.weight.chunk(pieces), made.bias.chunk(pieces)):
{fill}
    return made

{classes}model = nn.Sequential(
    OrderedDict(
{net}
    )
)
model.to(device=DEVICE, dtype=DTYPE)
'''

TRAINING = """parameters = list(model.parameters())

{training_begins}

optimizer = {optimizer}
{rate}{batches}
torch.manual_seed(SEED + 2)  # {of_draws}
for step in range(1, STEPS + 1):
    {batch}
{pace}    optimizer.zero_grad()
    loss = {loss}
    loss.backward()
    print(step, loss.item())
{clip}    optimizer.step()

"""

LOADING = """
{learned_begins}

model.load_state_dict(torch.load("{file}", map_location=DEVICE, weights_only=True))

"""

VERDICT = """model.eval()
with torch.no_grad():
    inputs, labels = test_x, test_y
    print("test loss{after}", ({loss}).item())
{accuracy}"""

MINI = '''order_of = torch.Generator().manual_seed(SEED + 1)


def batches(size):
    """{of_batches}"""
    while size >= len(train_x):
        yield torch.arange(len(train_x)).to(DEVICE)
    while True:
        order = torch.randperm(len(train_x), generator=order_of)
        for begin in range(0, len(order) - size + 1, size):
            yield order[begin : begin + size].to(DEVICE)


batch = batches({size})'''


def script(spec: RunSpec, steps: int = STEPS) -> str:
    """The run of a spec as the text of a Python file, which trains for so many steps."""
    says = say(
        "Prints the loss of each step before its update, and what the net knows of the test set at the end."
    )
    first = f"STEPS = {steps}  # {comments.of_steps()}\n"
    return _filled(NET + TRAINING + VERDICT, spec, says, AFTER, steps=first, **_training(spec))


def loading(spec: RunSpec, file: str = WEIGHTS) -> str:
    """A Python file that makes the net of a spec, loads its weights and prints what it knows of the test set.

    file: the name of the file with its `state_dict`, beside the script.
    """
    says = say("Loads the weights in {file}, and prints what the net knows of the test set.", file=file)
    return _filled(NET + LOADING + VERDICT, spec, says, steps="", file=file)


def _filled(body: str, spec: RunSpec, says: str, after: str = "", **more: Any) -> str:
    """The text of a script: what it says and imports, its body, and `after` how many steps its verdict is."""
    dataset, seed = DATASETS[spec.dataset], 0 if isinstance(DATASETS[spec.dataset].test, int) else spec.seed
    net = list(blocks.network(spec, dataset.features, dataset.classes))
    draw, name = parts.drawn(dataset, _function)
    fill = INITIALIZERS[spec.initializer].code(**spec.initializer_options) + parts.start(spec)
    text = body.format(
        seed=spec.seed,
        device=spec.device,
        dtype=spec.dtype,
        draw=draw,
        draw_name=name,
        draw_seed=seed,
        split=_split(dataset, seed),
        share=parts.share(spec, _function),
        scale=_scale(dataset.scale if spec.input_scale == "standard" else "none"),
        targets=parts.targets(spec, _function),
        factor=parts.factor(spec),
        kind="torch.int64" if dataset.classes else "DTYPE",
        gain=", gain=1.0" if spec.output_gain != 1 else "",
        fill=indent(fill, " " * 12),
        classes=_classes(net),
        net=indent(",\n".join(f"{block.name}={written(block, spec)}" for block in net) + ",", " " * 8),
        loss=parts.loss(spec),
        after=after,
        accuracy=parts.accuracy(spec, after),
        threads=THREADS,
        **comments.comments(),
        **more,
    )
    needs = say("Needs torch, numpy and scikit-learn.")
    imports = "\n".join(line for word, line in IMPORTS.items() if word in text)
    return HEAD.format(title=comments.title(spec), says=says, needs=needs, imports=imports) + text


def _training(spec: RunSpec) -> dict[str, str]:
    """What the training of a script is made of."""
    all_at_once = spec.batch_size is None or spec.batch_size >= DATASETS[spec.dataset].training_samples
    return {
        "optimizer": _optimizer(spec),
        "rate": parts.rate(spec, _function),
        "pace": parts.PACE if parts.changes(spec) else "",
        "batches": "" if all_at_once else MINI.format(size=spec.batch_size, **comments.comments()),
        "batch": "inputs, labels = train_x, train_y" if all_at_once else MINI_BATCH,
        "clip": _clip(spec),
    }


MINI_BATCH = "indices = next(batch)\n    inputs, labels = train_x[indices], train_y[indices]"


def _split(dataset: Dataset, seed: int) -> str:
    if isinstance(dataset.test, int):
        return f"train, test = np.split(np.arange(len(y)), [-{dataset.test}])"
    alike = "stratify=y, " if dataset.classes else ""
    part = f"test_size={dataset.test}, {alike}random_state={seed}"
    return f"train, test = train_test_split(np.arange(len(y)), {part})"


def _scale(scale: str) -> str:
    if scale == "none":
        return "mean, std = 0.0, 1.0"
    axis = 0 if scale == "feature" else None
    return f"mean, std = x[train].mean({axis}, dtype=np.float64), x[train].std({axis}, dtype=np.float64)"


def _optimizer(spec: RunSpec) -> str:
    entry = OPTIMIZERS[spec.optimizer]
    arguments = {"lr": spec.lr, **entry.fixed, **entry.complete(spec.optimizer_options)}
    if entry.at_once(arguments):
        arguments["foreach"] = True
    lines = "".join(f"    {name}={value!r},\n" for name, value in arguments.items())
    return f"torch.optim.{_name(entry.cls)}(\n    parameters,\n{lines})"


def _clip(spec: RunSpec) -> str:
    how = {"norm": "clip_grad_norm_", "value": "clip_grad_value_"}.get(spec.clip)
    return f"    nn.utils.{how}(parameters, {spec.clip_threshold!r})\n" if how else ""


@singledispatch
def written(block: blocks.Block, spec: RunSpec) -> str:
    """The line that makes the block's module."""
    raise TypeError(f"no line for {block}")


@written.register
def _(block: blocks.Linear, spec: RunSpec) -> str:
    pieces = f", pieces={block.pieces}" if block.pieces > 1 else ""
    gain = f", gain={block.gain!r}" if block.gain != 1 else ""
    return f"layer({block.fan_in}, {block.fan_out}{pieces}{gain})"


@written.register
def _(block: blocks.Activation, spec: RunSpec) -> str:
    entry = ACTIVATIONS[block.kind]
    ours = "" if _is_ours(entry.make) else "nn."
    return f"{ours}{_name(entry.make)}({_arguments(entry.complete(block.options))})"


@written.register
def _(block: blocks.Softmax, spec: RunSpec) -> str:
    return "nn.Softmax(dim=-1)"


@written.register
def _(block: blocks.BatchNorm, spec: RunSpec) -> str:
    return f"nn.BatchNorm1d({block.width}, momentum={spec.batch_norm_momentum!r})"


@written.register
def _(block: blocks.LayerNorm, spec: RunSpec) -> str:
    return f"nn.{ {'layer': 'LayerNorm', 'rms': 'RMSNorm'}[block.kind] }({block.width}, eps=1e-5)"


@written.register
def _(block: blocks.Dropout, spec: RunSpec) -> str:
    return f"nn.Dropout({block.p!r})"


@written.register
def _(block: blocks.LinearPath, spec: RunSpec) -> str:
    return f"path({block.fan_in}, {block.fan_out})"


@written.register
def _(block: blocks.Residual, spec: RunSpec) -> str:
    body = indent(",\n".join(f"{each.name}={written(each, spec)}" for each in block.body) + ",", " " * 4)
    path = written(block.path, spec) if block.path else None
    return f"Residual(nn.Sequential(OrderedDict(\n{body}\n)), {path}, {block.scale!r}, {block.learned})"


def _classes(net: Iterable[blocks.Block]) -> str:
    """The source of our own classes that stand in the net, and what draws a path."""
    flat = list(blocks.flat(net))
    made: list[Any] = [ACTIVATIONS[block.kind].make for block in flat if isinstance(block, blocks.Activation)]
    made += [RESIDUAL for block in flat if isinstance(block, blocks.Residual)]
    paths = [LINEAR_PATH for block in flat if isinstance(block, blocks.LinearPath)]
    ours = dict.fromkeys(each for each in made + paths if _is_ours(each))
    return "".join(f"\n{_source(each)}\n\n" for each in ours) + (f"{PATH}\n\n" if paths else "\n")


RESIDUAL, LINEAR_PATH = Later("engine.nets.residual.Residual"), Later("engine.nets.residual.LinearPath")


def _is_ours(make: Any) -> bool:
    return not make.path.startswith("torch.")


def _name(thing: Any) -> str:
    return thing.path.rpartition(".")[2]


def _arguments(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in options.items())


@cache
def _source(thing: Later) -> str:
    """A class as its module's file has it; nothing is imported for it."""
    module, _, name = thing.path.rpartition(".")
    return _found(Path(getattr(find_spec(module), "origin", "")), name)[1]


@cache  # a file is parsed in 15 ms, and the page asks at each of its script's runs
def _function(draw: Callable) -> str:
    """A function without the annotations, which are of our own types; one that is `Later` is not imported for it."""
    if isinstance(draw, Later):
        module, _, name = draw.path.rpartition(".")
        tree, _ = _found(Path(getattr(find_spec(module), "origin", "")), name)
    else:
        tree, _ = _found(Path(draw.__code__.co_filename), draw.__name__)
    assert isinstance(tree, ast.FunctionDef)
    tree.returns = None
    for argument in tree.args.args:
        argument.annotation = None
    return ast.unparse(tree)


def _found(file: Path, name: str) -> tuple[ast.stmt, str]:
    text = file.read_text()
    node = next(each for each in ast.parse(text).body if getattr(each, "name", None) == name)
    return node, ast.get_source_segment(text, node) or ""
