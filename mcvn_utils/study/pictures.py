"""What the arrangement of a picture is worth: one small CNN, and what it scored as ``pictures.csv`` holds it.

The same network reads every arrangement, with or without the descriptors beside it.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from ..evaluation.scores import classification_scores
from ..evaluation.splits import Split
from ..model.layers import Inputs, Network, Standardise
from ..model.training import Plan, train_members
from .scores import compare

FRAME = 24
"""Every picture is laid in the middle of a black square of 24 x 24 pixels, so that the CNN is the same for all."""

PLAN = Plan(steps=480, batch_size=128, learning_rate=5e-3, weight_decay=0.02, checks=20)
"""15 epochs over the training rows of a glass split; each member keeps the weights of its best validation loss.

Steps (480, 960) and rate (0.002, 0.005, 0.01) were chosen on validation rows of the first random split alone."""


class PictureNetwork(Network):
    """Three convolutions of 3 x 3 pixels, each followed by a pooling, beside one dense layer on descriptors; one head.

    Reads ``"image"`` (n, channels, rows, columns), at most 24 x 24, and ``"raw"`` (n, n_raw), standardised.
    ``channels=0`` leaves the picture out, ``n_raw=0`` the descriptors; both is a ``ValueError``.
    """

    def __init__(self, n_outputs: int, *, channels: int = 1, n_raw: int = 0, hidden: int = 64, dropout: float = 0.2):
        super().__init__()
        if not channels and not n_raw:
            raise ValueError("nothing is left to read: give a picture (channels) or descriptors (n_raw)")
        self.cnn = self.dense = None
        if channels:
            self.scaling = Standardise(channels * FRAME**2)
            widths = (channels, 8, 16, 16)
            layers = [
                layer
                for n_in, n_out in pairwise(widths)
                for layer in (nn.Conv2d(n_in, n_out, 3, padding=1), nn.MaxPool2d(2), nn.ReLU())
            ]
            self.cnn = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 9, hidden), nn.ReLU())
        if n_raw:
            self.dense = nn.Sequential(nn.Linear(n_raw, hidden), nn.ReLU())
        n_joint = hidden * (bool(channels) + bool(n_raw))
        head = nn.Linear(n_joint, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, n_outputs)
        self.head = nn.Sequential(nn.Dropout(dropout), *head)

    def learn_scaling(self, inputs: Inputs) -> None:
        """Learn mean and spread of each pixel from the training rows."""
        if self.cnn:
            self.scaling.learn(framed(inputs["image"]).flatten(1))

    def prepare(self, inputs: Inputs) -> Inputs:
        """Frame and standardise the pictures."""
        if not self.cnn:
            return inputs
        image = framed(inputs["image"])
        return {**inputs, "image": self.scaling(image.flatten(1)).reshape(image.shape)}

    def forward(self, inputs: Inputs, prepared: bool = False) -> Tensor:
        """Return the outputs, (n, n_outputs)."""
        inputs = inputs if prepared else self.prepare(inputs)
        branches = {"image": self.cnn, "raw": self.dense}
        return self.head(torch.cat([branch(inputs[name]) for name, branch in branches.items() if branch], 1))


def framed(image: Tensor) -> Tensor:
    """Lay pictures (n, c, rows, columns) in the middle of black squares (n, c, 24, 24)."""
    high, wide = FRAME - image.shape[-2], FRAME - image.shape[-1]
    if high < 0 or wide < 0:
        raise ValueError(f"a picture of {tuple(image.shape[-2:])} pixels does not fit into {FRAME} x {FRAME}")
    return nn.functional.pad(image, (wide // 2, wide - wide // 2, high // 2, high - high // 2))


def standard_scores(descriptors: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return descriptors (n, d) as standard scores of the training rows, float32, clipped at 8; 0 for no value."""
    values = np.where(np.isfinite(descriptors), descriptors, np.nan)
    values[:, np.isnan(values[train]).all(axis=0)] = 0.0  # never a value: nothing to learn
    scores = StandardScaler().fit(values[train]).transform(values)
    return np.clip(np.nan_to_num(scores), -8.0, 8.0).astype(np.float32)


def validation_rows(train: np.ndarray, classes: pd.Series, groups, n_members: int, seed: int) -> list[Split]:
    """Split the training rows for each member, 90 % to 10 %: whole groups, or, without groups, shares of each class."""
    share = {"n_splits": n_members, "test_size": 0.1, "random_state": seed}
    splitter = StratifiedShuffleSplit(**share) if groups is None else GroupShuffleSplit(**share)
    groups = None if groups is None else np.asarray(groups)[train]
    return [(train[a], train[b]) for a, b in splitter.split(train, np.asarray(classes)[train], groups)]


