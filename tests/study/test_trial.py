"""The small CNN that compares pictures: what it reads, from which rows it learns, and what it scores."""

import numpy as np
import pandas as pd
import pytest
import torch

from mcvn_utils.model.training import Plan, train_members
from mcvn_utils.study.trial import PictureNetwork, framed, standard_scores, trial_scores

PLAN = Plan(steps=60, batch_size=32, learning_rate=5e-3, checks=6)


@pytest.fixture(scope="module")
def toy():
    """120 pictures whose class is the bright quarter; the raw numbers tell nothing."""
    random = np.random.default_rng(0)
    code = np.arange(120) % 3
    images = random.uniform(0, 0.3, (120, 1, 24, 21)).astype(np.float32)
    for k, (row, col) in enumerate([(2, 2), (2, 14), (16, 2)]):
        images[code == k, :, row : row + 5, col : col + 5] += 0.7
    classes = pd.Series(np.array(["BMG", "CRA", "RMG"])[code])
    return images, random.normal(size=(120, 5)).astype(np.float32), classes


def split(n=120):
    rows = np.random.default_rng(1).permutation(n)
    return np.sort(rows[: n * 2 // 3]), np.sort(rows[n * 2 // 3 :])


def test_a_smaller_picture_lies_in_the_middle_of_a_black_frame():
    image = torch.ones(2, 3, 9, 18)
    inside = framed(image)
    assert inside.shape == (2, 3, 24, 24) and inside.sum() == image.sum()
    assert (inside[:, :, 7:16, 3:21] == 1).all()
    with pytest.raises(ValueError, match="does not fit"):
        framed(torch.ones(1, 1, 25, 20))


@pytest.mark.parametrize(("channels", "n_raw"), [(1, 0), (3, 0), (0, 5), (1, 5)])
def test_network_reads_what_it_is_made_for(channels, n_raw):
    network = PictureNetwork(3, channels=channels, n_raw=n_raw)
    inputs = {"image": torch.rand(4, max(channels, 1), 24, 21), "raw": torch.rand(4, 5)}
    network.learn_scaling(inputs)
    assert network(inputs).shape == (4, 3)


def test_one_cnn_reads_pictures_of_any_size_that_fits():
    network = PictureNetwork(3)
    assert sum(p.numel() for p in network.parameters()) < 20_000
    assert [network({"image": torch.rand(2, 1, *size)}).shape for size in ((24, 21), (9, 18))] == [(2, 3)] * 2
    with pytest.raises(ValueError, match="nothing is left to read"):
        PictureNetwork(3, channels=0)


def test_standard_scores_know_the_training_rows_alone():
    values = np.random.default_rng(0).normal(5, 2, (30, 4))
    values[:, 2] = np.nan
    values[3, 1], values[4, 0] = np.inf, np.nan
    train = np.arange(20)
    scores = standard_scores(values, train)
    assert scores.dtype == np.float32 and np.isfinite(scores).all() and np.abs(scores).max() <= 8
    np.testing.assert_allclose(scores[:20, 3].mean(), 0, atol=1e-6)
    assert not scores[:, 2].any() and scores[3, 1] == 0 and scores[4, 0] == 0
    changed = values.copy()
    changed[20:] *= 10
    np.testing.assert_array_equal(standard_scores(changed, train)[:20], scores[:20])


def test_validation_rows_are_training_rows_and_whole_groups(monkeypatch):
    (train, test), seen = split(), []
    classes, groups = pd.Series(np.tile(list("abc"), 40)), np.arange(120) // 4
    raw = np.zeros((120, 2), dtype=np.float32)

    def spy(make, inputs, target, rows, *args, **settings):
        seen.append(rows)
        raise InterruptedError

    monkeypatch.setattr("mcvn_utils.study.trial.train_members", spy)
    for part in (None, groups):
        with pytest.raises(InterruptedError):
            trial_scores(None, raw, classes, (train, test), part, n_members=3)
        for fit, valid in seen[-1]:
            assert set(fit) | set(valid) == set(train) and not set(fit) & set(valid)
            if part is not None:
                assert not set(groups[fit]) & set(groups[valid])
    starts = [tuple(valid) for _, valid in seen[0]]
    assert starts[0] != starts[1]


def test_a_telling_picture_is_read_and_the_same_seed_gives_the_same_scores(toy):
    images, raw, classes = toy
    scores = trial_scores(images, raw, classes, split(), n_members=2, plan=PLAN, seed=3)
    assert list(scores["member"]) == [0, 1] and (scores["macro_f1"] > 0.9).all() and (scores["cra_recall"] > 0.8).all()
    again = trial_scores(images, raw, classes, split(), n_members=2, plan=PLAN, seed=3)
    pd.testing.assert_frame_equal(scores, again)


def test_without_the_picture_nothing_is_found_in_noise(toy):
    _, raw, classes = toy
    assert (trial_scores(None, raw, classes, split(), plan=PLAN)["macro_f1"] < 0.7).all()


def test_held_out_pictures_change_nothing_that_is_learned(toy):
    images, _, classes = toy
    train, test = split()
    dark = images.copy()
    dark[test] = 0
    losses = [trial_scores(x, None, classes, (train, test), plan=PLAN)["validation_loss"] for x in (images, dark)]
    np.testing.assert_array_equal(*losses)


def test_the_validation_loss_is_the_smallest_of_each_member(toy, monkeypatch):
    trained = []

    def spy(*args, **settings):
        trained.append(train_members(*args, **settings))
        return trained[-1]

    monkeypatch.setattr("mcvn_utils.study.trial.train_members", spy)
    _, raw, classes = toy  # of noise a network learns the training rows alone
    plan = Plan(steps=40, batch_size=32, learning_rate=5e-2, checks=8)
    loss = trial_scores(None, raw, classes, split(), n_members=2, plan=plan)["validation_loss"]
    curve = trained[0].history["validation"]
    assert loss.tolist() == pytest.approx(curve.min(axis=0).tolist())
    assert (curve[-1] > curve.min(axis=0) + 0.01).all()
