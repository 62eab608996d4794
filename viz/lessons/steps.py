"""From the gradient to the step: rates, momentum, batches, clipping, dropout, and gradients through time."""

import math

import numpy as np
import plotly.graph_objects as go

from engine.experiments.batches.noise import GradientNoise
from engine.experiments.clipping_effect import ClippingEffect
from engine.experiments.dropout.masks import Dropout
from engine.recurrent.unrollings import Comparison
from engine.spec.examples import DIVERGES, LEARNS
from engine.tables.wording import Sentence
from viz.figures.lines import Axis
from viz.lessons.lesson import Lesson, on_optimizers, on_recurrent, on_techniques
from viz.lessons.predictions import Amount, Outcome
from viz.lessons.runs import Ends, Experiment, Walks, along_x, curves, descended, end_by_rate, level, unrolled
from viz.lessons.sketch import Sketch
from viz.race.presets import PRESETS as RACES
from viz.race.racer import racers
from viz.race.state import Race
from viz.recurrent.presets import PRESETS as UNROLLED
from viz.words.language import say

RATES = (0.05, 0.1, 0.15, 0.17, 0.19, 0.21, 0.23, 0.25, 0.3, 0.4)
LIMIT = Race(steps=50, runs=racers(";".join(f"sgd@{rate}" for rate in RATES)))
HEAVY, FIRST_STEP = RACES["overshoot"].race, RACES["first_step"].race
SMALL, LARGE = 16, 64  # samples of a batch
DROPPING = LEARNS.replace(dropout=0.5)
RUNS: tuple[str, ...] = Sentence("unclipped"), Sentence("by value"), Sentence("by norm")

TENTH = 10  # steps between two places of a drawing


def first_diverging(seen: Walks) -> float:
    """The lowest rate at which the loss is higher in the end."""
    grows = seen.values[:, 0, -1] > seen.values[:, 0, 0]
    return RATES[int(grows.argmax())] if grows.any() else math.inf


def beyond(k: int, seen: Walks) -> float:
    """How far racer k rolls beyond the minimum at x = 0."""
    return float(-seen.positions[k, 0, :, 0].min())


def farthest(seen: Walks) -> str:
    """Which of descent, the heavy ball and Nesterov's rolls farthest beyond the minimum."""
    return ("sgd", "momentum", "nesterov")[int(np.argmax([beyond(k, seen) for k in range(3)]))]


def first_steps(seen: Walks) -> float:
    """RMSProp's first step over Adam's."""
    steps = np.abs(seen.positions[:, 0, 1, 0] - seen.positions[:, 0, 0, 0])
    return float(steps[1] / steps[0])


def noise_ratio(seen: GradientNoise) -> float:
    """By how much less noise a large batch has than a small one."""
    noise = dict(zip(seen.sizes.tolist(), seen.root_mean_square(), strict=True))
    return float(noise[SMALL] / noise[LARGE])


def noise_by_size(seen: GradientNoise, expected: Ends | None) -> go.Figure:
    named = {
        Sentence("measured"): (seen.sizes, seen.root_mean_square()),
        "1 / √B": (seen.sizes, seen.expected),
    }
    up, across = Axis(Sentence("noise : gradient"), log=True), Axis(Sentence("batch size B"), log=True)
    return curves(named, Sentence("Noise of a batch's gradient"), across, up, expected, "lines+markers")


def survivors(seen: ClippingEffect) -> str:
    """Which runs did not diverge."""
    lives = tuple((seen.diverged_at < 0).tolist())
    known: dict[tuple[bool, ...], str] = {
        (True, True, True): "all",
        (False, True, True): "clipped",
        (False, False, True): "norm",
    }
    return known.get(lives, "none")


