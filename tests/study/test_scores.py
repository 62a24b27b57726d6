"""What is read from the measured scores: folds, differences, and the paper's table beside ours."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.evaluation.uncertainty import paired_difference
from mcvn_utils.study.scores import (
    OURS,
    against_best_peer,
    best_peer,
    compare,
    feature_steps,
    fold_scores,
    minus_reference,
    paper_beside_ours,
    paper_results,
    results_path,
)


def steel(table, protocol, model, features, values, target="average", metric="r2"):
    facts = {"table": table, "protocol": protocol, "model": model, "features": features, "target": target}
    return [{**facts, "fold": fold, metric: value} for fold, value in enumerate(values)]


def glass(protocol, model, features, values, name="macro"):
    facts = {"table": "metallic_glass", "protocol": protocol, "model": model, "features": features, "class": name}
    return [
        {**facts, "fold": fold, "f1": value, "recall": value - 0.02, "precision": value + 0.02}
        for fold, value in enumerate(values)
    ]


NIMS, HEAT = "nims_steel", "by heat 3 x 5-fold"
SCORES = pd.DataFrame(
    steel(NIMS, HEAT, "MCVN", "all", [0.95, 0.94, 0.96])
    + steel(NIMS, HEAT, "XGBoost", "O", [0.92, 0.93, 0.91])
    + steel(NIMS, HEAT, "XGBoost", "E", [0.93, 0.94, 0.90])
    + steel(NIMS, HEAT, "XGBoost", "E&P", [0.91, 0.90, 0.88])
    + steel(NIMS, HEAT, "MCVN as published", "all", [0.99, 0.99, 0.99])
    + steel(NIMS, "paper split", "MCVN", "all", [0.97])
    + steel(NIMS, "paper split", "XGBoost", "O", [0.96])
    + steel("maraging_steel", "random 5 x 5-fold", "MCVN", "all", [0.5, 0.6], "elongation")
    + steel("maraging_steel", "random 5 x 5-fold", "extra trees", "O", [0.6, 0.5], "elongation")
    + steel("maraging_steel", "random 5 x 5-fold", "MCVN", "all", [70, 80], "yield_strength", "mae")
    + steel("maraging_steel", "random 5 x 5-fold", "extra trees", "O", [90, 91], "yield_strength", "mae")
    + steel("maraging_steel", "random 5 x 5-fold", "extra trees", "E", [80, 81], "yield_strength", "mae")
    + glass("5 x 70/30", "MCVN", "all", [0.89, 0.90])
    + glass("5 x 70/30", "MCVN", "all", [0.80, 0.82], "CRA")
    + glass("5 x 70/30", "MCVN, adjusted", "all", [0.84, 0.85], "CRA")
    + glass("5 x 70/30", "XGBoost", "E", [0.87, 0.89])
    + glass("5 x 70/30", "XGBoost", "E", [0.81, 0.79], "CRA")
)


def test_one_row_a_fold_and_one_column_a_model_and_its_features():
    wide = fold_scores(SCORES, NIMS, "average", "r2")
    assert wide.loc[(HEAT, 2), OURS] == 0.96 and wide.loc[("paper split", 0), ("XGBoost", "O")] == 0.96
    assert len(wide) == 4 and np.isnan(wide.loc[("paper split", 0), ("XGBoost", "E")])
    assert fold_scores(SCORES, "metallic_glass", "CRA", "recall").loc[("5 x 70/30", 1), OURS] == pytest.approx(0.80)
    with pytest.raises(ValueError, match="no 'hardness' of 'nims_steel'; there are average"):
        fold_scores(SCORES, NIMS, "hardness", "r2")


def test_no_mcvn_is_a_peer_and_the_best_is_the_best_by_mean():
    part = fold_scores(SCORES, NIMS, "average", "r2").loc[HEAT]
    assert part["MCVN as published", "all"].mean() > part["XGBoost", "E"].mean()
    assert best_peer(part) == ("XGBoost", "E")
    error = fold_scores(SCORES, "maraging_steel", "yield_strength", "mae").loc["random 5 x 5-fold"]
    assert best_peer(error, smaller_is_better=True) == ("extra trees", "E")


def test_differences_are_paired_and_corrected_and_a_single_fold_has_no_interval():
    wide = fold_scores(SCORES, NIMS, "average", "r2")
    found = minus_reference(wide, ("XGBoost", "O")).set_index("protocol")
    wanted = paired_difference([0.95, 0.94, 0.96], [0.92, 0.93, 0.91], 0.25)
    assert found.loc[HEAT, ["difference", "low", "high", "p"]].tolist() == pytest.approx(list(wanted.values()))
    assert found.loc[HEAT, ["folds", "ahead"]].tolist() == [3, 3]
    assert found.loc["paper split", "difference"] == pytest.approx(0.01)
    assert np.isnan(found.loc["paper split", "low"]) and found.loc["paper split", "verdict"] == "not settled"
    assert set(minus_reference(wide)["model"]) == {"XGBoost", "MCVN as published"}
    clear = minus_reference(wide.loc[[HEAT]] * 1.0, ("MCVN as published", "all"))
    assert clear["verdict"].tolist() == ["behind"]


def test_only_folds_that_are_higher_count_as_ahead_and_folds_of_one_model_not_at_all():
    index = pd.MultiIndex.from_product([["random 5-fold"], range(4)], names=["protocol", "fold"])
    part = pd.DataFrame({"a": [0.5, 0.7, 0.5, 0.9], "b": [0.5, 0.6, 0.6, np.nan]}, index=index)
    row = compare(part, "a", "b")
    assert (row["folds"], row["ahead"]) == (3, 1) and row["each"] == pytest.approx((0, 0.1, -0.1))
    assert compare(part, "a", "c") == {}


def test_the_best_peer_is_met_in_each_contest():
    found = against_best_peer(SCORES).set_index("contest")
    assert found.loc[f"NIMS, average R², {HEAT}", "features"] == "E"
    assert found.loc["maraging, elongation R², random 5 x 5-fold", "difference"] == pytest.approx(0.0)
    assert found.loc["glass, CRA recall, 5 x 70/30", "difference"] == pytest.approx(0.845 - 0.80)


def test_steps_between_feature_sets_are_taken_by_the_same_model():
    found = feature_steps(fold_scores(SCORES, NIMS, "average", "r2")).set_index("step")
    assert found["difference"].to_dict() == pytest.approx({"E minus O": 0.01 / 3, "E&P minus E": -0.08 / 3})
    assert set(found["protocol"]) == {HEAT} and set(found["model"]) == {"XGBoost"}
    single = [row for features in ("E", "E&P") for row in steel(NIMS, "paper split", "XGBoost", features, [0.95])]
    more = pd.concat([SCORES, pd.DataFrame(single)], ignore_index=True)
    assert set(feature_steps(fold_scores(more, NIMS, "average", "r2"))["protocol"]) == {HEAT}


def test_the_papers_numbers_are_there_and_a_reader_cannot_spoil_them():
    first = paper_results()
    assert {"nims_steel", "metallic_glass"} <= set(first["table"])
    first.loc[:, "r2"] = 1.0
    assert not paper_results()["r2"].eq(1.0).all()


def test_the_papers_cells_stand_beside_ours():
    found = paper_beside_ours(SCORES).set_index(["model", "features", "class", "metric"])
    row = found.loc[("XGBoost", "E", "CRA", "f1")]
    assert row["paper"] == 0.75 and row["ours"] == pytest.approx(0.80) and row["sd"] == pytest.approx(0.02 / 2**0.5)
    assert found.loc[("MCVN", "image+raw", "CRA", "recall"), "paper"] == 0.78
    assert found.loc[("MCVN", "image+raw", "CRA", "recall"), "ours"] == pytest.approx(0.79)
    assert np.isnan(found.loc[("edRVFL", "O", "BMG", "f1"), "ours"])
    assert len(found) == 12 * 9 + 7  # four peers on three feature sets, and what is printed of MCVN


def test_results_are_found_in_a_clone_and_in_an_installed_package(tmp_path, monkeypatch):
    assert results_path("scores.csv").name == "scores.csv" and results_path("nothing.csv") is None
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "scores.csv").touch()
    monkeypatch.setattr("mcvn_utils.study.scores.DATA_DIR", tmp_path)
    assert results_path("scores.csv") == tmp_path / "results" / "scores.csv"


def test_the_wheel_carries_the_measured_tables(wheel):
    import zipfile

    assert "mcvn_utils/data/results/scores.csv" in zipfile.ZipFile(wheel).namelist()
