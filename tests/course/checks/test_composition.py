"""Checks for lesson 01: the right answer passes, and each plausible mistake has its own hint."""

import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from mcvn_utils import fractions, from_atomic_percent, from_weight_percent, load_metallic_glass
from mcvn_utils.composition.errors import FormulaError
from mcvn_utils.composition.formulas import parse_formula
from mcvn_utils.course.checks.composition import (
    check_accepted,
    check_fractions,
    check_misread_error,
    check_refusal,
    check_weight_percent,
)
from tests.course.checks.test_verdict import say

GLASS = load_metallic_glass()
FORMULA = "(Fe75Co25)83P17"
RIGHT = {"Fe": 0.6225, "Co": 0.2075, "P": 0.17}
STEEL = pd.DataFrame({"C": [0.35, 0.40], "Ni": [1.8, 0.0]})


def test_right_fractions_pass():
    verdict = check_fractions(RIGHT, FORMULA)
    assert verdict and repr(verdict) == "Right."


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (parse_formula(FORMULA, "chemical"), "multiply, as in chemistry"),
        ({symbol: 100 * share for symbol, share in RIGHT.items()}, "those are at%"),
        ({"Fe": 0.83, "P": 0.17}, "is one missing"),
        ({"Fe": 0.75, "Co": 0.25, "P": 0.17}, "yours to 1.17"),
        ({"Fe": 0.5, "Co": 0.33, "P": 0.17}, "shared out"),
        ({"Fe": 0.6235, "Co": 0.2065, "P": 0.17}, "shared out"),
        ([0.6225, 0.2075, 0.17], "hand in a dict"),
    ],
)
def test_wrong_fractions_get_the_hint_of_their_mistake(answer, hint):
    verdict = check_fractions(answer, FORMULA)
    assert not verdict and hint in repr(verdict)


def test_hints_do_not_give_the_answer_away():
    wrong = [parse_formula(FORMULA, "chemical"), {"Fe": 0.5, "Co": 0.33, "P": 0.17}, {"Fe": 1.0}]
    for answer in wrong:
        assert not any(
            figure in repr(check_fractions(answer, FORMULA)) for figure in ("0.62", "62.25", "0.20", "20.75")
        )


def test_weight_percent_tells_the_mistakes_apart():
    assert check_weight_percent(from_weight_percent(STEEL), STEEL)
    assert "weight shares" in repr(check_weight_percent(from_atomic_percent(STEEL, balance="Fe"), STEEL))
    alone = STEEL.assign(Ni=1.0).div(STEEL.assign(Ni=1.0).sum(axis=1), axis=0)
    assert "there is no Fe" in repr(check_weight_percent(alone, STEEL))
    assert "2 rows" in repr(check_weight_percent(from_weight_percent(STEEL.head(1)), STEEL))
    assert "negative" in repr(check_weight_percent(pd.DataFrame({"Fe": [1.1, 1], "C": [-0.1, 0]}), STEEL))


def test_chemical_fractions_tell_the_alloy_reading():
    formula = "(CaCu)70Mg30"
    assert check_fractions(parse_formula(formula, "chemical"), formula, "chemical")
    assert "chemist's bracket multiplies" in say(check_fractions(parse_formula(formula, "alloy"), formula, "chemical"))
    assert "count in all" in say(check_fractions({"Ca": 0.2, "Cu": 0.3, "Mg": 0.5}, formula, "chemical"))


def strict(formula: str, alloy: bool) -> dict:
    """The library's own parser refuses what a student's should."""
    return parse_formula(formula, "alloy")


def changed(formula: str, result):
    """A parser that is strict, but for one formula."""

    def read(text, alloy):
        if text != formula:
            return strict(text, alloy)
        if isinstance(result, Exception):
            raise result
        return result

    return read


@pytest.mark.parametrize(
    ("read", "hint"),
    [
        (changed("(Fe75Co25", {}), "a bracket is left open"),
        (changed("Fe75Co25)83P17", IndexError("pop from empty list")), "a IndexError escapes"),
        (changed("Fe75)Co25(", {"Fe": 75.0}), "closed before it is opened"),
        (changed("Fe75xCo25", {"Fe": 75.0}), "no part covers the x"),
        (changed("CoCrFeMnNi", FormulaError("CoCrFeMnNi", 0, "no")), "a good formula, and your parser fails"),
        (changed("CoCrFeMnNi", {"Co": 1.0}), "no longer reads it right"),
    ],
)
def test_a_parser_that_does_not_refuse_is_told_what_it_accepts(read, hint):
    assert check_refusal(strict)
    assert hint in say(check_refusal(read))


def test_accepted_formulas():
    bad = ["Al40Cu60T", "Fe75xCo25", "(Fe75Co25", "Сu50Zr50"]
    assert check_accepted(["Al40Cu60T"], bad) and check_accepted("Al40Cu60T", bad)
    assert "one of them passes" in say(check_accepted([], bad))
    assert "too many" in say(check_accepted(bad, bad))
    assert "brackets closed" in say(check_accepted(["(Fe75Co25"], bad))
    assert "copy them" in say(check_accepted(["Al40"], bad))


def test_misread_error_tells_training_on_the_asked_rows():
    right, wrong = (fractions(GLASS.X["formula"], convention=c) for c in ("auto", "chemical"))
    trapped = (right - wrong).abs().sum(axis=1) > 1e-6

    def errors(rows):
        forest = RandomForestClassifier(5, random_state=3).fit(right[rows], GLASS.y[rows])
        asked = {"read right": right, "misread": wrong}
        return {name: 100 * (forest.predict(x[trapped]) != GLASS.y[trapped]).mean() for name, x in asked.items()}

    honest = errors(~trapped)
    answers = {
        "Right": honest,
        "it has seen what it is asked": errors(trapped | ~trapped),
        "the wrong way round": dict(zip(honest, list(honest.values())[::-1], strict=True)),
        "those are shares": {name: value / 100 for name, value in honest.items()},
        "those are the hits": {name: 100 - value for name, value in honest.items()},
        "random_state=3": {"read right": 50.0, "misread": 60.0},
        "the keys": {"right": 1},
    }
    for hint, answer in answers.items():
        assert hint in say(check_misread_error(answer, 3, n_trees=5))
