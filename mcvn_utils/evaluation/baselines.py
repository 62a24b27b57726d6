"""The models that MCVN has to beat, behind one registry, on the paper's feature sets O, E and E&P.

O is the original composition, E the 406 descriptors, E&P their PCA; all is learned on the training rows alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Kernel, Matern, RationalQuadratic, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted

from ..composition.alloy_table import split_table
from ..descriptors.descriptor import CompositionDescriptor
from ..model.rows import refuse_other_order
from .edrvfl import EdRVFLClassifier, EdRVFLRegressor

FEATURE_SETS = ("O", "E", "E&P")
TASKS = ("regression", "classification")


class FeatureSet(TransformerMixin, BaseEstimator):
    """Turn a table of alloys into the numbers that a baseline reads, raw features such as temperatures beside them.

    ``features="O"`` keeps the element columns as they are, or takes the atomic fractions of a formula's elements;
    ``"E"`` takes the 406 descriptors instead. For ``composition``, ``unit`` and ``balance`` see
    ``composition.alloy_table.split_table``. Columns with nothing finite, or one value only, over the training rows are
    left out.
    """

    def __init__(self, features="O", composition="formula", unit="wt%", balance=None):
        self.features = features
        self.composition = composition
        self.unit = unit
        self.balance = balance

    def fit(self, X, y=None) -> "FeatureSet":
        """Learn which columns change over the training rows."""
        if self.features not in ("O", "E"):
            raise ValueError(f"features must be 'O' or 'E', not {self.features!r}; make_baseline adds PCA for 'E&P'")
        refuse_other_order(X=X, y=y)
        table = self._numbers(X)
        self.columns_ = table.columns[(table.nunique(dropna=True) > 1).to_numpy()]
        if self.columns_.empty:
            raise ValueError("no feature changes over the training rows: there is nothing to learn from")
        return self

    def transform(self, X) -> pd.DataFrame:
        """Return the numbers, (n, k); a descriptor without a finite value is NaN."""
        check_is_fitted(self)
        table = self._numbers(X)
        missing = self.columns_.difference(table.columns)
        if len(missing):
            raise ValueError(f"X lacks the column {missing[0]!r}, which the model was trained on")
        return table[self.columns_]

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return the names of the k columns."""
        return np.asarray(self.columns_, dtype=object)

    def _numbers(self, X) -> pd.DataFrame:
        amounts, raw = split_table(X, self.composition, self.unit, self.balance)
        by_formula = isinstance(self.composition, str)
        if amounts is None or (self.features == "O" and not by_formula):
            return raw
        if self.features == "O":
            return pd.concat([amounts, raw], axis=1)
        dense = CompositionDescriptor().set_output(transform="pandas").fit_transform(amounts)
        raw = raw.drop(columns=[] if by_formula else list(self.composition))
        return pd.concat([dense.replace([np.inf, -np.inf], np.nan), raw], axis=1)


class PerTarget(MultiOutputRegressor):
    """One model per target, as scikit-learn's ``MultiOutputRegressor``, but also for one target of shape (n,)."""

    def fit(self, X, y: ArrayLike) -> "PerTarget":
        """Fit one model to each column of ``y``, (n,) or (n, k)."""
        y = np.asarray(y, dtype=float)
        self.one_target_ = y.ndim == 1
        return super().fit(X, y.reshape(len(y), -1))

    def predict(self, X) -> np.ndarray:
        """Predict in the shape of ``y``."""
        values = super().predict(X)
        return values[:, 0] if self.one_target_ else values


class NamedClasses(ClassifierMixin, BaseEstimator):
    """A classifier for classes with names, around one such as XGBoost's that wants them numbered."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y: ArrayLike) -> "NamedClasses":
        """Encode the classes as numbers and fit."""
        coder = LabelEncoder().fit(y)
        self.classes_ = coder.classes_
        self.estimator_ = clone(self.estimator).fit(X, coder.transform(y))
        return self

    def predict_proba(self, X) -> np.ndarray:
        """Return the probabilities, (n, classes)."""
        return self.estimator_.predict_proba(X)

    def predict(self, X) -> np.ndarray:
        """Return the most probable class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


SHAPES: dict[str, Callable[[int], Kernel]] = {
    "RBF": lambda d: RBF(5.0, (0.1, 1e3)),
    "Matern 3/2": lambda d: Matern(5.0, (0.1, 1e3), nu=1.5),
    "rational quadratic": lambda d: RationalQuadratic(5.0, 1.0, (0.1, 1e3)),
    "RBF, a length each": lambda d: RBF(np.full(d, 5.0), (0.1, 1e3)),
}
"""Kernels for d features; the last has its own length scale for each of them."""


