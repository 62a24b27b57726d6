"""What is a picture worth? One and the same small CNN, with or without the descriptors beside it, on one split.

``PictureNetwork`` is the CNN; ``trial_scores`` trains it on training rows and scores it on held-out ones. Arrangements
are compared with it in lesson 03 and in ``data/results/pictures.csv``.
"""

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from ..evaluation.scores import classification_scores
from ..evaluation.splits import Split
from ..model.layers import Standardise
from ..model.networks import Inputs
from ..model.training import Plan, train_members

FRAME = 24
"""Every picture is laid in the middle of a black square of 24 x 24 pixels, so that the CNN is the same for all."""

PLAN = Plan(steps=480, batch_size=128, learning_rate=5e-3, weight_decay=0.02, checks=20)
"""15 epochs over the training rows of a glass split; each member keeps the weights of its best validation loss.

Steps (480, 960) and rate (0.002, 0.005, 0.01) were chosen on validation rows of the first random split alone."""


class PictureNetwork(nn.Module):
    """Three convolutions of 3 x 3 pixels, each followed by a pooling, beside one dense layer on descriptors; one head.

    Reads ``"image"`` (n, channels, rows, columns), at most 24 x 24, and ``"raw"`` (n, n_raw), standardised.
    ``channels=0`` leaves the picture out, ``n_raw=0`` the descriptors; both is a ``ValueError``.
    """

    def __init__(self, n_outputs: int, *, channels: int = 1, n_raw: int = 0, hidden: int = 64, dropout: float = 0.2):
        super().__init__()
        if not channels and not n_raw:
            raise ValueError("nothing is left to read: give a picture (channels) or descriptors (n_raw)")
        if channels:
            self.scaling = Standardise(channels * FRAME**2)
            self.cnn = nn.Sequential(
                nn.Conv2d(channels, 8, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(),
                nn.Conv2d(8, 16, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(),
                nn.Conv2d(16, 16, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(),
                nn.Flatten(), nn.Linear(16 * 9, hidden), nn.ReLU(),
            )  # fmt: skip
        if n_raw:
            self.dense = nn.Sequential(nn.Linear(n_raw, hidden), nn.ReLU())
        n_joint = hidden * (bool(channels) + bool(n_raw))
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(n_joint, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, n_outputs),
        )

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take mean and spread of each pixel from the training rows."""
        if hasattr(self, "cnn"):
            self.scaling.learn(framed(inputs["image"]).flatten(1))

    def forward(self, inputs: Inputs) -> Tensor:
        """Outputs (n, n_outputs)."""
        parts = []
        if hasattr(self, "cnn"):
            image = framed(inputs["image"])
            parts.append(self.cnn(self.scaling(image.flatten(1)).reshape(image.shape)))
        if hasattr(self, "dense"):
            parts.append(self.dense(inputs["raw"]))
        return self.head(torch.cat(parts, 1))


def framed(image: Tensor) -> Tensor:
    """Pictures (n, c, rows, columns) in the middle of black squares (n, c, 24, 24)."""
    high, wide = FRAME - image.shape[-2], FRAME - image.shape[-1]
    if high < 0 or wide < 0:
        raise ValueError(f"a picture of {tuple(image.shape[-2:])} pixels does not fit into {FRAME} x {FRAME}")
    return nn.functional.pad(image, (wide // 2, wide - wide // 2, high // 2, high - high // 2))


def standard_scores(descriptors: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Descriptors (n, d) as standard scores of the training rows, float32; without a value 0, held to 8 spreads."""
    values = np.where(np.isfinite(descriptors), descriptors, np.nan)
    values[:, np.isnan(values[train]).all(axis=0)] = 0.0  # never a value: nothing to learn
    scores = StandardScaler().fit(values[train]).transform(values)
    return np.clip(np.nan_to_num(scores), -8.0, 8.0).astype(np.float32)


def validation_rows(train: np.ndarray, classes: pd.Series, groups, n_members: int, seed: int) -> list[Split]:
    """For each member, training rows and a tenth set aside: whole groups, or, without groups, shares of each class."""
    share = {"n_splits": n_members, "test_size": 0.1, "random_state": seed}
    splitter = StratifiedShuffleSplit(**share) if groups is None else GroupShuffleSplit(**share)
    strata, groups = np.asarray(classes)[train], None if groups is None else np.asarray(groups)[train]
    return [(train[a], train[b]) for a, b in splitter.split(train, strata, groups)]


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

    Parameters
    ----------
    images : (n, channels, rows, columns) of all n rows, drawn with what the training rows taught; or None.
    raw : standard scores (n, d) of the descriptors; or None.
    classes : (n,) class of each row.
    groups : (n,) when whole groups are held out: validation rows are then whole groups, too.
    n_members : networks, each with its own start and validation rows.

    Returns
    -------
    DataFrame with ``member``, ``macro_f1``, ``cra_recall`` where there is a class CRA, and ``validation_loss``.
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
    lowest = members.history["validation"].min(axis=0)
    rows = []
    for member, predicted in enumerate(names[outputs]):
        scores = classification_scores(classes.iloc[test], predicted).set_index("class")
        row = {"member": member, "macro_f1": scores.loc["macro", "f1"]}
        if "CRA" in scores.index:
            row["cra_recall"] = scores.loc["CRA", "recall"]
        rows.append({**row, "validation_loss": float(lowest[member])})
    return pd.DataFrame(rows)
