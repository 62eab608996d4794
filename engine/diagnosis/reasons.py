"""Why a finding is said, for this very net: the reason in one sentence, and the formula with the run's numbers in it.

Both are templates whose values are the finding's own: its evidence, what its sentence says, and a few facts of the
net. Of several templates for a name the first is taken that has all its values.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from engine.diagnosis.finding import Finding
from engine.diagnosis.subject import Subject
from engine.tables.wording import Sentence

SIGMOID = (
    "A gradient is multiplied by each layer's weights and by the activation's slope, and sigmoid's is at most 1/4: "
    "here by {gradient_ratio_of_a_layer:number} a layer, {hidden} layers deep."
)
REASONS: Mapping[str, tuple[str, ...]] = {
    "diverged": (
        "{cause}; from there on no number means anything.",
        "A number became too large to be written, and from there on none means anything.",
    ),
    "symmetric units": (
        "Units with equal weights compute the same and get the same gradient: {hidden} layers act as if each had one "
        "unit.",
    ),
    "batch too small for batch norm": (
        "Batch norm divides by a spread that it measures on {batch_size} samples: it is off by "
        "{variance_error:percent}, anew at each step.",
    ),
    "weight decay too strong": (
        "Each step takes a fixed share off every weight, more than the gradient gives back: {weights_left:percent} is "
        "left.",
    ),
    "unscaled inputs": (
        "What enters the first layer is {input_rms:number} times as large as its weights are made for: they saturate, "
        "or each step moves them too far.",
    ),
    "wrong pair of output and loss": (
        "Nothing lies between two classes, and one number has to pass through all from 0 to {largest} to get from the "
        "first to the last.",
        "Cross-entropy makes chances of its inputs by itself; squeezed by {output} before, they cannot become sure: "
        "the loss ends at {least_loss:loss}.",
        "Behind the ReLU an output that is 0 for all samples stays so: {dead:percent} of them do.",
        "Cross-entropy wants to push unlikely classes far below 0, and a ReLU ends there: {saturated_now:percent} of "
        "what comes out is 0.",
        "The error reaches the last layer times the slope of {output}: where that is flat, a wrong answer corrects "
        "nothing, and the gradient is {gradient:number}.",
        "Squared error asks for 0 or 1 exactly, and being right by more is an error too; guessing costs "
        "{loss_of_guessing:loss}.",
        "What {output} gives lies on one side or within bounds, and the numbers that are wanted do not.",
    ),
    "learns only the majority": (
        "One answer for all is right in {most_common:percent}: the net found that first, and what would tell the rare "
        "samples apart weighs little in its loss.",
    ),
    "learns by heart": (
        "{wrong_labels:percent} of the labels are wrong, and what is learned of those holds for no other sample.",
        "It keeps its samples one by one, {accuracy:percent} of them, and found little that holds for others: "
        "{accuracy_tested:percent} of those.",
    ),
    "schedule ends too early": (
        "The schedule took the rate down to {rate:number} while the loss was still {loss:loss}: from here on no step "
        "changes much.",
    ),
    "underflow": (
        "The gradient shrinks from layer to layer until {dtype} has no number that small: what reaches layer 1 is 0.",
    ),
    "saturated": (
        "The weights are so large that {activation} gets inputs of {preactivation_rms:number}, where it is flat: its "
        "slope, and with it the gradient, is nearly 0.",
    ),
    "exploding": (
        "On its way back each layer multiplies the gradient by {gradient_ratio_of_a_layer:number}, {hidden} layers "
        "deep: a step that suits the last layer is far too large for the first.",
    ),
    "exploding activations": (
        "Each layer puts out more than the one before, {growth:number} times as much in all: the outputs are so large "
        "that the loss means nothing.",
    ),
    "no gradient": (
        "The outputs lie so far apart that softmax rounds to exactly 1 and 0: no error is left, and nothing to learn "
        "from.",
    ),
    "vanishing": (
        SIGMOID,
        "On its way back each layer multiplies the gradient by its weights and {activation}'s slope, here by "
        "{gradient_ratio_of_a_layer:number} a layer, {hidden} layers deep: the first ones hardly move.",
        "Steps have changed the weights so that {gradient_ratio_now:number} of the gradient reaches the first layer, "
        "which hardly moves.",
    ),
    "learning rate too high": (
        "A step of {largest_step:number} times the weights forgets what they knew: the loss rose from "
        "{loss_before:number} to {loss:number}.",
        "A step of {largest_step:number} times the weights forgets what they knew: the loss is {loss:loss}, and "
        "guessing costs {loss_of_guessing:loss}.",
        "The steps are too long for the valley they are in: they pass its floor and climb the other side.",
    ),
    "dying units": (
        "No gradient passes a unit that is flat for every sample: {cause}.",
        "{dead:percent} of the units are flat for every sample: no gradient passes them, so no step brings them back.",
    ),
    "collapsed": (
        "The outputs for two samples differ by {output_spread:number}: no gradient can tell the samples apart.",
    ),
    "learning rate too low": (
        "A step changes {typical_step:rough} of the weights at most: to change all of them takes more steps than that "
        "number's inverse.",
    ),
    "running statistics": (
        "In use batch norm takes running averages for the batch's own mean and variance, and here they differ: "
        "{accuracy_running:percent} are right with them, {accuracy_batch:percent} without.",
    ),
    "stands still": ("It has learned what it can as it is: {cause}, and the loss stays at {loss:loss}.",),
    "learns too slowly": (
        "It gets better ever more slowly: its pace leads to {outlook:percent} in three times as many steps; {cause}.",
    ),
    "not learning": (
        "A net that knows nothing pays {loss_of_guessing:loss}, and this one pays {loss:loss}.",
    ),
}
"""Finding's name -> why, for a student: what happens inside."""

