"""``MCVNRegressor`` and ``MCVNClassifier``: the whole road behind scikit-learn's ``fit`` and ``predict``.

Both train an ensemble of members (``mcvn_utils.training``), each on its own training rows with its own validation
rows, and answer with their mean; the members' spread says how far they agree.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d
from torch import Tensor, nn

from . import storage
from .elements import element_table
from .inputs import NetworkInputs, as_table
from .networks import MCVN, AttentionNetwork, PublishedMCVN
from .training import Members, Plan, train_members

NETWORKS = {"attending": (), "published": ("image", "raw"), "attention": ("raw",)}
"""The networks, and the inputs that each cannot do without."""

FEW_ROWS = 1500
SMALL = {
    "n_members": 8, "batch_size": 64, "learning_rate": 1e-2, "weight_decay": 0.3, "hidden": 64, "dropout": 0.05,
    "branch_dropout": 0.5, "picture_width": 16, "width": 16, "n_heads": 2, "n_blocks": 1,
}  # fmt: skip
LARGE = {
    "n_members": 4, "batch_size": 256, "learning_rate": 4e-3, "weight_decay": 0.02, "hidden": 192, "dropout": 0.2,
    "branch_dropout": 0.0, "picture_width": 64, "width": 48, "n_heads": 4, "n_blocks": 2,
}  # fmt: skip
"""What ``"auto"`` means below ``FEW_ROWS`` training rows, and from there on; chosen on validation rows."""

PLAN = ("steps", "batch_size", "learning_rate", "weight_decay")
NETWORK_SIZES = ("hidden", "dropout", "branch_dropout", "picture_width", "width", "n_heads", "n_blocks")


@dataclass(eq=False, repr=False)
class _MCVNEstimator(BaseEstimator):
    """What the regressor and the classifier share; see them for the parameters."""

    composition: str | Sequence[str] | None = "formula"
    _: KW_ONLY
    unit: str = "wt%"
    balance: str | None = None
    network: str = "attending"
    picture: bool = True
    elements: bool = True
    raw: bool = True
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

    def _fit(self, X, target: Tensor, n_outputs: int, loss, strata, sample_weight, groups):
        """Learn the inputs, choose validation rows, train the members."""
        if self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, not {self.network!r}")
        self.sizes_ = self._sizes(len(X))
        if not 0 < self.validation_fraction < 1:
            raise ValueError(f"validation_fraction must lie between 0 and 1, not {self.validation_fraction!r}")
        self.inputs_ = NetworkInputs(
            self.composition, self.unit, self.balance, self.picture, self.elements, self.raw
        ).fit(X)
        arrays = self.inputs_.transform(X)
        if not arrays:
            raise ValueError("nothing is left to learn from: keep the picture, the elements or a raw feature")
        lacking = [name for name in NETWORKS[self.network] if name not in arrays]
        if lacking:
            what = {"image": "a composition and picture=True", "raw": "raw features and raw=True"}[lacking[0]]
            raise ValueError(f"network={self.network!r} needs {what}; give them, or take network='attending'")
        inputs = {name: torch.from_numpy(a) for name, a in arrays.items()}
        self.n_outputs_ = n_outputs
        self.training_rows_ = hashlib.sha256(
            b"".join(np.ascontiguousarray(arrays[name]).tobytes() for name in sorted(arrays))
        ).hexdigest()
        seed = int(check_random_state(self.random_state).randint(2**31))
        self.members_ = train_members(
            self._make_network,
            inputs,
            target,
            self._validation(len(X), strata, groups, seed),
            loss,
            weight=None if sample_weight is None else torch.tensor(sample_weight, dtype=torch.float32),
            plan=Plan(**{name: self.sizes_[name] for name in PLAN}),
            seed=seed,
            device=self.device,
            progress=self.progress,
        )
        return self

    def _rows(self, X, y, sample_weight, groups):
        """``X`` as a table, ``y``, weights and groups, all without the rows of weight 0."""
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
        return table[keep], y[keep], None if sample_weight is None else weight[keep], groups

    def _sizes(self, n_rows: int) -> dict:
        """The settings in force: what ``"auto"`` means for so many rows, and what the user set."""
        auto = dict(SMALL if n_rows < FEW_ROWS else LARGE)
        auto["steps"] = max(600, 45 * n_rows // LARGE["batch_size"])
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
            image_shape=(24, 21) if hasattr(self.inputs_, "imager_") else None,
            element_features=table if self.inputs_.n_elements_ else None,
            **{name: self.sizes_[name] for name in NETWORK_SIZES},
        )

    def _validation(self, n: int, strata, groups, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and validation rows of each member: whole groups, or shares of each class, or any rows."""
        share = {"n_splits": self.sizes_["n_members"], "test_size": self.validation_fraction, "random_state": seed}
        if groups is not None:
            return list(GroupShuffleSplit(**share).split(np.empty(n), groups=groups))
        if strata is not None:
            counts = np.unique(strata, return_counts=True)[1]
            if counts.min() >= 2 and self.validation_fraction * n >= len(counts):
                return list(StratifiedShuffleSplit(**share).split(np.empty(n), strata))
        return list(ShuffleSplit(**share).split(np.empty(n)))

    def _outputs(self, X) -> np.ndarray:
        """Outputs (members, n, n_outputs) for the rows of ``X``."""
        check_is_fitted(self, "members_")
        arrays = self.inputs_.transform(X)
        return self.members_.predict({name: torch.from_numpy(a) for name, a in arrays.items()}).numpy()

    def save(self, path: str | Path) -> Path:
        """Write the fitted model to one file: weights as safetensors, all else as JSON in its header; no code."""
        check_is_fitted(self, "members_")
        arrays, facts = self.inputs_.state()
        tensors = {f"inputs.{name}": torch.tensor(a) for name, a in arrays.items()}
        tensors |= {f"members.{name}": value for name, value in self.members_.state.items()}
        learned = {name: getattr(self, name) for name in self._LEARNED if hasattr(self, name)}
        learned = {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in learned.items()}
        return storage.save(path, type(self).__name__, self.get_params(), learned, facts, tensors)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto"):
        """Read a model that ``save`` wrote; an older or foreign file is a ``storage.ModelFileError``."""
        content, tensors = storage.load(path, cls.__name__)
        model = cls(**content["settings"]).set_params(device=device)
        for name, value in content["learned"].items():
            setattr(model, name, np.asarray(value, _ARRAYS[name]) if name in _ARRAYS else value)
        part = {"inputs": {}, "members": {}}
        for name, tensor in tensors.items():
            kind, _, name = name.partition(".")
            part[kind][name] = tensor
        model.inputs_ = NetworkInputs.from_state({k: v.numpy() for k, v in part["inputs"].items()}, content["inputs"])
        network = model._make_network()
        wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
        if {name: tuple(value.shape[1:]) for name, value in part["members"].items()} != wanted:
            raise storage.ModelFileError(
                f"{path}: its weights do not fit the network of this version; train and save it again"
            )
        model.members_ = Members(network, part["members"]).to(device)
        return model


