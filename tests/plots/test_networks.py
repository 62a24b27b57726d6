"""Figures of networks draw what they are handed: maps, weights, curves and times stand in the axes."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.plots.networks import plot_attention, plot_batching, plot_feature_maps, plot_history, plot_members


def test_feature_maps_show_every_channel_and_no_more():
    layers = {"picture": np.eye(3)[None], "first": np.arange(5 * 4).reshape(5, 2, 2)}
    drawn = [ax for part in plot_feature_maps(layers).subfigs for ax in part.axes if ax.images]
    assert len(drawn) == 6
    np.testing.assert_array_equal(drawn[5].images[0].get_array(), layers["first"][4])


def test_attention_writes_each_weight_at_its_place():
    weights = np.array([[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]])
    ax = plot_attention(weights, ["La", "Ni"], columns=["La", "Ni", "none"])
    assert [text.get_text() for text in ax.texts] == [f"{w:.2f}" for w in weights.ravel()]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["La", "Ni"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["La", "Ni", "none"]


def test_attention_needs_a_name_for_each_row_and_column():
    with pytest.raises(ValueError, match=r"\(2, 2\) do not fit 3 rows and 3 columns"):
        plot_attention(np.full((2, 2), 0.5), ["La", "Al", "Ni"])


def test_history_marks_the_best_moment_at_its_step():
    valid = np.array([[0.9, 0.8], [0.2, 0.5], [0.4, 0.1], [0.5, 0.3]])
    ax = plot_history({"train": valid / 2, "validation": valid}, steps=100)
    rings = ax.lines[-1]
    np.testing.assert_allclose(rings.get_xdata(), [50, 75])
    np.testing.assert_allclose(rings.get_ydata(), [0.2, 0.1])
    assert len(ax.lines) == 5 and len(ax.get_legend().get_texts()) == 3


def test_batching_draws_cost_and_saving():
    times = {"one_after_another": [1.0, 8.0], "batched": [2.0, 4.0]}
    figure = plot_batching(pd.DataFrame({"network": "small", "members": [1, 8], **times}))
    cost, saving = figure.axes
    np.testing.assert_allclose(cost.lines[0].get_ydata(), [1, 2])
    np.testing.assert_allclose(saving.lines[0].get_ydata(), [0.5, 2])


def test_members_are_drawn_with_their_mean():
    predictions = np.array([[1.0, 2.0], [3.0, 6.0]])
    ax = plot_members(np.array([0.1, 0.2]), predictions, (0.1, 0.15))
    np.testing.assert_allclose([line.get_ydata() for line in ax.lines], [*predictions, [2.0, 4.0]])
