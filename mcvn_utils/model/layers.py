"""What the networks are made of: scaling, dropout, attention, and the branches for picture and elements."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

Inputs = Mapping[str, Tensor]
"""The tensors of some alloys, by name; see ``model.networks``."""


class Network(nn.Module):
    """What the training asks of every network: ``forward(inputs, prepared=False)`` gives outputs (n, n_outputs).

    ``prepare`` does once, for many steps of training, what does not change with the weights.
    """

    def learn_scaling(self, inputs: Inputs) -> None:
        """Take means and standard deviations from the training rows; here there are none."""

    def prepare(self, inputs: Inputs) -> Inputs:
        """Standardise the inputs; here they stay as they are."""
        return inputs


class Standardise(nn.Module):
    """Subtract the mean and divide by the standard deviation of the training rows; a constant feature becomes 0.

    >>> Standardise(2)(torch.tensor([[0.5, 9.0]])).tolist()
    [[0.5, 6.0]]
    """

    def __init__(self, n_features: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("scale", torch.ones(n_features))

    def learn(self, x: Tensor) -> None:
        """Take mean and standard deviation over the rows of ``x`` (n, n_features)."""
        self.mean.copy_(x.mean(0))
        spread = x.std(0, unbiased=False)
        constant = spread < 1e-6 * x.abs().amax(0).clamp(min=1.0)
        self.scale.copy_(torch.where(constant, torch.inf, spread))

    def forward(self, x: Tensor) -> Tensor:
        """Standardise features (n, n_features), and limit them to -6 to 6, so that one strange row does little harm."""
        return ((x - self.mean) / self.scale).clamp(-6.0, 6.0)


class Dropout(nn.Module):
    """Set a share ``p`` of the numbers to 0 in training and raise the rest; on a CPU it is faster than torch's own."""

    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Divide the numbers that stay by ``1 - p``."""
        if not (self.training and self.p):
            return x
        if x.device.type == "cpu":  # drawing random bits takes most of the time: one draw of 64 serves four numbers
            words = torch.randint(-(2**63), 2**63 - 1, (x.numel() // 4 + 1,))
            die = words.view(torch.int16)[: x.numel()].view(x.shape)
            stays = die >= round(self.p * 2**16) - 2**15
        else:  # not every device draws all 64
            stays = torch.rand_like(x) >= self.p
        return x * stays.to(x.dtype).div_(1 - self.p)


class Attention(nn.Module):
    """Multi-head self-attention between the tokens of one alloy (Vaswani et al., arXiv 1706.03762).

    ``width``, the numbers per token, must be a multiple of ``n_heads``.

    >>> [tuple(x.shape) for x in Attention(width=8, n_heads=2)(torch.zeros(1, 3, 8))]
    [(1, 3, 8), (1, 2, 3, 3)]
    """

    def __init__(self, width: int, n_heads: int):
        super().__init__()
        if width % n_heads:
            raise ValueError(f"a width of {width} cannot be shared by {n_heads} attention heads")
        self.n_heads = n_heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Turn tokens (n, t, width) into tokens of the same shape; also give the weights (n, heads, t, t).

        ``bias`` (n, 1, 1, t) is added to the scores; ``-inf`` hides a token. Weights sum to 1 over the last axis.
        """
        n, t, width = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.n_heads, width // self.n_heads).permute(2, 0, 3, 1, 4)
        scores = k @ (q / math.sqrt(width // self.n_heads)).transpose(-1, -2)  # keys down, queries across
        if bias is not None:
            scores = scores + bias.transpose(-1, -2)
        weights = scores.softmax(-2).transpose(-1, -2)  # on a CPU four times as fast down the rows as along short ones
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, width)), weights