_ARRAYS = {"feature_names_in_": object, "classes_": None, "target_mean_": float, "target_scale_": float}
"""Learned values that are arrays, with their types; the others are plain values."""

_PARAMETERS = """
    Parameters
    ----------
    composition : name of the column of formulas (default ``"formula"``); or names of the element columns; or None.
    unit, balance : of element columns: ``"wt%"`` or ``"at%"``, and the element that makes up the rest, such as "Fe".
    network : ``"attending"`` (``networks.MCVN``), ``"published"`` (``networks.PublishedMCVN``), or ``"attention"``
        (``networks.AttentionNetwork``, raw features alone).
    picture, elements, raw : switch a branch of the attending network off.
    n_members, steps, batch_size, learning_rate, weight_decay, hidden, dropout : networks in the ensemble, gradient
        steps, rows in each, and the rest of the training; ``"auto"`` goes by the number of rows (``estimators.SMALL``,
        ``LARGE``).
    validation_fraction : share of the rows that each member sets aside to choose its best moment.
    device : ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
    random_state : whole number, or None for a new start each time.
    progress : show a progress bar.
"""


@dataclass(eq=False, repr=False)
class MCVNRegressor(MultiOutputMixin, RegressorMixin, _MCVNEstimator):
    __doc__ = f"""Predict one or several properties of an alloy from its composition and raw features.
{_PARAMETERS}
    Examples
    --------
    >>> from mcvn_utils import MCVNRegressor, load_nims_steel
    >>> steel = load_nims_steel()
    >>> model = MCVNRegressor(**steel.composition).fit(steel.X, steel.y)
    >>> mean, spread = model.predict(steel.X, return_std=True)
    """

    _LEARNED = ("n_outputs_", "n_features_in_", "feature_names_in_", "training_rows_", "sizes_",
                "target_names_", "target_mean_", "target_scale_", "one_target_")  # fmt: skip

    def fit(self, X, y, sample_weight=None, groups=None) -> "MCVNRegressor":
        """Train on the rows of ``X`` (n, d) and the targets ``y`` (n,) or (n, k).

        ``sample_weight`` (n,) weighs rows; ``groups`` (n,), such as heats, are never torn between training and
        validation rows. Raises ``ValueError`` for a target that is not finite or constant, and see ``split_table``.
        """
        if y is None:
            raise ValueError("MCVNRegressor requires y to be passed, but the target y is None")
        self.target_names_ = list(map(str, y.columns)) if isinstance(y, pd.DataFrame) else None
        values = check_array(y, ensure_2d=False, dtype=float, ensure_all_finite=False, input_name="y")
        X, values, sample_weight, groups = self._rows(X, values, sample_weight, groups)
        bad = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
        if len(bad):
            raise ValueError(
                f"y holds NaN or infinity in row {X.index[bad[0]]!r} ({len(bad)} such rows): drop these rows of X and y"
            )
        self.one_target_ = values.ndim == 1
        values = values.reshape(len(values), -1)
        self.target_mean_, self.target_scale_ = values.mean(axis=0), values.std(axis=0)
        flat = np.flatnonzero(self.target_scale_ <= 1e-12 * np.maximum(1.0, np.abs(self.target_mean_)))
        if len(flat):
            name = self.target_names_[flat[0]] if self.target_names_ else f"number {flat[0]}"
            raise ValueError(f"target {name} has the same value in all {len(values)} rows: there is nothing to learn")
        target = torch.tensor((values - self.target_mean_) / self.target_scale_, dtype=torch.float32)
        return self._fit(X, target, values.shape[1], _squared_error, None, sample_weight, groups)

    def predict(self, X, return_std: bool = False):
        """Targets (n,) or (n, k), the mean of the members; with ``return_std`` also their standard deviation."""
        outputs = self._outputs(X) * self.target_scale_ + self.target_mean_
        outputs = outputs[..., 0] if self.one_target_ else outputs
        return (outputs.mean(axis=0), outputs.std(axis=0)) if return_std else outputs.mean(axis=0)


