"""Figures of networks: their layers, who attends to whom, the loss in training, and members side by side.

As in ``plots``, every figure reads in gray print and by colour-blind eyes.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def plot_feature_maps(layers: Mapping[str, np.ndarray], *, title: str = "") -> Figure:
    """From left to right a layer's maps, one picture a channel, in grays from its own smallest to its largest number.

    Parameters
    ----------
    layers : mapping of a layer's name to its maps (channels, height, width), in the order in which they follow.
    """
    columns = [1 + (len(maps) > 4) for maps in layers.values()]
    figure = plt.figure(figsize=(9, 4), layout="constrained")
    figure.suptitle(title)
    parts = figure.subfigures(1, len(layers), width_ratios=[3, *columns[1:]])  # the first is the alloy's picture
    for part, n_columns, (name, maps) in zip(parts, columns, layers.items(), strict=True):
        axes = part.subplots(-(-len(maps) // n_columns), n_columns, squeeze=False)
        for ax in axes.flat[len(maps) :]:
            ax.set_axis_off()
        for ax, picture in zip(axes.flat, np.asarray(maps), strict=False):
            ax.imshow(picture, cmap="gray", interpolation="nearest")
            ax.set(xticks=[], yticks=[])
        part.suptitle(name, fontsize=9)
    return figure


def plot_attention(
    weights: np.ndarray,
    labels: Sequence[str],
    ax: Axes | None = None,
    *,
    columns: Sequence[str] | None = None,
    title: str = "",
) -> Axes:
    """Attention weights as a heat map: each row is a token that looks and sums to 1, each column one looked at.

    Parameters
    ----------
    weights : array (t, t), or (t, u) with names for its columns.
    labels : names of the rows, and of the columns too unless ``columns`` names these.
    ax : Axes, optional
        Where to draw; a new figure by default.
    """
    weights = np.asarray(weights, dtype=float)
    columns = labels if columns is None else columns
    if weights.shape != (len(labels), len(columns)):
        raise ValueError(f"weights {weights.shape} do not fit {len(labels)} rows and {len(columns)} columns of names")
    if ax is None:
        _, ax = plt.subplots(figsize=(1.3 + 0.45 * len(columns), 1.0 + 0.4 * len(labels)), layout="constrained")
    ax.imshow(weights, cmap="cividis", vmin=0, vmax=weights.max())
    for (row, col), weight in np.ndenumerate(weights):
        ax.text(
            col,
            row,
            f"{weight:.2f}",
            ha="center",
            va="center",
            fontsize=8,
            color="w" if weight < 0.55 * weights.max() else "k",
        )
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if max(map(len, columns)) > 4 else {}
    ax.set_xticks(range(len(columns)), columns, **slant)
    ax.set_yticks(range(len(labels)), labels)
    ax.set(xlabel="is looked at", ylabel="looks", title=title)
    return ax


def plot_history(
    history: Mapping[str, np.ndarray], steps: int, ax: Axes | None = None, *, ylabel: str = "loss", title: str = ""
) -> Axes:
    """Losses of the members during training, on a logarithmic scale; a ring marks each member's best moment.

    Parameters
    ----------
    history : ``"train"`` and ``"validation"``, arrays (checks, K) as in ``training.Members.history``.
    steps : gradient steps of the training, over which the checks are spread evenly.
    ax : Axes, optional
        Where to draw; a new figure by default.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(5, 2.5), layout="constrained")
    train, valid = history["train"], history["validation"]
    at = np.linspace(0, steps, len(valid) + 1)[1:]
    ax.plot(at, train, color="0.65", lw=1, label=["training batches", *[None] * (train.shape[1] - 1)])
    ax.plot(at, valid, color="#0173b2", lw=1.6, label=["validation rows", *[None] * (valid.shape[1] - 1)])
    best = np.argmin(valid, axis=0)
    ax.plot(at[best], valid.min(axis=0), "o", mfc="white", mec="black", ms=7, label="best moment")
    ax.set(xlabel="gradient step", ylabel=ylabel, yscale="log", title=title)
    ax.legend(frameon=False)
    return ax


def plot_batching(timing: pd.DataFrame) -> Figure:
    """What K members cost in one batch, and how many times as long they take one after another.

    Parameters
    ----------
    timing : DataFrame
        Columns ``network``, ``members``, and in seconds ``one_after_another`` and ``batched``.
    """
    figure, (cost, saving) = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
    for (name, rows), style in zip(timing.groupby("network"), ("s--", "o-", "^:"), strict=False):
        cost.plot(rows["members"], rows["batched"] / rows["batched"].iloc[0], style, color="black", label=name)
        saving.plot(rows["members"], rows["one_after_another"] / rows["batched"], style, color="black", label=name)
    members = sorted(set(timing["members"]))
    cost.plot(members, members, color="0.6", label="one after another")
    cost.set(xlabel="members in one batch", ylabel="time, in trainings of one", title="What they cost", ylim=0)
    saving.set(xlabel="members", ylabel="one after another / batched", title="What batching saves", ylim=0)
    cost.legend(frameon=False)
    return figure


def plot_members(
    x: np.ndarray,
    predictions: np.ndarray,
    known: tuple[float, float],
    ax: Axes | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
) -> Axes:
    """Each member's prediction as one feature changes (thin), their mean (thick), and what training covered (shaded).

    Parameters
    ----------
    x : array (m,), values of the feature.
    predictions : array (K, m), the members' predictions.
    known : the feature's smallest and largest value in the training rows.
    ax : Axes, optional
        Where to draw; a new figure by default.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(4.5, 3), layout="constrained")
    ax.axvspan(*known, color="0.9", label="covered by training")
    ax.plot(x, predictions.T, color="#0173b2", lw=0.8, label=["members", *[None] * (len(predictions) - 1)])
    ax.plot(x, predictions.mean(axis=0), color="black", lw=2.5, label="their mean")
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    return ax
