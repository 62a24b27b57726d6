"""Soft decision trees, which gradients can train, beside the networks of MCVN.

Trees cut a table along its features, where a network of smooth layers makes one smooth surface. The trees here are
oblivious (all nodes of one depth ask the same question), as in NODE (Popov, Morozov, Babenko, ICLR 2020, arXiv
1909.06312).
"""

import math

import torch
from torch import Tensor, nn

from .layers import Dropout, Inputs, Network


class SoftTrees(Network):
    """A forest of soft trees over the ranks of features: ``{"ranks": (n, d)}`` to (n, n_outputs).

    At each depth a tree weighs its features (a softmax, which starts near one of them) and compares the sum with a
    threshold: the answer is ``sigmoid((sum - threshold) / temperature)``. The share of an alloy in a leaf is the
    product of the answers on the way; the output is the sum of the leaves' values by share.

    A tree may use ``dealt`` features; half of them are of the table's own ``n_own`` features, which come first.
    ``temperature`` is the width of the answers at the start, ``dropout`` the share of leaves dropped in training.

    >>> SoftTrees(n_ranks=10, n_outputs=3)({"ranks": torch.zeros(2, 10)}).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        n_ranks: int,
        n_outputs: int = 1,
        *,
        n_own: int = 0,
        n_trees: int = 64,
        depth: int = 4,
        dealt: int = 32,
        temperature: float = 0.1,
        dropout: float = 0.2,
    ):
        super().__init__()
        self.n_trees, self.depth = n_trees, depth
        own, other = torch.arange(n_ranks)[:n_own], torch.arange(n_ranks)[n_own:]
        n_own = min(len(own), max(dealt // 2, dealt - len(other)))
        hands = [
            torch.cat([part[torch.randperm(len(part))[:k]] for part, k in ((own, n_own), (other, dealt - n_own))])
            for _ in range(n_trees)
        ]
        self.register_buffer("hands", torch.stack(hands).to(torch.int32))
        dealt = self.hands.shape[1]
        choice = 0.1 * torch.randn(n_trees, dealt, depth)
        first = torch.randint(dealt, (n_trees, 1, depth))
        self.choice = nn.Parameter(choice.scatter_add(1, first, torch.full(first.shape, 2.0 + math.log(dealt))))
        self.threshold = nn.Parameter(3.0 * (torch.rand(n_trees, depth) - 0.5))
        self.sharpness = nn.Parameter(torch.full((n_trees, depth), -math.log(temperature)))
        self.drop = Dropout(dropout)
        self.values = nn.Linear(n_trees * 2**depth, n_outputs)
        nn.init.normal_(self.values.weight, 0.0, 0.5 / math.sqrt(n_trees))

    def leaves(self, ranks: Tensor) -> Tensor:
        """Give the share of each alloy in each leaf, (n_trees, 2 ** depth, n); the leaves of a tree sum to 1."""
        hands = ranks.t().contiguous().index_select(0, self.hands.flatten()).unflatten(0, self.hands.shape)
        asked = self.choice.softmax(1).transpose(1, 2) @ hands
        yes = ((asked - self.threshold.unsqueeze(-1)) * self.sharpness.exp().unsqueeze(-1)).sigmoid()
        answers = torch.stack((yes, 1 - yes), 2)
        half = self.depth // 2  # two small products and one large one: fewer numbers than question after question
        return _cross(_shares(answers[:, :half]), _shares(answers[:, half:]))

    def forward(self, inputs: Inputs, prepared: bool = False) -> Tensor:
        """Give outputs (n, n_outputs)."""
        return self.values(self.drop(self.leaves(inputs["ranks"]).flatten(0, 1)).t())


def _cross(first: Tensor, last: Tensor) -> Tensor:
    """Products of each of (t, a, n) with each of (t, b, n): (t, a b, n)."""
    return (first.unsqueeze(2) * last.unsqueeze(1)).flatten(1, 2)


def _shares(answers: Tensor) -> Tensor:
    """Shares (t, 2 ** k, n) of the ways through k questions, (t, k, 2, n), each answered yes and no."""
    shares = answers[:, 0]
    for k in range(1, answers.shape[1]):
        shares = _cross(shares, answers[:, k])
    return shares
