"""What a file must hold (:class:`Column`), how it is checked (:func:`read_table`), and the :class:`Table` made of it.

A file that does not fit is one error, which says which rows and columns are at fault. No value is ever guessed.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from ..composition.conversion import fractions
from ..composition.errors import FormulaError, shorten
from ..composition.formulas import read_formula
from .files import DataError, read_cells

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SHOWN = 5


@dataclass(frozen=True)
class Column:
    """One column: its name, unit and what may stand in it."""

    name: str  # header of the column, in lower-case snake_case
    unit: str = ""  # of a number; empty where there is none
    low: float = float("-inf")  # smallest value that makes sense in this unit; one outside is mostly a slip of the unit
    high: float = float("inf")  # largest value that makes sense
    kind: Literal["number", "text", "formula", "verbatim"] = "number"  # verbatim text keeps its blanks
    choices: tuple[str, ...] = ()  # the only words allowed, for a column of classes
    required: bool = True  # whether the file must have this column


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """One data set, ready for an estimator.

    Parameters
    ----------
    X : DataFrame of shape (n, d)
        Inputs, indexed by ``row_id``: composition (element symbols, or one column ``formula``), then process.
    y : DataFrame of shape (n, targets), or Series of classes
    groups
        Rows that belong together (a heat, a family of steels, a chemical system); a fair split keeps them so.
    composition
        The estimator settings that fit ``X``: ``MCVNRegressor(**table.composition)``.
    units
        Unit of each column of ``X`` and of each numeric column of ``y``.
    citation, notes
        Source of the data, and what to know before using it.
    as_printed
        The formulas as the source prints them, misprints and blanks included.

    Examples
    --------
    >>> load_nims_steel().units["hardness"]
    'HV'
    """

    name: str
    X: pd.DataFrame
    y: pd.DataFrame | pd.Series
    groups: pd.Series | None
    composition: dict
    units: dict[str, str]
    citation: str
    notes: str
    as_printed: pd.Series | None = None

    def __repr__(self) -> str:
        target = ", ".join(self.y.columns) if isinstance(self.y, pd.DataFrame) else self.y.name
        groups = "" if self.groups is None else f"; {self.groups.nunique()} groups by {self.groups.name}"
        return f"Table {self.name}: {len(self.X)} rows, inputs {self.X.shape[1]}, predicts {target}{groups}"


def read_table(path: str | Path, columns: Sequence[Column], *, check_formulas: bool = True) -> pd.DataFrame:
    """Read a CSV file whose header and cells fit ``columns``, in the order of ``columns``; numbers become float64.

    The index is ``row_id`` ("row-1", "row-2", ... where the file has no such column). ``check_formulas`` is not needed
    for a file known by its hash. Raises ``DataError`` when the file is missing or unreadable; a column is missing,
    unknown or doubled; a row has too few or too many cells; a cell is empty, no number, out of range or an unknown
    class; a formula is unreadable; a row_id stands twice; or wt% (of all but the balance, iron) add up to 100.
    """
    path = Path(path)
    header, rows = read_cells(path)
    known = {column.name: column for column in columns}
    _stop(path, _header_problems(header, known))
    uneven = [(place, len(row)) for place, row in rows if len(row) != len(header)]
    _stop(path, [f"{place}: {n} cells where the header has {len(header)}" for place, n in uneven])

    data, problems = {}, []
    for column in (column for column in columns if column.name in header):
        at = header.index(column.name)
        cells = [row[at] if column.kind == "verbatim" else row[at].strip() for _, row in rows]
        reasons = _cell_problems(column, cells, check_formulas)
        problems += [f"{rows[i][0]}, column {column.name}: {why}" for i, why in enumerate(reasons) if why]
        data[column.name] = cells
    _stop(path, problems)
    for name in (name for name in data if known[name].kind == "number"):
        data[name] = [float(cell) for cell in data[name]]
    totals = [sum(weights) for weights in zip(*(data[c.name] for c in columns if c.unit == "wt%"), strict=True)]
    full = [(rows[i][0], total) for i, total in enumerate(totals) if total >= 100]
    _stop(path, [f"{place}: adds up to {total:g} wt%, which leaves nothing for iron" for place, total in full])
    row_id = data.pop("row_id", [f"row-{i}" for i in range(1, len(rows) + 1)])
    return pd.DataFrame(data, index=pd.Index(row_id, name="row_id"))


def _header_problems(header: list[str], known: dict[str, Column]) -> list[str]:
    problems = []
    for name in dict.fromkeys(header):
        if name not in known:
            near = difflib.get_close_matches(name.lower(), sorted(set(known) - set(header)), n=1)
            problems.append(f"unknown column {shorten(name)}" + (f"; did you mean {near[0]!r}?" if near else ""))
        elif header.count(name) > 1:
            problems.append(f"column {name!r} stands {header.count(name)} times")
    missing = [column.name for column in known.values() if column.required and column.name not in header]
    return problems + ([f"missing column{'s' * (len(missing) > 1)}: {', '.join(missing)}"] if missing else [])


def _cell_problems(column: Column, cells: list[str], check_formulas: bool) -> list[str]:
    """For each cell of a column why it cannot be used, or an empty text."""
    if column.kind == "number":
        return [_number_problem(cell, column) for cell in cells]
    if column.kind == "formula" and check_formulas:
        reasons = [_formula_problem(cell) for cell in cells]
        if not any(reasons):
            fractions(cells)  # one warning for all formulas that have two readings
        return reasons
    if column.choices:
        allowed = ", ".join(column.choices)
        return ["" if cell in column.choices else f"{shorten(cell)} is none of {allowed}" for cell in cells]
    reasons = ["" if cell.strip() else "the cell is empty" for cell in cells]
    if column.name == "row_id":
        first: dict[str, int] = {}
        for i, cell in enumerate(cells):
            if first.setdefault(cell, i) != i:
                reasons[i] = f"{shorten(cell)} was used before, in row {first[cell] + 1}"
    return reasons


def _number_problem(cell: str, column: Column) -> str:
    if not cell:
        return "the cell is empty"
    if not _NUMBER.fullmatch(cell):
        hint = " (write a decimal point)" if _NUMBER.fullmatch(cell.replace(",", ".")) else ""
        return f"{shorten(cell)} is no number{hint}"
    if not column.low <= float(cell) <= column.high:
        return f"{cell[:60]} lies outside {column.low:g} to {column.high:g} {column.unit}".rstrip() + "; right unit?"
    return ""


def _formula_problem(formula: str) -> str:
    try:
        read_formula(formula)
    except FormulaError as error:
        return f"{shorten(formula)}: {error.why}"
    return ""


def _stop(path: Path, problems: list[str]) -> None:
    """Raise one DataError with the first few problems, if there are any."""
    if problems:
        more = [f"... and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        listed = "\n  ".join(problems[:_SHOWN] + more)
        remedy = "Correct the file at these places; data/README.md describes the columns and their units."
        raise DataError(f"{path} cannot be used:\n  {listed}\n{remedy}")
