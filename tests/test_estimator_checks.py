"""scikit-learn's own checks of an estimator, on raw features alone, for that is what the checks hand over."""

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
