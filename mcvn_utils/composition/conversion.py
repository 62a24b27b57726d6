"""Compositions as a table of atomic fractions, H to Pu. Nothing is guessed: rows that cannot be right are one error."""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from .element_columns import element_table, per_cent_table, refuse
from .errors import AmbiguousFormulaWarning, ColumnError, FormulaError, list_rows, shorten, why_no_element
from .formulas import read_formula
from .periodic_table import ATOMIC_WEIGHTS, COLUMN, ELEMENTS


def fractions(formulas: Iterable[str], convention: str = "auto", errors: str = "raise") -> pd.DataFrame:
    """Read a column of formulas as atomic fractions (n, 94), H to Pu.

    One ``AmbiguousFormulaWarning`` shows both readings of every row that has two.

    Parameters
    ----------
    formulas, convention
        A Series keeps its index, and a single string counts as a column of one. Convention as in ``parse_formula``.
    errors : {"raise", "coerce"}
        "raise": one FormulaError names every row that cannot be read. "coerce": these rows are NaN, with one warning.

    Examples
    --------
    >>> fractions(["Fe80B20", "Cu50Zr50"])[["B", "Fe", "Cu"]].values.tolist()
    [[0.2, 0.8, 0.0], [0.0, 0.0, 0.5]]
    """
    if errors not in ("raise", "coerce"):
        raise ValueError(f"errors={errors!r} is not known: take 'raise' or 'coerce'")
    if isinstance(formulas, Mapping) and formulas and COLUMN.keys() >= formulas.keys():
        return as_fractions(formulas)  # what parse_formula returns
    if isinstance(formulas, pd.DataFrame | Mapping):
        raise ValueError("fractions() reads one column of formulas: hand in table['formula'], not the whole table")
    if isinstance(formulas, set | frozenset):
        raise ValueError("fractions() reads one column of formulas: the rows of a set have no order, hand in a list")
    values = [formulas] if isinstance(formulas, str) else list(formulas)
    index = formulas.index if isinstance(formulas, pd.Series) else pd.RangeIndex(len(values))
    matrix = np.zeros((len(values), len(ELEMENTS)))
    faults, ambiguous, totals = {}, {}, []
    for i, value in enumerate(values):
        try:
            reading, ambiguity, total = read_formula(value, convention)
        except FormulaError as error:
            faults[i], matrix[i], reading, ambiguity, total = error, np.nan, {}, "", np.nan
        totals.append(total)
        for symbol, share in reading.items():
            matrix[i, COLUMN[symbol]] = share
        if ambiguity:
            ambiguous[i] = ambiguity
    if faults:
        head = f"{len(faults)} of {len(values)} formulas cannot be read" + "; these rows are NaN" * (errors == "coerce")
        reason = list_rows(f"{head}:", index, list(faults), lambda i: f"{shorten(values[i])}: {faults[i].why}")
        if errors == "raise":
            remedy = "mend these rows, leave them out, or pass errors='coerce' to get NaN rows for them"
            first = next(iter(faults.values()))
            raise ColumnError(first.formula, first.position, reason, remedy)
        warnings.warn(reason, UserWarning, stacklevel=2)
    if ambiguous:
        head = f"{len(ambiguous)} of {len(values)} formulas have two plausible readings:"
        reason = list_rows(head, index, list(ambiguous), lambda i: f"{shorten(values[i])}: {ambiguous[i]}")
        warnings.warn(reason, AmbiguousFormulaWarning, stacklevel=2)
    if len(off := _odd_totals(np.array(totals))):
        head = f"{len(off)} of {len(values)} formulas do not add up as the others do, and were normalised; a misprint?"
        reason = list_rows(head, index, off, lambda i: f"{shorten(values[i])} adds up to {totals[i]:.6g}")
        warnings.warn(reason, UserWarning, stacklevel=2)
    return pd.DataFrame(matrix, index=index, columns=list(ELEMENTS))


