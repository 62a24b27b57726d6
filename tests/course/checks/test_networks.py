"""Checks for lesson 04: the right answer passes, and each plausible mistake has its own hint."""

import numpy as np
import pytest

from mcvn_utils.course.checks.networks import check_attention, check_halfway, check_weight_counts
from tests.course.checks.test_verdict import say


def test_halfway():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.SiLU(), torch.nn.Linear(8, 4)).requires_grad_(False)
    a, b = torch.randn(2, 1, 3)

    def gap(layers, a, b):
        return (layers((a + b) / 2) - (layers(a) + layers(b)) / 2).abs().max().item()

    assert check_halfway(gap, layers, a, b) and check_halfway(gap, layers[0], a, b)
    for hint, wrong in {
        "is their mean": lambda f, a, b: (f((a + b) / 2) - (f(a) + f(b))).abs().max().item(),
        "not the one halfway": lambda f, a, b: (f(a + b) - (f(a) + f(b)) / 2).abs().max().item(),
        "the largest is asked for": lambda f, a, b: (f((a + b) / 2) - (f(a) + f(b)) / 2).abs().mean().item(),
        "returns nothing": lambda f, a, b: None,
        "hand in a number, not str": lambda f, a, b: "text",
        "fails: TypeError": lambda f: 0,
        "one number is wanted": lambda f, a, b: f(a),
    }.items():
        assert hint in say(check_halfway(wrong, layers, a, b))
    assert "hand in a function" in say(check_halfway(0.0, layers, a, b))


def test_attention():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4))

    def attend(query, key, axis=1, scale=1.0):
        e = np.exp(scale * query @ key.T / np.sqrt(query.shape[1]))
        return e / e.sum(axis=axis, keepdims=True)

    two = x[:, :2]
    assert check_attention(attend(two, two), x) and check_attention(attend(10 * two, two), x, 10)
    assert "opposite" in say(check_attention(attend(two, -two), x))
    assert "all numbers of a token" in say(check_attention(attend(x, x), x))
    assert "which axis" in say(check_attention(attend(two, two, axis=0), x))
    assert "multiply them first" in say(check_attention(attend(two, two), x, 10))
    assert "both multiplied" in say(check_attention(attend(10 * two, 10 * two), x, 10))
    assert "root" in say(check_attention(attend(two, two, scale=2**0.5), x))
    assert "Hand in the second" in say(check_attention((two, attend(two, two)), x))


def test_weight_counts():
    torch = pytest.importorskip("torch")
    networks = {"small": torch.nn.BatchNorm1d(2), "large": torch.nn.Linear(3, 4)}
    assert check_weight_counts({"small": 4, "large": 16}, networks)
    assert not check_weight_counts({"small": 4, "large": 16.001}, networks)
    assert "those are the tensors" in say(check_weight_counts({"small": 2, "large": 2}, networks))
    assert "not learned" in say(check_weight_counts({"small": 9, "large": 16}, networks))
    assert "the keys" in say(check_weight_counts({"small": 4}, networks))
