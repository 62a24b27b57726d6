"""The networks, as ordinary torch modules that hold one member each: ``MCVN``, ``PublishedMCVN``, ``AttentionNetwork``.

Every network reads one dict of tensors, of which it takes what it needs, and gives outputs (n, n_outputs):

=============  ==================  ==============================================================
``"image"``    (n, 1, 24, 21)      the picture, gray levels 0 to 1; or the periodic table (n, channels, 9, 18)
``"elements"`` (n, t) integers     atomic numbers of the elements, largest amount first, 0 = none
``"amounts"``  (n, t)              their atomic fractions, 0 where there is none
``"raw"``      (n, d)              raw features
``"fine"``     (n, m)              raw features and fractions encoded by pieces, 0 to 1 (see ``model.encoding``)
``"cells"``    (n, 56, p)          the pixels of each 3x3 cell, encoded; it takes the place of ``"image"``
=============  ==================  ==============================================================

A network standardises pixels and raw features itself, as ``learn_scaling`` took it from its own training rows: members
that were trained on different rows can share one input, and no member uses its validation rows.
"""

import math

import torch
from torch import Tensor, nn

from .layers import (
    Attention,
    Dropout,
    ElementBranch,
    Inputs,
    Network,
    PeriodicTableBranch,
    PictureBranch,
    PieceBranch,
    Standardise,
)


