"""Figures of the measured tables: the paper beside ours, models fold by fold, differences, curves, arrangements."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import ORANGE, Names, axes_or_new, legend_below, model_style, name_rows, panels

_FEATURES = {"O": ("o", -0.24), "E": ("s", 0.0), "E&P": ("^", 0.24), "all": ("D", 0.0)}  # mark, and shift in its row


def plot_beside_paper(beside: pd.DataFrame) -> Figure:
    """Draw what the paper prints beside what we measured: one panel per class, one line per model and feature set.

    The open circle is the F1 of the paper, the filled square ours, with one standard deviation over the folds. Hand in
    what ``study.paper_beside_ours`` returns.

    >>> row = {"model": "MCVN", "features": "E", "class": "CRA", "metric": "f1", "paper": 0.7, "ours": 0.8, "sd": 0.01}
    >>> figure = plot_beside_paper(pd.DataFrame([row]))
    """
    part = beside[beside["metric"] == "f1"].assign(name=beside["model"] + ", " + beside["features"])
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
    name_rows(axes, names, "F1")
    paper, ours = {"marker": "o", "mfc": "white"}, {"marker": "s", "color": "0.6"}
    legend_below(figure, {"paper, its own rows": paper, "ours, our rows": ours})
    return figure


def plot_models(wide: pd.DataFrame, *, label: str, protocols: Names | None = None) -> Figure:
    """Draw the scores of ``study.fold_scores``: one panel per protocol, from left to right, and one line per model.

    The shape of a mark is the feature set, a mark the mean over the folds, a small dot a fold. Models are in the order
    of their best mean in the first panel.

    >>> wide = pd.Series({("by heat", 0, "MCVN", "all"): 0.9}).rename_axis(["protocol", "fold", "model", "features"])
    >>> figure = plot_models(wide.unstack(["model", "features"]), label="R²")
    """
    protocols = list(protocols or wide.index.get_level_values("protocol").unique())
    models = list(wide.loc[protocols[0]].mean().groupby("model").max().sort_values(ascending=False).index)
    figure, axes = panels(protocols, 8.6, 0.5 * len(models) + 1.3)
    for ax, protocol in zip(axes, protocols, strict=True):
        for (model, features), folds in wide.loc[protocol].items():
            folds, (marker, shift) = folds.dropna(), _FEATURES[features]
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
    rows: pd.DataFrame, names: Names, ax: Axes | None = None, *, label: str, title: str = "", order: Names | None = None
) -> Axes:
    """Draw differences with their intervals, one line each; a mark is filled where the interval leaves zero out.

    The columns are ``difference``, ``low``, ``high`` (NaN without an interval) and, if at hand, ``each`` (tuples of the
    folds' differences). Rows of one name share a line; ``order`` holds the names from top to bottom.

    >>> ax = plot_differences(pd.DataFrame({"difference": [0.02], "low": 0.01, "high": 0.03}), ["forest"], label="R²")
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
    """Draw ``plot_differences`` for each value of the column ``panel``, with the lines of the column ``name`` in each.

    A column ``label``, if there is one, says what each panel's score is; the argument is written behind it. ``columns``
    is the number of panels in a row.

    >>> rows = pd.DataFrame({"table": ["NIMS", "glass"], "model": "MCVN", "difference": 0.0, "low": -0.1, "high": 0.1})
    >>> figure = plot_difference_panels(rows, "table", "model")
    """
    titles, order = rows[panel].unique(), list(dict.fromkeys(rows[name]))
    across = min(len(titles), columns)
    figure, axes = panels(titles, 8.7 * across / columns + 0.2, 0.32 * len(order) + 1.1, across, sharex=True)
    for ax, title in zip(axes, titles, strict=True):
        part = rows[rows[panel] == title]
        score = part["label"].iloc[0] if "label" in part else ""
        plot_differences(part, list(part[name]), ax, label=score + label, title=title, order=order)
        ax.tick_params(labelbottom=True)  # in the upper rows, too
    return figure


def plot_curve_panels(curves: pd.DataFrame, x: str, *, by: str | None = None) -> Figure:
    """Draw a score against something that was varied, on a logarithmic axis: thin lines are folds, thick ones means.

    Each value of the column ``where`` has its panel; the column ``label`` says what its ``score`` is. ``x`` is the
    column to draw over, ``by`` that of the models' names; without it the curve is that of MCVN.

    >>> curves = pd.DataFrame({"members": [1, 8], "fold": 0, "score": [0.8, 0.9], "where": "NIMS", "label": "R²"})
    >>> figure = plot_curve_panels(curves, "members")
    """
    parts = dict(list(curves.groupby("where", observed=True)))
    figure, axes = panels(list(parts), 8.7, 3, sharey=False)
    for ax, part in zip(axes, parts.values(), strict=True):
        for number, (name, rows) in enumerate(part.groupby(by, sort=False) if by else [("MCVN", part)]):
            style = model_style(name, number)
            for _, fold in rows.groupby("fold"):
                ax.plot(fold[x], fold["score"], style["linestyle"], color=style["color"], lw=0.7, alpha=0.5)
            mean = rows.groupby(x)["score"].mean()
            ax.plot(mean.index, mean, **style, mec="black", lw=2, label=name)
        ticks = sorted(part[x].unique())
        ax.set(xlabel=x, ylabel=part["label"].iloc[0], xscale="log")
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        if by:
            ax.legend()
    return figure


def plot_arrangements(means: pd.DataFrame, *, no_picture: str = "no picture") -> Figure:
    """Draw what one CNN scored under each arrangement: one panel per protocol, one line per arrangement.

    A small dot is a fold (the mean over its seeds), the large mark their mean, the bar one standard deviation to each
    side. Circles are pictures alone, squares pictures beside the descriptors. The dashed line is the mean of the
    descriptors without a picture, the arrangement ``no_picture``. Hand in what ``study.fold_means`` returns.

    >>> rows = pd.Series({("by heat", 0, "IGTD", "no"): 0.8}, name="score")
    >>> figure = plot_arrangements(rows.rename_axis(["protocol", "fold", "arrangement", "descriptors"]).unstack([2, 3]))
    """
    names = list(dict.fromkeys(means.columns.get_level_values("arrangement").drop(no_picture, errors="ignore")))
    protocols = list(means.index.get_level_values("protocol").unique())
    figure, axes = panels(protocols, 9, 0.5 * len(names) + 1.6)
    marks = {"alone": {"marker": "o", "color": "0.45"}, "beside the descriptors": {"marker": "s", "color": "black"}}
    line = {"color": ORANGE, "ls": "--", "lw": 1.5}
    for ax, protocol in zip(axes, protocols, strict=True):
        for (name, descriptors), folds in means.loc[protocol].items():
            if name == no_picture:
                ax.axvline(folds.mean(), zorder=0, **line)
                continue
            beside, folds = descriptors == "yes", folds.dropna()
            y = names.index(name) + (0.17 if beside else -0.17)
            ax.plot(folds, np.full(len(folds), y), "o", color="0.75", ms=3, zorder=1)
            spread = folds.std(ddof=1) if len(folds) > 1 else 0.0
            ax.errorbar(folds.mean(), y, xerr=spread, ms=6, lw=1.5, ls="none", **list(marks.values())[beside])
    name_rows(axes, names, "macro-F1")
    legend_below(figure, marks | {"descriptors, no picture": line})
    return figure
