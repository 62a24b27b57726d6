"""Figures of regression show the numbers that they are handed."""

import numpy as np
import pandas as pd

from mcvn_utils.plots.regression import plot_error_by_spread, plot_fold_pairs, plot_importance, plot_parity


def test_parity_has_one_scale_on_both_axes_and_shows_all_steels():
    measured, predicted = np.array([600.0, 900.0, 1200.0]), np.array([650.0, 880.0, 1300.0])
    ax = plot_parity(measured, predicted, std=np.full(3, 20.0), unit="MPa")
    assert ax.get_xlim() == ax.get_ylim()
    assert ax.get_xlim()[0] < 600 and ax.get_xlim()[1] > 1300
    assert ax.get_xlabel() == "measured, MPa"
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), np.c_[measured, predicted])
    lengths = [np.ptp(bar[:, 1]) for bar in ax.collections[0].get_segments()]
    np.testing.assert_allclose(lengths, 40.0)


def test_fold_pairs_join_the_models_scores_of_each_fold():
    scores = pd.DataFrame({"XGBoost": [0.9, 0.8], "MCVN": [0.95, 0.7]})
    ax = plot_fold_pairs(scores)
    assert [list(line.get_ydata()) for line in ax.lines] == scores.to_numpy().tolist()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["XGBoost", "MCVN"]


def test_error_by_spread_groups_steels_of_like_spread():
    spread = np.array([4.0, 1.0, 3.0, 2.0])
    error = np.array([-8.0, 2.0, 6.0, -2.0])
    ax = plot_error_by_spread(spread, error, bins=2)
    groups = ax.lines[1].get_xydata()
    np.testing.assert_allclose(groups, [[np.sqrt(2.5), 2.0], [np.sqrt(12.5), np.sqrt(50.0)]])


def test_importance_puts_the_most_important_feature_on_top():
    mean = pd.DataFrame({"a": [0.1, 0.5, 0.0], "b": [0.2, 0.4, 0.1]}, index=["C", "Cr", "S"])
    ax = plot_importance(mean, mean / 10)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["S", "C", "Cr"]
    assert [bar.get_width() for bar in ax.containers[1]] == [0.0, 0.1, 0.5]
