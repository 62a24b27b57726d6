"""Checks for lesson 01: fractions of a formula, weight per cent, a parser that refuses, the error of a misreading."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from ...composition.conversion import as_fractions, fractions, from_atomic_percent, from_weight_percent
from ...composition.formulas import parse_formula
from ...datasets.loaders import load_metallic_glass
from .verdict import RIGHT, Verdict, check, compare, hint, named_values, names, need_function, numbers

_PART = re.compile(r"([A-Z][a-z]?|[()\[\]{}])(\d*\.?\d*)")


@check()
def check_fractions(answer: Mapping[str, float], formula: str, convention: str = "alloy") -> Verdict:
    """Check atomic fractions of a formula, as alloy papers mean it or as a chemist would read it.

    Examples
    --------
    >>> check_fractions({"Cu": 64, "Zr": 36}, "Cu64Zr36")
    Not yet: fractions add up to 1, yours to 100: those are at%.
    """
    if not isinstance(answer, Mapping):
        return hint("hand in a dict from element symbol to atomic fraction.")
    if set(answer) != set(parse_formula(formula, convention)):
        return hint("the elements are not those of the formula: is one missing, or one too many?")
    given = pd.Series(numbers(list(answer.values())), answer)

    def as_read(convention: str) -> bool:
        return _near(given, pd.Series(parse_formula(formula, convention))[given.index])

    if as_read(convention):
        return RIGHT
    if abs(given.sum() - 1) > 1e-6:
        total = "100: those are at%" if abs(given.sum() - 100) < 1e-4 else f"{given.sum():.4g}"
        return hint(f"fractions add up to 1, yours to {total}.")
    if as_read("chemical"):
        return hint("you let the bracket multiply, as in chemistry. What share of the alloy is its group?")
    if as_read("alloy"):
        return hint("you let the group be shared out, as in alloy papers. A chemist's bracket multiplies.")
    if convention == "chemical":
        return hint("the elements are right and the total is 1. How many atoms of each does the formula count in all?")
    return hint("the elements are right and the total is 1. How is a group shared out among its elements?")


@check()
def check_weight_percent(answer: pd.DataFrame, percent: pd.DataFrame, balance: str = "Fe") -> Verdict:
    """Check atomic fractions that were worked out from ``percent``, wt% without the balance element.

    Examples
    --------
    >>> check_weight_percent(pd.DataFrame({"C": [0.01], "Fe": [0.99]}), pd.DataFrame({"C": [1.0]}))
    Not yet: those are the weight shares. How many atoms are in a gram of each element?
    """
    if not isinstance(answer, pd.DataFrame) or len(answer) != len(percent):
        return hint(f"hand in a DataFrame of {len(percent)} rows, one column for each element.")
    try:
        given = as_fractions(answer)
    except ValueError as error:
        return hint(str(error))
    if _near(given, from_weight_percent(percent, balance=balance)[given.columns]):
        return RIGHT
    if given[balance].abs().max() == 0:
        return hint(f"there is no {balance}: what makes up the rest to 100 %?")
    if _near(given, from_atomic_percent(percent, balance=balance)[given.columns]):
        return hint("those are the weight shares. How many atoms are in a gram of each element?")
    return hint(f"{balance} is there. Divide each weight by what, before the shares are taken?")


@check()
def check_refusal(read: Callable[[str, bool], dict]) -> Verdict:
    """Check a parser ``read(formula, alloy)`` that raises ``ValueError`` for what is no formula.

    Examples
    --------
    >>> check_refusal(lambda formula, alloy: parse_formula(formula, "alloy"))
    Right.
    """
    need_function(read)
    for formula in ("(Fe75Co25)83P17", "{[(Fe0.5Co0.5)0.75B0.25]0.96Nb0.04}50Cr50", "CoCrFeMnNi"):
        try:
            amounts = read(formula, True)
            total = sum(amounts.values())
            shares = {symbol: amount / total for symbol, amount in amounts.items()}
        except NotImplementedError:
            return hint("the parser is still to be written.")
        except Exception as error:
            return hint(f"{formula} is a good formula, and your parser fails: {type(error).__name__}: {error}")
        if not check_fractions(shares, formula):
            return hint(f"{formula} is a good formula, and your parser no longer reads it right.")
    bad = {
        "(Fe75Co25": "a bracket is left open",
        "((Zr50Cu50)90Al10": "a bracket is left open",
        "Fe75Co25)83P17": "a bracket is closed that was never opened",
        "Fe75xCo25": "no part covers the x",
        "Сu50Zr50": "the first letter is Cyrillic, and no part covers it",
        "Fe80?B20": "no part covers the question mark",
    }
    for formula, reason in bad.items():
        try:
            read(formula, True)
        except ValueError:
            continue
        except Exception as error:
            return hint(
                f"for {formula} a {type(error).__name__} escapes. Look before you take from the pile, and raise a "
                "ValueError that says what is wrong."
            )
        return hint(f"{formula} is accepted, though {reason}.")
    return RIGHT


@check()
def check_accepted(answer: Sequence[str], formulas: Sequence[str]) -> Verdict:
    """Check which formulas a parser lets pass that looks at brackets and at uncovered text, and knows no elements.

    Examples
    --------
    >>> check_accepted(["Al40Cu60T"], ["Al40Cu60T", "(Fe75Co25"])
    Right.
    """
    copy = "hand in formulas of the list, letter by letter (copy them)."
    given = set(names(answer, copy))
    if given - set(formulas):
        return hint(copy)
    wanted = {text for text in formulas if not _PART.sub("", text) and text.count("(") == text.count(")")}
    if given == wanted:
        return RIGHT
    if not given:
        return hint("one of them passes. Is every capital letter an element?")
    if given > wanted:
        return hint("too many: let your own parser read each of them once more.")
    return hint("not those. Which of them has its brackets closed, and is made of nothing but symbols and numbers?")


@check()
def check_misread_error(answer: Mapping[str, float], seed: int, n_trees: int = 100) -> Verdict:
    """Check how often, in per cent, a random forest errs on the 110 trapped alloys, read right and misread.

    Examples
    --------
    >>> check_misread_error({"misread": 50.0}, seed=2026)
    Not yet: hand in a dict with the keys 'read right' and 'misread'.
    """
    given = named_values(answer, ["read right", "misread"])
    glass = load_metallic_glass()
    right, wrong = (fractions(glass.X["formula"], convention=convention) for convention in ("auto", "chemical"))
    trapped = ((right - wrong).abs().sum(axis=1) > 1e-6).to_numpy()

    def errors(rows: np.ndarray) -> np.ndarray:
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(n_trees, random_state=seed).fit(right[rows], glass.y[rows])
        truth = glass.y[trapped].to_numpy()
        return np.array([100 * (forest.predict(x[trapped]) != truth).mean() for x in (right, wrong)])

    honest = errors(~trapped)
    leak = "the forest was trained on all alloys, the 110 among them: it has seen what it is asked."
    mistakes = {
        "those are shares; per cent are asked for.": honest / 100,
        "those are the hits in per cent; count the errors.": 100 - honest,
        "the two are the wrong way round.": honest[::-1],
        leak: lambda: errors(np.ones_like(trapped)),
    }
    otherwise = (
        f"train on the rows that are not trapped, with {n_trees} trees and random_state={seed}; ask about the 110."
    )
    return compare(given, honest, mistakes, otherwise, tolerance=1e-2)


def _near(given: pd.Series | pd.DataFrame, wanted: pd.Series | pd.DataFrame) -> bool:
    """Return whether two compositions agree to 1e-4."""
    return np.allclose(given, wanted, rtol=0, atol=1e-4)