class _RawNetwork(Network):
    """A network that standardises nothing but its raw features."""

    def __init__(self, n_raw: int):
        super().__init__()
        self.raw_scaling = Standardise(n_raw)

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take mean and standard deviation of the raw features from the training rows."""
        self.raw_scaling.learn(inputs["raw"])

    def prepare(self, inputs: Inputs) -> Inputs:
        """Standardise the raw features."""
        return {**inputs, "raw": self.raw_scaling(inputs["raw"])}


class PublishedMCVN(_RawNetwork):
    """The network with the layer sizes of the paper (Yu et al., EAAI 117 (2023) 105539).

    Each attention gets the whole feature vector as one token, as published, so its weights are always 1. Two attention
    heads share the raw features, so an odd number of them raises ``ValueError``.

    >>> PublishedMCVN(2)({"image": torch.zeros(2, 1, 24, 21), "raw": torch.zeros(2, 2)}).shape
    torch.Size([2, 1])
    """

    def __init__(self, n_raw: int, n_outputs: int = 1):
        if n_raw < 2 or n_raw % 2:
            raise ValueError(
                f"the published raw branch has two attention heads over the raw features: n_raw must be even, "
                f"not {n_raw}; leave one feature out or add one"
            )
        super().__init__(n_raw)
        self.image = nn.Sequential(
            nn.Conv2d(1, 3, 3, stride=3),
            nn.Conv2d(3, 8, 3),
            nn.Conv2d(8, 4, 3),
            nn.Conv2d(4, 1, 2),
            nn.Flatten(),
            nn.Linear(6, 4),
            nn.ReLU(),
        )
        self.raw_attention, self.raw_norm = Attention(n_raw, 2), nn.LayerNorm(n_raw)
        self.raw = nn.Sequential(nn.Linear(n_raw, 8), nn.ReLU())
        self.joint_attention, self.joint_norm = Attention(12, 2), nn.LayerNorm(12)
        self.head = nn.Sequential(
            nn.BatchNorm1d(12), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, n_outputs)
        )

    def forward(self, inputs: Inputs, return_attention: bool = False, prepared: bool = False):
        """Give outputs (n, n_outputs); with ``return_attention`` also a dict of the weights of both attentions."""
        inputs = inputs if prepared else self.prepare(inputs)
        raw = inputs["raw"]
        mixed, raw_weights = self.raw_attention(raw.unsqueeze(1))
        raw = self.raw(self.raw_norm(raw + mixed.squeeze(1)))
        joint = torch.cat([self.image(inputs["image"]), raw], 1)
        mixed, joint_weights = self.joint_attention(joint.unsqueeze(1))
        out = self.head(self.joint_norm(joint + mixed.squeeze(1)))
        return (out, {"raw": raw_weights, "joint": joint_weights}) if return_attention else out


class AttentionNetwork(_RawNetwork):
    """The paper's peer without a picture: one token of ``width`` numbers per raw feature, one attention, then 64-32.

    >>> AttentionNetwork(n_raw=3)({"raw": torch.zeros(2, 3)}).shape
    torch.Size([2, 1])
    """

    def __init__(self, n_raw: int, n_outputs: int = 1, width: int = 8):
        super().__init__(n_raw)
        self.slope = nn.Parameter(torch.randn(n_raw, width) / math.sqrt(width))
        self.offset = nn.Parameter(torch.randn(n_raw, width) / math.sqrt(width))
        self.attention, self.norm = Attention(width, 2), nn.LayerNorm(width)
        self.head = nn.Sequential(
            nn.Linear(n_raw * width, 64), nn.SiLU(), nn.Linear(64, 32), nn.SiLU(), nn.Linear(32, n_outputs)
        )

    def forward(self, inputs: Inputs, return_attention: bool = False, prepared: bool = False):
        """Give outputs (n, n_outputs); with ``return_attention`` also ``{"raw": (n, heads, d, d)}``."""
        inputs = inputs if prepared else self.prepare(inputs)
        tokens = inputs["raw"].unsqueeze(-1) * self.slope + self.offset
        mixed, weights = self.attention(tokens)
        out = self.head(self.norm(tokens + mixed).flatten(1))
        return (out, {"raw": weights}) if return_attention else out


class MCVN(Network):
    """One branch each for picture, elements and raw features, any of which can be left out, then one head for all.

    Parameters
    ----------
    n_outputs, n_raw, n_fine : int
        Number of targets or classes; of raw features; and of the pieces that encode them. 0 leaves them out.
    image_shape, cells_shape : tuple of int or None
        (rows, columns) of the picture in pixels, or (channels, 9, 18) for the periodic-table picture; or (cells, p) of
        a picture whose pixels are encoded by pieces, which takes its place. None for none.
    element_features : Tensor of shape (94, f) or None
        Table of the elements H to Pu; None leaves the branch of the elements out.
    width, n_heads, n_blocks, hidden : int
        Numbers per element token, attention heads, transformer blocks, neurons in each of the head's two layers.
    dropout, fine_dropout, branch_dropout : float
        Shares of hidden neurons, and of the pieces, that are dropped in training; and of alloys whose picture, or
        elements, are hidden: with few alloys a network would otherwise learn the pictures by heart.
    picture_width : int or None
        Numbers into which the picture is mixed; None hands the numbers of all cells to the head.

    Examples
    --------
    >>> MCVN(n_raw=3)({"image": torch.zeros(2, 1, 24, 21), "raw": torch.zeros(2, 3)}).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        n_outputs: int = 1,
        *,
        n_raw: int = 0,
        n_fine: int = 0,
        image_shape: tuple[int, ...] | None = (24, 21),
        cells_shape: tuple[int, int] | None = None,
        element_features: Tensor | None = None,
        width: int = 48,
        n_heads: int = 4,
        n_blocks: int = 2,
        hidden: int = 128,
        dropout: float = 0.1,
        fine_dropout: float = 0.5,
        branch_dropout: float = 0.0,
        picture_width: int | None = 64,
    ):
        super().__init__()
        self.skip, self.n_fine, self.drop_pieces = Dropout(branch_dropout), n_fine, Dropout(fine_dropout)
        self.gate = self.elements = self.picture = None
        n_joint = n_fine
        if n_raw:
            self.raw_scaling, self.gate = Standardise(n_raw), nn.Parameter(torch.full((n_raw,), 1.0))
            n_joint += n_raw
        if element_features is not None:
            self.elements = ElementBranch(element_features, width, n_heads, n_blocks, dropout)
            n_joint += 2 * width
        if cells_shape is not None:
            self.picture = PieceBranch(*cells_shape, dropout)
        elif image_shape is not None:
            branch = PictureBranch if len(image_shape) == 2 else PeriodicTableBranch
            self.picture = branch(picture_width, image_shape)
        if self.picture is not None:
            n_joint += self.picture.n_out
        if not n_joint:
            raise ValueError("all branches are left out: keep the picture, the elements or the raw features")
        self.head = nn.Sequential(
            nn.Linear(n_joint, hidden), nn.SiLU(), Dropout(dropout),
            nn.Linear(hidden, hidden), nn.SiLU(), Dropout(dropout),
            nn.Linear(hidden, n_outputs),
        )  # fmt: skip

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take mean and standard deviation of pixels and raw features from the training rows."""
        if self.gate is not None:
            self.raw_scaling.learn(inputs["raw"])
        if isinstance(self.picture, PictureBranch):
            self.picture.scaling.learn(self.picture.cells(inputs["image"]))

    def prepare(self, inputs: Inputs) -> Inputs:
        """Standardise raw features and pixels, and cut the picture into its cells."""
        ready = dict(inputs)
        if self.gate is not None:
            ready["raw"] = self.raw_scaling(inputs["raw"])
        if isinstance(self.picture, PictureBranch):
            ready["image"] = self.picture.prepare(inputs["image"])
        return ready

    def forward(self, inputs: Inputs, return_attention: bool = False, prepared: bool = False):
        """Give outputs (n, n_outputs); with ``return_attention`` also ``{"elements": [weights of each block]}``.

        The weights of a block are (n, heads, 1 + t, 1 + t); token 0 is the summary, then the elements, largest first.
        """
        inputs = inputs if prepared else self.prepare(inputs)
        parts, attention = [], {}
        if self.gate is not None:
            parts.append(inputs["raw"] * self.gate.sigmoid())
        if self.n_fine:
            parts.append(self.drop_pieces(inputs["fine"]))
        if self.elements is not None:
            summary, attention["elements"] = self.elements(inputs["elements"], inputs["amounts"])
            parts.append(self._hide_some(summary))
        if self.picture is not None:
            name = "cells" if isinstance(self.picture, PieceBranch) else "image"
            parts.append(self._hide_some(self.picture(inputs[name])))
        out = self.head(torch.cat(parts, 1))
        return (out, attention) if return_attention else out

    def _hide_some(self, branch: Tensor) -> Tensor:
        """In training, set the branch's numbers (n, k) of some alloys to 0 and raise those of the others."""
        return branch * self.skip(branch.new_ones(len(branch), 1))
