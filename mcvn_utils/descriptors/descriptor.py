"""Densification: a composition becomes 406 descriptors, seven statistics of 58 element features.

With the atomic fractions w of the elements present (they add up to 1) and a feature p, the statistics are

======  ============================  =========================================================
ave     Σ w p                         weighted average
sum     Σ a p                         weighted sum of the amounts a: equals ave for fractions, 100 ave for at%
var     Σ w (p - ave)²                weighted variance, in the feature's unit squared
gmean   Π p^w                         geometric mean
hmean   1 / Σ (w / p)                 harmonic mean
max     largest p present             does not ask how much of the element there is
min     smallest p present
======  ============================  =========================================================

They are those of XenonPy 0.6.7's ``Compositions`` (Yoshida laboratory), in its order, under its names and to
1e-9 of its values. :func:`special_values` lists where zeros and negative features make them NaN or 0. XenonPy
itself is not needed.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from ..composition.conversion import as_fractions
from ..composition.periodic_table import ELEMENTS
from .elements import element_table, feature_info
from .statistics import STATISTICS, describe

_AMOUNTS = {"fraction": 1.0, "percent": 100.0}


class CompositionDescriptor(TransformerMixin, BaseEstimator):
    """Turn compositions into descriptors, a scikit-learn transformer.

    There is nothing to learn: `fit` checks the settings, and `transform` may be called without it.

    Parameters
    ----------
    statistics : sequence of str
        Any of :data:`STATISTICS`; the columns come in this order.
    features : sequence of str, optional
        Features, or whole groups of them, as named by ``elements.feature_info()``; None takes all 58.
    amounts : {"fraction", "percent"}
        Which amounts `sum` adds up: atomic fractions, or at% (a hundred times as large). The other statistics
        are properties of the alloy and stay as they are.
    dtype : {"float64", "float32"}
        Type of the result. The work is done in float64 either way.

    Notes
    -----
    XenonPy takes amounts as they come. Its ave, var, hmean, max and min do not depend on their scale. `sum`
    does, and so does its `gmean`: from at% the product Π p^a overflows to inf or sinks to 0 for many
    features, and a negative feature raised to a whole number of per cent has a value. Given fractions,
    XenonPy and this class agree.

    An element of amount 0 is absent here; XenonPy would let it take part in max and min.

    Examples
    --------
    >>> from mcvn_utils import CompositionDescriptor
    >>> CompositionDescriptor(["ave", "max", "min"], ["period"]).transform(["Fe80B20"])
    array([[3.6, 4. , 2. ]])
    """

    def __init__(
        self,
        statistics: Sequence[str] = STATISTICS,
        features: Sequence[str] | None = None,
        amounts: str = "fraction",
        dtype: str = "float64",
    ):
        self.statistics = statistics
        self.features = features
        self.amounts = amounts
        self.dtype = dtype

    def fit(self, X: Any = None, y: Any = None) -> "CompositionDescriptor":
        """Check the settings. X and y are not looked at.

        Raises
        ------
        ValueError
            For an unknown statistic, feature, kind of amount or dtype.
        """
        self._settings()
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Describe each composition.

        Parameters
        ----------
        X : whatever :func:`~mcvn_utils.composition.as_fractions` reads
            Formulas; a DataFrame of element columns (atomic fractions or at%); or an array (n, 94), H to Pu.

        Returns
        -------
        ndarray of shape (n, statistics * features)
            (n, 406) by default: all features for ave, then all features for sum, and so on. After
            ``set_output(transform="pandas")`` a DataFrame with names and, if X is a DataFrame, its index.

        Raises
        ------
        ValueError
            For unknown elements, empty rows, NaN or negative amounts; the message names the rows.
        """
        features, statistics, scale, dtype = self._settings()
        values = element_table().loc[list(ELEMENTS), features].to_numpy(dtype=np.float64)
        return describe(as_fractions(X).to_numpy(dtype=np.float64), values, statistics, scale, dtype)

    def iter_transform(self, X: Any, chunk_size: int = 10_000) -> Iterator[np.ndarray]:
        """Describe many compositions piece by piece, so that only one piece is in memory.

        Parameters
        ----------
        X : a list, Series, DataFrame or array that `transform` takes, or a ``numpy.memmap``
            An array (n, 94) is checked piece by piece too.
        chunk_size : int
            Rows a piece; 10 000 rows of 406 float64 are 32 MB.

        Yields
        ------
        what `transform` returns, for up to chunk_size rows
            In the order of X.

        Examples
        --------
        A million alloys into a file of 3.2 GB that need not fit into memory::

            out = np.lib.format.open_memmap("descriptors.npy", mode="w+", shape=(len(grid), 406))
            start = 0
            for piece in CompositionDescriptor().iter_transform(grid):
                out[start : start + len(piece)] = piece
                start += len(piece)
        """
        if chunk_size < 1:
            raise ValueError(f"chunk_size is {chunk_size}: it must be at least 1")
        for start in range(0, len(X), chunk_size):
            yield self.transform(_rows(X, start, start + chunk_size))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns, ``ave:atomic_number`` to ``min:Polarizability``."""
        features, statistics, _, _ = self._settings()
        return np.array([f"{s}:{feature}" for s in statistics for feature in features], dtype=object)

    def _settings(self) -> tuple[list[str], tuple[str, ...], float, np.dtype]:
        statistics = (self.statistics,) if isinstance(self.statistics, str) else tuple(self.statistics)
        _check_names("statistic", statistics, STATISTICS)
        if self.amounts not in _AMOUNTS:
            raise ValueError(f"amounts={self.amounts!r} is not known: take 'fraction' or 'percent'")
        if str(self.dtype) not in ("float64", "float32"):
            raise ValueError(f"dtype={self.dtype!r} is not known: take 'float64' or 'float32'")
        return select_features(self.features), statistics, _AMOUNTS[self.amounts], np.dtype(str(self.dtype))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        return tags


def select_features(names: Sequence[str] | None = None) -> list[str]:
    """The features meant by a list of features and groups, in the order given, each once; None means all 58.

    Raises
    ------
    ValueError
        For a name that is neither a feature nor a group, or an empty list.
    """
    info = feature_info()
    if names is None:
        return list(info.index)
    names = [names] if isinstance(names, str) else list(names)
    groups = {group: list(members) for group, members in info.groupby("group", sort=False).groups.items()}
    _check_names("feature or group", names, (*info.index, *groups))
    return list(dict.fromkeys(feature for name in names for feature in groups.get(name, [name])))


def special_values() -> pd.DataFrame:
    """Descriptors that zeros and negative features make NaN or 0, for fractions, as in XenonPy.

    Returns
    -------
    DataFrame indexed by descriptor name
        `value`: NaN or 0. `when`: in which alloys. `n_elements`, `elements`: the elements meant.

    Notes
    -----
    A negative feature has no real power w, so `gmean` is NaN; an element alone (w = 1) keeps its negative
    value. A zero makes `gmean` and `hmean` 0 (where a NaN does not win). `hmean` of a feature of both signs
    (electron_affinity) is infinite if Σ w/p happens to be 0 and large if it is nearly so. Everything else is
    finite.
    """
    table = element_table()
    mixed = "in an alloy of two or more elements, one of these among them"
    cases = [
        ("gmean", table < 0, np.nan, mixed),
        ("gmean", table == 0, 0.0, "in an alloy with one of these, if gmean is not NaN"),
        ("hmean", table == 0, 0.0, "in an alloy with one of these"),
    ]
    rows = {
        f"{statistic}:{feature}": (value, when, int(hit[feature].sum()), " ".join(hit.index[hit[feature]]))
        for statistic, hit, value, when in cases
        for feature in table
        if hit[feature].any()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "when", "n_elements", "elements"])


def _rows(X: Any, start: int, stop: int) -> pd.DataFrame | pd.Series:
    """Rows start to stop of X, under the names that an error message should give them."""
    if isinstance(X, (pd.DataFrame, pd.Series)):
        return X.iloc[start:stop]
    piece = X[start:stop]
    index = pd.RangeIndex(start, start + len(piece))
    if np.ndim(piece) == 2:
        return pd.DataFrame(piece, index, ELEMENTS)
    return pd.Series(piece, index, dtype=object)


def _check_names(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    if not names:
        raise ValueError(f"no {what} was asked for: take at least one of {', '.join(known)}")
    for name in names:
        if name not in known:
            near = " or ".join(map(repr, get_close_matches(str(name), known, 2)))
            hint = f"did you mean {near}?" if near else f"take any of {', '.join(known)}"
            raise ValueError(f"unknown {what} {name!r}: {hint}")
    if len(set(names)) < len(names):
        raise ValueError(f"a {what} stands twice in {list(names)}")
