"""The models that MCVN has to beat, behind one registry, on the paper's feature sets O, E and E&P.

O is the original composition, E the 406 descriptors, E&P the descriptors after PCA; raw features such as temperatures
stand beside all three. Whatever is learned (gaps, scales, components) is learned on the training rows alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Kernel, Matern, RationalQuadratic, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted

from ..composition.alloy_table import split_table
from ..descriptors.descriptor import CompositionDescriptor
from .edrvfl import EdRVFLClassifier, EdRVFLRegressor

FEATURE_SETS = ("O", "E", "E&P")
TASKS = ("regression", "classification")


class FeatureSet(TransformerMixin, BaseEstimator):
    """A table of alloys as the numbers that a baseline reads.

    Parameters
    ----------
    features : ``"O"``: the element columns as they are, or the atomic fractions of a formula's elements;
        ``"E"``: the 406 descriptors instead. Raw features stand beside.
    composition, unit, balance : see ``inputs.split_table``.

    Columns that hold nothing finite, or one value only, over the training rows are left out.

    Raises ``ValueError`` for another feature set, and for rows that lack a column of the training rows.
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
        table = self._numbers(X)
        self.columns_ = table.columns[(table.nunique(dropna=True) > 1).to_numpy()]
        if self.columns_.empty:
            raise ValueError("no feature changes over the training rows: there is nothing to learn from")
        return self

    def transform(self, X) -> pd.DataFrame:
        """Numbers (n, k); a descriptor without a finite value is NaN."""
        check_is_fitted(self)
        table = self._numbers(X)
        missing = self.columns_.difference(table.columns)
        if len(missing):
            raise ValueError(f"X lacks the column {missing[0]!r}, which the model was trained on")
        return table[self.columns_]

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Names of the k columns."""
        return np.asarray(self.columns_, dtype=object)

    def _numbers(self, X) -> pd.DataFrame:
        amounts, raw = split_table(X, self.composition, self.unit, self.balance)
        if amounts is None:
            return raw
        if self.features == "O":
            return raw if not isinstance(self.composition, str) else pd.concat([amounts, raw], axis=1)
        columns = [] if isinstance(self.composition, str) else list(self.composition)
        descriptor = CompositionDescriptor().set_output(transform="pandas")
        dense = descriptor.fit_transform(amounts).replace([np.inf, -np.inf], np.nan)
        return pd.concat([dense, raw.drop(columns=columns)], axis=1)


@dataclass(frozen=True)
class Baseline:
    """One entry of the registry: how to make the model for each task, and whether it wants standardised numbers."""

    regressor: Callable[[int], BaseEstimator] | None
    classifier: Callable[[int], BaseEstimator] | None
    standardise: bool = False


def _xgboost(kind: str, **settings) -> Callable[[int], BaseEstimator]:
    def make(seed: int) -> BaseEstimator:
        try:
            import xgboost
        except ImportError as error:
            raise ImportError("XGBoost is not installed: pip install 'mcvn-tutorial[baselines]'") from error
        if kind == "regression":
            return PerTarget(xgboost.XGBRegressor(random_state=seed, **settings))
        return LabelledXGB(settings=settings, random_state=seed)

    return make


class PerTarget(MultiOutputRegressor):
    """One model a target, as scikit-learn's ``MultiOutputRegressor``, also when there is one target (n,) only."""

    def fit(self, X, y) -> "PerTarget":
        """Fit a model to each column of ``y``, (n,) or (n, k)."""
        y = np.asarray(y, dtype=float)
        self.one_target_ = y.ndim == 1
        return super().fit(X, y.reshape(len(y), -1))

    def predict(self, X) -> np.ndarray:
        """Predictions in the shape of ``y``."""
        values = super().predict(X)
        return values[:, 0] if self.one_target_ else values


