"""Instant feedback on an exercise's answer: right, or a hint that names the likely mistake and keeps the solution back.

Each check works the right answer out itself, and also the wrong ones that look plausible (the bracket read as in
chemistry, wt% taken for at%, a scale learned on all rows, a split that leaks), so that each of these has its own hint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .composition import as_fractions, from_atomic_percent, from_weight_percent, parse_formula
from .descriptors import CompositionDescriptor
from .images import CompositionImager


@dataclass(frozen=True)
class Verdict:
    """What a check found; shows itself as one line, and is true when the answer is right."""

    right: bool
    hint: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "Right." if self.right else f"Not yet: {self.hint}"


def check_fractions(answer: Mapping[str, float], formula: str) -> Verdict:
    """Check atomic fractions of a formula as alloy papers mean it.

    Parameters
    ----------
    answer : element symbol to atomic fraction. formula : the formula of the exercise.
    """
    wanted = parse_formula(formula, "alloy")
    if not isinstance(answer, Mapping):
        return Verdict(False, "hand in a dict from element symbol to atomic fraction.")
    if set(answer) != set(wanted):
        return Verdict(False, "the elements are not those of the formula: is one missing, or one too many?")
    given = pd.Series(dict(answer), dtype=float)
    if _near(given, wanted):
        return Verdict(True)
    if abs(given.sum() - 1) > 1e-6:
        total = "100: those are at%" if abs(given.sum() - 100) < 1e-4 else f"{given.sum():.4g}"
        return Verdict(False, f"fractions add up to 1, yours to {total}.")
    if _near(given, parse_formula(formula, "chemical")):
        return Verdict(False, "you let the bracket multiply, as in chemistry. What share of the alloy is its group?")
    return Verdict(False, "the elements are right and the total is 1. How is a group shared out among its elements?")


def check_weight_percent(answer: pd.DataFrame, percent: pd.DataFrame, balance: str = "Fe") -> Verdict:
    """Check atomic fractions that were worked out from wt% with a balance element.

    Parameters
    ----------
    answer : (n, k) atomic fractions, columns named by elements. percent : (n, m) the exercise's wt%.
    """
    given = _table(answer, len(percent))
    if isinstance(given, Verdict):
        return given
    if _near(given, from_weight_percent(percent, balance=balance)):
        return Verdict(True)
    if given[balance].abs().max() == 0:
        return Verdict(False, f"there is no {balance}: what makes up the rest to 100 %?")
    if _near(given, from_atomic_percent(percent, balance=balance)):
        return Verdict(False, "those are the weight shares. How many atoms are in a gram of each element?")
    return Verdict(False, f"{balance} is there. Divide each weight by what, before the shares are taken?")


def check_descriptor(answer: float, formula: str, name: str) -> Verdict:
    """Check one descriptor, such as ``"var:atomic_radius"``, of one formula, to 0.1 %."""
    statistic, _, feature = name.partition(":")
    values = CompositionDescriptor().set_output(transform="pandas").fit_transform([formula]).iloc[0]
    if name not in values:
        raise ValueError(f"{name!r} is no descriptor; one is 'ave:atomic_radius'")
    if np.isclose(answer, values[name], rtol=1e-3):
        return Verdict(True)
    if statistic == "var" and np.isclose(answer, np.sqrt(values[name]), rtol=1e-3):
        return Verdict(False, "that is the standard deviation; the variance is asked for.")
    unweighted = CompositionDescriptor().set_output(transform="pandas")
    equal = unweighted.fit_transform(as_fractions(pd.DataFrame([_equal_shares(formula)]))).iloc[0]
    if np.isclose(answer, equal[name], rtol=1e-3):
        return Verdict(False, "each element counts the same in yours. What are the weights?")
    others = [s for s in ("ave", "gmean", "hmean", "max", "min") if np.isclose(answer, values[f"{s}:{feature}"])]
    if others:
        return Verdict(False, f"that is the {others[0]} of {feature}; the {statistic} is asked for.")
    return Verdict(False, f"write the definition of {statistic} down, and put in two elements by hand first.")


def check_scaling(answer: np.ndarray, train, test) -> Verdict:
    """Check pictures (n, 1, 24, 21) of the test alloys, scaled min-max as the training alloys say.

    Parameters
    ----------
    answer : the pictures of ``test``. train, test : formulas or fractions.
    """
    answer = np.asarray(answer, dtype=float)
    wanted = CompositionImager().fit(train).transform(test)
    if answer.shape != wanted.shape:
        return Verdict(False, f"the pictures have shape {answer.shape}, wanted is {wanted.shape}.")
    if np.allclose(answer, wanted, atol=1e-5):
        return Verdict(True)
    train, test = as_fractions(train), as_fractions(test)
    if np.allclose(answer, CompositionImager().fit(pd.concat([train, test])).transform(test), atol=1e-5):
        return Verdict(False, "the scale was learned on all rows: the test alloys have told what is white.")
    if np.allclose(answer, CompositionImager().fit(test).transform(test), atol=1e-5):
        return Verdict(False, "the scale was learned on the test alloys. On which rows may anything be learned?")
    return Verdict(False, "the shape is right. From which rows do black and white come, and which template is drawn?")


def check_split(train: Sequence[int], test: Sequence[int], groups: Sequence) -> Verdict:
    """Check a split of rows that may not tear a group, such as a heat or a chemical system.

    Parameters
    ----------
    train, test : row numbers. groups : one name for each of the n rows.
    """
    train, test, groups = np.asarray(train), np.asarray(test), np.asarray(groups)
    if len(train) == 0 or len(test) == 0:
        return Verdict(False, "one side of the split is empty.")
    if len(np.intersect1d(train, test)):
        return Verdict(False, f"{len(np.intersect1d(train, test))} rows are on both sides of the split.")
    if len(np.union1d(train, test)) < len(groups):
        return Verdict(False, f"{len(groups) - len(np.union1d(train, test))} rows are on neither side of the split.")
    torn = np.intersect1d(groups[train], groups[test])
    if len(torn):
        return Verdict(False, f"{len(torn)} groups are torn, {torn[0]} among them: the model can look them up.")
    return Verdict(True)


def _near(given: pd.Series | pd.DataFrame, wanted) -> bool:
    """Whether two compositions agree to 1e-4."""
    if isinstance(given, pd.Series):
        return all(abs(given[symbol] - share) < 1e-4 for symbol, share in wanted.items())
    return bool(np.abs(given.to_numpy() - wanted[given.columns].to_numpy()).max() < 1e-4)


def _table(answer: pd.DataFrame, n: int) -> pd.DataFrame | Verdict:
    """The answer as 94 columns, or why it is none."""
    if not isinstance(answer, pd.DataFrame) or len(answer) != n:
        return Verdict(False, f"hand in a DataFrame of {n} rows, one column for each element.")
    try:
        return as_fractions(answer)
    except ValueError as error:
        return Verdict(False, str(error))


def _equal_shares(formula: str) -> dict[str, float]:
    symbols = parse_formula(formula)
    return dict.fromkeys(symbols, 1 / len(symbols))
