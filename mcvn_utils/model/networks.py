"""The networks, as ordinary torch modules that hold one member each: ``MCVN``, ``PublishedMCVN``, ``AttentionNetwork``.

Every network reads one dict of tensors, of which it takes what it needs, and answers ``(n, n_outputs)``:

=============  ==================  ==============================================================
``"image"``    (n, 1, 24, 21)      the picture, gray levels 0 to 1; or the periodic table (n, channels, 9, 18)
``"elements"`` (n, t) integers     atomic numbers of the elements present, largest first, 0 = none
``"amounts"``  (n, t)              their atomic fractions, 0 where there is none
``"raw"``      (n, d)              raw features, in their own units
``"fine"``     (n, m)              the raw features by pieces, 0 to 1 (see ``mcvn_utils.encoding``)
``"cells"``    (n, 56, p)          the pixels of each 3x3 cell, standardised, and by pieces; in place of ``"image"``
=============  ==================  ==============================================================

A network standardises pixels and raw features itself, with the mean and spread that ``learn_scaling`` took from its
own training rows: thus members trained on different rows can share one input and stay honest. ``prepare`` does it
beforehand, for many steps of training at once; ``forward`` must then be told that its inputs are ``prepared``.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .branches import ElementBranch, PeriodicTableBranch, PictureBranch, PieceBranch
from .layers import Attention, Dropout, Standardise

Inputs = Mapping[str, Tensor]


class PublishedMCVN(nn.Module):
    """The network with the layer sizes of the paper (Yu et al., EAAI 117 (2023) 105539).

    Each attention is given the whole feature vector as one token, as published, so its weights are always 1.

    Parameters
    ----------
    n_raw : number of raw features d; two heads share them, so an odd d raises ``ValueError``.
    n_outputs : number of targets, or of classes.
    """

    def __init__(self, n_raw: int, n_outputs: int = 1):
        super().__init__()
        if n_raw < 2 or n_raw % 2:
            raise ValueError(
                f"the published raw branch has two attention heads over the raw features: n_raw must be even, "
                f"not {n_raw}; leave one feature out or add one"
            )
        self.raw_scaling = Standardise(n_raw)
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

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take the raw features' mean and spread from the training rows."""
        self.raw_scaling.learn(inputs["raw"])

    def prepare(self, inputs: Inputs) -> Inputs:
        """The inputs with the raw features standardised."""
        return {**inputs, "raw": self.raw_scaling(inputs["raw"])}

    def forward(self, inputs: Inputs, return_attention: bool = False, prepared: bool = False):
        """Outputs (n, n_outputs); with ``return_attention`` also a dict of the two attentions' weights."""
        inputs = inputs if prepared else self.prepare(inputs)
        raw = inputs["raw"]
        seen, raw_weights = self.raw_attention(raw.unsqueeze(1))
        raw = self.raw(self.raw_norm(raw + seen.squeeze(1)))
        joint = torch.cat([self.image(inputs["image"]), raw], 1)
        seen, joint_weights = self.joint_attention(joint.unsqueeze(1))
        out = self.head(self.joint_norm(joint + seen.squeeze(1)))
        return (out, {"raw": raw_weights, "joint": joint_weights}) if return_attention else out


class AttentionNetwork(nn.Module):
    """The paper's peer without a picture: one token a raw feature, one attention between them, then 64-32.

    Parameters
    ----------
    n_raw, n_outputs : as in ``PublishedMCVN``.
    width : numbers that stand for one feature.
    """

    def __init__(self, n_raw: int, n_outputs: int = 1, width: int = 8):
        super().__init__()
        self.raw_scaling = Standardise(n_raw)
        self.slope = nn.Parameter(torch.randn(n_raw, width) / math.sqrt(width))
        self.offset = nn.Parameter(torch.randn(n_raw, width) / math.sqrt(width))
        self.attention, self.norm = Attention(width, 2), nn.LayerNorm(width)
        self.head = nn.Sequential(
            nn.Linear(n_raw * width, 64), nn.SiLU(), nn.Linear(64, 32), nn.SiLU(), nn.Linear(32, n_outputs)
        )

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take the raw features' mean and spread from the training rows."""
        self.raw_scaling.learn(inputs["raw"])

    def prepare(self, inputs: Inputs) -> Inputs:
        """The inputs with the raw features standardised."""
        return {**inputs, "raw": self.raw_scaling(inputs["raw"])}

    def forward(self, inputs: Inputs, return_attention: bool = False, prepared: bool = False):
        """Outputs (n, n_outputs); with ``return_attention`` also ``{"raw": (n, heads, d, d)}``."""
        inputs = inputs if prepared else self.prepare(inputs)
        tokens = inputs["raw"].unsqueeze(-1) * self.slope + self.offset
        seen, weights = self.attention(tokens)
        out = self.head(self.norm(tokens + seen).flatten(1))
        return (out, {"raw": weights}) if return_attention else out


