"""Figures of classification: which classes are mixed up, what a recall costs, predictions over a ternary system."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve

from .style import Names, axes_or_new, class_style, heat_map, model_style, panels


def plot_confusion(y_true: Names, y_pred: Names, labels: Names, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw true classes as rows and predicted classes as columns: the number of alloys, and their share of the row.

    The ``labels`` are the classes in the order of rows and columns.

    >>> ax = plot_confusion(["BMG", "CRA"], ["BMG", "BMG"], ["BMG", "CRA"])
    """
    ax = axes_or_new(ax, 3.6, 3.4)
    counts = confusion_matrix(y_true, y_pred, labels=list(labels))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    heat_map(ax, shares, np.vectorize("{}\n{:.0%}".format)(counts, shares), largest=1)
    ax.set_xticks(range(len(labels)), labels)
    ax.set_yticks(range(len(labels)), labels, rotation=90, va="center")
    ax.set(xlabel="predicted class", ylabel="true class", title=title)
    return ax


def plot_precision_recall(y_true: Names, probabilities: Mapping[str, pd.DataFrame], classes: Names) -> Figure:
    """Draw precision against recall as the demanded probability falls: one panel per class, one line per model.

    The dot is where the model predicts the class when it takes the most probable one, the number beside its name is the
    average precision, and the dotted line is the share of the class, which a guess would reach. ``probabilities`` maps
    each model's name to a table (n, classes), with columns named by class.

    >>> figure = plot_precision_recall(["A", "B"], {"MCVN": pd.DataFrame({"A": [0.9, 0.2], "B": [0.1, 0.8]})}, ["A"])
    """
    figure, axes = panels(classes, 7.6, 2.9)
    for ax, name in zip(axes, classes, strict=True):
        is_class = np.asarray(y_true) == name
        for number, (model, table) in enumerate(probabilities.items()):
            score, style = table[name].to_numpy(), model_style(model, number)
            precision, recall, _ = precision_recall_curve(is_class, score)
            label = f"{model} {average_precision_score(is_class, score):.2f}"
            ax.plot(recall[:-1], precision[:-1], label=label, color=style["color"], ls=style["linestyle"])
            called = (table.idxmax(axis=1) == name).to_numpy()
            right = (called & is_class).sum()
            ax.plot(right / max(is_class.sum(), 1), right / max(called.sum(), 1), **style, mec="black", ms=7)
        ax.axhline(is_class.mean(), color="0.4", ls=":", lw=1)
        ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall")
        ax.legend(loc="lower left", title="average precision")
    axes[0].set_ylabel("precision")
    return figure


def plot_ternary(
    shares: np.ndarray,
    values: np.ndarray,
    corners: Names,
    ax: Axes | None = None,
    *,
    alloys: Mapping | None = None,
    label: str = "",
    title: str = "",
) -> Axes:
    """Draw a probability over all mixtures of three elements, with known alloys on top.

    ``shares`` (n, 3) are atomic fractions on a grid over the triangle, ``values`` (n,) their probabilities, 0 (dark) to
    1 (bright). The ``corners`` are top, lower left and lower right. ``alloys`` maps classes to fractions (m, 3).

    >>> ax = plot_ternary(np.eye(3), np.array([0, 0.5, 1]), ["Al", "Cu", "Zr"], label="P(BMG)")
    """
    ax = axes_or_new(ax, 4.6, 4.2)
    inside = np.clip(values, 1e-6, 1 - 1e-6)  # a contour's last level leaves out what lies on it
    shown = ax.tricontourf(*_in_triangle(shares), inside, levels=np.linspace(0, 1, 6), cmap="cividis")
    edge = _in_triangle(np.eye(3)[[0, 1, 2, 0]])
    ax.plot(*edge, color="black", lw=1)
    for part in (0.2, 0.4, 0.6, 0.8):
        for k in range(3):  # the line on which the element of corner k has this share, and its number at one end
            ends = np.zeros((2, 3))
            ends[:, k], ends[0, k - 2], ends[1, k - 1] = part, 1 - part, 1 - part
            x, y = _in_triangle(ends)
            ax.plot(x, y, color="white", lw=0.4, alpha=0.7)
            (dx, dy), side = ((-0.02, 0), (0, -0.02), (0.02, 0))[k], ("right", "center", "left")[k]
            ax.text(x[0] + dx, y[0] + dy, f"{100 * part:.0f}", ha=side, va="top" if k == 1 else "center", fontsize=7)
    for name, points in (alloys or {}).items():
        ax.scatter(*_in_triangle(points), s=22, lw=0.9, label=name, zorder=3, **class_style(name))
    for name, (x, y), side in zip(corners, np.transpose(edge)[:3], ("center", "right", "left"), strict=True):
        ax.text(x, y + (0.03 if side == "center" else -0.03), name, ha=side, va="bottom" if y else "top", fontsize=12)
    ax.set(aspect="equal", xlim=(-0.1, 1.1), ylim=(-0.1, 0.98), title=title)
    ax.set_axis_off()
    if alloys:
        ax.legend(loc="upper left", fontsize=8)
    if label:
        ax.figure.colorbar(shown, ax=ax, shrink=0.7, label=label)
    return ax


def _in_triangle(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where fractions (n, 3) of top, left and right lie in a triangle of side 1."""
    top, _, right = np.asarray(shares, dtype=float).T
    return right + top / 2, top * np.sqrt(3) / 2
