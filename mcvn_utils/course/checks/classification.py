"""Checks for lesson 06: the wrong side of a map, hours of work, a bonus, F1 of all classes and of one."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from .verdict import NOTHING, RIGHT, Verdict, call, check, compare, hint, names, numbers, predictions

_NO_PREDICTIONS = "there are no predictions yet."


@check()
def check_wrong_side(
    answer: Sequence[str], probabilities: pd.DataFrame, truth: pd.Series, name: str = "BMG"
) -> Verdict:
    """Check which alloys lie on the wrong side of the line where a class has the probability 0.5.

    Examples
    --------
    >>> check_wrong_side(["a"], pd.DataFrame({"BMG": [0.9], "CRA": [0.1]}, ["a"]), pd.Series({"a": "CRA"}))
    Right.
    """
    is_class = truth == name

    def wrong(column: str) -> set:
        return set(truth.index[(probabilities[column] > 0.5) != is_class])

    row_names = "hand in row names, such as 'MG-0007', of alloys of this system."
    given, right = set(names(answer, row_names)), wrong(name)
    if given == right:
        return RIGHT
    if not given:
        return hint(NOTHING)
    if not given <= set(truth.index):
        return hint(row_names)
    for other in probabilities.columns.drop(name):
        if given == wrong(other):
            return hint(f"that is the probability of {other}. In which order does model.classes_ name the columns?")
    if given == set(truth.index) - right:
        return hint("those are the alloys on the right side.")
    called = set(truth.index[probabilities[name] > 0.5])
    if given == right - called:
        return hint(f"those are the {name} that the map misses. Others are called {name} and are none.")
    if given == right & called:
        return hint(f"those are called {name} and are none. The map also misses some that are.")
    if given == set(truth.index[probabilities.idxmax(axis=1) != truth]):
        return hint(f"those have another most probable class. The map's line is where P({name}) is 0.5.")
    return hint(f"compare two yes-or-no questions: is it {name}, and is P({name}) above 0.5?")


@check(y_pred=_NO_PREDICTIONS)
def check_hours(
    hours: Callable, y_true: Sequence[str], y_pred: Sequence[str], missed: float = 5, alarm: float = 1
) -> Verdict:
    """Check ``hours(y_true, y_pred)``: what missed crystalline alloys and false alarms (called CRA) cost together.

    Examples
    --------
    >>> check_hours(lambda y_true, y_pred: 1, ["CRA", "BMG"], ["BMG", "BMG"])
    Not yet: the two costs are the wrong way round.
    """
    called = predictions(y_pred, y_true)
    result = call(hours, y_true, y_pred)
    truth = np.asarray(y_true)
    n_missed = ((truth == "CRA") & (called != "CRA")).sum()
    n_alarms = ((called == "CRA") & (truth != "CRA")).sum()
    n_wrong = (truth != called).sum()
    right = missed * n_missed + alarm * n_alarms
    ribbons = "a bulk glass that is called a ribbon costs nothing: it is a glass all the same."
    mistakes = {
        "the two costs are the wrong way round.": alarm * n_missed + missed * n_alarms,
        "the false alarms cost nothing in yours.": missed * n_missed,
        "the missed ones cost nothing in yours.": alarm * n_alarms,
        ribbons: (missed - alarm) * n_missed + alarm * n_wrong,
        "that is the number of errors; each kind has its own cost.": n_wrong,
        "that is hours an alloy; the sum is asked for.": right / len(truth),
    }
    otherwise = "count CRA called otherwise, and others called CRA; each count times its hours."
    return compare(result, right, mistakes, otherwise)


@check()
def check_bonus(answer: float, curve: pd.Series, test_curve: pd.Series) -> Verdict:
    """Check the bonus with the fewest hours on the validation rows; the curves hold the hours of each bonus.

    Examples
    --------
    >>> check_bonus(0.3, pd.Series({0.0: 9.0, 0.5: 7.0}), pd.Series({0.0: 9.0, 0.5: 8.0}))
    Not yet: that bonus is not on the grid.
    """
    given = numbers(answer, "one number, a bonus of the grid")
    if given.shape != ():
        return hint("hand in one number, a bonus of the grid.")

    def is_among(bonuses: pd.Index) -> bool:
        return bool(np.isclose(bonuses.to_numpy(dtype=float), given).any())

    if not is_among(curve.index):
        return hint("that bonus is not on the grid.")
    if is_among(curve.index[curve == curve.min()]):
        return RIGHT
    if is_among(test_curve.index[test_curve == test_curve.min()]):
        return hint("that one is cheapest on the test rows: then they have helped to build what they are to judge.")
    if np.isclose(float(curve.idxmax()), given):
        return hint("that one is the dearest.")
    return hint("another bonus of the grid costs fewer hours on the validation rows.")


@check(y_pred=_NO_PREDICTIONS)
def check_macro_f1(answer: float, y_true: Sequence[str], y_pred: Sequence[str]) -> Verdict:
    """Check the plain mean of the classes' F1.

    Examples
    --------
    >>> check_macro_f1(0.75, ["BMG", "BMG", "BMG", "CRA"], ["BMG", "BMG", "BMG", "BMG"])
    Not yet: that is the accuracy: the largest class rules it.
    """
    truth, called = np.asarray(y_true), predictions(y_pred, y_true)

    def macro(score: Callable = f1_score, average: str = "macro", labels=None) -> float:
        return score(truth, called, average=average, labels=labels, zero_division=0)

    left_out = "true and predicted classes are the wrong way round, or one class is left out."
    mistakes = {
        "that is the accuracy: the largest class rules it.": macro(average="micro"),
        "the classes are weighted by their size; each should count the same.": macro(average="weighted"),
        "that is the macro recall (balanced accuracy).": macro(recall_score),
        "that is the macro precision.": macro(precision_score),
        left_out: macro(labels=np.unique(truth)[1:]),
    }
    return compare(answer, macro(), mistakes, "the F1 of each class first, then their plain mean.")


@check(y_pred=_NO_PREDICTIONS)
def check_class_f1(answer: float, y_true: Sequence[str], y_pred: Sequence[str], name: str) -> Verdict:
    """Check the F1 of one class.

    Examples
    --------
    >>> check_class_f1(1.0, ["BMG", "BMG", "CRA"], ["BMG", "BMG", "BMG"], "BMG")
    Not yet: that is the recall of BMG.
    """
    truth, called = np.asarray(y_true), predictions(y_pred, y_true)

    def of(label: str, score: Callable = f1_score) -> float:
        return score(truth, called, labels=[label], average=None, zero_division=0)[0]

    mistakes = {
        f"that is the recall of {name}.": of(name, recall_score),
        f"that is the precision of {name}.": of(name, precision_score),
        "that is the macro-F1 of all classes.": f1_score(truth, called, average="macro", zero_division=0),
        "that is the accuracy over all classes.": accuracy_score(truth, called),
    }
    for other in sorted(set(truth) - {name}):
        mistakes[f"that is the F1 of {other}: in which order do the classes come?"] = of(other)
    otherwise = f"precision and recall of {name} on these rows, then their harmonic mean."
    return compare(answer, of(name), mistakes, otherwise)
