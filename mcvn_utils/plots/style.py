"""One palette and one style: a model or a class has the same colour and mark in every figure of every lesson.

Lines and marks differ in shape, too, and heat maps are in cividis. HTML takes its colours from here without matplotlib.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Names = Sequence[str]

# seaborn's palette "colorblind", without importing seaborn
PALETTE = "#0173b2 #de8f05 #029e73 #d55e00 #cc78bc #ca9161 #fbafe4 #949494 #ece133 #56b4e9".split()
BLUE, ORANGE, GREEN, VERMILION, PINK, BROWN, ROSE, GRAY, YELLOW, SKY = PALETTE

MODELS = {
    "MCVN": (BLUE, "o", "-"),
    "MCVN, adjusted": (SKY, "h", "-."),
    "MCVN as published": (GRAY, "D", ":"),
    "XGBoost": (ORANGE, "s", "--"),
    "random forest": (GREEN, "^", ":"),
    "extra trees": (VERMILION, "v", "-."),
    "Gaussian process": (PINK, "<", "--"),
    "attention network": (BROWN, "P", ":"),
    "edRVFL": (YELLOW, "X", "-."),
}
"""Colour, mark and line of each model that the lessons compare."""

_OTHERS = (("black", "D", "-"), (ROSE, ">", "--"), ("0.6", "p", ":"), ("0.3", "*", "-."))
_CLASSES = {"BMG": ("o", "white", "black"), "RMG": ("^", ORANGE, "black"), "CRA": ("X", "black", "white")}


def model_style(name: str, number: int = 0) -> dict[str, str]:
    """Return a model's colour, mark and line.

    A name that is not in ``MODELS`` takes a colour that no model has, by its ``number`` among the names of a figure.

    >>> model_style("XGBoost")
    {'color': '#de8f05', 'marker': 's', 'linestyle': '--'}
    """
    style = MODELS.get(name, _OTHERS[number % len(_OTHERS)])
    return dict(zip(("color", "marker", "linestyle"), style, strict=True))


def class_style(name: str) -> dict[str, str]:
    """Return how ``scatter`` marks the alloys of a class; a name other than BMG, RMG and CRA has gray squares."""
    return dict(zip(("marker", "facecolor", "edgecolor"), _CLASSES.get(name, ("s", "0.6", "black")), strict=True))


def in_unit(quantity: str, unit: str) -> str:
    """Return the text of an axis: the quantity and its unit, if it has one."""
    return f"{quantity}, {unit}" if unit else quantity


def axes_or_new(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Return ``ax``, or when it is None the axes of a new figure of ``width`` x ``height`` inches."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def panels(
    titles: Names, width: float, height: float, columns: int = 0, *, sharey: bool = True, sharex: bool = False
) -> "tuple[Figure, np.ndarray]":
    """Return a new figure and its axes, one per title, in rows of ``columns``; ``height`` inches are those of a row."""
    import matplotlib.pyplot as plt

    columns = columns or len(titles)
    rows = -(-len(titles) // columns)
    shape = {"figsize": (width, rows * height), "squeeze": False, "layout": "constrained"}
    figure, axes = plt.subplots(rows, columns, sharex=sharex, sharey=sharey, **shape)
    for ax, title in zip_longest(axes.flat, titles):
        ax.set_title(title) if title is not None else ax.set_axis_off()
    return figure, axes.ravel()[: len(titles)]


def name_rows(axes: "Sequence[Axes]", names: Names, label: str) -> None:
    """Name the rows of panels that share them, from top to bottom, and the quantity of their x axes."""
    for ax in axes:
        ax.set(xlabel=label, yticks=range(len(names)), yticklabels=names)
    axes[0].set_ylim(len(names) - 0.5, -0.5)


def legend_below(figure: "Figure", marks: Mapping[str, dict[str, Any]], title: str = "") -> None:
    """Explain marks under a figure: text to the properties of its line or mark."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=text, **({"ls": "none", "mec": "black"} | mark)) for text, mark in marks.items()]
    figure.legend(handles=handles, title=title, loc="outside lower center", ncols=len(handles), frameon=False)


def heat_map(ax: "Axes", values: np.ndarray, texts: np.ndarray, largest: float, fontsize: float | None = None) -> None:
    """Draw values from 0 to ``largest`` as cells, each with its text in black or white, whichever can be read."""
    ax.imshow(values, cmap="cividis", vmin=0, vmax=largest)
    for (row, col), value in np.ndenumerate(values):
        color = "white" if value < 0.55 * largest else "black"
        ax.text(col, row, texts[row, col], ha="center", va="center", color=color, fontsize=fontsize)
