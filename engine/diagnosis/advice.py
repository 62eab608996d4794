"""What a remedy means for a net of somebody's own: words and a line of code."""

from engine.diagnosis.finding import advised
from engine.diagnosis.remedies import Remedy
from engine.diagnosis.subject import Subject
from engine.tables.activations import ACTIVATIONS, Activation
from engine.tables.rates import menu_rate
from engine.tables.wording import Sentence, readable

ADVICE = {
    "level gradient": (
        "Draw each layer's weights so that the signal keeps its size from layer to layer, or normalize it.",
        "{draw}",
    ),
    "normalize": (
        "Normalize what enters each activation.",
        "nn.Sequential(nn.Linear(n, m), nn.BatchNorm1d(m), activation)",
    ),
    "bend": (
        "Put a nonlinear activation behind each hidden layer.",
        "nn.Sequential(nn.Linear(n, m), nn.ReLU())",
    ),
    "leak": ("Use an activation that passes some gradient everywhere.", "nn.LeakyReLU(0.1)"),
    "smaller rate": ("Take a smaller learning rate, and start again.", "{rate}"),
    "larger rate": ("Take a larger learning rate.", "{rate}"),
    "larger batch": ("Take larger batches.", "DataLoader(data, batch_size={size}, shuffle=True)"),
    "widen": ("Make every hidden layer wider.", "nn.Linear(32, 32)"),
    "smooth": ("Use an activation that passes some gradient everywhere.", "nn.ELU()"),
    "usual rate": ("Take the learning rate that is usual for this optimizer, and start again.", "{rate}"),
    "less decay": (
        "Take a much smaller weight decay.",
        'for group in optimizer.param_groups: group["weight_decay"] = 1e-4',
    ),
    "faster statistics": (
        "Let batch norm's running statistics follow faster.",
        "nn.BatchNorm1d(m, momentum=0.1)",
    ),
    "scale inputs": (
        "Bring every input to mean 0 and variance 1, measured on the training samples.",
        "x = (x - x_train.mean(0)) / x_train.std(0)",
    ),
    "fitting pair": (
        "Give the loss what it is made for: logits to cross-entropy, numbers to the squared error.",
        "loss = nn.functional.cross_entropy(net(x), labels)  # no softmax before it",
    ),
    "balance": (
        "Weigh the rare classes more, or draw as many samples of each.",
        "nn.CrossEntropyLoss(weight=1 / class_counts)",
    ),
    "decay": (
        "Add weight decay, and take more or other samples where there are.",
        "torch.optim.AdamW(net.parameters(), weight_decay=1e-2)",
    ),
    "dropout": ("Drop some outputs of each hidden layer.", "nn.Dropout(0.2)"),
    "keep rate": (
        "Let the rate come down later.",
        "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10 * steps)",
    ),
    "take back": ("Take back what was changed last, and start again.", "# the settings from before"),
    "start anew": ("Start again, with the settings as they are now.", "# a new net and a new optimizer"),
    "true labels": ("Look at the labels of some samples: many are wrong.", "print(labels[:20])"),
    "no clipping": ("Clip at a larger norm, or not at all.", "# leave out nn.utils.clip_grad_norm_(...)"),
    "no dropout": ("Drop fewer outputs.", "nn.Dropout(0.1)"),
}
"""Remedy's name -> what to do, and how that is written."""


def advice(remedy: Remedy, subject: Subject) -> Sentence:
    """What to do, in words, and below that a line of code."""
    if remedy.name == "together":
        first, second = (advice(part, subject) for part in remedy.numbers.values())
        return Sentence("{first}\n{second}", first=first, second=second)
    words, code = ADVICE[remedy.name]
    drawn = ACTIVATIONS[subject.activation].drawn if subject.activation in ACTIVATIONS else Activation.drawn
    filled = code.format(draw=drawn, rate=_rate(remedy, subject), size=remedy.numbers.get("size"))
    return advised(Sentence(words), filled)


def _rate(remedy: Remedy, subject: Subject) -> str:
    factor = remedy.numbers.get("factor", 0.0)
    if subject.rate and factor:
        change = f"= {readable(menu_rate(subject.rate * factor))}"
    elif subject.usual_rate:
        change = f"= {readable(subject.usual_rate)}"
    else:
        change = f"*= {readable(factor or (0.1 if remedy.name == 'usual rate' else 10.0), 1)}"
    return f'for group in optimizer.param_groups: group["lr"] {change}'
