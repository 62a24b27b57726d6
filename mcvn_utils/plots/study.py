"""Figures of the measured tables: the paper beside ours, models fold by fold, differences, curves, arrangements.

Each function returns what it drew on: ``ax``, or without it a figure of its own. ``title`` stands above it.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import ORANGE, axes_or_new, legend_below, model_style, name_rows, panels

_FEATURES = {"O": ("o", -0.24), "E": ("s", 0.0), "E&P": ("^", 0.24), "all": ("D", 0.0)}  # mark, and shift in its row


def plot_beside_paper(beside: pd.DataFrame, metric: str = "f1") -> Figure:
    """Draw what the paper prints beside what we measured: one panel per class, one line per model and feature set.

    The open circle is the paper's number, the filled square ours, with one standard deviation over the folds.

    Parameters
    ----------
    beside : DataFrame
        What ``study.paper_beside_ours`` returns.
    metric : {"f1", "precision", "recall"}

    Examples
    --------
    >>> row = {"model": "MCVN", "features": "E", "class": "CRA", "metric": "f1", "paper": 0.7, "ours": 0.8, "sd": 0.01}
    >>> plot_beside_paper(pd.DataFrame([row])).axes[0].get_title()
    'CRA'
    """
    part = beside[beside["metric"] == metric]
    part = part.assign(name=part["model"] + ", " + part["features"])
    names, classes = list(part["name"].unique()), list(part["class"].unique())
    figure, axes = panels(classes, 8.6, 0.26 * len(names) + 1.2)
    for ax, name in zip(axes, classes, strict=True):
        rows = part[part["class"] == name]
        places = [names.index(row) for row in rows["name"]]
        ax.hlines(places, rows["paper"], rows["ours"], color="0.7", lw=2, zorder=0)
        ax.plot(rows["paper"], places, "o", mfc="white", mec="black", ms=6)
        ax.errorbar(rows["ours"], places, xerr=rows["sd"].fillna(0), fmt="none", ecolor="black", lw=1.2)
        colors = [model_style(model)["color"] for model in rows["model"]]
        ax.scatter(rows["ours"], places, s=36, c=colors, marker="s", edgecolor="black", zorder=3)
    name_rows(axes, names, {"f1": "F1"}.get(metric, metric))
    paper, ours = {"marker": "o", "mfc": "white"}, {"marker": "s", "color": "0.6"}
    legend_below(figure, {"paper, its own rows": paper, "ours, our rows": ours})
    return figure


def plot_models(wide: pd.DataFrame, *, label: str, protocols: Sequence[str] | None = None) -> Figure:
    """Draw all models and feature sets: one panel per protocol, one line per model.

    The shape of a mark is the feature set, a mark the mean over the folds, a small dot a fold. Models are in the order
    of their best mean in the first panel.

    Parameters
    ----------
    wide : DataFrame
        What ``study.fold_scores`` returns.
    label : str
        What the score is, with its unit.
    protocols : sequence of str, optional
        Which protocols, from left to right; all by default.

    Examples
    --------
    >>> columns = pd.MultiIndex.from_tuples([("XGBoost", "E"), ("MCVN", "all")], names=["model", "features"])
    >>> index = pd.MultiIndex.from_tuples([("by heat", 0), ("by heat", 1)], names=["protocol", "fold"])
    >>> figure = plot_models(pd.DataFrame([[0.8, 0.9], [0.7, 0.9]], index, columns), label="R²")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['MCVN', 'XGBoost']
    """
    protocols = list(protocols or wide.index.get_level_values("protocol").unique())
    best = wide.loc[protocols[0]].mean().groupby("model").max()
    models = list(best.sort_values(ascending=False).index)
    figure, axes = panels(protocols, 8.6, 0.5 * len(models) + 1.3)
    for ax, protocol in zip(axes, protocols, strict=True):
        part = wide.loc[protocol]
        for model, features in part.columns:
            folds, (marker, shift) = part[model, features].dropna(), _FEATURES[features]
            y, color = models.index(model) + shift, model_style(model)["color"]
            ax.plot(folds, np.full(len(folds), y), ".", color="0.75", ms=4, zorder=1)
            ax.plot(folds.mean(), y, marker, color=color, mec="black", ms=7, zorder=2)
        ax.grid(axis="y", color="0.92", zorder=0)
    name_rows(axes, models, label)
    drawn = wide.columns.get_level_values("features")
    marks = {name: {"marker": marker, "color": "0.6"} for name, (marker, _) in _FEATURES.items() if name in drawn}
    legend_below(figure, marks, title="features")
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
    """Draw differences with their intervals, one line each; a mark is filled where the interval leaves zero out.

    Parameters
    ----------
    rows : DataFrame
        Columns ``difference``, ``low``, ``high`` and, if at hand, ``each`` (tuples of the folds' differences). With
        NaN as an interval the folds stand alone.
    names : sequence of str
        What each row is; rows of one name stand on one line.
    label : str
        What the difference is, with its unit.
    order : sequence of str, optional
        Names from top to bottom; as they come by default.

    Examples
    --------
    >>> rows = pd.DataFrame({"difference": [0.02, -0.01], "low": [0.01, -0.03], "high": [0.03, 0.01]})
    >>> ax = plot_differences(rows, ["no picture", "one member"], label="R², minus MCVN")
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['no picture', 'one member']
    """
    order = list(order or dict.fromkeys(names))
    ax = axes_or_new(ax, 5.6, 0.34 * len(order) + 1.2)
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        y, clear = order.index(name), row["low"] > 0 or row["high"] < 0
        for fold in row.get("each", ()):
            ax.plot(fold, y + 0.22, ".", color="0.55", ms=4, zorder=1)
        if row["low"] == row["low"]:
            ax.hlines(y, row["low"], row["high"], color="black", lw=1.6, zorder=2)
        face = model_style(name)["color"] if clear else "white"
        ax.plot(row["difference"], y, "o", mec="black", mfc=face, ms=7, zorder=3)
    ax.axvline(0, color="0.4", lw=1, ls="--", zorder=0)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    name_rows([ax], order, label)
    ax.set_title(title)
    return ax


def plot_difference_panels(rows: pd.DataFrame, panel: str, name: str, *, label: str = "", columns: int = 3) -> Figure:
    """Draw ``plot_differences`` for each value of a column, side by side, with the same lines and axis in each.

    Parameters
    ----------
    rows : DataFrame
        What ``plot_differences`` draws; a column ``label``, if there is one, says what each panel's score is.
    panel, name : str
        The columns that hold a panel's title, and a line's name.
    label : str
        What the difference is, written behind the score.
    columns : int
        Panels in a row.

    Examples
    --------
    >>> rows = pd.DataFrame({"table": ["NIMS", "glass"], "model": "MCVN", "difference": 0.0, "low": -0.1, "high": 0.1})
    >>> [ax.get_title() for ax in plot_difference_panels(rows, "table", "model").axes]
    ['NIMS', 'glass']
    """
    titles, order = rows[panel].unique(), list(dict.fromkeys(rows[name]))
    across = min(len(titles), columns)
    down = -(-len(titles) // columns)
    size = (8.7 * across / columns + 0.2, down * (0.32 * len(order) + 1.1))
    shared = {"sharex": True, "sharey": True, "squeeze": False, "layout": "constrained"}
    figure, axes = plt.subplots(down, across, figsize=size, **shared)
    for ax in axes.flat[len(titles) :]:
        ax.set_axis_off()
    for ax, title in zip(axes.flat, titles, strict=False):
        part = rows[rows[panel] == title]
        score = part["label"].iloc[0] if "label" in part else ""
        plot_differences(part, list(part[name]), ax, label=score + label, title=title, order=order)
        ax.tick_params(labelbottom=True)  # in the upper rows, too
    return figure


def plot_curves(
    curves: pd.DataFrame, x: str, ax: Axes | None = None, *, by: str | None = None, label: str, title: str = ""
) -> Axes:
    """Draw a score against something that was varied, on a logarithmic axis: thin lines are folds, thick ones means.

    Parameters
    ----------
    curves : DataFrame
        Columns ``x``, ``fold`` and ``score``.
    x : str
        Column to draw over.
    by : str, optional
        Column with the models' names; without it the curve is that of MCVN.
    label : str
        What the score is, with its unit.
    """
    ax = axes_or_new(ax, 4.2, 3.2)
    for number, (name, part) in enumerate(curves.groupby(by, sort=False) if by else [("MCVN", curves)]):
        style = model_style(name, number)
        for _, fold in part.groupby("fold"):
            ax.plot(fold[x], fold["score"], style["linestyle"], color=style["color"], lw=0.7, alpha=0.5)
        mean = part.groupby(x)["score"].mean()
        ax.plot(mean.index, mean, **style, mec="black", lw=2, label=name)
    ticks = sorted(curves[x].unique())
    ax.set_xscale("log")
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel=x, ylabel=label, title=title)
    if by:
        ax.legend()
    return ax


def plot_curve_panels(curves: pd.DataFrame, x: str, *, by: str | None = None) -> Figure:
    """Draw ``plot_curves`` for each value of the column ``where``; the column ``label`` says what its score is.

    Examples
    --------
    >>> curves = pd.DataFrame({"members": [1, 8], "fold": 0, "score": [0.8, 0.9], "where": "NIMS", "label": "R²"})
    >>> plot_curve_panels(curves, "members").axes[0].get_ylabel()
    'R²'
    """
    parts = dict(list(curves.groupby("where", observed=True)))
    figure, axes = panels(list(parts), 8.7, 3, sharey=False)
    for ax, (title, part) in zip(axes, parts.items(), strict=True):
        plot_curves(part, x, ax, by=by, label=part["label"].iloc[0], title=title)
    return figure


def plot_arrangements(means: pd.DataFrame, *, no_picture: str = "no picture", label: str = "macro-F1") -> Figure:
    """Draw what one CNN scored under each arrangement: one panel per protocol, one line per arrangement.

    A small dot is a fold (the mean over its seeds), the large mark their mean, the bar one standard deviation to each
    side. Circles are pictures alone, squares pictures beside the descriptors. The dashed line is the mean of the
    descriptors without a picture.

    Parameters
    ----------
    means : DataFrame
        What ``study.fold_means`` returns: one row per (protocol, fold), one column per (arrangement, descriptors),
        ``"yes"`` beside the descriptors or ``"no"`` alone.
    no_picture : str
        The arrangement that stands for the descriptors without a picture.
    label : str
        What the score is.

    Examples
    --------
    >>> columns = pd.MultiIndex.from_tuples([("IGTD", "no"), ("IGTD", "yes")], names=["arrangement", "descriptors"])
    >>> index = pd.MultiIndex.from_tuples([("5 x 70/30", 0), ("5 x 70/30", 1)], names=["protocol", "fold"])
    >>> figure = plot_arrangements(pd.DataFrame([[0.82, 0.83], [0.81, 0.84]], index, columns))
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['IGTD']
    """
    names = list(dict.fromkeys(means.columns.get_level_values("arrangement").drop(no_picture, errors="ignore")))
    protocols = list(means.index.get_level_values("protocol").unique())
    figure, axes = panels(protocols, 9, 0.5 * len(names) + 1.6)
    marks = {"alone": {"marker": "o", "color": "0.45"}, "beside the descriptors": {"marker": "s", "color": "black"}}
    line = {"color": ORANGE, "ls": "--", "lw": 1.5}
    for ax, protocol in zip(axes, protocols, strict=True):
        part = means.loc[protocol]
        for (name, descriptors), folds in part.items():
            if name == no_picture:
                ax.axvline(folds.mean(), zorder=0, **line)
                continue
            beside, folds = descriptors == "yes", folds.dropna()
            y = names.index(name) + (0.17 if beside else -0.17)
            ax.plot(folds, np.full(len(folds), y), "o", color="0.75", ms=3, zorder=1)
            spread = folds.std(ddof=1) if len(folds) > 1 else 0.0
            ax.errorbar(folds.mean(), y, xerr=spread, ms=6, lw=1.5, ls="none", **list(marks.values())[beside])
    name_rows(axes, names, label)
    legend_below(figure, marks | {"descriptors, no picture": line})
    return figure