class MCVN(nn.Module):
    """A network that attends: picture, elements and raw features, each of which can be left out, then one head.

    Parameters
    ----------
    n_outputs : number of targets, or of classes.
    n_raw : number of raw features; 0 leaves that branch out. n_fine : number of their pieces; 0 leaves these out.
    image_shape : (rows, columns) of the picture in pixels, read by cells of 3x3; or (channels, 9, 18) for the
        periodic-table picture; None leaves that branch out.
    cells_shape : (cells, p) of a picture whose pixels are written by pieces; it takes the place of the picture.
    element_features : (94, f) table of the elements H to Pu; None leaves that branch out.
    width, n_heads, n_blocks : numbers that stand for one element token; attention heads; transformer blocks.
    hidden : neurons in each of the head's two layers. picture_width : numbers that the picture is summed up in; None
        hands all its cells on.
    dropout : share of hidden neurons that are dropped in training; fine_dropout : of the pieces, without
        which they are learned by heart.
    branch_dropout : share of alloys whose picture, or elements, are hidden in training, so that no branch is leant on
        alone: with few alloys a picture is soon learned by heart.

    Raises ``ValueError`` when all three branches are left out.
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
            reader = PictureBranch if len(image_shape) == 2 else PeriodicTableBranch
            self.picture = reader(picture_width, image_shape)
        if hasattr(self, "picture"):
            n_joint += self.picture.n_out
        if not n_joint:
            raise ValueError("all branches are left out: keep the picture, the elements or the raw features")
        self.head = nn.Sequential(
            nn.Linear(n_joint, hidden), nn.SiLU(), Dropout(dropout),
            nn.Linear(hidden, hidden), nn.SiLU(), Dropout(dropout),
            nn.Linear(hidden, n_outputs),
        )  # fmt: skip

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take mean and spread of pixels and raw features from the training rows."""
        if hasattr(self, "gate"):
            self.raw_scaling.learn(inputs["raw"])
        if isinstance(getattr(self, "picture", None), PictureBranch):
            self.picture.scaling.learn(self.picture.cells(inputs["image"]))

    def prepare(self, inputs: Inputs) -> Inputs:
        """The inputs with raw features and pixels standardised, and the picture cut into its cells."""
        ready = dict(inputs)
        if hasattr(self, "gate"):
            ready["raw"] = self.raw_scaling(inputs["raw"])
        if hasattr(self, "picture") and not isinstance(self.picture, PieceBranch):
            ready["image"] = self.picture.prepare(inputs["image"])
        return ready

    def forward(self, inputs: Inputs, return_attention: bool = False, prepared: bool = False):
        """Outputs (n, n_outputs); with ``return_attention`` also ``{"elements": [weights of each block]}``.

        A block's weights are (n, heads, 1 + t, 1 + t); token 0 is the summary, then the elements, largest first.
        """
        inputs = inputs if prepared else self.prepare(inputs)
        parts, attention = [], {}
        if hasattr(self, "gate"):
            parts.append(inputs["raw"] * self.gate.sigmoid())
        if self.n_fine:
            parts.append(self.drop_pieces(inputs["fine"]))
        if hasattr(self, "elements"):
            summary, attention["elements"] = self.elements(inputs["elements"], inputs["amounts"])
            parts.append(self._sometimes(summary))
        if hasattr(self, "picture"):
            seen = "cells" if isinstance(self.picture, PieceBranch) else "image"
            parts.append(self._sometimes(self.picture(inputs[seen])))
        out = self.head(torch.cat(parts, 1))
        return (out, attention) if return_attention else out

    def _sometimes(self, branch: Tensor) -> Tensor:
        """The branch's numbers (n, k); in training, those of some alloys are all 0 and the others are raised."""
        return branch * self.skip(branch.new_ones(len(branch), 1))
