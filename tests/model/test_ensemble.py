"""The ensemble: what goes into it by preset, which rows its members validate on, and what reaches the training."""

import copy
import pickle
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from mcvn_utils import (
    MCVNClassifier,
    MCVNRegressor,
    load_nims_steel,
)
from mcvn_utils.composition import conversion
from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.model import training
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


# A refused fit changes nothing

QUICK = {"n_members": 2, "steps": 4, "hidden": 8, "picture": False, "device": "cpu"}
TABLE = pd.DataFrame({"formula": GLASSES["formula"].tolist(), "u": np.arange(24.0)}, [f"g{k}" for k in range(24)])
NUMBERS = pd.Series(np.linspace(200, 300, 24), TABLE.index, name="hardness")
NAMES = pd.Series(CLASSES, TABLE.index)


def number_model(**settings) -> MCVNRegressor:
    return MCVNRegressor(**{**QUICK, **settings})


def class_model(**settings) -> MCVNClassifier:
    return MCVNClassifier(**{**QUICK, **settings})


@pytest.fixture(scope="module")
def fitted():
    return number_model().fit(TABLE, NUMBERS), class_model().fit(TABLE, NAMES)


def everything(model, path) -> tuple:
    """All that a user sees of a fitted model."""
    answer = model.predict_proba(TABLE) if hasattr(model, "classes_") else model.predict(TABLE)
    learned = {name: id(value) for name, value in vars(model).items() if name.endswith("_")}
    score = model.score(TABLE, NAMES if hasattr(model, "classes_") else NUMBERS)
    return answer.tobytes(), learned, score, model.save(path).read_bytes(), repr(model).split("#")[1]


REFUSED = {
    "a number that is none": lambda m, X, y: m.fit(X.assign(u="much"), y),
    "a bad formula": lambda m, X, y: m.fit(X.assign(formula="Fe80Xx20"), y),
    "other columns and a gap": lambda m, X, y: m.fit(X.assign(v=np.nan), y),
    "too few rows": lambda m, X, y: m.fit(X[:3], y[:3]),
    "one value": lambda m, X, y: m.fit(X, np.full(24, y.iloc[0])),
    "a gap in y": lambda m, X, y: m.fit(X, y.astype(object).where(y.index != "g3", None)),
    "dates": lambda m, X, y: m.fit(X, pd.Series(pd.date_range("2020", periods=24), X.index)),
    "no y": lambda m, X, y: m.fit(X, None),
    "another order": lambda m, X, y: m.fit(X, y[::-1]),
    "one group": lambda m, X, y: m.fit(X, y, groups=["x"] * 24),
    "no weight": lambda m, X, y: m.fit(X, y, sample_weight=np.zeros(24)),
    "an unknown network": lambda m, X, y: m.set_params(network="deep").fit(X, y),
    "a share above 1": lambda m, X, y: m.set_params(dropout=1.5).fit(X, y),
    "an unknown device": lambda m, X, y: m.set_params(device="gpu").fit(X, y),
    "an unknown preset": lambda m, X, y: m.set_params(preset="huge").fit(X, y),
    "nothing to read": lambda m, X, y: m.set_params(raw=False, elements=False, trees=False).fit(X, y),
    "a loss that is not finite": lambda m, X, y: m.set_params(learning_rate=1e30, steps=40).fit(X, y),
}


@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("kind", [0, 1])
def test_a_refused_fit_leaves_the_old_model_or_none(kind, refused, fitted, tmp_path):
    model, new = copy.deepcopy(fitted[kind]), clone(fitted[kind])
    y = (NUMBERS + 1e5, NAMES.map({"BMG": "x", "CRA": "y", "RMG": "z"}))[kind]
    before = everything(model, tmp_path / "a")
    for one in (model, new):
        with warnings.catch_warnings(), pytest.raises((ValueError, FloatingPointError)):
            warnings.simplefilter("ignore")  # of numbers that overflow on the way to the error
            REFUSED[refused](one, TABLE, y)
    assert everything(model, tmp_path / "b") == before
    for use in (new.predict, new.save):
        with pytest.raises(NotFittedError):
            use(TABLE if use == new.predict else tmp_path / "c")


