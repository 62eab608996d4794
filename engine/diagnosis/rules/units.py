"""What is wrong with the units of a layer: all alike, or dead."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import LEAK, LEVEL_GRADIENT, smaller_rate
from engine.diagnosis.symptoms import Run
from engine.tables.wording import Sentence


def symmetric_units(run: Run) -> Finding | None:
    """Equal weights: the units of a layer compute the same, and get the same gradient for ever."""
    if not run.subject.symmetric or run.learns:
        return None
    return Finding(
        name="symmetric units",
        layer=1,
        step=int(run.history["step"][0]),
        says=Sentence(
            "symmetric units: all units of a layer started with the same weights and stay the same"
        ),
        because=Sentence(
            "Units with equal weights get equal gradients; only a random start lets them become different."
        ),
        source="Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        remedies=(LEVEL_GRADIENT,),
        evidence={"weight_var_at_start": float(run.start("weight_var")[0]), "loss": run.loss[1]},
    )


def dying_units(run: Run) -> Finding | None:
    """Units that answered at the start answer to nothing now (or a whole layer never did)."""
    size = run.subject.batch or 1024
    start, now = run.start("dead"), run.now("dead")
    zeros = run.now("saturated")
    alive = np.where(now < 1, (zeros - now) / np.maximum(1 - now, 1e-12), 0.0)
    killed = now - start - np.clip(alive, 0, 1) ** size
    blocked = start.max() >= 1 and not run.subject.symmetric
    if (
        run.subject.two_sided
        or size < 16
        or not (blocked or killed.mean() > 0.25 or (killed.max() > 0.7 and run.stuck))
    ):
        return None
    layer = int(now.argmax()) + 1
    return Finding(
        name="dying units",
        layer=layer,
        step=run.step,
        says=Sentence(
            "dying units: {dead:percent} of the units answer to no sample ({dead_at_start:percent} at the start), "
            "{dead_in_layer:percent} in {layer:layer}",
            dead=float(now.mean()),
            dead_at_start=float(start.mean()),
            dead_in_layer=float(now.max()),
            layer=run.called(layer),
        ),
        because=Sentence(
            "A unit that is flat for every sample gets no gradient and cannot come back; large steps put it there."
        ),
        source="Maas, Hannun and Ng, 2013; Lu et al., 2019",
        remedies=(LEAK if blocked or run.largest_step < 0.03 else smaller_rate(run.first_step),),
        evidence={"largest_step": run.largest_step},
    )