@dataclass(eq=False, repr=False)
class MCVNClassifier(ClassifierMixin, _MCVNEstimator):
    __doc__ = f"""Predict the class of an alloy, such as BMG, RMG or CRA, from its composition and raw features.
{_PARAMETERS}    class_weight : None, ``"balanced"`` or a dict, as in scikit-learn.
    label_smoothing : share of certainty that the training withholds from the true class.

    Examples
    --------
    >>> from mcvn_utils import MCVNClassifier, load_metallic_glass
    >>> glass = load_metallic_glass()
    >>> model = MCVNClassifier(**glass.composition).fit(glass.X, glass.y)
    >>> model.predict_proba(glass.X.head())
    """

    class_weight: str | dict | None = None
    label_smoothing: float = 0.05

    _LEARNED = ("n_outputs_", "n_features_in_", "feature_names_in_", "training_rows_", "sizes_", "classes_")

    def fit(self, X, y, sample_weight=None, groups=None) -> "MCVNClassifier":
        """Train on the rows of ``X`` (n, d) and their classes ``y`` (n,).

        ``sample_weight`` (n,) weighs rows; ``groups`` (n,), such as chemical systems, are never torn between training
        and validation rows. Raises ``ValueError`` for a missing class or a single one, and see ``split_table``.
        """
        y = column_or_1d(y, warn=True)
        X, y, sample_weight, groups = self._rows(X, y, sample_weight, groups)
        if pd.isna(y).any():
            raise ValueError(f"y has no class (NaN) in row {X.index[pd.isna(y)][0]!r}: drop such rows of X and y")
        check_classification_targets(y)
        self.classes_, code = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class only ({str(self.classes_[0])!r}): add rows of another class")
        if self.class_weight is not None:
            balance = compute_sample_weight(self.class_weight, y)
            sample_weight = balance if sample_weight is None else balance * sample_weight
        loss = partial(_cross_entropy, smoothing=self.label_smoothing)
        return self._fit(X, torch.from_numpy(code), len(self.classes_), loss, code, sample_weight, groups)

    def predict_proba(self, X) -> np.ndarray:
        """Class probabilities (n, classes), the mean of the members, in the order of ``classes_``."""
        outputs = self._outputs(X).astype(float)
        shares = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return (shares / shares.sum(axis=-1, keepdims=True)).mean(axis=0)

    def predict(self, X) -> np.ndarray:
        """The most probable class of each row (n,)."""
        shares = self.predict_proba(X)
        return self.classes_[shares.argmax(axis=1)]


def _squared_error(outputs: Tensor, target: Tensor) -> Tensor:
    return (outputs - target).square().mean(1)


def _cross_entropy(outputs: Tensor, target: Tensor, smoothing: float) -> Tensor:
    return nn.functional.cross_entropy(outputs, target, reduction="none", label_smoothing=smoothing)
