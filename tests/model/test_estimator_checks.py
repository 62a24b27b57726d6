"""scikit-learn's own checks of an estimator, on raw features alone, for that is what the checks hand over."""

import numpy as np
import pytest

pytest.importorskip("torch")

from sklearn.utils.estimator_checks import parametrize_with_checks

from mcvn_utils import MCVNClassifier, MCVNRegressor

# One small member is enough to keep the promises, and to pass the checks' test of accuracy.
SMALL = {
    "composition": None, "n_members": 1, "steps": 25, "hidden": 16, "learning_rate": 0.02, "device": "cpu",
}  # fmt: skip

NOT_FOR_US = {
    # Rows of weight 0 are left out before the validation rows are drawn, and this is tested in test_estimators.py. A
    # row of weight 2 is not two rows, though: it lies on one side of the split, and a batch holds it once.
    "check_sample_weight_equivalence_on_dense_data": "weighting is not repeating where rows are set aside",
}


@parametrize_with_checks(
    [MCVNRegressor(**SMALL), MCVNClassifier(**SMALL)], expected_failed_checks=lambda estimator: NOT_FOR_US
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("make", [MCVNRegressor, MCVNClassifier])
def test_a_row_is_predicted_the_same_alone_and_among_others(make):
    random = np.random.default_rng(0)
    X, y = random.normal(size=(40, 3)), np.repeat([0, 1], 20)
    model = make(**SMALL).fit(X, y)
    answer = model.predict if make is MCVNRegressor else model.predict_proba
    alone = np.concatenate([answer(row[None]) for row in X])
    np.testing.assert_allclose(answer(X), alone, rtol=1e-7, atol=1e-7)
