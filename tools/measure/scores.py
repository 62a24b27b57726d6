"""Measure the models on held-out rows and write ``data/results/scores.csv``; ``make results`` runs it.

One row per table, protocol, model, features, fold, and target or class; what holds for a whole fold, such as its
seconds, stands on the row of the mean, target "average" or class "macro".

    python -m tools.measure.scores                          # everything that is not in the file yet
    python -m tools.measure.scores --again                  # measure anew
    python -m tools.measure.scores --only nims              # tables whose name holds "nims"
    python -m tools.measure.scores --models "XGBoost,MCVN"  # these models alone
    python -m tools.measure.scores --fast                   # does every row work? one fold, small models, another file
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

import mcvn_utils as mcvn
from mcvn_utils import evaluation
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.baselines import BASELINES, FEATURE_SETS
from mcvn_utils.evaluation.splits import PROTOCOLS, Protocol, Split
from mcvn_utils.evaluation.uncertainty import f1_intervals, r2_intervals
from tools.build.lessons import installed_versions
from tools.measure import runner
from tools.measure.runner import Job, Results
from tools.measure.tuning import candidates, chosen_settings, tuned_baseline

COLUMNS = [
    *("table", "protocol", "model", "features", "fold", "target", "class", "r2", "rmse", "mae"),
    *("precision", "recall", "f1", "support", "low", "high", "training_rows", "held_out_rows"),
    *("settings", "seconds", "versions"),
]
KEY = COLUMNS[:5]
COUNTS = ["support", "training_rows", "held_out_rows"]
OF_A_FOLD = COLUMNS[-5:]
"""Columns that stand once per fold, on the row of its mean."""

SMALL = {"n_members": 1, "steps": 40}
"""Settings of the networks in the fast mode: enough to see that a row works."""
QUICK = {
    "random forest": {"n_estimators": 20},
    "extra trees": {"n_estimators": 20},
    "XGBoost": {"n_estimators": 20},
    "attention network": SMALL,
}
"""Settings of the baselines in the fast mode, on two candidates of each."""

SECONDS = {
    "nims_steel": {"MCVN": 9, "MCVN as published": 22, "attention network": 6},
    "maraging_steel": {"MCVN": 9, "attention network": 6},
    "metallic_glass": {"MCVN": 110, "random forest": 9, "extra trees": 7, "XGBoost": 14, "attention network": 26},
}
"""About how long one fold takes on one core; 2 s where nothing is said. The order of the work and the bar go by it."""


@dataclass(frozen=True)
class Row:
    """A model on a feature set, and a maker of a fresh one: ``make(by_group)``."""

    model: str
    features: str
    make: Callable[[bool], BaseEstimator]


class Scores(Results):
    """The file in its columns; what holds for a whole fold is written on the row of its mean alone."""

    def read(self, path: Path) -> pd.DataFrame:
        """Return the rows, each mean with its versions."""
        return with_versions(super().read(path).reindex(columns=COLUMNS))

    def write(self, rows: pd.DataFrame, path: Path) -> None:
        """Write five digits of each number."""
        slim(rows.reindex(columns=COLUMNS)).to_csv(path, index=False, float_format="%.5g")


SCORES = Scores("scores.csv", tuple(KEY))


def slim(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they are written: what holds for a whole fold on the row ``average`` or ``macro`` alone.

    Versions are written where they change: an empty one there is that of the fold before.
    """
    scores = scores.astype(dict.fromkeys(COUNTS, "Int64"))
    is_mean = (scores["target"] == "average") | (scores["class"] == "macro")
    scores.loc[~is_mean, OF_A_FOLD] = None
    means = scores[is_mean]
    same = means["versions"] == means.groupby(KEY[:-1])["versions"].shift()
    scores.loc[same.index[same], "versions"] = None
    return scores


