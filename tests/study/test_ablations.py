"""What is read from the file of the ablations."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.evaluation.uncertainty import paired_difference
from mcvn_utils.study.ablations import QUESTIONS, learning_curve, main_scores, members_curve, worth


def steel(variant, scores, protocol="by heat 5-fold", rows=288):
    """Two targets a fold, 0.02 apart."""
    facts = {"table": "nims_steel", "protocol": protocol, "variant": variant, "rows": rows, "seconds": 1.0}
    return [
        {**facts, "fold": fold, "target": target, "r2": score + shift}
        for fold, score in enumerate(scores)
        for target, shift in {"hardness": 0.01, "tensile_strength": -0.01}.items()
    ]


def glass(variant, scores, rows=4529):
    facts = {"table": "metallic_glass", "protocol": "2 x 70/30", "variant": variant, "rows": rows, "seconds": 1.0}
    return [
        {**facts, "fold": fold, "class": name, "f1": f1}
        for fold, score in enumerate(scores)
        for name, f1 in {"BMG": 0.1, "macro": score}.items()
    ]


ABLATIONS = pd.DataFrame(
    steel("MCVN", [0.90, 0.92, 0.94])
    + steel("no picture", [0.89, 0.92, 0.90])
    + steel("another seed", [0.91, 0.92])
    + glass("MCVN", [0.86, 0.88])
    + glass("no picture", [0.85, 0.86])
    + steel("MCVN, 1/4 of the rows", [0.80, 0.82], rows=72)
    + steel("XGBoost, 1/4 of the rows", [0.70, 0.72], rows=72)
    + steel("XGBoost", [0.85, 0.86])
    + steel("1 member", [0.88])
    + steel("30 members", [0.93])
)


def test_a_fold_has_one_score_the_mean_of_the_targets_or_macro_f1():
    found = main_scores(ABLATIONS).set_index(["where", "variant", "fold"])["score"]
    assert found["NIMS, by heat", "MCVN", 0] == pytest.approx(0.90)
    assert found["glass, 70/30", "MCVN", 1] == pytest.approx(0.88)


def test_a_part_is_worth_what_is_lost_on_the_same_folds():
    found = worth(ABLATIONS, ["no picture", "another seed", "not measured"]).set_index(["where", "variant"])
    wanted = paired_difference([0.89, 0.92, 0.90], [0.90, 0.92, 0.94], 0.25)
    row = found.loc[("NIMS, by heat", "no picture")]
    assert row[["difference", "low", "high", "p"]].tolist() == pytest.approx(list(wanted.values()))
    assert (row["folds"], row["ahead"]) == (3, 0) and np.allclose(row["each"], [-0.01, 0, -0.04])
    assert found.loc[("NIMS, by heat", "another seed"), "difference"] == pytest.approx(0.005)
    assert len(found) == 3 and list(found.index[-1]) == ["glass, 70/30", "no picture"]


def test_two_folds_have_no_interval():
    found = worth(ABLATIONS, ["no picture"]).set_index("where").loc["glass, 70/30"]
    assert found["difference"] == pytest.approx(-0.015) and np.isnan(found[["low", "high", "p"]].astype(float)).all()


def test_a_wrong_reference_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"'MCNV'; there are 1 member, 30 members, MCVN"):
        worth(ABLATIONS, ["no picture"], "MCNV")


def test_curves_hold_the_folds_on_which_something_was_varied():
    members = members_curve(ABLATIONS)
    assert members[["members", "score"]].to_numpy().tolist() == [[1, pytest.approx(0.88)], [30, pytest.approx(0.93)]]
    learned = learning_curve(ABLATIONS)
    assert set(learned["fold"]) == {0, 1} and set(learned["where"]) == {"NIMS, by heat"}
    means = learned.groupby(["model", "rows", "share"])["score"].mean()
    assert means.index.tolist() == [("MCVN", 72, 0.25), ("MCVN", 288, 1), ("XGBoost", 72, 0.25), ("XGBoost", 288, 1)]
    assert means.tolist() == pytest.approx([0.81, 0.91, 0.71, 0.855])


def test_every_question_is_measured():
    pytest.importorskip("torch")
    from tools.measure.ablations import VARIANTS

    assert {name for names in QUESTIONS.values() for name in names} <= VARIANTS.keys()
