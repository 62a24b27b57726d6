"""Checks for lesson 07: a precision at other shares, an interval from paired folds, a score without a leak."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats
from sklearn.linear_model import LinearRegression

from .verdict import Verdict, call, check, compare


@check()
def check_precision_at(
    answer: Callable | float, precision: float, recall: float, share: float, new_share: float
) -> Verdict:
    """Check a precision where the class has another share, or ``answer(precision, recall, share, new_share)``."""
    result = call(answer, precision, recall, share, new_share) if callable(answer) else answer
    false_calls = recall * share * (1 - precision) / precision  # per alloy

    def at(alarms: float, share: float = new_share) -> float:
        return recall * share / (recall * share + alarms)

    right = at(false_calls / (1 - share) * (1 - new_share))
    number = "the false alarms keep their number; there are other alloys now, so it is their rate that stays."
    calls = "the rate of false alarms is no share of the calls; it is one of the alloys that are not of the class."
    swapped = recall * new_share * (1 - precision) / precision / (1 - new_share) * (1 - share)
    mistakes = {
        "that is the old precision: with another share it must change.": precision,
        "the old and the new share are the wrong way round.": at(swapped, share),
        number: at(false_calls),
        "a precision is no count: it does not grow in step with the share.": precision * new_share / share,
        calls: at((1 - precision) * (1 - new_share)),
        "that is the share of false alarms among the calls; the precision is 1 minus it.": 1 - right,
    }
    otherwise = "first the rate of false alarms among the alloys of other classes, then right calls by all calls."
    compare(result, right, mistakes, otherwise)


@check()
def check_interval(function: Callable, a: Sequence[float], b: Sequence[float], test_share: float) -> Verdict:
    """Check ``function(a, b, test_share)``: low and high end of the corrected 95 % interval of the mean of a - b.

    The scores of two models on the same folds are ``a`` and ``b``; ``test_share`` is held-out by training rows.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    d, n = a - b, len(a)
    mean, spread, student = d.mean(), d.std(ddof=1), stats.t(n - 1).ppf(0.975)

    def ends(spread=spread, factor=1 / n + test_share, t=student, middle=mean) -> np.ndarray:
        return middle + np.array([-1, 1]) * t * np.sqrt(factor) * spread

    unpaired = np.sqrt(a.var(ddof=1) + b.var(ddof=1))
    neither = "neither paired nor corrected: take the spread of the differences, and add the shared rows."
    narrow = "the quantile is that of a 90 % interval: 2.5 % are left out at each end, not 5 %."
    mistakes = {
        "that is the textbook's interval: the shared training rows are not allowed for.": ends(factor=1 / n),
        "the folds are not paired: take the spread of the differences, not of the scores.": ends(spread=unpaired),
        neither: ends(spread=unpaired, factor=1 / n),
        "1.96 is for many folds; with so few take Student's t with n - 1 degrees of freedom.": ends(t=1.96),
        "the spread divides by n; a sample's standard deviation divides by n - 1 (ddof=1).": ends(spread=d.std()),
        narrow: ends(t=stats.t.ppf(0.95, n - 1)),
        "that is b minus a.": ends(middle=-mean),
        "low and high are the wrong way round.": ends()[::-1],
        "the root of the sum is missing.": ends(factor=(1 / n + test_share) ** 2),
    }
    otherwise = "mean of a - b, minus and plus t times the root of (1/n + test_share) times the spread of a - b."
    compare(call(function, a, b, test_share), ends(), mistakes, otherwise)


@check()
def check_selection(answer: float, X: np.ndarray, y: np.ndarray, folds: Sequence, leaky: bool = False) -> Verdict:
    """Check a mean R² of linear regression over the folds, on ten columns chosen by their correlation with ``y``.

    The folds are pairs of training and held-out rows. ``leaky`` asks for one choice on all rows, instead of one on the
    training rows of each fold.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)

    def strongest(rows) -> np.ndarray:
        away, up = X[rows] - X[rows].mean(axis=0), y[rows] - y[rows].mean()
        strength = np.abs(away.T @ up) / np.sqrt((away**2).sum(axis=0) * (up**2).sum())
        return np.argsort(-strength, kind="stable")[:10]

    def mean_r2(choose: Callable, scored: int = 1) -> float:
        scores = []
        for fold in folds:
            some = X[:, choose(*fold)]
            model = LinearRegression().fit(some[fold[0]], y[fold[0]])
            scores.append(model.score(some[fold[scored]], y[fold[scored]]))
        return np.mean(scores)

    on_all, on_training = (lambda *_: strongest(slice(None))), (lambda train, _: strongest(train))
    asked, where = on_training, "anew on each fold's training rows"
    if leaky:
        asked, where = on_all, "once, on all rows"
    fair = "the columns were chosen on each fold's training rows; here the leak is asked for, one choice on all rows."
    mistakes = {
        "the columns were chosen with the held-out rows among them: that is the leak itself.": lambda: mean_r2(on_all),
        fair: lambda: mean_r2(on_training),
        "the columns were chosen on the held-out rows.": lambda: mean_r2(lambda _, test: strongest(test)),
        "that is the R² of the training rows.": lambda: mean_r2(asked, scored=0),
        "all columns were used; ten are to be chosen.": lambda: mean_r2(lambda *_: np.arange(X.shape[1])),
        "the first ten columns were used; they are to be chosen.": lambda: mean_r2(lambda *_: np.arange(10)),
    }
    compare(answer, mean_r2(asked), mistakes, f"choose ten columns {where}, then the mean of the folds' R².")
