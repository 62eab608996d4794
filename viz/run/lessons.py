"""Runs worth seeing. What a lesson says, its run shows: a test trains each for its steps and checks its number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.spec import RunSpec
from engine.spec.examples import CHAPTER
from engine.tables.wording import Sentence

OPENING = RunSpec(
    activation="sigmoid", initializer="glorot_normal", hidden=(100,) * 10, optimizer="sgd", lr=0.1
)
"""Where the page opens: the gradient vanishes on its way back, so the loss stays flat."""


class Break(Protocol):
    """Where a run diverged."""

    @property
    def step(self) -> int:
        """The step of it."""


class Trained(Protocol):
    """What a lesson asks of the run that it shows, which an `engine.Trainer` answers."""

    @property
    def history(self) -> Mapping[str, np.ndarray]:
        """Columns by name, [steps] or [steps, layers]."""

    @property
    def diverged(self) -> "Break | None":
        """Where it met its first NaN or inf."""

    def evaluate(self) -> tuple[float, float]:
        """Loss and accuracy on the test set."""


Claim = Callable[[Trained], float]

PANELS = {
    "activations": "Activations",
    "activation-variance": "Variance of activations",
    "stream": "Residual stream",
    "gradients": "Gradients dL/dz",
    "gradient-variance": "Variance of gradients",
    "loss": "Loss",
    "accuracy": "Accuracy",
    "course": "Rate and weights",
    "updates": "Update : weight",
    "fractions": "Saturated, dead",
}
"""name -> title of each panel of the live view, as viz/canvas/run/panels.js has them."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One run and what it shows, in one panel above all: after `steps` steps `claim(trainer)` is between the two."""

    title: str
    says: str
    panel: str
    spec: RunSpec
    steps: int
    claim: Claim
    between: tuple[float, float]

    @property
    def words(self) -> Sentence:
        """What the menu says of it: what it shows, and where to look."""
        panel = Sentence(PANELS[self.panel])
        return Sentence("{shown} Look at: {panel}.", shown=Sentence(self.says), panel=panel)


def back_decades(trained: Trained) -> float:
    """log10 of the first layer's mean squared gradient over the last hidden layer's, at the first step."""
    rms = trained.history["gradient_rms"][0]
    return float(2 * np.log10(rms[0] / rms[-2]))


def loss(trained: Trained) -> float:
    return float(trained.history["loss"][-1])


def accuracy(trained: Trained) -> float:
    """Share of the test set that is told right, now."""
    return trained.evaluate()[1]


def saturated(trained: Trained) -> float:
    """Share of saturated outputs over all hidden layers, at the first step."""
    return float(trained.history["saturated"][0, :-1].mean())


def dead(trained: Trained) -> float:
    """Share of dead units over all hidden layers, now."""
    return float(trained.history["dead"][-1, :-1].mean())


def forward_decades(trained: Trained) -> float:
    """log10 of the last hidden layer's activation variance over the first's, at the first step."""
    variance = trained.history["activation_var"][0]
    return float(np.log10(variance[-2] / variance[0]))


def diverged_at(trained: Trained) -> float:
    return trained.diverged.step if trained.diverged else np.inf


