"""Figures of elements and of compositions: heat maps on the periodic table, sparse and dense tables."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure

from ..composition.periodic_table import POSITIONS
from .style import axes_or_new, panels

_TONES = ListedColormap(plt.get_cmap("cividis_r")(np.linspace(0.25, 1, 256)))  # without those that are near white


def plot_periodic_table(
    values: Mapping[str, float], *, ax: Axes | None = None, label: str = "", title: str = "", log: bool = False
) -> Axes:
    """Draw one number per element as a heat map on the periodic table, H to Pu, lanthanides and actinides below.

    Elements that are left out or NaN stay light gray. ``log`` colours by the logarithm, for counts; zeros then stay
    gray, too. A ValueError says which key is no element from H to Pu, or that no value is left to draw.

    >>> ax = plot_periodic_table({"Cu": 64, "Zr": 36}, label="at%")
    """
    unknown = [symbol for symbol in dict(values) if symbol not in POSITIONS]
    if unknown:
        raise ValueError(f"no elements from H to Pu: {', '.join(map(str, unknown))}; index values by symbol")
    shown = {e: float(v) for e, v in dict(values).items() if np.isfinite(v) and (v > 0 or not log)}
    if not shown:
        raise ValueError("no element has a value to draw" + (" above 0, which log=True needs" if log else ""))
    ax = axes_or_new(ax, 9, 4.6)
    norm = (LogNorm if log else Normalize)(min(shown.values()), max(shown.values()))
    colors = ScalarMappable(norm, "cividis")
    for element, (row, col) in POSITIONS.items():
        top = row + 0.4 * (row > 6)  # a gap above the lanthanides
        face = colors.to_rgba(shown[element]) if element in shown else (0.93, 0.93, 0.93, 1)
        dark = np.dot(face[:3], (0.299, 0.587, 0.114)) < 0.5
        ax.add_patch(plt.Rectangle((col - 0.47, top - 0.47), 0.94, 0.94, fc=face, ec="0.6", lw=0.5))
        text = "white" if dark else "black" if element in shown else "0.55"
        ax.text(col, top, element, ha="center", va="center", fontsize=8, color=text)
    ax.set(xlim=(-0.6, 17.6), ylim=(9.0, -0.6), aspect="equal", title=title)
    ax.set_axis_off()
    ax.figure.colorbar(colors, ax=ax, shrink=0.8, label=label)
    return ax


def plot_sparsity(fractions: pd.DataFrame, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw alloys as rows and elements as columns: white where an element is absent, darker the more there is of it.

    Take a few hundred rows of atomic fractions: a screen has no more lines.

    >>> ax = plot_sparsity(pd.DataFrame({"Cu": [0.5, 0.64], "Zr": [0.5, 0.36]}))
    """
    ax = axes_or_new(ax, 9, 4.5)
    shares = np.ma.masked_equal(100 * fractions.to_numpy(), 0)
    shown = ax.imshow(shares, cmap=_TONES, vmin=0, vmax=100, aspect="auto", interpolation="nearest")
    for start in (0, 1):  # neighbours on two lines, so that 94 symbols fit
        axis = ax.secondary_xaxis("top") if start else ax
        axis.set_xticks(range(start, fractions.shape[1], 2), fractions.columns[start::2], fontsize=6, rotation=90)
        axis.tick_params(length=2, pad=1)
    ax.set(xlabel="element", ylabel="alloy", title=title)
    ax.figure.colorbar(shown, ax=ax, label="share, at%", pad=0.01)
    return ax


def plot_sparse_dense(fractions: pd.DataFrame, descriptors: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw the same alloys twice, as fractions of elements and as descriptors; zeros and NaN are white.

    Fractions are darker the larger they are; up to about a hundred rows can be told apart. Columns of ``descriptors``
    are named ``statistic:feature``, and each is drawn from its smallest value here (bright) to its largest (dark).

    >>> figure = plot_sparse_dense(pd.DataFrame({"Cu": [0.5, 1]}), pd.DataFrame({"ave:density": [7.7, 8.9]}))
    """
    low, high = descriptors.min(), descriptors.max()
    scaled = (descriptors - low) / (high - low).where(high > low, 1.0)
    titles = [f"{fractions.shape[1]} fractions", f"{descriptors.shape[1]} descriptors"]
    figure, axes = panels(titles, 9, 3.2)
    for ax, table, values in zip(axes, (fractions, scaled), (fractions, descriptors), strict=True):
        shown = table.mask((values == 0) | values.isna()).to_numpy()
        ax.imshow(shown, cmap=_TONES, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    statistics = pd.Series(descriptors.columns.str.partition(":").get_level_values(0))
    middles = statistics.index.to_series().groupby(statistics, sort=False).mean()
    axes[1].set_xticks(middles, middles.index, rotation=45)
    axes[1].set_xlabel("statistic of 58 features")
    axes[0].set(xlabel="element, by atomic number", ylabel="alloy")
    figure.suptitle(title)
    return figure
