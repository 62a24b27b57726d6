"""A table with one column per element: every cell is checked, and the balance is filled in."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

from .errors import list_rows, why_no_element
from .periodic_table import COLUMN, ELEMENTS

_LIGHT = "H B C N O P S".split()  # hardly an alloy holds 4 wt% of these: larger numbers are per cent, not fractions


def per_cent_table(df: pd.DataFrame, balance: str | None, caller: str, unit: str) -> pd.DataFrame:
    """Return the 94 columns of a table in per cent, with the balance filled in and every row checked."""
    if balance is not None and balance not in COLUMN:
        raise ValueError(f"{caller}: balance={balance!r}: " + "; ".join(why_no_element(str(balance))))
    if isinstance(df, pd.DataFrame) and balance in df.columns:
        remedy = f"pass balance=None if the column '{balance}' is complete, or drop the column"
        raise ValueError(f"{caller}: '{balance}' is the balance and has a column as well; {remedy}")
    percent = element_table(df, caller)
    totals = percent.to_numpy().sum(axis=1)
    limit = 100 + (1e-6 if balance else 0.5 + 1e-9)
    remedy = f"the columns are {unit} and add up to at most 100"
    refuse(totals > limit, lambda i: f"adds up to {totals[i]:.6g} %, over 100 %", df.index, caller, remedy)
    if balance:
        present = percent.columns[(percent > 0).any()]
        light = unit == "wt%" and (percent[_LIGHT] > 0.04).to_numpy().any()
        if len(present) > 1 and (totals <= 1 + 1e-9).all() and not light:
            what = f"each row adds up to 1 {unit} at most, and {balance} makes up 99 {unit} or more"
            warnings.warn(f"{caller}: {what}; if these are fractions, multiply them by 100", UserWarning, stacklevel=3)
        percent[balance] = np.maximum(100.0 - totals, 0.0)
        return percent

    def describe(i: int) -> str:
        return f"adds up to {totals[i]:.6g} %, far from 100 %" if totals[i] else "holds nothing"

    remedy = "name the element that makes up the rest, such as balance='Fe', or multiply fractions by 100"
    refuse(totals < 90, describe, df.index, caller, remedy)
    if len(low := np.flatnonzero(totals < 99.5 - 1e-9)):
        head = f"{caller}: {len(low)} of {len(df)} rows are short of 100 % and were normalised; name the balance?"
        message = list_rows(head, df.index, low, lambda i: f"adds up to {totals[i]:.6g} %")
        warnings.warn(message, UserWarning, stacklevel=3)
    return percent


def element_table(df: pd.DataFrame, caller: str) -> pd.DataFrame:
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
    values = df.to_numpy() if plain else np.column_stack([numbers(df[c], truth=False) for c in df])
    at_fault = ~((values >= 0) & (values < np.inf))

    def describe(i: int) -> str:
        k = np.flatnonzero(at_fault[i])[0]
        what = "negative" if values[i, k] < 0 else "no finite number"
        return f"{df.columns[k]} = {df.iat[i, k]} is {what}"

    refuse(at_fault.any(axis=1), describe, df.index, caller, "write 0 where an element is absent")
    table = np.zeros((len(df), len(ELEMENTS)))
    table[:, [COLUMN[column] for column in df.columns]] = values
    return pd.DataFrame(table, index=df.index, columns=list(ELEMENTS), copy=False)


def numbers(column: pd.Series, truth: bool = True) -> np.ndarray:
    """Return a column as float64; NaN where a cell is no number, such as a date, or a truth value unless ``truth``."""
    if is_complex_dtype(column) or (is_bool_dtype(column) and not truth):
        return np.full(len(column), np.nan)
    if not is_numeric_dtype(column):  # to_numeric would count a date's ns, and drop an imaginary part
        column = column.astype(object)
        no_number = complex if truth else (complex, bool, np.bool_)
        column = column.mask([isinstance(cell, no_number) for cell in column])
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def refuse(at_fault: np.ndarray, describe: Callable[[int], str], index: pd.Index, caller: str, remedy: str) -> None:
    """Raise a ValueError that names the first ten rows at fault."""
    if at_fault.any():
        rows = np.flatnonzero(at_fault)
        head = f"{caller}: {len(rows)} of {len(index)} rows cannot be right:"
        raise ValueError(list_rows(head, index, rows, describe) + f"\n{remedy}")
