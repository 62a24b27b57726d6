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
from .verdict import Verdict, accept_if, check, compare, names, numbers, refuse, refuse_if

_NO_VALUES = "the values that are to be sorted are missing: they come first."


@check()
def check_twin(answer: str, formula: str) -> Verdict:
    """Check an alloy whose picture agrees with that of ``formula`` in all max and min pixels, but not in the others."""
    try:
        given, wanted = parse_formula(answer), parse_formula(formula)
    except (FormulaError, TypeError) as error:
        refuse(f"hand in a formula, such as {formula!r}. {error}")
    if given.keys() == wanted.keys() and all(abs(given[symbol] - wanted[symbol]) < 1e-6 for symbol in wanted):
        refuse(f"that is {formula} itself, perhaps in other numbers: all of its picture is the same.")
    accept_if(np.allclose(*describe([answer, formula]).filter(regex="^(max|min):").to_numpy()))
    refuse_if(set(given) < set(wanted), "an element is gone, and with it a largest or a smallest value.")
    if set(given) > set(wanted):
        refuse("a further element brings values of its own, and some are larger or smaller than those that were.")
    refuse("its largest and smallest values are others. What do max and min depend on, and what not?")


@check()
def check_template(answer: ImageTemplate, old: str, new: str) -> Verdict:
    """Check the experts' template with the feature ``new`` in place of ``old``."""
    expert, kind = ImageTemplate.expert(), type(answer).__name__
    if not isinstance(answer, ImageTemplate):
        refuse(f"hand in an ImageTemplate, not {kind}: ImageTemplate.from_frame makes one.")
    accept_if(np.array_equal(answer.grid, np.where(expert.grid == old, new, expert.grid)))
    if np.array_equal(answer.grid, expert.grid):
        refuse("that is still the experts' template. Is the changed frame the one you went back from?")
    refuse_if(old in answer.features, f"{old} is still drawn.")
    refuse_if(new not in answer.features, f"{new} is not drawn. Is there an empty cell in its place?")
    refuse_if(answer.pixels_of(new) != expert.pixels_of(old), f"{new} is drawn, but not where {old} was.")
    refuse("another cell has changed as well.")


@check()
def check_scaling(answer: np.ndarray, train, test) -> Verdict:
    """Check the pictures (n, 1, 24, 21) of the test alloys, scaled min-max as the training alloys say."""
    given, wanted = numbers(answer, "pictures"), (len(test), 1, 24, 21)
    refuse_if(given.shape != wanted, f"the pictures have shape {given.shape}, wanted is {wanted}.")
    rows = (train, pd.concat([as_fractions(train), as_fractions(test)]), test)
    right, on_all, on_test = (np.allclose(given, CompositionImager().fit(x).transform(test), atol=1e-5) for x in rows)
    accept_if(right)
    refuse_if(on_all, "the scale was learned on all rows: the test alloys have told what is white.")
    refuse_if(on_test, "the scale was learned on the test alloys. On which rows may anything be learned?")
    refuse("the shape is right. From which rows do black and white come, and which template is drawn?")


@check()
def check_clipped(answer: pd.Series, train: pd.DataFrame, test: pd.DataFrame) -> Verdict:
    """Check how many pixels of each test alloy are clipped, on the training alloys' scale, both as descriptors."""
    right = CompositionImager().fit(train).clipped(test).sum(axis=(1, 2))
    if isinstance(answer, pd.Series):
        known = answer.index.isin(test.index).all()
        refuse_if(not known, "there are alloys in your answer that are no test alloys.")
        answer = answer.reindex(test.index)
    given = numbers(answer)
    if given.shape == right.shape and (given == 0).all():
        refuse("nothing is clipped: the scale was learned on the test alloys, too. On which rows may it be?")
    mistakes = {
        "those are shares of the picture; counts are asked for.": right / 504,
        "those are shares of the drawn pixels; counts are asked for.": right / 392,
        "those are the alloys with a clipped pixel; how many has each?": right > 0,
    }
    compare(given, right, mistakes, "imager.fit(training rows).clipped(test rows) is (n, 24, 21). Sum over what?")


@check(values=_NO_VALUES)
def check_largest(answer: Sequence, values: pd.Series, n: int = 10) -> Verdict:
    """Check the labels of the ``n`` largest of some values; among equals any will do."""
    refuse_if(not isinstance(values, pd.Series), _NO_VALUES)
    values = pd.Series(numbers(values), values.index)
    wanted = "hand in row names, such as those in the index of the values."
    labels = names(answer, wanted)
    refuse_if(not set(labels) <= set(values.index), wanted)
    different = len(set(labels))
    refuse_if(len(labels) != n or different != n, f"{n} different rows are wanted, yours are {different}.")
    accept_if(sorted(values[labels]) == sorted(values.nlargest(n)))
    refuse_if(sorted(values[labels]) == sorted(values.nsmallest(n)), "those are the smallest.")
    refuse("there are rows with more. Sort from the largest down.")
