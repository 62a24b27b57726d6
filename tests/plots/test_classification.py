"""The figures of results show the numbers that they are handed."""

import numpy as np
import pandas as pd

from mcvn_utils.plots.classification import plot_confusion, plot_precision_recall, plot_ternary

CLASSES = ["BMG", "RMG", "CRA"]


def test_confusion_writes_counts_and_shares_of_the_true_class_in_the_order_of_the_labels():
    y_true = np.array(["BMG", "BMG", "BMG", "BMG", "RMG"])
    y_pred = np.array(["BMG", "BMG", "BMG", "CRA", "RMG"])
    ax = plot_confusion(y_true, y_pred, CLASSES)
    cells = {text.get_position()[::-1]: text.get_text() for text in ax.texts}
    assert cells[0, 0] == "3\n75%" and cells[0, 2] == "1\n25%" and cells[1, 1] == "1\n100%"
    assert cells[2, 0] == "0\n0%", "a class without alloys is no division by zero"
    assert [label.get_text() for label in ax.get_xticklabels()] == CLASSES


def test_precision_recall_of_a_perfect_model_is_1_and_its_dot_is_in_the_corner():
    y_true = np.array(["BMG", "RMG", "CRA", "RMG"])
    perfect = pd.DataFrame({name: (y_true == name).astype(float) for name in CLASSES})
    figure = plot_precision_recall(y_true, {"perfect": perfect}, CLASSES)
    assert [ax.get_title() for ax in figure.axes] == CLASSES
    for ax in figure.axes:
        _, dot, chance = ax.lines
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (1, 1)
        assert ax.get_legend().get_texts()[0].get_text() == "perfect 1.00"
    assert chance.get_ydata()[0] == 0.25


def test_ternary_puts_each_pure_element_in_its_corner():
    grid = np.array([(i, j, 4 - i - j) for i in range(5) for j in range(5 - i)]) / 4
    pure = {name: row[None] for name, row in zip(("top", "left", "right"), np.eye(3), strict=True)}
    ax = plot_ternary(grid, grid[:, 0], ["Al", "Cu", "Zr"], alloys=pure, label="P(BMG)")
    places = [points.get_offsets()[0] for points in ax.collections[-3:]]
    assert np.allclose(places, [(0.5, np.sqrt(3) / 2), (0, 0), (1, 0)])
    texts = {text.get_text(): text.get_position() for text in ax.texts}
    for element, place in zip(("Al", "Cu", "Zr"), places, strict=True):
        assert np.allclose(texts[element], place, atol=0.05)
    assert ax.figure.axes[-1].get_ylabel() == "P(BMG)"
