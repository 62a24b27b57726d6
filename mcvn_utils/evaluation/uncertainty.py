"""How certain a score is: percentile bootstrap intervals (Efron, 1979), and a paired test of two models.

Where whole groups are held out, whole groups are drawn, because rows of one heat are not independent of each other.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from ..model.rows import refuse_other_order, same_shape


def paired_difference(a: ArrayLike, b: ArrayLike, test_share: float) -> dict[str, float]:
    """Compare two models on the same folds by the corrected resampled t-test.

    ``a`` and ``b`` (k,) hold one score per fold, in the same order of folds, two folds or more; ``test_share`` is the
    number of held-out rows divided by that of the training rows, for instance 0.25 in 5-fold. Returned are
    ``difference`` (mean of a - b), ``low`` and ``high`` (95 % interval) and ``p`` (two-sided). Raises ``ValueError``
    for scores that do not come in pairs, fewer than two folds, or a score that is not finite.

    Folds share training rows, so the variance of the mean is (1 / k + test_share) times the variance of the differences
    (Nadeau and Bengio, Machine Learning 52 (2003) 239).

    >>> round(paired_difference([0.7, 0.8, 0.9], [0.6, 0.7, 0.6], test_share=0.25)["p"], 3)
    0.199
    """
    refuse_other_order(a=a, b=b)
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise ValueError(
            f"a paired test needs a score of both models for each of two or more folds, got {a.shape}, {b.shape}"
        )
    if not np.isfinite([a, b]).all():
        raise ValueError("a score is not finite: leave its fold out of both models' scores")
    d = a - b
    error = np.sqrt((1 / len(d) + test_share) * d.var(ddof=1))
    reach = stats.t.ppf(0.975, len(d) - 1) * error
    p = 2 * stats.t.sf(abs(d.mean()) / error, len(d) - 1) if error > 0 else float(d.mean() == 0)
    return {"difference": d.mean(), "low": d.mean() - reach, "high": d.mean() + reach, "p": float(p)}


def resampling_counts(
    n_rows: int, groups: ArrayLike | None = None, n_resamples: int = 1000, seed: int = 0
) -> np.ndarray:
    """Return how often each row is drawn, (n_resamples, n_rows); rows of one of the ``groups`` are drawn together."""
    number = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n = number.max() + 1
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), n_resamples)
    return drawn[:, number].astype(float)


def resampled_r2(y_true: ArrayLike, y_pred: ArrayLike, counts: np.ndarray) -> np.ndarray:
    """Return R² of each target in each resample, (n_resamples, k), for targets and predictions (n, k)."""
    y_true, y_pred = np.asarray(y_true, dtype=float), same_shape(y_true, y_pred).astype(float)
    centred = y_true - y_true.mean(axis=0)
    spread = counts @ centred**2 - (counts @ centred) ** 2 / counts.sum(axis=1, keepdims=True)
    return 1 - counts @ (y_true - y_pred) ** 2 / spread


def resampled_f1(y_true: ArrayLike, y_pred: ArrayLike, classes: list, counts: np.ndarray) -> np.ndarray:
    """Return F1 of each class in each resample, (n_resamples, k); 0 for a class neither drawn nor predicted."""
    is_true = np.asarray(y_true)[:, None] == np.asarray(classes)
    is_called = same_shape(y_true, y_pred)[:, None] == np.asarray(classes)
    total = counts @ is_true + counts @ is_called
    return np.divide(2 * (counts @ (is_true & is_called)), total, out=np.zeros_like(total), where=total > 0)


def r2_intervals(y_true: pd.DataFrame, y_pred: ArrayLike, groups: ArrayLike | None = None, **settings) -> pd.DataFrame:
    """Return the 95 % interval of the R² of each target and of their average, columns ``target, low, high``.

    Rows of one of the ``groups`` (n,) are drawn together; ``settings`` go to ``resampling_counts``.
    """
    refuse_other_order(y_true=y_true, groups=groups)
    values = resampled_r2(y_true, y_pred, resampling_counts(len(y_true), groups, **settings))
    return _intervals("target", [*y_true.columns, "average"], values)


def f1_intervals(y_true: pd.Series, y_pred: ArrayLike, groups: ArrayLike | None = None, **settings) -> pd.DataFrame:
    """Return the 95 % interval of the F1 of each class and of their mean ``macro``, columns ``class, low, high``.

    Rows of one of the ``groups`` (n,) are drawn together; ``settings`` go to ``resampling_counts``.
    """
    refuse_other_order(y_true=y_true, groups=groups)
    classes = sorted(pd.unique(y_true))
    values = resampled_f1(y_true, y_pred, classes, resampling_counts(len(y_true), groups, **settings))
    return _intervals("class", [*classes, "macro"], values)


def _intervals(what: str, names: list, values: np.ndarray) -> pd.DataFrame:
    low, high = np.percentile(np.column_stack([values, values.mean(axis=1)]), (2.5, 97.5), axis=0)
    return pd.DataFrame({what: names, "low": low, "high": high})
