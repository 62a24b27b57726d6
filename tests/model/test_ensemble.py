"""The ensemble: what goes into it by preset, which rows its members validate on, and what reaches the training."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mcvn_utils import (
    MCVNClassifier,
    MCVNRegressor,
    load_nims_steel,
)
from mcvn_utils.composition import conversion
from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.model.ensemble import _best_share, validation_rows
from mcvn_utils.model.layers import PieceBranch
from mcvn_utils.model.presets import SMALL

GLASSES = pd.DataFrame({"formula": ["Fe70B30", "Zr50Cu50", "Zr60Cu40", "Al90Fe10", "Fe80B20", "Cu64Zr36"] * 4})
CLASSES = ["BMG", "RMG", "CRA"] * 8
BY_PIECES = {"preset": replace(SMALL, pixel_pieces=4, n_members=2, steps=3)}


def test_a_model_that_reads_cells_comes_back_from_its_file(tmp_path):
    model = MCVNClassifier(**BY_PIECES).fit(GLASSES, CLASSES)
    assert isinstance(model.members_.network.picture, PieceBranch)
    again = MCVNClassifier.load(model.save(tmp_path / "model.safetensors"))
    assert np.array_equal(again.predict_proba(GLASSES), model.predict_proba(GLASSES))
    assert again.preset == BY_PIECES["preset"]


@pytest.mark.parametrize("off", [{"encoding": "smooth"}, {"picture": False}, {"picture": "periodic"}])
def test_nothing_is_cut_where_it_was_switched_off(off):
    model = MCVNClassifier(**BY_PIECES, **off).fit(GLASSES, CLASSES)
    assert "cells" not in model.inputs_.transform(GLASSES)


def test_so_many_rows_are_read_by_more_pieces_and_kept_to_the_end_unless_groups_are_given(monkeypatch):
    monkeypatch.setattr("mcvn_utils.model.presets.FEW_ROWS", 20)
    plans, names = [], []

    def spy(make, inputs, plan, **settings):
        plans.append(plan.keep_best)
        names.append(set(inputs))
        raise KeyboardInterrupt

    monkeypatch.setattr("mcvn_utils.model.ensemble.train_members", spy)
    for groups in (None, np.arange(24)):
        model = MCVNClassifier()
        with pytest.raises(KeyboardInterrupt):
            model.fit(GLASSES, CLASSES, groups=groups)
        sizes = model._sizes(24, groups)
        assert "cells" in names[-1] and sizes["fraction_pieces"] == 24 and sizes["keep_best"] == plans[-1]
        assert not hasattr(model, "members_")
    assert plans == [False, True]


TINY = {"n_members": 2, "steps": 30, "hidden": 16, "device": "cpu", "elements": False}
TINIEST = {**TINY, "steps": 8, "picture": False}
NIMS = load_nims_steel()
STEEL = NIMS.X.iloc[:60]
TARGETS = NIMS.y.iloc[:60]
HEATS = NIMS.groups.iloc[:60]


def regressor(**settings) -> MCVNRegressor:
    return MCVNRegressor(**{**NIMS.composition, **TINIEST, **settings})


def splits(n, strata=None, groups=None):
    return validation_rows(n, 6, 0.15, strata, groups, seed=0)


def test_a_row_is_predicted_by_the_members_that_held_it_out(monkeypatch):
    drawn = [(np.arange(0, 40), np.arange(40, 60)), (np.arange(10, 60), np.arange(10))]
    monkeypatch.setattr("mcvn_utils.model.ensemble.validation_rows", lambda *_: drawn)
    model = regressor(trees=False).fit(STEEL, TARGETS)
    of_members = model._outputs(STEEL) * model.target_scale_ + model.target_mean_
    for member, (_, validation) in zip(of_members, drawn, strict=True):
        np.testing.assert_allclose(model.validation_prediction_[validation], member[validation], rtol=1e-5)
    assert np.isnan(model.validation_prediction_[10:40]).all()


def test_the_share_of_the_trees_is_the_one_that_fits_validation_rows_best():
    target, held_out = torch.linspace(-1, 1, 8)[:, None], torch.arange(16).reshape(2, 8) % 2 == 0
    right, wrong = target.expand(2, 8, 1), -target.expand(2, 8, 1)
    for share, networks, trees in ((0.75, wrong, right), (0.0, right, wrong), (0.5, target - 1 + 0 * right, right + 1)):
        assert _best_share(networks, trees, held_out, target, None, lambda a, b: (a - b).square().sum(1)) == share


def test_members_split_the_rows_each_in_its_own_way():
    parts = splits(60)
    assert len({tuple(sorted(valid)) for _, valid in parts}) == 6
    for train, valid in parts:
        assert sorted([*train, *valid]) == list(range(60)) and len(valid) == 9


def test_groups_are_never_torn():
    groups = HEATS.to_numpy()
    for train, valid in splits(60, groups=groups):
        assert set(groups[train]).isdisjoint(groups[valid]) and len(valid) >= 3


def test_each_class_is_on_both_sides():
    strata = np.repeat([0, 1, 2], [6, 24, 70])
    for train, valid in splits(100, strata=strata):
        assert set(strata[train]) == set(strata[valid]) == {0, 1, 2}
    rare = np.repeat([0, 1], [1, 99])
    assert all(len(valid) == 15 for _, valid in splits(100, strata=rare))


def test_groups_reach_the_training(monkeypatch):
    seen = []

    def spy(make, inputs, target, rows, *args, **settings):
        seen.extend(rows)
        raise InterruptedError

    monkeypatch.setattr("mcvn_utils.model.ensemble.train_members", spy)
    with pytest.raises(InterruptedError):
        regressor(n_members=4).fit(STEEL, TARGETS, groups=HEATS)
    heats = HEATS.to_numpy()
    assert len(seen) == 4
    assert all(set(heats[train]).isdisjoint(heats[valid]) for train, valid in seen)


def test_a_table_is_parsed_and_densified_once_per_fit(monkeypatch):
    parsed, densified = [], []

    def read(text, convention="auto", original=conversion.read_formula):
        parsed.append(text)
        return original(text, convention)

    def transform(self, X, original=CompositionDescriptor.transform):
        densified.append(len(X))
        return original(self, X)

    monkeypatch.setattr(conversion, "read_formula", read)
    monkeypatch.setattr(CompositionDescriptor, "transform", transform)
    model = MCVNClassifier(**BY_PIECES).fit(GLASSES, CLASSES)
    assert parsed == GLASSES["formula"].tolist() and densified == [len(GLASSES)]
    model.predict(GLASSES)
    assert parsed == 2 * GLASSES["formula"].tolist() and densified == 2 * [len(GLASSES)]