def losses(seen: ClippingEffect, expected: Ends | None) -> go.Figure:
    steps = np.arange(1, seen.loss.shape[1] + 1)
    named = {name: (steps, loss) for name, loss in zip(RUNS, seen.loss, strict=True)}
    highest = np.nanmax(seen.loss[1:]) if np.isfinite(seen.loss[1:]).any() else 1.0
    return curves(
        named,
        Sentence("Loss of each batch"),
        Axis(Sentence("step")),
        Axis(Sentence("loss"), log=True, top=10 * float(highest)),
        expected,
    )


def grown(seen: Dropout) -> float:
    """The mean square that leaves the first dropout over what enters it, before any training."""
    return float(seen.dropped_growth[0, 0])


def growth_by_layer(seen: Dropout, expected: Ends | None) -> go.Figure:
    layers = np.arange(1, seen.dropped_growth.shape[1] + 1)
    named = {
        say("step {n}", n=int(step)): (layers, row)
        for step, row in zip(seen.step, seen.dropped_growth, strict=True)
    }
    title = Sentence("Mean square leaving dropout over that entering it")
    return curves(named, title, Axis(Sentence("layer")), Axis(Sentence("ratio")), expected, "lines+markers")


def kept_back(k: int, seen: Comparison) -> float:
    """Net k's gradient at the first step over that at the loss."""
    return float(10 ** seen.runs[k].relative[0])


def going_back(seen: Comparison) -> dict[str, np.ndarray]:
    """Each net's gradient at every tenth step over that at the loss, the one that explodes first."""
    named = dict(zip(UNROLLED["opening"].case.labels, seen.runs, strict=True))
    return {name: 10 ** run.relative[::TENTH] for name, run in reversed(named.items())}


