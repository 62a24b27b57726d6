"""How good predictions for held-out rows are: scores of one prediction, of all folds, and their summary."""

import json
from collections.abc import Callable, Iterator

import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.metrics import mean_absolute_error, precision_recall_fscore_support, r2_score, root_mean_squared_error

from ..datasets.schema import Table
from ..model.rows import refuse_other_order, same_shape
from .splits import Split, groups_of


def regression_scores(y_true: pd.DataFrame, y_pred: ArrayLike) -> pd.DataFrame:
    """Score each target: columns ``target, r2, rmse, mae``, errors in the target's unit.

    >>> regression_scores(pd.DataFrame({"hardness": [1.0, 2.0, 3.0]}), [1.0, 2.0, 4.0]).round(3).values.tolist()
    [['hardness', 0.5, 0.577, 0.333]]
    """
    y_pred = same_shape(y_true, y_pred)
    metrics = {"r2": r2_score, "rmse": root_mean_squared_error, "mae": mean_absolute_error}
    return pd.DataFrame(
        {"target": name, **{metric: score(y_true[name], y_pred[:, k]) for metric, score in metrics.items()}}
        for k, name in enumerate(y_true.columns)
    )


def classification_scores(y_true: pd.Series, y_pred: ArrayLike) -> pd.DataFrame:
    """Score each class: columns ``class, precision, recall, f1, support``; class ``macro`` is the plain mean.

    >>> classification_scores(pd.Series(["BMG", "BMG", "RMG"]), ["BMG", "RMG", "RMG"]).round(3).values.tolist()[-1]
    ['macro', 0.75, 0.75, 0.667, 3]
    """
    classes = sorted(pd.unique(y_true))
    scores = precision_recall_fscore_support(y_true, same_shape(y_true, y_pred), labels=classes, zero_division=0)
    table = pd.DataFrame(dict(zip(("precision", "recall", "f1", "support"), scores, strict=True)))
    table.insert(0, "class", classes)
    macro = {"class": "macro", **table[["precision", "recall", "f1"]].mean(), "support": table["support"].sum()}
    return pd.concat([table, pd.DataFrame([macro])], ignore_index=True)


def held_out_scores(
    make_model: Callable[[], BaseEstimator], table: Table, splits: list[Split], groups: bool = False, **fit_settings
) -> Iterator[pd.DataFrame]:
    """Train on each split's training rows and score its held-out rows: per fold one table with the column ``fold``.

    With ``groups``, ``fit`` gets the groups of the training rows; ``fit_settings`` go to ``fit`` as well.

    >>> from sklearn.dummy import DummyRegressor
    >>> scores = next(held_out_scores(DummyRegressor, load_nims_steel(), [(np.arange(300), np.arange(300, 360))]))
    """
    score = regression_scores if isinstance(table.y, pd.DataFrame) else classification_scores
    refuse_other_order(X=table.X, y=table.y, groups=table.groups)
    for fold, (train, test) in enumerate(splits):
        extra = {"groups": groups_of(table)[train]} if groups else {}
        model = make_model().fit(table.X.iloc[train], table.y.iloc[train], **extra, **fit_settings)
        yield score(table.y.iloc[test], model.predict(table.X.iloc[test])).assign(fold=fold)


def summarise(scores: pd.DataFrame, by: list[str], metrics: list[str]) -> pd.DataFrame:
    """Average each metric over the folds: columns ``metric`` and ``metric_sd``, the latter NaN for a single fold.

    >>> summarise(pd.DataFrame({"model": ["a", "a"], "r2": [0.5, 0.7]}), ["model"], ["r2"]).round(2).values.tolist()
    [['a', 0.6, 0.14]]
    """
    groups = scores.groupby(by, sort=False, dropna=False)[metrics]
    return groups.mean().join(groups.std(ddof=1).add_suffix("_sd")).reset_index()


class ScoreTable:
    """A table of scores that shows itself in a notebook and carries its numbers for ``make tutorial``'s summary.

    >>> table = ScoreTable(pd.DataFrame({"model": ["MCVN"], "r2": [0.96789]}), "nims_steel")
    """

    MIME = "application/vnd.mcvn.scores+json"

    def __init__(self, frame: pd.DataFrame, name: str):
        self.frame, self.name = frame, name

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        shown = self.frame.round(3)
        records = json.loads(self.frame.to_json(orient="records", double_precision=15))
        return {
            "text/plain": shown.to_string(index=False),
            "text/html": shown.to_html(index=False),
            self.MIME: {"name": self.name, "records": records},
        }
