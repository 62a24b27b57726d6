"""Checks for lesson 02: one descriptor, pairs that go together, the atomic-size mismatch and what it separates."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from ...composition.formulas import parse_formula
from ...descriptors.descriptor import CompositionDescriptor
from ...descriptors.elements import element_table
from ...descriptors.statistics import STATISTICS
from .verdict import Verdict, accept_if, check, compare, named_values, numbers, refuse, refuse_if


def describe(X, features: Sequence[str] | None = None) -> pd.DataFrame:
    """Return descriptors of formulas or fractions as a table."""
    return CompositionDescriptor(features=features).set_output(transform="pandas").fit_transform(X)


@check()
def check_descriptor(answer: float, formula: str, name: str) -> Verdict:
    """Check one descriptor, such as ``"var:atomic_radius"``, of one formula, to 0.1 %."""
    statistic, _, feature = name.partition(":")
    if statistic not in STATISTICS or feature not in element_table():
        raise ValueError(f"{name!r} is no descriptor; one is 'ave:atomic_radius'")
    equal = pd.DataFrame([dict.fromkeys(parse_formula(formula), 1.0)])
    values, unweighted = (describe(x, [feature]).iloc[0] for x in ([formula], equal / equal.shape[1]))
    mistakes = {}
    if statistic == "var":
        mistakes["that is the standard deviation; the variance is asked for."] = np.sqrt(values[name])
    if statistic == "hmean":
        mistakes["that is the mean of 1/p. What is left to do at the end?"] = 1 / values[name]
    mistakes["each element counts the same in yours. What are the weights?"] = unweighted[name]
    for other in ("ave", "gmean", "hmean", "max", "min"):
        mistakes[f"that is the {other} of {feature}; the {statistic} is asked for."] = values[f"{other}:{feature}"]
    otherwise = f"write the definition of {statistic} down, and put in two elements by hand first."
    compare(answer, values[name], mistakes, otherwise)


@check()
def check_pairs(answer: Sequence[tuple[str, str]], formulas: Sequence[str], n: int = 10) -> Verdict:
    """Check the ``n`` pairs of features whose averages have the largest absolute correlation over some alloys."""
    try:
        pairs = [tuple(str(name).removeprefix("ave:") for name in pair) for pair in answer]
    except TypeError:
        pairs = [()]
    if any(len(pair) != 2 or not set(pair) <= set(element_table()) for pair in pairs):
        refuse("hand in pairs of feature names, such as ('density', 'atomic_weight').")
    given = {frozenset(pair) for pair in pairs}
    if any(len(pair) == 1 for pair in given):
        refuse("a feature goes together with itself, always. Leave the diagonal out.")
    twice = "a pair stands there twice, once in each order. Look at one half of the matrix."
    refuse_if(len(given) < len(pairs), twice)
    refuse_if(len(pairs) != n, f"{n} pairs are wanted, yours are {len(pairs)}.")
    averages = describe(formulas).filter(regex="^ave:").rename(columns=lambda name: name.removeprefix("ave:"))
    signed = averages.loc[:, averages.std() > 0].corr()

    def largest(matrix: pd.DataFrame) -> set[frozenset]:
        upper = np.triu(np.ones(matrix.shape, dtype=bool), k=1)
        return {frozenset(pair) for pair in matrix.where(upper).stack().nlargest(n).index}

    right = largest(signed.abs())
    weakest, wanted = (min(abs(signed.loc[*pair]) for pair in some) for some in (pairs, right))
    accept_if(given == right or weakest >= wanted)
    negative = "a strong correlation may be negative, too. By what should the pairs be sorted?"
    refuse_if(given == largest(signed), negative)
    refuse_if(given == largest(-signed.abs()), "those are the weakest correlations.")
    hits = len(right & given)
    refuse(f"{hits} of {n} are right. Are all alloys of the exercise in, and only their averages?")


@check()
def check_mismatch(answer: Sequence[float], formulas: Sequence[str]) -> Verdict:
    """Check the atomic-size mismatch δ = √Σ c (1 - r / r̄)² of some alloys, as a fraction (not in %)."""
    ave, var = describe(formulas, ["atomic_radius"])[["ave:atomic_radius", "var:atomic_radius"]].to_numpy().T
    right = np.sqrt(var) / ave
    mistakes = {
        "that is δ². Is there a root missing?": right**2,
        "that is in per cent; leave the factor of 100 out.": 100 * right,
        "that is the spread in picometres. δ has no unit: what is it divided by?": np.sqrt(var),
        "the root belongs to the variance alone: look at the units, pm² and pm.": np.sqrt(var / ave),
        "var is in pm², ave in pm: your δ has a unit, and it should have none.": var / ave,
    }
    compare(answer, right, mistakes, "expand Σ c (1 - r / r̄)² = Σ c (r̄ - r)² / r̄². Which descriptor is the sum?")


@check()
def check_separation(answer: Mapping[str, float], formulas: Sequence[str], classes: Sequence[str]) -> Verdict:
    """Check the areas under the curve, BMG against RMG, of the mismatch and of the variance of the atomic radius."""
    given, classes = numbers(named_values(answer, ["mismatch", "variance"])), np.asarray(classes)
    ave, var = describe(formulas, ["atomic_radius"])[["ave:atomic_radius", "var:atomic_radius"]].to_numpy().T

    def areas(rows: np.ndarray) -> np.ndarray:
        scores = (np.sqrt(var) / ave, var)
        return np.array([roc_auc_score(classes[rows] == "BMG", score[rows]) for score in scores])

    right = areas(classes != "CRA")
    mistakes = {
        "you ask BMG against all others; leave the crystalline alloys out.": areas(classes != ""),
        "below 0.5 and mirrored: which class is the positive one?": 1 - right,
        "the two are the wrong way round.": right[::-1],
    }
    refuse_if(((given < 0) | (given > 1)).any(), "an area under the curve lies between 0 and 1.")
    compare(given, right, mistakes, "roc_auc_score(is it BMG?, score), over the bulk and ribbon glasses alone.")