STEPS: dict[str, Lesson] = {
    "rates": Lesson(
        title="The rate that is too high",
        question="Plain gradient descent on a bowl whose curvature is 1 along x and **10 along y**. A higher rate is "
        "faster, up to a point. **From which rate on does the loss grow?**",
        prediction=Amount(
            asks="The first rate that diverges",
            low=0.01,
            high=10,
            of=first_diverging,
            between=(0.2, 0.215),
            near=1.15,
            times=True,
        ),
        experiment=descended(LIMIT, end_by_rate, heights=level),
        why="Along a direction of curvature λ each step multiplies the distance by 1 − ηλ. Beyond **η = 2/λ** that is "
        "below −1: it jumps to the other side and lands farther away. The steepest direction decides, here λ = 10 and "
        "η = 0.2; tried were ten rates, so 0.21 is the first that grows.",
        formula=r"x_{t+1} = x_t - \eta \lambda x_t = (1 - \eta\lambda)\, x_t \\[2pt] |1 - \eta\lambda| < 1 "
        r"\iff \eta < \tfrac{2}{\lambda}",
        source="Goodfellow, Bengio and Courville 2016, section 4.3; LeCun, Bottou, Orr and Müller 1998.",
        change=on_optimizers(
            "Give two of the racers momentum (a press on a name opens its fields): their limits are not the same.",
            LIMIT,
        ),
    ),
    "momentum": Lesson(
        title="Momentum and Nesterov",
        question="A round bowl, one rate. Plain descent, the heavy ball (momentum 0.9) and Nesterov's momentum start "
        "on the right. **Which of them rolls farthest beyond the minimum?**",
        prediction=Outcome(
            choices={
                "sgd": "Plain descent",
                "momentum": "The heavy ball",
                "nesterov": "Nesterov's: it looks ahead and leaps",
            },
            of=farthest,
            comes="momentum",
        ),
        experiment=descended(HEAVY, along_x),
        why="Momentum adds up past gradients, so at the minimum, where the gradient is 0, the ball still has its "
        "speed: 0.68 beyond. Nesterov's asks for the gradient **where the speed will carry it**, so it feels the other "
        "slope a step earlier and brakes: 0.51. Plain descent has no speed and stops.",
        formula=r"v_{t+1} = \mu v_t + \nabla f(x_t + \mu' v_t) \\[2pt] x_{t+1} = x_t - \eta v_{t+1} \\[2pt] "
        r"\mu' = 0 \text{ (heavy ball)}, \; -\eta\mu \text{ (Nesterov)}",
        source="Polyak 1964; Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013.",
        change=on_optimizers("Raise the momentum to 0.99 and give it more steps.", HEAVY),
        claims=(
            (lambda seen: beyond(1, seen), 0.67, 0.69),
            (lambda seen: beyond(2, seen), 0.50, 0.52),
            (lambda seen: beyond(0, seen), -1, 0),
        ),
    ),
    "adam": Lesson(
        title="RMSProp and Adam",
        question="Both divide the gradient by its running size, so at one rate both should take steps of that size. "
        "Running averages start at 0; Adam corrects for that, RMSProp (α = 0.99) does not. **How many times as large "
        "as Adam's is RMSProp's first step?**",
        prediction=Amount(
            asks="RMSProp's first step over Adam's",
            low=1e-3,
            high=1e3,
            of=first_steps,
            between=(9.9, 10.1),
            near=1.5,
            times=True,
        ),
        experiment=descended(FIRST_STEP, along_x),
        why="After one gradient g the running square is only (1 − 0.99) g², its root **a tenth of |g|**, so RMSProp "
        "divides by ten times too little. Adam divides its averages by 1 − βᵗ first, and steps by the rate exactly, "
        "however large g is.",
        formula=r"\hat v_1 = \frac{(1-\beta_2)\, g^2}{1 - \beta_2^1} = g^2 \;\text{(Adam)} \\[2pt] "
        r"\sqrt{v_1} = \sqrt{1 - 0.99}\,|g| = \tfrac{|g|}{10} \;\text{(RMSProp)}",
        source="Tieleman and Hinton 2012; Kingma and Ba 2015.",
        change=on_optimizers("Set RMSProp's α to 0.9: its first step is then 3.2 times Adam's.", FIRST_STEP),
    ),
    "batches": Lesson(
        title="Mini-batches",
        question="A mini-batch's gradient is that of all samples plus noise. Four times as many samples cost four "
        "times as much. **By what factor does the noise fall from batches of 16 to batches of 64?**",
        prediction=Amount(
            asks="Noise at 16 over noise at 64",
            low=0.1,
            high=100,
            of=noise_ratio,
            between=(1.6, 2.6),
            near=1.3,
            times=True,
        ),
        experiment=Experiment(
            name="gradient_noise",
            arguments={"spec": LEARNS.to_dict(), "steps": 20, "draws": 30},
            of=GradientNoise,
            draw=noise_by_size,
        ),
        why="A mean of B independent numbers has a standard deviation √B times smaller: four times the work for **half "
        "of the noise**. So small batches get more out of a sample, until the noise, not the slope, decides where the "
        "steps go.",
        formula=r"\frac{\sqrt{\mathbb{E}\,\lVert g_B - g\rVert^2}}{\lVert g\rVert} = \frac{S}{\lVert g\rVert}"
        r"\sqrt{\frac{N - B}{B\,(N - 1)}} \;\approx\; \frac{1}{\sqrt B}",
        source="Cochran 1977, theorem 2.2; Bottou, Curtis and Nocedal 2018.",
        change=on_techniques(
            "Let full batch, mini-batches and single samples run against each other.", LEARNS, show="batches"
        ),
    ),
    "clipping": Lesson(
        title="Clipping by value and by norm",
        question="Five layers of ReLUs at a rate of 1, ten times too high. Three runs from one seed: unclipped; every "
        "component cut to ±0.05; the whole gradient shortened to length 1. **Which of them survive 100 steps?**",
        prediction=Outcome(
            choices={
                "none": "None: the rate is too high",
                "norm": "By norm alone",
                "clipped": "Both clipped ones",
                "all": "All three",
            },
            of=survivors,
            comes="clipped",
        ),
        experiment=Experiment(
            name="clipping",
            arguments={"spec": DIVERGES.to_dict(), "steps": 100, "by_value": 0.05, "by_norm": 1.0},
            of=ClippingEffect,
            draw=losses,
        ),
        why="Without a bound one huge gradient throws the weights so far that no number comes back. Either bound "
        "prevents it. By norm the step keeps its **direction**; by value each component is cut on its own, and the "
        "step turns toward a diagonal.",
        formula=r"g \leftarrow g \cdot \min\!\left(1, \frac{c}{\lVert g\rVert}\right) \;\text{(norm)} \\[2pt] "
        r"g_i \leftarrow \max(-c, \min(c, g_i)) \;\text{(value)}",
        source="Mikolov 2012; Pascanu, Mikolov and Bengio 2013.",
        change=on_techniques(
            "Raise the threshold by value to 1, and see who survives.", DIVERGES, show="clipping"
        ),
        claims=((lambda seen: seen.diverged_at[0], 2, 30),),
    ),
    "dropout": Lesson(
        title="Dropout has two modes",
        question="In training dropout sets each output to 0 with chance p = 0.5 and divides the rest by 1 − p, so that "
        "their **mean** is that of inference, where nothing is dropped. **By what factor does it change their mean "
        "square?**",
        prediction=Amount(
            asks="Mean square after dropout over that before",
            low=0.01,
            high=100,
            of=grown,
            between=(1.9, 2.1),
            near=1.1,
            times=True,
        ),
        experiment=Experiment(
            name="dropout",
            arguments={"spec": DROPPING.to_dict(), "steps": 30, "moments": 2, "masks": 32},
            of=Dropout,
            draw=growth_by_layer,
            heights=level,
        ),
        why="Half of the outputs are twice as large, and twice as large squared is four times: ½ · 4 = **2**. The mean "
        "is kept, the size is not: in training every layer sees a larger and noisier signal than at inference. That "
        "is why batch norm, which remembers variances, and dropout do not sit well together.",
        formula=r"\mathbb{E}\!\left[\Big(\tfrac{m\,a}{1-p}\Big)^{2}\right] = \frac{(1-p)\,a^2}{(1-p)^2} = "
        r"\frac{a^2}{1-p} \\[2pt] m \sim \text{Bernoulli}(1-p)",
        source="Srivastava et al. 2014; Li, Chen, Hu and Yang 2019.",
        change=on_techniques("Set dropout to 0.8 in the sidebar.", DROPPING, show="dropout", part="layers"),
    ),
    "recurrent": Lesson(
        title="Why recurrent nets explode",
        question="A recurrent net uses one matrix at every step. Here nothing else happens to the gradient: no "
        "activation, an orthogonal matrix times 0.9, 1 or 1.1. The loss is at step 100. **At a radius of 1.1, how many "
        "times as large is the gradient at each step on its way back to step 0?**",
        prediction=Sketch(
            asks="Gradient at each step over that at the loss",
            across="step",
            at=range(0, 101, TENTH),
            low=1e-6,
            high=1e9,
            curves=going_back,
            between=(13700, 13850),
            near=3,
        ),
        experiment=unrolled(UNROLLED["opening"].case),
        why="The same factor a hundred times is a power: 1.1¹⁰⁰ = **13,781**, and at 0.9 there are 1/37,649 left. A "
        "deep net draws new weights for each layer, which may even out; **a recurrent one has no such luck**. Gates "
        "and clipping are the cures.",
        formula=r"\frac{\partial L}{\partial h_0} = \left(\prod_{t=1}^{T} W^\top "
        r"\operatorname{diag}\varphi'(z_t)\right)\frac{\partial L}{\partial h_T} \;\sim\; \rho^{\,T}",
        source="Bengio, Simard and Frasconi 1994; Pascanu, Mikolov and Bengio 2013.",
        change=on_recurrent(
            "Choose tanh, and find the radius that keeps the gradient.", UNROLLED["opening"].case
        ),
        claims=((lambda seen: kept_back(0, seen), 1 / 37_700, 1 / 37_600),),
    ),
}
"""key -> Lesson, in the chapter's order."""
