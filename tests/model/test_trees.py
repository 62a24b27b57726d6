"""Soft trees: shares of leaves by hand, what a tree is dealt, what trees can learn, and how they stand beside MCVN."""

import math
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call, stack_module_state, vmap

from mcvn_utils import MCVNClassifier, MCVNRegressor
from mcvn_utils.model import training
from mcvn_utils.model.ensemble import _best_share
from mcvn_utils.model.training import Plan, train_members
from mcvn_utils.model.trees import SoftTrees

FORMULAS = pd.DataFrame({"formula": ["Fe70B30", "Zr50Cu50", "Zr60Cu40", "Al90Fe10", "Fe80B20"] * 4, "t": range(20)})
CLASSES = ["glass", "crystal"] * 10
QUICK = {"n_members": 2, "steps": 5, "device": "cpu"}


def hard_trees(n_ranks: int, features: list[int], thresholds: list[float], temperature: float) -> SoftTrees:
    """One tree that asks one feature a depth, without a second thought."""
    tree = SoftTrees(n_ranks, n_trees=1, depth=len(features), dealt=n_ranks, temperature=temperature).eval()
    with torch.no_grad():
        tree.choice.fill_(-1e4)
        for depth, feature in enumerate(features):
            tree.choice[0, tree.hands[0].tolist().index(feature), depth] = 1e4
        tree.threshold.copy_(torch.tensor([thresholds]))
    return tree


def test_a_tree_of_two_questions_by_hand():
    tree = hard_trees(3, [2, 0], [0.5, -1.0], temperature=0.5)
    ranks = torch.tensor([[-1.0, 9.0, 1.5]])
    first, second = 1 / (1 + math.exp(-(1.5 - 0.5) / 0.5)), 0.5  # the second feature stands on its threshold
    shares = [first * second, first * (1 - second), (1 - first) * second, (1 - first) * (1 - second)]
    torch.testing.assert_close(tree.leaves(ranks)[0, :, 0], torch.tensor(shares))
    values = torch.tensor([1.0, 2.0, 3.0, 4.0])
    with torch.no_grad():
        tree.values.weight.copy_(values)
        tree.values.bias.fill_(10.0)
    assert tree({"ranks": ranks}).item() == pytest.approx(10 + float(torch.tensor(shares) @ values), rel=1e-5)


def test_a_cold_tree_answers_yes_or_no():
    tree = hard_trees(2, [0, 1, 0], [0.0, 0.0, 1.0], temperature=1e-3)
    shares = tree.leaves(torch.tensor([[0.5, -0.5], [2.0, 0.5]]))
    assert shares[0].argmax(0).tolist() == [0b011, 0b000] and shares.amax(1).min() > 0.999


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.integers(2, 6), st.integers(1, 33), st.integers(0, 50))
def test_the_leaves_of_each_tree_sum_to_one(n_ranks, depth, dealt, n_own):
    torch.manual_seed(n_ranks)
    trees = SoftTrees(n_ranks, 3, n_own=n_own, n_trees=4, depth=depth, dealt=dealt)
    leaves = trees.leaves(3 * torch.randn(5, n_ranks))
    assert leaves.shape == (4, 2**depth, 5) and leaves.min() >= 0
    torch.testing.assert_close(leaves.sum(1), torch.ones(4, 5))
    assert all(len(set(hand)) == len(hand) == min(dealt, n_ranks) for hand in trees.hands.tolist())


def test_half_of_a_hand_is_of_the_tables_own_features_where_there_are_so_many():
    def own(n_ranks, n_own):
        return {sum(k < n_own for k in hand) for hand in SoftTrees(n_ranks, n_own=n_own, dealt=8).hands.tolist()}

    assert (
        own(400, 20) == {4} and own(400, 3) == {3} and own(22, 20) == {6} and own(20, 20) == {8} and own(50, 0) == {0}
    )


def test_trees_of_one_batch_are_the_same_as_one_by_one():
    torch.manual_seed(0)
    members = [SoftTrees(30, 3, n_own=5).eval() for _ in range(3)]
    ranks = {"ranks": torch.randn(7, 30)}
    parameters, buffers = stack_module_state(members)
    together = vmap(lambda p, b: functional_call(members[0], (p, b), (ranks,)))(parameters, buffers)
    torch.testing.assert_close(together, torch.stack([member(ranks) for member in members]))


def test_trees_learn_a_chessboard():
    """No feature tells anything alone: the questions have to be asked one after the other."""
    random = np.random.default_rng(0)
    x = random.uniform(-1.7, 1.7, (600, 4)).astype(np.float32)
    y = torch.from_numpy(np.sign(x[:, :1] * x[:, 1:2]))
    train, test = np.arange(400), np.arange(400, 600)
    forest = train_members(
        lambda: SoftTrees(4, n_own=4), {"ranks": torch.from_numpy(x)}, y, [(train, train[:0])],
        lambda outputs, target: (outputs - target).square().mean(1),
        plan=Plan(steps=300, batch_size=64, learning_rate=2e-2, weight_decay=0.004), device="cpu",
    )  # fmt: skip
    right = (forest.predict({"ranks": torch.from_numpy(x)})[0].sign() == y).float()[test].mean()
    assert right > 0.9


