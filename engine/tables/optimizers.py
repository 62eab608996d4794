"""The optimizers: classes of torch.optim, with the formulas and conventions that PyTorch follows."""

from typing import TYPE_CHECKING, Any

from engine.tables.later import Later
from engine.tables.optimizer import HEAVY_BALL, NESTEROV, PLAIN, Optimizer
from engine.tables.option import Number, Option, Pair, Switch
from engine.tables.registry import Registry
from engine.tables.wording import Sentence

if TYPE_CHECKING:
    from torch import optim
else:
    optim = Later("torch.optim")


def _nesterov_needs_momentum(options: dict[str, Any]) -> Sentence | None:
    if options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0):
        return Sentence("nesterov needs momentum above 0 and dampening 0; give momentum=0.9 and dampening=0.")
    return None


def _step_sizes_ordered(options: dict[str, Any]) -> Sentence | None:
    smallest, largest = options["step_sizes"]
    if smallest > largest:
        return Sentence(
            "the smallest step {smallest:g} is above the largest {largest:g}; give step_sizes in order.",
            smallest=smallest,
            largest=largest,
        )
    return None


def _momentum(default: float, **bounds: Any) -> Option:
    return Number("momentum", default, 0.0, 1.0, words="Share of the velocity kept at each step.", **bounds)


def _decay(
    default: float = 0.0, words: str = "L2 penalty: this times the weight is added to the gradient."
) -> Option:
    return Number("weight_decay", default, 0.0, 10.0, words=words)


def _eps(default: float) -> Option:
    return Number(
        "eps", default, 0.0, 1.0, words="Added to the denominator, against division by zero.", log=True
    )


_BETAS = Pair(
    "betas", (0.9, 0.999), 0.0, 1.0, open_high=True,
    words="Share kept at each step: of the mean gradient, and of the mean squared gradient.",
)  # fmt: skip
_DAMPENING = Number(
    "dampening", 0.0, 0.0, 1.0, words="Share of the gradient kept out of the velocity.", needs="momentum"
)
_AMSGRAD = Switch("amsgrad", False, words="Divide by the largest squared mean so far.")
_DECOUPLED = Switch(
    "decoupled_weight_decay",
    False,
    words="Shrink the weights directly, as AdamW does, instead of L2.",
)
_ADAM = r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad "
_M_HAT = r"\frac{m}{1 - \beta_1^t}"
_V_HAT = r"\frac{v}{1 - \beta_2^t}"

_MEANS = (
    "m = {beta1} · {first_moment_before} + (1 − {beta1}) · {g} = {first_moment}",
    "v = {beta2} · {second_moment_before} + (1 − {beta2}) · {g}² = {second_moment}",
)
_CORRECTED = (
    "without bias: m / (1 − {beta1}^{t}) = {first_moment_corrected}, "
    "v / (1 − {beta2}^{t}) = {second_moment_corrected}"
)
_ADAM_STEP = "{x} − {lr} · {first_moment_corrected} / (√{second_moment_corrected} + {eps}) = {x_next}"

