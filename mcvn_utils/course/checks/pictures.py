"""Checks for lesson 03: twins of a picture, a template of one's own, whose scale it is, what is clipped and where."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...composition.conversion import as_fractions
from ...composition.errors import FormulaError
from ...composition.formulas import parse_formula
from ...images.imager import CompositionImager
from ...images.templates import ImageTemplate
from .descriptors import describe
from .verdict import RIGHT, Verdict, check, compare, hint, names, numbers


@check()
def check_twin(answer: str, formula: str) -> Verdict:
    """Check an alloy whose picture agrees with that of ``formula`` in all max and min pixels, but not in the others.

    Examples
    --------
    >>> check_twin("Cu70Zr30", "Cu50Zr50")
    Right.
    """
    try:
        given, wanted = parse_formula(answer), parse_formula(formula)
    except (FormulaError, TypeError) as error:
        return hint(f"hand in a formula, such as {formula!r}. {error}")
    a, b = (row for _, row in describe([answer, formula]).iterrows())
    extremes = a.index.str.startswith(("max:", "min:"))
    if given.keys() == wanted.keys() and all(abs(given[symbol] - wanted[symbol]) < 1e-6 for symbol in wanted):
        return hint(f"that is {formula} itself, perhaps in other numbers: all of its picture is the same.")
    if np.allclose(a[extremes], b[extremes]):
        return RIGHT
    if set(given) < set(wanted):
        return hint("an element is gone, and with it a largest or a smallest value.")
    if set(given) > set(wanted):
        return hint("a further element brings values of its own, and some are larger or smaller than those that were.")
    return hint("its largest and smallest values are others. What do max and min depend on, and what not?")


@check()
def check_template(answer: ImageTemplate, old: str, new: str) -> Verdict:
    """Check the experts' template with the feature ``new`` in place of ``old``.

    Examples
    --------
    >>> check_template(ImageTemplate.expert(), "c6_gb", "hhi_p")
    Not yet: that is still the experts' template. Is the changed frame the one you went back from?
    """
    if not isinstance(answer, ImageTemplate):
        return hint(f"hand in an ImageTemplate, not {type(answer).__name__}: ImageTemplate.from_frame makes one.")
    expert = ImageTemplate.expert()
    if np.array_equal(answer.grid, np.where(expert.grid == old, new, expert.grid)):
        return RIGHT
    if np.array_equal(answer.grid, expert.grid):
        return hint("that is still the experts' template. Is the changed frame the one you went back from?")
    if old in answer.features:
        return hint(f"{old} is still drawn.")
    if new not in answer.features:
        return hint(f"{new} is not drawn. Is there an empty cell in its place?")
    if answer.pixels_of(new) != expert.pixels_of(old):
        return hint(f"{new} is drawn, but not where {old} was.")
    return hint("another cell has changed as well.")


@check()
def check_scaling(answer: np.ndarray, train, test) -> Verdict:
    """Check the pictures (n, 1, 24, 21) of the test alloys, scaled min-max as the training alloys say.

    Examples
    --------
    >>> check_scaling(np.zeros((24, 21)), ["Cu50Zr50", "Fe80B20"], ["Cu64Zr36"])
    Not yet: the pictures have shape (24, 21), wanted is (1, 1, 24, 21).
    """
    given = numbers(answer, "pictures")

    def is_scaled_by(rows) -> bool:
        return np.allclose(given, CompositionImager().fit(rows).transform(test), atol=1e-5)

    if given.shape != (len(test), 1, 24, 21):
        return hint(f"the pictures have shape {given.shape}, wanted is {(len(test), 1, 24, 21)}.")
    if is_scaled_by(train):
        return RIGHT
    if is_scaled_by(pd.concat([as_fractions(train), as_fractions(test)])):
        return hint("the scale was learned on all rows: the test alloys have told what is white.")
    if is_scaled_by(test):
        return hint("the scale was learned on the test alloys. On which rows may anything be learned?")
    return hint("the shape is right. From which rows do black and white come, and which template is drawn?")


@check()
def check_clipped(answer: pd.Series, train: pd.DataFrame, test: pd.DataFrame) -> Verdict:
    """Check how many pixels of each test alloy are clipped, on the scale of the training alloys, both as descriptors.

    Examples
    --------
    >>> rows = describe(["Cu50Zr50", "Fe80B20", "Al90La10"])
    >>> check_clipped([0], rows[:2], rows[2:])
    Not yet: nothing is clipped: the scale was learned on the test alloys, too. On which rows may it be?
    """
    right = CompositionImager().fit(train).clipped(test).sum(axis=(1, 2))
    if isinstance(answer, pd.Series):
        if not answer.index.isin(test.index).all():
            return hint("there are alloys in your answer that are no test alloys.")
        answer = answer.reindex(test.index)
    given = numbers(answer)
    if given.shape == right.shape and (given == 0).all():
        return hint("nothing is clipped: the scale was learned on the test alloys, too. On which rows may it be?")
    mistakes = {
        "those are shares of the picture; counts are asked for.": right / 504,
        "those are shares of the drawn pixels; counts are asked for.": right / 392,
        "those are the alloys with a clipped pixel; how many has each?": right > 0,
    }
    otherwise = "imager.fit(training rows).clipped(test rows) is (n, 24, 21). Sum over what?"
    return compare(given, right, mistakes, otherwise)


@check(values="the values that are to be sorted are missing: they come first.")
def check_largest(answer: Sequence, values: pd.Series, n: int = 10) -> Verdict:
    """Check the labels of the ``n`` largest of some values; among equals any will do.

    Examples
    --------
    >>> check_largest(["a"], pd.Series({"a": 1, "b": 2}), n=1)
    Not yet: those are the smallest.
    """
    if not isinstance(values, pd.Series):
        return hint("the values that are to be sorted are missing: they come first.")
    values = pd.Series(numbers(values), values.index)
    wanted = "hand in row names, such as those in the index of the values."
    labels = names(answer, wanted)
    if not set(labels) <= set(values.index):
        return hint(wanted)
    if len(labels) != n or len(set(labels)) != n:
        return hint(f"{n} different rows are wanted, yours are {len(set(labels))}.")
    if sorted(values[labels]) == sorted(values.nlargest(n)):
        return RIGHT
    if sorted(values[labels]) == sorted(values.nsmallest(n)):
        return hint("those are the smallest.")
    return hint("there are rows with more. Sort from the largest down.")
