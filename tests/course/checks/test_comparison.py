"""Checks for lesson 07: the right answer passes, and each plausible mistake has its own hint."""

import numpy as np
from sklearn.linear_model import LinearRegression

from mcvn_utils.course.checks.comparison import check_interval, check_precision_at, check_selection
from tests.course.checks.test_verdict import say


def precision_at(precision, recall, share, new_share):
    alarms = recall * share * (1 - precision) / precision / (1 - share)
    return recall * new_share / (recall * new_share + alarms * (1 - new_share))


def test_precision_at_another_share():
    """By hand: of 100 alloys 20 are of the class, 10 are found, and 2.5 of the other 80 called; then 40 and 60."""
    p, r, s, new = 0.8, 0.5, 0.2, 0.4
    right = 20 / (20 + 60 * 2.5 / 80)
    for hint, answer in {
        "Right": right,
        "the old precision": p,
        "wrong way round": precision_at(p, r, new, s),
        "keep their number": r * new / (r * new + r * s * (1 - p) / p),
        "is no count": p * new / s,
        "no share of the calls": r * new / (r * new + (1 - p) * (1 - new)),
        "1 minus it": 1 - right,
        "first the rate": 0.123,
        "nothing is handed in": None,
    }.items():
        assert hint in say(check_precision_at(answer, p, r, s, new))
    assert check_precision_at(precision_at, p, r, s, new)
    assert "fails: TypeError" in say(check_precision_at(lambda: 0, p, r, s, new))


def test_interval_tells_which_part_is_missing():
    a, b, share = np.array([0.9, 0.8, 0.95, 0.7]), np.array([0.85, 0.7, 0.97, 0.6]), 0.4
    d = a - b
    n, spread, mean = 4, d.std(ddof=1), d.mean()

    def ends(spread=spread, factor=1 / n + share, t=3.182446305, middle=mean):
        return middle - t * factor**0.5 * spread, middle + t * factor**0.5 * spread

    unpaired = (a.var(ddof=1) + b.var(ddof=1)) ** 0.5
    for hint, answer in {
        "Right": ends(),
        "the textbook's interval": ends(factor=1 / n),
        "not paired": ends(spread=unpaired),
        "neither paired nor": ends(spread=unpaired, factor=1 / n),
        "1.96": ends(t=1.96),
        "ddof=1": ends(spread=d.std()),
        "90 %": ends(t=2.353363435),
        "b minus a": ends(middle=-d.mean()),
        "wrong way round": ends()[::-1],
        "root of the sum": ends(factor=(1 / n + share) ** 2),
        "mean of a - b": (0.0, 1.0),
        "shape": 0.5,
    }.items():
        assert hint in say(check_interval(lambda a, b, share, answer=answer: answer, a, b, share))


def test_selection_tells_the_leak():
    random = np.random.default_rng(1)
    X, y = random.normal(size=(60, 80)), random.normal(size=60)
    folds = [(np.flatnonzero(np.arange(60) % 4 != k), np.flatnonzero(np.arange(60) % 4 == k)) for k in range(4)]

    def strongest(rows):
        return np.argsort([-abs(np.corrcoef(X[rows, j], y[rows])[0, 1]) for j in range(80)], kind="stable")[:10]

    def mean_r2(choose, scored=1):
        scores = []
        for split in folds:
            c, (train, _) = choose(split), split
            model, rows = LinearRegression().fit(X[train][:, c], y[train]), split[scored]
            scores.append(model.score(X[rows][:, c], y[rows]))
        return np.mean(scores)

    leaky, honest = mean_r2(lambda _: strongest(np.arange(60))), mean_r2(lambda split: strongest(split[0]))
    assert leaky > 0.1 > honest
    for hint, answer in {
        "Right": honest,
        "the leak itself": leaky,
        "on the held-out rows": mean_r2(lambda split: strongest(split[1])),
        "of the training rows": mean_r2(lambda split: strongest(split[0]), scored=0),
        "all columns": mean_r2(lambda _: np.arange(80)),
        "first ten": mean_r2(lambda _: np.arange(10)),
        "anew on each fold": 0.5,
        "nothing is handed in": None,
    }.items():
        assert hint in say(check_selection(answer, X, y, folds))
    assert check_selection(leaky, X, y, folds, leaky=True)
    assert "here the leak is asked for" in say(check_selection(honest, X, y, folds, leaky=True))
