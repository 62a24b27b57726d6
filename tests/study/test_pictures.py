"""The small CNN that compares pictures, and what is read from the file of its scores."""

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from mcvn_utils.evaluation.uncertainty import paired_difference  # noqa: E402
from mcvn_utils.model.training import Plan  # noqa: E402
from mcvn_utils.study.pictures import (  # noqa: E402
    NO_PICTURE,
    TITLES,
    PictureNetwork,
    differences,
    fold_means,
    framed,
    standard_scores,
    trial_scores,
    validation_rows,
)

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


def test_validation_rows_are_training_rows_and_whole_groups():
    train, _ = split()
    classes, groups = pd.Series(np.tile(list("abc"), 40)), np.arange(120) // 4
    for part in (None, groups):
        for fit, valid in validation_rows(train, classes, part, 3, seed=0):
            assert set(fit) | set(valid) == set(train) and not set(fit) & set(valid)
            if part is not None:
                assert not set(groups[fit]) & set(groups[valid])
    starts = [tuple(valid) for _, valid in validation_rows(train, classes, None, 2, seed=0)]
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


# What is read from the file


def rows(arrangement, descriptors, values, protocol="5 x 70/30"):
    """Two seeds a fold, 0.02 apart."""
    return [
        {"protocol": protocol, "fold": fold, "arrangement": arrangement, "descriptors": descriptors,
         "seed": seed, "macro_f1": value + 0.02 * seed - 0.01}
        for fold, value in enumerate(values)
        for seed in (0, 1)
    ]  # fmt: skip


SCORES = pd.DataFrame(
    rows("random", "no", [0.80, 0.82, 0.81])
    + rows("expert", "no", [0.81, 0.82, 0.83])
    + rows("expert", "yes", [0.84, 0.85, 0.86])
    + rows(NO_PICTURE, "yes", [0.83, 0.85, 0.84])
)


def test_seeds_are_averaged_before_folds_are_compared():
    means = fold_means(SCORES)
    assert means["the experts' cells", "no"].round(9).tolist() == [0.81, 0.82, 0.83]
    order = list(dict.fromkeys(means.columns.get_level_values("arrangement")))
    assert order == [name for name in TITLES.values() if name in order]


def test_differences_are_paired_over_the_folds():
    found = differences(SCORES, "expert").set_index(["descriptors", "arrangement"])
    wanted = paired_difference([0.80, 0.82, 0.81], [0.81, 0.82, 0.83], 3 / 7)
    assert found.loc[("no", "random"), ["difference", "low", "high", "p"]].tolist() == pytest.approx(
        list(wanted.values())
    )
    assert set(found.index) == {("no", "random"), ("yes", NO_PICTURE)}
    assert found.loc[("yes", NO_PICTURE), "difference"] == pytest.approx(-0.01)


def test_no_picture_is_compared_with_pictures_beside_the_descriptors_alone():
    found = differences(SCORES, NO_PICTURE)
    assert found[["arrangement", "descriptors"]].to_numpy().tolist() == [["expert", "yes"]]


def test_a_fold_that_one_lacks_is_left_out_and_a_wrong_name_is_named():
    found = differences(SCORES.drop(index=[0, 1]), "expert").set_index(["descriptors", "arrangement"])
    assert found.loc[("no", "random"), "difference"] == pytest.approx((0.0 - 0.02) / 2)
    with pytest.raises(ValueError, match=r"'experts'; there are random, expert"):
        differences(SCORES, "experts")
