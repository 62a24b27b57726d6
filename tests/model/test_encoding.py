"""Numbers by pieces: cut at quantiles, nothing lost, and some of them dropped in training."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mcvn_utils import MCVNClassifier, MCVNRegressor
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.model.encoding import PIECES, cells, find_knots, learn_cells, piecewise_linear, ranks, read_cells
from mcvn_utils.model.networks import MCVN
from mcvn_utils.model.parts import Pieces


def test_a_pixel_that_never_changed_says_nothing_about_new_alloys():
    image = np.random.default_rng(0).random((5, 1, 24, 21))
    image[:, :, 0, 0] = 0.25
    knots, scaling = learn_cells(image, 3)
    assert scaling[1, 0] == np.inf and np.isfinite(scaling[1, 1:]).all()
    new = np.ones((1, 1, 24, 21))
    assert not read_cells(new, knots, scaling)[0, 0, [0, *range(9, 13)]].any()  # its score, and its four pieces


def test_pieces_of_one_feature_by_hand():
    values = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    knots = find_knots(values, pieces=2)
    assert knots.tolist() == [[1.0, 3.0, 5.0, 5.0]]
    new = np.array([[0.0], [2.0], [4.5], [9.0]])
    assert piecewise_linear(new, knots).tolist() == [[0, 0], [0.5, 0], [1, 0.75], [1, 1]]


def test_amounts_that_are_mostly_zero_are_cut_where_there_is_something():
    values = np.array([[0.0]] * 96 + [[2.0], [4.0], [6.0], [8.0]])
    knots = find_knots(values, pieces=3)
    assert knots.tolist() == [[0.0, 2.0, 4.0, 6.0, 8.0]]
    assert piecewise_linear(np.array([[1.0]]), knots).tolist() == [[0.5, 0, 0, 0]]


def test_each_feature_may_have_its_own_number_of_pieces():
    values = np.random.default_rng(0).random((50, 3))
    knots = find_knots(values, np.array([2, 5, 2]))
    assert knots.shape == (3, 7)
    for k, pieces in enumerate([2, 5, 2]):
        alone = find_knots(values[:, [k]], pieces)
        assert np.array_equal(piecewise_linear(values[:, [k]], knots[[k]]), piecewise_linear(values[:, [k]], alone))


def test_a_constant_feature_has_no_piece():
    values = np.array([[7.0, 1.0], [7.0, 2.0]])
    assert piecewise_linear(values, find_knots(values)).shape == (2, PIECES)
    zeros = np.zeros((3, 1))
    assert piecewise_linear(zeros, find_knots(zeros)).shape == (3, 0)


@settings(deadline=None, max_examples=60)
@given(arrays.arrays(float, (30, 2), elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3))))
def test_pieces_hold_the_number_and_keep_its_order(values):
    knots = find_knots(values)
    coded = piecewise_linear(values, knots).astype(float)
    assert np.isfinite(coded).all() and coded.min(initial=0) >= 0 and coded.max(initial=1) <= 1
    widths = np.diff(knots, axis=1)
    feature, piece = np.nonzero(widths > 0)
    for k in range(2):
        mine = coded[:, feature == k]
        again = knots[k, 0] + mine @ widths[k, piece[feature == k]]
        assert np.allclose(again, values[:, k], atol=1e-2)
        assert (np.diff(mine[np.argsort(values[:, k], kind="stable")], axis=0) >= -1e-6).all()


def table(rows: int = 160) -> tuple[np.ndarray, np.random.Generator]:
    random = np.random.default_rng(0)
    return random.uniform(0, 10, (rows, 2)), random


FEW = {"composition": None, "trees": False, "n_members": 4, "steps": 240, "batch_size": 64}


def test_pieces_let_a_network_see_a_small_step_that_is_lost_in_a_wide_feature():
    random = np.random.default_rng(0)
    step = random.normal(size=(240, 1))
    X, y = 0.01 * step + random.choice([0.0, 100.0], size=(240, 1)), np.tanh(2 * step[:, 0])
    fine, smooth = (
        MCVNRegressor(**FEW, encoding=encoding).fit(X[:160], y[:160]).score(X[160:], y[160:])
        for encoding in ("fine", "smooth")
    )
    assert fine > 0.8 and smooth < 0.3


def test_pieces_are_dropped_in_training_alone():
    network, inputs = MCVN(n_raw=1, n_fine=50, image_shape=None), {"raw": torch.ones(8, 1), "fine": torch.ones(8, 50)}
    assert not torch.equal(network.train()(inputs), network(inputs))
    assert torch.equal(network.eval()(inputs), network(inputs))


def test_an_encoding_that_is_not_known_is_refused():
    X, _ = table(40)
    for encoding in ("smooth", "fine"):
        model = MCVNRegressor(**FEW | {"steps": 2}, encoding=encoding).fit(X, X[:, 0])
        assert ("fine" in model.inputs_.transform(X)) == (encoding == "fine")
    with pytest.raises(ValueError, match="'fine', 'smooth', not 'rough'"):
        MCVNRegressor(**FEW, encoding="rough").fit(X, X[:, 0])


def test_a_model_by_pieces_comes_back_from_its_file(tmp_path):
    X = pd.DataFrame({"formula": ["Fe70B30", "Zr50Cu50", "Zr60Cu40", "Al90Fe10", "Fe80B20"] * 4, "t": range(20)})
    model = MCVNClassifier(n_members=2, steps=3, encoding="fine").fit(X, ["a", "b"] * 10)
    again = MCVNClassifier.load(model.save(tmp_path / "model.safetensors"))
    pieces = next(part for part in again.inputs_.parts_ if isinstance(part, Pieces))
    assert [ELEMENTS[int(k)] for k in pieces.learned_["elements"]] == ["B", "Al", "Fe", "Cu", "Zr"]
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


def test_ranks_by_hand():
    knots = find_knots(np.array([[1.0, 7.0], [10.0, 7.0], [100.0, 7.0]]), pieces=2)
    end = 3**0.5
    new = np.array([[1.0, 7.0], [10.0, 7.0], [55.0, 7.0], [1e6, 8.0]])
    assert np.allclose(ranks(new, knots), [[-end, 0], [0, 0], [end / 2, 0], [end, 0]])


def test_ranks_of_a_long_tail_are_spread_evenly_over_the_training_rows():
    values = np.exp(3 * np.random.default_rng(0).normal(size=(2000, 1)))
    coded = ranks(values, find_knots(values, 32))
    assert coded.mean() == pytest.approx(0, abs=0.01) and coded.std() == pytest.approx(1, abs=0.01)
    assert np.array_equal(np.argsort(coded[:, 0], kind="stable"), np.argsort(values[:, 0], kind="stable"))


def pictures(grays: list[float], where: tuple[int, int]) -> np.ndarray:
    image = np.zeros((len(grays), 1, 24, 21), dtype=np.float32)
    image[:, 0, *where] = grays
    return image


def test_a_pixel_is_found_in_its_cell():
    pixels = cells(pictures([1.0], (7, 17))).reshape(8, 7, 3, 3)
    assert pixels[2, 5, 1, 2] == 1 and pixels.sum() == 1


def test_one_pixel_by_hand_and_all_others_silent():
    train = pictures([0.2, 0.4, 0.6], (7, 17))
    knots, scaling = learn_cells(train, 2)
    read = read_cells(pictures([0.2, 0.5, 1.0], (7, 17)), knots, scaling)
    assert read.shape == (3, 56, 9 * 4)
    cell, pixel = 2 * 7 + 5, 1 * 3 + 2
    spread = np.sqrt(0.08 / 3)
    assert np.allclose(read[:, cell, pixel], [-0.2 / spread, 0.1 / spread, 0.6 / spread])
    pieces = read[:, cell, 9:].reshape(3, 9, 3)
    assert np.allclose(pieces[:, pixel], [[0, 0, 0], [1, 0.5, 0], [1, 1, 0]], atol=1e-6)
    read[:, cell, pixel] = 0
    read[:, cell, 9 + 3 * pixel : 12 + 3 * pixel] = 0
    assert not read.any()


def test_a_strange_pixel_is_held_to_six_spreads():
    train = pictures([0.50, 0.51], (0, 0))
    assert read_cells(pictures([0.0, 1.0], (0, 0)), *learn_cells(train, 2))[:, 0, 0].tolist() == [-6.0, 6.0]


def test_many_pictures_are_read_as_each_alone(monkeypatch):
    image = np.random.default_rng(0).random((7, 1, 24, 21)).astype(np.float32)
    learned = learn_cells(image, 3)
    whole = read_cells(image, *learned)
    monkeypatch.setattr("mcvn_utils.model.encoding._ROWS", 2)
    assert np.array_equal(read_cells(image, *learned), whole)
    assert np.array_equal(read_cells(image[3:4], *learned), whole[3:4])


def test_pieces_are_those_of_rtdl_num_embeddings():
    """Their edges are quantiles as ours, and beyond the training values their pieces go on, where ours end."""
    from rtdl_num_embeddings import PiecewiseLinearEncoding, compute_bins

    random = np.random.default_rng(0)
    train = random.lognormal(size=(200, 3)).astype(np.float32)
    new = random.uniform(train.min(axis=0), train.max(axis=0), size=(50, 3)).astype(np.float32)
    bins = compute_bins(torch.from_numpy(train), n_bins=PIECES)
    theirs = PiecewiseLinearEncoding(bins)(torch.from_numpy(new)).numpy()
    knots = find_knots(train.astype(float))
    np.testing.assert_allclose([knot[: len(edges)] for knot, edges in zip(knots, bins, strict=True)], bins, rtol=1e-5)
    np.testing.assert_allclose(piecewise_linear(new.astype(float), knots), theirs, atol=1e-4)
