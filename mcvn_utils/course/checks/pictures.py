"""Checks for lesson 03: twins of a picture, a template of one's own, whose scale it is, and what is clipped."""

import numpy as np
import pandas as pd

from ...composition.conversion import as_fractions
from ...composition.errors import FormulaError
from ...composition.formulas import parse_formula
from ...images.imager import CompositionImager
from ...images.templates import ImageTemplate
from .descriptors import describe
from .verdict import RIGHT, Verdict, compare, hint


def check_twin(answer: str, formula: str) -> Verdict:
    """Check an alloy whose picture agrees with that of ``formula`` in all max and min pixels, but not in the others."""
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


def check_template(answer: ImageTemplate, old: str, new: str) -> Verdict:
    """Check the experts' template with the feature ``new`` in place of ``old``."""
    if not isinstance(answer, ImageTemplate):
        return hint(f"hand in an ImageTemplate, not {type(answer).__name__}: ImageTemplate.from_frame makes one.")
    grid = ImageTemplate.expert().grid
    if np.array_equal(answer.grid, np.where(grid == old, new, grid)):
        return RIGHT
    if np.array_equal(answer.grid, grid):
        return hint("that is still the experts' template. Is the changed frame the one you went back from?")
    if old in answer.features:
        return hint(f"{old} is still drawn.")
    if new not in answer.features:
        return hint(f"{new} is not drawn. Is there an empty cell in its place?")
    if answer.pixels_of(new) != ImageTemplate.expert().pixels_of(old):
        return hint(f"{new} is drawn, but not where {old} was.")
    return hint("another cell has changed as well.")


def check_scaling(answer: np.ndarray, train, test) -> Verdict:
    """Check pictures (n, 1, 24, 21) of the test alloys, scaled min-max as the training alloys say.

    Parameters
    ----------
    answer : the pictures of ``test``. train, test : formulas or fractions.
    """
    answer = np.asarray(answer, dtype=float)
    wanted = CompositionImager().fit(train).transform(test)
    if answer.shape != wanted.shape:
        return hint(f"the pictures have shape {answer.shape}, wanted is {wanted.shape}.")
    if np.allclose(answer, wanted, atol=1e-5):
        return RIGHT
    train, test = as_fractions(train), as_fractions(test)
    if np.allclose(answer, CompositionImager().fit(pd.concat([train, test])).transform(test), atol=1e-5):
        return hint("the scale was learned on all rows: the test alloys have told what is white.")
    if np.allclose(answer, CompositionImager().fit(test).transform(test), atol=1e-5):
        return hint("the scale was learned on the test alloys. On which rows may anything be learned?")
    return hint("the shape is right. From which rows do black and white come, and which template is drawn?")


def check_clipped(answer: pd.Series, train: pd.DataFrame, test: pd.DataFrame) -> Verdict:
    """Check how many pixels of each test alloy are clipped, on the scale of the training alloys.

    Parameters
    ----------
    answer : counts (n,), in the order of ``test``. train, test : descriptors (n, 406).
    """

    def counts(scale: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
        return CompositionImager().fit(scale).clipped(rows).sum(axis=(1, 2))

    right = counts(train, test)
    if isinstance(answer, pd.Series):
        if not answer.index.isin(test.index).all():
            return hint("there are alloys in your answer that are no test alloys.")
        answer = answer.reindex(test.index)
    given = np.asarray(answer)
    if given.shape == right.shape and (given == 0).all():
        return hint("nothing is clipped: the scale was learned on the test alloys, too. On which rows may it be?")
    mistakes = {
        "those are shares of the picture; counts are asked for.": right / 504,
        "those are shares of the drawn pixels; counts are asked for.": right / 392,
        "those are the alloys with a clipped pixel; how many has each?": right > 0,
    }
    return compare(
        given, right, mistakes, "imager.fit(training rows).clipped(test rows) is (n, 24, 21). Sum over what?"
    )