# Beside MCVN


def fitted(share=0.5, **settings) -> MCVNClassifier:
    """A classifier whose validation rows are too few to choose a share of trees, so it is set here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mcvn_utils.model.ensemble.TREE_SHARES", (share,))
        return MCVNClassifier(**QUICK | settings).fit(FORMULAS, CLASSES)


def test_each_members_output_is_shared_by_the_network_and_its_trees():
    model = fitted(share=0.25)
    inputs = {name: torch.from_numpy(x) for name, x in model.inputs_.transform(FORMULAS).items()}
    both = 0.75 * model.members_.predict(inputs) + 0.25 * model.forest_.predict(inputs)
    assert both.shape == (2, 20, 2) and model.tree_share_ == 0.25
    np.testing.assert_allclose(model.predict_proba(FORMULAS), both.softmax(-1).mean(0), rtol=1e-5)


def test_the_share_of_trees_is_that_with_the_smallest_loss_on_validation_rows():
    target = torch.tensor([[0.0], [0.0], [0.0], [9.0]])
    held_out = torch.tensor([[True, True, False, False], [True, False, True, False]])  # the last row by nobody
    networks = torch.tensor([[1.0, 1.0, 50.0, 0.0], [1.0, 50.0, 1.0, 0.0]]).unsqueeze(-1)

    def best(trees, weight=None):
        return _best_share(networks, networks * trees, held_out, target, weight, lambda o, t: (o - t).square().mean(1))

    assert [best(trees) for trees in (2.0, -3.0, -1.0, -1 / 3, 0.0)] == [0.0, 0.25, 0.5, 0.75, 0.75]
    trees = torch.tensor([-1.0, 2.0, 2.0, 1.0]).unsqueeze(-1)
    assert best(trees) == 0.0 and best(trees, torch.tensor([9.0, 1.0, 1.0, 1.0])) == 0.5


def test_trees_that_are_no_help_are_thrown_away():
    model = fitted(share=0.0)
    assert model.forest_ is None and model.tree_share_ == 0 and "ranks" not in model.inputs_.transform(FORMULAS)
    np.testing.assert_allclose(model.predict_proba(FORMULAS), fitted(trees=False).predict_proba(FORMULAS))


def test_without_trees_the_networks_are_the_same_and_speak_alone():
    both, alone = (fitted(trees=trees) for trees in (True, False))
    assert alone.forest_ is None and "ranks" not in alone.inputs_.transform(FORMULAS)
    assert all(torch.equal(both.members_.state[name], value) for name, value in alone.members_.state.items())
    assert not np.allclose(both.predict_proba(FORMULAS), alone.predict_proba(FORMULAS))
    for network in ("attention", "published"):
        frame = FORMULAS.assign(u=1.0)
        assert MCVNRegressor(**QUICK, network=network).fit(frame, range(20)).forest_ is None


def test_trees_never_see_a_members_validation_rows(monkeypatch):
    seen = []

    def watched(make, inputs, **told):
        seen.append(told["rows"])
        return train_members(make, inputs, **told)

    monkeypatch.setattr("mcvn_utils.model.ensemble.train_members", watched)
    MCVNClassifier(**QUICK).fit(FORMULAS, CLASSES)
    for (train, validation), (rows, none) in zip(*seen, strict=True):
        assert np.array_equal(train, rows) and not len(none) and not set(rows) & set(validation)


@pytest.mark.parametrize("trees", [True, False])
def test_a_model_with_trees_or_without_comes_back_from_its_file(trees, tmp_path):
    model = fitted(trees=trees)
    again = MCVNClassifier.load(model.save(tmp_path / "model.safetensors"))
    assert (again.forest_ is None) == (not trees)
    assert np.array_equal(again.predict_proba(FORMULAS), model.predict_proba(FORMULAS))


@pytest.mark.parametrize(("stop_at", "trees"), [(4, False), (6, False), (7, True), (8, True), (12, True)])
def test_ctrl_c_keeps_what_was_trained_so_far(stop_at, trees, monkeypatch, tmp_path):
    """Five steps of the networks, then three of the trees with the first look at their weights after the first."""
    calls, step = [0], torch.optim.AdamW.step

    def interrupted(self, *args, **kwargs):
        calls[0] += 1
        if calls[0] == stop_at:
            raise KeyboardInterrupt
        return step(self, *args, **kwargs)

    monkeypatch.setattr(training.torch.optim.AdamW, "step", interrupted)
    with pytest.warns(UserWarning, match="Ctrl-C stopped") if stop_at < 12 else nullcontext():
        model = fitted()
    assert model.interrupted_ == (stop_at < 12) == ("training was interrupted" in repr(model))
    assert (model.forest_ is not None) == trees and len(model.members_) == 2
    again = MCVNClassifier.load(model.save(tmp_path / "model.safetensors"))
    assert again.interrupted_ == model.interrupted_
    assert np.array_equal(again.predict_proba(FORMULAS), model.predict_proba(FORMULAS))
