"""Fair numbers: which rows are held out, how good the predictions for them are, and whether a difference is real."""

import json
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.metrics import mean_absolute_error, precision_recall_fscore_support, r2_score, root_mean_squared_error

from ..datasets.files import data_path
from ..datasets.schema import Table
from .splits import Split, groups_of


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
        extra = {"groups": groups_of(table)[train]} if by_group else {}
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