def _odd_totals(totals: np.ndarray) -> np.ndarray:
    """Return the rows that are 5 % off where at least half of the others add up, and as many as are off."""
    for whole, most in ((100, np.inf), (1, 1.5)):  # lower totals are those of compounds, higher ones than 1.5 as well
        off = (np.abs(whole / totals - 1) > 0.05) & (totals >= 0.75 * whole) & (totals < most)
        complete = (np.abs(totals - whole) <= 0.005 * whole + 1e-9).sum()
        if off.any() and complete >= max(off.sum(), (~off).sum() / 2):
            return np.flatnonzero(off)
    return np.array([], dtype=int)


def format_formula(fractions: Mapping[str, float] | pd.Series, digits: int | None = None) -> str:
    """Write amounts as a flat formula in at%, the inverse of :func:`~mcvn_utils.composition.formulas.parse_formula`.

    Raises ``ValueError`` for an unknown element, an amount that is negative, no number or rounds to 0, or none above 0.

    Parameters
    ----------
    fractions
        Amount of each element symbol. Zeros are left out; the order is kept.
    digits
        Decimals to round to. None writes 14 significant digits: the same fractions are read back to 1e-12.

    Examples
    --------
    >>> format_formula({"Fe": 0.6225, "Co": 0.2075, "P": 0.17})
    'Fe62.25Co20.75P17'
    """
    amounts = {symbol: float(amount) for symbol, amount in dict(fractions).items() if amount != 0}
    for symbol, amount in amounts.items():
        if symbol not in COLUMN:
            raise ValueError("format_formula: " + "; ".join(why_no_element(str(symbol))))
        if not 0 < amount < np.inf:
            raise ValueError(f"format_formula: {symbol} has the amount {amount}; give positive numbers")
    if not amounts:
        raise ValueError("format_formula: no element has an amount above 0")
    scale = 100.0 / sum(amounts.values())
    text = ""
    for symbol, amount in amounts.items():
        value = float(f"{amount * scale:.14g}") if digits is None else round(amount * scale, digits)
        if value == 0:
            raise ValueError(f"format_formula: digits={digits} rounds {symbol} to 0; give more digits")
        number = np.format_float_positional(value, trim="-")
        text += symbol if number == "1" else symbol + number
    return text


def from_weight_percent(df: pd.DataFrame, balance: str | None = "Fe") -> pd.DataFrame:
    """Turn weight per cent into atomic fractions (n, 94), x_i = (w_i / M_i) / Σ_j (w_j / M_j) with M in g/mol.

    Raises ``ValueError`` that names a wrong column, or each row that is negative, NaN, no number, empty or over 100 %.

    Parameters
    ----------
    df
        One column per element, named by its symbol, in wt%; no other columns.
    balance
        The element that makes up the rest to 100 %; it has no column of its own. None: all elements are given. A row
        that adds up to less than 99.5 % is then normalised, with a warning that names it.

    Examples
    --------
    >>> from_weight_percent(pd.DataFrame({"C": [0.4], "Cr": [1.0]}))[["C", "Cr", "Fe"]].round(4).values.tolist()
    [[0.0183, 0.0106, 0.9711]]
    """
    percent = per_cent_table(df, balance, "from_weight_percent", "wt%")
    return _rows_to_one(percent / ATOMIC_WEIGHTS)


def from_atomic_percent(df: pd.DataFrame, balance: str | None = None) -> pd.DataFrame:
    """Turn atomic per cent into atomic fractions; all else as :func:`from_weight_percent`.

    Examples
    --------
    >>> from_atomic_percent(pd.DataFrame({"Zr": [50.0], "Cu": [25.0]}), balance="Al")[["Al", "Zr"]].values.tolist()
    [[0.25, 0.5]]
    """
    return _rows_to_one(per_cent_table(df, balance, "from_atomic_percent", "at%"))


