"""Checks for lesson 06: the right answer passes, and each plausible mistake has its own hint."""

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from mcvn_utils import load_metallic_glass
from mcvn_utils.course.checks.classification import (
    check_bonus,
    check_class_f1,
    check_hours,
    check_macro_f1,
    check_wrong_side,
)
from tests.course.checks.test_verdict import say

GLASS = load_metallic_glass()


def test_wrong_side_tells_the_order_of_the_classes():
    rng = np.random.default_rng(0)
    rows = GLASS.X.index[:300]
    p = pd.DataFrame(rng.dirichlet([1, 1, 1], 300), rows, ["BMG", "CRA", "RMG"])
    truth = pd.Series(rng.choice(["BMG", "CRA", "RMG"], 300), rows)
    bulk = truth == "BMG"
    for hint, answer in {
        "Right": (p["BMG"] > 0.5) != bulk,
        "the probability of CRA": (p["CRA"] > 0.5) != bulk,
        "the right side": (p["BMG"] > 0.5) == bulk,
        "that the map misses": (p["BMG"] <= 0.5) & bulk,
        "and are none": (p["BMG"] > 0.5) & ~bulk,
        "another most probable class": p.idxmax(axis=1) != truth,
        "two yes-or-no questions": bulk | True,
    }.items():
        assert hint in say(check_wrong_side(rows[answer], p, truth))
    assert "row names" in say(check_wrong_side([3, 4], p, truth))


def test_f1_tells_accuracy_and_its_relatives():
    rng = np.random.default_rng(0)
    y = np.repeat(["BMG", "RMG", "CRA"], [30, 60, 10])
    p = np.where(rng.random(100) < 0.6, y, rng.choice(["BMG", "RMG", "CRA"], 100))
    for hint, answer in {
        "Right": f1_score(y, p, average="macro"),
        "accuracy": accuracy_score(y, p),
        "weighted by their size": f1_score(y, p, average="weighted"),
        "macro recall": recall_score(y, p, average="macro"),
        "macro precision": precision_score(y, p, average="macro"),
        "plain mean": 0.5,
    }.items():
        assert hint in say(check_macro_f1(answer, y, p))
    one = {"labels": ["CRA"], "average": None}
    for hint, answer in {
        "Right": f1_score(y, p, **one)[0],
        "recall of CRA": recall_score(y, p, **one)[0],
        "precision of CRA": precision_score(y, p, **one)[0],
        "F1 of RMG": f1_score(y, p, labels=["RMG"], average=None)[0],
        "macro-F1": f1_score(y, p, average="macro"),
        "accuracy": accuracy_score(y, p),
    }.items():
        assert hint in say(check_class_f1(answer, y, p, "CRA"))


def test_hours_and_bonus():
    y = np.repeat(["BMG", "RMG", "CRA"], [20, 40, 15])
    p = np.concatenate(
        [np.repeat(["BMG", "RMG", "CRA"], [13, 5, 2]), ["RMG"] * 33, ["CRA"] * 7, ["CRA"] * 11, ["RMG"] * 4]
    )
    missed, alarms, errors = 4, 9, (y != p).sum()
    assert ((y == "CRA") & (p != "CRA")).sum() == missed and ((y != "CRA") & (p == "CRA")).sum() == alarms
    for hint, hours in {
        "Right": 5 * missed + alarms,
        "wrong way round": missed + 5 * alarms,
        "the false alarms cost nothing": 5 * missed,
        "the missed ones cost nothing": alarms,
        "it is a glass all the same": 4 * missed + errors,
        "number of errors": errors,
        "hours an alloy": (5 * missed + alarms) / len(y),
        "each count times its hours": 1000,
    }.items():
        assert hint in say(check_hours(lambda y, p, hours=hours: hours, y, p))
    valid, test = pd.Series({0.0: 9.0, 0.5: 7.0, 1.0: 8.0}), pd.Series({0.0: 9.0, 0.5: 8.0, 1.0: 6.0})
    for hint, answer in {"Right": 0.5, "on the test rows": 1.0, "dearest": 0.0, "not on the grid": 0.3}.items():
        assert hint in say(check_bonus(answer, valid, test))
