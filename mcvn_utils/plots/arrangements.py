"""The figure of the arrangement experiment (see ``picture_results``)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..study.pictures import NO_PICTURE, TITLES, fold_means


def plot_arrangements(scores: pd.DataFrame, metric: str = "macro_f1", *, label: str = "macro-F1") -> Figure:
    """What one CNN scored under each arrangement: a panel a protocol, a line an arrangement.

    A small dot is a fold (the mean over its seeds), the large mark their mean, the bar one standard deviation to each
    side. Circles are pictures alone, squares pictures beside the descriptors. The dashed line is the mean of the
    descriptors without a picture.

    Parameters
    ----------
    scores : the columns of ``data/results/pictures.csv``.
    metric, label : column to draw, and the text of the axis.
    """
    means = fold_means(scores, metric)
    names = list(dict.fromkeys(means.columns.get_level_values("arrangement").drop(NO_PICTURE, errors="ignore")))
    protocols = list(means.index.get_level_values("protocol").unique())
    figure, axes = plt.subplots(
        1, len(protocols), figsize=(9, 0.5 * len(names) + 1.6), sharey=True, squeeze=False, layout="constrained"
    )
    styles = {"no": ("o", "0.45", -0.17, "alone"), "yes": ("s", "black", 0.17, "beside the descriptors")}
    for ax, protocol in zip(axes[0], protocols, strict=True):
        part = means.loc[protocol]
        for beside, (marker, color, shift, text) in styles.items():
            for row, name in enumerate(names):
                if (name, beside) not in part:
                    continue
                folds = part[(name, beside)].dropna()
                y, spread = row + shift, folds.std(ddof=1) if len(folds) > 1 else 0.0
                ax.plot(folds, np.full(len(folds), y), "o", color="0.75", ms=3, zorder=1)
                shown = {"marker": marker, "color": color, "ms": 6, "lw": 1.5, "ls": "none"}
                ax.errorbar(folds.mean(), y, xerr=spread, label=text if row == 0 else None, **shown)
        if (NO_PICTURE, "yes") in part:
            line = {"color": "tab:orange", "ls": "--", "lw": 1.5, "zorder": 0}
            ax.axvline(part[(NO_PICTURE, "yes")].mean(), label="descriptors, no picture", **line)
        ax.set(xlabel=label, title=protocol, yticks=range(len(names)), yticklabels=[TITLES[name] for name in names])
    axes[0, 0].invert_yaxis()
    handles, texts = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=3, frameon=False)
    return figure
