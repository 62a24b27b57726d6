"""A table of alloys: which columns are the composition, and which are raw features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_array

from .conversion import fractions, from_atomic_percent, from_weight_percent
from .element_columns import numbers
from .errors import row_name

_UNITS = {"wt%": from_weight_percent, "at%": from_atomic_percent}


def as_table(X: Any, composition: str | Sequence[str] | None) -> pd.DataFrame:
    """Return ``X`` as a DataFrame (n, d); an array holds raw features alone, named x0, x1, ..."""
    if not isinstance(X, pd.DataFrame):
        if composition is not None:
            raise ValueError(
                f"X must be a DataFrame that holds the composition ({composition!r}), not {type(X).__name__}; "
                "for an array of raw features alone set composition=None"
            )
        if getattr(X, "dtype", np.dtype(float)).kind in "mM":
            raise ValueError("X holds dates or time spans, which are no numbers: turn them into days or hours first")
        X = check_array(X, dtype=float)
        return pd.DataFrame(X, columns=[f"x{k}" for k in range(X.shape[1])])
    if not X.columns.is_unique:
        raise ValueError(f"column {X.columns[X.columns.duplicated()][0]!r} stands twice in X: rename or drop one")
    return X


def split_table(
    X: Any, composition: str | Sequence[str] | None, unit: str = "wt%", balance: str | None = None
) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Separate the composition from the raw features of a DataFrame, or of an array without composition.

    ``composition`` names the column of formulas, or the element columns, or is None. Element columns are in ``unit``
    ("wt%" or "at%"), and ``balance`` is the element that makes up the rest. Returns the atomic fractions (n, 94), and
    as float64 every column but the formula: element columns, in their unit, too. Raises ``ValueError`` that names
    column, row and remedy: a missing column, a cell that is no finite number, a bad formula.

    >>> split_table(pd.DataFrame({"formula": ["Fe80B20"], "thickness": [20]}), "formula")[1].to_dict("list")
    {'thickness': [20.0]}
    """
    if unit not in _UNITS:
        raise ValueError(f"unit must be 'wt%' or 'at%', not {unit!r}")
    if balance is not None and (composition is None or isinstance(composition, str)):
        which = "a column of formulas" if composition else "a table without composition"
        raise ValueError(f"balance={balance!r} is for element columns, not for {which}: leave it out")
    X = as_table(X, composition)
    if composition is None:
        return None, finite_numbers(X)
    columns = [composition] if isinstance(composition, str) else list(composition)
    if missing := [c for c in columns if c not in X.columns]:
        raise ValueError(
            f"X has no column {missing[0]!r}, which composition= names; its columns are "
            f"{', '.join(map(str, X.columns))}: rename the column, or set composition= to yours"
        )
    if isinstance(composition, str):
        return fractions(X[composition]), finite_numbers(X.drop(columns=composition))
    return _UNITS[unit](X[columns], balance=balance), finite_numbers(X)


def finite_numbers(
    table: pd.DataFrame, what: str = "X", remedy: str = "fill it in, drop the rows, or drop the column if it is a label"
) -> pd.DataFrame:
    """Return the table as float64; a ``ValueError`` names the first cell that is no finite number, and the remedy."""
    columns = [numbers(column) for _, column in table.items()]
    for k, values in enumerate(columns):
        if len(bad := np.flatnonzero(~np.isfinite(values))):
            raise ValueError(
                f"column {table.columns[k]!r} of {what}, {row_name(table.index, bad[0])}: "
                f"{str(table.iat[bad[0], k])!r} is no finite number ({len(bad)} such rows); {remedy}"
            )
    return pd.DataFrame(dict(enumerate(columns)), index=table.index).set_axis(table.columns, axis=1)
