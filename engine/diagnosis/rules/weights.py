"""What is wrong with the weights themselves: they shrink to nothing."""

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import LESS_DECAY
from engine.diagnosis.symptoms import Run
from engine.tables.wording import Sentence


def decay_too_strong(run: Run) -> Finding | None:
    """Weight decay takes more from the weights than the gradient gives."""
    if run.broken or not run.shrinks:
        return None
    return Finding(
        name="weight decay too strong",
        step=run.step,
        says=Sentence(
            "weight decay too strong: every layer's weights have shrunk, to {weights_left:percent} of their size at "
            "most; the decay is {decay:rate}",
            weights_left=run.weights_left,
            decay=run.subject.decay,
        ),
        because=Sentence(
            "Decay takes the same share of all weights at each step; where the gradient does not give as much back, "
            "they shrink to nothing, and with them all differences between the samples."
        ),
        source="Krogh and Hertz, 1991; Loshchilov and Hutter, 2019",
        remedies=(LESS_DECAY,),
        evidence={"loss": run.loss[1]},
    )
