"""The small CNN that compares pictures, and what is read from the file of its scores."""

import pandas as pd
import pytest

from mcvn_utils.evaluation.uncertainty import paired_difference
from mcvn_utils.study.pictures import NO_PICTURE, TITLES, differences, fold_means

# What is read from the file


def rows(arrangement, descriptors, values, protocol="5 x 70/30"):
    """Two seeds a fold, 0.02 apart."""
    return [
        {"protocol": protocol, "fold": fold, "arrangement": arrangement, "descriptors": descriptors,
         "seed": seed, "macro_f1": value + 0.02 * seed - 0.01}
        for fold, value in enumerate(values)
        for seed in (0, 1)
    ]  # fmt: skip


SCORES = pd.DataFrame(
    rows("random", "no", [0.80, 0.82, 0.81])
    + rows("expert", "no", [0.81, 0.82, 0.83])
    + rows("expert", "yes", [0.84, 0.85, 0.86])
    + rows(NO_PICTURE, "yes", [0.83, 0.85, 0.84])
)


def test_seeds_are_averaged_before_folds_are_compared():
    means = fold_means(SCORES)
    assert means["the experts' cells", "no"].round(9).tolist() == [0.81, 0.82, 0.83]
    order = list(dict.fromkeys(means.columns.get_level_values("arrangement")))
    assert order == [name for name in TITLES.values() if name in order]


def test_differences_are_paired_over_the_folds():
    found = differences(SCORES, "expert").set_index(["descriptors", "arrangement"])
    wanted = paired_difference([0.80, 0.82, 0.81], [0.81, 0.82, 0.83], 3 / 7)
    assert found.loc[("no", "random"), ["difference", "low", "high", "p"]].tolist() == pytest.approx(
        list(wanted.values())
    )
    assert set(found.index) == {("no", "random"), ("yes", NO_PICTURE)}
    assert found.loc[("yes", NO_PICTURE), "difference"] == pytest.approx(-0.01)


def test_no_picture_is_compared_with_pictures_beside_the_descriptors_alone():
    found = differences(SCORES, NO_PICTURE)
    assert found[["arrangement", "descriptors"]].to_numpy().tolist() == [["expert", "yes"]]


def test_a_fold_that_one_lacks_is_left_out_and_a_wrong_name_is_named():
    found = differences(SCORES.drop(index=[0, 1]), "expert").set_index(["descriptors", "arrangement"])
    assert found.loc[("no", "random"), "difference"] == pytest.approx((0.0 - 0.02) / 2)
    with pytest.raises(ValueError, match=r"'experts'; there are random, expert"):
        differences(SCORES, "experts")


def test_a_single_fold_has_no_difference():
    assert differences(SCORES[SCORES["fold"] == 1], "expert").empty
