"""The estimators keep scikit-learn's promises, tell users what is wrong, and come back from a file as they were."""

import json
import pickle
import struct

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mcvn_utils import MCVNClassifier, MCVNRegressor, load_metallic_glass, load_nims_steel
from mcvn_utils.model.ensemble import validation_rows
from mcvn_utils.model.storage import ModelFileError

TINY = {"n_members": 2, "steps": 30, "hidden": 16, "device": "cpu", "elements": False}
TINIEST = {**TINY, "steps": 8, "picture": False}

NIMS = load_nims_steel()
STEEL = NIMS.X.iloc[:60]
TARGETS = NIMS.y.iloc[:60]
HEATS = NIMS.groups.iloc[:60]
GLASS = load_metallic_glass().X.iloc[::90]
CLASSES = load_metallic_glass().y.iloc[::90]


def regressor(**settings) -> MCVNRegressor:
    return MCVNRegressor(**{**NIMS.composition, **TINIEST, **settings})


def classifier(**settings) -> MCVNClassifier:
    return MCVNClassifier(**{**TINY, **settings})


@pytest.fixture(scope="module")
def steel_model() -> MCVNRegressor:
    return regressor(**TINY).fit(STEEL, TARGETS)


@pytest.fixture(scope="module")
def glass_model() -> MCVNClassifier:
    return classifier(elements=True, steps=15).fit(GLASS, CLASSES)


# What goes in and what comes out


def test_several_targets_give_a_column_each_and_one_target_gives_a_row(steel_model):
    assert steel_model.predict(STEEL).shape == (60, 4)
    one = regressor().fit(STEEL, TARGETS["hardness"])
    assert one.predict(STEEL).shape == (60,)
    assert regressor().fit(STEEL, TARGETS[["hardness"]]).predict(STEEL).shape == (60, 1)
    assert np.allclose(regressor().fit(STEEL, TARGETS["hardness"].tolist()).predict(STEEL), one.predict(STEEL))


def test_predictions_are_in_the_targets_units(steel_model):
    error = np.abs(steel_model.predict(STEEL) - TARGETS).mean()
    assert (error < TARGETS.std()).all()


def test_spread_is_that_of_the_members(steel_model):
    mean, spread = steel_model.predict(STEEL, return_std=True)
    members = steel_model._outputs(STEEL) * TARGETS.to_numpy().std(axis=0) + TARGETS.to_numpy().mean(axis=0)
    assert members.shape == (2, 60, 4) and spread.shape == (60, 4)
    assert np.allclose(mean, members.mean(axis=0), rtol=1e-5)
    assert np.allclose(spread, members.std(axis=0), rtol=1e-3)
    assert np.array_equal(mean, steel_model.predict(STEEL))
    assert (regressor(n_members=1).fit(STEEL, TARGETS).predict(STEEL, return_std=True)[1] == 0).all()


def test_the_unit_of_the_target_changes_nothing_but_the_unit():
    in_mpa = regressor().fit(STEEL, TARGETS["tensile_strength"]).predict(STEEL)
    in_pa = regressor().fit(STEEL, 1e6 * TARGETS["tensile_strength"]).predict(STEEL)
    assert np.allclose(in_pa, 1e6 * in_mpa, rtol=1e-4)


def test_probabilities_are_shares_in_the_order_of_the_classes(glass_model):
    shares = glass_model.predict_proba(GLASS)
    assert list(glass_model.classes_) == ["BMG", "CRA", "RMG"]
    assert shares.shape == (len(GLASS), 3) and (shares >= 0).all() and np.allclose(shares.sum(axis=1), 1)
    assert np.array_equal(glass_model.predict(GLASS), glass_model.classes_[shares.argmax(axis=1)])


def test_probabilities_are_the_members_mean(glass_model):
    logits = torch.tensor(glass_model._outputs(GLASS))
    assert np.allclose(logits.softmax(-1).mean(0), glass_model.predict_proba(GLASS), atol=1e-6)