class GaussianProcess(GaussianProcessRegressor):
    """A Gaussian process with noise and one kernel of ``SHAPES``; 30 steps on its likelihood."""

    def __init__(self, shape="RBF", random_state=None):
        super().__init__(optimizer=_thirty_steps, normalize_y=True, random_state=random_state)
        self.shape = shape

    def fit(self, X, y: ArrayLike) -> "GaussianProcess":
        """Fit the kernel's parameters to ``X`` (n, d) and ``y`` (n,)."""
        self.kernel = ConstantKernel(1.0) * SHAPES[self.shape](X.shape[1]) + WhiteKernel(0.05, (1e-5, 1.0))
        return super().fit(X, y)


def _thirty_steps(loss: Callable, start: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    best = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 30})
    return best.x, best.fun


def _xgboost(task: str, seed: int) -> BaseEstimator:
    try:
        from xgboost import XGBClassifier, XGBRegressor
    except ImportError as error:
        raise ImportError("XGBoost is not installed: pip install 'mcvn-tutorial[baselines]'") from error
    if task == "regression":
        return PerTarget(XGBRegressor(random_state=seed, n_estimators=400, max_depth=4, learning_rate=0.05))
    return NamedClasses(XGBClassifier(random_state=seed, n_estimators=300, max_depth=6, learning_rate=0.1))


def _attention(task: str, seed: int) -> BaseEstimator:
    from ..model.estimators import MCVNClassifier, MCVNRegressor

    model = MCVNRegressor if task == "regression" else MCVNClassifier
    return model(composition=None, network="attention", n_members=4, random_state=seed)


@dataclass(frozen=True)
class Baseline:
    """How to make a model for each task from a seed, and whether it wants standardised numbers."""

    regressor: Callable[[int], BaseEstimator] | None
    classifier: Callable[[int], BaseEstimator] | None
    standardise: bool = False


BASELINES: dict[str, Baseline] = {
    "random forest": Baseline(
        lambda seed: RandomForestRegressor(300, max_features=0.5, random_state=seed, n_jobs=-1),
        lambda seed: RandomForestClassifier(300, random_state=seed, n_jobs=-1),
    ),
    "extra trees": Baseline(
        lambda seed: ExtraTreesRegressor(300, random_state=seed, n_jobs=-1),
        lambda seed: ExtraTreesClassifier(300, random_state=seed, n_jobs=-1),
    ),
    "XGBoost": Baseline(*(partial(_xgboost, task) for task in TASKS)),
    "Gaussian process": Baseline(lambda seed: PerTarget(GaussianProcess(random_state=seed)), None, standardise=True),
    "attention network": Baseline(*(partial(_attention, task) for task in TASKS), standardise=True),
    "edRVFL": Baseline(
        lambda seed: EdRVFLRegressor(random_state=seed),
        lambda seed: EdRVFLClassifier(random_state=seed),
        standardise=True,
    ),
}
"""Name to baseline; ``make_baseline`` makes a model of one."""


def make_baseline(
    name: str,
    task: str,
    features: str = "O",
    *,
    composition: str | Sequence[str] | None = "formula",
    unit: str = "wt%",
    balance: str | None = None,
    random_state: int = 0,
) -> Pipeline:
    """Make a baseline, one of ``BASELINES``, as one scikit-learn pipeline from a table of alloys to predictions.

    The ``task`` is "regression" or "classification"; ``features`` are "O", "E" or "E&P", the principal components of
    the descriptors that carry 99 % of their variance. For ``composition``, ``unit`` and ``balance`` see
    ``composition.alloy_table.split_table``; ``**table.composition`` of a loaded table fits. Raises ``ValueError`` for
    an unknown name, task or feature set, or a model that does not do the task.

    >>> steel = load_maraging_steel()
    >>> model = make_baseline("edRVFL", "regression", **steel.composition).fit(steel.X, steel.y)
    """
    choices = {"baseline": (name, BASELINES), "task": (task, TASKS), "features": (features, FEATURE_SETS)}
    for what, (value, known) in choices.items():
        if value not in known:
            raise ValueError(f"{what} must be one of {', '.join(known)}, not {value!r}")
    entry = BASELINES[name]
    maker = entry.regressor if task == "regression" else entry.classifier
    if maker is None:
        raise ValueError(f"the {name} is not built for {task}; take another baseline")
    steps = [FeatureSet(features[0], composition, unit, balance), SimpleImputer()]
    if entry.standardise or features == "E&P":
        steps.append(StandardScaler())
    if features == "E&P":
        steps.append(PCA(0.99, svd_solver="full"))
    return make_pipeline(*steps, maker(random_state))
