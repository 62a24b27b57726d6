"""Figures of regression: predicted against measured, models fold by fold, error against spread, what matters."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .style import BLUE, axes_or_new, in_unit, model_style


def plot_parity(
    y_true: Sequence, y_pred: Sequence, std: Any = None, ax: Axes | None = None, *, unit: str = "", title: str = ""
) -> Axes:
    """Draw predicted against measured values (n,), one dot per alloy, around the line on which both agree.

    The spread ``std`` of each prediction is drawn as an error bar up and down.

    >>> ax = plot_parity([600, 900], [650, 880], unit="MPa")
    """
    ax = axes_or_new(ax, 3.8, 3.6)
    ax.errorbar(y_true, y_pred, yerr=std, fmt="o", ms=3, mew=0, lw=0.8, color=BLUE, ecolor="0.25")
    values = np.ravel([y_true, y_pred])
    limits = values.min() - 0.04 * np.ptp(values), values.max() + 0.04 * np.ptp(values)
    ax.plot(limits, limits, color="black", lw=1, zorder=0)
    ax.set(xlim=limits, ylim=limits, aspect="equal", title=title)
    ax.set(xlabel=in_unit("measured", unit), ylabel=in_unit("predicted", unit))
    return ax


def plot_fold_pairs(scores: pd.DataFrame, ax: Axes | None = None, *, label: str = "R²", title: str = "") -> Axes:
    """Draw models side by side, their scores on the same fold joined by a line; a short thick bar is a model's mean.

    ``scores`` has one row per fold and one column per model.

    >>> ax = plot_fold_pairs(pd.DataFrame({"XGBoost": [0.9, 0.8], "MCVN": [0.95, 0.7]}))
    """
    ax = axes_or_new(ax, 3.6, 3.4)
    places = np.arange(scores.shape[1])
    for values in scores.to_numpy():
        ax.plot(places, values, color="0.6", lw=1, zorder=1)
    for place, model in enumerate(scores.columns):
        color, marker, _ = model_style(model, place).values()
        ax.scatter(np.full(len(scores), place), scores[model], 34, color, marker=marker, edgecolor="black", zorder=2)
        ax.hlines(scores[model].mean(), place - 0.18, place + 0.18, color="black", lw=3, zorder=3)
    ax.set_xticks(places, scores.columns)
    ax.set(xlim=(-0.5, len(places) - 0.5), ylabel=label, title=title)
    return ax


def plot_error_by_spread(
    spread: Sequence, error: Sequence, ax: Axes | None = None, *, bins: int = 5, unit: str = "", title: str = ""
) -> Axes:
    """Draw the size of the error against the ensemble's spread: dots, and the root mean square of equal groups.

    The ``spread`` is the standard deviation of each prediction, above 0, the ``error`` measured minus predicted;
    ``bins`` is the number of groups, from the smallest spread to the largest. The groups of a calibrated spread lie on
    the dashed line, on which the error is as large as the spread.

    >>> ax = plot_error_by_spread([1, 2, 3, 4], [1, -3, 4, -8], bins=2, unit="MPa")
    """
    ax = axes_or_new(ax, 4.2, 3.6)
    spread, size = np.ravel(spread), np.abs(np.ravel(error))
    ax.plot(spread, size, ".", color="0.7", ms=3, label="one steel")
    groups = np.array_split(np.argsort(spread, kind="stable"), bins)
    middle, typical = ([np.sqrt(np.mean(x[rows] ** 2)) for rows in groups] for x in (spread, size))
    ax.plot(middle, typical, "o-", color=BLUE, mec="black", label="typical error of a group")
    ends = np.array([0, spread.max()])
    ax.plot(ends, ends, color="black", lw=1, ls="--", label="error = spread")
    ax.set(xlim=(0, 1.05 * ends[1]), ylim=(0, 1.05 * size.max()), title=title)
    ax.set(xlabel=in_unit("spread of the ensemble", unit), ylabel=in_unit("size of the error", unit))
    ax.legend(fontsize=8)
    return ax


def plot_importance(
    mean: pd.DataFrame, spread: pd.DataFrame | None = None, *, label: str = "", title: str = ""
) -> Axes:
    """Draw features as rows, the most important one at the top, with one bar per model and ``spread`` as its error bar.

    Both tables have the shape (features, models). Rows are in the order of their mean over the models.

    >>> ax = plot_importance(pd.DataFrame({"MCVN": [0.1, 0.5]}, index=["C", "Cr"]))
    """
    order = mean.mean(axis=1).sort_values().index
    ax = axes_or_new(None, 5.4, 0.21 * len(mean) + 1)
    thick = 0.8 / mean.shape[1]
    for number, model in enumerate(mean.columns):
        places = np.arange(len(order)) + 0.4 - thick * (number + 0.5)
        bars = None if spread is None else spread.loc[order, model]
        style = {"color": model_style(model, number)["color"], "edgecolor": "black", "linewidth": 0.5}
        ax.barh(places, mean.loc[order, model], thick, xerr=bars, label=model, **style)
    ax.set_yticks(range(len(order)), order)
    ax.axvline(0, color="black", lw=0.8)
    ax.set(xlabel=label, title=title, ylim=(-0.6, len(order) - 0.4))
    ax.legend(loc="lower right")
    return ax
