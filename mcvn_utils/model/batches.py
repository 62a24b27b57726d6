"""The batches that the members of one batched model are given, each member's from its own training rows."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn

AHEAD = 4
"""Batches that are taken at once."""
FEW = 16384
"""Up to so many rows, over all members, are prepared once and kept; more are prepared as they are taken."""

Batch = tuple[dict[str, Tensor], Tensor, Tensor]
"""Inputs, target and weight of a batch, each (K, b, ...)."""


class MemberBatches:
    """All rows, and the members' networks, each of which prepares the rows that it is given."""

    def __init__(self, networks: list[nn.Module], inputs: Mapping[str, Tensor], target: Tensor, weight: Tensor):
        self.networks, self.inputs, self.target, self.weight = networks, inputs, target, weight
        self.ready: dict[str, Tensor] | None = None
        if len(networks) * len(target) <= FEW:
            every = torch.arange(len(target), device=target.device).expand(len(networks), -1)
            self.ready = {name: x.flatten(0, 1) for name, x in self._prepared(every).items()}

    @torch.no_grad()
    def rows(self, index: Tensor) -> Batch:
        """Rows ``index`` (K, b), each member's prepared by its own network where it has a ``prepare``."""
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
            network.prepare(part) if hasattr(network, "prepare") else part
            for network, k in zip(self.networks, index, strict=True)
            for part in [{name: x.index_select(0, k) for name, x in self.inputs.items()}]
        ]
        return {name: torch.stack([part[name] for part in parts]) for name in parts[0]}

    def batches(self, rows: list[np.ndarray], size: int, seed: int) -> Iterator[Batch]:
        """Endless batches of each member's rows, shuffled anew each time all its rows were seen.

        They are taken ``AHEAD`` at a time, which spares most of the work of taking them one by one.
        """
        size, device = min(size, *map(len, rows)), self.target.device
        draws = [_shuffled(r, size, seed, k) for k, r in enumerate(rows)]
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


def _shuffled(rows: np.ndarray, size: int, seed: int, member: int) -> Iterator[np.ndarray]:
    """Row numbers of one member, ``size`` at a time without end."""
    random, left = np.random.default_rng([seed, member]), np.empty(0, dtype=int)
    while True:
        while len(left) < size:
            left = np.concatenate([left, random.permutation(rows)])
        yield left[:size]
        left = left[size:]