def with_versions(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they were before ``slim`` left out versions that repeat."""
    is_mean = (scores["target"] == "average") | (scores["class"] == "macro")
    filled = scores[is_mean].groupby(KEY[:-1])["versions"].ffill()
    return scores.assign(versions=scores["versions"].where(~is_mean, filled.reindex(scores.index)))


def rows(table: Table, fast: bool = False) -> list[Row]:
    """List every model that is measured on a table: the tuned baselines, the published network, and ours.

    The attention network reads the original features alone: each feature is a token, and 406 would be too many. The
    published network wants raw features, an even number of them, which only the NIMS steels have.
    """
    task = "regression" if isinstance(table.y, pd.DataFrame) else "classification"
    made = [
        Row(name, features, _tuned(name, task, features, table, fast))
        for name, entry in BASELINES.items()
        for features in (FEATURE_SETS if name != "attention network" else ("O",))
        if (entry.regressor if task == "regression" else entry.classifier) is not None
    ]
    small = SMALL if fast else {}
    if table.name == "nims_steel":
        published = {"network": "published", "batch_size": 32, "n_members": 1, "steps": 2400} | small
        made.append(Row("MCVN as published", "all", lambda _: mcvn.MCVNRegressor(**table.composition, **published)))
    if task == "regression":
        ours = Row("MCVN", "all", lambda _: mcvn.MCVNRegressor(**table.composition, **small))
    else:
        adjusted = {"logit_adjustment": "validation"} | small
        ours = Row("MCVN", "all", lambda _: mcvn.MCVNClassifier(**table.composition, **adjusted))
    return [*made, ours]


def _tuned(name: str, task: str, features: str, table: Table, fast: bool) -> Callable[[bool], Pipeline]:
    settings = candidates(name, task, features)
    if fast:
        settings = [setting | QUICK.get(name, {}) for setting in settings[:2]]
    return lambda by_group: tuned_baseline(
        name, task, features, by_group=by_group, settings=settings, **table.composition
    )


def jobs(tables: list[Table], fast: bool = False) -> list[Job]:
    """List every fold of every row under every protocol."""
    return [
        Job(
            (dict(zip(KEY, (table.name, protocol.name, row.model, row.features, fold), strict=True)),),
            partial(measure, table, protocol, row, fold, split),
            SECONDS.get(table.name, {}).get(row.model, 2),
        )
        for table in tables
        for protocol in PROTOCOLS[table.name]
        for row in rows(table, fast)
        for fold, split in enumerate(protocol.splits(table))
    ]


def measure(table: Table, protocol: Protocol, row: Row, fold: int, split: Split) -> pd.DataFrame:
    """Score one fold with intervals, the settings chosen, the seconds it took and the versions of what was used.

    Where groups are held out, a model that splits off validation rows by itself gets the training rows' groups.
    """
    start = time.perf_counter()
    train, test = split
    model = row.make(protocol.by_group)
    tuned = isinstance(model, Pipeline) and "search" in model.named_steps
    extra = {"search__groups" if tuned else "groups": table.groups.iloc[train]} if protocol.by_group else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # kernels at their bounds
        model.fit(table.X.iloc[train], table.y.iloc[train], **extra)
    groups = table.groups.iloc[test] if protocol.by_group else None
    scored = [
        scores(table.y.iloc[test], predicted, groups).assign(model=name)
        for name, predicted in predictions(model, row.model, table.X.iloc[test]).items()
    ]
    return pd.concat(scored, ignore_index=True).assign(
        table=table.name,
        protocol=protocol.name,
        features=row.features,
        fold=fold,
        training_rows=len(train),
        held_out_rows=len(test),
        settings=json.dumps(chosen_settings(model), separators=(",", ":")) if tuned else "",
        seconds=round(time.perf_counter() - start, 1),
        versions=installed_versions(*runner.PACKAGES),
    )


def predictions(model: BaseEstimator, name: str, X: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return predictions by name; a classifier with a logit adjustment predicts with it and, by its name, without."""
    predicted = model.predict(X)
    if not hasattr(model, "adjustment_"):
        return {name: predicted}
    return {name: model.classes_[model.predict_proba(X).argmax(axis=1)], f"{name}, adjusted": predicted}


def scores(y_true: pd.DataFrame | pd.Series, y_pred: np.ndarray, groups: pd.Series | None = None) -> pd.DataFrame:
    """Score each target and their ``average``, or each class and ``macro``; ``low`` and ``high`` for R² or F1."""
    if isinstance(y_true, pd.Series):
        return evaluation.classification_scores(y_true, y_pred).merge(f1_intervals(y_true, y_pred, groups), on="class")
    table = evaluation.regression_scores(y_true, y_pred)
    average = pd.DataFrame({"target": ["average"], "r2": [table["r2"].mean()]})
    table = pd.concat([table, average], ignore_index=True)  # errors in different units have no average
    return table.merge(r2_intervals(y_true, y_pred, groups), on="target")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = runner.make_parser(__doc__)
    parser.add_argument("--models", default="", help="names of models, with commas between")
    options = parser.parse_args(arguments)
    tables = [mcvn.load_nims_steel(), mcvn.load_maraging_steel(), mcvn.load_metallic_glass()]
    todo = jobs(tables, options.fast)
    if options.models:
        known = {job.keys[0]["model"] for job in todo}
        names = {name.strip() for name in options.models.split(",")}
        if not names <= known:
            missing = ", ".join(sorted(names - known))
            parser.error(f"--models {missing}: the models are {', '.join(sorted(known))}")
        todo = [job for job in todo if job.keys[0]["model"] in names]
    return runner.run(parser, options, SCORES, todo, "table")


if __name__ == "__main__":
    sys.exit(main())
