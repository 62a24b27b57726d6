"""Compositions as a table of atomic fractions, H to Pu. Nothing is guessed: rows that cannot be right are one error."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from .errors import AmbiguousFormulaWarning, ColumnError, FormulaError, row_name, shorten, why_no_element
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
    if isinstance(formulas, pd.DataFrame | Mapping):
        raise ValueError("fractions() reads one column of formulas: hand in table['formula'], not the whole table")
    values = [formulas] if isinstance(formulas, str) else list(formulas)
    index = formulas.index if isinstance(formulas, pd.Series) else pd.RangeIndex(len(values))
    matrix = np.zeros((len(values), len(ELEMENTS)))
    faults, unreadable, ambiguous = [], [], []
    for i, value in enumerate(values):
        try:
            reading, ambiguity = read_formula(value, convention)
        except FormulaError as error:
            faults.append(error)
            unreadable.append(f"{row_name(index, i)}: {shorten(value)}: {error.why}")
            matrix[i] = np.nan
            continue
        for symbol, share in reading.items():
            matrix[i, COLUMN[symbol]] = share
        if ambiguity:
            ambiguous.append(f"{row_name(index, i)}: {shorten(value)}: {ambiguity}")
    if faults:
        end = ":" if errors == "raise" else "; these rows are NaN:"
        reason = "\n  ".join([f"{len(faults)} of {len(values)} formulas cannot be read{end}", *unreadable])
        if errors == "raise":
            remedy = "mend these rows, leave them out, or pass errors='coerce' to get NaN rows for them"
            raise ColumnError(faults[0].formula, faults[0].position, reason, remedy)
        warnings.warn(reason, UserWarning, stacklevel=2)
    if ambiguous:
        head = f"{len(ambiguous)} of {len(values)} formulas have two plausible readings:"
        warnings.warn("\n  ".join([head, *ambiguous]), AmbiguousFormulaWarning, stacklevel=2)
    return pd.DataFrame(matrix, index=index, columns=list(ELEMENTS))


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
    percent = _per_cent_table(df, balance, "from_weight_percent", "wt%")
    return _rows_to_one(percent / ATOMIC_WEIGHTS)


def from_atomic_percent(df: pd.DataFrame, balance: str | None = None) -> pd.DataFrame:
    """Turn atomic per cent into atomic fractions; all else as :func:`from_weight_percent`.

    Examples
    --------
    >>> from_atomic_percent(pd.DataFrame({"Zr": [50.0], "Cu": [25.0]}), balance="Al")[["Al", "Zr"]].values.tolist()
    [[0.25, 0.5]]
    """
    return _rows_to_one(_per_cent_table(df, balance, "from_atomic_percent", "at%"))


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
    element symbols, or an array (n, 94) in the order H to Pu, both holding atomic fractions or at%. Raises
    ``ValueError`` that names rows with a negative number or NaN, or that add up neither to 1 nor to 100 within 1 %.

    >>> as_fractions(pd.DataFrame({"Fe": [80], "B": [20]}))[["B", "Fe"]].values.tolist()
    [[0.2, 0.8]]
    """
    if isinstance(X, np.ndarray) and X.ndim == 2:
        if X.shape[1] not in (1, len(ELEMENTS)):
            raise ValueError(f"an array of fractions has 94 columns, H to Pu; this one has shape {X.shape}")
        X = pd.DataFrame(X, columns=["formula"] if X.shape[1] == 1 else list(ELEMENTS))
    if isinstance(X, pd.DataFrame) and X.shape[1] == 1 and X.columns[0] not in COLUMN:
        X = X.iloc[:, 0]
    if isinstance(X, str | pd.Series | pd.Index | list | tuple | np.ndarray):
        return fractions(X)
    if not isinstance(X, pd.DataFrame):
        wanted = "a formula, a column of formulas, or a table with one column for each element"
        raise ValueError(f"compositions cannot be read from {type(X).__name__}: hand in {wanted}")
    amounts = _element_table(X, "as_fractions")
    totals = amounts.to_numpy().sum(axis=1)
    off = (np.abs(totals - 1) > 0.01) & (np.abs(totals - 100) > 1)
    remedy = "fractions add up to 1, at% to 100; for wt% use from_weight_percent(table, balance='Fe')"
    _refuse(off, lambda i: f"adds up to {totals[i]:.6g}", X.index, "as_fractions", remedy)
    return amounts if (np.abs(totals - 1) < 1e-14).all() else _rows_to_one(amounts)


