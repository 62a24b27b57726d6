"""Figures of results: which classes are mixed up, what a recall costs, and a prediction over a ternary system.

As in ``plots``, every figure reads in gray print and by colour-blind eyes.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve

_COLOURS = ("#0173b2", "#de8f05", "#029e73", "#cc78bc")  # seaborn's palette for colour-blind eyes
_MARKERS = (("o", "white", "black"), ("^", "#de8f05", "black"), ("X", "black", "white"), ("s", "0.6", "black"))


def plot_confusion(y_true, y_pred, labels: Sequence[str], ax: Axes | None = None, *, title: str = "") -> Axes:
    """True classes as rows, predicted classes as columns: alloys in each cell, shaded by the share of the row.

    Parameters
    ----------
    y_true, y_pred : arrays (n,) of class names.
    labels : classes in the order of rows and columns.
    ax : Axes, optional
        Where to draw; a new figure by default.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(3.6, 3.4), layout="constrained")
    counts = confusion_matrix(y_true, y_pred, labels=list(labels))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="cividis", vmin=0, vmax=1)
    for (row, col), count in np.ndenumerate(counts):
        color = "black" if shares[row, col] > 0.55 else "white"
        ax.text(col, row, f"{count}\n{shares[row, col]:.0%}", ha="center", va="center", color=color)
    ticks = range(len(labels))
    ax.set_xticks(ticks, labels)
    ax.set_yticks(ticks, labels, rotation=90, va="center")
    ax.set(xlabel="predicted class", ylabel="true class", title=title)
    return ax


def plot_precision_recall(y_true, probabilities: Mapping[str, pd.DataFrame], classes: Sequence[str]) -> Figure:
    """Precision against recall as the demanded probability falls, one panel a class and one line a model.

    Parameters
    ----------
    y_true : array (n,) of class names.
    probabilities : mapping of a model's name to its DataFrame (n, classes)
        Columns named by class.
    classes : panels, from left to right.

    The dot is where the model calls the class when it takes the most probable one; the number beside its name is the
    average precision, and the dotted line what tossing a coin would give: the share of the class.
    """
    y_true = np.asarray(y_true)
    figure, axes = plt.subplots(1, len(classes), figsize=(7.6, 2.9), sharey=True, squeeze=False, layout="constrained")
    for ax, name in zip(axes[0], classes, strict=True):
        is_class = y_true == name
        for number, (model, table) in enumerate(probabilities.items()):
            score = table[name].to_numpy()
            precision, recall, _ = precision_recall_curve(is_class, score)
            style = {"color": _COLOURS[number % len(_COLOURS)], "ls": ("-", "--", "-.", ":")[number % 4]}
            label = f"{model} {average_precision_score(is_class, score):.2f}"
            ax.plot(recall[:-1], precision[:-1], label=label, **style)
            called = (table.idxmax(axis=1) == name).to_numpy()
            right = (called & is_class).sum()
            point = (right / max(is_class.sum(), 1), right / max(called.sum(), 1))
            ax.plot(*point, "os"[number % 2], color=style["color"], mec="black", ms=7)
        ax.axhline(is_class.mean(), color="0.4", ls=":", lw=1)
        ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", title=name)
        ax.legend(loc="lower left", title="average precision")
    axes[0, 0].set_ylabel("precision")
    return figure


def plot_ternary(
    shares: np.ndarray,
    values: np.ndarray,
    corners: Sequence[str],
    ax: Axes | None = None,
    *,
    alloys: Mapping[str, np.ndarray] | None = None,
    label: str = "",
    title: str = "",
) -> Axes:
    """A probability over all mixtures of three elements, with known alloys on top.

    Parameters
    ----------
    shares : array (n, 3)
        Atomic fractions of the three elements, a grid over the triangle.
    values : array (n,)
        A probability, 0 (dark) to 1 (bright).
    corners : the three elements: top, lower left, lower right.
    ax : Axes, optional
        Where to draw; a new figure by default.
    alloys : mapping of a class to the fractions (m, 3) of its alloys, optional
        Each class has a marker of its own.
    label : what the colour bar shows; without it there is none.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
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
    for number, (name, points) in enumerate((alloys or {}).items()):
        style = dict(zip(("marker", "c", "edgecolors"), _MARKERS[number % len(_MARKERS)], strict=True))
        ax.scatter(*_in_triangle(points), s=22, lw=0.9, label=name, zorder=3, **style)
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
    """Where fractions (n, 3) of top, left and right lie in a triangle of side 1."""
    top, _, right = np.asarray(shares, dtype=float).T
    return right + top / 2, top * np.sqrt(3) / 2
