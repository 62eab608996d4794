"""Why deep nets did not train, and what made them: the first lessons."""

from collections.abc import Callable

import numpy as np

from engine.experiments.courses import Courses
from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz.lessons.lesson import Lesson, on_techniques, on_train
from viz.lessons.predictions import Amount, Outcome, percent
from viz.lessons.runs import DEAD, GRADIENT, LOSS, RIGHT, SATURATED, VARIANCE, share, trained
from viz.lessons.sketch import Sketch
from viz.run.lessons import LESSONS as RUNS
from viz.run.lessons import (
    OPENING,
    accuracy,
    back_decades,
    dead,
    diverged_at,
    forward_decades,
    loss,
    saturated,
)

NAIVE, DYING, NORMED = RUNS["naive"].spec, RUNS["dying"].spec, RUNS["batch_norm"].spec
THIRTY = RunSpec(activation="relu", initializer="glorot_normal", hidden=(100,) * 30)
SLOW_STATISTICS = NORMED.replace(batch_norm_momentum=0.001)


def over(place: int, column: str, *names: str) -> Callable[[Courses], dict[str, np.ndarray]]:
    """The nets by name, and of each a column by hidden layer, at the first step, over what it is at that place."""

    def of(seen: Courses) -> dict[str, np.ndarray]:
        rows = (course.history[column][0, :-1] for course in seen.courses)
        return {name: row / row[place] for name, row in zip(names, rows, strict=True)}

    return of


def fate(seen: Courses) -> str:
    """What became of the first net."""
    if seen.courses[0].diverged:
        return "diverges"
    return "learns" if accuracy(seen.courses[0]) > 0.5 else "stays"


def mortal(seen: Courses) -> str:
    """Which of ReLU, leaky ReLU and ELU have units that died."""
    dying = tuple(dead(course) > 0.05 for course in seen.courses)
    known: dict[tuple[bool, ...], str] = {
        (True, False, False): "relu",
        (True, False, True): "flat",
        (True, True, True): "all",
    }
    return known.get(dying, "none")


