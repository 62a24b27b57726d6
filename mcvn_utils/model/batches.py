"""Batches for many members at once: each member gets its own training rows, shuffled in its own order."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from .layers import Inputs, Network

Rows = tuple[np.ndarray, np.ndarray]  # training rows and validation rows of one member
Batch = tuple[dict[str, Tensor], Tensor, Tensor]  # inputs, target and weight of a batch, each (K, b, ...)
AHEAD = 4  # batches that are taken at once
FEW = 16384  # up to so many rows, over all members, are prepared once and kept; more are prepared as they are taken


class Batches:
    """Batches for all members at once: each gets its own training rows, prepared by its own network."""

    def __init__(self, networks: list[Network], inputs: Inputs, target: Tensor, weight: Tensor):
        self.networks, self.inputs, self.target, self.weight = networks, inputs, target, weight
        self.ready: dict[str, Tensor] | None = None
        if len(networks) * len(target) <= FEW:
            every = torch.arange(len(target), device=target.device).expand(len(networks), -1)
            self.ready = {name: x.flatten(0, 1) for name, x in self._prepared(every).items()}

    @torch.no_grad()
    def rows(self, index: Tensor) -> Batch:
        """Rows ``index`` (K, b) of each member."""
        if self.ready is None:
            return self._prepared(index), self.target[index], self.weight[index]
        first = len(self.target) * torch.arange(len(index), device=index.device).unsqueeze(1)
        inputs = {
            name: x.index_select(0, (index + first).flatten()).unflatten(0, index.shape)
            for name, x in self.ready.items()
        }
        return inputs, self.target[index], self.weight[index]

    @torch.no_grad()
    def _prepared(self, index: Tensor) -> dict[str, Tensor]:
        parts = [
            network.prepare({name: x.index_select(0, k) for name, x in self.inputs.items()})
            for network, k in zip(self.networks, index, strict=True)
        ]
        return {name: torch.stack([part[name] for part in parts]) for name in parts[0]}

    def batches(self, rows: list[np.ndarray], size: int, seed: int) -> Iterator[Batch]:
        """Endless batches of each member's rows, shuffled anew after each pass; ``AHEAD`` of them are taken at once."""
        size, device = min(size, *map(len, rows)), self.target.device
        draws = [shuffled(r, size, seed, k) for k, r in enumerate(rows)]
        if all(len(r) == size for r in rows):  # the batch is all the rows: the same each time
            whole = self.rows(torch.from_numpy(np.stack([next(draw) for draw in draws])).to(device))
            while True:
                yield whole
        while True:
            index = np.stack([np.concatenate([next(draw) for _ in range(AHEAD)]) for draw in draws])
            inputs, target, weight = self.rows(torch.from_numpy(index).to(device))
            for k in range(0, AHEAD * size, size):
                now = slice(k, k + size)
                yield {name: x[:, now] for name, x in inputs.items()}, target[:, now], weight[:, now]


def shuffled(rows: np.ndarray, size: int, seed: int, member: int) -> Iterator[np.ndarray]:
    """Row numbers of one member, ``size`` at a time without end."""
    random, left = np.random.default_rng([seed, member]), np.empty(0, dtype=int)
    while True:
        while len(left) < size:
            left = np.concatenate([left, random.permutation(rows)])
        yield left[:size]
        left = left[size:]
