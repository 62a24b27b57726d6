"""Checks for lesson 05: rows marked by limits, a split that tears no heat, R², spread and half-width."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score

from .verdict import NOTHING, Verdict, accept_if, call, check, compare, numbers, refuse, refuse_if

_EMPTY_SIDE = "one side of the split is empty."


@check(y_pred=NOTHING)
def check_r2(answer: float, y_true: pd.DataFrame, y_pred: np.ndarray) -> Verdict:
    """Check R² averaged over the targets, of arrays (n, targets)."""
    y, p = numbers(y_true), numbers(y_pred)
    refuse_if(y.shape != p.shape, f"there are {p.shape} predictions for {y.shape} measured values.")
    squared = [np.corrcoef(*columns)[0, 1] ** 2 for columns in zip(y.T, p.T, strict=True)]
    pooled = "the targets are thrown together, so that their different sizes look like a success. Average their R²."
    weighted = "the targets are weighted by their variance; each should count the same."
    mistakes = {
        "measured and predicted are the wrong way round: R² is no symmetric score.": r2_score(p, y),
        "that is the squared correlation, which forgives a wrong level and a wrong slope.": np.mean(squared),
        pooled: r2_score(y.ravel(), p.ravel()),
        weighted: r2_score(y, p, multioutput="variance_weighted"),
        "that is the share of the variance that is left; R² is 1 minus it.": 1 - r2_score(y, p),
    }
    otherwise = "r2_score(measured, predicted) of these rows, a mean over the targets."
    compare(answer, r2_score(y, p), mistakes, otherwise)


@check()
def check_share_within(share: Callable, measured, predicted, spread) -> Verdict:
    """Check ``share(measured, predicted, spread, k)``: the share of values within ``k`` spreads of the prediction."""
    k, error, s = 1.5, numbers(measured) - numbers(predicted), numbers(spread)
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
    compare(call(share, measured, predicted, spread, k), right, mistakes, otherwise, tolerance=1e-4)


@check()
def check_half_width(answer: Sequence[float], errors, fold, hot, level: float = 0.9) -> Verdict:
    """Check a half-width per row: the quantile of the other folds' absolute errors in the row's group (hot or not).

    All but ``level``, the share of errors to stay below, have the shape (n,). An error is measured minus predicted.
    """
    errors, fold, hot = numbers(errors), np.asarray(fold), np.asarray(hot, dtype=bool)
    others, alike = fold != fold[:, None], hot == hot[:, None]  # of each row, the rows of other folds and of its group

    def widths(rows: np.ndarray, of: Callable = np.abs, q: float = level) -> Callable:
        return lambda: [np.quantile(of(errors[own]), q) for own in rows]

    leak = "a row's own fold helps to set its width: that is no held-out error any more."
    mistakes = {
        "one half-width for both groups; take the quantile in each apart.": widths(others),
        leak: widths(alike),
        "the errors keep their sign; a half-width counts both directions.": widths(others & alike, of=np.positive),
        "the level is not the one asked for: nine of ten.": widths(others & alike, q=0.95),
        "the groups are swapped: hot rows get the width of the others.": widths(others & ~alike),
    }
    otherwise = "for each fold and group: quantile 0.9 of |error| over the other folds' rows of the same group."
    compare(answer, widths(others & alike)(), mistakes, otherwise)


@check()
def check_any_above(answer: Sequence[bool], X: pd.DataFrame, limits: Mapping[str, float]) -> Verdict:
    """Check a mask (n,) of the rows in which at least one column exceeds its limit."""
    wanted = f"{len(X)} booleans, one per row"
    given = numbers(answer, wanted, dtype=None)
    refuse_if(given.dtype != bool or given.shape != (len(X),), f"hand in {wanted}.")
    above = X[list(limits)] > pd.Series(limits)
    right = above.any(axis=1)
    mistakes = {
        "you ask for all limits at once; one of them is enough.": above.all(axis=1),
        "those are the others, the rows in which nothing is above its limit.": ~right,
    } | {f"you have looked at {name} alone.": above[name] for name in limits}
    otherwise = f"{(given != right).sum()} rows are marked wrong. Limits are in the columns' own unit, wt%."
    compare(given, right, mistakes, otherwise)


@check(test=_EMPTY_SIDE)
def check_split(train: Sequence[int], test: Sequence[int], groups: Sequence) -> Verdict:
    """Check a split, two lists of row numbers, that may not tear a group, such as a heat or a chemical system."""
    wanted = "row numbers, 0 for the first row: np.flatnonzero turns a mask into numbers"
    train, test = (np.atleast_1d(numbers(rows, wanted, dtype=None)) for rows in (train, test))
    refuse_if(len(train) == 0, _EMPTY_SIDE)
    refuse_if(any(rows.dtype.kind not in "iu" or rows.ndim > 1 for rows in (train, test)), f"hand in {wanted}.")
    outside = [row for rows in (train, test) for row in rows if not 0 <= row < len(groups)]
    refuse_if(bool(outside), f"there is no row {list(map(int, outside[:1]))}: the rows are 0 to {len(groups) - 1}.")
    both, missing = len(np.intersect1d(train, test)), len(groups) - len(np.union1d(train, test))
    refuse_if(both, f"{both} rows are on both sides of the split.")
    refuse_if(missing > 0, f"{missing} rows are on neither side of the split.")
    groups = np.asarray(groups)
    torn = np.intersect1d(groups[train], groups[test])
    accept_if(len(torn) == 0)
    refuse(f"{len(torn)} groups are torn, {torn[0]} among them: the model can look them up.")
