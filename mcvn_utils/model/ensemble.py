"""The ensemble behind both estimators: from a table to trained members and trees, and to their outputs."""

import contextlib
import copy
import hashlib
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from ..composition.alloy_table import as_table
from ..descriptors.elements import element_table
from .inputs import NetworkInputs
from .networks import MCVN, AttentionNetwork, PublishedMCVN
from .saved import Saved
from .sizes import NETWORK_SIZES, PLAN, automatic
from .training import Plan, train_members
from .trees import SoftTrees

NETWORKS = {"attending": (), "published": ("image", "raw"), "attention": ("raw",)}
"""The networks, and the inputs that each cannot do without."""

ENCODINGS = ("fine", "smooth")

TREE_LEARNING_RATE = 2e-2
"""A tree's questions turn with few of its numbers, which have to move further than a smooth network's."""

TREE_SHARES = (0.0, 0.25, 0.5, 0.75)
"""Shares of the trees in the prediction, of which validation rows choose one; at 0 the trees are thrown away."""

CHUNK = 4096
"""Rows that are drawn and read together in prediction: a million alloys need no more memory than these."""

PICTURES = (True, False, "periodic")


@dataclass(eq=False, repr=False)
class Ensemble(Saved, BaseEstimator):
    """Settings, training, prediction and files of both estimators; see those for the parameters."""

    composition: str | Sequence[str] | None = "formula"
    _: KW_ONLY
    unit: str = "wt%"
    balance: str | None = None
    network: str = "attending"
    picture: bool | str = True
    elements: bool | str = "auto"
    raw: bool = True
    trees: bool = True
    encoding: str = "fine"
    n_members: int | str = "auto"
    steps: int | str = "auto"
    batch_size: int | str = "auto"
    learning_rate: float | str = "auto"
    weight_decay: float | str = "auto"
    hidden: int | str = "auto"
    dropout: float | str = "auto"
    validation_fraction: float = 0.1
    device: str = "auto"
    random_state: int | None = 0
    progress: bool = False

    def _fit(self, X, target: Tensor, n_outputs: int, loss, strata, sample_weight, groups) -> tuple[Tensor, Tensor]:
        """Learn the inputs, choose validation rows, train the members and their trees, choose the trees' share.

        Returns the members' outputs (K, n, o) and whether a row was a validation row of a member (K, n).
        """
        if self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, not {self.network!r}")
        self.sizes_ = self._sizes(len(X))
        if self.picture not in PICTURES:
            raise ValueError(f"picture must be one of {', '.join(map(repr, PICTURES))}, not {self.picture!r}")
        if not 0 < self.validation_fraction < 1:
            raise ValueError(f"validation_fraction must lie between 0 and 1, not {self.validation_fraction!r}")
        if self.encoding not in ENCODINGS:
            raise ValueError(f"encoding must be one of {', '.join(map(repr, ENCODINGS))}, not {self.encoding!r}")
        if self.elements not in (True, False, "auto"):
            raise ValueError(f"elements must be True, False or 'auto', not {self.elements!r}")
        attending = self.network == "attending"
        by_pieces = attending and self.encoding == "fine"
        if groups is not None or not attending:  # where alloys are strangers, a member too sure of itself does harm
            self.sizes_["keep_best"] = True
        elements = isinstance(self.composition, str) or not self.raw if self.elements == "auto" else self.elements
        self.inputs_ = NetworkInputs(
            self.composition, self.unit, self.balance, self.picture, elements, self.raw,
            fine=by_pieces, ranked=attending and self.trees, fraction_pieces=self.sizes_["fraction_pieces"],
            pixel_pieces=self.sizes_["pixel_pieces"] if by_pieces and self.picture is True else 0,
        ).fit(X)  # fmt: skip
        arrays = self.inputs_.transform(X)
        if not set(arrays) - {"fine", "ranks"}:
            raise ValueError("nothing is left to learn from: keep the picture, the elements or a raw feature")
        lacking = [name for name in NETWORKS[self.network] if name not in arrays]
        if self.network == "published" and self.picture == "periodic":
            raise ValueError("network='published' reads the 24 x 21 picture: leave picture=True")
        if lacking:
            what = {"image": "a composition and picture=True", "raw": "raw features and raw=True"}[lacking[0]]
            raise ValueError(f"network={self.network!r} needs {what}; give them, or take network='attending'")
        inputs = {name: torch.from_numpy(a) for name, a in arrays.items()}
        self.n_outputs_ = n_outputs
        self.training_rows_ = hashlib.sha256(
            b"".join(np.ascontiguousarray(arrays[name]).tobytes() for name in sorted(arrays))
        ).hexdigest()
        seed = int(check_random_state(self.random_state).randint(2**31))
        weight = None if sample_weight is None else torch.tensor(sample_weight, dtype=torch.float32)

        rows = self._validation(len(X), strata, groups, seed)
        train = partial(
            train_members, target=target, rows=rows, loss=loss,
            weight=weight, seed=seed, device=self.device, progress=self.progress,
        )  # fmt: skip
        plan, ranks = Plan(**{name: self.sizes_[name] for name in PLAN}), {"ranks": inputs.pop("ranks", None)}
        self.members_ = train(self._make_network, inputs, plan=plan)
        self.forest_, self.tree_share_ = None, 0.0
        if self.inputs_.n_ranks_ and not self.members_.interrupted:
            steps = max(1, round(self.sizes_["tree_steps"] * plan.steps))
            decay = self.sizes_["tree_weight_decay"]
            plan = replace(plan, steps=steps, learning_rate=TREE_LEARNING_RATE, weight_decay=decay)
            with contextlib.suppress(KeyboardInterrupt):  # before there was a tree to keep: the members are kept
                last = [(a, b[:0]) for a, b in rows]  # trees gain until the end
                self.forest_ = train(self._make_trees, ranks, rows=last, plan=plan)
        self.settings_ = copy.deepcopy(self.get_params())
        aside = torch.zeros(len(rows), len(X), dtype=torch.bool)
        for k, (_, validation) in enumerate(rows):
            aside[k, validation] = True
        if self.forest_ is not None:
            outputs = self.members_.predict(inputs), self.forest_.predict(ranks)
            self.tree_share_ = _best_share(*outputs, aside, target, weight, loss)
            self.forest_ = self.forest_ if self.tree_share_ else None
        if self.forest_ is None:
            self.inputs_.forget_ranks()
        return self._read(inputs | ranks), aside

    def _read(self, inputs: dict[str, Tensor]) -> Tensor:
        """Outputs (K, n, n_outputs): of each member, with those of the trees beside it by their share."""
        ranks = {"ranks": inputs.pop("ranks", None)}
        outputs = self.members_.predict(inputs)
        return outputs if self.forest_ is None else torch.lerp(outputs, self.forest_.predict(ranks), self.tree_share_)

    def _rows(self, X, y, sample_weight, groups):
        """``X`` as a table, ``y``, weights and groups, all without the rows of weight 0; and which rows are kept."""
        table = as_table(X, self.composition)
        parts = {"y": y}
        if sample_weight is not None:
            parts["sample_weight"] = np.asarray(sample_weight, dtype=float)
        if groups is not None:
            parts["groups"] = np.asarray(groups)
        for name, values in parts.items():
            if len(values) != len(table):
                raise ValueError(
                    f"X has {len(table)} rows, {name} has {len(values)}: they must be the same alloys in the same order"
                )
        weight = parts.get("sample_weight", np.ones(len(table)))
        if weight.ndim != 1 or not (weight >= 0).all() or (len(table) and not weight.any()):
            raise ValueError("sample_weight must be one number of 0 or more for each row, and not zero for all")
        keep = weight > 0
        if keep.sum() < 5:
            raise ValueError(f"too few rows to train on and to validate: n_samples={keep.sum()}, at least 5 are needed")
        if groups is not None:
            groups, names = pd.factorize(parts["groups"][keep], sort=True)  # a missing name is -1
            if len(names) < 2 or groups.min() < 0:
                raise ValueError("groups must name at least two groups, and one for each row of X")
        self.n_features_in_ = table.shape[1]
        if isinstance(X, pd.DataFrame):
            self.feature_names_in_ = np.array(X.columns, dtype=object)
        return table[keep], y[keep], None if sample_weight is None else weight[keep], groups, keep

    def _sizes(self, n_rows: int) -> dict:
        """The settings in force: what ``"auto"`` means for so many rows, and what the user set."""
        auto = automatic(n_rows, self.composition)
        sizes = {name: getattr(self, name, "auto") for name in auto}
        sizes = {name: auto[name] if value == "auto" else value for name, value in sizes.items()}
        for name in ("n_members", "steps", "batch_size", "hidden"):
            if not isinstance(sizes[name], int | np.integer) or sizes[name] < 1:
                raise ValueError(f"{name} must be 'auto' or a whole number of 1 or more, not {sizes[name]!r}")
        return sizes

    def _make_network(self) -> nn.Module:
        n_raw = self.inputs_.n_raw_
        if self.network == "published":
            return PublishedMCVN(n_raw, self.n_outputs_)
        if self.network == "attention":
            return AttentionNetwork(n_raw, self.n_outputs_)
        table = torch.tensor(element_table().to_numpy(), dtype=torch.float32)
        return MCVN(
            self.n_outputs_,
            n_raw=n_raw,
            n_fine=self.inputs_.n_fine_,
            image_shape=self.inputs_.image_shape(),
            cells_shape=self.inputs_.cells_shape(),
            element_features=table if self.inputs_.n_elements_ else None,
            **{name: self.sizes_[name] for name in NETWORK_SIZES},
        )

    def _make_trees(self) -> nn.Module:
        sizes = self.sizes_
        return SoftTrees(
            self.inputs_.n_ranks_, self.n_outputs_, n_own=self.inputs_.n_raw_,
            depth=sizes["tree_depth"], temperature=sizes["tree_temperature"],
        )  # fmt: skip

    def _validation(self, n: int, strata, groups, seed: int) -> list:
        """Training and validation rows of each member: whole groups, or shares of each class, or any rows."""
        n_members, fraction = self.sizes_["n_members"], self.validation_fraction
        share = {"n_splits": n_members, "test_size": fraction, "random_state": seed}
        if groups is not None:
            return list(GroupShuffleSplit(**share).split(np.empty(n), groups=groups))
        if strata is not None:
            counts = np.unique(strata, return_counts=True)[1]
            if counts.min() >= 2 and fraction * n >= len(counts):
                return list(StratifiedShuffleSplit(**share).split(np.empty(n), strata))
        return list(ShuffleSplit(**share).split(np.empty(n)))

    def _outputs(self, X) -> np.ndarray:
        """Outputs (members, n, n_outputs) for the rows of ``X``, drawn and read ``CHUNK`` rows at a time."""
        check_is_fitted(self, "members_")
        table, parts = as_table(X, self.inputs_.composition), []
        rows = table.iloc if isinstance(X, pd.DataFrame) else table.to_numpy()
        for start in range(0, max(len(table), 1), CHUNK):
            arrays = self.inputs_.transform(rows[start : start + CHUNK])
            parts.append(self._read({name: torch.from_numpy(a) for name, a in arrays.items()}).numpy())
        return np.concatenate(parts, axis=1)


def mean_of_aside(outputs: Tensor, aside: Tensor) -> Tensor:
    """Mean of the outputs (K, n, o) over the members that set a row aside, (n, o); NaN for rows that none did."""
    return (outputs * aside.unsqueeze(-1)).sum(0) / aside.sum(0).unsqueeze(-1)


def _best_share(networks: Tensor, trees: Tensor, aside: Tensor, target: Tensor, weight: Tensor | None, loss) -> float:
    """The trees' share with the smallest loss on validation rows, each predicted by those that did not learn it."""
    seen = aside.any(0)
    networks, trees = mean_of_aside(networks, aside)[seen], mean_of_aside(trees, aside)[seen]
    weight = torch.ones(len(networks)) if weight is None else weight[seen]
    losses = [loss(torch.lerp(networks, trees, share), target[seen]) @ weight for share in TREE_SHARES]
    return TREE_SHARES[int(torch.stack(losses).argmin())]