class Block(nn.Module):
    """A pre-norm transformer block: attention between tokens, then a small network on each token."""

    def __init__(self, width: int, n_heads: int, dropout: float):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, n_heads)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), Dropout(dropout), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Turn tokens (n, t, width) into tokens of the same shape; also give the attention weights."""
        mixed, weights = self.attention(self.norm1(x), bias)
        x = x + mixed
        return x + self.mlp(self.norm2(x)), weights


class PictureBranch(nn.Module):
    """Turn a picture of ``shape`` pixels into ``n_out`` numbers: one linear map reads each cell, a second mixes them.

    With ``n_out=None`` the cells do not mix here: the result is ``per_cell`` numbers of each cell.

    >>> PictureBranch(n_out=5, shape=(24, 21))(torch.zeros(2, 56, 9)).shape
    torch.Size([2, 5])
    """

    def __init__(self, n_out: int | None, shape: tuple[int, int], per_cell: int = 8):
        super().__init__()
        self.rows, self.columns = shape[0] // 3, shape[1] // 3
        n_cells = self.rows * self.columns
        self.scaling = Standardise(n_cells * 9)
        self.stem = nn.Linear(9, per_cell)
        self.place = nn.Parameter(torch.zeros(n_cells, per_cell))
        self.mix = nn.Linear(n_cells * per_cell, n_out) if n_out else nn.Identity()
        self.n_out = n_out or n_cells * per_cell

    def cells(self, image: Tensor) -> Tensor:
        """List the pixels of pictures (n, 1, 24, 21) cell by cell, (n, 504)."""
        image = image.reshape(-1, self.rows, 3, self.columns, 3).transpose(2, 3)
        return image.reshape(-1, self.rows * self.columns * 9)

    def prepare(self, image: Tensor) -> Tensor:
        """Standardise each pixel, and give the cells (n, cells, 9) that ``forward`` reads."""
        return self.scaling(self.cells(image)).reshape(-1, self.rows * self.columns, 9)

    def forward(self, cells: Tensor) -> Tensor:
        """Give ``n_out`` numbers per alloy."""
        if isinstance(self.mix, nn.Identity):
            return (self.stem(cells) + self.place).flatten(1)
        # Two linear maps in a row: their product is computed first, because it is smaller than the cells of a batch.
        mix = self.mix.weight.unflatten(1, self.place.shape)
        offset = (mix * (self.place + self.stem.bias)).sum((1, 2)) + self.mix.bias
        return nn.functional.linear(cells.flatten(1), (mix @ self.stem.weight).flatten(1), offset)


class PieceBranch(nn.Module):
    """Turn the encoded pixels of each cell, (n, cells, m), into ``per_cell`` numbers per cell.

    Each cell shows another feature, so each has weights of its own; the cells mix in the head. In training a share
    ``dropout`` of the numbers is dropped.
    """

    def __init__(self, n_cells: int, n_pieces: int, dropout: float, per_cell: int = 8):
        super().__init__()
        self.stem = nn.Parameter((2 * torch.rand(n_cells, n_pieces, per_cell) - 1) / math.sqrt(n_pieces))
        self.place = nn.Parameter(torch.zeros(n_cells, per_cell))
        self.drop, self.n_out = Dropout(dropout), n_cells * per_cell

    def forward(self, cells: Tensor) -> Tensor:
        """Give ``n_out`` numbers per alloy."""
        return self.drop((torch.einsum("ncm,cmk->nck", cells, self.stem) + self.place).flatten(1))


class PeriodicTableBranch(nn.Module):
    """Turn the periodic-table picture (n, channels, 9, 18) into ``n_out`` numbers.

    The same weights read the 3x3 neighbours of every place: a convolution, written as one matrix product because
    that trains many members at once several times as fast. Then one linear map mixes all places.
    """

    def __init__(self, n_out: int | None, shape: tuple[int, int, int], per_place: int = 8):
        super().__init__()
        channels, rows, columns = shape
        self.stem = nn.Linear(9 * channels, per_place)
        self.mix = nn.Linear(rows * columns * per_place, n_out) if n_out else nn.Identity()
        self.n_out = n_out or rows * columns * per_place

    def forward(self, image: Tensor) -> Tensor:
        """Give ``n_out`` numbers per alloy."""
        patches = nn.functional.unfold(image, 3, padding=1).transpose(1, 2)
        return self.mix(nn.functional.silu(self.stem(patches)).flatten(1))


class ElementBranch(nn.Module):
    """A transformer over the elements of an alloy: one token per element, for its name, its features and its amount.

    The element table ``element_features`` (94, f) is standardised over the elements here; all else as in ``MCVN``.

    >>> ElementBranch(torch.rand(94, 58), 8, 2, 1, 0.0)(torch.tensor([[26]]), torch.ones(1, 1))[0].shape
    torch.Size([1, 16])
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
        """Encode fractions f (n, t) as f, sqrt f, log f, and how far f is beyond each knot: (n, t, 12)."""
        f = amounts.unsqueeze(-1)
        log = (f.clamp(min=1e-4).log() + 4.6) / 4.6
        return torch.cat([f, f.sqrt(), log, (f - self.knots).clamp(min=0)], -1)

    def forward(self, elements: Tensor, amounts: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give the summary token beside the mean of the element tokens by amount, (n, 2 width); and the weights."""
        known = self.features(self.table) + self.identity
        tokens = known[elements] + self.amount(self.encode_amounts(amounts))
        tokens = torch.cat([self.cls.expand(len(tokens), 1, -1), tokens], 1)
        bias = torch.where(elements > 0, self.weigh * amounts.clamp(min=1e-6).log(), -torch.inf)
        bias = torch.cat([torch.zeros_like(bias[:, :1]), bias], 1)[:, None, None, :]
        weights = []
        for block in self.blocks:
            tokens, of_block = block(tokens, bias)
            weights.append(of_block)
        mean = (tokens[:, 1:] * amounts.unsqueeze(-1)).sum(1)
        return self.norm(torch.cat([tokens[:, 0], mean], 1)), weights
