"""``MCVNRegressor`` and ``MCVNClassifier``: the whole road behind scikit-learn's ``fit`` and ``predict``.

Both train an ensemble of members (``mcvn_utils.training``), each on its own training rows with its own validation
rows, and answer with their mean; the members' spread says how far they agree.
"""

from dataclasses import dataclass
from functools import partial
from numbers import Real

import numpy as np
import pandas as pd
import torch
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.metrics import f1_score
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, column_or_1d
from torch import Tensor, nn

from .ensemble import Ensemble, mean_of_aside

_PARAMETERS = """
    Parameters
    ----------
    composition : name of the column of formulas (default ``"formula"``); or names of the element columns; or None.
    unit, balance : of element columns: ``"wt%"`` or ``"at%"``, and the element that makes up the rest, such as "Fe".
    network : ``"attending"`` (``networks.MCVN``), ``"published"`` (``networks.PublishedMCVN``), or ``"attention"``
        (``networks.AttentionNetwork``, raw features alone).
    picture, elements, raw : switch a branch of the attending network off. ``picture="periodic"`` draws the composition
        on the periodic table (``images.PeriodicTableImager``) in place of the paper's picture. ``elements="auto"``
        leaves the element tokens out where the element columns are raw features already, which tell the same sooner.
    trees : set a small forest of soft trees (``mcvn_utils.trees``) beside each attending network, trained on the same
        rows. They read the ranks of raw features and of a formula's pixels. Their share in the prediction, 0 to 3/4,
        is that with the smallest loss on validation rows (``tree_share_``).
    encoding : how the attending network reads numbers: ``"smooth"``, raw features and pixels standardised; ``"fine"``,
        raw features and the fractions of a formula by pieces as well (``mcvn_utils.encoding``), and from 1500 rows on
        the pixels of the paper's picture, too.
    n_members, steps, batch_size, learning_rate, weight_decay, hidden, dropout : networks in the ensemble, gradient
        steps, rows in each, and the rest of the training; ``"auto"`` goes by the number of rows (``estimators.SMALL``,
        ``LARGE``).
    validation_fraction : share of the rows that each member sets aside, which choose the trees' share, the strength of
        the logit adjustment, and the member's best moment. The attending network is kept as it is after the last step
        instead where there are 1500 rows or more and no groups: single members come to their best before their mean.
    device : ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
    random_state : whole number, or None for a new start each time.
    progress : show a progress bar.
"""

STRENGTHS = np.linspace(0.0, 1.5, 16)
"""Strengths of the logit adjustment that validation rows choose from."""


