"""MCVN's branches, each of which sums one view of an alloy up in a row of numbers: two pictures, and its elements."""

import math

import torch
from torch import Tensor, nn

from .layers import Block, Dropout, Standardise


class PictureBranch(nn.Module):
    """Reads one 3x3 cell a step, then lets the cells mix: (n, 1, 24, 21) to (n, n_out).

    With ``n_out=None`` they mix in the head only, which then sees ``per_cell`` numbers of each cell.
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
        """The picture cut into cells: (n, 1, 3 rows, 3 columns) to (n, rows * columns * 9)."""
        image = image.reshape(-1, self.rows, 3, self.columns, 3).transpose(2, 3)
        return image.reshape(-1, self.rows * self.columns * 9)

    def prepare(self, image: Tensor) -> Tensor:
        """What ``forward`` reads: the cells with each pixel standardised, (n, cells, 9)."""
        return self.scaling(self.cells(image)).reshape(-1, self.rows * self.columns, 9)

    def forward(self, cells: Tensor) -> Tensor:
        """One row of ``n_out`` numbers an alloy."""
        if isinstance(self.mix, nn.Identity):
            return (self.stem(cells) + self.place).flatten(1)
        # A linear map after a linear map: their product is worked out first, which is less than the cells of a batch.
        mix = self.mix.weight.unflatten(1, self.place.shape)
        offset = (mix * (self.place + self.stem.bias)).sum((1, 2)) + self.mix.bias
        return nn.functional.linear(cells.flatten(1), (mix @ self.stem.weight).flatten(1), offset)


class PieceBranch(nn.Module):
    """Reads one cell a step by the pieces of its pixels: (n, cells, m) to (n, n_out), ``per_cell`` numbers a cell.

    Each cell shows another feature, so each has a stem of its own; they mix in the head. In training a share
    ``dropout`` of the numbers is dropped.
    """

    def __init__(self, n_cells: int, n_pieces: int, dropout: float, per_cell: int = 8):
        super().__init__()
        self.stem = nn.Parameter((2 * torch.rand(n_cells, n_pieces, per_cell) - 1) / math.sqrt(n_pieces))
        self.place = nn.Parameter(torch.zeros(n_cells, per_cell))
        self.drop, self.n_out = Dropout(dropout), n_cells * per_cell

    def forward(self, cells: Tensor) -> Tensor:
        """One row of ``n_out`` numbers an alloy."""
        return self.drop((torch.einsum("ncm,cmk->nck", cells, self.stem) + self.place).flatten(1))


class PeriodicTableBranch(nn.Module):
    """Reads the periodic-table picture by patches of 3x3 neighbours: (n, channels, 9, 18) to (n, n_out).

    Every place sees its neighbours in the same way (a convolution, written as one matrix product, which trains many
    members at once several times as fast); then all places are summed up in one linear map.
    """

    def __init__(self, n_out: int | None, shape: tuple[int, int, int], per_place: int = 8):
        super().__init__()
        channels, rows, columns = shape
        self.stem = nn.Linear(9 * channels, per_place)
        self.mix = nn.Linear(rows * columns * per_place, n_out) if n_out else nn.Identity()
        self.n_out = n_out or rows * columns * per_place

    def prepare(self, image: Tensor) -> Tensor:
        """What ``forward`` reads: the picture as it is."""
        return image

    def forward(self, image: Tensor) -> Tensor:
        """One row of ``n_out`` numbers an alloy."""
        patches = nn.functional.unfold(image, 3, padding=1).transpose(1, 2)
        return self.mix(nn.functional.silu(self.stem(patches)).flatten(1))


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
