"""Checks of rows: a split that tears no group, a mark set by limits, the most of something, the wrong side of a map."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .verdict import NOTHING_YET, RIGHT, Verdict, hint


def check_split(train: Sequence[int], test: Sequence[int], groups: Sequence) -> Verdict:
    """Check a split of rows that may not tear a group, such as a heat or a chemical system.

    Parameters
    ----------
    train, test : row numbers. groups : one name for each of the n rows.
    """
    train, test, groups = np.asarray(train), np.asarray(test), np.asarray(groups)
    if len(train) == 0 or len(test) == 0:
        return hint("one side of the split is empty.")
    if any(rows.dtype.kind not in "iu" for rows in (train, test)):
        return hint("hand in row numbers, 0 for the first row: np.flatnonzero turns a mask into numbers.")
    if len(np.intersect1d(train, test)):
        return hint(f"{len(np.intersect1d(train, test))} rows are on both sides of the split.")
    if len(np.union1d(train, test)) < len(groups):
        return hint(f"{len(groups) - len(np.union1d(train, test))} rows are on neither side of the split.")
    torn = np.intersect1d(groups[train], groups[test])
    if len(torn):
        return hint(f"{len(torn)} groups are torn, {torn[0]} among them: the model can look them up.")
    return RIGHT


def check_any_above(answer: Sequence[bool], X: pd.DataFrame, limits: Mapping[str, float]) -> Verdict:
    """Check a mask of the rows in which at least one column exceeds its limit.

    Parameters
    ----------
    answer : a boolean for each row. X : the table. limits : column to limit.
    """
    given = np.asarray(answer)
    if given.dtype != bool or given.shape != (len(X),):
        return hint(f"hand in {len(X)} booleans, one a row.")
    above = pd.DataFrame({name: X[name] > limit for name, limit in limits.items()})
    if np.array_equal(given, above.any(axis=1)):
        return RIGHT
    if np.array_equal(given, above.all(axis=1)):
        return hint("you ask for all limits at once; one of them is enough.")
    if np.array_equal(given, ~above.any(axis=1)):
        return hint("those are the others, the rows in which nothing is above its limit.")
    for name in limits:
        if np.array_equal(given, above[name]):
            return hint(f"you have looked at {name} alone.")
    return hint(
        f"{(given != above.any(axis=1)).sum()} rows are marked wrong. Limits are in the columns' own unit, wt%."
    )


def check_largest(answer: Sequence, values: pd.Series, n: int = 10) -> Verdict:
    """Check the labels of the ``n`` largest of some values; among equals any will do."""
    if not isinstance(values, pd.Series):
        return hint("the values that are to be sorted are missing: they come first.")
    labels = list(answer)
    if not set(labels) <= set(values.index):
        return hint("hand in row names, such as those in the index of the values.")
    if len(labels) != n or len(set(labels)) != n:
        return hint(f"{n} different rows are wanted, yours are {len(set(labels))}.")
    if sorted(values[labels]) == sorted(values.nlargest(n)):
        return RIGHT
    if sorted(values[labels]) == sorted(values.nsmallest(n)):
        return hint("those are the smallest.")
    return hint("there are rows with more. Sort from the largest down.")


def check_wrong_side(
    answer: Sequence[str], probabilities: pd.DataFrame, truth: pd.Series, name: str = "BMG"
) -> Verdict:
    """Check which alloys lie on the wrong side of the line where a class has the probability 0.5.

    Parameters
    ----------
    answer : row names. probabilities : (n, classes), columns in the order of the model's ``classes_``.
    truth : the classes, same rows. name : the class of the map.
    """
    is_class = truth == name

    def wrong(column: str) -> set:
        return set(truth.index[(probabilities[column] > 0.5) != is_class])

    given, right = set(answer), wrong(name)
    if given == right:
        return RIGHT
    if not given:
        return NOTHING_YET
    if not given <= set(truth.index):
        return hint("hand in row names, such as 'MG-0007', of alloys of this system.")
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
