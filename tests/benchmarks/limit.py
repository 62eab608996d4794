"""What anybody could know at step 1,000: learned classifiers beside the diagnosis, on nets that `verdicts` has kept.

    OMP_NUM_THREADS=1 uv run python -m tests.benchmarks.limit [--store /tmp/verdicts ...]

Of the nets that have not learned by then some will, and most never do. Three classifiers are told which (ten folds,
each judged on what it was not fitted to) by all that was measured until then and by the settings. Printed is how many
of the learning nets each calls lost where it misses 5 % of those that never learn, and how many it misses where it
calls 2 % of the learning ones lost; and what the diagnosis does. If none gets both, no rule on these numbers will.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine import RunSpec, diagnose
from engine.diagnosis.judge import alarms
from engine.diagnosis.subject import Subject
from engine.diagnosis.symptoms import Run
from engine.measure.history import History
from tests.benchmarks.verdicts import Store
from tests.engine.diagnosis.population import LOOKS

LOOK = LOOKS[-1]
MISSED, FALSE = 0.05, 0.02
FILLED = SimpleImputer(strategy="median")
CLASSIFIERS = {
    "boosted trees": HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=8, l2_regularization=1.0, random_state=0
    ),
    "random forest": make_pipeline(FILLED, RandomForestClassifier(600, min_samples_leaf=3, random_state=0)),
    "logistic": make_pipeline(FILLED, StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)),
}


def known(run: Run) -> list[float]:
    """What was measured until now: answers and loss by quarters, both on the way from guessing, and what moves."""
    pace, chance = run.pace, run.chance if run.subject.classes else 0.0
    way = run.halfway - chance

    def share(measured) -> float:
        return (measured[0] - chance) / way if measured else np.nan

    shares = [share(of(quarter)) for of in (pace.right, pace.tested) for quarter in range(4)]
    losses = [pace.loss(quarter)[0] / run.guessing for quarter in range(4)]
    grown = [pace.growth(name) for name in ("signal_var", "gradient_rms", "weight_var")]
    now = [float(np.median(run.history[name][run.recent])) for name in ("dead", "saturated", "signal_var")]
    steps = [np.log10(step + 1e-12) for step in (run.typical_step, run.largest_step)]
    outlook = (pace.outlook(run.guessing) - chance) / way
    return [*shares, *losses, outlook, *(g[-1] for g in grown), *(g[0] for g in grown), *now, *steps]


def settings(spec: RunSpec, run: Run) -> list[float]:
    """What the net is and how it is trained."""
    usual = (run.subject.rate or 1e-9) / (run.subject.usual_rate or 1.0)
    switched = spec.batch_norm, spec.layer_norm, spec.residual, spec.clip
    return [
        spec.batch_size or 1500, min(spec.hidden or (0,)), len(spec.hidden), spec.dropout, np.log10(usual),
        run.subject.classes or 0, run.chance, *(one != "none" for one in switched),
        spec.schedule != "constant", spec.label_noise, spec.optimizer in ("sgd", "momentum", "nesterov"),
    ]  # fmt: skip


def until(history: History, spec: RunSpec) -> tuple[list[float], bool]:
    """Of a run until the look: what is known of it, and whether the diagnosis calls it sick."""
    seen = history.first(int(np.searchsorted(history["step"], LOOK, side="right")))
    with np.errstate(all="ignore"):
        run = Run(seen, Subject.of(spec))
        told = settings(spec, run)
        told += [np.nan] * len(known(run)) if run.broken else known(run)
    return told, bool(alarms(diagnose(seen, spec)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--store", type=Path, nargs="+", default=[Path("/tmp/verdicts")])
    runs = [run for folder in parser.parse_args().store for run in Store(folder).runs(range(10**9))]
    learn = sum(truth.learned is not None for _, _, truth, _ in runs)
    late = [
        (truth, *until(history, spec)) for _, spec, truth, history in runs if (truth.learned or 10**9) > LOOK
    ]
    never = np.array([truth.learned is None for truth, _, _ in late])
    told = np.clip(np.array([row for _, row, _ in late], float), -1e6, 1e6)
    sick = np.array([found for _, _, found in late])
    print(
        f"{len(runs)} nets, {learn} learn, {(~never).sum()} of them after step {LOOK}; {never.sum()} never do"
    )
    print(f"the diagnosis: misses {(never & ~sick).sum() / never.sum():.1%}, calls {(~never & sick).sum() / learn:.1%}"
          " of the learning ones sick at that step")  # fmt: skip
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    for name, classifier in CLASSIFIERS.items():
        score = cross_val_predict(classifier, told, never, cv=folds, method="predict_proba")[:, 1]
        called = (score[~never] >= np.quantile(score[never], MISSED)).sum() / learn
        allowed = np.sort(score[~never])[::-1][min(int(FALSE * learn), (~never).sum() - 1)]
        print(f"{name}: missing {MISSED:.0%} it calls {called:.1%} of the learning ones sick; calling {FALSE:.0%} "
              f"sick it misses {(score[never] <= allowed).mean():.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
