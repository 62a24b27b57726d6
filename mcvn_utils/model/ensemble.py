"""The ensemble behind both estimators: from a table to trained members and trees, and to their outputs."""

import copy
import hashlib
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from typing import Self

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..composition.alloy_table import as_table
from ..descriptors.elements import element_table
from .batches import Rows
from .inputs import NetworkInputs
from .layers import Network
from .networks import MCVN, AttentionNetwork, PublishedMCVN
from .parts import ElementTokens, Part, PeriodicPicture, Picture, PictureCells, Pieces, Ranks, RawNumbers
from .presets import Preset, sizes_of
from .rows import refuse_other_order
from .settings import check_settings
from .storage import Saved
from .training import Plan, keep_what_was_trained, pick_device, train_members
from .trees import SoftTrees

NETWORKS = {"attending": (), "published": ("image", "raw"), "attention": ("raw",)}
"""The networks, and the inputs that each cannot do without."""
NETWORK_SIZES = (
    "hidden", "dropout", "fine_dropout", "branch_dropout", "picture_width", "width", "n_heads", "n_blocks",
)  # fmt: skip
"""The sizes of a preset that are settings of ``networks.MCVN``."""
TREE_LEARNING_RATE = 2e-2
"""The output of a tree depends on few of its numbers, which have to move further than those of a smooth network."""
TREE_SHARES = (0.0, 0.25, 0.5, 0.75)
"""Shares of the trees in the prediction, of which validation rows choose one; at 0 the trees are thrown away."""
CHUNK = 4096
"""Rows that are drawn and predicted together: a million alloys need no more memory than these."""

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(eq=False, repr=False)
class Ensemble(Saved, BaseEstimator):
    """Settings, training and prediction of both estimators; see those for the parameters."""

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
    preset: str | Preset = "auto"
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

    interrupted_ = False  # also of a file that does not say so

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """Show the settings that differ from the default and, of a fitted model, the sizes in force."""
        text = super().__repr__(N_CHAR_MAX)
        sizes = ", ".join(f"{name}={value!r}" for name, value in getattr(self, "sizes_", {}).items())
        stopped = "\n# training was interrupted" if getattr(self, "interrupted_", False) else ""
        return f"{text}\n# sizes in force: {sizes}{stopped}" if sizes else text

    def fit(self, X: pd.DataFrame, y, sample_weight=None, groups=None) -> Self:
        """Train on the rows of ``X`` (n, d) and ``y``: targets (n,) or (n, k) in any unit, or classes (n,).

        Rows of ``sample_weight`` 0 are left out. ``groups`` (n,), such as heats, are never split between training and
        validation rows. Raises ``ValueError`` for a setting, a row, a target or a class that cannot be used, for rows
        in another order, and for what ``composition.alloy_table.split_table`` refuses; the model then stays as it was.

        Ctrl-C ends the training with a warning and keeps the best weights until then: ``interrupted_`` is then True.
        Pressed before there are any, or twice, it raises ``KeyboardInterrupt``, and the model stays as it was.
        """
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        settings = check_settings(self.get_params(deep=False))
        pick_device(settings["device"])
        refuse_other_order(X=X, y=y, sample_weight=sample_weight, groups=groups)
        learned = type(self)(**settings)._learn(X, y, sample_weight, groups)
        kept = {name: value for name, value in vars(self).items() if name.startswith("_") or not name.endswith("_")}
        self.__dict__ = kept | learned  # in one step, in place of what an earlier fit learned
        return self

    def _train(
        self, X: pd.DataFrame, target: Tensor, n_outputs: int, loss: Loss, strata, weight, groups
    ) -> tuple[dict, Tensor, Tensor]:
        """Learn the inputs, train the members and their trees, and choose the share of the trees.

        Nothing is set here: returned are what was learned, by name, the members' outputs (K, n, o), and whether a row
        was a validation row of a member (K, n).
        """
        sizes = self._sizes(len(X), groups)
        inputs, arrays = self._learn_inputs(X, sizes)
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        ranks = {"ranks": tensors.pop("ranks", None)}
        seed = int(check_random_state(self.random_state).randint(2**31))
        weight = None if weight is None else torch.tensor(weight, dtype=torch.float32)
        rows = validation_rows(len(X), sizes["n_members"], self.validation_fraction, strata, groups, seed)
        make_network, make_trees = self._make_networks(inputs, sizes, n_outputs)
        train = partial(
            train_members, target=target, loss=loss, weight=weight, seed=seed, device=self.device,
            progress=self.progress,
        )  # fmt: skip
        plan = Plan(**{name: sizes[name] for name in ("steps", "batch_size", "learning_rate", "weight_decay")})
        plan = replace(plan, keep_best=sizes["keep_best"])
        began = time.monotonic()
        members, forest, share = train(make_network, tensors, rows=rows, plan=plan), None, 0.0
        interrupted = members.interrupted
        if ranks["ranks"] is not None and not interrupted:
            steps = max(1, round(sizes["tree_steps"] * plan.steps))
            decay = sizes["tree_weight_decay"]
            plan = replace(plan, steps=steps, learning_rate=TREE_LEARNING_RATE, weight_decay=decay)
            last = [(a, b[:0]) for a, b in rows]  # trees improve until the end
            try:
                forest = train(make_trees, ranks, rows=last, plan=plan)
                interrupted = forest.interrupted
            except KeyboardInterrupt:
                keep_what_was_trained("before there were trees; the networks are kept", began)
                interrupted = True
        held_out = torch.zeros(len(rows), len(X), dtype=torch.bool)
        for k, (_, validation) in enumerate(rows):
            held_out[k, validation] = True
        outputs = members.predict(tensors)
        if forest is not None:
            of_trees = forest.predict(ranks)
            share = _best_share(outputs, of_trees, held_out, target, weight, loss)
            outputs, forest = torch.lerp(outputs, of_trees, share), forest if share else None
        learned = {
            "settings_": copy.deepcopy(self.get_params()),
            "sizes_": sizes,
            "inputs_": inputs.without(Ranks) if forest is None else inputs,
            "n_outputs_": n_outputs,
            "training_rows_": _fingerprint(arrays),
            "members_": members,
            "forest_": forest,
            "tree_share_": share,
            "interrupted_": interrupted,
        }
        return learned, outputs, held_out

    def _sizes(self, n_rows: int, groups) -> dict:
        """Check the settings; give the sizes in force, those of the preset or what the user set."""
        check_settings(self.get_params(deep=False))
        sizes = sizes_of(self.preset, n_rows, self.composition)
        for name in sizes.keys() & self.get_params().keys() - {"preset"}:
            if getattr(self, name) != "auto":
                sizes[name] = getattr(self, name)
        if groups is not None or self.network != "attending":  # on unknown groups, overconfident members do harm
            sizes["keep_best"] = True
        return sizes

    def _parts(self, sizes: dict) -> list[Part]:
        """Give the parts of the inputs that the settings ask for."""
        formulas, attending = isinstance(self.composition, str), self.network == "attending"
        fine = attending and self.encoding == "fine"
        parts: list[Part] = []
        if self.picture == "periodic":
            parts.append(PeriodicPicture())
        elif self.picture:
            pieces = sizes["pixel_pieces"] if fine else 0
            parts.append(PictureCells(pieces) if pieces else Picture())
        if self.elements is True or (self.elements == "auto" and (formulas or not self.raw)):
            parts.append(ElementTokens())
        if self.raw:
            parts += [RawNumbers(), *([Pieces(sizes["fraction_pieces"])] if fine else [])]
        if attending and self.trees:
            parts.append(Ranks(self.raw, pixels=formulas and self.picture is True))
        return parts

    def _learn_inputs(self, X: pd.DataFrame, sizes: dict) -> tuple[NetworkInputs, dict[str, np.ndarray]]:
        """Fit the inputs to the training rows and make their arrays; refuse what the network cannot do without."""
        inputs = NetworkInputs(self.composition, self.unit, self.balance, self._parts(sizes))
        arrays = inputs.fit_transform(X)
        if not set(arrays) - {"fine", "ranks"}:
            raise ValueError("nothing is left to learn from: keep the picture, the elements or a raw feature")
        if self.network == "published" and self.picture == "periodic":
            raise ValueError("network='published' reads the 24 x 21 picture: leave picture=True")
        for name in NETWORKS[self.network]:
            if name not in arrays:
                what = {"image": "a composition and picture=True", "raw": "raw features and raw=True"}[name]
                raise ValueError(f"network={self.network!r} needs {what}; give them, or take network='attending'")
        return inputs, arrays

    def _make_networks(
        self, inputs: NetworkInputs, sizes: dict, n_outputs: int
    ) -> tuple[Callable[[], Network], Callable[[], Network]]:
        """Give two functions: one makes a network for these inputs, the other the soft trees beside it."""
        shapes = inputs.shapes_
        n_raw, n_fine, n_ranks = (shapes.get(name, (0,))[0] for name in ("raw", "fine", "ranks"))
        trees = partial(
            SoftTrees, n_ranks, n_outputs, n_own=n_raw, depth=sizes["tree_depth"], temperature=sizes["tree_temperature"]
        )
        if self.network != "attending":
            return partial(
                {"published": PublishedMCVN, "attention": AttentionNetwork}[self.network], n_raw, n_outputs
            ), trees
        image = shapes.get("image")
        table = torch.tensor(element_table().to_numpy(), dtype=torch.float32) if "elements" in shapes else None
        network = partial(
            MCVN, n_outputs, n_raw=n_raw, n_fine=n_fine, cells_shape=shapes.get("cells"), element_features=table,
            image_shape=image[1:] if image and image[0] == 1 else image,
            **{name: sizes[name] for name in NETWORK_SIZES},
        )  # fmt: skip
        return network, trees

    def _outputs(self, X) -> np.ndarray:
        """Give the outputs (members, n, n_outputs) for the rows of ``X``, ``CHUNK`` rows at a time."""
        check_is_fitted(self, "members_")
        table, parts = as_table(X, self.inputs_.composition), []
        if "feature_names_in_" in vars(self) and not isinstance(X, pd.DataFrame):
            words = f"X does not have valid feature names, but {type(self).__name__} was fitted with feature names"
            warnings.warn(words, UserWarning, stacklevel=3)
        rows = table.iloc if isinstance(X, pd.DataFrame) else table.to_numpy()
        for start in range(0, max(len(table), 1), CHUNK):
            arrays = self.inputs_.transform(rows[start : start + CHUNK])
            tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
            ranks = {"ranks": tensors.pop("ranks", None)}
            outputs = self.members_.predict(tensors)
            if self.forest_ is not None:
                outputs = torch.lerp(outputs, self.forest_.predict(ranks), self.tree_share_)
            parts.append(outputs.numpy())
        return np.concatenate(parts, axis=1)


