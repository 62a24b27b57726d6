"""Feedback on exercises: the right answer passes, and each plausible mistake gets its own hint."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils import (
    CompositionDescriptor,
    CompositionImager,
    element_table,
    fractions,
    from_atomic_percent,
    from_weight_percent,
)
from mcvn_utils.checks import check_descriptor, check_fractions, check_scaling, check_split, check_weight_percent
from mcvn_utils.composition.formulas import parse_formula

FORMULA = "(Fe75Co25)83P17"
RIGHT = {"Fe": 0.6225, "Co": 0.2075, "P": 0.17}
STEEL = pd.DataFrame({"C": [0.35, 0.40], "Ni": [1.8, 0.0]})
TRAIN, TEST = ["Cu50Zr50", "Fe80B20", "Al85Ni10La5"], ["Pd40Cu30Ni10P20", "Cu64Zr36"]


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


def test_descriptor_tells_the_mistakes_apart():
    values = CompositionDescriptor().set_output(transform="pandas").fit_transform(["Cu60Zr40"]).iloc[0]
    name = "var:atomic_radius"
    assert check_descriptor(values[name], "Cu60Zr40", name)
    assert "standard deviation" in repr(check_descriptor(values[name] ** 0.5, "Cu60Zr40", name))
    plain = element_table().loc[["Cu", "Zr"], "atomic_radius"].mean()
    assert "each element counts the same" in repr(check_descriptor(plain, "Cu60Zr40", "ave:atomic_radius"))
    assert "that is the max" in repr(check_descriptor(values["max:density"], "Cu60Zr40", "ave:density"))
    assert "write the definition" in repr(check_descriptor(-1.0, "Cu60Zr40", "ave:density"))
    with pytest.raises(ValueError, match="is no descriptor"):
        check_descriptor(1.0, "Cu60Zr40", "mean:density")


def test_scaling_tells_a_leak():
    assert check_scaling(CompositionImager().fit(TRAIN).transform(TEST), TRAIN, TEST)
    everything = fractions(TRAIN + TEST)
    assert "learned on all rows" in repr(
        check_scaling(CompositionImager().fit(everything).transform(TEST), TRAIN, TEST)
    )
    assert "on the test alloys" in repr(check_scaling(CompositionImager().fit(TEST).transform(TEST), TRAIN, TEST))
    assert "wanted is (2, 1, 24, 21)" in repr(check_scaling(np.zeros((2, 24, 21)), TRAIN, TEST))
    assert "From which rows" in repr(check_scaling(np.zeros((2, 1, 24, 21)), TRAIN, TEST))


@pytest.mark.parametrize(
    ("train", "test", "hint"),
    [
        ([0, 1], [2, 3], "Right."),
        ([0, 2], [1, 3], "2 groups are torn, H1 among them"),
        ([0, 1, 2], [2, 3], "1 rows are on both sides"),
        ([0, 1], [2], "1 rows are on neither side"),
        ([0, 1, 2, 3], [], "is empty"),
    ],
)
def test_split_tells_a_leak(train, test, hint):
    assert hint in repr(check_split(train, test, ["H1", "H1", "H2", "H2"]))
