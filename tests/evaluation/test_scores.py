"""Scores by hand, scores of held-out rows, and the table that a notebook shows."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor

from mcvn_utils import evaluation, load_metallic_glass, load_nims_steel
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.scores import ScoreTable

NIMS, GLASS = load_nims_steel(), load_metallic_glass()
NO_GROUPS = Table("private", NIMS.X, NIMS.y, None, NIMS.composition, {}, "", "")


def test_regression_scores_by_hand():
    truth = pd.DataFrame({"hardness": [100.0, 200.0, 300.0], "elongation": [1.0, 2.0, 3.0]})
    guess = np.array([[110.0, 2.0], [190.0, 2.0], [310.0, 2.0]])
    scores = evaluation.regression_scores(truth, guess).set_index("target")
    assert scores.loc["hardness"].tolist() == pytest.approx([1 - 300 / 20000, 10, 10])
    assert scores.loc["elongation"].tolist() == pytest.approx([0, np.sqrt(2 / 3), 2 / 3])
    one = evaluation.regression_scores(truth[["hardness"]], guess[:, 0])
    assert one["r2"].tolist() == pytest.approx([1 - 300 / 20000])


def test_classification_scores_by_hand():
    #            4 of 5 BMG found, 1 called RMG;  3 of 4 RMG, 1 called BMG;  the one CRA called BMG
    truth = pd.Series(["BMG"] * 5 + ["RMG"] * 4 + ["CRA"])
    guess = np.array(["BMG"] * 4 + ["RMG"] * 4 + ["BMG"] * 2)
    scores = evaluation.classification_scores(truth, guess).set_index("class")
    assert scores.loc["BMG"].tolist() == pytest.approx([4 / 6, 4 / 5, 8 / 11, 5])
    assert scores.loc["RMG"].tolist() == pytest.approx([3 / 4, 3 / 4, 3 / 4, 4])
    assert scores.loc["CRA"].tolist() == [0, 0, 0, 1]
    assert scores.loc["macro", "f1"] == pytest.approx((8 / 11 + 3 / 4 + 0) / 3)
    assert scores.loc["macro", "support"] == 10
    assert list(scores.index) == ["BMG", "CRA", "RMG", "macro"]


def test_rows_or_columns_in_another_order_are_refused():
    truth = pd.DataFrame({"hardness": [100.0, 200.0, 300.0], "elongation": [1.0, 2.0, 3.0]})
    classes = pd.Series(["BMG", "RMG", "CRA"])
    torn = replace(NIMS, y=NIMS.y[::-1])
    for score in (
        lambda: evaluation.regression_scores(truth, truth[::-1]),
        lambda: evaluation.regression_scores(truth, truth[["elongation", "hardness"]]),
        lambda: evaluation.classification_scores(classes, classes[::-1]),
        lambda: next(evaluation.held_out_scores(DummyRegressor, torn, evaluation.random_folds(torn))),
    ):
        with pytest.raises(ValueError, match="in another order"):
            score()
    with pytest.raises(ValueError, match="same rows and columns"):
        evaluation.regression_scores(truth[["hardness"]], truth)
    assert evaluation.regression_scores(truth, truth)["r2"].tolist() == [1, 1]


def test_held_out_scores_train_on_the_training_rows_alone():
    splits = evaluation.random_folds(NIMS)
    tables = list(evaluation.held_out_scores(DummyRegressor, NIMS, splits))
    assert [set(table["fold"]) for table in tables] == [{k} for k in range(5)]
    train, test = splits[2]
    hardness = NIMS.y["hardness"]
    expected = np.abs(hardness.iloc[test] - hardness.iloc[train].mean()).mean()
    assert tables[2].set_index("target").loc["hardness", "mae"] == pytest.approx(expected)


def test_held_out_scores_of_classes():
    splits = evaluation.stratified_splits(GLASS, n_splits=2)
    table = pd.concat(evaluation.held_out_scores(lambda: DummyClassifier(strategy="prior"), GLASS, splits))
    recall = table.set_index(["fold", "class"])["recall"]
    assert recall[0, "RMG"] == 1 and recall[0, "BMG"] == recall[0, "CRA"] == 0  # ribbons are the most common


def test_groups_of_the_training_rows_are_handed_over():
    seen = []

    class Spy(DummyRegressor):
        def fit(self, X, y, groups=None, extra=None):
            seen.append((list(X.index), list(groups), extra))
            return super().fit(X, y)

    splits = evaluation.group_folds(NIMS, n_splits=3)
    list(evaluation.held_out_scores(Spy, NIMS, splits, groups=True, extra=7))
    for (rows, groups, extra), (train, _) in zip(seen, splits, strict=True):
        assert rows == list(NIMS.X.index[train]) and groups == list(NIMS.groups.iloc[train]) and extra == 7


def test_summary_is_mean_and_standard_deviation_over_the_folds():
    scores = pd.DataFrame(
        {"model": ["b", "a", "b", "a"], "target": "y", "r2": [0.9, 0.5, 0.7, 0.5], "fold": [0, 0, 1, 1]}
    )
    summary = evaluation.summarise(scores, ["model", "target"], ["r2"])
    assert summary.columns.tolist() == ["model", "target", "r2", "r2_sd"]
    assert summary["model"].tolist() == ["b", "a"]
    assert summary["r2"].tolist() == pytest.approx([0.8, 0.5])
    assert summary["r2_sd"].tolist() == pytest.approx([np.sqrt(0.02), 0])


def test_summary_keeps_rows_that_have_no_target_or_no_class():
    scores = pd.DataFrame({"target": ["hardness", None], "class": [None, "BMG"], "f1": [np.nan, 0.8]})
    assert evaluation.summarise(scores, ["target", "class"], ["f1"])["f1"].tolist()[1] == 0.8


def test_groups_cannot_be_handed_over_where_a_table_has_none():
    with pytest.raises(ValueError, match="private has no groups"):
        next(evaluation.held_out_scores(DummyRegressor, NO_GROUPS, evaluation.paper_split(NIMS), groups=True))


def test_a_score_table_carries_its_numbers_as_json():
    frame = pd.DataFrame(
        {
            "model": ["XGBoost", "MCVN"],
            "target": pd.Categorical(["r", "s"]),
            "r2": [0.123456789, np.nan],
            "support": [3, 4],
        }
    )
    bundle = ScoreTable(frame, "nims_steel")._repr_mimebundle_()
    scores = json.loads(json.dumps(bundle[ScoreTable.MIME], allow_nan=False))
    assert scores["name"] == "nims_steel"
    assert scores["records"] == [
        {"model": "XGBoost", "target": "r", "r2": 0.123456789, "support": 3},
        {"model": "MCVN", "target": "s", "r2": None, "support": 4},
    ]
    assert "0.123" in bundle["text/plain"] and "0.1234" not in bundle["text/html"] and "<table" in bundle["text/html"]