def test_prediction_goes_by_chunks_and_comes_out_the_same(glass_model, monkeypatch):
    whole = glass_model.predict_proba(GLASS)
    monkeypatch.setattr("mcvn_utils.model.ensemble.CHUNK", 7)
    assert np.allclose(glass_model.predict_proba(GLASS), whole, atol=1e-6)
    with pytest.raises(ValueError, match="row 999"):
        glass_model.predict(pd.concat([GLASS, pd.DataFrame({"formula": ["Fe80Q20"]}, index=[999])]))


def test_validation_predictions_come_from_members_that_did_not_see_the_row():
    model = regressor(validation_fraction=0.5)
    weight = np.ones(60)
    weight[3] = 0
    model.fit(STEEL, TARGETS, sample_weight=weight)
    seen = model.validation_prediction_
    assert seen.shape == (60, 4) and np.isnan(seen[3]).all()
    aside = np.isfinite(seen[:, 0])
    kept = np.delete(np.arange(60), 3)
    rows = validation_rows(59, 2, 0.5, None, None, int(np.random.RandomState(0).randint(2**31)))
    assert set(np.flatnonzero(aside)) == set(kept[np.concatenate([valid for _, valid in rows])])
    only = [k for k, (_, valid) in enumerate(rows) if 10 in valid]
    if len(only) == 1:
        alone = model._outputs(STEEL.iloc[[kept[10]]])[only[0], 0] * model.target_scale_ + model.target_mean_
        assert np.allclose(seen[kept[10]], alone, rtol=1e-5)


def test_logit_adjustment_favours_the_rare_class_by_the_formula_and_leaves_probabilities_alone():
    plain = classifier(steps=15).fit(GLASS, CLASSES)
    adjusted = classifier(steps=15, logit_adjustment=1.0).fit(GLASS, CLASSES)
    proba = plain.predict_proba(GLASS)
    assert np.array_equal(adjusted.predict_proba(GLASS), proba)
    prior = CLASSES.value_counts(normalize=True)[plain.classes_].to_numpy()
    by_hand = plain.classes_[(proba / prior).argmax(axis=1)]
    assert np.array_equal(adjusted.predict(GLASS), by_hand)
    rarest = plain.classes_[prior.argmin()]
    assert (by_hand == rarest).sum() >= (plain.predict(GLASS) == rarest).sum()


def test_logit_adjustment_chosen_on_validation_rows_is_no_worse_there(tmp_path):
    model = classifier(steps=15, logit_adjustment="validation", validation_fraction=0.4).fit(GLASS, CLASSES)
    aside = np.isfinite(model.validation_proba_[:, 0])
    log, true = np.log(model.validation_proba_[aside]), CLASSES.to_numpy()[aside]
    chosen, plain = (model.classes_[(log - a).argmax(axis=1)] for a in (model.adjustment_, 0))
    assert f1_score(true, chosen, average="macro") >= f1_score(true, plain, average="macro")
    loaded = MCVNClassifier.load(model.save(tmp_path / "glass"))
    assert np.array_equal(loaded.predict(GLASS), model.predict(GLASS))


@pytest.mark.parametrize("labels", [["glass", "crystal"], [7, 3], [True, False], [0.0, 1.0]])
def test_classes_may_have_any_names(labels):
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = np.where(X[:, 0] > 0, labels[0], labels[1])
    model = classifier(composition=None, steps=40, learning_rate=0.02).fit(X, y)
    assert model.score(X, y) > 0.8
    assert set(model.predict(X)) == set(model.classes_) == set(labels)


def test_columns_are_found_by_name(steel_model):
    assert np.array_equal(steel_model.predict(STEEL[STEEL.columns[::-1]]), steel_model.predict(STEEL))
    assert list(steel_model.feature_names_in_) == list(STEEL.columns) and steel_model.n_features_in_ == 16


def test_rows_are_predicted_one_by_one_as_all_together(steel_model, glass_model):
    one_by_one = np.concatenate([steel_model.predict(STEEL.iloc[[k]]) for k in range(6)])
    assert np.allclose(one_by_one, steel_model.predict(STEEL)[:6], rtol=1e-4)
    assert np.allclose(glass_model.predict_proba(GLASS[5:6]), glass_model.predict_proba(GLASS)[5:6], atol=1e-5)


