"""How deep a net can be trained, as theory has it: about six times the depth scale of its correlations.

Schoenholz, Gilmer, Ganguli and Sohl-Dickstein, Deep information propagation, ICLR 2017, section 5.
"""

import numpy as np

from engine.spec import RunSpec
from engine.tables.initializers import INITIALIZERS
from engine.theory.criticality import fixed_point
from engine.theory.laws import law
from viz.compare.plan import Cells
from viz.words.language import say

SCALES = 6.0  # depth scales that a trainable net is deep, about
VARIANCES = ("initializer.scale", "initializer.gain", "initializer.std")


def name() -> str:
    """What the line is called in a legend."""
    return say("{scales:.0f} ξ: trainable below", scales=SCALES)


def reach(cells: Cells) -> np.ndarray | None:
    """Over each column of weights, the depth that theory gives, in units of rows [columns]; None where it is silent.

    It speaks where weights vary across and layers up, of nets of linear maps and activations alone.
    """
    across, up = cells.axes
    if up.name != "layers" or across.name not in VARIANCES or not _is_plain(cells.cells[0].spec):
        return None
    layers = sorted({len(cell.spec.hidden) for cell in cells.cells})
    first = {cell.texts[0]: cell.spec for cell in reversed(cells.cells) if cell.spec.hidden}
    columns = list(dict.fromkeys(cell.texts[0] for cell in cells.cells))
    if len(layers) < 2 or set(columns) - first.keys():
        return None
    depths = np.array([depth(first[text]) for text in columns])
    # rows stand evenly whatever their numbers of layers are; beyond the last one there is room for half a row
    rows = np.interp(depths, layers, np.arange(len(layers)), left=-0.5)
    return np.where(depths > layers[-1], len(layers) - 0.5, rows)


def depth(spec: RunSpec) -> float:
    """Layers in which six times the correlation's depth scale is used up; inf at criticality."""
    width = spec.hidden[0]
    entry = INITIALIZERS[spec.initializer]
    variance = entry.variance(width, width, **entry.complete(spec.initializer_options))
    return SCALES * fixed_point(law(spec.activation, spec.activation_options), width * variance).depth_c


def _is_plain(spec: RunSpec) -> bool:
    norms = (spec.batch_norm, spec.layer_norm, spec.residual)
    return all(norm == "none" for norm in norms) and len(set(spec.hidden)) <= 1 and not spec.dropout