class LabelledXGB(ClassifierMixin, BaseEstimator):
    """XGBoost's classifier for classes with names, which it refuses by itself."""

    def __init__(self, settings=None, random_state=None):
        self.settings = settings
        self.random_state = random_state

    def fit(self, X, y) -> "LabelledXGB":
        """Encode the classes and fit."""
        from xgboost import XGBClassifier

        coder = LabelEncoder().fit(y)
        self.classes_ = coder.classes_
        self.model_ = XGBClassifier(random_state=self.random_state, **(self.settings or {}))
        self.model_.fit(X, coder.transform(y))
        return self

    def predict_proba(self, X) -> np.ndarray:
        """Probabilities (n, classes)."""
        return self.model_.predict_proba(X)

    def predict(self, X) -> np.ndarray:
        """The most probable class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def _attention(kind: str) -> Callable[[int], BaseEstimator]:
    def make(seed: int) -> BaseEstimator:
        from ..model.estimators import MCVNClassifier, MCVNRegressor

        model = MCVNRegressor if kind == "regression" else MCVNClassifier
        return model(composition=None, network="attention", n_members=4, random_state=seed)

    return make


SHAPES: dict[str, Callable[[int], Kernel]] = {
    "RBF": lambda d: RBF(5.0, (0.1, 1e3)),
    "Matern 3/2": lambda d: Matern(5.0, (0.1, 1e3), nu=1.5),
    "rational quadratic": lambda d: RationalQuadratic(5.0, 1.0, (0.1, 1e3)),
    "RBF, a length each": lambda d: RBF(np.full(d, 5.0), (0.1, 1e3)),
}
"""How alike two alloys are with distance, for d numbers an alloy; the last has a length scale of its own for each."""


class GaussianProcess(RegressorMixin, BaseEstimator):
    """A Gaussian process with noise whose kernel goes by a name of ``SHAPES``; 30 steps on its likelihood."""

    def __init__(self, shape="RBF", random_state=None):
        self.shape = shape
        self.random_state = random_state

    def fit(self, X, y) -> "GaussianProcess":
        """Find the kernel's numbers for ``X`` (n, d) and ``y`` (n,)."""
        kernel = ConstantKernel(1.0) * SHAPES[self.shape](X.shape[1]) + WhiteKernel(0.05, (1e-5, 1.0))
        self.model_ = GaussianProcessRegressor(
            kernel, optimizer=_thirty_steps, normalize_y=True, random_state=self.random_state
        ).fit(X, y)
        return self

    def predict(self, X) -> np.ndarray:
        """Mean of the process (n,)."""
        return self.model_.predict(X)


def _thirty_steps(loss: Callable, start: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 30})
    return found.x, found.fun


def _gaussian_process(seed: int) -> BaseEstimator:
    return PerTarget(GaussianProcess(random_state=seed))


BASELINES: dict[str, Baseline] = {
    "random forest": Baseline(
        lambda seed: RandomForestRegressor(300, max_features=0.5, random_state=seed, n_jobs=-1),
        lambda seed: RandomForestClassifier(300, random_state=seed, n_jobs=-1),
    ),
    "extra trees": Baseline(
        lambda seed: ExtraTreesRegressor(300, random_state=seed, n_jobs=-1),
        lambda seed: ExtraTreesClassifier(300, random_state=seed, n_jobs=-1),
    ),
    "XGBoost": Baseline(
        _xgboost("regression", n_estimators=400, max_depth=4, learning_rate=0.05),
        _xgboost("classification", n_estimators=300, max_depth=6, learning_rate=0.1),
    ),
    "Gaussian process": Baseline(_gaussian_process, None, standardise=True),
    "attention network": Baseline(_attention("regression"), _attention("classification"), standardise=True),
    "edRVFL": Baseline(
        lambda seed: EdRVFLRegressor(random_state=seed),
        lambda seed: EdRVFLClassifier(random_state=seed),
        standardise=True,
    ),
}
"""Name to baseline; ``make_baseline`` is the way in."""


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
    """A baseline as one scikit-learn pipeline from a table of alloys to predictions.

    Parameters
    ----------
    name : one of ``BASELINES``. task : ``"regression"`` or ``"classification"``.
    features : ``"O"``, ``"E"`` or ``"E&P"`` (the principal components that carry 99 % of the variance).
    composition, unit, balance : see ``inputs.split_table``; ``**table.composition`` of a loaded table fits.

    Raises
    ------
    ValueError
        For an unknown name, task or feature set, or a model that does not do the task.
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
