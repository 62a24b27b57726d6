"""MCVN with one part changed, so that the part's worth can be measured: attention, scales, pieces, members.

Branches need nothing of this: ``picture=False``, ``elements=False`` and ``raw=False`` are settings of the estimators.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from mcvn_utils.model.estimators import MCVNClassifier, MCVNRegressor
from mcvn_utils.model.layers import Attention, Block

ATTENTION = ("real", "degenerate", "absent")


class OwnTokenOnly(nn.Module):
    """An attention in which each token reads itself alone: its weights are always 1, as over one single token."""

    def __init__(self, attention: Attention):
        super().__init__()
        self.attention = attention

    def forward(self, x: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Tokens (n, t, width) to tokens, and the weights (n, heads, t, t), 1 on the diagonal; no ``bias`` counts."""
        own = torch.eye(x.shape[1], dtype=torch.bool, device=x.device)
        hidden = torch.zeros(own.shape, device=x.device).masked_fill(~own, -torch.inf)
        return self.attention(x, hidden[None, None])


def change_attention(network: nn.Module, attention: str) -> nn.Module:
    """Make all attention between tokens degenerate or absent, in place; ``"real"`` leaves the network as it is.

    Degenerate: each token reads itself alone, and all else of a block stays. Absent: the blocks are taken out, so that
    an alloy is the mean of its tokens. Raises ``ValueError`` for another word.
    """
    if attention not in ATTENTION:
        raise ValueError(f"attention must be one of {', '.join(ATTENTION)}, not {attention!r}")
    for part in list(network.modules()) if attention != "real" else ():
        for name, child in list(part.named_children()):
            if attention == "degenerate" and isinstance(child, Attention) and not isinstance(part, OwnTokenOnly):
                setattr(part, name, OwnTokenOnly(child))
            if attention == "absent" and isinstance(child, nn.ModuleList):
                setattr(part, name, nn.ModuleList(block for block in child if not isinstance(block, Block)))
    return network


class _Changed:
    """What both estimators below change in MCVN."""

    def _learn_inputs(self, X, sizes: dict) -> tuple:
        if self.scale_on is None:
            return super()._learn_inputs(X, sizes)
        inputs, _ = super()._learn_inputs(self.scale_on, sizes)
        return inputs, inputs.transform(X)

    def _make_networks(self, inputs, sizes: dict, n_outputs: int) -> tuple:
        make, trees = super()._make_networks(inputs, sizes, n_outputs)
        rows = {} if self.scale_on is None else inputs.transform(self.scale_on)

        def make_changed() -> nn.Module:
            network = change_attention(make(), self.attention)
            if rows:
                network.learn_scaling({name: torch.from_numpy(array) for name, array in rows.items()})
                network.learn_scaling = lambda inputs: None  # the training rows alone would set the scale anew
            return network

        return make_changed, trees


@dataclass(eq=False, repr=False, kw_only=True)
class AblatedRegressor(_Changed, MCVNRegressor):
    """An ``MCVNRegressor`` with one part changed, to compare with.

    Parameters
    ----------
    attention : {"real", "degenerate", "absent"}
        See ``change_attention``.
    scale_on : DataFrame, optional
        Rows of ``X`` from which all scales are learned, pixels and raw features, in place of the training rows. With
        the test rows among them they leak, as in the paper.
    fine_dropout : float or "auto"
        Share of the pieces that are dropped in training; ``"auto"`` leaves the network's own.
    """

    attention: str = "real"
    scale_on: pd.DataFrame | None = None
    fine_dropout: float | str = "auto"


@dataclass(eq=False, repr=False, kw_only=True)
class AblatedClassifier(_Changed, MCVNClassifier):
    """An ``MCVNClassifier`` with one part changed; the parameters are those of ``AblatedRegressor``."""

    attention: str = "real"
    scale_on: pd.DataFrame | None = None
    fine_dropout: float | str = "auto"


def smaller_ensembles(model, size: int, repeats: int = 10, seed: int = 0) -> Iterator[MCVNRegressor | MCVNClassifier]:
    """Yield a fitted model with ``size`` of its members, drawn at random, ``repeats`` times; nothing is trained.

    Members are drawn without repetition within an ensemble. Raises ``ValueError`` for more members than there are.
    """
    n = len(model.members_)
    if not 1 <= size <= n:
        raise ValueError(f"size must lie between 1 and the {n} members of the model, not {size!r}")
    random = np.random.default_rng(seed)
    for _ in range(1 if size == n else repeats):
        chosen = np.sort(random.permutation(n)[:size])
        smaller = copy.copy(model)
        smaller.members_, smaller.forest_ = (part and part.subset(chosen) for part in (model.members_, model.forest_))
        yield smaller
