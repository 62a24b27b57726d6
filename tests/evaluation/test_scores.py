"""Fair numbers: splits that hold what they promise, scores by hand, and a test that knows that folds overlap."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import train_test_split

from mcvn_utils import evaluation, load_maraging_steel, load_metallic_glass, load_nims_steel
from mcvn_utils.datasets.schema import Table
from mcvn_utils.evaluation.scores import ScoreTable, paired_difference

NIMS, GLASS = load_nims_steel(), load_metallic_glass()
NO_GROUPS = Table("private", NIMS.X, NIMS.y, None, NIMS.composition, {}, "", "")

FOLDS = {
    "NIMS random": lambda: (NIMS, evaluation.random_folds(NIMS, n_repeats=2)),
    "NIMS by heat": lambda: (NIMS, evaluation.group_folds(NIMS, n_repeats=2)),
    "glass by system": lambda: (GLASS, evaluation.group_folds(GLASS)),
    "maraging random": lambda: (load_maraging_steel(), evaluation.random_folds(load_maraging_steel())),
}


# Splits


@pytest.mark.parametrize("folds", FOLDS)
def test_folds_are_disjoint_and_each_row_is_held_out_once_a_repeat(folds):
    table, splits = FOLDS[folds]()
    for train, test in splits:
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(len(table.X)))
    held_out = np.concatenate([test for _, test in splits])
    assert set(np.bincount(held_out)) == {len(splits) // 5}


@pytest.mark.parametrize("table", [NIMS, GLASS], ids=lambda table: table.name)
def test_group_folds_never_tear_a_group(table):
    groups = table.groups.to_numpy()
    for train, test in evaluation.group_folds(table, n_splits=4):
        assert set(groups[train]).isdisjoint(groups[test])
        assert evaluation.group_overlap(table, (train, test)) == 0


def test_a_heat_is_held_out_with_all_its_three_rows():
    for _, test in evaluation.group_folds(NIMS):
        assert (NIMS.groups.iloc[test].value_counts() == 3).all()


def test_random_folds_let_a_model_look_up_the_heat():
    overlap = [evaluation.group_overlap(NIMS, split) for split in evaluation.random_folds(NIMS)]
    assert np.mean(overlap) == pytest.approx(1 - 71 * 70 / (359 * 358), abs=0.02)  # both sisters held out as well: rare
    systems = [evaluation.group_overlap(GLASS, split) for split in evaluation.stratified_splits(GLASS)]
    assert np.mean(systems) > 0.9


def test_group_overlap_by_hand():
    table = Table("toy", NIMS.X[:4], NIMS.y[:4], pd.Series(list("aabc")), {}, {}, "", "")
    assert evaluation.group_overlap(table, (np.array([0, 2]), np.array([1, 3]))) == 0.5


def test_the_papers_split_is_seed_42_with_72_rows_held_out():
    ((train, test),) = evaluation.paper_split(NIMS)
    assert len(train) == 288 and len(test) == 72
    _, expected = train_test_split(NIMS.X, test_size=0.2, random_state=42)
    assert list(NIMS.X.index[test]) == list(expected.index)


def test_stratified_splits_keep_the_shares_of_the_classes():
    whole = GLASS.y.value_counts(normalize=True)
    splits = evaluation.stratified_splits(GLASS)
    assert len(splits) == 5 and len({tuple(test[:20]) for _, test in splits}) == 5
    for train, test in splits:
        assert len(test) == 1941 and not set(train) & set(test)
        assert np.allclose(GLASS.y.iloc[test].value_counts(normalize=True)[whole.index], whole, atol=1e-3)


def test_repeats_differ_and_seeds_repeat():
    for make in (evaluation.random_folds, evaluation.group_folds):
        first, again, other = make(NIMS, n_repeats=2), make(NIMS, n_repeats=2), make(NIMS, seed=9)
        assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
        assert not np.array_equal(first[0][1], first[5][1]) and not np.array_equal(first[0][1], other[0][1])


def test_a_table_without_groups_says_so():
    for use in (
        lambda: evaluation.group_folds(NO_GROUPS),
        lambda: evaluation.group_overlap(NO_GROUPS, (np.arange(3), np.arange(3))),
        lambda: next(evaluation.held_out_scores(DummyRegressor, NO_GROUPS, evaluation.paper_split(NIMS), groups=True)),
    ):
        with pytest.raises(ValueError, match="private has no groups"):
            use()


# Scores


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


# Is a difference real?


def test_paired_difference_by_hand():
    a, b = np.array([0.90, 0.92, 0.95, 0.91, 0.93]), np.array([0.88, 0.91, 0.90, 0.92, 0.90])
    # differences 0.02 0.01 0.05 -0.01 0.03: mean 0.02, variance 0.0005; 5 folds, 1 held-out row on 4 training rows
    error = np.sqrt((1 / 5 + 1 / 4) * 0.0005)
    found = paired_difference(a, b, 0.25)
    assert found["difference"] == pytest.approx(0.02)
    assert error == pytest.approx(0.015)
    assert [found["low"], found["high"]] == pytest.approx([0.02 - 2.776445 * 0.015, 0.02 + 2.776445 * 0.015])
    assert found["p"] == pytest.approx(2 * stats.t(4).sf(0.02 / 0.015))
    assert found["p"] == pytest.approx(0.2533, abs=1e-4)


def test_the_correction_makes_the_test_more_careful_than_the_plain_one():
    a, b = np.random.default_rng(0).normal([0.01, 0], 0.01, (10, 2)).T
    assert paired_difference(a, b, 0.0)["p"] == pytest.approx(stats.ttest_rel(a, b).pvalue)
    assert paired_difference(a, b, 0.25)["p"] > stats.ttest_rel(a, b).pvalue


def test_models_changed_over_change_the_sign_alone():
    a, b = np.array([0.9, 0.8, 0.7]), np.array([0.8, 0.9, 0.5])
    one, other = paired_difference(a, b, 0.25), paired_difference(b, a, 0.25)
    assert one["difference"] == -other["difference"] and one["low"] == -other["high"] and one["p"] == other["p"]


def test_equal_scores_are_no_difference():
    found = paired_difference([0.5, 0.75, 0.25], [0.5, 0.75, 0.25], 0.25)
    assert found == {"difference": 0, "low": 0, "high": 0, "p": 1}
    assert paired_difference([1.5, 1.5], [1.0, 1.0], 0.25)["p"] == 0


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([0.5], [0.4], "two or more folds"),
        ([0.5, 0.6, 0.7], [0.4], "each of two or more folds"),
        ([[0.5, 0.6]], [[0.4, 0.5]], "two or more folds"),
        ([0.5, np.nan], [0.4, 0.5], "not finite"),
    ],
)
def test_scores_that_do_not_come_in_pairs_are_an_error(a, b, words):
    with pytest.raises(ValueError, match=words):
        paired_difference(a, b, 0.25)


# What is shown


def test_the_papers_numbers_are_there_and_a_reader_cannot_spoil_them():
    first = evaluation.paper_results()
    assert {"nims_steel", "metallic_glass"} <= set(first["table"])
    first.loc[:, "r2"] = 1.0
    assert not evaluation.paper_results()["r2"].eq(1.0).all()


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