def _rows_to_one(table: pd.DataFrame) -> pd.DataFrame:
    amounts = table.to_numpy()
    shares = amounts / amounts.sum(axis=1, keepdims=True)
    return pd.DataFrame(shares, index=table.index, columns=table.columns, copy=False)


def _per_cent_table(df: pd.DataFrame, balance: str | None, caller: str, unit: str) -> pd.DataFrame:
    """Return the 94 columns of a table in per cent, with the balance filled in and every row checked."""
    if balance is not None and balance not in COLUMN:
        raise ValueError(f"{caller}: balance={balance!r}: " + "; ".join(why_no_element(str(balance))))
    if isinstance(df, pd.DataFrame) and balance in df.columns:
        remedy = f"pass balance=None if the column '{balance}' is complete, or drop the column"
        raise ValueError(f"{caller}: '{balance}' is the balance and has a column as well; {remedy}")
    percent = _element_table(df, caller)
    totals = percent.to_numpy().sum(axis=1)
    limit = 100 + (1e-6 if balance else 0.5)
    remedy = f"the columns are {unit} and add up to at most 100"
    _refuse(totals > limit, lambda i: f"adds up to {totals[i]:.6g} %, over 100 %", df.index, caller, remedy)
    if balance:
        percent[balance] = np.maximum(100.0 - totals, 0.0)
        return percent
    _refuse(totals == 0, lambda i: "holds nothing", df.index, caller, remedy)
    if len(low := np.flatnonzero(totals < 99.5)):
        lines = [f"{row_name(df.index, i)}: adds up to {totals[i]:.6g} %" for i in low[:10]]
        lines += [f"and {len(low) - 10} more"] * (len(low) > 10)
        message = f"{caller}: {len(low)} of {len(df)} rows are short of 100 % and were normalised"
        warnings.warn("\n  ".join([f"{message}; name the balance?", *lines]), UserWarning, stacklevel=3)
    return percent


def _element_table(df: pd.DataFrame, caller: str) -> pd.DataFrame:
    """Return element columns as 94 float columns; anything but finite numbers, 0 or above, is refused."""
    if not isinstance(df, pd.DataFrame):
        raise ValueError(f"{caller}: a DataFrame with one column for each element is wanted, not {type(df)}")
    if df.shape[1] == 0:
        raise ValueError(f"{caller}: the table has no columns; one for each element is wanted")
    for column in df.columns:
        if column not in COLUMN:
            like_symbol = isinstance(column, str) and 0 < len(column) < 3
            why = "; ".join(why_no_element(column)) if like_symbol else "is no element symbol"
            remedy = "hand in the composition columns only, such as df[['C', 'Si', 'Mn']]"
            raise ValueError(f"{caller}: column {column!r}: {why}; {remedy}")
    if not df.columns.is_unique:
        raise ValueError(f"{caller}: column {df.columns[df.columns.duplicated()][0]!r} stands twice")
    plain = all(dtype == np.float64 for dtype in df.dtypes)  # much quicker for a large table
    values = df.to_numpy() if plain else np.column_stack([numbers(df[c]) for c in df])
    at_fault = ~((values >= 0) & (values < np.inf))

    def describe(i: int) -> str:
        k = np.flatnonzero(at_fault[i])[0]
        what = "negative" if values[i, k] < 0 else "no finite number"
        return f"{df.columns[k]} = {df.iat[i, k]} is {what}"

    _refuse(at_fault.any(axis=1), describe, df.index, caller, "write 0 where an element is absent")
    table = np.zeros((len(df), len(ELEMENTS)))
    table[:, [COLUMN[column] for column in df.columns]] = values
    return pd.DataFrame(table, index=df.index, columns=list(ELEMENTS), copy=False)


def numbers(column: pd.Series) -> np.ndarray:
    """Return a column as float64; NaN where a cell is no number."""
    column = column if is_numeric_dtype(column) else column.astype(object)  # to_numeric would count a date's ns
    values = pd.to_numeric(column, errors="coerce")
    if np.iscomplexobj(values):
        values = values.where(np.imag(values) == 0).apply(np.real)
    return values.to_numpy(dtype=float, na_value=np.nan)


def _refuse(at_fault: np.ndarray, describe: Callable[[int], str], index: pd.Index, caller: str, remedy: str) -> None:
    """Raise a ValueError that names every row at fault."""
    if at_fault.any():
        lines = [f"{row_name(index, i)}: {describe(i)}" for i in np.flatnonzero(at_fault)]
        head = f"{caller}: {len(lines)} of {len(index)} rows cannot be right:"
        raise ValueError("\n  ".join([head, *lines]) + f"\n{remedy}")