@pytest.mark.parametrize("network", ["attending", "published", "attention"])
def test_every_network_trains_on_a_real_table(network):
    own = {"picture": network != "attention", "hidden": 16 if network == "attending" else "auto"}
    model = regressor(network=network, **own).fit(STEEL, TARGETS)
    assert np.isfinite(model.predict(STEEL)).all()


# Seeds


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(glass_model):
    expected = glass_model.predict_proba(GLASS)
    assert np.array_equal(clone(glass_model).fit(GLASS, CLASSES).predict_proba(GLASS), expected)
    other = clone(glass_model).set_params(random_state=1).fit(GLASS, CLASSES)
    assert not np.allclose(other.predict_proba(GLASS), expected)


def test_without_a_seed_each_fit_starts_anew_and_leaves_torch_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first, second = (regressor(random_state=None).fit(STEEL, TARGETS).predict(STEEL) for _ in range(2))
    assert not np.allclose(first, second)
    assert torch.equal(torch.rand(1), expected)


# scikit-learn's tools


def test_settings_go_in_and_out_and_clone_is_not_fitted(steel_model):
    settings = steel_model.get_params()
    assert MCVNRegressor(**settings).get_params() == settings
    twin = clone(steel_model)
    assert twin.get_params() == settings and not hasattr(twin, "members_")
    assert twin.set_params(hidden=24).hidden == 24
    with pytest.raises(ValueError, match="Invalid parameter"):
        twin.set_params(hiden=24)


def test_settings_show_in_the_representation():
    assert repr(MCVNRegressor(hidden=24)) == "MCVNRegressor(hidden=24)"


def test_a_fitted_model_shows_its_sizes_too(steel_model):
    first, second = repr(steel_model).split("\n# sizes in force: ")
    assert first.startswith("MCVNRegressor(") and "hidden=16" in second and "preset='small'" in second


@pytest.mark.parametrize(
    "refused",
    [
        lambda model: model.fit(STEEL, TARGETS.assign(hardness=200.0)),
        lambda model: model.fit(STEEL.assign(C="much"), TARGETS + 1e5),
        lambda model: model.set_params(network="deep").fit(STEEL, TARGETS + 1e5),
        lambda model: model.set_params(preset="huge").fit(STEEL[["C"]], TARGETS["hardness"]),
        lambda model: model.fit(STEEL, TARGETS + 1e5, groups=["H"] * 60),
    ],
)
def test_a_refused_fit_leaves_the_model_as_it_was(steel_model, refused, tmp_path):
    model = pickle.loads(pickle.dumps(steel_model))
    before = {name: id(value) for name, value in vars(model).items() if name.endswith("_")}
    with pytest.raises(ValueError):
        refused(model)
    assert {name: id(value) for name, value in vars(model).items() if name.endswith("_")} == before
    assert np.array_equal(model.predict(STEEL), steel_model.predict(STEEL))
    assert np.array_equal(MCVNRegressor.load(model.save(tmp_path / "m")).predict(STEEL), steel_model.predict(STEEL))


def test_pickle_keeps_the_predictions(steel_model, glass_model):
    assert np.array_equal(pickle.loads(pickle.dumps(steel_model)).predict(STEEL), steel_model.predict(STEEL))
    again = pickle.loads(pickle.dumps(glass_model))
    assert np.array_equal(again.predict_proba(GLASS), glass_model.predict_proba(GLASS))


def test_cross_validation_and_grid_search_and_pipeline():
    scores = cross_val_score(regressor(), STEEL, TARGETS, groups=HEATS, cv=GroupKFold(2))
    assert scores.shape == (2,) and np.isfinite(scores).all()
    drop = FunctionTransformer(pd.DataFrame.drop, kw_args={"columns": "reduction_ratio"})
    search = GridSearchCV(make_pipeline(drop, regressor()), {"mcvnregressor__hidden": [8, 16]}, cv=2)
    best = search.fit(STEEL, TARGETS).best_estimator_
    assert search.predict(STEEL).shape == (60, 4)
    assert best[-1].n_features_in_ == 15


