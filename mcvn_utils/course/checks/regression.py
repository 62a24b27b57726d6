"""Checks for lesson 05: rows marked by limits, a split that tears no heat, R², spread and half-width."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score

from .verdict import NOTHING, RIGHT, Verdict, call, check, compare, hint, numbers

_EMPTY_SIDE = "one side of the split is empty."


@check(y_pred=NOTHING)
def check_r2(answer: float, y_true: pd.DataFrame, y_pred: np.ndarray) -> Verdict:
    """Check R² averaged over the targets, of arrays (n, targets).

    Examples
    --------
    >>> check_r2(0.25, [[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.5]])
    Not yet: r2_score(measured, predicted) of these rows, a mean over the targets.
    """
    y_true, y_pred = numbers(y_true), numbers(y_pred)
    if y_true.shape != y_pred.shape:
        return hint(f"there are {y_pred.shape} predictions for {y_true.shape} measured values.")
    errors = ((y_true - y_pred) ** 2).sum()
    squared = [np.corrcoef(y, p)[0, 1] ** 2 for y, p in zip(y_true.T, y_pred.T, strict=True)]
    pooled = 1 - errors / ((y_true - y_true.mean()) ** 2).sum()
    weighted = r2_score(y_true, y_pred, multioutput="variance_weighted")
    right = r2_score(y_true, y_pred)
    mistakes = {
        "measured and predicted are the wrong way round: R² is no symmetric score.": r2_score(y_pred, y_true),
        "that is the squared correlation, which forgives a wrong level and a wrong slope.": np.mean(squared),
        "the targets are thrown together, so that their different sizes look like a success. Average their R².": pooled,
        "the targets are weighted by their variance; each should count the same.": weighted,
        "that is the share of the variance that is left; R² is 1 minus it.": 1 - right,
    }
    return compare(answer, right, mistakes, "r2_score(measured, predicted) of these rows, a mean over the targets.")


@check()
def check_share_within(share: Callable, measured, predicted, spread) -> Verdict:
    """Check ``share(measured, predicted, spread, k)``: the share of values within ``k`` spreads of their prediction.

    Examples
    --------
    >>> check_share_within(lambda y, p, s, k: 100 * (y < k * s).mean(), np.array([0, 1, 5]), np.zeros(3), np.ones(3))
    Not yet: that is in per cent.
    """
    k = 1.5
    result = call(share, measured, predicted, spread, k)
    error, s = numbers(measured) - numbers(predicted), numbers(spread)
    size = np.abs(error)
    right = (size < k * s).mean()
    root = "you take the spread for a variance and draw its root; it is in the target's unit already."
    mistakes = {
        "without the absolute value, whatever is below the prediction counts as inside.": (error < k * s).mean(),
        "that is the share outside.": (size >= k * s).mean(),
        "within one spread; the k is not used.": (size < s).mean(),
        "the spread is a standard deviation already; do not square it.": (size < k * s**2).mean(),
        root: (size < k * np.sqrt(s)).mean(),
        "one mean spread for all; each prediction has its own.": (size < k * s.mean()).mean(),
        "k spreads from end to end; it is k spreads to either side.": (size < k * s / 2).mean(),
        "that is in per cent.": 100 * right,
    }
    otherwise = "count how often |measured - predicted| is below k times the spread."
    return compare(result, right, mistakes, otherwise, tolerance=1e-4)


@check()
def check_half_width(answer: Sequence[float], errors, fold, hot, level: float = 0.9) -> Verdict:
    """Check a half-width for each row: the quantile of the other folds' absolute errors, in the row's own group.

    Parameters
    ----------
    answer : array-like of shape (n,)
        Half-widths.
    errors : array-like of shape (n,)
        Measured minus predicted.
    fold : array-like of shape (n,)
        Number of the fold.
    hot : array-like of shape (n,)
        Booleans, the two groups.
    level : float
        Share of errors to stay below.

    Examples
    --------
    >>> check_half_width([1.0], np.ones(4), [0, 0, 1, 1], [True, False, True, False])
    Not yet: numbers of shape (4,) are wanted, yours has the shape (1,).
    """
    errors, fold, hot = numbers(errors), np.asarray(fold), np.asarray(hot, dtype=bool)

    def widths(of=np.abs, rows: Callable = lambda k, group: (fold != k) & (hot == group), q: float = level):
        result = np.empty(len(errors))
        for k in np.unique(fold):
            for group in (False, True):
                result[(fold == k) & (hot == group)] = np.quantile(of(errors[rows(k, group)]), q)
        return result

    def swapped(k, group) -> np.ndarray:
        return (fold != k) & (hot != group)

    leak = "a row's own fold helps to set its width: that is no held-out error any more."
    mistakes = {
        "one half-width for both groups; take the quantile in each apart.": lambda: widths(rows=lambda k, _: fold != k),
        leak: lambda: widths(rows=lambda _, group: hot == group),
        "the errors keep their sign; a half-width counts both directions.": lambda: widths(of=lambda e: e),
        "the level is not the one asked for: nine of ten.": lambda: widths(q=0.95),
        "the groups are swapped: hot rows get the width of the others.": lambda: widths(rows=swapped),
    }
    otherwise = "for each fold and group: quantile 0.9 of |error| over the other folds' rows of the same group."
    return compare(answer, widths(), mistakes, otherwise)


@check()
def check_any_above(answer: Sequence[bool], X: pd.DataFrame, limits: Mapping[str, float]) -> Verdict:
    """Check a mask of the rows in which at least one column exceeds its limit.

    Examples
    --------
    >>> check_any_above([False, False], pd.DataFrame({"Mo": [0.0, 0.2]}), {"Mo": 0.15})
    Not yet: 1 rows are marked wrong. Limits are in the columns' own unit, wt%.
    """
    wanted = f"{len(X)} booleans, one per row"
    given = numbers(answer, wanted, dtype=None)
    if given.dtype != bool or given.shape != (len(X),):
        return hint(f"hand in {wanted}.")
    above = pd.DataFrame({name: X[name] > limit for name, limit in limits.items()})
    right = above.any(axis=1)
    mistakes = {
        "you ask for all limits at once; one of them is enough.": above.all(axis=1),
        "those are the others, the rows in which nothing is above its limit.": ~right,
    } | {f"you have looked at {name} alone.": above[name] for name in limits}
    otherwise = f"{(given != right).sum()} rows are marked wrong. Limits are in the columns' own unit, wt%."
    return compare(given, right, mistakes, otherwise)


@check(test=_EMPTY_SIDE)
def check_split(train: Sequence[int], test: Sequence[int], groups: Sequence) -> Verdict:
    """Check a split of rows that may not tear a group, such as a heat or a chemical system.

    Examples
    --------
    >>> check_split([0, 2], [1, 3], ["H1", "H1", "H2", "H2"])
    Not yet: 2 groups are torn, H1 among them: the model can look them up.
    """
    wanted = "row numbers, 0 for the first row: np.flatnonzero turns a mask into numbers"
    train, test = (np.atleast_1d(numbers(rows, wanted, dtype=None)) for rows in (train, test))
    groups = np.asarray(groups)
    if len(train) == 0:
        return hint(_EMPTY_SIDE)
    if any(rows.dtype.kind not in "iu" for rows in (train, test)):
        return hint(f"hand in {wanted}.")
    if len(np.intersect1d(train, test)):
        return hint(f"{len(np.intersect1d(train, test))} rows are on both sides of the split.")
    if len(np.union1d(train, test)) < len(groups):
        return hint(f"{len(groups) - len(np.union1d(train, test))} rows are on neither side of the split.")
    torn = np.intersect1d(groups[train], groups[test])
    if len(torn):
        return hint(f"{len(torn)} groups are torn, {torn[0]} among them: the model can look them up.")
    return RIGHT
