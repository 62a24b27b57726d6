"""``MCVNRegressor`` and ``MCVNClassifier``: the whole road behind scikit-learn's ``fit`` and ``predict``.

Both train an ensemble of members (see ``model.training``), each on its own training rows with its own validation rows,
and predict the mean of the members; the standard deviation of the members says how far they agree.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.metrics import f1_score
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import column_or_1d
from torch import Tensor, nn

from .ensemble import Ensemble, validation_mean
from .rows import ScoresRows, as_they_are, class_numbers, target_numbers, training_rows

STRENGTHS = np.linspace(0.0, 1.5, 16)  # of the logit adjustment, from which validation rows choose


@dataclass(eq=False, repr=False)
class MCVNRegressor(ScoresRows, MultiOutputMixin, RegressorMixin, Ensemble):
    """Predict one or several properties of an alloy from its composition and raw features.

    Parameters
    ----------
    composition : str, sequence of str, or None
        Name of the column of formulas; or names of the element columns; or None for raw features alone.
    unit, balance : {"wt%", "at%"}, str
        Unit of the element columns, and the element that makes up the rest to 100 %, such as "Fe".
    network : {"attending", "published", "attention"}
        ``networks.MCVN``, ``networks.PublishedMCVN``, or ``networks.AttentionNetwork`` (raw features alone).
    picture : {True, False, "periodic"}
        Whether the attending network reads the paper's picture, none, or the one on the periodic table.
    elements, raw : {"auto", True, False}, bool
        Whether it reads element tokens, and raw features. "auto": no tokens where element columns are raw features.
    trees : bool
        Train soft trees (``model.trees``) beside each attending network, on the same rows. They read the ranks of raw
        features and of a formula's pixels. Validation rows choose their share in the prediction (``tree_share_``).
    encoding : {"fine", "smooth"}
        How the attending network reads numbers: "smooth" standardises raw features and pixels; "fine" encodes raw
        features and the fractions of a formula by pieces as well (``model.encoding``), and the pixels of large tables.
    preset : {"auto", "small", "large"} or Preset
        All sizes of networks and training (``model.presets``). "auto" is "small" below 1500 training rows.
    n_members, steps, batch_size, learning_rate, weight_decay, hidden, dropout : int or float
        Sizes to set in place of the preset's: networks in the ensemble, gradient steps, rows per step, and so on.
    validation_fraction : float
        Share of the rows that each member holds out. They choose the share of the trees, the strength of the logit
        adjustment, and mostly at which step a member's weights are kept.
    device, random_state, progress
        "auto", "cpu", "cuda" or "mps"; None starts anew each time; show a progress bar.

    Attributes
    ----------
    sizes_, validation_prediction_, interrupted_ : dict, ndarray, bool
        The sizes in force; the prediction for each row by the members that held it out, NaN where none did; whether
        Ctrl-C ended the training.

    Examples
    --------
    >>> table = pd.DataFrame({"C": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "Cr": [1.0, 0, 1, 0, 1, 0]})
    >>> model = MCVNRegressor(["C", "Cr"], balance="Fe", n_members=2, steps=5)
    >>> mean, std = model.fit(table, [300.0, 350, 400, 450, 500, 550]).predict(table, return_std=True)
    >>> mean.shape, std.shape
    ((6,), (6,))
    """

    _LEARNED = ("n_outputs_", "n_features_in_", "feature_names_in_", "training_rows_", "sizes_", "tree_share_",
                "interrupted_", "target_names_", "target_mean_", "target_scale_", "one_target_")  # fmt: skip

    def _learn(self, X, y, sample_weight, groups) -> dict:
        targets = y if isinstance(y, pd.Series | pd.DataFrame) else as_they_are(y)
        rows = training_rows(X, pd.DataFrame(targets), sample_weight, groups, self.composition)
        X, table, weight, groups, kept, features = rows
        values, one_target = target_numbers(table, X.index), targets.ndim == 1
        mean, scale = values.mean(axis=0), values.std(axis=0)
        target = torch.tensor((values - mean) / scale, dtype=torch.float32)
        learned, outputs, held_out = self._train(X, target, values.shape[1], _squared_error, None, weight, groups)
        predicted = validation_mean(outputs, held_out, kept) * scale + mean
        return (
            learned
            | features
            | {
                "target_names_": list(map(str, y.columns)) if isinstance(y, pd.DataFrame) else None,
                "target_mean_": mean,
                "target_scale_": scale,
                "one_target_": one_target,
                "validation_prediction_": predicted[:, 0] if one_target else predicted,
            }
        )

    def predict(self, X: pd.DataFrame, return_std: bool = False) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict the targets (n,) or (n, k), the mean of the members; on request also their standard deviation."""
        outputs = self._outputs(X) * self.target_scale_ + self.target_mean_
        outputs = outputs[..., 0] if self.one_target_ else outputs
        return (outputs.mean(axis=0), outputs.std(axis=0)) if return_std else outputs.mean(axis=0)


