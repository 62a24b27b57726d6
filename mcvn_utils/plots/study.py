"""Figures of the measured tables: the paper beside ours, all models fold by fold, differences, curves.

As in ``plots``, every figure reads in gray print and by colour-blind eyes.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

_COLOURS = ("#0173b2", "#de8f05", "#029e73", "#cc78bc")  # seaborn's palette for colour-blind eyes
_MARKERS = {"O": ("o", _COLOURS[0]), "E": ("s", _COLOURS[1]), "E&P": ("^", _COLOURS[2]), "all": ("D", "black")}
_STYLES = (("o", "-", _COLOURS[0]), ("s", "--", _COLOURS[1]), ("^", ":", _COLOURS[2]), ("D", "-.", "black"))


def plot_beside_paper(beside: pd.DataFrame, metric: str = "f1") -> Figure:
    """What the paper prints beside what we measured: a panel a class, a line a model and its features.

    Parameters
    ----------
    beside : what ``table_results.paper_beside_ours`` returns.
    metric : ``"precision"``, ``"recall"`` or ``"f1"``.

    The open circle is the paper's number, the filled square ours with one standard deviation over the folds.
    """
    part = beside[beside["metric"] == metric]
    names = list(dict.fromkeys(part["model"] + ", " + part["features"]))
    classes = list(dict.fromkeys(part["class"]))
    figure, axes = plt.subplots(
        1, len(classes), figsize=(8.6, 0.26 * len(names) + 1.2), sharey=True, squeeze=False, layout="constrained"
    )
    for ax, name in zip(axes[0], classes, strict=True):
        rows = part[part["class"] == name]
        places = [names.index(f"{model}, {features}") for model, features in rows[["model", "features"]].to_numpy()]
        ax.hlines(places, rows["paper"], rows["ours"], color="0.7", lw=2, zorder=0)
        ax.plot(rows["paper"], places, "o", mfc="white", mec="black", ms=6, label="paper, its own rows")
        spread = {"xerr": rows["sd"].fillna(0), "fmt": "s", "color": _COLOURS[0], "mec": "black", "ms": 6, "lw": 1.2}
        ax.errorbar(rows["ours"], places, label="ours, our rows", **spread)
        ax.set(title=name, xlabel={"f1": "F1"}.get(metric, metric), yticks=range(len(names)), yticklabels=names)
    axes[0, 0].invert_yaxis()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return figure


def plot_models(wide: pd.DataFrame, *, label: str, protocols: Sequence[str] | None = None) -> Figure:
    """All models and feature sets: a panel a protocol, a line a model, a mark a feature set, a small dot a fold.

    Parameters
    ----------
    wide : what ``table_results.fold_scores`` returns.
    label : what the score is, with its unit.
    protocols : which, from left to right; all by default.

    The large mark is the mean over the folds; models are in the order of their best mean in the first panel.
    """
    protocols = list(protocols or wide.index.get_level_values("protocol").unique())
    best = wide.loc[protocols[0]].mean().groupby("model").max()
    models = list(best.sort_values(ascending=False).index)
    figure, axes = plt.subplots(
        1, len(protocols), figsize=(8.6, 0.5 * len(models) + 1.3), sharey=True, squeeze=False, layout="constrained"
    )
    shifts = {"O": -0.24, "E": 0.0, "E&P": 0.24, "all": 0.0}
    for ax, protocol in zip(axes[0], protocols, strict=True):
        part = wide.loc[protocol]
        for model, features in part.columns:
            folds, (marker, color) = part[model, features].dropna(), _MARKERS[features]
            y = models.index(model) + shifts[features]
            ax.plot(folds, np.full(len(folds), y), ".", color="0.75", ms=4, zorder=1)
            ax.plot(folds.mean(), y, marker, color=color, mec="black", ms=7, zorder=2)
        ax.set(title=protocol, xlabel=label, yticks=range(len(models)), yticklabels=models)
        ax.grid(axis="y", color="0.92", zorder=0)
    axes[0, 0].invert_yaxis()
    there = [name for name in _MARKERS if name in wide.columns.get_level_values("features")]
    marks = [plt.Line2D([], [], ls="", marker=_MARKERS[n][0], color=_MARKERS[n][1], mec="black") for n in there]
    figure.legend(marks, there, title="features", loc="outside lower center", ncols=len(there), frameon=False)
    return figure


def plot_differences(
    rows: pd.DataFrame,
    names: Sequence[str],
    ax: Axes | None = None,
    *,
    label: str,
    title: str = "",
    order: Sequence[str] | None = None,
) -> Axes:
    """Differences with their intervals, one line each, around the line of no difference.

    Parameters
    ----------
    rows : DataFrame with ``difference, low, high``, and ``each`` (tuples of the folds' differences), if it is there.
        With NaN as an interval the folds stand alone.
    names : what each line is; may repeat, and then stands on one line.
    ax : Axes, optional
        Where to draw; a new figure by default.
    label : what the difference is, with its unit.
    order : names from top to bottom; as they come by default.
    """
    order = list(order or dict.fromkeys(names))
    if ax is None:
        _, ax = plt.subplots(figsize=(5.6, 0.34 * len(order) + 1.2), layout="constrained")
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        y, clear = order.index(name), row["low"] > 0 or row["high"] < 0
        for fold in row.get("each", ()):
            ax.plot(fold, y + 0.22, ".", color="0.55", ms=4, zorder=1)
        if row["low"] == row["low"]:
            ax.hlines(y, row["low"], row["high"], color="black", lw=1.6, zorder=2)
        ax.plot(row["difference"], y, "o", mec="black", mfc=_COLOURS[1] if clear else "white", ms=7, zorder=3)
    ax.axvline(0, color="0.4", lw=1, ls="--", zorder=0)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set(yticks=range(len(order)), yticklabels=order, ylim=(len(order) - 0.5, -0.5), xlabel=label, title=title)
    return ax


def plot_difference_panels(rows: pd.DataFrame, panel: str, name: str, *, label: str = "", columns: int = 3) -> Figure:
    """One ``plot_differences`` for each value of a column, side by side, with the same lines and axis in each.

    Parameters
    ----------
    rows : what ``plot_differences`` draws; a column ``label``, if there is one, says what each panel's score is.
    panel, name : the columns that hold a panel's title, and a line's name.
    label : what the difference is, written behind the score.
    columns : panels in a row.
    """
    titles, order = rows[panel].unique(), list(dict.fromkeys(rows[name]))
    n_rows = -(-len(titles) // columns)
    size = (8.7 * min(len(titles), columns) / columns + 0.2, n_rows * (0.32 * len(order) + 1.1))
    shape = {"nrows": n_rows, "ncols": min(len(titles), columns), "squeeze": False}
    figure, axes = plt.subplots(**shape, figsize=size, sharex=True, sharey=True, layout="constrained")
    for ax, title in zip(axes.flat, titles, strict=False):
        part = rows[rows[panel] == title]
        score = part["label"].iloc[0] if "label" in part else ""
        plot_differences(part, list(part[name]), ax, label=score + label, title=title, order=order)
        ax.tick_params(labelbottom=True)  # in the upper rows, too
    return figure


def plot_curves(
    curves: pd.DataFrame, x: str, ax: Axes | None = None, *, by: str | None = None, label: str, title: str = ""
) -> Axes:
    """A score against something that was varied, on a logarithmic axis: thin lines are folds, thick ones their mean.

    Parameters
    ----------
    curves : DataFrame with ``x``, ``fold`` and ``score``.
    x, by : column to draw over, and the column that tells the lines apart, if there are several.
    ax : Axes, optional
        Where to draw; a new figure by default.
    label : what the score is, with its unit.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(4.2, 3.2), layout="constrained")
    groups = curves.groupby(by, sort=False) if by else [("", curves)]
    for (name, part), (marker, line, color) in zip(groups, _STYLES, strict=False):
        for _, fold in part.groupby("fold"):
            ax.plot(fold[x], fold["score"], line, color=color, lw=0.7, alpha=0.5)
        mean = part.groupby(x)["score"].mean()
        ax.plot(mean.index, mean, line, marker=marker, color=color, mec="black", lw=2, label=name or None)
    ticks = sorted(curves[x].unique())
    ax.set_xscale("log")
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel=x, ylabel=label, title=title)
    if by:
        ax.legend()
    return ax


def plot_curve_panels(curves: pd.DataFrame, x: str, *, by: str | None = None) -> Figure:
    """One ``plot_curves`` for each value of the column ``where``; the column ``label`` says what its score is."""
    parts = list(curves.groupby("where", observed=True))
    figure, axes = plt.subplots(1, len(parts), figsize=(8.7, 3), squeeze=False, layout="constrained")
    for ax, (title, part) in zip(axes[0], parts, strict=True):
        plot_curves(part, x, ax, by=by, label=part["label"].iloc[0], title=title)
    return figure
