"""How far a score would move with other held-out rows: percentile bootstrap intervals (Efron, 1979).

A resample is a count of how often each held-out row was drawn, so that a thousand R² or F1 are a few products of
matrices. Where whole groups are held out, whole groups are drawn: rows of one heat are no independent witnesses.
"""

import numpy as np
import pandas as pd

LEVELS = (2.5, 97.5)


def resampling_counts(
    n_rows: int, groups: np.ndarray | None = None, n_resamples: int = 1000, seed: int = 0
) -> np.ndarray:
    """How often each row is drawn, (n_resamples, n_rows); rows of one of the ``groups`` (n_rows,) go together."""
    members = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n = members.max() + 1
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), n_resamples)
    return drawn[:, members].astype(float)


def resampled_r2(y_true: np.ndarray, y_pred: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """R² of each target in each resample, (n_resamples, k), for targets and predictions (n, k)."""
    y_true, y_pred = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    centred = y_true - y_true.mean(axis=0)
    spread = counts @ centred**2 - (counts @ centred) ** 2 / counts.sum(axis=1, keepdims=True)
    return 1 - counts @ (y_true - y_pred) ** 2 / spread


def resampled_f1(y_true: np.ndarray, y_pred: np.ndarray, classes: list, counts: np.ndarray) -> np.ndarray:
    """F1 of each of the ``classes`` in each resample, (n_resamples, k); 0 for one neither drawn nor predicted."""
    is_true = np.asarray(y_true)[:, None] == np.asarray(classes)
    is_called = np.asarray(y_pred)[:, None] == np.asarray(classes)
    total = counts @ is_true + counts @ is_called
    return np.divide(2 * (counts @ (is_true & is_called)), total, out=np.zeros_like(total), where=total > 0)


def r2_intervals(y_true: pd.DataFrame, y_pred: np.ndarray, groups=None, **settings) -> pd.DataFrame:
    """95 % interval of the R² of each target and of their average, columns ``target, low, high``.

    ``groups`` (n,) are drawn as wholes; ``settings`` go to ``resampling_counts``.
    """
    y_pred = np.asarray(y_pred).reshape(len(y_true), -1)
    values = resampled_r2(y_true.to_numpy(), y_pred, resampling_counts(len(y_true), groups, **settings))
    return _intervals("target", [*y_true.columns, "average"], values)


def f1_intervals(y_true: pd.Series, y_pred: np.ndarray, groups=None, **settings) -> pd.DataFrame:
    """95 % interval of the F1 of each class and of their plain mean ``macro``, columns ``class, low, high``."""
    classes = sorted(pd.unique(y_true))
    values = resampled_f1(y_true, y_pred, classes, resampling_counts(len(y_true), groups, **settings))
    return _intervals("class", [*classes, "macro"], values)


def _intervals(what: str, names: list, values: np.ndarray) -> pd.DataFrame:
    low, high = np.percentile(np.column_stack([values, values.mean(axis=1)]), LEVELS, axis=0)
    return pd.DataFrame({what: names, "low": low, "high": high})