def validation_rows(n: int, n_members: int, fraction: float, strata, groups, seed: int) -> list[Rows]:
    """Draw training and validation rows of each member: whole groups, or shares of each class, or any rows."""
    share = {"n_splits": n_members, "test_size": fraction, "random_state": seed}
    if groups is not None:
        return list(GroupShuffleSplit(**share).split(np.empty(n), groups=groups))
    if strata is not None:
        counts = np.unique(strata, return_counts=True)[1]
        if counts.min() >= 2 and fraction * n >= len(counts):
            return list(StratifiedShuffleSplit(**share).split(np.empty(n), strata))
    return list(ShuffleSplit(**share).split(np.empty(n)))


def validation_mean(outputs: Tensor, held_out: Tensor, keep: np.ndarray) -> np.ndarray:
    """Mean of the outputs (K, n, o) over the members that held a row out; NaN where none did, and for rows not kept."""
    result = np.full((len(keep), outputs.shape[2]), np.nan)
    result[keep] = _mean_of(outputs, held_out).numpy()
    return result


def _mean_of(outputs: Tensor, held_out: Tensor) -> Tensor:
    return (outputs * held_out.unsqueeze(-1)).sum(0) / held_out.sum(0).unsqueeze(-1)


def _best_share(
    networks: Tensor, trees: Tensor, held_out: Tensor, target: Tensor, weight: Tensor | None, loss: Loss
) -> float:
    """Choose the share of the trees with the smallest loss on validation rows, by members that did not learn them."""
    rows = held_out.any(0)
    networks, trees = _mean_of(networks, held_out)[rows], _mean_of(trees, held_out)[rows]
    weight = torch.ones(len(networks)) if weight is None else weight[rows]
    losses = [loss(torch.lerp(networks, trees, share), target[rows]) @ weight for share in TREE_SHARES]
    return TREE_SHARES[int(torch.stack(losses).argmin())]


def _fingerprint(arrays: dict[str, np.ndarray]) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(arrays[name]).tobytes() for name in sorted(arrays))).hexdigest()
