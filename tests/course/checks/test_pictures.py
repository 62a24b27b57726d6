"""Checks for lesson 03: the right answer passes, and each plausible mistake has its own hint."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils import CompositionDescriptor, CompositionImager, ImageTemplate, fractions, load_metallic_glass
from mcvn_utils.course.checks.pictures import check_clipped, check_largest, check_scaling, check_template, check_twin
from tests.course.checks.test_verdict import say

GLASS = load_metallic_glass()
DESCRIPTOR = CompositionDescriptor().set_output(transform="pandas")
TRAIN, TEST = ["Cu50Zr50", "Fe80B20", "Al85Ni10La5"], ["Pd40Cu30Ni10P20", "Cu64Zr36"]


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
    ("answer", "hint"),
    [
        ("Cu70Zr30", "Right"),
        ("CuZr", "that is Cu50Zr50 itself"),
        ("Cu", "an element is gone"),
        ("Cu40Zr40Cs20", "further element"),
        ("Ni50Nb50", "largest and smallest"),
        ("Cu50Zz50", "hand in a formula"),
        (None, "nothing is handed in"),
    ],
)
def test_twin(answer, hint):
    assert hint in say(check_twin(answer, "Cu50Zr50"))


def test_template():
    frame = ImageTemplate.expert().to_frame()
    moved = frame.replace({"c6_gb": "density", "density": "hhi_p"})
    for hint, answer in {
        "Right": frame.replace("c6_gb", "hhi_p"),
        "still the experts'": frame,
        "c6_gb is still drawn": frame.replace("density", "hhi_p"),
        "hhi_p is not drawn": frame.replace("c6_gb", ""),
        "not where c6_gb was": moved,
        "another cell": frame.replace({"c6_gb": "hhi_p", "density": ""}),
    }.items():
        assert hint in say(check_template(ImageTemplate.from_frame(answer), "c6_gb", "hhi_p"))
    assert "from_frame makes one" in say(check_template(frame, "c6_gb", "hhi_p"))


def test_clipped_tells_a_scale_that_knows_the_test_alloys():
    rows = DESCRIPTOR.fit_transform(GLASS.X["formula"].iloc[::40])
    train, test = rows.iloc[::2], rows.iloc[1::2]
    clipped = CompositionImager().fit(train).clipped(test)
    counts = pd.Series(clipped.sum(axis=(1, 2)), test.index)
    assert counts.max() > 1
    for hint, answer in {
        "Right": counts[::-1],  # a Series is matched by its index
        "learned on the test alloys": counts * 0,
        "counts are asked for": counts / 392,
        "how many has each": counts > 0,
        "that are no test alloys": counts.rename(index={test.index[0]: "nobody"}),
        "Sum over what": counts + 1,
    }.items():
        assert hint in say(check_clipped(answer, train, test))


def test_largest():
    values = pd.Series({"a": 3, "b": 2, "c": 2, "d": 0})
    assert check_largest(["a", "b"], values, 2) and check_largest(["c", "a"], values, 2)
    assert "smallest" in say(check_largest(["d", "c"], values, 2))
    assert "rows with more" in say(check_largest(["b", "c"], values, 2))
    assert "yours are 1" in say(check_largest(["a", "a"], values, 2))
    assert "row names" in say(check_largest([0, 1], values, 2))
