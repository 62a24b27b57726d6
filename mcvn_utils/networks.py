"""The networks, as ordinary torch modules that hold one member each: ``MCVN``, ``PublishedMCVN``, ``AttentionNetwork``.

Every network reads one dict of tensors, of which it takes what it needs, and answers ``(n, n_outputs)``:

=============  ==================  ==============================================================
``"image"``    (n, 1, 24, 21)      the picture, gray levels 0 to 1
``"elements"`` (n, t) integers     atomic numbers of the elements present, largest first, 0 = none
``"amounts"``  (n, t)              their atomic fractions, 0 where there is none
``"raw"``      (n, d)              raw features, in their own units
=============  ==================  ==============================================================

A network standardises pixels and raw features itself, with the mean and spread that ``learn_scaling`` took from its
own training rows: thus members trained on different rows can share one input and stay honest.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

Inputs = Mapping[str, Tensor]


class Standardise(nn.Module):
    """Subtract the mean and divide by the spread of the training rows; a constant feature becomes 0."""

    def __init__(self, n_features: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("scale", torch.ones(n_features))

    def learn(self, x: Tensor) -> None:
        """Take mean and spread over the rows of ``x`` (n, n_features)."""
        self.mean.copy_(x.mean(0))
        spread = x.std(0, unbiased=False)
        constant = spread < 1e-6 * x.abs().amax(0).clamp(min=1.0)
        self.scale.copy_(torch.where(constant, torch.inf, spread))

    def forward(self, x: Tensor) -> Tensor:
        """Standardised features, held to 6 spreads so that one strange row cannot run away."""
        return ((x - self.mean) / self.scale).clamp(-6.0, 6.0)


class Attention(nn.Module):
    """Multi-head self-attention between the tokens of one alloy (Vaswani et al., arXiv 1706.03762).

    ``bias`` (n, 1, 1, t) is added to the scores; ``-inf`` hides a token. The weights (n, heads, t, t), which sum to 1
    over the last axis, are returned beside the result.
    """

    def __init__(self, width: int, n_heads: int):
        super().__init__()
        if width % n_heads:
            raise ValueError(f"a width of {width} cannot be shared by {n_heads} attention heads")
        self.n_heads = n_heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Tokens (n, t, width) to tokens of the same shape, and the attention weights."""
        n, t, width = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.n_heads, width // self.n_heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.n_heads)
        if bias is not None:
            scores = scores + bias
        weights = scores.softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, width)), weights


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

    def forward(self, inputs: Inputs, return_attention: bool = False):
        """Outputs (n, n_outputs); with ``return_attention`` also a dict of the two attentions' weights."""
        raw = self.raw_scaling(inputs["raw"])
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

    def forward(self, inputs: Inputs, return_attention: bool = False):
        """Outputs (n, n_outputs); with ``return_attention`` also ``{"raw": (n, heads, d, d)}``."""
        tokens = self.raw_scaling(inputs["raw"]).unsqueeze(-1) * self.slope + self.offset
        seen, weights = self.attention(tokens)
        out = self.head(self.norm(tokens + seen).flatten(1))
        return (out, {"raw": weights}) if return_attention else out


class PictureBranch(nn.Module):
    """Reads one 3x3 cell a step, then lets the cells mix: (n, 1, 24, 21) to (n, n_out)."""

    def __init__(self, n_out: int, shape: tuple[int, int], per_cell: int = 8):
        super().__init__()
        self.rows, self.columns = shape[0] // 3, shape[1] // 3
        self.scaling = Standardise(self.rows * self.columns * 9)
        self.stem = nn.Linear(9, per_cell)
        self.place = nn.Parameter(torch.zeros(self.rows * self.columns, per_cell))
        self.mix = nn.Linear(self.rows * self.columns * per_cell, n_out)

    def cells(self, image: Tensor) -> Tensor:
        """The picture cut into cells: (n, 1, 3 rows, 3 columns) to (n, rows * columns * 9)."""
        image = image.reshape(-1, self.rows, 3, self.columns, 3).transpose(2, 3)
        return image.reshape(-1, self.rows * self.columns * 9)

    def forward(self, image: Tensor) -> Tensor:
        """One row of ``n_out`` numbers an alloy."""
        cells = self.scaling(self.cells(image)).reshape(-1, self.rows * self.columns, 9)
        return self.mix((self.stem(cells) + self.place).flatten(1))


