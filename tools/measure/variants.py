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
    """An attention in which each token sees itself alone: its weights are always 1, as over one single token."""

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

    Degenerate: each token sees itself alone, and all else of a block stays. Absent: the blocks are taken out, so that
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

    def _make_network(self) -> nn.Module:
        network = change_attention(super()._make_network(), self.attention)
        if self.scale_on is not None:
            rows = self.inputs_.transform(self.scale_on)
            network.learn_scaling({name: torch.from_numpy(a) for name, a in rows.items()})
            network.learn_scaling = lambda inputs: None  # the training rows alone would set the scale anew
        return network

    @property
    def inputs_(self):
        """The reader of the inputs; where ``scale_on`` is given, it has learned from those rows."""
        return self._inputs

    @inputs_.setter
    def inputs_(self, inputs) -> None:
        self._inputs = inputs if self.scale_on is None else inputs.fit(self.scale_on)


_PARAMETERS = """

    Parameters
    ----------
    attention : ``"real"``, ``"degenerate"`` or ``"absent"``, see ``change_attention``.
    scale_on : rows of ``X`` from which all scales are learned, pixels and raw features, in place of the training rows.
        With the test rows among them they leak, as in the paper.
    fine_dropout : share of the pieces that are dropped in training; ``"auto"`` leaves the network's own.
    """


@dataclass(eq=False, repr=False, kw_only=True)
class AblatedRegressor(_Changed, MCVNRegressor):
    __doc__ = "``MCVNRegressor`` with a changed attention, scales or dropout of pieces; to compare with." + _PARAMETERS

    attention: str = "real"
    scale_on: pd.DataFrame | None = None
    fine_dropout: float | str = "auto"


@dataclass(eq=False, repr=False, kw_only=True)
class AblatedClassifier(_Changed, MCVNClassifier):
    __doc__ = "``MCVNClassifier`` with a changed attention, scales or dropout of pieces; to compare with." + _PARAMETERS

    attention: str = "real"
    scale_on: pd.DataFrame | None = None
    fine_dropout: float | str = "auto"


def smaller_ensembles(model, size: int, repeats: int = 10, seed: int = 0) -> Iterator[MCVNRegressor | MCVNClassifier]:
    """A fitted model with ``size`` of its members, drawn at random, as often as ``repeats``; nothing is trained.

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
