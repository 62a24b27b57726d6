"""The picture's pixels by pieces: what a network gets, and a model that reads it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from mcvn_utils import MCVNClassifier  # noqa: E402
from mcvn_utils.model.branches import PieceBranch  # noqa: E402
from mcvn_utils.model.cells import cells, learn_cells, read_cells  # noqa: E402
from mcvn_utils.model.inputs import NetworkInputs  # noqa: E402
from mcvn_utils.model.networks import MCVN  # noqa: E402

GLASSES = pd.DataFrame({"formula": ["Fe70B30", "Zr50Cu50", "Zr60Cu40", "Al90Fe10", "Fe80B20", "Cu64Zr36"] * 4})
CLASSES = ["BMG", "RMG", "CRA"] * 8


@dataclass(eq=False, repr=False, kw_only=True)
class ByPieces(MCVNClassifier):
    pixel_pieces: int = 4


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
    monkeypatch.setattr("mcvn_utils.model.cells.ROWS", 2)
    assert np.array_equal(read_cells(image, *learned), whole)
    assert np.array_equal(read_cells(image[3:4], *learned), whole[3:4])


def test_cells_take_the_place_of_the_picture_and_ranks_stay():
    plain = NetworkInputs(ranked=True).fit(GLASSES)
    cut = NetworkInputs(ranked=True, pixel_pieces=4).fit(GLASSES)
    assert plain.cells_shape() is None and cut.cells_shape() == (56, 54)
    old, new = plain.transform(GLASSES), cut.transform(GLASSES)
    assert set(old) - set(new) == {"image"} and set(new) - set(old) == {"cells"}
    assert np.array_equal(old["ranks"], new["ranks"])


def test_each_cell_has_a_stem_of_its_own_and_they_do_not_mix():
    torch.manual_seed(0)
    branch = PieceBranch(3, 5, dropout=0.0, per_cell=2)
    read = torch.randn(4, 3, 5)
    by_hand = torch.stack([read[:, k] @ branch.stem[k] + branch.place[k] for k in range(3)], 1)
    assert branch.n_out == 6 and torch.allclose(branch(read), by_hand.flatten(1), atol=1e-6)


def test_the_network_reads_cells_and_drops_some_of_what_they_say():
    torch.manual_seed(0)
    network, read = MCVN(2, cells_shape=(56, 54), dropout=0.5), {"cells": torch.randn(6, 56, 54)}
    assert network.eval()(read).shape == (6, 2)
    assert not torch.equal(network.train()(read), network(read))


def test_a_model_that_reads_cells_comes_back_from_its_file(tmp_path):
    model = ByPieces(n_members=2, steps=3).fit(GLASSES, CLASSES)
    assert isinstance(model.members_.network.picture, PieceBranch)
    again = ByPieces.load(model.save(tmp_path / "model.safetensors"))
    assert np.array_equal(again.predict_proba(GLASSES), model.predict_proba(GLASSES))


@pytest.mark.parametrize("off", [{"encoding": "smooth"}, {"picture": False}, {"picture": "periodic"}])
def test_nothing_is_cut_where_it_was_switched_off(off):
    model = ByPieces(n_members=2, steps=3, **off).fit(GLASSES, CLASSES)
    assert "cells" not in model.inputs_.transform(GLASSES)


def test_so_many_rows_are_read_by_more_pieces_and_kept_to_the_end_unless_groups_are_given(monkeypatch):
    monkeypatch.setattr("mcvn_utils.model.sizes.FEW_ROWS", 20)
    plans = []

    def spy(*args, plan, **settings):
        plans.append(plan.keep_best)
        raise KeyboardInterrupt

    monkeypatch.setattr("mcvn_utils.model.ensemble.train_members", spy)
    for groups in (None, np.arange(24)):
        model = MCVNClassifier()
        with pytest.raises(KeyboardInterrupt):
            model.fit(GLASSES, CLASSES, groups=groups)
        assert "cells" in model.inputs_.transform(GLASSES) and model.sizes_["fraction_pieces"] == 24
        assert model.sizes_["keep_best"] == plans[-1]
    assert plans == [False, True]