@dataclass(eq=False, repr=False)
class MCVNRegressor(MultiOutputMixin, RegressorMixin, Ensemble):
    __doc__ = f"""Predict one or several properties of an alloy from its composition and raw features.
{_PARAMETERS}
    Examples
    --------
    >>> from mcvn_utils import MCVNRegressor, load_nims_steel
    >>> steel = load_nims_steel()
    >>> model = MCVNRegressor(**steel.composition).fit(steel.X, steel.y)
    >>> mean, spread = model.predict(steel.X, return_std=True)
    """

    _LEARNED = ("n_outputs_", "n_features_in_", "feature_names_in_", "training_rows_", "sizes_", "tree_share_",
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
        X, values, sample_weight, groups, keep = self._rows(X, values, sample_weight, groups)
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
        outputs, aside = self._fit(X, target, values.shape[1], _squared_error, None, sample_weight, groups)
        held_out = _mean_of(outputs, aside, keep) * self.target_scale_ + self.target_mean_
        self.validation_prediction_ = held_out[:, 0] if self.one_target_ else held_out
        return self

    def predict(self, X, return_std: bool = False):
        """Targets (n,) or (n, k), the mean of the members; with ``return_std`` also their standard deviation."""
        outputs = self._outputs(X) * self.target_scale_ + self.target_mean_
        outputs = outputs[..., 0] if self.one_target_ else outputs
        return (outputs.mean(axis=0), outputs.std(axis=0)) if return_std else outputs.mean(axis=0)


@dataclass(eq=False, repr=False)
class MCVNClassifier(ClassifierMixin, Ensemble):
    __doc__ = f"""Predict the class of an alloy, such as BMG, RMG or CRA, from its composition and raw features.
{_PARAMETERS}    class_weight : None, ``"balanced"`` or a dict, as in scikit-learn.
    label_smoothing : share of certainty that the training withholds from the true class.
    logit_adjustment : favours rare classes in ``predict`` (never in ``predict_proba``): so many times the logarithm of
        a class's share among the training rows is taken from its log-probability (Menon et al., arXiv 2007.07314).
        0 or None favours none; ``"validation"`` takes the strength, 0 to 1.5, whose macro-F1 on the members'
        validation rows is best.

    Examples
    --------
    >>> from mcvn_utils import MCVNClassifier, load_metallic_glass
    >>> glass = load_metallic_glass()
    >>> model = MCVNClassifier(**glass.composition).fit(glass.X, glass.y)
    >>> model.predict_proba(glass.X.head())
    """

    class_weight: str | dict | None = None
    label_smoothing: float = 0.05
    logit_adjustment: float | str | None = None

    _LEARNED = ("n_outputs_", "n_features_in_", "feature_names_in_", "training_rows_", "sizes_", "tree_share_",
                "classes_", "adjustment_")  # fmt: skip

    def fit(self, X, y, sample_weight=None, groups=None) -> "MCVNClassifier":
        """Train on the rows of ``X`` (n, d) and their classes ``y`` (n,).

        ``sample_weight`` (n,) weighs rows; ``groups`` (n,), such as chemical systems, are never torn between training
        and validation rows. Raises ``ValueError`` for a missing class or a single one, and see ``split_table``.
        """
        y = column_or_1d(y, warn=True)
        X, y, sample_weight, groups, keep = self._rows(X, y, sample_weight, groups)
        if pd.isna(y).any():
            raise ValueError(f"y has no class (NaN) in row {X.index[pd.isna(y)][0]!r}: drop such rows of X and y")
        check_classification_targets(y)
        if not (self.logit_adjustment in (None, "validation") or isinstance(self.logit_adjustment, Real)):
            raise ValueError(f"logit_adjustment must be None, 'validation' or a number, not {self.logit_adjustment!r}")
        self.classes_, code = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class only ({str(self.classes_[0])!r}): add rows of another class")
        if self.class_weight is not None:
            balance = compute_sample_weight(self.class_weight, y)
            sample_weight = balance if sample_weight is None else balance * sample_weight
        loss = partial(_cross_entropy, smoothing=self.label_smoothing)
        outputs, aside = self._fit(X, torch.from_numpy(code), len(self.classes_), loss, code, sample_weight, groups)
        self.validation_proba_ = _mean_of(outputs.double().softmax(-1), aside, keep)
        self.adjustment_ = self._adjustment(code, self.validation_proba_[keep])
        return self

    def _adjustment(self, code: np.ndarray, proba: np.ndarray) -> np.ndarray:
        """What is taken from the log-probability of each class before the largest is predicted."""
        prior = np.log(np.bincount(code) / len(code))
        strength = self.logit_adjustment
        if strength is None:
            return np.zeros(len(prior))
        if strength == "validation":
            seen = np.flatnonzero(np.isfinite(proba[:, 0]))
            log = np.log(np.clip(proba[seen], 1e-12, None))
            macro = [f1_score(code[seen], (log - s * prior).argmax(axis=1), average="macro") for s in STRENGTHS]
            strength = STRENGTHS[int(np.argmax(macro))]
        return strength * prior

    def predict_proba(self, X) -> np.ndarray:
        """Class probabilities (n, classes), the mean of the members, in the order of ``classes_``."""
        outputs = self._outputs(X).astype(float)
        shares = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return (shares / shares.sum(axis=-1, keepdims=True)).mean(axis=0)

    def predict(self, X) -> np.ndarray:
        """The most probable class of each row (n,), after ``logit_adjustment``."""
        adjustment = getattr(self, "adjustment_", 0.0)  # files written before there was one lack it
        shares = np.log(np.clip(self.predict_proba(X), 1e-300, None)) - adjustment
        return self.classes_[shares.argmax(axis=1)]


def _mean_of(outputs: Tensor, aside: Tensor, keep: np.ndarray) -> np.ndarray:
    """Mean over the members that set a row aside (n, o); NaN for rows that none did, or that were not kept."""
    mean = mean_of_aside(outputs, aside)
    result = np.full((len(keep), mean.shape[1]), np.nan)
    result[keep] = mean.numpy()
    return result


def _squared_error(outputs: Tensor, target: Tensor) -> Tensor:
    return (outputs - target).square().mean(1)


def _cross_entropy(outputs: Tensor, target: Tensor, smoothing: float) -> Tensor:
    return nn.functional.cross_entropy(outputs, target, reduction="none", label_smoothing=smoothing)