DEPTH: dict[str, Lesson] = {
    "vanishing": Lesson(
        title="Why deep nets did not train",
        question="Ten hidden layers of 100 sigmoids, sound weights (Xavier's), no training yet. The gradient starts at "
        "the loss and walks back. **Layer 10 gets 1: how much does each layer before it get?**",
        prediction=Sketch(
            asks="Gradient of each layer over layer 10's",
            across="layer",
            at=range(1, 11),
            low=1e-9,
            high=1e3,
            curves=over(-1, "gradient_rms", "sigmoid"),
            between=(1e-6, 4e-6),
            near=10,
        ),
        experiment=trained({"sigmoid": OPENING}, 100, GRADIENT),
        why="Each layer back multiplies by the sigmoid's slope, which is **at most 1/4**, and by weights that do not "
        "make up for it: nine layers leave about two millionths. Layer 1 hardly moves, so the loss stays at ln 10 = "
        "2.30, which is what guessing among ten digits costs.",
        formula=r"\frac{\partial L}{\partial z^{(l)}} = W^{(l+1)\top} \frac{\partial L}{\partial z^{(l+1)}} \odot "
        r"\sigma'\!\left(z^{(l)}\right) \\[2pt] \sigma' = \sigma(1-\sigma) \le \tfrac14",
        source="Hochreiter 1991; Bengio, Simard and Frasconi 1994; Glorot and Bengio 2010.",
        change=on_train(
            "Make the activation tanh, whose slope at 0 is 1, and look at the gradients again.", OPENING
        ),
        claims=((lambda seen: loss(seen.courses[0]), 2.25, 2.36),),
    ),
    "variance": Lesson(
        title="Weights that keep the variance",
        question="Thirty layers of 100 ReLUs. Xavier's weights have variance 1/fan-in here: what enters a layer leaves "
        "it as large, were it not for the ReLU. **Layer 1's activations have variance 1, say: "
        "what is left of it in each layer after it?**",
        prediction=Sketch(
            asks="Variance of each layer over layer 1's",
            across="layer",
            at=range(1, 31),
            low=1e-12,
            high=1e6,
            curves=over(0, "activation_var", "Xavier", "He"),
            between=(5e-11, 5e-9),
            near=10,
            one_at_first=True,
        ),
        experiment=trained(
            {"Xavier": THIRTY, "He": THIRTY.replace(initializer="he_normal")},
            1,
            VARIANCE,
        ),
        why="A ReLU throws half of its inputs away and with them **half of the mean square**: after 29 more layers "
        "2⁻²⁹, about 2·10⁻⁹, is left, and some luck of the draw. He's weights have twice the variance, 2/fan-in, and "
        "that is all: the second curve stays within a decade.",
        formula=r"\operatorname{Var}[w] = \frac{2}{n_\text{in} + n_\text{out}} \;\text{(Xavier)} \\[2pt] "
        r"\operatorname{Var}[w] = \frac{2}{n_\text{in}} \;\text{(He)}",
        source="Glorot and Bengio 2010; He, Zhang, Ren and Sun 2015.",
        change=on_train("Choose He's weights and watch the variance become level, then press Play.", THIRTY),
        claims=((lambda seen: forward_decades(seen.courses[1]), -1, 1),),
    ),
    "zeros": Lesson(
        title="All weights zero",
        question="What could be more neutral than to start with all weights at zero? Ten layers of tanh, 100 steps. "
        "**What becomes of the loss, which begins at ln 10 = 2.30?**",
        prediction=Outcome(
            choices={"learns": "It falls", "stays": "It stays where it is", "diverges": "It explodes"},
            of=fate,
            comes="stays",
        ),
        experiment=trained({Sentence("all zero"): RUNS["zeros"].spec}, 100, LOSS),
        why="Every activation is 0, so no weight gets a gradient; only the output's bias does, and it can learn no "
        "more than how often each digit occurs. Even equal weights other than zero would not do: all units of a layer "
        "would get the same gradient and stay copies of each other. **Randomness breaks the symmetry.**",
        formula=r"\frac{\partial L}{\partial W^{(l)}} = \frac{\partial L}{\partial z^{(l)}} \, a^{(l-1)\top} = 0 "
        r"\;\text{where}\; a^{(l-1)} = 0",
        source="Rumelhart, Hinton and Williams 1986.",
        change=on_train("Choose Xavier's weights in the place of zeros.", RUNS["zeros"].spec),
        claims=((lambda seen: loss(seen.courses[0]), 2.28, 2.32),),
    ),
    "exploding": Lesson(
        title="Weights that explode",
        question="ReLU again, now with weights from N(0, 1), which looks harmless: most of them are below 2. Ten "
        "layers of 100, SGD at 0.1. **What becomes of the net in its first steps?**",
        prediction=Outcome(
            choices={
                "learns": "It learns, a little slowly",
                "stays": "It stays where it is",
                "diverges": "It is gone: NaN",
            },
            of=fate,
            comes="diverges",
        ),
        experiment=trained({"N(0, 1)": RUNS["exploding"].spec}, 3, VARIANCE),
        why="A unit adds up 100 inputs, so a variance of 1 for each weight makes the sum's about 100 · ½ = 50 times "
        "its input's: in nine layers 50⁹, 10¹⁵. The first loss is in the billions, the first step as large, and "
        "**the second finds no number any more**.",
        formula=r"\operatorname{Var}[z^{(l)}] = n \operatorname{Var}[w] \; \mathbb{E}\!\left[(a^{(l-1)})^2\right] "
        r"\;\Rightarrow\; \frac{\operatorname{Var}[z^{(l)}]}{\operatorname{Var}[z^{(l-1)}]} \approx \frac{100}{2}",
        source="He, Zhang, Ren and Sun 2015.",
        change=on_train(
            "Clip the gradient by norm: it cures the NaN, but does it cure the net?", RUNS["exploding"].spec
        ),
        claims=(
            (lambda seen: diverged_at(seen.courses[0]), 2, 2),
            (lambda seen: forward_decades(seen.courses[0]), 14, 16),
        ),
    ),
    "saturation": Lesson(
        title="Saturation",
        question="The same weights, N(0, 1), before tanh: nothing can explode there, for tanh stays between −1 and 1. "
        "**What share of all outputs of the ten layers is saturated, on the flat ends of tanh, at the start?**",
        prediction=Amount(
            asks="Saturated outputs",
            low=0,
            high=100,
            unit="%",
            of=lambda seen: percent(saturated(seen.courses[0])),
            between=(80, 86),
            near=10,
        ),
        experiment=trained({"tanh": NAIVE}, 1, SATURATED, heights=share),
        why="The sum of 100 inputs has a standard deviation near 10, and tanh is flat beyond 2 or so: most units say "
        "only +1 or −1. **The variance looks healthy, and the net is broken**: where a unit is flat no gradient "
        "passes, and through the few steep ones it grows 10⁷-fold (its square) on its way back.",
        formula=r"\tanh'(z) = 1 - \tanh^2(z) \;\to\; 0 \quad\text{for}\quad |z| \gg 1",
        source="LeCun, Bottou, Orr and Müller 1998; Glorot and Bengio 2010.",
        change=on_train("Choose Xavier's weights, and look at Saturated, dead.", NAIVE),
        claims=((lambda seen: back_decades(seen.courses[0]), 6.6, 7.2),),
    ),
    "dying": Lesson(
        title="Dying ReLUs",
        question="Four layers of 100 ReLUs, He's weights, and Adam at a rate of 0.1, a hundred times its usual one. "
        "**After 300 steps, what share of the units is dead, 0 at every sample?**",
        prediction=Amount(
            asks="Dead units",
            low=0,
            high=100,
            unit="%",
            of=lambda seen: percent(dead(seen.courses[0])),
            between=(80, 95),
            near=10,
        ),
        experiment=trained({"ReLU": DYING}, 300, DEAD, heights=share),
        why="One large step can push a unit's bias so far down that its sum is negative at every sample. There a ReLU "
        "is flat: it sends no gradient back, so nothing ever moves it again. **No NaN tells you**: the net learns on "
        "with the rest.",
        formula=r"\operatorname{ReLU}'(z) = 0 \;\text{for}\; z < 0 \;\Rightarrow\; "
        r"\frac{\partial L}{\partial w} = 0 \;\text{for good}",
        source="Maas, Hannun and Ng 2013; Lu, Shin, Su and Karniadakis 2019.",
        change=on_techniques(
            "Watch the units die one by one, and then lower the rate to 0.001.",
            DYING,
            show="units",
            net="sidebar",
        ),
    ),
    "leaky": Lesson(
        title="Leaky ReLU and ELU",
        question="The recipe that killed the ReLUs, with two other activations: leaky ReLU, whose slope below 0 is "
        "0.01, and ELU, which bends smoothly to −1. **Which nets have dead units after 200 steps, more than one in "
        "twenty?**",
        prediction=Outcome(
            choices={
                "relu": "ReLU alone",
                "flat": "ReLU and ELU",
                "all": "All three: the rate is to blame",
                "none": "None after 200 steps",
            },
            of=mortal,
            comes="flat",
        ),
        experiment=trained(
            {
                "ReLU": DYING,
                "leaky ReLU": DYING.replace(activation="leaky_relu"),
                "ELU": DYING.replace(activation="elu"),
            },
            200,
            DEAD,
        ),
        why="A unit is dead where it is flat at every sample. A leaky ReLU is flat nowhere: **a hundredth of the "
        "gradient still passes**, enough to bring the unit back. ELU helps at a sensible rate, for near 0 its slope is "
        "near 1 and its mean nearer to 0; but far below 0 it is flat too, and a hundred times the usual rate pushes "
        "its units there.",
        formula=r"\operatorname{LReLU}_\alpha(z) = \max(\alpha z, z) \\[2pt] "
        r"\operatorname{ELU}_\alpha(z) = \begin{cases} z & z > 0 \\ \alpha\,(e^z - 1) & z \le 0 \end{cases}",
        source="Maas, Hannun and Ng 2013; Clevert, Unterthiner and Hochreiter 2016.",
        change=on_train(
            "Lower the rate to 0.001, Adam's usual one, and look at Saturated, dead.",
            DYING.replace(activation="elu"),
        ),
        claims=((lambda seen: dead(seen.courses[1]), 0, 0),),
    ),
    "batch_norm": Lesson(
        title="Batch normalization",
        question="Back to the ten sigmoid layers that did not learn. Now each sum is normalized over the batch before "
        "its sigmoid; nothing else is changed. **What share of the test set is right after 300 steps?**",
        prediction=Amount(
            asks="Right on the test set",
            low=0,
            high=100,
            unit="%",
            of=lambda seen: percent(accuracy(seen.courses[1])),
            between=(94, 100),
            near=5,
        ),
        experiment=trained(
            {Sentence("without batch norm"): OPENING, Sentence("batch norm"): NORMED},
            300,
            RIGHT,
            heights=share,
        ),
        why="Normalized sums stay where the sigmoid is steep, whatever the layers below do, and dividing by a small "
        "standard deviation **makes the gradient larger by just what the layer shrank it**: layer 1 gets as much as "
        "layer 10. Two numbers a unit, γ and β, are learned, so that nothing is lost.",
        formula=r"\hat z = \frac{z - \mu_B}{\sqrt{\sigma_B^2 + \varepsilon}} \\[2pt] y = \gamma \hat z + \beta",
        source="Ioffe and Szegedy 2015.",
        change=on_train(
            "Take the batch norm away, while it stands beside itself: A|B, then Batch norm: none.", NORMED
        ),
        claims=((lambda seen: accuracy(seen.courses[0]), 0.05, 0.2),),
    ),
    "batch_norm_modes": Lesson(
        title="Batch norm has two modes",
        question="In training batch norm takes mean and variance of the batch; at inference running averages of them. "
        "Here each batch moves those by a thousandth of the way only, and there are 100 steps. By the test set's own "
        "statistics nine in ten are right. **And at inference, by the running ones?**",
        prediction=Amount(
            asks="Right at inference",
            low=0,
            high=100,
            unit="%",
            of=lambda seen: percent(accuracy(seen.courses[0])),
            between=(5, 60),
            near=15,
        ),
        experiment=trained({Sentence("batch norm"): SLOW_STATISTICS}, 100, RIGHT, heights=share),
        why="After 100 steps a running average with a momentum of 0.001 is still **nine tenths of what it was born "
        "with**, mean 0 and variance 1. The weights fit the batch's statistics, not these: the same net is good in one "
        "mode and bad in the other. The curve is training mode; the verdict is inference.",
        formula=r"\mu \leftarrow (1 - m)\,\mu + m\,\mu_B \\[2pt] (1 - 0.001)^{100} \approx 0.90",
        source="Ioffe and Szegedy 2015; Ioffe 2017; torch.nn.BatchNorm1d.",
        change=on_techniques(
            "Give the running statistics a momentum of 0.1, and smaller batches.",
            SLOW_STATISTICS,
            show="batch_norm",
            part="momentum",
        ),
        claims=((lambda seen: seen.courses[0].evaluate(batch_statistics=True)[1], 0.85, 1.0),),
    ),
}
"""key -> Lesson, in the chapter's order."""
