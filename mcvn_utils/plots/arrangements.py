"""The figure of the arrangement experiment (see ``study.pictures``)."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure


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

    Returns
    -------
    Figure
    """
    names = list(dict.fromkeys(means.columns.get_level_values("arrangement").drop(no_picture, errors="ignore")))
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
        if (no_picture, "yes") in part:
            line = {"color": "tab:orange", "ls": "--", "lw": 1.5, "zorder": 0}
            ax.axvline(part[(no_picture, "yes")].mean(), label="descriptors, no picture", **line)
        ax.set(xlabel=label, title=protocol, yticks=range(len(names)), yticklabels=names)
    axes[0, 0].invert_yaxis()
    handles, texts = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=3, frameon=False)
    return figure
