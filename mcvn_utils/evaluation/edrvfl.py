"""The ensemble deep random vector functional link network (edRVFL) as scikit-learn estimators."""

import numpy as np
from scipy.linalg import solve
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.preprocessing import LabelBinarizer, StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ..model.rows import refuse_other_order


class _EdRVFL(BaseEstimator):
    def __init__(self, n_layers=6, n_hidden=200, ridge=0.3, weight_scale=6.0, random_state=None):
        self.n_layers = n_layers
        self.n_hidden = n_hidden
        self.ridge = ridge
        self.weight_scale = weight_scale
        self.random_state = random_state

    def _fit(self, X: np.ndarray, Y: np.ndarray) -> None:
        """Solve the read-outs layer by layer for the inputs ``X`` (n, d) and the encoded targets ``Y`` (n, k)."""
        for name in ("n_layers", "n_hidden"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)!r}")
        if not self.ridge > 0:
            raise ValueError(
                f"ridge must be above 0, not {self.ridge!r}: without it the read-outs have no one solution"
            )
        random = check_random_state(self.random_state)
        self.scaler_ = StandardScaler().fit(X)
        X = self.scaler_.transform(X)
        self.weights_, self.readouts_, hidden = [], [], np.empty((len(X), 0))
        for _ in range(self.n_layers):
            n_in = hidden.shape[1] + X.shape[1]
            self.weights_.append(random.uniform(-1, 1, (n_in + 1, self.n_hidden)) * self.weight_scale / np.sqrt(n_in))
            hidden, D = _layer(hidden, X, self.weights_[-1])
            self.readouts_.append(solve(D.T @ D + self.ridge * np.eye(D.shape[1]), D.T @ Y, assume_a="pos"))

    def _scores(self, X) -> np.ndarray:
        """Return the mean read-out of the layers, (n, outputs)."""
        check_is_fitted(self)
        X = self.scaler_.transform(validate_data(self, X, reset=False))
        scores, hidden = [], np.empty((len(X), 0))
        for weights, readout in zip(self.weights_, self.readouts_, strict=True):
            hidden, D = _layer(hidden, X, weights)
            scores.append(D @ readout)
        return np.mean(scores, axis=0)


def _layer(hidden: np.ndarray, X: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the next hidden layer (n, n_hidden), and with the inputs and 1 what its read-out reads."""
    hidden = expit(np.hstack([hidden, X]) @ weights[:-1] + weights[-1])
    return hidden, np.hstack([hidden, X, np.ones((len(X), 1))])


class EdRVFLRegressor(MultiOutputMixin, RegressorMixin, _EdRVFL):
    """An edRVFL for one or several targets; the layers' predictions are averaged.

    Layer l has ``n_hidden`` neurons with fixed random weights, seeded by ``random_state``, on [hidden layer l-1, X].
    Its own ridge read-out on [hidden layer l, X, 1], with the penalty ``ridge`` on all weights, is one of the
    ``n_layers`` members of the ensemble. Nothing is trained but the read-outs, each in closed form (Katuwal, Suganthan,
    Tanveer, arXiv 1907.00350; Shi et al., Pattern Recognition 123 (2022) 108406, arXiv 2201.05809).

    A neuron with k inputs has weights between ± ``weight_scale`` / √k. At 1 the logistic function is hardly bent, and
    the network little better than a linear one.
    """

    def fit(self, X, y) -> "EdRVFLRegressor":
        """Solve the read-outs for ``X`` (n, d) and ``y``, (n,) or (n, k)."""
        refuse_other_order(X=X, y=y)
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=True)
        self.one_target_ = y.ndim == 1
        self.target_scaler_ = StandardScaler().fit(y.reshape(len(y), -1))
        self._fit(X, self.target_scaler_.transform(y.reshape(len(y), -1)))
        return self

    def predict(self, X) -> np.ndarray:
        """Return the mean of the layers, in the units of ``y``."""
        scores = self._scores(X)
        values = self.target_scaler_.inverse_transform(scores)
        return values[:, 0] if self.one_target_ else values


class EdRVFLClassifier(ClassifierMixin, _EdRVFL):
    """An edRVFL for classes; the layers' scores are averaged. Its parameters are those of ``EdRVFLRegressor``."""

    def fit(self, X, y) -> "EdRVFLClassifier":
        """Solve the read-outs for ``X`` (n, d) and the classes ``y`` (n,)."""
        refuse_other_order(X=X, y=y)
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        coder = LabelBinarizer(neg_label=-1).fit(y)
        self.classes_ = coder.classes_
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class only ({self.classes_[0]!r}): there is nothing to tell apart")
        self._fit(X, coder.transform(y))
        return self

    def decision_function(self, X) -> np.ndarray:
        """Return the mean score of the layers: (n, classes), or (n,) for two classes."""
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X) -> np.ndarray:
        """Return the class with the highest score."""
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]
