"""Fair numbers: which rows are held out, how good the predictions for them are, and whether a difference is real."""

import json
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.metrics import mean_absolute_error, precision_recall_fscore_support, r2_score, root_mean_squared_error
from sklearn.model_selection import GroupKFold, RepeatedKFold, StratifiedShuffleSplit, train_test_split

from .datasets import Table, data_path

Split = tuple[np.ndarray, np.ndarray]
"""Numbers of the training rows and of the held-out rows."""


def paper_split(table: Table) -> list[Split]:
    """The paper's own split of the NIMS steels: 80 % to 20 % of the rows at seed 42."""
    train, test = train_test_split(np.arange(len(table.X)), test_size=0.2, random_state=42)
    return [(train, test)]


def random_folds(table: Table, n_splits: int = 5, n_repeats: int = 1, seed: int = 0) -> list[Split]:
    """Repeated k-fold over the rows, wherever they come from."""
    return list(RepeatedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=seed).split(table.X))


def group_folds(table: Table, n_splits: int = 5, n_repeats: int = 1, seed: int = 0) -> list[Split]:
    """Repeated k-fold that never tears a group: each heat, or chemical system, is held out as a whole.

    Raises ``ValueError`` when the table has no groups.
    """
    groups = _groups(table)
    return [
        split
        for repeat in range(n_repeats)
        for split in GroupKFold(n_splits, shuffle=True, random_state=seed + repeat).split(table.X, groups=groups)
    ]


def _groups(table: Table) -> np.ndarray:
    if table.groups is None:
        raise ValueError(f"{table.name} has no groups: its rows can only be split at random")
    return np.asarray(table.groups)


def stratified_splits(table: Table, n_splits: int = 5, test_size: float = 0.3, seed: int = 0) -> list[Split]:
    """Random splits, 70 % to 30 % by default, with the same share of each class on both sides."""
    splitter = StratifiedShuffleSplit(n_splits, test_size=test_size, random_state=seed)
    return list(splitter.split(table.X, table.y))


def group_overlap(table: Table, split: Split) -> float:
    """Share of the held-out rows whose group (heat, chemical system) is also among the training rows."""
    groups = _groups(table)
    return float(np.isin(groups[split[1]], groups[split[0]]).mean())


def regression_scores(y_true: pd.DataFrame, y_pred: np.ndarray) -> pd.DataFrame:
    """R², RMSE and MAE of each target, columns ``target, r2, rmse, mae``; errors in the target's unit."""
    y_pred = np.asarray(y_pred).reshape(len(y_true), -1)
    rows = [
        {
            "target": name,
            "r2": r2_score(y_true[name], y_pred[:, k]),
            "rmse": root_mean_squared_error(y_true[name], y_pred[:, k]),
            "mae": mean_absolute_error(y_true[name], y_pred[:, k]),
        }
        for k, name in enumerate(y_true.columns)
    ]
    return pd.DataFrame(rows)


def classification_scores(y_true: pd.Series, y_pred: np.ndarray) -> pd.DataFrame:
    """Precision, recall, F1 and number of rows of each class, and their plain mean as class ``macro``."""
    classes = sorted(pd.unique(y_true))
    scores = precision_recall_fscore_support(y_true, y_pred, labels=classes, zero_division=0)
    table = pd.DataFrame(dict(zip(("precision", "recall", "f1", "support"), scores, strict=True)))
    table.insert(0, "class", classes)
    macro = {"class": "macro", **table[["precision", "recall", "f1"]].mean(), "support": table["support"].sum()}
    return pd.concat([table, pd.DataFrame([macro])], ignore_index=True)


def held_out_scores(
    make_model: Callable[[], BaseEstimator], table: Table, splits: list[Split], **fit_settings
) -> Iterator[pd.DataFrame]:
    """Train on each split's training rows and score its held-out rows, one table a fold with the column ``fold``.

    ``fit_settings`` go to ``fit``; the setting ``groups=True`` hands over the training rows' groups.
    """
    by_group = fit_settings.pop("groups", False)
    for fold, (train, test) in enumerate(splits):
        extra = {"groups": _groups(table)[train]} if by_group else {}
        model = make_model().fit(table.X.iloc[train], table.y.iloc[train], **extra, **fit_settings)
        y_pred, y_true = model.predict(table.X.iloc[test]), table.y.iloc[test]
        score = regression_scores if isinstance(table.y, pd.DataFrame) else classification_scores
        yield score(y_true, y_pred).assign(fold=fold)


def summarise(scores: pd.DataFrame, by: list[str], metrics: list[str]) -> pd.DataFrame:
    """Mean and standard deviation of each metric over the folds, columns ``metric`` and ``metric_sd``.

    One fold has no spread: its ``metric_sd`` is NaN.
    """
    groups = scores.groupby(by, sort=False, dropna=False)[metrics]
    return groups.mean().join(groups.std(ddof=1).add_suffix("_sd")).reset_index()


def paired_difference(a: np.ndarray, b: np.ndarray, test_share: float) -> dict[str, float]:
    """Corrected resampled t-test of two models on the same folds (Nadeau and Bengio, Machine Learning 52 (2003) 239).

    Parameters
    ----------
    a, b : one score a fold, in the same order of folds.
    test_share : held-out rows divided by training rows, for instance 0.25 in 5-fold.

    Returns
    -------
    dict with ``difference`` (mean of a - b), ``low`` and ``high`` (95 % interval) and ``p`` (two-sided).

    Raises ``ValueError`` for scores that do not come in pairs, fewer than two folds, or a score that is not finite.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise ValueError(
            f"a paired test needs a score of both models for each of two or more folds, got {a.shape}, {b.shape}"
        )
    if not np.isfinite([a, b]).all():
        raise ValueError("a score is not finite: leave its fold out of both models' scores")
    d = a - b
    error = np.sqrt((1 / len(d) + test_share) * d.var(ddof=1))
    reach = stats.t.ppf(0.975, len(d) - 1) * error
    p = 2 * stats.t.sf(abs(d.mean()) / error, len(d) - 1) if error > 0 else float(d.mean() == 0)
    return {"difference": d.mean(), "low": d.mean() - reach, "high": d.mean() + reach, "p": float(p)}


def paper_results() -> pd.DataFrame:
    """The numbers that the paper's authors printed, on their own rows (see ``data/README.md``)."""
    return pd.read_csv(data_path("paper_results.csv"))


class ScoreTable:
    """A table of scores that shows itself in a notebook and carries its numbers for ``make tutorial``'s summary."""

    MIME = "application/vnd.mcvn.scores+json"

    def __init__(self, frame: pd.DataFrame, name: str):
        self.frame, self.name = frame, name

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        shown = self.frame.round(3)
        return {
            "text/plain": shown.to_string(index=False),
            "text/html": shown.to_html(index=False),
            self.MIME: {
                "name": self.name,
                "records": json.loads(self.frame.to_json(orient="records", double_precision=15)),
            },
        }
