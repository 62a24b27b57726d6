"""Figures of networks: feature maps, attention, the loss in training, the cost of batching, members side by side."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import BLUE, Names, axes_or_new, heat_map, panels


def plot_feature_maps(layers: Mapping[str, np.ndarray], *, title: str = "") -> Figure:
    """Draw each layer's maps, one picture per channel, in grays from its own smallest to its largest number.

    ``layers`` maps each layer's name to its maps (channels, height, width), from left to right.

    >>> figure = plot_feature_maps({"picture": np.eye(3)[None], "layer 1": np.zeros((2, 3, 3))})
    """
    columns = [1 + (len(maps) > 4) for maps in layers.values()]
    figure = plt.figure(figsize=(9, 4), layout="constrained")
    figure.suptitle(title)
    parts = figure.subfigures(1, len(layers), width_ratios=[3, *columns[1:]])  # the first is the alloy's picture
    for part, n_columns, (name, maps) in zip(np.atleast_1d(parts), columns, layers.items(), strict=True):
        axes = part.subplots(-(-len(maps) // n_columns), n_columns, squeeze=False)
        for ax in axes.flat[len(maps) :]:
            ax.set_axis_off()
        for ax, picture in zip(axes.flat, np.asarray(maps), strict=False):
            ax.imshow(picture, cmap="gray", interpolation="nearest")
            ax.set(xticks=[], yticks=[])
        part.suptitle(name, fontsize=9)
    return figure


def plot_attention(
    weights: np.ndarray, labels: Names, ax: Axes | None = None, *, columns: Names | None = None, title: str = ""
) -> Axes:
    """Draw attention weights as a heat map: the tokens of the rows attend to those of the columns; a row sums to 1.

    ``labels`` names the rows, and the columns, too, unless ``columns`` does; a ValueError says when they do not fit.

    >>> ax = plot_attention([[0.2, 0.8], [1, 0]], ["La", "Ni"])
    """
    weights = np.asarray(weights, dtype=float)
    columns = labels if columns is None else columns
    if weights.shape != (len(labels), len(columns)):
        raise ValueError(f"weights {weights.shape} do not fit {len(labels)} rows and {len(columns)} columns of names")
    ax = axes_or_new(ax, 1.3 + 0.45 * len(columns), 1.0 + 0.4 * len(labels))
    heat_map(ax, weights, np.vectorize("{:.2f}".format)(weights), weights.max(), fontsize=8)
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if max(map(len, columns)) > 4 else {}
    ax.set_xticks(range(len(columns)), columns, **slant)
    ax.set_yticks(range(len(labels)), labels)
    ax.set(xlabel="attends to", ylabel="token", title=title)
    return ax


def plot_history(history: Mapping[str, np.ndarray], steps: int, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw the members' losses during training, on a logarithmic scale; a ring marks each member's best moment.

    ``history`` maps ``"train"`` and ``"validation"`` to arrays (checks, K), as in ``training.Members``; the checks are
    spread evenly over the gradient ``steps``.

    >>> ax = plot_history({"train": np.ones((1, 2)), "validation": np.ones((1, 2))}, steps=100)
    """
    ax = axes_or_new(ax, 5, 2.5)
    train, valid = history["train"], history["validation"]
    at = np.linspace(0, steps, len(valid) + 1)[1:]
    ax.plot(at, train, color="0.65", lw=1, label=["training batches", *[None] * (train.shape[1] - 1)])
    ax.plot(at, valid, color=BLUE, lw=1.6, label=["validation rows", *[None] * (valid.shape[1] - 1)])
    ax.plot(at[np.argmin(valid, axis=0)], valid.min(axis=0), "o", mfc="white", mec="black", ms=7, label="best moment")
    ax.set(xlabel="gradient step", ylabel="loss", yscale="log", title=title)
    ax.legend(frameon=False)
    return ax


def plot_batching(timing: pd.DataFrame) -> Figure:
    """Draw what K members cost in one batch, and how many times as long they take one after another.

    The columns are ``network``, ``members``, and in seconds ``one_after_another`` and ``batched``.

    >>> columns = ["network", "members", "one_after_another", "batched"]
    >>> figure = plot_batching(pd.DataFrame([["small", 1, 1.0, 1.0], ["small", 8, 8.0, 4.0]], columns=columns))
    """
    figure, (cost, saving) = panels(["What they cost", "What batching saves"], 7, 3.1, sharey=False)
    for (name, rows), style in zip(timing.groupby("network"), ("s--", "o-", "^:"), strict=False):
        cost.plot(rows["members"], rows["batched"] / rows["batched"].iloc[0], style, color="black", label=name)
        saving.plot(rows["members"], rows["one_after_another"] / rows["batched"], style, color="black")
    cost.plot(*[sorted(set(timing["members"]))] * 2, color="0.6", label="one after another")
    cost.set(xlabel="members in one batch", ylabel="time, in trainings of one", ylim=0)
    saving.set(xlabel="members", ylabel="one after another / batched", ylim=0)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def plot_members(
    x: np.ndarray, predictions: np.ndarray, known: tuple[float, float], ax: Axes | None = None, **labels: str
) -> Axes:
    """Draw each member's prediction as one feature changes (thin), their mean (thick), and the training's range (gray).

    The feature's values ``x`` have the shape (m,), the ``predictions`` (K, m); ``known`` is the feature's smallest and
    largest value in the training rows; ``labels`` are ``xlabel``, ``ylabel`` and ``title``.

    >>> ax = plot_members(np.array([0.1, 0.2]), np.array([[1.0, 2.0], [3.0, 6.0]]), (0.1, 0.15))
    """
    ax = axes_or_new(ax, 4.5, 3)
    ax.axvspan(*known, color="0.9", label="covered by training")
    ax.plot(x, predictions.T, color=BLUE, lw=0.8, label=["members", *[None] * (len(predictions) - 1)])
    ax.plot(x, predictions.mean(axis=0), color="black", lw=2.5, label="their mean")
    ax.set(**labels)
    return ax