def test_cross_validation_of_classes_keeps_them_apart():
    assert np.isfinite(cross_val_score(classifier(steps=8), GLASS, CLASSES, cv=2)).all()


# Which rows each member validates on


# Weights


def test_rows_of_weight_zero_are_as_if_left_out():
    weight = pd.Series(1.0, index=STEEL.index)
    weight.iloc[45:] = 0.0
    spoiled = TARGETS.copy()
    spoiled.iloc[45:] *= 100
    left_out = regressor().fit(STEEL[:45], TARGETS[:45]).predict(STEEL)
    assert np.allclose(regressor().fit(STEEL, spoiled, sample_weight=weight).predict(STEEL), left_out, rtol=1e-4)


def test_equal_weights_are_no_weights_and_others_count():
    plain = regressor().fit(STEEL, TARGETS).predict(STEEL)
    assert np.allclose(regressor().fit(STEEL, TARGETS, sample_weight=[2.0] * 60).predict(STEEL), plain, rtol=1e-4)
    uneven = regressor().fit(STEEL, TARGETS, sample_weight=np.linspace(0.1, 10, 60)).predict(STEEL)
    assert not np.allclose(uneven, plain, rtol=1e-4)


def test_balanced_classes_are_weights_by_hand():
    counts = CLASSES.value_counts()
    weight = CLASSES.map(len(CLASSES) / (3 * counts)).to_numpy()
    by_hand = classifier(steps=8).fit(GLASS, CLASSES, sample_weight=weight).predict_proba(GLASS)
    balanced = classifier(steps=8, class_weight="balanced").fit(GLASS, CLASSES).predict_proba(GLASS)
    assert np.allclose(balanced, by_hand, atol=1e-6)


# What a user may get wrong


def spoil(table, row, column, value):
    spoiled = table.copy()
    spoiled.iloc[row, spoiled.columns.get_loc(column)] = value
    return spoiled


MISTAKES = {
    "a constant target": (lambda: (STEEL, TARGETS.assign(hardness=200.0)), ["hardness", "same value", "60 rows"]),
    "a gap in a target": (
        lambda: (STEEL, spoil(TARGETS, 17, "hardness", np.nan)),
        ["NaN", repr(STEEL.index[17]), "drop these rows"],
    ),
    "targets of other rows": (lambda: (STEEL, TARGETS[:59]), ["X has 60 rows", "59", "same order"]),
    "too few rows": (lambda: (STEEL[:4], TARGETS[:4]), ["4", "too few", "at least 5"]),
    "no rows": (lambda: (STEEL[:0], TARGETS[:0]), ["0"]),
    "a gap in X": (lambda: (spoil(STEEL, 17, "reduction_ratio", np.nan), TARGETS), ["reduction_ratio", "fill it in"]),
    "no target": (lambda: (STEEL, None), ["y"]),
    "too few weights": (lambda: (STEEL, TARGETS, np.ones(59)), ["sample_weight", "59"]),
    "negative weights": (lambda: (STEEL, TARGETS, -np.ones(60)), ["sample_weight", "0 or more"]),
    "no weight": (lambda: (STEEL, TARGETS, np.zeros(60)), ["sample_weight", "zero"]),
    "too few groups": (lambda: (STEEL, TARGETS, None, HEATS[:59]), ["groups", "59"]),
    "one group": (lambda: (STEEL, TARGETS, None, ["H"] * 60), ["at least two groups"]),
    "a group without name": (lambda: (STEEL, TARGETS, None, [None, *HEATS[1:]]), ["groups", "each row"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_data_is_a_value_error_that_says_so(mistake):
    make, words = MISTAKES[mistake]
    with pytest.raises(ValueError) as caught:
        regressor().fit(*make())
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"network": "deep"}, ["'attending', 'published', 'attention'", "'deep'"]),
        ({"n_members": 0}, ["n_members", "1 or more", "0"]),
        ({"steps": 0}, ["steps", "1 or more"]),
        ({"batch_size": 0}, ["batch_size", "1 or more"]),
        ({"hidden": 2.5}, ["hidden", "whole number"]),
        ({"validation_fraction": 1.5}, ["validation_fraction", "between 0 and 1"]),
        ({"device": "gpu"}, ["device", "'cpu'", "'gpu'"]),
        ({"unit": "mol%"}, ["'wt%' or 'at%'"]),
        ({"balance": "Xx"}, ["Xx"]),
        ({"network": "published", "hidden": "auto", "picture": False}, ["published", "picture"]),
        ({"network": "published", "hidden": "auto", "picture": "periodic"}, ["published", "24 x 21"]),
        ({"picture": "cells"}, ["picture", "'periodic'", "'cells'"]),
        ({"network": "attention", "hidden": "auto", "raw": False, "picture": True}, ["attention", "raw"]),
        ({"raw": False}, ["nothing is left"]),
        ({"preset": "huge"}, ["preset", "'small', 'large'", "'huge'"]),
        ({"preset": 3}, ["preset", "3"]),
    ],
)
def test_a_wrong_setting_is_a_value_error_that_names_it(setting, words):
    with pytest.raises(ValueError) as caught:
        regressor(**setting).fit(STEEL, TARGETS)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a GPU")
