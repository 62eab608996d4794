"""What is wrong with the units of a layer: all alike, or dead."""

import numpy as np

from engine.diagnosis import cures
from engine.diagnosis.cures import Cure
from engine.diagnosis.finding import Finding
from engine.diagnosis.symptoms import Run


def symmetric_units(run: Run) -> Finding | None:
    """Equal weights: the units of a layer compute the same, and get the same gradient for ever."""
    if not run.symmetric_start() or run.learns:
        return None
    cure, words = cures.level_gradient(run.spec)
    return Finding(
        name="symmetric units",
        layer=1,
        step=int(run.history["step"][0]),
        words="symmetric units: all units of a layer started with the same weights and stay the same",
        rule="Units with equal weights get equal gradients; only a random start lets them become different.",
        source="Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        cure=cure,
        cure_words=words,
        evidence={"weight_var_at_start": float(run.start("weight_var")[0]), "loss": run.loss[1]},
    )


def dying_units(run: Run) -> Finding | None:
    """Units that answered at the start answer to nothing now (or a whole layer never did)."""
    size = run.spec.batch_size or 1024
    start, now = run.start("dead"), run.now("dead")
    zeros = run.now("saturated")
    alive = np.where(now < 1, (zeros - now) / np.maximum(1 - now, 1e-12), 0.0)
    killed = now - start - np.clip(alive, 0, 1) ** size
    blocked = start.max() >= 1 and not run.symmetric_start()
    if (
        run.two_sided
        or size < 16
        or not (blocked or killed.mean() > 0.25 or (killed.max() > 0.7 and run.stuck))
    ):
        return None
    layer = int(now.argmax()) + 1
    if blocked or run.largest_step < 0.03:
        cure: Cure = {"activation": "leaky_relu", "activation_options": {}}
        words = "use leaky ReLU"
    else:
        cure, words = cures.smaller_rate(run.spec, run.first_step)
    return Finding(
        name="dying units",
        layer=layer,
        step=run.step,
        words=f"dying units: {now.mean():.0%} of the units answer to no sample ({start.mean():.0%} at the start), "
        f"{now.max():.0%} in layer {layer}",
        rule="A unit that is flat for every sample gets no gradient and cannot come back; large steps put it there.",
        source="Maas, Hannun and Ng, 2013; Lu et al., 2019",
        cure=cure,
        cure_words=words,
        evidence={
            "dead": float(now.mean()),
            "dead_at_start": float(start.mean()),
            "dead_in_layer": float(now.max()),
            "largest_step": run.largest_step,
        },
    )