def to_weight_percent(fractions: Any) -> pd.DataFrame:
    """Turn what :func:`as_fractions` reads into weight per cent (n, 94), w_i = 100 x_i M_i / Σ_j x_j M_j.

    Examples
    --------
    >>> to_weight_percent("Fe3C")[["C", "Fe"]].round(2).values.tolist()
    [[6.69, 93.31]]
    """
    return _rows_to_one(as_fractions(fractions) * ATOMIC_WEIGHTS) * 100.0


def as_fractions(X: Any) -> pd.DataFrame:
    """Read compositions in any form as atomic fractions (n, 94); rows add up to 1.

    ``X`` is one formula; a list, Series, array or one-column DataFrame of formulas; a DataFrame whose columns are
    element symbols, or an array (n, 94) in the order H to Pu, both holding atomic fractions or at%; a dict or Series
    that gives each element's amount, a pymatgen Composition, or a list or Series of these. Raises ``ValueError`` that
    names rows with a negative number or NaN, or that add up neither to 1 nor to 100 within 1 %. Compositions, and
    amounts in a dict or Series that are all whole (Al 2, O 3), may have any total.

    >>> as_fractions(pd.DataFrame({"Fe": [80], "B": [20]}))[["B", "Fe"]].values.tolist()
    [[0.2, 0.8]]
    """
    if isinstance(X, np.ndarray) and X.ndim == 2:
        if X.shape[1] not in (1, len(ELEMENTS)):
            raise ValueError(f"an array of fractions has 94 columns, H to Pu; this one has shape {X.shape}")
        X = pd.DataFrame(X, columns=["formula"] if X.shape[1] == 1 else list(ELEMENTS))
    if isinstance(X, pd.DataFrame) and X.shape[1] == 1 and X.columns[0] not in COLUMN:
        X = X.iloc[:, 0]
    if isinstance(X, pd.Series) and is_numeric_dtype(X) and len(X) and X.index.isin(COLUMN).all():
        X = dict(X)
    X, free = [X] if isinstance(X, Mapping) else X, None
    if isinstance(X, str | pd.Series | pd.Index | list | tuple | np.ndarray):
        if isinstance(X, str) or not len(X) or not all(isinstance(row, Mapping | pd.Series) for row in X):
            return fractions(X)
        free = [hasattr(row, "get_el_amt_dict") for row in X]  # a pymatgen Composition counts atoms
        rows = [dict(row.get_el_amt_dict() if atoms else row) for row, atoms in zip(X, free, strict=True)]
        absent = dict.fromkeys([symbol for row in rows for symbol in row], 0)
        X = pd.DataFrame([absent | row for row in rows], index=X.index if isinstance(X, pd.Series) else None)
    if not isinstance(X, pd.DataFrame):
        wanted = "a formula, a column of formulas, or a table with one column for each element"
        raise ValueError(f"compositions cannot be read from {type(X).__name__}: hand in {wanted}")
    amounts = element_table(X, "as_fractions")
    totals = amounts.to_numpy().sum(axis=1)
    off = (np.abs(totals - 1) > 0.01 + 1e-9) & (np.abs(totals - 100) > 1 + 1e-9)
    if free is not None:
        off &= (~np.array(free) & (amounts % 1 != 0).any(axis=1).to_numpy()) | (totals == 0)
    remedy = "fractions add up to 1, at% to 100; for wt% use from_weight_percent(table, balance='Fe')"
    refuse(off, lambda i: f"adds up to {totals[i]:.6g}", X.index, "as_fractions", remedy)
    return amounts if (np.abs(totals - 1) < 1e-14).all() else _rows_to_one(amounts)


def _rows_to_one(table: pd.DataFrame) -> pd.DataFrame:
    amounts = table.to_numpy()
    shares = amounts / amounts.sum(axis=1, keepdims=True)
    return pd.DataFrame(shares, index=table.index, columns=table.columns, copy=False)
