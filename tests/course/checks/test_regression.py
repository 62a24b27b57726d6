"""Checks for lesson 05: the right answer passes, and each plausible mistake has its own hint."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from mcvn_utils import load_nims_steel
from mcvn_utils.course.checks.regression import (
    check_any_above,
    check_half_width,
    check_r2,
    check_share_within,
    check_split,
)
from tests.course.checks.test_verdict import say


@pytest.mark.parametrize(
    ("train", "test", "hint"),
    [
        ([0, 1], [2, 3], "Right."),
        ([0, 2], [1, 3], "2 groups are torn, H1 among them"),
        ([0, 1, 2], [3], "1 groups are torn, H2 among them"),
        ([0, 1, 2], [2, 3], "1 rows are on both sides"),
        ([0, 1], [2], "1 rows are on neither side"),
        ([0, 1, 2, 3], [], "is empty"),
    ],
)
def test_split_tells_a_leak(train, test, hint):
    assert hint in repr(check_split(train, test, ["H1", "H1", "H2", "H2"]))


def test_r2():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(40, 2)) * [1, 5] + [0, 50]
    p = 0.6 * y + rng.normal(size=y.shape) * 0.3 + 1
    correlation = np.mean([np.corrcoef(y[:, k], p[:, k])[0, 1] ** 2 for k in (0, 1)])
    for hint, answer in {
        "Right": r2_score(y, p),
        "wrong way round": r2_score(p, y),
        "squared correlation": correlation,
        "thrown together": r2_score(y.ravel(), p.ravel()),
        "weighted by their variance": r2_score(y, p, multioutput="variance_weighted"),
        "1 minus it": 1 - r2_score(y, p),
        "of these rows": 0.123,
    }.items():
        assert hint in say(check_r2(answer, y, p))
    assert "are (39, 2) predictions" in say(check_r2(0, y, p[1:]))


def test_share_within_tells_a_spread_mistaken():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(300, 2)) * 3
    p, s = np.zeros_like(y), np.abs(rng.normal(size=y.shape)) * 2 + 0.3
    for hint, wrong in {
        "Right": lambda y, p, s, k: (np.abs(y - p) < k * s).mean(),
        "without the absolute value": lambda y, p, s, k: (y - p < k * s).mean(),
        "the share outside": lambda y, p, s, k: (np.abs(y - p) >= k * s).mean(),
        "the k is not used": lambda y, p, s, k: (np.abs(y - p) < s).mean(),
        "do not square it": lambda y, p, s, k: (np.abs(y - p) < k * s**2).mean(),
        "for a variance": lambda y, p, s, k: (np.abs(y - p) < k * s**0.5).mean(),
        "each prediction has its own": lambda y, p, s, k: (np.abs(y - p) < k * s.mean()).mean(),
        "to either side": lambda y, p, s, k: (np.abs(y - p) < k * s / 2).mean(),
        "in per cent": lambda y, p, s, k: 100 * (np.abs(y - p) < k * s).mean(),
        "count how often": lambda y, p, s, k: 0.0,
    }.items():
        assert hint in say(check_share_within(wrong, y, p, s))


def test_half_width_tells_a_leak():
    rng = np.random.default_rng(0)
    errors, fold, hot = rng.normal(size=60) + 0.5, np.arange(60) % 3, np.arange(60) % 2 == 0
    errors[hot] *= 3

    def widths(source, of=np.abs, q=0.9):
        return [np.quantile(of(errors[source(k, h)]), q) for k, h in zip(fold, hot, strict=True)]

    def fair(k, h):
        return (fold != k) & (hot == h)

    for hint, answer in {
        "Right": widths(fair),
        "one half-width for both": widths(lambda k, h: fold != k),
        "own fold": widths(lambda k, h: hot == h),
        "keep their sign": widths(fair, of=lambda e: e),
        "nine of ten": widths(fair, q=0.95),
        "swapped": widths(lambda k, h: (fold != k) & (hot != h)),
        "NaN": np.full(60, np.nan),
        "shape": [1.0, 2.0],
        "for each fold and group": np.ones(60),
    }.items():
        assert hint in say(check_half_width(answer, errors, fold, hot))


def test_limits():
    X, limits = load_nims_steel().X, {"Mo": 0.15, "Ni": 1.0, "Cr": 1.0}
    above = pd.DataFrame({name: X[name] > limit for name, limit in limits.items()})
    for hint, answer in {
        "Right": above.any(axis=1),
        "one of them is enough": above.all(axis=1),
        "those are the others": ~above.any(axis=1),
        "Cr alone": above["Cr"],
        "booleans": np.flatnonzero(above.any(axis=1)),
        "marked wrong": np.arange(len(X)) % 2 == 0,
    }.items():
        assert hint in say(check_any_above(answer, X, limits))
