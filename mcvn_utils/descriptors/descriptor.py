"""Densification: a composition becomes 406 descriptors, seven statistics of 58 element features.

With the atomic fractions w of the elements present (they add up to 1) and a feature p, the statistics are

======  ============================  =========================================================
ave     Σ w p                         weighted average
sum     Σ a p                         weighted sum of the amounts a: equals ave for fractions, 100 ave for at%
var     Σ w (p - ave)²                weighted variance, in the feature's unit squared
gmean   Π p^w                         geometric mean
hmean   1 / Σ (w / p)                 harmonic mean
max     largest p present             does not depend on the amount of the element
min     smallest p present
======  ============================  =========================================================

They are those of XenonPy 0.6.7's ``Compositions`` (Yoshida laboratory): the same order and names, and values that agree
to 1e-9. :func:`special_values` lists where zeros and negative features make them NaN or 0. XenonPy is not needed.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
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
    statistics
        Any of :data:`STATISTICS`; the columns come in this order.
    features
        Features, or whole groups of them, as named by :func:`feature_info`; None takes all 58.
    amounts : {"fraction", "percent"}
        Which amounts `sum` adds up: atomic fractions, or at% (a hundred times as large). The other statistics are
        properties of the alloy and do not change.
    dtype : {"float64", "float32"}
        Type of the result. The arithmetic is float64 in both cases.

    Notes
    -----
    XenonPy takes amounts as they come. Given fractions, XenonPy and this class agree. Given at%, XenonPy's `sum` is a
    hundred times as large, and its `gmean` Π p^a overflows to inf or sinks to 0 for many features. An element of
    amount 0 is absent here; XenonPy would let it take part in max and min.

    Examples
    --------
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
        """Check the settings: an unknown one is a ``ValueError``. X and y are not used."""
        self._settings()
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Describe compositions, as ``as_fractions`` reads them: (n, statistics * features), (n, 406) by default.

        All features for ave come first, then all features for sum, and so on. After ``set_output(transform="pandas")``
        a DataFrame with names and, if X has one, its index. Raises ``ValueError`` that names the rows at fault.
        """
        features, statistics, scale, dtype = self._settings()
        return describe(as_fractions(X).to_numpy(dtype=np.float64), _values(features), statistics, scale, dtype)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns, ``ave:atomic_number`` to ``min:Polarizability``."""
        features, statistics, _, _ = self._settings()
        return np.array([f"{s}:{feature}" for s in statistics for feature in features], dtype=object)

    def _settings(self) -> tuple[tuple[str, ...], tuple[str, ...], float, np.dtype]:
        statistics = (self.statistics,) if isinstance(self.statistics, str) else tuple(self.statistics)
        _check_names("statistic", statistics, STATISTICS)
        if self.amounts not in _AMOUNTS:
            raise ValueError(f"amounts={self.amounts!r} is not known: take 'fraction' or 'percent'")
        if str(self.dtype) not in ("float64", "float32"):
            raise ValueError(f"dtype={self.dtype!r} is not known: take 'float64' or 'float32'")
        return _select_features(self.features), statistics, _AMOUNTS[self.amounts], np.dtype(str(self.dtype))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        return tags


def _select_features(names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the features meant by a list of features and groups, in the order given, each once; None means all 58."""
    if names is None:
        return tuple(feature_info().index)
    names, members = [names] if isinstance(names, str) else list(names), _members()
    _check_names("feature or group", names, tuple(members))
    return tuple(dict.fromkeys(feature for name in names for feature in members[name]))


@cache
def _members() -> dict[str, tuple[str, ...]]:
    """Return the features that each name stands for: of a feature itself, of a group its members."""
    info = feature_info()
    groups = info.groupby("group", sort=False).groups
    return {name: (name,) for name in info.index} | {group: tuple(features) for group, features in groups.items()}


@cache
def _values(features: tuple[str, ...]) -> np.ndarray:
    """Return the features of all elements, (94, f)."""
    return element_table().loc[list(ELEMENTS), list(features)].to_numpy(dtype=np.float64)


def special_values() -> pd.DataFrame:
    """List the descriptors that zeros and negative features make NaN or 0, for fractions, as in XenonPy.

    The columns are ``value`` (NaN or 0), ``when`` (in which alloys), ``n_elements`` and ``elements`` (which are meant).

    >>> special_values().loc["gmean:electron_affinity", "elements"]
    'He Be N Ar Xe Yb'

    Notes
    -----
    A negative feature has no real power w, so `gmean` is NaN; an element alone (w = 1) keeps its negative value.
    A zero makes `gmean` 0 (unless it is NaN) and `hmean` 0. `hmean` of a feature of both signs (electron_affinity) is
    infinite if Σ w/p is 0 and large if it is nearly 0. All other descriptors are finite.
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
