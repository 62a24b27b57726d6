"""Checks for lesson 01: fractions of a formula, weight per cent, a parser that refuses, the error of a misreading."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from ...composition.conversion import as_fractions, fractions, from_atomic_percent, from_weight_percent
from ...composition.formulas import parse_formula
from ...datasets.loaders import load_metallic_glass
from .verdict import (
    Verdict,
    accept_if,
    check,
    compare,
    named_values,
    names,
    numbers,
    refuse,
    refuse_if,
)

_PART = re.compile(r"([A-Z][a-z]?|[()\[\]{}])(\d*\.?\d*)")


@check()
def check_fractions(answer: Mapping[str, float], formula: str, convention: str = "alloy") -> Verdict:
    """Check atomic fractions of a formula, as alloy papers mean it or as a chemist would read it."""
    refuse_if(not isinstance(answer, Mapping), "hand in a dict from element symbol to atomic fraction.")
    if set(answer) != set(parse_formula(formula, convention)):
        refuse("the elements are not those of the formula: is one missing, or one too many?")
    given = pd.Series(numbers(list(answer.values())), answer)
    alloy, chemical = (_near(given, pd.Series(parse_formula(formula, c))[given.index]) for c in ("alloy", "chemical"))
    accept_if(chemical if convention == "chemical" else alloy)
    total = "100: those are at%" if abs(given.sum() - 100) < 1e-4 else f"{given.sum():.4g}"
    refuse_if(abs(given.sum() - 1) > 1e-6, f"fractions add up to 1, yours to {total}.")
    refuse_if(chemical, "you let the bracket multiply, as in chemistry. What share of the alloy is its group?")
    refuse_if(alloy, "you let the group be shared out, as in alloy papers. A chemist's bracket multiplies.")
    start = "the elements are right and the total is 1."
    refuse_if(convention == "chemical", f"{start} How many atoms of each does the formula count in all?")
    refuse(f"{start} How is a group shared out among its elements?")


@check()
def check_weight_percent(answer: pd.DataFrame, percent: pd.DataFrame, balance: str = "Fe") -> Verdict:
    """Check atomic fractions that were worked out from ``percent``, wt% without the balance element."""
    if not isinstance(answer, pd.DataFrame) or len(answer) != len(percent):
        refuse(f"hand in a DataFrame of {len(percent)} rows, one column for each element.")
    try:
        given = as_fractions(answer)
    except ValueError as error:
        refuse(str(error))
    accept_if(_near(given, from_weight_percent(percent, balance=balance)[given.columns]))
    refuse_if(not given[balance].any(), f"there is no {balance}: what makes up the rest to 100 %?")
    if _near(given, from_atomic_percent(percent, balance=balance)[given.columns]):
        refuse("those are the weight shares. How many atoms are in a gram of each element?")
    refuse(f"{balance} is there. Divide each weight by what, before the shares are taken?")


@check()
def check_refusal(read: Callable[[str, bool], dict]) -> Verdict:
    """Check a parser ``read(formula, alloy)`` that raises ``ValueError`` for what is no formula."""
    refuse_if(not callable(read), f"hand in a function, not {type(read).__name__}.")
    for formula in ("(Fe75Co25)83P17", "{[(Fe0.5Co0.5)0.75B0.25]0.96Nb0.04}50Cr50", "CoCrFeMnNi"):
        good = f"{formula} is a good formula, and your parser"
        try:
            amounts = read(formula, True)
            shares = {symbol: amount / sum(amounts.values()) for symbol, amount in amounts.items()}
        except NotImplementedError:
            refuse("the parser is still to be written.")
        except (Exception, SystemExit) as error:
            refuse(f"{good} fails: {type(error).__name__}: {error}")
        refuse_if(not check_fractions(shares, formula), f"{good} no longer reads it right.")
    remedy = "Look before you take from the pile, and raise a ValueError that says what is wrong."
    for formula, reason in {
        "(Fe75Co25": "a bracket is left open",
        "((Zr50Cu50)90Al10": "a bracket is left open",
        "Fe75Co25)83P17": "a bracket is closed that was never opened",
        "Fe75)Co25(": "a bracket is closed before it is opened",
        "Fe75xCo25": "no part covers the x",
        "Сu50Zr50": "the first letter is Cyrillic, and no part covers it",
        "Fe80?B20": "no part covers the question mark",
    }.items():
        try:
            read(formula, True)
        except ValueError:
            continue
        except (Exception, SystemExit) as error:
            refuse(f"for {formula} a {type(error).__name__} escapes. {remedy}")
        refuse(f"{formula} is accepted, though {reason}.")
    return Verdict(True)


@check()
def check_accepted(answer: Sequence[str], formulas: Sequence[str]) -> Verdict:
    """Check which formulas pass a parser that looks at brackets and at uncovered text, and knows no elements."""
    copy = "hand in formulas of the list, letter by letter (copy them)."
    given = set(names(answer, copy))
    refuse_if(not given <= set(formulas), copy)
    wanted = {text for text in formulas if not _PART.sub("", text) and text.count("(") == text.count(")")}
    accept_if(given == wanted)
    refuse_if(not given, "one of them passes. Is every capital letter an element?")
    refuse_if(given > wanted, "too many: let your own parser read each of them once more.")
    refuse("not those. Which of them has its brackets closed, and is made of nothing but symbols and numbers?")


@check()
def check_misread_error(answer: Mapping[str, float], seed: int, n_trees: int = 100) -> Verdict:
    """Check how often, in per cent, a random forest errs on the 110 trapped alloys, read right and misread."""
    given = numbers(named_values(answer, ["read right", "misread"]))
    from sklearn.ensemble import RandomForestClassifier

    glass = load_metallic_glass()
    right, wrong = (fractions(glass.X["formula"], convention=convention) for convention in ("auto", "chemical"))
    trapped = ((right - wrong).abs().sum(axis=1) > 1e-6).to_numpy()

    def errors(rows: np.ndarray) -> np.ndarray:
        forest = RandomForestClassifier(n_trees, random_state=seed).fit(right[rows], glass.y[rows])
        return 100 * np.array([(forest.predict(x[trapped]) != glass.y[trapped]).mean() for x in (right, wrong)])

    honest = errors(~trapped)
    leak = "the forest was trained on all alloys, the 110 among them: it has seen what it is asked."
    mistakes = {
        "those are shares; per cent are asked for.": honest / 100,
        "those are the hits in per cent; count the errors.": 100 - honest,
        "the two are the wrong way round.": honest[::-1],
        leak: lambda: errors(np.ones_like(trapped)),
    }
    rows = f"train on the rows that are not trapped, with {n_trees} trees and random_state={seed}; ask about the 110."
    compare(given, honest, mistakes, rows, tolerance=1e-2)


def _near(given: pd.Series | pd.DataFrame, wanted: pd.Series | pd.DataFrame) -> bool:
    """Return whether two compositions agree to 1e-4."""
    return np.allclose(given, wanted, rtol=0, atol=1e-4)
