"""What the networks are made of: scaling, dropout, attention between tokens, and a block of a transformer."""

import math

import torch
from torch import Tensor, nn


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


class Dropout(nn.Module):
    """Sets a share ``p`` of the numbers to 0 in training and raises the rest; on a CPU faster than torch's own."""

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """The numbers that stay, divided by ``1 - p``."""
        if not (self.training and self.p):
            return x
        if x.device.type == "cpu":  # where random bits are what takes the time: one draw of 64 serves four numbers
            words = torch.randint(-(2**63), 2**63 - 1, (x.numel() // 4 + 1,))
            die = words.view(torch.int16)[: x.numel()].view(x.shape)
            stays = die >= round(self.p * 2**16) - 2**15
        else:  # not every device draws all 64
            stays = torch.rand_like(x) >= self.p
        return x * stays.to(x.dtype).div_(1 - self.p)


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
        scores = k @ (q / math.sqrt(width // self.n_heads)).transpose(-1, -2)  # seen tokens down, seeing ones across
        if bias is not None:
            scores = scores + bias.transpose(-1, -2)
        weights = scores.softmax(-2).transpose(-1, -2)  # down the rows: on a CPU four times as fast as along short ones
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, width)), weights


class Block(nn.Module):
    """A pre-norm transformer block: attention between tokens, then a small network on each token."""

    def __init__(self, width: int, n_heads: int, dropout: float):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, n_heads)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), Dropout(dropout), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, t, width) to tokens, and the attention weights."""
        seen, weights = self.attention(self.norm1(x), bias)
        x = x + seen
        return x + self.mlp(self.norm2(x)), weights
