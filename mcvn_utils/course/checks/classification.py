"""Checks for lesson 06: the wrong side of a map, hours of work, a bonus, F1 of all classes and of one."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support, precision_score, recall_score

from .verdict import NOTHING, Verdict, accept_if, call, check, compare, names, numbers, predictions, refuse, refuse_if

_NO_PREDICTIONS = "there are no predictions yet."


@check()
def check_wrong_side(
    answer: Sequence[str], probabilities: pd.DataFrame, truth: pd.Series, name: str = "BMG"
) -> Verdict:
    """Check which alloys lie on the wrong side of the line where a class has the probability 0.5."""
    row_names = "hand in row names, such as 'MG-0007', of alloys of this system."
    given, every = set(names(answer, row_names)), set(truth.index)
    wrong = {column: set(truth.index[(shares > 0.5) != (truth == name)]) for column, shares in probabilities.items()}
    right, called = wrong.pop(name), set(truth.index[probabilities[name] > 0.5])
    accept_if(given == right)
    refuse_if(not given, NOTHING)
    refuse_if(not given <= every, row_names)
    for other, rows in wrong.items():
        order = "In which order does model.classes_ name the columns?"
        refuse_if(given == rows, f"that is the probability of {other}. {order}")
    refuse_if(given == every - right, "those are the alloys on the right side.")
    missed = f"those are the {name} that the map misses. Others are called {name} and are none."
    refuse_if(given == right - called, missed)
    refuse_if(given == right & called, f"those are called {name} and are none. The map also misses some that are.")
    if given == set(truth.index[probabilities.idxmax(axis=1) != truth]):
        refuse(f"those have another most probable class. The map's line is where P({name}) is 0.5.")
    refuse(f"compare two yes-or-no questions: is it {name}, and is P({name}) above 0.5?")


@check(y_pred=_NO_PREDICTIONS)
def check_hours(
    hours: Callable, y_true: Sequence[str], y_pred: Sequence[str], missed: float = 5, alarm: float = 1
) -> Verdict:
    """Check ``hours(y_true, y_pred)``: what missed crystalline alloys and false alarms (called CRA) cost together."""
    truth, called = predictions(y_true, y_pred)
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
    compare(call(hours, y_true, y_pred), right, mistakes, otherwise)


@check()
def check_bonus(answer: float, curve: pd.Series, test_curve: pd.Series) -> Verdict:
    """Check the bonus with the fewest hours on the validation rows; the curves hold the hours of each bonus."""
    given = numbers(answer, "one number, a bonus of the grid")
    refuse_if(given.shape != (), "hand in one number, a bonus of the grid.")
    refuse_if(not np.isclose(curve.index, given).any(), "that bonus is not on the grid.")
    best, best_of_test = (np.isclose(hours.index[hours == hours.min()], given).any() for hours in (curve, test_curve))
    accept_if(best)
    if best_of_test:
        refuse("that one is cheapest on the test rows: then they have helped to build what they are to judge.")
    refuse_if(np.isclose(curve.idxmax(), given), "that one is the dearest.")
    refuse("another bonus of the grid costs fewer hours on the validation rows.")


@check(y_pred=_NO_PREDICTIONS)
def check_macro_f1(answer: float, y_true: Sequence[str], y_pred: Sequence[str]) -> Verdict:
    """Check the plain mean of the classes' F1, for true and predicted classes of shape (n,)."""
    truth, called = predictions(y_true, y_pred)
    rows = {"y_true": truth, "y_pred": called, "zero_division": 0}
    left_out = "true and predicted classes are the wrong way round, or one class is left out."
    mistakes = {
        "that is the accuracy: the largest class rules it.": f1_score(**rows, average="micro"),
        "the classes are weighted by their size; each should count the same.": f1_score(**rows, average="weighted"),
        "that is the macro recall (balanced accuracy).": recall_score(**rows, average="macro"),
        "that is the macro precision.": precision_score(**rows, average="macro"),
        left_out: f1_score(**rows, average="macro", labels=np.unique(truth)[1:]),
    }
    otherwise = "the F1 of each class first, then their plain mean."
    compare(answer, f1_score(**rows, average="macro"), mistakes, otherwise)


@check(y_pred=_NO_PREDICTIONS)
def check_class_f1(answer: float, y_true: Sequence[str], y_pred: Sequence[str], name: str) -> Verdict:
    """Check the F1 of the class ``name``, for true and predicted classes of shape (n,)."""
    truth, called = predictions(y_true, y_pred)
    labels = [name, *sorted(set(truth) - {name})]
    precision, recall, f1, _ = precision_recall_fscore_support(truth, called, labels=labels, zero_division=0)
    mistakes = {
        f"that is the recall of {name}.": recall[0],
        f"that is the precision of {name}.": precision[0],
        "that is the macro-F1 of all classes.": f1_score(truth, called, average="macro", zero_division=0),
        "that is the accuracy over all classes.": accuracy_score(truth, called),
    }
    for other, score in zip(labels[1:], f1[1:], strict=True):
        mistakes[f"that is the F1 of {other}: in which order do the classes come?"] = score
    otherwise = f"precision and recall of {name} on these rows, then their harmonic mean."
    compare(answer, f1[0], mistakes, otherwise)
