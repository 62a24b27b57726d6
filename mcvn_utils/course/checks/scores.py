"""Checks for lessons 05 and 06: R², spread and half-width, F1 of a class and of all, hours of work, a bonus."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_score, r2_score, recall_score

from .verdict import NOTHING_YET, Verdict, call, compare, hint, numbers


def check_r2(answer: float, y_true: pd.DataFrame, y_pred: np.ndarray) -> Verdict:
    """Check R² averaged over the targets, (n, targets) each."""
    if answer is None or y_pred is None:
        return NOTHING_YET
    y_true, y_pred = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    if y_true.shape != y_pred.shape:
        return hint(f"there are {y_pred.shape} predictions for {y_true.shape} measured values.")
    errors = ((y_true - y_pred) ** 2).sum()
    mistakes = {
        "measured and predicted are the wrong way round: R² is no symmetric score.": r2_score(y_pred, y_true),
        "that is the squared correlation, which forgives a wrong level and a wrong slope.": np.mean(
            [np.corrcoef(y_true[:, k], y_pred[:, k])[0, 1] ** 2 for k in range(y_true.shape[1])]
        ),
        "the targets are thrown together, so that their different sizes look like a success. Average their R².": 1
        - errors / ((y_true - y_true.mean()) ** 2).sum(),
        "the targets are weighted by their variance; each should count the same.": r2_score(
            y_true, y_pred, multioutput="variance_weighted"
        ),
        "that is the share of the variance that is left; R² is 1 minus it.": 1 - r2_score(y_true, y_pred),
    }
    return compare(
        answer,
        r2_score(y_true, y_pred),
        mistakes,
        "r2_score(measured, predicted) of these rows, a mean over the targets.",
    )


def check_share_within(share: Callable, measured, predicted, spread) -> Verdict:
    """Check ``share(measured, predicted, spread, k)``: the share of values within ``k`` spreads of their prediction."""
    y, p, s = (np.asarray(part, dtype=float) for part in (measured, predicted, spread))
    k = 1.5
    found = call(share, measured, predicted, spread, k)
    if isinstance(found, Verdict):
        return found
    error = y - p
    mistakes = {
        "without the absolute value, whatever is below the prediction counts as inside.": (error < k * s).mean(),
        "that is the share outside.": (np.abs(error) >= k * s).mean(),
        "within one spread; the k is not used.": (np.abs(error) < s).mean(),
        "the spread is a standard deviation already; do not square it.": (np.abs(error) < k * s**2).mean(),
        "you take the spread for a variance and draw its root; it is in the target's unit already.": (
            np.abs(error) < k * np.sqrt(s)
        ).mean(),
        "one mean spread for all; each prediction has its own.": (np.abs(error) < k * s.mean()).mean(),
        "k spreads from end to end; it is k spreads to either side.": (np.abs(error) < k * s / 2).mean(),
        "that is in per cent.": 100 * (np.abs(error) < k * s).mean(),
    }
    right = (np.abs(error) < k * s).mean()
    return compare(
        found, right, mistakes, "count how often |measured - predicted| is below k times the spread.", tolerance=1e-4
    )


def check_half_width(answer: Sequence[float], errors, fold, hot, level: float = 0.9) -> Verdict:
    """Check a half-width for each row: the quantile of the other folds' absolute errors, in the row's own group.

    Parameters
    ----------
    answer : (n,) half-widths. errors : (n,) measured minus predicted. fold : (n,) number of the fold.
    hot : (n,) booleans, the two groups. level : share of errors to stay below.
    """
    errors, fold, hot = np.asarray(errors, dtype=float), np.asarray(fold), np.asarray(hot, dtype=bool)

    def widths(of=np.abs, own: bool = False, apart: bool = True, q: float = level) -> np.ndarray:
        result = np.empty(len(errors))
        for k in np.unique(fold):
            for group in (False, True):
                source = (np.ones_like(hot) if own else fold != k) & ((hot == group) | (not apart))
                result[(fold == k) & (hot == group)] = np.quantile(of(errors[source]), q)
        return result

    mistakes = {
        "one half-width for both groups; take the quantile in each apart.": lambda: widths(apart=False),
        "a row's own fold helps to set its width: that is no held-out error any more.": lambda: widths(own=True),
        "the errors keep their sign; a half-width counts both directions.": lambda: widths(of=lambda e: e),
        "the level is not the one asked for: nine of ten.": lambda: widths(q=0.95),
    }
    swapped = np.empty(len(errors))
    for k in np.unique(fold):
        for group in (False, True):
            source = (fold != k) & (hot != group)
            swapped[(fold == k) & (hot == group)] = np.quantile(np.abs(errors[source]), level)
    mistakes["the groups are swapped: hot rows get the width of the others."] = swapped
    otherwise = "for each fold and group: quantile 0.9 of |error| over the other folds' rows of the same group."
    return compare(answer, widths(), mistakes, otherwise)


def check_macro_f1(answer: float, y_true: Sequence[str], y_pred: Sequence[str]) -> Verdict:
    """Check the plain mean of the classes' F1."""
    f1 = {
        average: f1_score(y_true, y_pred, average=average, zero_division=0)
        for average in ("macro", "micro", "weighted")
    }
    mistakes = {
        "that is the accuracy: the largest class rules it.": f1["micro"],
        "the classes are weighted by their size; each should count the same.": f1["weighted"],
        "that is the macro recall (balanced accuracy).": recall_score(y_true, y_pred, average="macro", zero_division=0),
        "that is the macro precision.": precision_score(y_true, y_pred, average="macro", zero_division=0),
        "true and predicted classes are the wrong way round, or one class is left out.": f1_score(
            y_true, y_pred, average="macro", labels=np.unique(y_true)[1:], zero_division=0
        ),
    }
    return compare(answer, f1["macro"], mistakes, "the F1 of each class first, then their plain mean.")


