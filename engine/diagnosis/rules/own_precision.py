"""What half precision loses of a watched net's gradients."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.rules.own_naming import called, named
from engine.diagnosis.watched import Watched
from engine.tables.wording import Sentence

TINY = {"float16": 6e-8}
SCALED = """model.float()  # weights stay whole, passes are half
device = next(model.parameters()).device.type
scaler = torch.amp.GradScaler(device)
for x, y in batches:
    optimizer.zero_grad()
    with torch.autocast(device, torch.float16):
        loss = loss_of(model(x), y)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()"""


def underflow(net: Watched) -> Finding | None:
    """Gradients of half precision that are below its smallest number."""
    smallest = TINY.get(net.subject.half)
    if smallest is None:
        return None
    gradient = net.now("gradient_rms")
    lost = np.flatnonzero(np.isfinite(gradient) & (gradient < smallest))
    if not len(lost) or (
        not (gradient >= smallest).any() and not (net.now("weight_gradient_var") == 0).any()
    ):
        return None
    layer = int(lost[-1])
    return named(
        net,
        "underflow",
        layer,
        Sentence(
            "underflow: at {path} the gradient ({gradient:rough}) is below the smallest {half} number",
            path=called(net, layer),
            gradient=float(gradient[layer]),
            half=net.subject.half,
        ),
        Sentence("What is below the smallest number of its type becomes 0, and no rate makes up for that."),
        "IEEE 754; Micikevicius et al., 2018",
        Sentence(
            "Scale the loss, as in this loop, where loss_of and batches are yours; or compute in bfloat16."
        ),
        SCALED,
    )