@pytest.mark.parametrize("stage", ["learn_scaling", "predict", "_best_share", "_adjustment"])
def test_an_error_or_ctrl_c_at_any_stage_leaves_the_old_model(stage, fitted, tmp_path, monkeypatch):
    model = copy.deepcopy(fitted[1])
    before = everything(model, tmp_path / "a")

    def stop(*args, **settings):
        raise KeyboardInterrupt

    place = {
        "learn_scaling": "networks.MCVN.learn_scaling", "predict": "training.Members.predict",
        "_best_share": "ensemble._best_share", "_adjustment": "estimators.MCVNClassifier._adjustment",
    }[stage]  # fmt: skip
    monkeypatch.setattr(f"mcvn_utils.model.{place}", stop)
    with pytest.raises(KeyboardInterrupt):
        model.fit(TABLE, NAMES)
    monkeypatch.undo()
    assert everything(model, tmp_path / "b") == before


def test_a_fitted_model_predicts_by_what_it_learned_whatever_its_settings_say_since(fitted):
    for model in fitted:
        other = copy.deepcopy(model).set_params(network="published", raw=False, composition=None, trees=False, steps=1)
        assert np.array_equal(other.predict(TABLE), model.predict(TABLE))
        for again in (copy.copy(model), pickle.loads(pickle.dumps(model))):
            assert np.array_equal(again.predict(TABLE), model.predict(TABLE)) and repr(again) == repr(model)


def test_a_second_fit_leaves_nothing_of_the_first():
    arrays = NUMBERS.to_numpy()[:, None] * [1.0, 2.0]
    model = number_model(composition=None, trees=False).fit(
        pd.DataFrame(arrays, columns=["a", "b"]), NUMBERS.to_numpy()
    )
    with pytest.warns(UserWarning, match="X does not have valid feature names, but MCVNRegressor was fitted with feat"):
        model.predict(arrays)
    model.fit(arrays, NUMBERS)
    assert not hasattr(model, "feature_names_in_") and model.predict(arrays).shape == (24,)


# Rows in another order


def test_rows_in_another_order_are_refused_by_fit_and_score(fitted):
    for model, y in zip(fitted, (NUMBERS, NAMES), strict=True):
        turned = y.sample(frac=1, random_state=0)
        for wrong in ({"y": turned}, {"y": turned.to_frame()}, {"y": y, "sample_weight": pd.Series(1.0, turned.index)}):
            with pytest.raises(ValueError, match="the same row labels in another order"):
                clone(model).fit(TABLE, **wrong)
            with pytest.raises(ValueError, match="the same row labels in another order"):
                model.score(TABLE, **wrong)
        with pytest.raises(ValueError, match="X and groups carry"):
            clone(model).fit(TABLE, y, groups=turned)
        assert np.isfinite(model.score(TABLE, y)) and model.score(TABLE[::-1], y[::-1]) == model.score(TABLE, y)


# Settings


@pytest.mark.parametrize("value", [True, False])
def test_numpys_booleans_train_the_same_network(value):
    def predicted(kind):
        settings = {"picture": kind(value), "elements": kind(value), "trees": kind(value), "steps": np.int64(2)}
        model = number_model(**settings).fit(TABLE, NUMBERS)
        assert {type(setting) for setting in model.settings_.values()} <= {bool, int, float, str, type(None)}
        return model.predict(TABLE)

    assert np.array_equal(predicted(bool), predicted(np.bool_))


