"""edRVFL solves what its papers say: fixed random layers, a ridge read-out for each, and their mean."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_circles, make_friedman1
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from mcvn_utils.evaluation.edrvfl import EdRVFLClassifier, EdRVFLRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.normal([5.0, -2.0, 100.0], [1.0, 3.0, 20.0], size=(60, 3))
Y = np.column_stack([X[:, 0] * X[:, 1], 1e3 + X[:, 2] ** 2])
NEW = X[:7] + 0.1


def layers(model, rows) -> list[np.ndarray]:
    """The hidden layers by their definition: the logistic function of [layer before, input, 1] times fixed weights."""
    inputs = StandardScaler().fit(X).transform(rows)
    hidden, found = np.empty((len(rows), 0)), []
    for weights in model.weights_:
        hidden = 1 / (1 + np.exp(-np.column_stack([hidden, inputs, np.ones(len(rows))]) @ weights))
        found.append(np.column_stack([hidden, inputs, np.ones(len(rows))]))
    return found


def test_each_read_out_solves_its_ridge_equations():
    model = EdRVFLRegressor(n_layers=3, n_hidden=15, ridge=0.3, random_state=0).fit(X, Y)
    scaled = StandardScaler().fit_transform(Y)
    for design, readout in zip(layers(model, X), model.readouts_, strict=True):
        assert design.shape[1] == 15 + 3 + 1
        by_sklearn = Ridge(alpha=0.3, fit_intercept=False, solver="svd").fit(design, scaled).coef_.T
        augmented = np.vstack([design, np.sqrt(0.3) * np.eye(19)])
        by_least_squares = np.linalg.lstsq(augmented, np.vstack([scaled, np.zeros((19, 2))]), rcond=None)[0]
        assert np.allclose(readout, by_sklearn, atol=1e-8)
        assert np.allclose(readout, by_least_squares, atol=1e-8)


def test_the_prediction_is_the_mean_of_the_layers_in_the_targets_units():
    model = EdRVFLRegressor(n_layers=4, n_hidden=15, random_state=0).fit(X, Y)
    by_layer = [design @ readout for design, readout in zip(layers(model, NEW), model.readouts_, strict=True)]
    expected = np.mean(by_layer, axis=0) * Y.std(axis=0) + Y.mean(axis=0)
    assert np.allclose(model.predict(NEW), expected)
    alone = [EdRVFLRegressor(n_layers=k, n_hidden=15, random_state=0).fit(X, Y).predict(NEW) for k in (1, 2)]
    second = 2 * alone[1] - alone[0]
    assert np.allclose(second, by_layer[1] * Y.std(axis=0) + Y.mean(axis=0))  # earlier layers do not change with depth


def test_one_target_and_several_agree():
    both = EdRVFLRegressor(n_hidden=20, random_state=0).fit(X, Y).predict(NEW)
    one = EdRVFLRegressor(n_hidden=20, random_state=0).fit(X, Y[:, 1]).predict(NEW)
    assert both.shape == (7, 2) and one.shape == (7,)
    assert np.allclose(one, both[:, 1])


def test_a_class_is_where_the_mean_score_is_highest():
    y = np.array(["BMG", "CRA", "RMG"])[np.digitize(X[:, 0], [4.5, 5.5])]
    model = EdRVFLClassifier(n_layers=3, n_hidden=15, random_state=0).fit(X, y)
    by_layer = [design @ readout for design, readout in zip(layers(model, NEW), model.readouts_, strict=True)]
    scores = model.decision_function(NEW)
    assert scores.shape == (7, 3) and np.allclose(scores, np.mean(by_layer, axis=0))
    assert list(model.predict(NEW)) == list(model.classes_[scores.argmax(axis=1)])
    codes = np.where(y[:, None] == model.classes_, 1.0, -1.0)
    assert np.allclose(model.readouts_[0], Ridge(0.3, fit_intercept=False).fit(layers(model, X)[0], codes).coef_.T)


@pytest.mark.parametrize(
    "names", [["glass", "crystal"], ["BMG", "RMG", "CRA"], [3, 1, 2], [10, -5], [True, False], [0.0, 2.0]]
)
@pytest.mark.parametrize("container", [np.array, list, pd.Series])
def test_classes_may_have_any_names(names, container):
    code = np.digitize(X[:, 0], np.quantile(X[:, 0], np.arange(1, len(names)) / len(names)))
    y = [names[k] for k in code]
    model = EdRVFLClassifier(ridge=1e-3, random_state=0).fit(X, container(y))
    found = model.predict(X)
    assert set(found.tolist()) == set(names) == set(model.classes_.tolist())
    assert np.mean(found == np.array(y)) > 0.9


def test_it_bends_where_a_linear_model_cannot():
    inputs, target = make_friedman1(600, noise=0.5, random_state=0)
    train, test = slice(0, 400), slice(400, None)
    linear = Ridge().fit(inputs[train], target[train]).score(inputs[test], target[test])
    bent = EdRVFLRegressor(random_state=0).fit(inputs[train], target[train]).score(inputs[test], target[test])
    assert linear < 0.75 and bent > 0.8
    rings, ring = make_circles(400, noise=0.1, factor=0.5, random_state=0)
    straight = LogisticRegression().fit(rings[::2], ring[::2]).score(rings[1::2], ring[1::2])
    curved = EdRVFLClassifier(random_state=0).fit(rings[::2], ring[::2]).score(rings[1::2], ring[1::2])
    assert straight < 0.7 and curved > 0.95


def test_the_unit_of_an_input_does_not_matter():
    plain = EdRVFLRegressor(random_state=0).fit(X, Y).predict(NEW)
    assert np.allclose(EdRVFLRegressor(random_state=0).fit(X * 1e3, Y).predict(NEW * 1e3), plain)


def test_the_same_seed_gives_the_same_numbers_and_another_does_not():
    first, again, other = (EdRVFLRegressor(random_state=seed).fit(X, Y).predict(NEW) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_a_constant_input_is_harmless():
    with_constant = np.column_stack([X, np.full(60, 7.0)])
    assert np.isfinite(EdRVFLRegressor(random_state=0).fit(with_constant, Y).predict(with_constant)).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"n_layers": 0}, "n_layers must be 1 or more"), ({"n_hidden": 0}, "n_hidden"), ({"ridge": 0}, "ridge must be")],
)
def test_a_setting_that_cannot_work_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        EdRVFLRegressor(**settings).fit(X, Y)


def test_one_class_alone_is_an_error():
    with pytest.raises(ValueError, match="one class only"):
        EdRVFLClassifier().fit(X, ["BMG"] * 60)


@parametrize_with_checks([EdRVFLRegressor(n_layers=2, n_hidden=20), EdRVFLClassifier(n_layers=2, n_hidden=20)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)
