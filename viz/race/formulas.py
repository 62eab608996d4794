"""Each optimizer's rule as lines to fill with one step's numbers. A test fills them and compares with torch's step.

What may stand in braces: t (counted from 1), lr, g (the gradient as it arrives), x, x_next, change (x_next - x), the
optimizer's options (betas as beta1 and beta2), its state after the step by the engine's names, and the state before it
as name_before. A line "a = b" is an equation between numbers.
"""

_MEANS = (
    "m = {beta1} · {first_moment_before} + (1 − {beta1}) · {g} = {first_moment}",
    "v = {beta2} · {second_moment_before} + (1 − {beta2}) · {g}² = {second_moment}",
)
_CORRECTED = (
    "without bias: m / (1 − {beta1}^{t}) = {first_moment_corrected}, "
    "v / (1 − {beta2}^{t}) = {second_moment_corrected}"
)
_ADAM_STEP = "{x} − {lr} · {first_moment_corrected} / (√{second_moment_corrected} + {eps}) = {x_next}"

LINES: dict[str, tuple[str, ...]] = {
    "sgd": ("{x} − {lr} · {g} = {x_next}",),
    "momentum": (
        "v = {momentum} · {velocity_before} + {g} = {velocity}",
        "{x} − {lr} · {velocity} = {x_next}",
    ),
    "nesterov": (
        "v = {momentum} · {velocity_before} + {g} = {velocity}",
        "{x} − {lr} · ({g} + {momentum} · {velocity}) = {x_next}",
    ),
    "adagrad": (
        "s = {sum_of_squares_before} + {g}² = {sum_of_squares}",
        "{x} − {lr} · {g} / (√{sum_of_squares} + {eps}) = {x_next}",
    ),
    "rmsprop": (
        "s = {alpha} · {second_moment_before} + (1 − {alpha}) · {g}² = {second_moment}",
        "{x} − {lr} · {g} / (√{second_moment} + {eps}) = {x_next}",
    ),
    "adadelta": (
        "s = {rho} · {second_moment_before} + (1 − {rho}) · {g}² = {second_moment}",
        "{x} − {lr} · √({mean_squared_step_before} + {eps}) / √({second_moment} + {eps}) · {g} = {x_next}",
    ),
    "adam": (*_MEANS, _CORRECTED, _ADAM_STEP),
    "adamw": (
        *_MEANS,
        _CORRECTED,
        "{x} · (1 − {lr} · {weight_decay}) "
        "− {lr} · {first_moment_corrected} / (√{second_moment_corrected} + {eps}) = {x_next}",
    ),
    "amsgrad": (
        *_MEANS,
        "largest v = {largest_second_moment}; without bias: {first_moment_corrected}, {second_moment_corrected}",
        _ADAM_STEP,
    ),
    "nadam": (
        *_MEANS,
        "looking ahead, without bias: {first_moment_corrected}, {second_moment_corrected}",
        _ADAM_STEP,
    ),
    "adamax": (
        _MEANS[0],
        "u = the larger of {beta2} · {largest_gradient_before} and |{g}| + {eps} = {largest_gradient}",
        "{x} − {lr} · {first_moment_corrected} / {largest_gradient} = {x_next}",
    ),
    "radam": (*_MEANS, "{x} − {lr} · r · {first_moment_corrected} / √v = {x_next}, from step 6 on"),
    "rprop": ("the step of this coordinate: {step_size}", "{x} + {change} = {x_next}"),
}
"""optimizer -> the lines of its rule, with PyTorch's conventions."""