OPTIMIZERS: Registry[Optimizer] = Registry(
    "optimizer",
    (
        Optimizer(
            name="sgd",
            label="SGD",
            formula=r"\theta \leftarrow \theta - \eta\, g",
            words="A step straight down the gradient of the batch.",
            source="Robbins and Monro, 1951",
            notes=f"Along a curvature c it is stable for lr below {PLAIN.words}. "
            "The first velocity is the gradient, undampened.",
            options=(
                _momentum(0.0),
                _DAMPENING,
                _decay(),
                Switch("nesterov", False, words="Look ahead along the velocity.", needs="momentum"),
            ),
            rule=_nesterov_needs_momentum,
            cls=optim.SGD,
            default_lr=0.1,
            lines=("{x} − {lr} · {g} = {x_next}",),
            limit=PLAIN,
            of_limit=0.5,
        ),
        Optimizer(
            name="momentum",
            label="Momentum (heavy ball)",
            formula=r"v \leftarrow \mu v + g, \quad \theta \leftarrow \theta - \eta\, v",
            words="A heavy ball: past gradients keep pushing, up to 1/(1 − μ) times the plain step.",
            source="Polyak, 1964",
            notes="PyTorch adds up g, not lr g, in the velocity: a new lr acts on all of it at once. "
            f"Along a curvature c it is stable for lr below {HEAVY_BALL.words}.",
            options=(_momentum(0.9), _DAMPENING, _decay()),
            cls=optim.SGD,
            default_lr=0.01,
            lines=(
                "v = {momentum} · {velocity_before} + {g} = {velocity}",
                "{x} − {lr} · {velocity} = {x_next}",
            ),
            limit=HEAVY_BALL,
            of_limit=0.1,
        ),
        Optimizer(
            name="nesterov",
            label="Nesterov momentum",
            formula=r"v \leftarrow \mu v + g, \quad \theta \leftarrow \theta - \eta\,(g + \mu v)",
            words="Momentum that looks ahead: the gradient counts once more after the velocity has moved.",
            source="Nesterov, 1983; Sutskever, Martens, Dahl and Hinton, 2013",
            notes="PyTorch's iterate is the textbook's look-ahead point: the same path after a change of variable. "
            f"Along a curvature c it is stable for lr below {NESTEROV.words}, less than plain descent allows.",
            options=(_momentum(0.9, open_low=True), _decay()),
            cls=optim.SGD,
            fixed={"nesterov": True},
            default_lr=0.01,
            lines=(
                "v = {momentum} · {velocity_before} + {g} = {velocity}",
                "{x} − {lr} · ({g} + {momentum} · {velocity}) = {x_next}",
            ),
            limit=NESTEROV,
            of_limit=0.2,
        ),
        Optimizer(
            name="adagrad",
            label="AdaGrad",
            formula=r"s \leftarrow s + g^2, \quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}",
            words="Divides by the root of the sum of all squared gradients so far, which only ever grows.",
            source="Duchi, Hazan and Singer, 2011",
            options=(
                Number(
                    "lr_decay", 0.0, 0.0, 1.0, words="The rate is divided by 1 + lr_decay times past steps."
                ),
                _decay(),
                Number("initial_accumulator_value", 0.0, 0.0, 1e6, words="Where the sum s starts."),
                _eps(1e-10),
            ),
            cls=optim.Adagrad,
            default_lr=0.01,
            lines=(
                "s = {sum_of_squares_before} + {g}² = {sum_of_squares}",
                "{x} − {lr} · {g} / (√{sum_of_squares} + {eps}) = {x_next}",
            ),
            of_window=0.05,
        ),
        Optimizer(
            name="adadelta",
            label="AdaDelta",
            formula=r"s \leftarrow \rho s + (1 - \rho) g^2, "
            r"\quad \Delta = \sqrt{\frac{u + \epsilon}{s + \epsilon}}\, g, "
            r"\quad u \leftarrow \rho u + (1 - \rho) \Delta^2, \quad \theta \leftarrow \theta - \eta\, \Delta",
            words="Scales each step by past steps over past gradients; needs no rate, but starts very slowly.",
            source="Zeiler, 2012",
            notes="The first step is about 0.003 lr at the defaults, whatever the gradient. In the paper lr is 1.",
            options=(
                Number("rho", 0.9, 0.0, 1.0, words="Share of both running means kept at each step."),
                _eps(1e-6),
                _decay(),
            ),
            cls=optim.Adadelta,
            default_lr=1.0,
            lines=(
                "s = {rho} · {second_moment_before} + (1 − {rho}) · {g}² = {second_moment}",
                "{x} − {lr} · √({mean_squared_step_before} + {eps}) / √({second_moment} + {eps}) · {g} = {x_next}",
            ),
            of_window=2.0,
        ),
        Optimizer(
            name="rmsprop",
            label="RMSProp",
            formula=r"s \leftarrow \alpha s + (1 - \alpha) g^2, \quad "
            r"\theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}",
            words="AdaGrad that forgets: divides by the root of a running mean of squared gradients.",
            source="Tieleman and Hinton, 2012",
            notes="PyTorch's alpha is 0.99, without bias correction: the first step is 10 lr (3.16 lr at alpha 0.9).",
            options=(
                Number(
                    "alpha", 0.99, 0.0, 1.0, words="Share of the mean squared gradient kept at each step."
                ),
                _eps(1e-8),
                _momentum(0.0),
                Switch("centered", False, words="Divide by the standard deviation instead."),
                _decay(),
            ),
            cls=optim.RMSprop,
            default_lr=0.001,
            lines=(
                "s = {alpha} · {second_moment_before} + (1 − {alpha}) · {g}² = {second_moment}",
                "{x} − {lr} · {g} / (√{second_moment} + {eps}) = {x_next}",
            ),
            of_window=0.005,
        ),
        Optimizer(
            name="adam",
            label="Adam",
            formula=_ADAM
            + r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \quad "
            rf"\hat m = {_M_HAT},\ \hat v = {_V_HAT}",
            words="Momentum divided by RMSProp, both corrected for having started at zero.",
            source="Kingma and Ba, 2015",
            notes="The first step is lr in each coordinate, whatever the gradient.",
            options=(_BETAS, _eps(1e-8), _decay(), _AMSGRAD),
            cls=optim.Adam,
            default_lr=0.001,
            lines=(*_MEANS, _CORRECTED, _ADAM_STEP),
        ),
        Optimizer(
            name="nadam",
            label="NAdam",
            formula=_ADAM
            + r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \quad "
            r"\hat m = \frac{\mu_{t+1}\, m}{1 - \mu_1 \cdots \mu_{t+1}} "
            r"+ \frac{(1 - \mu_t)\, g}{1 - \mu_1 \cdots \mu_t}, \quad \hat v = \frac{v}{1 - \beta_2^t}",
            words="Adam with Nesterov's look-ahead in its momentum.",
            source="Dozat, 2016",
            notes="The momentum warms up: μₜ = β₁ (1 − 0.96^(t momentum_decay) / 2). The first step is 1.0565 lr.",
            options=(
                _BETAS,
                _eps(1e-8),
                _decay(),
                Number("momentum_decay", 4e-3, 0.0, 1.0, words="How fast the momentum warms up."),
                _DECOUPLED,
            ),
            cls=optim.NAdam,
            default_lr=0.001,
            lines=(
                *_MEANS,
                "looking ahead, without bias: {first_moment_corrected}, {second_moment_corrected}",
                _ADAM_STEP,
            ),
            own_rounding=True,
        ),
        Optimizer(
            name="adamw",
            label="AdamW",
            formula=r"\theta \leftarrow (1 - \eta \lambda)\, \theta, \quad "
            r"\text{then Adam:}\ \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
            words="Adam whose weight decay shrinks the weights directly, past the division.",
            source="Loshchilov and Hutter, 2019",
            options=(
                _BETAS,
                _eps(1e-8),
                _decay(0.01, "The weights shrink by lr times this at each step."),
                _AMSGRAD,
            ),
            cls=optim.AdamW,
            default_lr=0.001,
            lines=(
                *_MEANS,
                _CORRECTED,
                "{x} · (1 − {lr} · {weight_decay}) "
                "− {lr} · {first_moment_corrected} / (√{second_moment_corrected} + {eps}) = {x_next}",
            ),
        ),
        Optimizer(
            name="adamax",
            label="AdaMax",
            formula=r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad u \leftarrow \max(\beta_2 u,\ |g| + \epsilon), "
            r"\quad \theta \leftarrow \theta - \frac{\eta}{1 - \beta_1^t}\, \frac{m}{u}",
            words="Adam with the largest recent gradient in place of the root mean square.",
            source="Kingma and Ba, 2015",
            options=(_BETAS, _eps(1e-8), _decay()),
            cls=optim.Adamax,
            default_lr=0.001,
            lines=(
                _MEANS[0],
                "u = the larger of {beta2} · {largest_gradient_before} and |{g}| + {eps} = {largest_gradient}",
                "{x} − {lr} · {first_moment_corrected} / {largest_gradient} = {x_next}",
            ),
        ),
        Optimizer(
            name="amsgrad",
            label="AMSGrad",
            formula=_ADAM + r"v_\text{max} \leftarrow \max(v_\text{max}, v), \quad "
            r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v_\text{max}} + \epsilon}",
            words="Adam that divides by the largest mean squared gradient so far: it never forgets a steep place.",
            source="Reddi, Kale and Kumar, 2018",
            options=(_BETAS, _eps(1e-8), _decay()),
            cls=optim.Adam,
            fixed={"amsgrad": True},
            default_lr=0.001,
            lines=(
                *_MEANS,
                "largest v = {largest_second_moment}; "
                "without bias: {first_moment_corrected}, {second_moment_corrected}",
                _ADAM_STEP,
            ),
        ),
        Optimizer(
            name="radam",
            label="RAdam",
            formula=_ADAM + r"\theta \leftarrow \theta - \eta\, d\, \hat m, \quad d = \begin{cases} "
            r"r_t \sqrt{1 - \beta_2^t} / (\sqrt v + \epsilon) & \rho_t > 5 \\ 1 & \text{else} \end{cases}",
            words="Adam that warms up by itself: plain momentum until the squared gradients are known well.",
            source="Liu, Jiang, He, Chen, Liu, Gao and Han, 2020",
            notes="With the default betas the division sets in at step 6; before, a step is lr times the corrected m.",
            options=(_BETAS, _eps(1e-8), _decay(), _DECOUPLED),
            cls=optim.RAdam,
            default_lr=0.001,
            lines=(
                *_MEANS,
                "{x} − {lr} · r · {first_moment_corrected} / √v = {x_next}, from step 6 on",
            ),
            own_rounding=True,
        ),
        Optimizer(
            name="rprop",
            label="Rprop",
            formula=r"\Delta \leftarrow \begin{cases} \eta_+ \Delta & g\, g_\text{old} > 0 \\ "
            r"\eta_- \Delta & g\, g_\text{old} < 0 \end{cases}, \quad "
            r"\theta \leftarrow \theta - \Delta \operatorname{sign} g",
            words="Only the gradient's sign counts: each weight's step grows while it holds, else shrinks.",
            source="Riedmiller and Braun, 1993",
            notes="lr is only the first step. Made for the full batch, as noise turns signs. "
            "After a turn the weight rests for a step.",
            options=(
                Pair(
                    "etas",
                    (0.5, 1.2),
                    (0.0, 1.0),
                    (1.0, 10.0),
                    open_low=True,
                    open_high=True,
                    words="Factor on a step after a turn, and after none.",
                ),
                Pair("step_sizes", (1e-6, 50.0), 0.0, 1e6, words="Smallest and largest step."),
            ),
            rule=_step_sizes_ordered,
            cls=optim.Rprop,
            default_lr=0.01,
            lines=("the step of this coordinate: {step_size}", "{x} + {change} = {x_next}"),
            of_window=0.01,
        ),
    ),
)
"""name -> Optimizer."""
