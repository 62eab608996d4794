"""What only looks like words in the engine, by file: a part of `MEANT` in unsaid.py."""

from engine.diagnosis.rules.own_precision import SCALED

RATIO = "Karpathy, cs231n: ratio of weights to updates"

OF_ENGINE: dict[str, set[str]] = {
    "engine/tables/activations.py": {
        "random slope",
        'nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")',
    },
    "engine/diagnosis/amiss.py": {"smaller rate", "larger rate", "take back"},
    # code, as one types it
    "engine/diagnosis/advice.py": {
        "DataLoader(data, batch_size={size}, shuffle=True)",
        'for group in optimizer.param_groups: group["weight_decay"] = 1e-4',
        """f'for group in optimizer.param_groups: group["lr"] {change}'""",
        "loss = nn.functional.cross_entropy(net(x), labels)  # no softmax before it",
        "# the settings from before",
        "# a new net and a new optimizer",
        "# leave out nn.utils.clip_grad_norm_(...)",
    },
    "engine/diagnosis/rules/own_frozen.py": {
        "f'{code_of(root)}'",
        """f"for p in ({', '.join(listed)}): p.requires_grad_(True)\"""",
        "', '.join",
        "PyTorch: torch.optim",
    },
    "engine/diagnosis/rules/own_losses.py": {
        'for group in optimizer.param_groups: group["lr"] *= 0.1',
    },
    "engine/diagnosis/rules/own_draws.py": {
        'nn.init.xavier_normal_({w}, nn.init.calculate_gain("tanh"))',
        """f"for w in ({', '.join(weights)}): {how.format(w='w')}\"""",
        "', '.join",
    },
    "engine/diagnosis/rules/own_naming.py": {
        "', '.join",
        """f'for path in ({listed}):\\n    old, (home, _, name) = model.get_submodule(path), path.rpartition(".")\\n"""
        "    setattr(model.get_submodule(home), name, {new})'",
    },
    "engine/diagnosis/rules/own_reach.py": {
        """f'{code_of(path)}.register_forward_hook(lambda m, x, y: print("{path} gives", {out}.grad_fn))'""",
        """f'print("{after} gets", [getattr(each, "grad_fn", None) for each in x])'""",
        "f'{prints}\\n{code_of(after)}.register_forward_pre_hook(lambda m, x: {gets})'",
        "PyTorch: Autograd mechanics",  # pages of its documentation, by their titles
        "PyTorch: torch.optim",
    },
    "engine/diagnosis/rules/own_precision.py": {SCALED},
    "engine/diagnosis/rules/own_signal.py": {
        """f"for m in ({', '.join(modules)},): nn.init.kaiming_normal_(m.weight); nn.init.zeros_(m.bias)\"""",
        "', '.join",
        "f'nn.Sequential(old, nn.{kind}(len(old.weight)).to(old.weight))'",
        "f'with torch.no_grad(): [p.mul_({len(paths)} ** -0.5) for p in {code_of(path)}.parameters()]'",
    },
    "engine/diagnosis/rules/own_steps.py": {
        """f'for group in optimizer.param_groups: group["lr"] *= {readable(factor, 1)}'""",
        "f'torch.nn.utils.clip_grad_norm_(model.parameters(), {2 * float(whole):.2g})  # for your own call'",
        RATIO,
    },
    "engine/diagnosis/rules/own_weights.py": {
        'for group in optimizer.param_groups: group["lr"] *= 0.01',
        "f'{code_of(net.paths[layer])}.float()  # compute in half precision by torch.autocast'",
        'for group in optimizer.param_groups: group["weight_decay"] = 1e-4',
    },
    "engine/tables/initializers.py": {
        "f'fan_out, fan_in = weight.shape\\nstd = math.sqrt({scale!r} / {fan})\\nnn.init.{draw}'",
        "normal_(weight, 0, std, generator)",
        "uniform_(weight, -math.sqrt(3) * std, math.sqrt(3) * std, generator)",
        "f'trunc_normal_(weight, 0, std / {TRUNCATED_STD}, -2 * std / {TRUNCATED_STD}, 2 * std / {TRUNCATED_STD}, "
        "generator)'",
        "bound = 1 / math.sqrt(weight.shape[1])\nnn.init.uniform_(bias, -bound, bound, generator)",
        "constant_(weight, {value!r})",
        "normal_(weight, 0, {std!r}, generator)",
        "uniform_(weight, {low!r}, {high!r}, generator)",
        "xavier_normal_(weight, {gain!r}, generator)",
        "xavier_uniform_(weight, {gain!r}, generator)",
        "kaiming_normal_(weight, {a!r}, {mode!r}, 'leaky_relu', generator)",
        "kaiming_uniform_(weight, {a!r}, {mode!r}, 'leaky_relu', generator)",
        "kaiming_normal_(weight, nonlinearity='linear', generator=generator)",
        "kaiming_uniform_(weight, nonlinearity='linear', generator=generator)",
        "orthogonal_(weight, {gain!r}, generator)",
    },
    # references, as their authors wrote them
    "engine/diagnosis/rules/by_heart.py": {"learns by heart"},  # a name, as a key
    "engine/diagnosis/rules/setting.py": {"He and Garcia, Learning from imbalanced data, 2009"},
    "engine/diagnosis/rules/steps.py": {RATIO},
    # formulas; and what is said as its table has it in the end, the limit put in
    "engine/descent/expression.py": {
        "{} \\cdot {}",
        "f'{digits} \\\\cdot 10^{{{int(exponent)}}}'",
        "' '.join",  # of a typed function, each gap made one blank
        "', '.join",  # arguments
    },
    "engine/descent/vocabulary.py": {"\\left\\lfloor {} \\right\\rfloor", "\\left\\lceil {} \\right\\rceil"},
    "engine/tables/own.py": {"f'x \\\\in \\\\mathbb R^{{{x.shape[1]}}}'"},
    "engine/tables/optimizers.py": {
        "f'Along a curvature c it is stable for lr below {PLAIN.words}. The first velocity is the gradient, "
        "undampened.'",
        "f'PyTorch adds up g, not lr g, in the velocity: a new lr acts on all of it at once. Along a curvature c it is "
        "stable for lr below {HEAVY_BALL.words}.'",
        "f\"PyTorch's iterate is the textbook's look-ahead point: the same path after a change of variable. Along a "
        'curvature c it is stable for lr below {NESTEROV.words}, less than plain descent allows."',
        "f'\\\\theta \\\\leftarrow \\\\theta - \\\\eta\\\\, \\\\frac{{\\\\hat m}}{{\\\\sqrt{{\\\\hat v}} + "
        "\\\\epsilon}}, \\\\quad \\\\hat m = {_M_HAT},\\\\ \\\\hat v = {_V_HAT}'",
    },
    # what programmers alone read: errors of a caller, a warning, names, the arguments of an experiment
    "engine/tables/registry.py": {
        "{value!r} is no option of {entry}",  # its brief, with one of two ends
        "f'two entries share a name in the table of {kind}s: {[e.name for e in entries]}'",
        "', '.join",
    },
    "engine/spec/stack.py": {
        """f"no array is named {name!r}; there are {', '.join(self.names())}.\"""",
        "', '.join",
    },
    "engine/watch/watching.py": {
        "f'the watching ended, the training goes on: {self.trouble}'"
    },  # in a terminal
    "engine/tables/samples.py": {"f'download {name}'"},  # a thread
    "engine/training/fleet.py": {
        "f'{len(missing)} runs of {len(jobs)} were lost {TRIES} times with the process that trained them'"
    },
    "engine/training/many.py": {
        "these runs differ in more than their seed",
        "these runs have batches of different sizes",
        "a run that has begun keeps its own optimizer",
        "f'{type(module).__name__} is not known to work on many nets at once'",
    },
    "engine/training/pairs.py": {
        "cannot tell",
        "Hodges-Lehmann, signed ranks",
        "all diverged",
    },  # values of fields
    "engine/measure/compiled.py": {
        "The compiled passes cannot be kept: neither the program's own folder nor yours can be written. They are "
        "compiled at every start, some ten seconds; set NUMBA_CACHE_DIR to a folder that can be written."
    },
    "engine/measure/histograms.py": {
        """f"scale must be one of {', '.join(SCALES)}; got {scale!r}\"""",
        "', '.join",
        "f'bins must be 1 to 255; got {bins!r}'",
    },
    "engine/measure/history.py": {
        """f"unknown column {name!r}; choose from: {', '.join(self.keys())}\"""",
        "', '.join",
        "f'capacity must be None or at least 2 rows; got {capacity!r}'",
    },
    "engine/experiments/activations/cost.py": {
        "Samples in the batch.",
        "Units of the layer.",
        "Rounds; in each, every activation has its turn.",
    },
    "engine/experiments/activations/linear_map.py": {"Steps that the nets train."},
    "engine/experiments/activations/maxout_unit.py": {"Lines of the unit.", "Steps of Adam."},
    "engine/experiments/activations/self_normalizing.py": {
        "Layers.",
        "Units of each layer.",
        "Nets drawn.",
        "Mean of the inputs.",
        "Variance of the inputs.",
    },
    "engine/experiments/activations/slopes.py": {
        "Steps that the net trains.",
        "Layers that the gradient crosses.",
    },
    "engine/experiments/units.py": {
        "Steps that the net trains.",
        "Moments at which every unit is looked at.",
        "Training samples that are sent through the net.",
    },
}