def check_class_f1(answer: float, y_true: Sequence[str], y_pred: Sequence[str], name: str) -> Verdict:
    """Check the F1 of one class."""
    if len(y_pred) == 0:
        return hint("there are no predictions yet.")
    settings = {"labels": [name], "average": None, "zero_division": 0}
    mistakes = {
        f"that is the recall of {name}.": recall_score(y_true, y_pred, **settings)[0],
        f"that is the precision of {name}.": precision_score(y_true, y_pred, **settings)[0],
        "that is the macro-F1 of all classes.": f1_score(y_true, y_pred, average="macro", zero_division=0),
        "that is the accuracy over all classes.": accuracy_score(y_true, y_pred),
    }
    for other in sorted(set(y_true) - {name}):
        mistakes[f"that is the F1 of {other}: in which order do the classes come?"] = f1_score(
            y_true, y_pred, **(settings | {"labels": [other]})
        )[0]
    right = f1_score(y_true, y_pred, **settings)[0]
    return compare(answer, right, mistakes, f"precision and recall of {name} on these rows, then their harmonic mean.")


def _hours(y_true, y_pred, missed: float = 5, alarm: float = 1) -> float:
    is_crystal, called = np.asarray(y_true) == "CRA", np.asarray(y_pred) == "CRA"
    return missed * (is_crystal & ~called).sum() + alarm * (called & ~is_crystal).sum()


def check_hours(
    hours: Callable, y_true: Sequence[str], y_pred: Sequence[str], missed: float = 5, alarm: float = 1
) -> Verdict:
    """Check ``hours(y_true, y_pred)``: what missed crystalline alloys and false alarms cost together.

    Parameters
    ----------
    missed, alarm : hours for a CRA that is called a glass, and for a glass that is called CRA.
    """
    found = call(hours, y_true, y_pred)
    if isinstance(found, Verdict):
        return found
    wrong = np.asarray(y_true) != np.asarray(y_pred)
    mistakes = {
        "the two costs are the wrong way round.": _hours(y_true, y_pred, alarm, missed),
        "the false alarms cost nothing in yours.": _hours(y_true, y_pred, missed, 0),
        "the missed ones cost nothing in yours.": _hours(y_true, y_pred, 0, alarm),
        "a bulk glass that is called a ribbon costs nothing: it is a glass all the same.": _hours(
            y_true, y_pred, missed - alarm, 0
        )
        + alarm * wrong.sum(),
        "that is the number of errors; each kind has its own cost.": wrong.sum(),
        "that is hours an alloy; the sum is asked for.": _hours(y_true, y_pred, missed, alarm) / len(wrong),
    }
    right = _hours(y_true, y_pred, missed, alarm)
    return compare(
        found, right, mistakes, "count CRA called otherwise, and others called CRA; each count times its hours."
    )


def check_bonus(answer: float, curve: pd.Series, test_curve: pd.Series) -> Verdict:
    """Check the bonus with the fewest hours on the validation rows.

    Parameters
    ----------
    answer : the bonus. curve, test_curve : hours of each bonus on the validation rows, and on the test rows.
    """
    given = numbers(answer)
    if given is None or given.shape != ():
        return hint("hand in one number, a bonus of the grid.")
    if not np.isclose(curve.index.to_numpy(dtype=float), given).any():
        return hint("that bonus is not on the grid.")
    cheapest = curve.index[curve == curve.min()].to_numpy(dtype=float)
    if np.isclose(cheapest, given).any():
        return Verdict(True)
    if np.isclose(test_curve.index[test_curve == test_curve.min()].to_numpy(dtype=float), given).any():
        return hint("that one is cheapest on the test rows: then they have helped to build what they are to judge.")
    if np.isclose(float(curve.idxmax()), given):
        return hint("that one is the dearest.")
    return hint("another bonus of the grid costs fewer hours on the validation rows.")