class Block(nn.Module):
    """A pre-norm transformer block: attention between tokens, then a small network on each token."""

    def __init__(self, width: int, n_heads: int, dropout: float):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, n_heads)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, t, width) to tokens, and the attention weights."""
        seen, weights = self.attention(self.norm1(x), bias)
        x = x + seen
        return x + self.mlp(self.norm2(x)), weights


class ElementBranch(nn.Module):
    """One token an element present: what the element is, what its 58 features are, how much of it there is.

    Parameters
    ----------
    element_features : (94, 58) the element table; standardised over the elements here.
    width, n_heads, n_blocks, dropout : size of the transformer.
    """

    KNOTS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8)

    def __init__(self, element_features: Tensor, width: int, n_heads: int, n_blocks: int, dropout: float):
        super().__init__()
        table = element_features - element_features.mean(0)
        table = table / element_features.std(0, unbiased=False).clamp(min=1e-9)
        self.register_buffer("table", torch.cat([torch.zeros(1, table.shape[1]), table.float()]))
        self.register_buffer("knots", torch.tensor(self.KNOTS))
        self.identity = nn.Parameter(torch.randn(len(self.table), width) * 0.1)
        self.features = nn.Linear(table.shape[1], width)
        self.amount = nn.Linear(3 + len(self.KNOTS), width)
        self.cls = nn.Parameter(torch.randn(width) * 0.1)
        self.weigh = nn.Parameter(torch.tensor(0.5))
        self.blocks = nn.ModuleList([Block(width, n_heads, dropout) for _ in range(n_blocks)])
        self.norm = nn.LayerNorm(2 * width)

    def encode_amounts(self, amounts: Tensor) -> Tensor:
        """A fraction f as f, sqrt f, log f and how far it is beyond each knot: (n, t) to (n, t, 12)."""
        f = amounts.unsqueeze(-1)
        log = (f.clamp(min=1e-4).log() + 4.6) / 4.6
        return torch.cat([f, f.sqrt(), log, (f - self.knots).clamp(min=0)], -1)

    def forward(self, elements: Tensor, amounts: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The summary token beside the fraction-weighted mean of the element tokens, (n, 2 width); and the weights."""
        known = self.features(self.table) + self.identity
        tokens = known[elements] + self.amount(self.encode_amounts(amounts))
        tokens = torch.cat([self.cls.expand(len(tokens), 1, -1), tokens], 1)
        bias = torch.where(elements > 0, self.weigh * amounts.clamp(min=1e-6).log(), -torch.inf)
        bias = torch.cat([torch.zeros_like(bias[:, :1]), bias], 1)[:, None, None, :]
        weights = []
        for block in self.blocks:
            tokens, seen = block(tokens, bias)
            weights.append(seen)
        mean = (tokens[:, 1:] * amounts.unsqueeze(-1)).sum(1)
        return self.norm(torch.cat([tokens[:, 0], mean], 1)), weights


class MCVN(nn.Module):
    """A network that attends: picture, elements and raw features, each of which can be left out, then one head.

    Parameters
    ----------
    n_outputs : number of targets, or of classes.
    n_raw : number of raw features; 0 leaves that branch out.
    image_shape : (rows, columns) of the picture in pixels; None leaves that branch out.
    element_features : (94, f) table of the elements H to Pu; None leaves that branch out.
    width, n_heads, n_blocks : numbers that stand for one element token; attention heads; transformer blocks.
    hidden : neurons in each of the head's two layers. picture_width : numbers that the picture is summed up in.
    dropout : share of hidden neurons that are dropped in training.
    branch_dropout : share of alloys whose picture, or elements, are hidden in training, so that no branch is leant on
        alone: with few alloys a picture is soon learned by heart.

    Raises ``ValueError`` when all three branches are left out.
    """

    def __init__(
        self,
        n_outputs: int = 1,
        *,
        n_raw: int = 0,
        image_shape: tuple[int, int] | None = (24, 21),
        element_features: Tensor | None = None,
        width: int = 48,
        n_heads: int = 4,
        n_blocks: int = 2,
        hidden: int = 128,
        dropout: float = 0.1,
        branch_dropout: float = 0.0,
        picture_width: int = 64,
    ):
        super().__init__()
        self.skip = nn.Dropout(branch_dropout)
        n_joint = 0
        if n_raw:
            self.raw_scaling, self.gate = Standardise(n_raw), nn.Parameter(torch.full((n_raw,), 1.0))
            n_joint += n_raw
        if element_features is not None:
            self.elements = ElementBranch(element_features, width, n_heads, n_blocks, dropout)
            n_joint += 2 * width
        if image_shape is not None:
            self.picture = PictureBranch(picture_width, image_shape)
            n_joint += picture_width
        if not n_joint:
            raise ValueError("all branches are left out: keep the picture, the elements or the raw features")
        self.head = nn.Sequential(
            nn.Linear(n_joint, hidden), nn.SiLU(), nn.Dropout(dropout),
            nn.Linear(hidden, hidden), nn.SiLU(), nn.Dropout(dropout),
            nn.Linear(hidden, n_outputs),
        )  # fmt: skip

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take mean and spread of pixels and raw features from the training rows."""
        if hasattr(self, "gate"):
            self.raw_scaling.learn(inputs["raw"])
        if hasattr(self, "picture"):
            self.picture.scaling.learn(self.picture.cells(inputs["image"]))

    def forward(self, inputs: Inputs, return_attention: bool = False):
        """Outputs (n, n_outputs); with ``return_attention`` also ``{"elements": [weights of each block]}``.

        A block's weights are (n, heads, 1 + t, 1 + t); token 0 is the summary, then the elements, largest first.
        """
        parts, attention = [], {}
        if hasattr(self, "gate"):
            parts.append(self.raw_scaling(inputs["raw"]) * self.gate.sigmoid())
        if hasattr(self, "elements"):
            summary, attention["elements"] = self.elements(inputs["elements"], inputs["amounts"])
            parts.append(self._sometimes(summary))
        if hasattr(self, "picture"):
            parts.append(self._sometimes(self.picture(inputs["image"])))
        out = self.head(torch.cat(parts, 1))
        return (out, attention) if return_attention else out

    def _sometimes(self, branch: Tensor) -> Tensor:
        """The branch's numbers (n, k); in training, those of some alloys are all 0 and the others are raised."""
        return branch * self.skip(branch.new_ones(len(branch), 1))
