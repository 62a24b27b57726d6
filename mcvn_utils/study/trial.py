"""The small CNN that reads every arrangement of the picture, with or without the descriptors beside it."""

from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from ..evaluation.scores import classification_scores
from ..evaluation.splits import Split
from ..model.ensemble import validation_rows
from ..model.layers import Inputs, Network, Standardise
from ..model.training import Plan, train_members

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
    groups = None if groups is None else np.asarray(groups)[train]
    splits = validation_rows(len(train), n_members, 0.1, np.asarray(classes)[train], groups, seed)
    rows = [(train[a], train[b]) for a, b in splits]
    inputs = {"image": images, "raw": raw}
    inputs = {name: torch.from_numpy(np.ascontiguousarray(x)) for name, x in inputs.items() if x is not None}
    channels, n_raw = (0 if x is None else x.shape[1] for x in (images, raw))
    members = train_members(
        lambda: PictureNetwork(len(names), channels=channels, n_raw=n_raw),
        inputs,
        torch.from_numpy(codes),
        rows,
        lambda outputs, y: nn.functional.cross_entropy(outputs, y, reduction="none"),
        plan=plan,
        seed=seed,
        device="cpu",
    )
    outputs = members.predict({name: x[test] for name, x in inputs.items()}).argmax(-1).numpy()
    scored = []
    for member, predicted in enumerate(names[outputs]):
        scores = classification_scores(classes.iloc[test], predicted).set_index("class")
        recall = {"cra_recall": scores.loc["CRA", "recall"]} if "CRA" in scores.index else {}
        scored.append({"member": member, "macro_f1": scores.loc["macro", "f1"]} | recall)
    return pd.DataFrame(scored).assign(validation_loss=members.history["validation"].min(axis=0).astype(float))