def test_a_device_that_is_not_there_is_a_value_error():
    with pytest.raises(ValueError, match=r"'cuda'.*'cpu'"):
        regressor(device="cuda").fit(STEEL, TARGETS)


@pytest.mark.parametrize(
    ("formula", "words"), [("Fe80Xx20", ["'Xx' is no element", "Xe"]), ("Am80Fe20", ["'Am'", "plutonium"])]
)
def test_a_bad_formula_is_named_with_its_row_in_training_and_in_use(glass_model, formula, words):
    spoiled = spoil(GLASS, 17, "formula", formula)
    for use in (lambda: classifier().fit(spoiled, CLASSES), lambda: glass_model.predict(spoiled)):
        with pytest.raises(ValueError) as caught:
            use()
        assert [word for word in [GLASS.index[17], *words] if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (["BMG"] * len(GLASS), ["one class", "'BMG'"]),
        ([None, *CLASSES[1:]], ["no class", repr(GLASS.index[0])]),
        (CLASSES[1:], ["X has 72 rows", "71"]),
        (np.linspace(0, 1, len(GLASS)), ["continuous"]),
    ],
)
def test_classes_that_cannot_be_learned_are_a_value_error(y, words):
    with pytest.raises(ValueError) as caught:
        classifier().fit(GLASS, y)
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_wrong_logit_adjustment_is_a_value_error():
    with pytest.raises(ValueError, match="logit_adjustment must be None, 'validation' or a number, not 'auto'"):
        classifier(logit_adjustment="auto").fit(GLASS, CLASSES)


@pytest.mark.parametrize("use", ["predict", "save"])
def test_a_model_that_is_not_fitted_says_so(use, tmp_path):
    for model in (regressor(), classifier()):
        with pytest.raises(NotFittedError):
            getattr(model, use)(tmp_path / "model" if use == "save" else STEEL)


# Files