@dataclass(eq=False, repr=False)
class MCVNClassifier(ScoresRows, ClassifierMixin, Ensemble):
    """Predict the class of an alloy, such as BMG, RMG or CRA, from its composition and raw features.

    Parameters
    ----------
    composition, unit, balance, network, picture, elements, raw, trees, encoding, preset and all sizes
        As in :class:`MCVNRegressor`.
    class_weight : None, "balanced" or dict
        Weights of the classes, as in scikit-learn: a class that a dict leaves out weighs 1.
    label_smoothing : float
        Share of certainty that the training takes from the true class.
    logit_adjustment : None, float or "validation"
        Favours rare classes in ``predict``, never in ``predict_proba``: so many times the logarithm of a class's share
        of the training rows is subtracted from its log-probability (Menon et al., arXiv 2007.07314). 0 or None favours
        none; "validation" takes the strength, 0 to 1.5, with the best macro-F1 on the validation rows.

    Attributes
    ----------
    classes_, validation_proba_ : ndarray
        The classes; the probabilities of each row by the members that held it out, NaN where none did.

    Examples
    --------
    >>> table = pd.DataFrame({"formula": ["Zr50Cu50", "Zr60Cu40", "Fe80B20", "Fe70B30", "Al90Fe10", "Al80Fe20"]})
    >>> model = MCVNClassifier("formula", n_members=2, steps=5).fit(table, ["BMG", "BMG", "RMG", "RMG", "CRA", "CRA"])
    >>> model.predict_proba(table).shape
    (6, 3)
    """

    class_weight: str | dict | None = None
    label_smoothing: float = 0.05
    logit_adjustment: float | str | None = None

    _LEARNED = ("n_outputs_", "n_features_in_", "feature_names_in_", "training_rows_", "sizes_", "tree_share_",
                "interrupted_", "classes_", "adjustment_")  # fmt: skip

    def _learn(self, X, y, sample_weight, groups) -> dict:
        y = column_or_1d(y if isinstance(y, pd.DataFrame) else as_they_are(y), warn=True)
        rows = training_rows(X, y, sample_weight, groups, self.composition)
        X, y, weight, groups, kept, features = rows
        classes, code = class_numbers(y, X.index)
        if self.class_weight is not None:
            balance = compute_sample_weight(self.class_weight, y)
            weight = balance if weight is None else balance * weight
        loss = partial(nn.functional.cross_entropy, reduction="none", label_smoothing=self.label_smoothing)
        target = torch.from_numpy(code)
        learned, outputs, held_out = self._train(X, target, len(classes), loss, code, weight, groups)
        proba = validation_mean(outputs.double().softmax(-1), held_out, kept)
        adjustment = self._adjustment(code, proba[kept])
        return learned | features | {"classes_": classes, "adjustment_": adjustment, "validation_proba_": proba}

    def _adjustment(self, code: np.ndarray, proba: np.ndarray) -> np.ndarray:
        """Give what is subtracted from the log-probability of each class before the largest is predicted."""
        prior = np.log(np.bincount(code) / len(code))
        strength = self.logit_adjustment
        if strength is None:
            return np.zeros(len(prior))
        if strength == "validation":
            rows = np.flatnonzero(np.isfinite(proba[:, 0]))
            log = np.log(np.clip(proba[rows], 1e-12, None))
            macro = [f1_score(code[rows], (log - s * prior).argmax(axis=1), average="macro") for s in STRENGTHS]
            strength = STRENGTHS[int(np.argmax(macro))]
        return strength * prior

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Predict class probabilities (n, classes), the mean of the members, in the order of ``classes_``."""
        outputs = self._outputs(X).astype(float)
        shares = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return (shares / shares.sum(axis=-1, keepdims=True)).mean(axis=0)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predict the most probable class of each row (n,), after ``logit_adjustment``."""
        shares = np.log(np.clip(self.predict_proba(X), 1e-300, None)) - self.adjustment_
        return self.classes_[shares.argmax(axis=1)]


def _squared_error(outputs: Tensor, target: Tensor) -> Tensor:
    return (outputs - target).square().mean(1)
