"""Bootstrap intervals with scikit-learn's scores and scipy's ends, and a paired test that knows that folds overlap."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import f1_score, r2_score

from mcvn_utils.evaluation.uncertainty import (
    f1_intervals,
    paired_difference,
    r2_intervals,
    resampled_f1,
    resampled_r2,
    resampling_counts,
)


def steels(n: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(3)
    y = pd.DataFrame({"hardness": random.normal(300, 40, n), "elongation": random.normal(15, 4, n)})
    return y, y.to_numpy() + random.normal(0, 1, (n, 2)) * [15, 3]


def glasses(n: int = 200) -> tuple[pd.Series, np.ndarray]:
    random = np.random.default_rng(4)
    y = pd.Series(random.choice(["BMG", "CRA", "RMG"], n, p=[0.3, 0.2, 0.5]))
    return y, np.where(random.random(n) < 0.8, y, random.choice(["BMG", "CRA", "RMG"], n))


def test_each_resample_has_the_scores_of_scikit_learn():
    y, guess = steels()
    truth, called = glasses(60)
    counts = resampling_counts(60, n_resamples=5)
    names = ["BMG", "CRA", "RMG"]
    r2, f1 = resampled_r2(y, guess, counts), resampled_f1(truth, called, names, counts)
    for row, count in enumerate(counts.astype(int)):
        drawn = np.repeat(np.arange(60), count)
        assert len(drawn) == 60
        wanted = r2_score(y.iloc[drawn], guess[drawn], multioutput="raw_values")
        assert r2[row] == pytest.approx(wanted)
        assert f1[row] == pytest.approx(f1_score(truth[drawn], called[drawn], labels=names, average=None))


def test_a_class_neither_drawn_nor_predicted_counts_as_zero():
    assert resampled_f1(["a", "b"], ["a", "b"], ["a", "b"], np.array([[2.0, 0.0]])).tolist() == [[1, 0]]


def test_r2_interval_agrees_with_scipy():
    y, guess = steels()
    truth, guess = y["hardness"].to_numpy(), guess[:, 0]

    def r2(a, b, axis=-1):
        centre = a.mean(axis=axis, keepdims=True)
        return 1 - ((a - b) ** 2).sum(axis=axis) / ((a - centre) ** 2).sum(axis=axis)

    wanted = stats.bootstrap(
        (truth, guess), r2, paired=True, vectorized=True, method="percentile", n_resamples=20000, rng=0
    ).confidence_interval
    found = r2_intervals(y[["hardness"]], guess, n_resamples=20000).set_index("target")
    assert found.loc["hardness", ["low", "high"]].tolist() == pytest.approx(list(wanted), abs=0.005)
    assert found.loc["average"].tolist() == pytest.approx(found.loc["hardness"].tolist())  # of a single target


def test_intervals_hold_their_score_and_are_named_as_the_scores_are():
    y, guess = steels()
    found = r2_intervals(y, guess).set_index("target")
    each = r2_score(y, guess, multioutput="raw_values")
    assert list(found.index) == ["hardness", "elongation", "average"]
    assert (found["low"] < [*each, each.mean()]).all() and (found["high"] > [*each, each.mean()]).all()
    truth, called = glasses()
    found = f1_intervals(truth, called).set_index("class")
    each = f1_score(truth, called, average=None)
    assert list(found.index) == ["BMG", "CRA", "RMG", "macro"]
    assert (found["low"] < [*each, each.mean()]).all() and (found["high"] > [*each, each.mean()]).all()


def test_the_interval_of_an_average_is_that_of_averages_not_the_average_of_intervals():
    y, guess = steels()
    counts = resampling_counts(60)
    wanted = np.percentile(resampled_r2(y, guess, counts).mean(axis=1), [2.5, 97.5])
    found = r2_intervals(y, guess).set_index("target")
    assert found.loc["average"].tolist() == pytest.approx(list(wanted))
    assert found.loc["average", "high"] < found.loc[["hardness", "elongation"], "high"].mean()


def test_groups_are_drawn_as_wholes():
    groups = np.array(["b", "a", "b", "c", "a", "b"])
    counts = resampling_counts(6, groups, n_resamples=50)
    for name in "abc":
        of_group = counts[:, groups == name]
        assert (of_group == of_group[:, :1]).all()
    assert (counts[:, [1, 0, 3]].sum(axis=1) == 3).all()  # three groups drawn from three


def test_sisters_that_err_together_make_the_interval_wider():
    y, guess = steels(40)
    y3, guess3, heats = pd.concat([y] * 3, ignore_index=True), np.tile(guess, (3, 1)), np.tile(np.arange(40), 3)
    width = {
        name: (found["high"] - found["low"]).to_numpy()
        for name, found in {
            "once": r2_intervals(y, guess, n_resamples=4000),
            "rows": r2_intervals(y3, guess3, n_resamples=4000),
            "heats": r2_intervals(y3, guess3, heats, n_resamples=4000),
        }.items()
    }
    assert width["heats"] == pytest.approx(width["once"], rel=0.1)  # three copies of a row say no more than one
    assert (width["heats"] > 1.4 * width["rows"]).all()


def test_glasses_of_one_system_make_the_interval_of_f1_wider():
    truth, called = glasses(60)
    truth3, called3, systems = pd.concat([truth] * 3, ignore_index=True), np.tile(called, 3), np.tile(np.arange(60), 3)
    width = {
        name: (interval["high"] - interval["low"]).to_numpy()
        for name, interval in {
            "once": f1_intervals(truth, called, n_resamples=4000),
            "rows": f1_intervals(truth3, called3, n_resamples=4000),
            "systems": f1_intervals(truth3, called3, systems, n_resamples=4000),
        }.items()
    }
    assert width["systems"] == pytest.approx(width["once"], rel=0.1)
    assert (width["systems"] > 1.4 * width["rows"]).all()


def test_the_same_seed_gives_the_same_interval():
    y, guess = steels()
    pd.testing.assert_frame_equal(r2_intervals(y, guess), r2_intervals(y, guess))
    assert not np.array_equal(resampling_counts(9), resampling_counts(9, seed=1))


# Is a difference real?


def test_paired_difference_by_hand():
    a, b = np.array([0.90, 0.92, 0.95, 0.91, 0.93]), np.array([0.88, 0.91, 0.90, 0.92, 0.90])
    # differences 0.02 0.01 0.05 -0.01 0.03: mean 0.02, variance 0.0005; 5 folds, 1 held-out row on 4 training rows
    error = np.sqrt((1 / 5 + 1 / 4) * 0.0005)
    found = paired_difference(a, b, 0.25)
    assert found["difference"] == pytest.approx(0.02)
    assert error == pytest.approx(0.015)
    assert [found["low"], found["high"]] == pytest.approx([0.02 - 2.776445 * 0.015, 0.02 + 2.776445 * 0.015])
    assert found["p"] == pytest.approx(2 * stats.t(4).sf(0.02 / 0.015))
    assert found["p"] == pytest.approx(0.2533, abs=1e-4)


def test_the_correction_makes_the_test_more_careful_than_the_plain_one():
    a, b = np.random.default_rng(0).normal([0.01, 0], 0.01, (10, 2)).T
    assert paired_difference(a, b, 0.0)["p"] == pytest.approx(stats.ttest_rel(a, b).pvalue)
    assert paired_difference(a, b, 0.25)["p"] > stats.ttest_rel(a, b).pvalue


def test_models_changed_over_change_the_sign_alone():
    a, b = np.array([0.9, 0.8, 0.7]), np.array([0.8, 0.9, 0.5])
    one, other = paired_difference(a, b, 0.25), paired_difference(b, a, 0.25)
    assert one["difference"] == -other["difference"] and one["low"] == -other["high"] and one["p"] == other["p"]


def test_equal_scores_are_no_difference():
    found = paired_difference([0.5, 0.75, 0.25], [0.5, 0.75, 0.25], 0.25)
    assert found == {"difference": 0, "low": 0, "high": 0, "p": 1}
    assert paired_difference([1.5, 1.5], [1.0, 1.0], 0.25)["p"] == 0


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([0.5], [0.4], "two or more folds"),
        ([0.5, 0.6, 0.7], [0.4], "each of two or more folds"),
        ([[0.5, 0.6]], [[0.4, 0.5]], "two or more folds"),
        ([0.5, np.nan], [0.4, 0.5], "not finite"),
    ],
)
def test_scores_that_do_not_come_in_pairs_are_an_error(a, b, words):
    with pytest.raises(ValueError, match=words):
        paired_difference(a, b, 0.25)