def header(path) -> dict:
    """The safetensors header of a file: 8 bytes of length, then JSON."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length])


def test_a_loaded_model_predicts_to_the_last_digit(steel_model, glass_model, tmp_path):
    again = MCVNRegressor.load(steel_model.save(tmp_path / "steel.safetensors"), device="cpu")
    for mine, theirs in zip(
        again.predict(STEEL, return_std=True), steel_model.predict(STEEL, return_std=True), strict=True
    ):
        assert np.array_equal(mine, theirs)
    assert again.get_params() == steel_model.get_params()
    assert again.target_names_ == list(TARGETS.columns)
    again = MCVNClassifier.load(glass_model.save(tmp_path / "glass.safetensors"), device="cpu")
    assert np.array_equal(again.predict_proba(GLASS), glass_model.predict_proba(GLASS))
    assert np.array_equal(again.predict(GLASS), glass_model.predict(GLASS))


@pytest.mark.parametrize(
    "settings",
    [
        {"network": "published", "picture": True, "hidden": "auto"},
        {"network": "attention", "hidden": "auto"},
        {"picture": "periodic"},
    ],
)
def test_every_network_comes_back_from_its_file(settings, tmp_path):
    model = regressor(**settings).fit(STEEL, TARGETS)
    again = MCVNRegressor.load(model.save(tmp_path / "model.safetensors"), device="cpu")
    assert np.array_equal(again.predict(STEEL), model.predict(STEEL))


def test_a_model_of_an_array_comes_back_too(tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 3))
    model = classifier(composition=None, steps=8).fit(X, X[:, 0] > 0)
    again = MCVNClassifier.load(model.save(tmp_path / "model"), device="cpu")
    assert np.array_equal(again.predict(X), model.predict(X)) and again.predict(X).dtype == bool
    assert again.n_features_in_ == 3 and not hasattr(again, "feature_names_in_")


def test_a_loaded_model_can_be_saved_and_trained_again(glass_model, tmp_path):
    again = MCVNClassifier.load(glass_model.save(tmp_path / "one"), device="cpu")
    assert again.save(tmp_path / "two").read_bytes() == (tmp_path / "one").read_bytes()
    assert np.array_equal(again.fit(GLASS, CLASSES).predict_proba(GLASS), glass_model.predict_proba(GLASS))


def test_a_model_is_saved_as_it_was_trained_whatever_its_settings_say_since(tmp_path):
    model = classifier(class_weight={0: 1.0, 1: 3.0}).fit(GLASS, (CLASSES == "BMG").astype(int))
    proba = model.predict_proba(GLASS)
    model.set_params(hidden=99, picture=False)
    loaded = MCVNClassifier.load(model.save(tmp_path / "model"), device="cpu")
    assert np.array_equal(loaded.predict_proba(GLASS), proba)
    assert loaded.hidden == 16 and loaded.class_weight == {0: 1.0, 1: 3.0}


def test_the_file_holds_numbers_and_json_alone(steel_model, tmp_path):
    path = steel_model.save(tmp_path / "steel.safetensors")
    content = header(path)
    facts = json.loads(content.pop("__metadata__")["mcvn_tutorial"])
    assert facts["kind"] == "MCVNRegressor" and facts["settings"]["balance"] == "Fe"
    assert {entry["dtype"] for entry in content.values()} <= {"F32", "F64", "I32", "I64"}
    assert {name.split(".")[0] for name in content} <= {"inputs", "members", "forest"}
    assert b"sklearn" not in path.read_bytes() and not path.read_bytes().startswith((b"\x80", b"PK"))


def test_a_setting_that_is_no_plain_value_is_refused_before_anything_is_written(tmp_path):
    model = regressor(random_state=np.random.RandomState(0)).fit(STEEL, TARGETS)
    with pytest.raises(ValueError, match="random_state: a whole number"):
        model.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_other_class_names_the_right_one(steel_model, tmp_path):
    path = steel_model.save(tmp_path / "steel.safetensors")
    with pytest.raises(ModelFileError, match=r"this is a MCVNRegressor, .* use MCVNRegressor.load"):
        MCVNClassifier.load(path)


def test_a_file_whose_weights_do_not_fit_is_refused(steel_model, tmp_path):
    path = steel_model.save(tmp_path / "steel.safetensors")
    metadata, tensors = header(path)["__metadata__"], load_file(path)
    name = next(name for name in tensors if name.startswith("members.head"))
    for spoiled in ({k: v for k, v in tensors.items() if k != name}, {**tensors, name: torch.zeros(2, 3)}):
        save_file(spoiled, path, metadata=metadata)
        with pytest.raises(ModelFileError, match="train and save it again"):
            MCVNRegressor.load(path)
