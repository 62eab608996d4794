"""The lines of a script that say what its run does to inputs, labels, start, rate and loss."""

from collections.abc import Callable

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS, Dataset
from engine.tables.later import Later
from engine.tables.schedules import SCHEDULES

Source = Callable[[Callable], str]
"""A function's own text."""

WITH_SHARE = Later("engine.training.split.with_share")
APPORTIONED = Later("engine.training.split._apportioned")
MISLABELED = Later("engine.training.split.mislabeled")

PACE = """    for group in optimizer.param_groups:
        group["lr"] = rate(step - 1)
"""


def drawn(dataset: Dataset, source: Source) -> tuple[str, str]:
    """The function that draws the data, and its name; a table of one's own is read from its file."""
    if not DATASETS.own(dataset.name):
        draw = dataset.script or dataset.draw
        return source(draw), draw.__name__
    return TABLE.format(file=table_file(dataset.name)), "table"


def table_file(name: str) -> str:
    """What the file of a table of one's own is called, by the table's name."""
    return f"table-{name.removeprefix(DATASETS.OWN)}.npz"


TABLE = """def table(seed):
    with np.load("{file}") as file:  # saved in the sidebar, under Data
        return file["x"], file["y"]"""


def share(spec: RunSpec, source: Source) -> str:
    """Which samples stay, where the first class has a share of its own."""
    if spec.class_share is None:
        return ""
    functions = "\n\n\n".join(map(source, (APPORTIONED, WITH_SHARE)))
    given = f"{spec.class_share!r}, seed=SEED"
    return (
        f"\n\n\n{functions}\n\n\ntrain, test = (part[with_share(y[part], {given})] for part in (train, test))"
    )


def targets(spec: RunSpec, source: Source) -> str:
    """Labels with their noise, or numbers on the scale of the training samples."""
    classes = DATASETS[spec.dataset].classes
    if not classes:
        return "\ny = (y - y[train].mean()) / y[train].std()"
    if not spec.label_noise:
        return ""
    drawn = f"mislabeled(y[train], {spec.label_noise!r}, classes={classes}, seed=SEED)"
    return f"\n\n\n{source(MISLABELED)}\n\n\ny = y.copy()\ny[train] = {drawn}"


def factor(spec: RunSpec) -> str:
    if spec.input_factor == 1.0:
        return ""
    numbers = spec.input_factor
    return f" * np.array({list(numbers) if isinstance(numbers, tuple) else numbers!r})"


def start(spec: RunSpec) -> str:
    """What is done to weights and biases once they are drawn."""
    lines = ["weight.mul_(gain)"] if spec.output_gain != 1 else []
    if spec.bias == "normal":
        lines.append("nn.init.normal_(bias, generator=generator)")
    elif spec.bias != "default":
        lines.append(f"nn.init.constant_(bias, {spec.bias_value if spec.bias == 'constant' else 0.0!r})")
    return "".join(f"\n{line}" for line in lines)


def changes(spec: RunSpec) -> bool:
    """Whether the rate changes while the net trains."""
    return spec.schedule != "constant" or spec.warmup > 0


def rate(spec: RunSpec, source: Source) -> str:
    """The rate after t steps, as a function."""
    if not changes(spec):
        return ""
    entry = SCHEDULES[spec.schedule]
    options = "".join(f", {name}={value!r}" for name, value in entry.complete(spec.schedule_options).items())
    curve = (
        f"{entry.curve.__name__}({spec.lr!r}, min(t, {spec.schedule_steps}), {spec.schedule_steps}{options})"
    )
    warm = f" * min(1.0, (t + 1) / {spec.warmup})" if spec.warmup else ""
    return f"\n\n{source(entry.curve)}\n\n\ndef rate(t):\n    return {curve}{warm}\n\n\n"


def loss(spec: RunSpec) -> str:
    """The loss of `model` on `inputs` and `labels`."""
    if spec.loss == "cross_entropy":
        return "cross_entropy(model(inputs), labels)"
    net, kind = "model(inputs)", {"mse": "mse_loss", "bce": "binary_cross_entropy"}[spec.loss]
    if spec.loss == "bce" and spec.output == "sigmoid":  # ahead of the sigmoid, where no digit is lost
        net, kind = "model[:-1](inputs)", "binary_cross_entropy_with_logits"
    classes = DATASETS[spec.dataset].classes
    if classes == 0 or spec.outputs == 1:
        wanted = "labels[:, None].to(DTYPE)"
    else:
        wanted = f"nn.functional.one_hot(labels, {classes}).to(DTYPE)"
    return f"nn.functional.{kind}({net}, {wanted})"


def accuracy(spec: RunSpec, after: str = "") -> str:
    """The line that prints the share of right answers, where there are any, and after how many steps."""
    if not DATASETS[spec.dataset].classes:
        return ""
    most = DATASETS[spec.dataset].classes - 1
    nearest = f"(model(inputs)[:, 0] - 0.5).ceil().clamp(0, {most})"
    answer = nearest if spec.outputs == 1 else "model(inputs).argmax(1)"
    return f'    print("test accuracy{after}", ({answer} == labels).double().mean().item())\n'
