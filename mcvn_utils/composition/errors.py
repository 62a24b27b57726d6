"""What an error says: which formula or row cannot be read, where, why, and the remedy."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .periodic_table import COLUMN, ELEMENTS
from .words import named_word

_BEYOND = frozenset("Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og".split())
_ISOTOPES = {"D": "deuterium", "T": "tritium"}


class FormulaError(ValueError):
    """A formula that cannot be read: what, where, why, and what to do about it.

    ``formula`` is what was given (of a column the first unreadable one), ``position`` the index of the character at
    fault or None, ``reason`` why it was refused, ``remedy`` what would be accepted ("" where this is not known).

    Examples
    --------
    >>> FormulaError("Fe75Co", 4, "an amount is missing", "write Co25").why
    'an amount is missing; write Co25'
    """

    def __init__(self, formula: Any, position: int | None, reason: str, remedy: str = ""):
        super().__init__(formula, position, reason, remedy)
        self.formula, self.position, self.reason, self.remedy = formula, position, reason, remedy

    @property
    def why(self) -> str:
        """Reason and remedy in one line."""
        return f"{self.reason}; {self.remedy}" if self.remedy else self.reason

    def __str__(self) -> str:
        if self.position is None or not isinstance(self.formula, str):
            return f"cannot read {shorten(self.formula)} as a formula: {self.why}"
        start, end = max(0, self.position - 40), self.position + 30
        shown = "".join(c if c.isprintable() else " " for c in self.formula[start:end])
        before, after = "…" * (start > 0), "…" * (end < len(self.formula))
        caret = " " * (len(before) + self.position - start) + "^"
        return f"cannot read the formula: {self.why}\n    {before}{shown}{after}\n    {caret}"


class ColumnError(FormulaError):
    """Formulas of a column that cannot be read: the text names every row, the attributes the first."""

    def __str__(self) -> str:
        return f"{self.reason}\n{self.remedy}"


class AmbiguousFormulaWarning(UserWarning):
    """A formula with two plausible readings that differ by more than 0.1 at%; the text shows both.

    Examples
    --------
    >>> parse_formula("(ZrO2)96(Al2O3)4", convention="alloy")["Zr"]  # a named convention gives no warning
    0.32
    """


def shorten(value: Any) -> str:
    """Return the repr of a value, cut to 60 characters."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def row_name(index: pd.Index, i: int) -> str:
    """Return the words by which an error names a row: ``row`` and its label."""
    label = index[i]
    return f"row {label.item() if isinstance(label, np.generic) else label!r}"


def list_rows(head: str, index: pd.Index, rows: Sequence[int], describe: Callable[[int], str]) -> str:
    """Return a head and one line for each of the first ten rows, and how many more there are."""
    lines = [f"{row_name(index, i)}: {describe(i)}" for i in rows[:10]]
    return "\n  ".join([head, *lines] + [f"and {len(rows) - 10} more"] * (len(rows) > 10))


def why_unread(text: str, position: int) -> tuple[str, str]:
    """Return why the part of a formula at this position cannot be read, and the remedy."""
    if known := named_word(text, position):
        return known
    if "A" <= text[position] <= "Z":
        symbol = re.match("[A-Z][a-z]?", text[position : position + 2])[0]
        return why_no_element(symbol, text[position - 1 : position], text[position + len(symbol) :][:1])
    return _why_no_token(text, position)


def why_no_element(symbol: str, before: str = "", after: str = "") -> tuple[str, str]:
    """Return why a symbol is refused, and what was probably meant, with the characters beside it."""
    reason = f"'{symbol}' is no element"
    if symbol in _BEYOND:
        return f"'{symbol}' lies beyond the table of 94 elements, which ends at plutonium (Pu)", "leave this row out"
    for pair in (before + symbol.lower() if before else "", symbol + after.lower() if after.isupper() else ""):
        if pair in COLUMN:
            return reason, f"did you mean {pair}? Only the first letter of a symbol is a capital"
    if symbol.capitalize() in COLUMN:
        return reason, f"did you mean {symbol.capitalize()}?"
    near = ", ".join(element for element in ELEMENTS if element[0] == symbol[:1].upper())
    remedy = f"did you mean {near}?" if near else ""
    if symbol in ("A", "L", "M", "R", "X"):
        remedy += " For a letter that stands for several elements write the element itself."
    if symbol in _ISOTOPES:
        remedy += f" For {_ISOTOPES[symbol]}, an isotope, write H."
    return reason, remedy


def _why_no_token(text: str, position: int) -> tuple[str, str]:
    """Return why no part of a formula can start with the character at this position, and the remedy."""
    char, last, following = text[position], text[position - 1 : position], text[position + 1 : position + 2]
    if char in "0123456789.":
        return _why_no_number(text, position)
    if char == "e" and last.isdigit():
        return "an exponent", "write the number in full: 0.001"
    if char.isascii() and char.islower():
        reason = f"'{char}' starts no element symbol"
        for symbol in (char.upper() + following, char.upper()):
            if symbol in COLUMN:
                return reason, f"did you mean {symbol}? Symbols start with a capital letter"
        return reason, "write every amount as a number"
    if char in "-−–—‐‑":
        return "a minus sign or hyphen; an amount is never negative", "write the parts one behind the other: Fe75Co25"
    if char in ",;/|&":
        remedy = "write a full stop for the decimal point, nothing between elements, and one alloy per row"
        return "a comma" if char == "," else f"'{char}' is no part of a formula", remedy
    if char == "·":
        return "a middle dot that joins nothing we can tell", "write brackets: MgCl2(H2O)6"
    if char in "$_^\\":
        return f"'{char}' looks like LaTeX", "write plain digits: Fe75Co25"
    if not char.isascii():
        name = unicodedata.name(char, "unnamed").lower()
        return f"'{char}' (U+{ord(char):04X}, {name}) is no part of a formula", "type it in plain letters and digits"
    return f"{char!r} is no part of a formula", "use elements, decimal numbers and brackets only"


def _why_no_number(text: str, position: int) -> tuple[str, str]:
    """Return why a digit or full stop at this position belongs to no amount."""
    before = text[:position].rstrip()
    if text[position] == "." and text[position - 1 : position].isdigit():
        return "a second decimal point in one number", "an amount is a decimal such as 37.5"
    if text[position] == "." and not text[position + 1 : position + 2].isdigit():
        return "a full stop that belongs to no number", "leave it out, or write the decimal in full: 0.5"
    if not before or before[-1] in "([{":
        return "a number stands before any element", "write the element first, its amount behind it: Fe75"
    return "this number belongs to no element", "write each amount, without blanks, right behind its element"
