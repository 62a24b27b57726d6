"""The rows of ``scores.csv``: which models are measured on which folds of which table, and how one fold is."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

import mcvn_utils as mcvn
from mcvn_utils import evaluation
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.baselines import BASELINES, FEATURE_SETS
from mcvn_utils.evaluation.uncertainty import f1_intervals, r2_intervals
from tools.build.lessons import installed_versions
from tools.measure.tuning import candidates, chosen_settings, tuned_baseline

PACKAGES = ("mcvn-tutorial", "numpy", "scikit-learn", "torch", "xgboost-cpu", "xgboost")
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


@dataclass(frozen=True)
class Job:
    """One fold of one row under one protocol."""

    table: Table
    protocol: str
    row: Row
    fold: int
    split: evaluation.Split

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """Table, protocol, model, features, fold: what names the job in the file."""
        return self.table.name, self.protocol, self.row.model, self.row.features, self.fold

    @property
    def seconds(self) -> float:
        """About how long it takes."""
        return SECONDS.get(self.table.name, {}).get(self.row.model, 2)


def protocols(table: Table) -> dict[str, list[evaluation.Split]]:
    """Name to splits, as README tells them. A protocol "by ..." holds out whole groups."""
    if table.name == "nims_steel":
        return {
            "paper split": evaluation.paper_split(table),
            "random 2 x 5-fold": evaluation.random_folds(table, n_repeats=2),
            "by heat 3 x 5-fold": evaluation.group_folds(table, n_repeats=3),
        }
    if table.name == "metallic_glass":
        return {
            "5 x 70/30": evaluation.stratified_splits(table),
            "by system 5-fold": evaluation.group_folds(table),
        }
    return {"random 5 x 5-fold": evaluation.random_folds(table, n_repeats=5)}


def rows(table: Table, fast: bool = False) -> list[Row]:
    """Every model that is measured on a table: the tuned baselines, the published network, and ours.

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
    """Every fold of every row, or the first fold of each in the fast mode."""
    return [
        Job(table, protocol, row, fold, split)
        for table in tables
        for protocol, splits in protocols(table).items()
        for row in rows(table, fast)
        for fold, split in enumerate(splits[:1] if fast else splits)
    ]


def measure(job: Job) -> pd.DataFrame:
    """Scores of one fold with intervals, the settings chosen, the seconds it took and the versions of what was used.

    Where groups are held out, a model that sets rows aside by itself is told the training rows' groups.
    """
    start = time.perf_counter()
    train, test = job.split
    X, y, groups = job.table.X, job.table.y, job.table.groups
    by_group = job.protocol.startswith("by ")
    model = job.row.make(by_group)
    tuned = isinstance(model, Pipeline) and "search" in model.named_steps
    extra = {"search__groups" if tuned else "groups": groups.iloc[train]} if by_group else {}
    model.fit(X.iloc[train], y.iloc[train], **extra)
    answers = predictions(model, job.row.model, X.iloc[test])
    scored = [
        scores(y.iloc[test], guess, groups.iloc[test] if by_group else None).assign(model=name)
        for name, guess in answers.items()
    ]
    return pd.concat(scored, ignore_index=True).assign(
        table=job.table.name,
        protocol=job.protocol,
        features=job.row.features,
        fold=job.fold,
        training_rows=len(train),
        held_out_rows=len(test),
        settings=json.dumps(chosen_settings(model), separators=(",", ":")) if tuned else "",
        seconds=round(time.perf_counter() - start, 1),
        versions=installed_versions(*PACKAGES),
    )


def predictions(model: BaseEstimator, name: str, X: pd.DataFrame) -> dict[str, np.ndarray]:
    """Name to predictions; a classifier that favours rare classes answers with the favour and, by its name, without."""
    guess = model.predict(X)
    if not hasattr(model, "adjustment_"):
        return {name: guess}
    return {name: model.classes_[model.predict_proba(X).argmax(axis=1)], f"{name}, adjusted": guess}


def scores(y_true: pd.DataFrame | pd.Series, y_pred: np.ndarray, groups: pd.Series | None = None) -> pd.DataFrame:
    """A row each target and their ``average``, or each class and ``macro``; ``low`` and ``high`` for R² or F1."""
    if isinstance(y_true, pd.Series):
        return evaluation.classification_scores(y_true, y_pred).merge(f1_intervals(y_true, y_pred, groups), on="class")
    found = evaluation.regression_scores(y_true, y_pred)
    average = pd.DataFrame({"target": ["average"], "r2": [found["r2"].mean()]})
    found = pd.concat([found, average], ignore_index=True)  # errors in different units have no average
    return found.merge(r2_intervals(y_true, y_pred, groups), on="target")
