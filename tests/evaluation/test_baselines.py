"""The peers do their task on the paper's feature sets, and learn everything from the training rows alone."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import Ridge

from mcvn_utils import load_maraging_steel, load_metallic_glass, load_nims_steel
from mcvn_utils.composition.conversion import fractions
from mcvn_utils.descriptors.descriptor import CompositionDescriptor
from mcvn_utils.evaluation.baselines import BASELINES, FeatureSet, NamedClasses, PerTarget, make_baseline
from mcvn_utils.evaluation.edrvfl import EdRVFLClassifier, EdRVFLRegressor

NIMS, GLASS = load_nims_steel(), load_metallic_glass()
ROWS, NEW = slice(0, 360, 6), slice(1, 360, 24)
GLASS_ROWS, GLASS_NEW = slice(0, None, 60), slice(7, None, 300)

# Fewer trees, steps and members than the registry's, for the slow ones.
QUICK = {
    "random forest": {"n_estimators": 15, "n_jobs": 1},
    "extra trees": {"n_estimators": 15, "n_jobs": 1},
    "attention network": {"n_members": 1, "steps": 3, "batch_size": 16, "device": "cpu"},
}
EXTRA = {"XGBoost": "xgboost", "attention network": "torch"}


def baseline(name, task, features, table, **settings):
    if name in EXTRA:
        pytest.importorskip(EXTRA[name])
    model = make_baseline(name, task, features, **table.composition)
    last = model.steps[-1][1]
    if name == "XGBoost":
        last.estimator.set_params(n_estimators=10, n_jobs=1)
    last.set_params(**QUICK.get(name, {}), **settings)
    return model


# Every entry of the registry


@pytest.mark.parametrize("features", ["O", "E", "E&P"])
@pytest.mark.parametrize("name", [name for name, entry in BASELINES.items() if entry.regressor])
def test_each_regressor_learns_steel(name, features):
    model = baseline(name, "regression", features, NIMS).fit(NIMS.X[ROWS], NIMS.y[ROWS])
    guess = model.predict(NIMS.X[NEW])
    assert guess.shape == NIMS.y[NEW].shape and np.isfinite(guess).all()
    mean = NIMS.y[ROWS].mean()
    if name != "attention network":  # its 3 steps are too few
        assert (((guess - NIMS.y[NEW]) ** 2).mean() < ((mean - NIMS.y[NEW]) ** 2).mean()).all()


@pytest.mark.parametrize("features", ["O", "E", "E&P"])
@pytest.mark.parametrize("name", [name for name, entry in BASELINES.items() if entry.classifier])
def test_each_classifier_learns_glass(name, features):
    model = baseline(name, "classification", features, GLASS).fit(GLASS.X[GLASS_ROWS], GLASS.y[GLASS_ROWS])
    guess = model.predict(GLASS.X[GLASS_NEW])
    assert guess.shape == (len(GLASS.X[GLASS_NEW]),) and set(guess) <= {"BMG", "RMG", "CRA"}
    assert len(set(model.predict(GLASS.X[GLASS_ROWS]))) > 1 or name == "attention network"


@pytest.mark.parametrize("name", [name for name, entry in BASELINES.items() if entry.regressor])
def test_one_target_alone_will_do(name):
    model = baseline(name, "regression", "O", NIMS).fit(NIMS.X[ROWS], NIMS.y["hardness"][ROWS])
    assert model.predict(NIMS.X[NEW]).shape == (15,)


@pytest.mark.parametrize("name", ["XGBoost", "edRVFL"])
def test_the_same_seed_gives_the_same_numbers(name):
    model = baseline(name, "regression", "O", NIMS)
    first, again = (clone(model).fit(NIMS.X[ROWS], NIMS.y[ROWS]).predict(NIMS.X[NEW]) for _ in range(2))
    assert np.array_equal(first, again)


def test_xgboost_takes_classes_of_any_name():
    xgboost = pytest.importorskip("xgboost")
    X = np.random.default_rng(0).normal(size=(60, 2))
    for names in (["glass", "crystal"], [7, 3], [True, False]):
        y = np.where(X[:, 0] > 0, *names)
        model = NamedClasses(xgboost.XGBClassifier(n_estimators=10, n_jobs=1, random_state=0)).fit(X, y)
        assert model.score(X, y) > 0.95
        assert np.array_equal(model.classes_[model.predict_proba(X).argmax(axis=1)], model.predict(X))


def test_one_model_a_target_is_one_model_a_target():
    X, Y = NIMS.X[ROWS].to_numpy(), NIMS.y[ROWS]
    together = PerTarget(Ridge()).fit(X, Y).predict(X)
    for k, name in enumerate(Y):
        assert np.allclose(together[:, k], Ridge().fit(X, Y[name]).predict(X))
        assert np.allclose(together[:, k], PerTarget(Ridge()).fit(X, Y[name]).predict(X))


@pytest.mark.parametrize("name", ["random forest", "edRVFL"])
def test_rows_in_another_order_are_refused(name):
    model = baseline(name, "regression", "O", NIMS)
    with pytest.raises(ValueError, match="in another order"):
        model.fit(NIMS.X[ROWS], NIMS.y[ROWS][::-1])
    with pytest.raises(ValueError, match="in another order"):
        EdRVFLRegressor().fit(NIMS.X[ROWS], NIMS.y[ROWS][::-1])
    with pytest.raises(ValueError, match="in another order"):
        EdRVFLClassifier().fit(NIMS.X[ROWS], NIMS.groups[ROWS][::-1])


# The feature sets


def test_original_features_are_the_columns_that_change():
    table = FeatureSet("O", **NIMS.composition).fit_transform(NIMS.X[ROWS])
    pd.testing.assert_frame_equal(table, NIMS.X[ROWS].astype(float))
    constant = NIMS.X[ROWS].assign(P=0.02)
    assert "P" not in FeatureSet("O", **NIMS.composition).fit(constant).get_feature_names_out()


def test_original_features_of_formulas_are_the_fractions_of_the_elements_met():
    X = pd.DataFrame({"formula": ["Cu50Zr50", "Cu60Zr40", "Fe80B20"], "rate": [1.0, 2.0, 3.0]})
    table = FeatureSet("O").fit_transform(X)
    assert list(table.columns) == ["B", "Fe", "Cu", "Zr", "rate"]
    assert table.loc[1].tolist() == pytest.approx([0, 0, 0.6, 0.4, 2.0])


def test_expanded_features_are_the_descriptors_instead_of_the_composition():
    names = CompositionDescriptor().get_feature_names_out()
    table = FeatureSet("E", **NIMS.composition).fit_transform(NIMS.X[ROWS])
    process = [name for name in NIMS.X.columns if name not in NIMS.composition["composition"]]
    assert set(table.columns) <= {*names, *process} and "C" not in table.columns
    assert len(table.columns) > 200 and set(process) <= set(table.columns)
    glass = FeatureSet("E").fit_transform(GLASS.X[GLASS_ROWS])
    dense = pd.DataFrame(CompositionDescriptor().transform(fractions(GLASS.X["formula"][GLASS_ROWS])), columns=names)
    assert np.array_equal(glass["ave:atomic_number"], dense["ave:atomic_number"])


def test_features_come_out_by_name_in_whatever_order_they_stand():
    features = FeatureSet("E", **NIMS.composition).fit(NIMS.X[ROWS])
    turned = features.transform(NIMS.X[NEW][NIMS.X.columns[::-1]])
    pd.testing.assert_frame_equal(turned, features.transform(NIMS.X[NEW]))


def test_without_a_composition_raw_features_stand_alone():
    X = np.random.default_rng(0).normal(size=(20, 3))
    assert np.array_equal(FeatureSet(composition=None).fit_transform(X), X)


# Nothing is learned from the rows to predict


def test_principal_components_are_those_of_the_training_rows():
    model = baseline("edRVFL", "regression", "E&P", NIMS).fit(NIMS.X[ROWS], NIMS.y[ROWS])
    pca, before = model["pca"], model[:2].transform(NIMS.X[ROWS])
    scaled = (before - before.mean(axis=0)) / before.std(axis=0)
    assert np.allclose(pca.mean_, 0, atol=1e-9)
    singular = np.linalg.svd(scaled, compute_uv=False)
    shares = singular**2 / (singular**2).sum()
    assert np.allclose(pca.explained_variance_ratio_, shares[: pca.n_components_], atol=1e-9)
    assert shares[: pca.n_components_].sum() >= 0.99 > shares[: pca.n_components_ - 1].sum()
    components = pca.components_.copy()
    model.predict(NIMS.X[NEW])
    assert np.array_equal(pca.components_, components)


@pytest.mark.parametrize("features", ["O", "E", "E&P"])
def test_a_prediction_does_not_depend_on_the_other_rows(features):
    model = baseline("edRVFL", "regression", features, NIMS).fit(NIMS.X[ROWS], NIMS.y[ROWS])
    together = model.predict(NIMS.X[NEW])
    alone = np.concatenate([model.predict(NIMS.X[NEW].iloc[[k]]) for k in range(len(together))])
    assert np.allclose(alone, together)


def test_gaps_are_filled_with_the_mean_of_the_training_rows():
    model = baseline("edRVFL", "classification", "E", GLASS).fit(GLASS.X[GLASS_ROWS], GLASS.y[GLASS_ROWS])
    trained = model["featureset"].transform(GLASS.X[GLASS_ROWS])
    assert trained.isna().any().any()
    assert np.allclose(model["simpleimputer"].statistics_, trained.mean())
    assert np.isfinite(model[:2].transform(GLASS.X)).all()


# What a user may get wrong


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("boosted trees", "regression", "O"), "baseline must be one of random forest, .*XGBoost.*'boosted trees'"),
        (("XGBoost", "ranking", "O"), "task must be one of regression, classification, not 'ranking'"),
        (("XGBoost", "regression", "P"), "features must be one of O, E, E&P, not 'P'"),
        (("Gaussian process", "classification", "O"), "not built for classification"),
    ],
)
def test_an_unknown_name_is_an_error_that_lists_the_known(arguments, words):
    with pytest.raises(ValueError, match=words):
        make_baseline(*arguments)


def test_mistakes_in_the_table_are_named():
    features = FeatureSet("O", **NIMS.composition).fit(NIMS.X)
    with pytest.raises(ValueError, match="lacks the column 'reduction_ratio'"):
        features.transform(NIMS.X.drop(columns="reduction_ratio"))
    with pytest.raises(ValueError, match="no column 'C'"):
        features.transform(NIMS.X.drop(columns="C"))
    with pytest.raises(ValueError, match="nothing to learn"):
        FeatureSet(composition=None).fit(np.ones((5, 2)))
    with pytest.raises(ValueError, match="'O' or 'E', not 'E&P'"):
        FeatureSet("E&P", **NIMS.composition).fit(NIMS.X)


def test_without_xgboost_the_way_to_get_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(ImportError, match=r"pip install 'mcvn-tutorial\[baselines\]'"):
        make_baseline("XGBoost", "regression", "O")


def test_the_other_baselines_need_no_torch():
    code = (
        "import sys\n"
        "from mcvn_utils import load_maraging_steel\n"
        "from mcvn_utils.evaluation.baselines import make_baseline\n"
        "t = load_maraging_steel(); m = make_baseline('edRVFL', 'regression', 'O', **t.composition)\n"
        "print(m.fit(t.X, t.y).score(t.X, t.y) > 0.5, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False"]


def test_the_registrys_forest_beats_the_mean_on_unseen_steels():
    steel = load_maraging_steel()
    train, test = np.arange(312) % 4 != 0, np.arange(312) % 4 == 0
    model = make_baseline("extra trees", "regression", "E", **steel.composition)
    assert isinstance(model[-1], ExtraTreesRegressor)
    model[-1].set_params(n_estimators=40)
    assert model.fit(steel.X[train], steel.y[train]).score(steel.X[test], steel.y[test]) > 0.5