def trial_scores(
    images: np.ndarray | None,
    raw: np.ndarray | None,
    classes: pd.Series,
    split: Split,
    groups=None,
    *,
    n_members: int = 1,
    plan: Plan = PLAN,
    seed: int = 0,
) -> pd.DataFrame:
    """Train the CNN on a split's training rows and score each member on the held-out rows.

    ``images`` (n, channels, rows, columns) are pictures of all n rows, drawn with what was learned from the training
    rows, ``raw`` (n, d) standard scores of descriptors; one of the two may be None. With ``groups`` (n,) whole groups
    are held out, and validation rows are then whole groups, too. Each of the ``n_members`` networks has its own start
    and validation rows, and gives one row of the result: ``member, macro_f1, validation_loss``.

    >>> raw, classes, split = np.eye(40, dtype="f4"), pd.Series(["BMG", "RMG"] * 20), (np.arange(30), np.arange(30, 40))
    >>> scores = trial_scores(None, raw, classes, split, plan=Plan(steps=2, checks=1))
    """
    train, test = split
    names, codes = np.unique(classes, return_inverse=True)
    inputs = {"image": images, "raw": raw}
    inputs = {name: torch.from_numpy(np.ascontiguousarray(x)) for name, x in inputs.items() if x is not None}
    channels, n_raw = (0 if x is None else x.shape[1] for x in (images, raw))
    members = train_members(
        lambda: PictureNetwork(len(names), channels=channels, n_raw=n_raw),
        inputs,
        torch.from_numpy(codes),
        validation_rows(train, classes, groups, n_members, seed),
        lambda outputs, y: nn.functional.cross_entropy(outputs, y, reduction="none"),
        plan=plan,
        seed=seed,
        device="cpu",
    )
    outputs = members.predict({name: x[test] for name, x in inputs.items()}).argmax(-1).numpy()
    rows = []
    for member, predicted in enumerate(names[outputs]):
        scores = classification_scores(classes.iloc[test], predicted).set_index("class")
        recall = {"cra_recall": scores.loc["CRA", "recall"]} if "CRA" in scores.index else {}
        rows.append({"member": member, "macro_f1": scores.loc["macro", "f1"]} | recall)
    return pd.DataFrame(rows).assign(validation_loss=members.history["validation"].min(axis=0).astype(float))


NO_PICTURE = "no picture"
TITLES = {
    NO_PICTURE: "no picture",
    "expert": "the experts' cells",
    "random": "cells shuffled",
    "correlation": "cells by correlation",
    "DeepInsight": "DeepInsight",
    "IGTD": "IGTD",
    "shuffled pixels": "pixels shuffled",
    "periodic table": "periodic table",
}
"""Name in the file to words for a reader, in the order in which they are shown."""


def fold_means(scores: pd.DataFrame, metric: str = "macro_f1") -> pd.DataFrame:
    """Average the seeds of ``pictures.csv``: one row per (protocol, fold), one column per (arrangement, descriptors).

    Arrangements are named in words; ``descriptors`` is "yes" where they stand beside the picture, else "no".

    >>> fold_means(pd.read_csv(results_path("pictures.csv"))).columns[:2].tolist()
    [('no picture', 'yes'), ("the experts' cells", 'no')]
    """
    return _means(scores, metric).rename(columns=TITLES, level="arrangement")


def _means(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    means = scores.pivot_table(metric, ["protocol", "fold"], ["arrangement", "descriptors"], sort=False)
    return means.reindex(columns=[name for name in TITLES if name in means.columns], level="arrangement")


def differences(scores: pd.DataFrame, reference: str, metric: str = "macro_f1") -> pd.DataFrame:
    """Subtract the reference from every arrangement on the same folds (see ``evaluation.paired_difference``).

    A picture alone is compared with the reference alone, one beside the descriptors with the reference beside them;
    ``NO_PICTURE``, the descriptors without a picture, stands for the latter alone. Columns are ``protocol, descriptors,
    arrangement, difference, low, high, p``. A reference that the file does not hold raises ``ValueError``.

    >>> worth = differences(pd.read_csv(results_path("pictures.csv")), "expert")
    """
    means = _means(scores, metric)
    if reference not in means.columns.get_level_values("arrangement"):
        known = ", ".join(scores["arrangement"].unique())
        raise ValueError(f"there is no arrangement {reference!r}; there are {known}")
    rows = []
    for protocol, part in means.groupby("protocol", sort=False):
        for arrangement, descriptors in means.columns.drop(reference, level="arrangement"):
            row = compare(part, (arrangement, descriptors), (reference, descriptors))
            if row.get("folds", 0) > 1:
                rows.append({"protocol": protocol, "descriptors": descriptors, "arrangement": arrangement} | row)
    return pd.DataFrame(rows, columns=["protocol", "descriptors", "arrangement", "difference", "low", "high", "p"])
