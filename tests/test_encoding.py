"""Numbers by pieces: cut at quantiles, nothing lost, and chosen where held-out rows say so."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mcvn_utils import MCVNClassifier, MCVNRegressor
from mcvn_utils.encoding import PIECES, find_knots, piecewise_linear


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


FEW = {"composition": None, "n_members": 4, "steps": 240, "batch_size": 64}


def test_the_rehearsal_takes_pieces_for_a_saw_and_leaves_them_for_a_plane():
    X, random = table()
    saw = MCVNRegressor(**FEW).fit(X, np.floor(X[:, 0] / 2.5) % 2 + 0.01 * random.normal(size=len(X)))
    assert saw.encoding_ == "fine" and saw.rehearsal_["fine"] < saw.rehearsal_["smooth"]
    assert "fine" in saw.inputs_.transform(X)
    groups = np.repeat(np.arange(20), 8)
    X = np.repeat(random.normal(size=(20, 6)), 8, axis=0)  # each group is one alloy: pieces learn it by heart
    plane = MCVNRegressor(**FEW).fit(X, X.sum(axis=1) + 0.1 * random.normal(size=160), groups=groups)
    assert plane.encoding_ == "smooth" and plane.rehearsal_["smooth"] <= plane.rehearsal_["fine"]
    assert "fine" not in plane.inputs_.transform(X)


def test_an_encoding_that_is_named_is_not_rehearsed():
    X, _ = table(40)
    for encoding in ("smooth", "fine"):
        model = MCVNRegressor(**FEW | {"steps": 2}, encoding=encoding).fit(X, X[:, 0])
        assert model.encoding_ == encoding and not hasattr(model, "rehearsal_")


def test_a_model_by_pieces_comes_back_from_its_file(tmp_path):
    X = pd.DataFrame({"formula": ["Fe70B30", "Zr50Cu50", "Zr60Cu40", "Al90Fe10", "Fe80B20"] * 4, "t": range(20)})
    model = MCVNClassifier(n_members=2, steps=3, encoding="fine").fit(X, ["a", "b"] * 10)
    again = MCVNClassifier.load(model.save(tmp_path / "model.safetensors"))
    assert again.encoding_ == "fine" and again.inputs_.seen_ == ["B", "Al", "Fe", "Cu", "Zr"]
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
