"""The baselines choose their settings honestly: on training rows alone, split as the folds are."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import f1_score, r2_score
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

from mcvn_utils import load_metallic_glass, load_nims_steel
from mcvn_utils.evaluation.baselines import BASELINES, FEATURE_SETS, Baseline, make_baseline
from tools.measure import tuning
from tools.measure.tuning import CANDIDATES, candidates, chosen_settings, inner_split, tuned_baseline

NIMS, GLASS = load_nims_steel(), load_metallic_glass()
TRAIN, NEW = slice(0, 180), slice(180, 360)
SEEN = []


class Spy(Ridge):
    """Ridge that writes down the values of the first column that it sees."""

    def fit(self, X, y):
        SEEN.append(("fit", self.alpha, np.asarray(X)[:, 0]))
        return super().fit(X, y)

    def predict(self, X):
        SEEN.append(("predict", self.alpha, np.asarray(X)[:, 0]))
        return super().predict(X)


@pytest.fixture
def spy(monkeypatch):
    """A baseline "spy" with two candidates, whose first feature is the number of the row."""
    SEEN.clear()
    monkeypatch.setitem(BASELINES, "spy", Baseline(lambda seed: Spy(), None))
    monkeypatch.setitem(CANDIDATES, ("spy", "regression"), [{"alpha": 1e6}, {"alpha": 1e-3}])
    X = np.column_stack([np.arange(80.0), np.random.default_rng(0).normal(size=80)])
    return X, X[:, 1] + 0.01 * X[:, 0]


def test_the_search_never_sees_a_row_that_is_held_out(spy):
    X, y = spy
    model = tuned_baseline("spy", "regression", composition=None).fit(X[:60], y[:60])
    parts = {(what, alpha): set(rows) for what, alpha, rows in SEEN[:-1]}
    fitted, judged = parts["fit", 1e6], parts["predict", 1e6]
    assert len(fitted) == 45 and len(judged) == 15 and fitted | judged == set(range(60))
    assert parts["fit", 1e-3] == fitted and parts["predict", 1e-3] == judged
    assert SEEN[-1][:2] == ("fit", 1e-3) and set(SEEN[-1][2]) == set(range(60))  # the better one, on all training rows
    assert chosen_settings(model) == {"alpha": 1e-3}
    SEEN.clear()
    model.predict(X[60:])
    assert [what for what, *_ in SEEN] == ["predict"]


def test_the_search_keeps_groups_whole_where_groups_are_held_out(spy):
    X, y = spy
    groups = np.arange(80) // 4
    tuned_baseline("spy", "regression", by_group=True, composition=None).fit(X, y, search__groups=groups)
    parts = {what: set(groups[rows.astype(int)]) for what, alpha, rows in SEEN[:-1]}
    assert parts["fit"].isdisjoint(parts["predict"]) and len(parts["predict"]) == 5
    with pytest.raises(ValueError, match="groups"):
        tuned_baseline("spy", "regression", by_group=True, composition=None).fit(X, y)


def test_inner_splits_are_drawn_as_the_folds_are():
    assert isinstance(inner_split("regression", False), ShuffleSplit)
    assert isinstance(inner_split("classification", False), StratifiedShuffleSplit)
    assert isinstance(inner_split("regression", True), GroupShuffleSplit)
    assert isinstance(inner_split("classification", True), GroupShuffleSplit)
    ((_, test),) = inner_split("classification", False).split(np.zeros(40), ["a"] * 8 + ["b"] * 32)
    assert len(test) == 10 and (test < 8).sum() == 2


def test_the_search_maximises_the_average_r2_and_the_macro_f1():
    settings = [{"ridge": 0.3}, {"ridge": 1e5}]
    model = tuned_baseline("edRVFL", "regression", settings=settings, **NIMS.composition)
    model.fit(NIMS.X[TRAIN], NIMS.y[TRAIN])
    train, test = next(inner_split("regression", False).split(NIMS.X[TRAIN]))
    alone = make_baseline("edRVFL", "regression", **NIMS.composition).fit(NIMS.X.iloc[train], NIMS.y.iloc[train])
    wanted = r2_score(NIMS.y.iloc[test], alone.predict(NIMS.X.iloc[test]))
    assert model["search"].cv_results_["mean_test_score"][0] == pytest.approx(wanted, abs=1e-6)
    assert chosen_settings(model) == {"ridge": 0.3}
    X, y = GLASS.X[::20], GLASS.y[::20]
    model = tuned_baseline("edRVFL", "classification", settings=settings, **GLASS.composition).fit(X, y)
    train, test = next(inner_split("classification", False).split(X, y))
    guess = model["search"].best_estimator_  # of all training rows, so that only the scorer is looked at
    scorer = model["search"].scorer_
    numbers = model["features"].transform(X.iloc[test])
    assert scorer(guess, numbers, y.iloc[test]) == f1_score(y.iloc[test], guess.predict(numbers), average="macro")


def test_a_tuned_baseline_is_the_baseline_with_the_settings_that_it_chose():
    settings = [{"ridge": 0.01, "weight_scale": 3.0}]
    tuned = tuned_baseline("edRVFL", "regression", "E&P", settings=settings, **NIMS.composition)
    plain = make_baseline("edRVFL", "regression", "E&P", **NIMS.composition)
    plain[-1].set_params(**settings[0])
    tuned, plain = (model.fit(NIMS.X[TRAIN], NIMS.y[TRAIN]).predict(NIMS.X[NEW]) for model in (tuned, plain))
    assert np.allclose(tuned, plain)


# The candidates


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize(("name", "task"), list(CANDIDATES))
def test_every_candidate_fits_its_baseline_and_is_told_as_json(name, task, features):
    for needed in {"XGBoost": ["xgboost"], "attention network": ["torch"]}.get(name, []):
        pytest.importorskip(needed)
    listed = candidates(name, task, features)
    assert 2 <= len(listed) <= 4 and len({json.dumps(c, sort_keys=True) for c in listed}) == len(listed)
    search = tuned_baseline(name, task, features, composition=None)["search"]
    for grid in search.param_grid:
        ready = search.estimator.set_params(**{key: value for key, (value,) in grid.items()})
        assert {1, None} >= {value for key, value in ready.get_params().items() if key.endswith("n_jobs")}


def test_every_baseline_has_candidates_for_each_of_its_tasks():
    tasks = {(name, "regression") for name, entry in BASELINES.items() if entry.regressor}
    tasks |= {(name, "classification") for name, entry in BASELINES.items() if entry.classifier}
    assert tasks == set(CANDIDATES)


def test_xgboost_chooses_for_one_target_and_for_classes():
    pytest.importorskip("xgboost")
    few = [{"n_estimators": 5, "max_depth": d, "tree_method": "exact"} for d in (1, 4)]
    model = tuned_baseline("XGBoost", "regression", settings=few, **NIMS.composition)
    model.fit(NIMS.X[TRAIN], NIMS.y["hardness"][TRAIN])
    assert model.predict(NIMS.X[NEW]).shape == (180,) and chosen_settings(model) == few[1]
    X = pd.DataFrame({"a": np.arange(60.0), "b": np.tile([0.0, 1.0], 30)})
    y = np.where((X["a"] > 30) ^ (X["b"] > 0), "glass", "crystal")
    model = tuned_baseline("XGBoost", "classification", settings=few, composition=None).fit(X, y)
    assert chosen_settings(model)["max_depth"] == 4 and model.score(X, y) > 0.9


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_shape_of_kernel_learns_a_smooth_curve():
    random = np.random.default_rng(0)
    X = np.column_stack([np.linspace(0, 6, 60), random.normal(0, 0.1, 60)])
    y = np.sin(X[:, 0]) + random.normal(0, 0.1, 60)
    for setting in candidates("Gaussian process", "regression", "O"):
        model = tuned_baseline("Gaussian process", "regression", settings=[setting], composition=None)
        assert model.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9, setting


def test_an_error_in_a_candidate_is_not_passed_over():
    model = tuned_baseline("edRVFL", "regression", settings=[{"ridge": -1.0}, {"ridge": 1.0}], **NIMS.composition)
    with pytest.raises(ValueError, match="ridge must be above 0"):
        model.fit(NIMS.X[TRAIN], NIMS.y[TRAIN])
    with pytest.raises(ValueError, match="baseline must be one of"):
        tuned_baseline("boosted trees", "regression")
    assert tuning.SCORING.keys() == {"regression", "classification"}
