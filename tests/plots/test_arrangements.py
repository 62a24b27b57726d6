"""The figure of the arrangement experiment."""

import pandas as pd
import pytest

plt = pytest.importorskip("matplotlib.pyplot")

from mcvn_utils.plots.arrangements import plot_arrangements  # noqa: E402

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
    plt.close(figure)
