"""The rows of a table, and what belongs to them: targets, classes, weights and groups. Needs no torch."""

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.multiclass import check_classification_targets

from ..composition.alloy_table import as_table, finite_numbers
from ..composition.element_columns import numbers
from ..composition.errors import row_name
from .settings import LARGEST, SMALLEST


def refuse_other_order(**tables: Any) -> None:
    """Raise ``ValueError`` where two pandas objects carry the same row labels in another order."""
    labels = {name: table.index for name, table in tables.items() if isinstance(table, pd.Series | pd.DataFrame)}
    for (first, one), (name, other) in combinations(labels.items(), 2):
        if len(one) == len(other) and not one.equals(other) and Counter(one) == Counter(other):
            k = next(k for k, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
            remedy = f"take {name}.loc[{first}.index]" if one.is_unique else "give each row its own label, and sort"
            raise ValueError(
                f"{first} and {name} carry the same row labels in another order, such as {row_name(one, k)} beside "
                f"{row_name(other, k)}: {remedy}; or pass {name}.to_numpy() if its rows are in the right order"
            )


def same_shape(y_true: pd.DataFrame | pd.Series, y_pred: ArrayLike) -> np.ndarray:
    """Give predictions as an array in the shape of ``y_true``; refuse other rows or columns, or another order."""
    refuse_other_order(y_true=y_true, y_pred=y_pred)
    if isinstance(y_true, pd.DataFrame) and isinstance(y_pred, pd.DataFrame):
        refuse_other_order(y_true=pd.Series(index=y_true.columns), y_pred=pd.Series(index=y_pred.columns))
    values, shape = np.asarray(y_pred), np.shape(y_true)
    if values.shape != shape and not values.size == np.prod(shape) == len(y_true):
        raise ValueError(f"y_true has the shape {shape}, y_pred {values.shape}: they must be the same rows and columns")
    return values.reshape(shape)


class ScoresRows:
    """``score`` of an estimator, which refuses rows in another order."""

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Give R² or the accuracy, as scikit-learn's estimators do."""
        refuse_other_order(X=X, y=y, sample_weight=sample_weight)
        return super().score(X, y, sample_weight)


def training_rows(X: Any, y: pd.DataFrame | np.ndarray, sample_weight, groups, composition) -> tuple:
    """Check that all have the same rows, and enough of them, and leave out those of weight 0.

    Given are X, y, weights and numbers of the groups (None where there are none), which rows are kept (bool), and facts
    of the features, as scikit-learn names them.
    """
    table = as_table(X, composition)
    sample_weight, groups = (None if values is None else as_they_are(values) for values in (sample_weight, groups))
    for name, values in {"y": y, "sample_weight": sample_weight, "groups": groups}.items():
        if values is not None and np.shape(values)[:1] != (len(table),):
            here = f"X has {len(table)} rows, {name} has the shape {np.shape(values)}"
            raise ValueError(f"{here}: they must be the same alloys in the same order")
    weight = np.ones(len(table)) if sample_weight is None else _weights(sample_weight, table.index)
    kept = weight > 0
    if kept.sum() < 5:
        raise ValueError(f"too few rows to train on and to validate: n_samples={kept.sum()}, at least 5 are needed")
    if groups is not None:
        groups, names = pd.factorize(groups[kept].ravel(), sort=True)  # a missing name is -1
        if len(groups) != kept.sum() or len(names) < 2 or groups.min() < 0:
            raise ValueError("groups must name at least two groups, and one for each row of X")
    features = {"n_features_in_": table.shape[1]}
    if isinstance(X, pd.DataFrame):
        features["feature_names_in_"] = np.array(X.columns, dtype=object)
    return table[kept], y[kept], None if sample_weight is None else weight[kept], groups, kept, features


def _weights(sample_weight: Any, index: pd.Index) -> np.ndarray:
    weight = numbers(pd.Series(sample_weight)) if np.ndim(sample_weight) == 1 else np.full(len(index), np.nan)
    wrong = np.flatnonzero((weight != 0) & ~((weight >= SMALLEST) & (weight <= LARGEST)))
    if len(wrong) or (len(weight) and not weight.any()):
        where = f"in {row_name(index, wrong[0])} it is {weight[wrong[0]]}" if len(wrong) else "it is zero for all rows"
        limits = f"zero or from {SMALLEST:g} to {LARGEST:g}"
        raise ValueError(f"sample_weight must be one number of 0 or more for each row, {limits}; {where}")
    return weight


def as_they_are(values: Any) -> np.ndarray:
    """Give an array; of a list with text in it numpy would make text alone, also of its numbers and gaps."""
    array = np.asarray(values)
    if isinstance(values, list | tuple) and array.dtype.kind in "US":
        objects = np.array(values, dtype=object)
        return array if all(isinstance(value, str) for value in objects.flat) else objects
    return array


def target_numbers(y: pd.DataFrame, index: pd.Index) -> np.ndarray:
    """Give targets as float64 (n, k); refuse a cell that is no finite number, and a constant target."""
    remedy = "NaN and infinity cannot be learned: drop these rows of X and y"
    values = np.ascontiguousarray(finite_numbers(y.set_axis(index), "y", remedy))  # sums depend on the order in memory
    if not y.shape[1]:
        raise ValueError("y has no column: there is no target to learn")
    largest = np.abs(values).max(axis=0)
    for k in np.flatnonzero((largest > 1e150) | ((largest < 1e-150) & (largest > 0))):
        raise ValueError(f"column {y.columns[k]!r} of y reaches {largest[k]:.3g}: no square of it, take another unit")
    for k in np.flatnonzero(values.std(axis=0) <= 1e-12 * largest):  # rounding errors are no change
        raise ValueError(f"column {y.columns[k]!r} of y has the same value in all {len(y)} rows: nothing to learn")
    return values


def class_numbers(y: np.ndarray, index: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """Give the classes in order, and the number of each row's class; raise ``ValueError`` for what is no class."""
    missing = pd.isna(y) | (np.isinf(y) if y.dtype.kind == "f" else False)
    if missing.any():
        i = missing.argmax()
        raise ValueError(f"y has no class ({y[i]}) in {row_name(index, i)}: drop such rows of X and y")
    if y.dtype.kind in "mMc":
        raise ValueError("y holds dates, time spans or complex numbers: write them as text to have them as classes")
    try:
        classes, codes = np.unique(y, return_inverse=True)
    except TypeError:
        i = next((i for i, label in enumerate(y) if type(label) is not type(y[0])), 0)
        raise ValueError(
            f"y mixes kinds of classes, such as {y[0]!r} in {row_name(index, 0)} and {y[i]!r} in {row_name(index, i)}: "
            "write all of them as text"
        ) from None
    check_classification_targets(y)
    if len(classes) < 2:
        raise ValueError(f"y holds one class only ({str(classes[0])!r}): add rows of another class")
    return classes, codes
