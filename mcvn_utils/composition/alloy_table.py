"""A table of alloys: which columns are the composition, and which are raw features."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.utils.validation import check_array

from .conversion import fractions, from_atomic_percent, from_weight_percent

UNITS = {"wt%": from_weight_percent, "at%": from_atomic_percent}


def as_table(X, composition: str | Sequence[str] | None) -> pd.DataFrame:
    """``X`` as a DataFrame (n, d); an array of raw features alone gets the columns x0, x1, ...

    Raises ``ValueError`` for an array where a composition is wanted, and for a column that stands twice.
    """
    if not isinstance(X, pd.DataFrame):
        if composition is not None:
            raise ValueError(
                f"X must be a DataFrame that holds the composition ({composition!r}), not {type(X).__name__}; "
                "for an array of raw features alone set composition=None"
            )
        X = check_array(X, dtype=float)
        return pd.DataFrame(X, columns=[f"x{k}" for k in range(X.shape[1])])
    if not X.columns.is_unique:
        raise ValueError(f"column {X.columns[X.columns.duplicated()][0]!r} stands twice in X: rename or drop one")
    return X


def split_table(
    X, composition: str | Sequence[str] | None, unit: str = "wt%", balance: str | None = None
) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Tell the composition from the raw features.

    Parameters
    ----------
    X : DataFrame (n, d)
        With ``composition=None`` an array will do.
    composition : name of the column of formulas, or names of the element columns, or None for no composition.
    unit, balance : of element columns: ``"wt%"`` or ``"at%"``, and the element that makes up the rest.

    Returns
    -------
    Atomic fractions (n, 94), or None; and the raw features (n, k): every column but the formula. Element columns are
    raw features as well, in their unit.

    Raises
    ------
    ValueError
        For a missing column, a cell that is no finite number, a column of text, a bad formula; it names column, row
        and remedy.
    """
    X = as_table(X, composition)
    if composition is None:
        return None, _numbers(X)
    columns = [composition] if isinstance(composition, str) else list(composition)
    missing = [c for c in columns if c not in X.columns]
    if missing:
        raise ValueError(
            f"X has no column {missing[0]!r}, which composition= names; its columns are "
            f"{', '.join(map(str, X.columns))}: rename the column, or set composition= to yours"
        )
    if isinstance(composition, str):
        return fractions(X[composition]), _numbers(X.drop(columns=composition))
    if unit not in UNITS:
        raise ValueError(f"unit must be 'wt%' or 'at%', not {unit!r}")
    return UNITS[unit](X[columns], balance=balance), _numbers(X)


def _numbers(X: pd.DataFrame) -> pd.DataFrame:
    """The table as float64, or a ``ValueError`` that names the first cell that is no finite number."""
    numbers = {}
    for name, column in X.items():
        column = column if is_numeric_dtype(column) else column.astype(object)  # to_numeric would count a date's ns
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise ValueError(
                f"column {name!r} of X, row {X.index[bad[0]]!r}: {str(column.iloc[bad[0]])!r} is no finite number "
                f"({len(bad)} such rows); fill it in, drop the rows, or drop the column if it is a label"
            )
        numbers[name] = values
    return pd.DataFrame(numbers, index=X.index, columns=X.columns)