LESSONS: dict[str, Lesson] = {
    "vanishing": Lesson(
        title="Sigmoid: the gradient vanishes",
        says="Layer 1 gets 2·10⁻⁶ of layer 10's gradient (10⁻¹¹ of its square); the loss stays at ln 10 = 2.30.",
        panel="gradient-variance",
        spec=OPENING,
        steps=100,
        claim=back_decades,
        between=(-11.5, -11.0),
    ),
    "he_relu": Lesson(
        title="Cure: ReLU with He's weights",
        says="The same ten layers reach 95% on the test set within 300 steps: the gradient is level on its way back.",
        panel="gradient-variance",
        spec=OPENING.replace(activation="relu", initializer="he_normal"),
        steps=300,
        claim=accuracy,
        between=(0.94, 1.0),
    ),
    "batch_norm": Lesson(
        title="Cure: batch norm, sigmoid kept",
        says="Batch norm before every sigmoid, and the net that stood still reaches 98% within 300 steps.",
        panel="accuracy",
        spec=OPENING.replace(batch_norm="before"),
        steps=300,
        claim=accuracy,
        between=(0.96, 1.0),
    ),
    "gain_4": Lesson(
        title="Tanh with gain 4 saturates",
        says="Activation variance is flat at 0.79, and yet the net is broken: 56% of all outputs are saturated and "
        "the squared gradient grows 2000-fold on its way back.",
        panel="fractions",
        spec=RunSpec(activation="tanh", initializer="glorot_normal", initializer_options={"gain": 4.0}),
        steps=1,
        claim=saturated,
        between=(0.53, 0.59),
    ),
    "naive": Lesson(
        title="Tanh with N(0, 1) weights",
        says="The naive start: 83% of all outputs are saturated, and the squared gradient grows 10⁷-fold on its way "
        "back.",
        panel="fractions",
        spec=RunSpec(activation="tanh", initializer="normal"),
        steps=1,
        claim=back_decades,
        between=(6.6, 7.2),
    ),
    "exploding": Lesson(
        title="ReLU with N(0, 1) weights explodes",
        says="Activation variance grows 10¹⁵-fold to layer 10, and at step 2 the run diverges.",
        panel="activation-variance",
        spec=RunSpec(activation="relu", initializer="normal"),
        steps=3,
        claim=diverged_at,
        between=(2, 2),
    ),
    "clipping": Lesson(
        title="The same, clipped by norm",
        says="Clipping the gradient to length 1 cures the divergence, not the net: after 300 steps the test set is at "
        "74% and the loss is still counted in millions.",
        panel="loss",
        spec=RunSpec(activation="relu", initializer="normal", clip="norm"),
        steps=300,
        claim=accuracy,
        between=(0.65, 0.85),
    ),
    "dying": Lesson(
        title="Dying ReLUs: Adam at 0.1",
        says="A rate 100 times Adam's usual one: within 300 steps 88% of all units are dead, and the net learns on "
        "with the rest. No NaN tells you.",
        panel="fractions",
        spec=RunSpec(activation="relu", initializer="he_normal", hidden=(100,) * 4, optimizer="adam", lr=0.1),
        steps=300,
        claim=dead,
        between=(0.8, 0.95),
    ),
    "geron": Lesson(
        title="Géron's recipe: ELU, He, 300 and 100",
        says="Two hidden layers suffice for the digits: 97% on the test set within 300 steps.",
        panel="accuracy",
        spec=RunSpec(activation="elu", initializer="he_normal", hidden=(300, 100)),
        steps=300,
        claim=accuracy,
        between=(0.955, 1.0),
    ),
    "chapter": Lesson(
        title="The chapter's experiment",
        says="ELU, He's weights and batch norm, SGD at 0.01, batches of 200: 20 epochs, which are 140 steps on the "
        "digits, reach 92% on the test set. MNIST, which the chapter uses, is one choice away.",
        panel="accuracy",
        spec=CHAPTER,
        steps=140,
        claim=accuracy,
        between=(0.90, 0.94),
    ),
    "selu": Lesson(
        title="SELU normalizes itself, 50 layers deep",
        says="Activation variance is 1.05 in layer 1 and 1.04 in layer 50, with no batch norm at all.",
        panel="activation-variance",
        spec=RunSpec(activation="selu", initializer="lecun_normal", hidden=(100,) * 50, lr=0.01),
        steps=1,
        claim=forward_decades,
        between=(-0.1, 0.1),
    ),
    "zeros": Lesson(
        title="All weights zero",
        says="No signal passes and no weight but the output's bias gets a gradient: the loss stays at ln 10 = 2.30.",
        panel="gradients",
        spec=RunSpec(activation="tanh", initializer="zeros"),
        steps=100,
        claim=loss,
        between=(2.28, 2.32),
    ),
    "bn_explodes": Lesson(
        title="Batch norm explodes, 50 layers deep",
        says="Batch norm on ReLU with He's weights: the squared gradient grows 10⁸-fold on its way back before any "
        "training.",
        panel="gradient-variance",
        spec=RunSpec(activation="relu", initializer="he_normal", batch_norm="before", hidden=(100,) * 50),
        steps=1,
        claim=back_decades,
        between=(7.8, 8.6),
    ),
    "pixels": Lesson(
        title="Pixels from 0 to 255",
        says="Nobody scaled the inputs: the first loss is 234 instead of 2.9, the first steps kill the net, and 300 "
        "steps later it is right about as often as chance. Scaled, the same net reaches 98%.",
        panel="activations",
        spec=RunSpec(
            activation="relu",
            initializer="he_normal",
            hidden=(100, 100),
            input_scale="raw",
            input_factor=16.0,
        ),
        steps=300,
        claim=accuracy,
        between=(0.05, 0.2),
    ),
    "softmax_twice": Lesson(
        title="The wrong loss: softmax twice",
        says="Cross-entropy makes its own softmax of what a softmax gave: the loss cannot fall below 1.46, and is at "
        "1.7 after 300 steps, where the same net without it is at 0.1.",
        panel="loss",
        spec=RunSpec(activation="relu", initializer="he_normal", hidden=(100, 100), output="softmax"),
        steps=300,
        claim=loss,
        between=(1.47, 1.85),
    ),
    "slow_start": Lesson(
        title="Sigmoid and squared error start slowly",
        says="Sure and wrong, a sigmoid is flat, and squared error gets no gradient through it: half of the test set "
        "is right after 300 steps. Binary cross-entropy, from the same start, reaches 98%.",
        panel="accuracy",
        spec=RunSpec(hidden=(100, 100), loss="mse", output="sigmoid", output_gain=20.0),
        steps=300,
        claim=accuracy,
        between=(0.4, 0.75),
    ),
    "majority": Lesson(
        title="Ninety percent right, nothing learned",
        says="Nine of ten samples are zeros. The net says zero to all of them: 90% right, and a loss of 0.5, which "
        "is what that answer costs.",
        panel="loss",
        spec=RunSpec(activation="sigmoid", hidden=(100,) * 3, class_share=0.9),
        steps=300,
        claim=accuracy,
        between=(0.88, 0.92),
    ),
    "warmup": Lesson(
        title="Warmup: small steps first",
        says="Twenty layers of ReLU beside a path: at once a rate of 0.1 throws the net away in its first steps. "
        "Over 100 steps of warmup to the same rate it reaches 95% within 300.",
        panel="updates",
        spec=RunSpec(
            activation="relu",
            initializer="he_normal",
            hidden=(100,) * 20,
            residual="plain",
            residual_every=2,
            warmup=100,
        ),
        steps=300,
        claim=accuracy,
        between=(0.85, 1.0),
    ),
    "residual": Lesson(
        title="Sigmoid again, with a path past it",
        says="The ten sigmoid layers of the first lesson, each beside a residual path: the gradient takes the path, "
        "and 300 steps reach 95%.",
        panel="gradient-variance",
        spec=OPENING.replace(residual="plain"),
        steps=300,
        claim=accuracy,
        between=(0.9, 1.0),
    ),
    "layer_norm": Lesson(
        title="Layer norm is no batch norm",
        says="Layer norm in the same ten layers makes every sample's signal as large, and all of them alike: layer 1 "
        "still gets 10⁻⁷·⁶ of layer 10's squared gradient, and nothing is learned.",
        panel="gradient-variance",
        spec=OPENING.replace(layer_norm="before"),
        steps=1,
        claim=back_decades,
        between=(-8.2, -7.0),
    ),
}
"""key -> Lesson, in the order of the menu."""
