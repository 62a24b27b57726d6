"""Figures of regression: predicted against measured, two models fold by fold, the spread's honesty, what matters.

As in ``plots``, every figure reads in gray print and by colour-blind eyes.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

_COLOURS = ("#de8f05", "#0173b2", "#029e73", "#cc78bc")  # seaborn's palette for colour-blind eyes
_MARKERS = ("s", "o", "^", "D")


def plot_parity(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    std: np.ndarray | None = None,
    ax: Axes | None = None,
    *,
    unit: str = "",
    title: str = "",
) -> Axes:
    """Predicted against measured values, one dot an alloy, around the line on which both agree.

    Parameters
    ----------
    y_true, y_pred : arrays (n,) of one target, in ``unit``.
    std : array (n,), optional
        Spread of each prediction, drawn as an error bar up and down.
    ax : Axes, optional
        Where to draw; a new figure by default.
    unit : str
        Unit of the target, written at both axes; with none the axes go without.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(3.8, 3.6), layout="constrained")
    bars = {"fmt": "o", "ms": 3, "mew": 0, "lw": 0.8, "color": _COLOURS[1], "ecolor": "0.25"}
    ax.errorbar(y_true, y_pred, yerr=std, **bars)
    values = np.concatenate([np.ravel(y_true), np.ravel(y_pred)])
    margin = 0.04 * np.ptp(values)
    limits = (values.min() - margin, values.max() + margin)
    ax.plot(limits, limits, color="black", lw=1, zorder=0)
    in_unit = f", {unit}" if unit else ""
    ax.set(xlim=limits, ylim=limits, aspect="equal", title=title)
    ax.set(xlabel=f"measured{in_unit}", ylabel=f"predicted{in_unit}")
    return ax


def plot_fold_pairs(scores: pd.DataFrame, ax: Axes | None = None, *, label: str = "R²", title: str = "") -> Axes:
    """Models side by side, the scores that they reached on the same fold joined by a line.

    Parameters
    ----------
    scores : DataFrame (folds, models)
        One score a fold and model. The short thick bar is a model's mean.
    ax : Axes, optional
        Where to draw; a new figure by default.
    label : what the score is, with its unit.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(3.6, 3.4), layout="constrained")
    places = np.arange(scores.shape[1])
    for values in scores.to_numpy():
        ax.plot(places, values, color="0.6", lw=1, zorder=1)
    for place, model in enumerate(scores.columns):
        style = {"color": _COLOURS[place % 4], "marker": _MARKERS[place % 4], "edgecolor": "black", "zorder": 2}
        ax.scatter(np.full(len(scores), place), scores[model], s=34, **style)
        ax.hlines(scores[model].mean(), place - 0.18, place + 0.18, color="black", lw=3, zorder=3)
    ax.set_xticks(places, scores.columns)
    ax.set(xlim=(-0.5, len(places) - 0.5), ylabel=label, title=title)
    return ax


def plot_error_by_spread(
    spread: np.ndarray, error: np.ndarray, ax: Axes | None = None, *, bins: int = 5, unit: str = "", title: str = ""
) -> Axes:
    """Size of the error against the ensemble's spread: dots, and the root mean square of ``bins`` equal groups.

    Parameters
    ----------
    spread : array (n,)
        Standard deviation of each prediction, above 0.
    error : array (n,)
        Measured minus predicted, in the same unit.
    ax : Axes, optional
        Where to draw; a new figure by default.
    bins : groups of equal number, from the smallest spread to the largest.

    On the straight line the error is as large as the spread says: there an honest spread would have its groups.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(4.2, 3.6), layout="constrained")
    spread, size = np.ravel(spread), np.abs(np.ravel(error))
    ax.plot(spread, size, ".", color="0.7", ms=3, label="one steel")
    groups = np.array_split(np.argsort(spread, kind="stable"), bins)
    middle = [np.sqrt(np.mean(spread[rows] ** 2)) for rows in groups]
    typical = [np.sqrt(np.mean(size[rows] ** 2)) for rows in groups]
    ax.plot(middle, typical, "o-", color=_COLOURS[1], mec="black", label="typical error of a group")
    ends = np.array([0, spread.max()])
    ax.plot(ends, ends, color="black", lw=1, ls="--", label="error = spread")
    in_unit = f", {unit}" if unit else ""
    ax.set(xlim=(0, 1.05 * ends[1]), ylim=(0, 1.05 * size.max()), title=title)
    ax.set(xlabel=f"spread of the ensemble{in_unit}", ylabel=f"size of the error{in_unit}")
    ax.legend(fontsize=8)
    return ax


def plot_importance(
    mean: pd.DataFrame, spread: pd.DataFrame | None = None, *, label: str = "", title: str = ""
) -> Axes:
    """Features as rows, the most important one at the top, a bar a model.

    Parameters
    ----------
    mean : DataFrame (features, models)
        Rows are drawn from the largest to the smallest mean over the models.
    spread : DataFrame of the same shape, optional
        Length of the error bars.
    label : what a bar's length means, with its unit.
    """
    order = mean.mean(axis=1).sort_values().index
    _, ax = plt.subplots(figsize=(5.4, 0.21 * len(mean) + 1), layout="constrained")
    thick = 0.8 / mean.shape[1]
    for number, model in enumerate(mean.columns):
        places = np.arange(len(order)) + 0.4 - thick * (number + 0.5)
        bars = None if spread is None else spread.loc[order, model]
        style = {"color": _COLOURS[number % 4], "edgecolor": "black", "linewidth": 0.5}
        ax.barh(places, mean.loc[order, model], thick, xerr=bars, label=model, **style)
    ax.set_yticks(range(len(order)), order)
    ax.axvline(0, color="black", lw=0.8)
    ax.set(xlabel=label, title=title, ylim=(-0.6, len(order) - 0.4))
    ax.legend(loc="lower right")
    return ax
