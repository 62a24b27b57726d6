"""Bootstrap intervals: scikit-learn's scores in each resample, scipy's ends, wider where rows come in groups."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import f1_score, r2_score

from mcvn_utils.evaluation.uncertainty import f1_intervals, r2_intervals, resampled_f1, resampled_r2, resampling_counts


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


def test_the_same_seed_gives_the_same_interval():
    y, guess = steels()
    pd.testing.assert_frame_equal(r2_intervals(y, guess), r2_intervals(y, guess))
    assert not np.array_equal(resampling_counts(9), resampling_counts(9, seed=1))
