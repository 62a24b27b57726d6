"""Figures of the measured tables show the numbers that they are handed."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from mcvn_utils.plots.study import (
    plot_arrangements,
    plot_beside_paper,
    plot_curve_panels,
    plot_difference_panels,
    plot_differences,
    plot_models,
)
from mcvn_utils.plots.style import model_style

ROWS = pd.DataFrame(
    {
        "where": ["a", "a", "b"],
        "variant": ["one", "two", "two"],
        "label": ["R²", "R²", "F1"],
        "difference": [0.01, -0.02, 0.03],
        "low": [-0.01, -0.03, np.nan],
        "high": [0.03, -0.01, np.nan],
        "each": [(0.0, 0.02), (-0.01, -0.03), (0.03,)],
    }
)


def points(ax, marker="o"):
    return {tuple(line.get_xydata()[0]): line for line in ax.lines if line.get_marker() == marker}


def test_a_difference_is_filled_when_its_interval_leaves_zero_out():
    ax = plot_differences(ROWS, ["one", "two", "three"], label="R²")
    found = points(ax)
    assert [found[place].get_mfc() for place in ((0.01, 0), (-0.02, 1), (0.03, 2))] == ["white", "black", "white"]
    ends = [segment[:, 0].tolist() for part in ax.collections for segment in part.get_segments()]
    assert ends == [[-0.01, 0.03], [-0.03, -0.01]]  # none where there is no interval
    assert sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() == ".") == 5
    assert [text.get_text() for text in ax.get_yticklabels()] == ["one", "two", "three"] and ax.yaxis_inverted()


def test_panels_have_the_same_lines_and_axis():
    figure = plot_difference_panels(ROWS, "where", "variant", label=", minus MCVN")
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("a", "b")
    assert left.get_xlim() == right.get_xlim() and left.get_ylim() == right.get_ylim()
    assert set(points(right)) == {(0.03, 1)} and right.get_xlabel() == "F1, minus MCVN"


def test_paper_and_ours_stand_on_one_line():
    beside = pd.DataFrame({"features": ["E", "O"], "paper": [0.75, 0.68], "ours": [0.80, np.nan], "sd": [0.01, np.nan]})
    beside[["model", "class", "metric"]] = ["XGBoost", "CRA", "f1"]
    ax = plot_beside_paper(beside).axes[0]
    assert ax.lines[0].get_xydata().tolist() == [[0.75, 0], [0.68, 1]]
    places = ax.collections[-1].get_offsets()
    assert places[0].tolist() == [0.80, 0] and places.mask[:, 0].tolist() == [False, True]
    assert ax.collections[-1].get_facecolor()[0] == pytest.approx(to_rgba(model_style("XGBoost")["color"]))
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["paper, its own rows", "ours, our rows"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["XGBoost, E", "XGBoost, O"]


def test_models_are_in_the_order_of_their_best_mean_and_show_each_fold():
    columns = pd.MultiIndex.from_tuples([("trees", "O"), ("trees", "E"), ("MCVN", "all")])
    index = pd.MultiIndex.from_product([["random", "by heat"], [0, 1]], names=["protocol", "fold"])
    wide = pd.DataFrame([[0.8, 0.7, 0.9], [0.6, 0.7, 0.9], [0.5, 0.4, 0.6], [0.5, 0.4, 0.8]], index, columns)
    wide.columns.names = ["model", "features"]
    figure = plot_models(wide, label="R²")
    left, right = figure.axes
    assert [text.get_text() for text in left.get_yticklabels()] == ["MCVN", "trees"]
    assert set(points(left, "D")) == {(0.9, 0)} and points(right, "D").keys() == {(0.7, 0)}
    assert [place[0] for place in points(left)] == [pytest.approx(0.7)]
    assert sum(len(line.get_xdata()) for line in left.lines if line.get_marker() == ".") == 6
    assert points(left, "D")[0.9, 0].get_color() == model_style("MCVN")["color"]


def test_curves_show_folds_and_their_mean_on_a_logarithmic_axis():
    rows = [(n, model, fold, n / 100 + fold) for n in (10, 100) for model in ("MCVN", "XGBoost") for fold in (0, 1)]
    curves = pd.DataFrame(rows, columns=["rows", "model", "fold", "score"]).assign(where="NIMS", label="average R²")
    (ax,) = plot_curve_panels(curves, "rows", by="model").axes
    means = [line for line in ax.lines if line.get_lw() == 2]
    assert len(ax.lines) == 6 and np.allclose([line.get_ydata() for line in means], [[0.6, 1.5]] * 2)
    assert ax.get_xscale() == "log" and [text.get_text() for text in ax.get_legend().get_texts()] == ["MCVN", "XGBoost"]
    assert (ax.get_title(), ax.get_ylabel()) == ("NIMS", "average R²")


MEANS = pd.DataFrame(
    [[0.81, 0.84, 0.80, 0.83], [0.82, 0.85, 0.82, 0.85], [0.83, 0.86, 0.81, 0.84]] * 2,
    index=pd.MultiIndex.from_product([["5 x 70/30", "by system 5-fold"], [0, 1, 2]], names=["protocol", "fold"]),
    columns=pd.MultiIndex.from_tuples(
        [("the experts' cells", "no"), ("the experts' cells", "yes"), ("cells shuffled", "no"), ("none", "yes")],
        names=["arrangement", "descriptors"],
    ),
)


def test_figure_shows_every_arrangement_and_the_line_without_picture():
    figure = plot_arrangements(MEANS, no_picture="none")
    assert [ax.get_title() for ax in figure.axes] == ["5 x 70/30", "by system 5-fold"]
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["the experts' cells", "cells shuffled"]
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert dashed[0].get_xdata()[0] == pytest.approx(0.84)
    (bar,) = figure.axes[0].containers[0].lines[2][0].get_segments()
    assert bar[:, 0] == pytest.approx([0.81, 0.83])  # 0.81, 0.82, 0.83: the standard deviation of a sample is 0.01