FORMULAS: Mapping[str, tuple[str, ...]] = {
    "diverged": (
        "last finite loss = {last_finite_loss:number}; largest step: |\u0394W| / |W| = {largest_step:number}",
        "largest step: |\u0394W| / |W| = {largest_step:number}",
    ),
    "symmetric units": (
        "Var W of layer 1 at the start = {weight_var_at_start:number}; called so when every unit began alike",
    ),
    "batch too small for batch norm": (
        "sqrt(2 / (B - 1)) = sqrt(2 / ({batch_size} - 1)) = {variance_error:percent}; too small above 50%",
    ),
    "weight decay too strong": (
        "largest over layers of |W| now / |W| at the start = {weights_left:percent}; too strong below 50%",
    ),
    "unscaled inputs": (
        "rms of z / sqrt(inputs * Var W) in layer 1 = {input_rms:number}; unscaled from 5 where the net does not learn",
    ),
    "wrong pair of output and loss": (
        "classes = {classes}, outputs = 1; right answers, the nearest number = {accuracy:percent}",
        "least cross-entropy of outputs from {low:short} to {high:short} = {least_loss:loss}; loss {loss:loss}",
        "outputs that are 0 for every sample = {dead:percent}; called so from the first one on",
        "outputs that are 0 = {saturated_now:percent}, of each sample and class; called so after 30 steps",
        "rms dL/dz of the output = {gradient:number}; loss {loss:loss}, of guessing {loss_of_guessing:loss}; called so "
        "where the net does not learn",
        "loss {loss:loss}, of guessing {loss_of_guessing:loss}; called so where the net does not learn in 300 steps",
        "loss {loss:loss}; numbers of mean 0 and variance 1 need a linear output",
    ),
    "learns only the majority": (
        "right answers = {accuracy:percent}, largest class = {most_common:percent}; loss {loss:loss}, of guessing "
        "{loss_of_guessing:loss}; called so within 3% of the class and above four fifths of that loss",
    ),
    "learns by heart": (
        "right in its batches = {accuracy:percent}, in the test set = {accuracy_tested:percent}, "
        "{tested_halfway:percent} before halfway; called so after 1000 steps where half of the way from guessing to 1, "
        "{halfway:percent}, lies between and the test set gets no better",
    ),
    "schedule ends too early": (
        "rate = {rate:number}, at most {largest_rate:number}; loss {loss:loss}; too early below a twentieth of the "
        "largest rate where the net has not learned",
    ),
    "underflow": (
        "rms dL/dz = {gradient_rms:number}, smallest normal number = {smallest_normal:rough}; in the last hidden layer "
        "rms dL/dz = {gradient_rms_of_last:number}",
    ),
    "saturated": (
        "outputs whose slope is below 6% of the steepest = {saturated_at_start:percent} at the start, "
        "{saturated_now:percent} now; too many from 50%",
    ),
    "exploding": (
        "rms dL/dz, first hidden layer / last = {gradient_rms_of_first:number} / {gradient_rms_of_last:number} = "
        "{gradient_ratio:number}; exploding from 100 (from 10 where it is more than 2 a layer)",
    ),
    "exploding activations": (
        "rms a, last hidden layer / first = {growth:number}; exploding from 1000, at the start and now",
    ),
    "no gradient": (
        "|dL/dW| over all weights = {gradient_norm:number} on more than half of the last batches",
    ),
    "vanishing": (
        "rms dL/dz, first hidden layer / last = {gradient_rms_of_first:number} / {gradient_rms_of_last:number} = "
        "{gradient_ratio:number}; vanishing below 0.001, or below 0.01 where the loss stands still",
        "rms dL/dz, first hidden layer / last = {gradient_ratio_now:number} now; vanishing below 0.001",
    ),
    "learning rate too high": (
        "|\u0394W| / |W| = {largest_step:number}; loss {loss_before:number} before, {loss:number} now; too high where "
        "a step exceeds 0.3 and the loss rises by a fifth",
        "|\u0394W| / |W| = {largest_step:number}; loss {loss:loss}, of guessing {loss_of_guessing:loss}; too high "
        "where a step exceeds 2 and the loss stays above four fifths of guessing",
        "lowest loss = {lowest_loss:loss} about step {step_of_lowest}, now {loss:loss}; too high from 1.5 "
        "times the lowest",
        "loss from {low:loss} to {high:loss} since halfway at {times:number} times the usual rate; too high where it "
        "swings by half and falls by less than a fifth",
    ),
    "dying units": (
        "units flat for every sample of the batch = {dead:percent} now, {dead_at_start:percent} at the start; called "
        "so from a third more than at the start, or a whole layer",
    ),
    "collapsed": (
        "standard deviation of an output over the samples = {output_spread:number} at step {step}, "
        "{output_spread_at_start:number} at the start; collapsed below 3% of it where the loss is no better than that "
        "of guessing",
    ),
    "learning rate too low": (
        "|\u0394W| / |W| = {typical_step:rough} in the layer that moves most; too low below 0.00005, and below 0.0001 "
        "after 300 steps with a loss of guessing",
    ),
    "running statistics": (
        "test accuracy, batch's statistics - running = {accuracy_batch:percent} - {accuracy_running:percent}; too far "
        "apart from 20%",
    ),
    "stands still": (
        "loss now / before halfway = {loss:loss} / {loss_halfway:loss}; it stands still from 0.98, after 1000 steps",
    ),
    "learns too slowly": (
        "right after 3 times {steps} steps, by the logarithm of the steps: {outlook:percent}, 2 standard errors more "
        "than measured; too slow below half of the way from guessing to 1, after 1000 steps",
    ),
    "not learning": ("guessing costs {loss_of_guessing:loss}; loss after {steps} steps = {loss:loss}",),
}
"""Finding's name -> what was compared with what, the run's numbers put in."""


def explained(found: Finding, subject: Subject) -> Finding:
    """The finding with its reason and its formula."""
    values = {**_facts(found, subject), **found.says.values, **found.because.values, **found.evidence}
    reasons = [each for each in REASONS[found.name] if each is not SIGMOID or subject.activation == "sigmoid"]
    return found.replace(reason=_filled(reasons, values), formula=_filled(FORMULAS[found.name], values))


def _facts(found: Finding, subject: Subject) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "hidden": subject.hidden,
        "activation": subject.activation or Sentence("the activation"),
    }
    return facts | ({"cause": found.cause} if found.cause else {})


def _filled(templates: Any, values: Mapping[str, Any]) -> Sentence | None:
    for template in templates:
        names = [name for _, name, _, _ in Formatter().parse(template) if name]
        if all(name in values for name in names):
            return Sentence(template, **{name: values[name] for name in names})
    return None
