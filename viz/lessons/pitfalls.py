"""Mistakes that people make, and the path past all layers: the last lessons."""

from engine.experiments.courses import Courses
from engine.tables.wording import Sentence
from viz.lessons.lesson import Lesson, on_train
from viz.lessons.predictions import Amount, Outcome, percent
from viz.lessons.runs import GRADIENT, LOSS, RIGHT, level, share, trained
from viz.run.lessons import LESSONS as RUNS
from viz.run.lessons import OPENING, accuracy, loss

RAW, TWICE, MAJORITY = RUNS["pixels"].spec, RUNS["softmax_twice"].spec, RUNS["majority"].spec
SCALED = RAW.replace(input_scale="standard", input_factor=1.0)


def both(seen: Courses) -> str:
    """Which of two nets is right more often than not."""
    learned = tuple(accuracy(course) > 0.5 for course in seen.courses)
    known: dict[tuple[bool, ...], str] = {
        (True, True): "both",
        (False, True): "second",
        (True, False): "first",
    }
    return known.get(learned, "none")


PITFALLS: dict[str, Lesson] = {
    "pixels": Lesson(
        title="Pixels from 0 to 255",
        question="Two layers of ReLUs, He's weights, SGD at 0.1: a net that learns the digits in seconds. Now somebody "
        "forgets to scale the pixels, and feeds numbers from 0 to 255. **What share of the test set is right after 300 "
        "steps?**",
        prediction=Amount(
            asks="Right on the test set",
            low=0,
            high=100,
            unit="%",
            of=lambda seen: percent(accuracy(seen.courses[0])),
            between=(5, 20),
            near=7,
        ),
        experiment=trained(
            {Sentence("0 to 255"): RAW, Sentence("scaled"): SCALED}, 300, RIGHT, heights=share
        ),
        why="He's weights keep the variance of what they get: inputs a hundred times too large make logits a hundred "
        "times too large, **a first loss of 234 instead of 2.9**, and a gradient as large. The first steps kill the "
        "units, and what is left guesses. Scaled inputs, and the same net reaches 98%.",
        formula=r"\operatorname{Var}[z^{(1)}] = n \operatorname{Var}[w]\, \mathbb{E}[x^2] \\[2pt] "
        r"x \leftarrow \frac{x - \mu}{\sigma}",
        source="LeCun, Bottou, Orr and Müller 1998, section 4.3.",
        change=on_train("Set Inputs to standard and the factor to 1.", RAW),
        claims=(
            (lambda seen: accuracy(seen.courses[1]), 0.94, 1.0),
            (lambda seen: seen.courses[0].history["loss"][0], 200, 270),
        ),
    ),
    "wrong_loss": Lesson(
        title="The wrong loss: softmax twice",
        question="The net ends in a softmax, and the loss is cross-entropy, which makes its own softmax of what it is "
        "given. Nothing complains. The same net without the first softmax is at a loss of 0.1 after 300 steps. **And "
        "this one?**",
        prediction=Amount(
            asks="Loss of a batch after 300 steps",
            low=0.001,
            high=10,
            of=lambda seen: loss(seen.courses[0]),
            between=(1.47, 1.85),
            near=1.2,
            times=True,
        ),
        experiment=trained(
            {Sentence("softmax twice"): TWICE, Sentence("once"): TWICE.replace(output="linear")},
            300,
            LOSS,
            heights=level,
        ),
        why="The second softmax sees numbers between 0 and 1 only. Even a sure and right answer, a 1 among nine 0s, "
        "becomes e/(e + 9) = 23%: **the loss cannot fall below 1.46**, and its gradient is squeezed all the way.",
        formula=r"-\ln\frac{e^{1}}{e^{1} + 9 e^{0}} = \ln(e + 9) - 1 = 1.461",
        source="Goodfellow, Bengio and Courville 2016, section 6.2.2.3; torch.nn.CrossEntropyLoss.",
        change=on_train("Set Output to linear.", TWICE),
        claims=((lambda seen: loss(seen.courses[1]), 0.0, 0.3),),
    ),
    "majority": Lesson(
        title="A net that learns only the majority",
        question="Nine of ten samples are zeros, the rest are all other digits. Three sigmoid layers, 300 steps: "
        "**what share of the test set, made up likewise, is right?** And would you be content with it?",
        prediction=Amount(
            asks="Right on the test set",
            low=0,
            high=100,
            unit="%",
            of=lambda seen: percent(accuracy(seen.courses[0])),
            between=(88, 92),
            near=4,
        ),
        experiment=trained({Sentence("nine of ten are zeros"): MAJORITY}, 300, LOSS),
        why="It says zero to every sample and is right nine times in ten: **accuracy praises a net that has learned "
        "how often each class occurs, and nothing else**. The loss tells on it: about 0.5 is what that answer costs, "
        "and there it stays.",
        formula=r"-0.9 \ln 0.9 - 9 \cdot \tfrac{0.1}{9} \ln \tfrac{0.1}{9} \approx 0.54",
        source="He and Garcia 2009; Japkowicz and Stephen 2002.",
        change=on_train(
            "Set First class to all, so that every digit counts, or choose ReLU and He's weights.", MAJORITY
        ),
        claims=((lambda seen: loss(seen.courses[0]), 0.2, 1.0),),
    ),
    "residual": Lesson(
        title="A path past each layer",
        question="Once more the ten sigmoid layers of the first lesson, with nothing normalized. Beside each of them "
        "runs a path that hands on what came in, and what the layer makes is added. **Which nets get more than half of "
        "the test set right within 300 steps?**",
        prediction=Outcome(
            choices={
                "none": "Neither: the sigmoids are still there",
                "second": "The one with paths",
                "first": "The one without",
                "both": "Both",
            },
            of=both,
            comes="second",
        ),
        experiment=trained(
            {Sentence("without residual path"): OPENING, Sentence("residual path"): RUNS["residual"].spec},
            300,
            GRADIENT,
        ),
        why="The derivative of x + f(x) is **1 + f′(x)**: however small f′ is, the 1 remains, and the gradient walks "
        "back along the path as if the layers were not there. Nets of a hundred layers and more train since then.",
        formula=r"a^{(l)} = a^{(l-1)} + f_l\!\left(a^{(l-1)}\right) \\[2pt] "
        r"\frac{\partial L}{\partial a^{(l-1)}} = \left(I + f_l'^{\,\top}\right) \frac{\partial L}{\partial a^{(l)}}",
        source="He, Zhang, Ren and Sun 2016.",
        change=on_train("Make it fifty layers deep.", RUNS["residual"].spec),
    ),
}
"""key -> Lesson, in the chapter's order."""