def test_a_class_that_has_no_weight_or_no_rows_is_refused():
    for weights in ({"BMG": 0}, {"CRA": -1}, {"BMG": np.inf}, {"BMG": np.nan}, dict.fromkeys(CLASSES, 1e-300)):
        with pytest.raises(ValueError, match="class_weight of"):
            class_model(class_weight=weights).fit(TABLE, NAMES)
    with pytest.raises(ValueError, match="not in class_weight"):
        class_model(class_weight={"BMGG": 2.0}).fit(TABLE, NAMES)
    every = {"BMG": 1.0, "CRA": 2.0, "RMG": 1.0, "rare": 3.0}  # a fold may lack a rare class
    two, one = class_model(class_weight=every), class_model(class_weight={"CRA": 2.0})  # a class left out weighs 1
    assert np.array_equal(two.fit(TABLE, NAMES).predict_proba(TABLE), one.fit(TABLE, NAMES).predict_proba(TABLE))


def test_a_list_keeps_its_gaps_and_kinds():
    for y, words in (
        ([None, *CLASSES[1:]], "no class"),
        ([np.nan, *CLASSES[1:]], "no class"),
        ([1, *CLASSES[1:]], "mixes"),
    ):
        with pytest.raises(ValueError, match=words):
            class_model().fit(TABLE, y)
    assert class_model().fit(TABLE, list(CLASSES)).classes_.dtype == np.array(CLASSES).dtype


@pytest.mark.parametrize("size", [1e-13, 2.0**-60, 1e100])
def test_a_target_of_any_size_trains_alike(size, fitted):
    model = number_model().fit(TABLE, size * NUMBERS)
    assert np.allclose(model.predict(TABLE) / size, fitted[0].predict(TABLE), rtol=1e-4)
    assert model.score(TABLE, size * NUMBERS) == pytest.approx(fitted[0].score(TABLE, NUMBERS), rel=1e-3, abs=1e-4)


def test_keep_best_is_asked_for_by_groups_and_by_the_other_networks():
    large = {"preset": "large"}
    assert not class_model(**large)._sizes(24, None)["keep_best"]
    assert class_model(**large)._sizes(24, np.arange(24))["keep_best"]
    assert MCVNClassifier(**large, network="attention")._sizes(24, None)["keep_best"]


# Ctrl-C


def test_an_interrupted_fold_warns_and_a_second_ctrl_c_ends_the_cross_validation(monkeypatch):
    calls, step, at = [0], torch.optim.AdamW.step, {3}

    def stopping(self, *args, **settings):
        calls[0] += 1
        if calls[0] in at:
            raise KeyboardInterrupt
        return step(self, *args, **settings)

    monkeypatch.setattr(training.torch.optim.AdamW, "step", stopping)
    with pytest.warns(UserWarning, match="Ctrl-C stopped the training after 2 of 4 steps"):
        assert np.isfinite(cross_val_score(number_model(trees=False), TABLE, NUMBERS, cv=3)).all()
    assert calls[0] == 3 + 4 + 4
    training._kept_at[0], calls[0] = -np.inf, 0
    monkeypatch.setattr(training, "AGAIN", 1e9)
    at.add(6)  # in the second fold
    with pytest.warns(UserWarning, match="Ctrl-C"), pytest.raises(KeyboardInterrupt):
        cross_val_score(number_model(trees=False), TABLE, NUMBERS, cv=3)


def test_whether_a_fit_was_interrupted_is_saved_and_forgotten_by_the_next(monkeypatch, tmp_path):
    model = number_model(trees=False)
    with monkeypatch.context() as patch:
        patch.setattr(training.Batches, "batches", broken_off(training.Batches.batches, 3))
        with pytest.warns(UserWarning, match="Ctrl-C"):
            model.fit(TABLE, NUMBERS)
    again = MCVNRegressor.load(model.save(tmp_path / "model"), device="cpu")
    for one in (model, again, pickle.loads(pickle.dumps(model))):
        assert one.interrupted_ is True and "training was interrupted" in repr(one)
    assert model.fit(TABLE, NUMBERS).interrupted_ is False and "interrupted" not in repr(model)


def broken_off(batches, after):
    def some(self, *args):
        for number, batch in enumerate(batches(self, *args)):
            if number == after:
                raise KeyboardInterrupt
            yield batch

    return some
