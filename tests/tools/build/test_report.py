"""README's tables are those of the files in ``results``, and are worked out as they say."""

import pandas as pd
import pytest

from mcvn_utils.study.pictures import NO_PICTURE
from tools.build import tables as result_tables
from tools.build.report import README, ROOT, with_results


def steel(table, protocol, model, features, folds):
    """One row a fold and target; ``folds`` holds the R² of hardness and elongation in each."""
    rows = []
    for fold, pair in enumerate(folds):
        for target, value in zip(("yield_strength", "elongation"), pair, strict=True):
            rows.append({"target": target, "r2": value, "mae": 100 * (1 - value)})
        rows.append({"target": "average", "r2": sum(pair) / 2})
        for row in rows[-3:]:
            row |= {"table": table, "protocol": protocol, "model": model, "features": features, "fold": fold}
            row |= {"low": row["r2"] - 0.05, "high": row["r2"] + 0.02}
    return rows


def glass(protocol, model, features, folds):
    """One row a fold and class; ``folds`` holds the F1 of BMG and CRA in each."""
    facts = {"table": "metallic_glass", "protocol": protocol, "model": model, "features": features}
    return [
        {**facts, "fold": fold, "class": name, "f1": value, "recall": value - 0.1, "low": 0.0, "high": 1.0}
        for fold, pair in enumerate(folds)
        for name, value in zip(("BMG", "CRA", "macro"), (*pair, sum(pair) / 2), strict=True)
    ]


BY_HEAT, RANDOM, SPLITS = "by heat 3 x 5-fold", "random 5 x 5-fold", "5 x 70/30"
SCORES = pd.DataFrame(
    steel("nims_steel", "paper split", "MCVN", "all", [(0.98, 0.96)])
    + steel("nims_steel", "paper split", "XGBoost", "O", [(0.96, 0.94)])
    + steel("nims_steel", BY_HEAT, "MCVN", "all", [(0.96, 0.94), (0.98, 0.96), (0.97, 0.95)])
    + steel("nims_steel", BY_HEAT, "XGBoost", "O", [(0.93, 0.91), (0.94, 0.92), (0.94, 0.92)])
    + steel("nims_steel", BY_HEAT, "XGBoost", "E", [(0.90, 0.90), (0.90, 0.90), (0.90, 0.90)])
    + steel("maraging_steel", RANDOM, "MCVN", "all", [(0.80, 0.50), (0.82, 0.52)])
    + steel("maraging_steel", RANDOM, "extra trees", "E", [(0.81, 0.53), (0.83, 0.55)])
    + glass(SPLITS, "MCVN", "all", [(0.94, 0.86), (0.95, 0.85)])
    + glass(SPLITS, "MCVN, adjusted", "all", [(0.92, 0.92), (0.93, 0.91)])
    + glass(SPLITS, "XGBoost", "E", [(0.94, 0.82), (0.96, 0.86)])
)


def test_readme_shows_the_numbers_of_the_file():
    readme = README.read_text(encoding="utf-8")
    files = [pd.read_csv(ROOT / "data" / "results" / name) for name in ("scores.csv", "pictures.csv")]
    assert with_results(readme, *files) == readme


def lines_of(text: str, *starts: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(starts)]


def test_mean_and_spread_over_folds_by_hand():
    table = result_tables.score_table(SCORES, "nims_steel")
    assert "| 3 | MCVN | all | 0.970 ± 0.010 | 0.950 ± 0.010 | 0.960 ± 0.010 |" in table
    assert "| protocol | folds | model | features | yield strength | elongation | average |" in table


def test_each_model_stands_once_a_protocol_on_its_best_feature_set_and_the_best_model_first():
    lines = lines_of(result_tables.score_table(SCORES, "nims_steel"), f"| {BY_HEAT}")
    assert [line.split(" | ")[2:4] for line in lines] == [["MCVN", "all"], ["XGBoost", "O"]]
    lines = lines_of(result_tables.score_table(SCORES, "maraging_steel"), "| random")
    assert [line.split(" | ")[2] for line in lines] == ["extra trees", "MCVN"]


def test_a_single_fold_has_its_bootstrap_interval_in_place_of_a_spread():
    table = result_tables.score_table(SCORES, "nims_steel")
    assert "| paper split | 1 | MCVN | all | 0.980 (0.930 to 1.000) | 0.960 (0.910 to 0.980) |" in table


def test_the_glasses_show_the_recall_of_the_rare_class():
    (line,) = lines_of(result_tables.score_table(SCORES, "metallic_glass"), "| 5 x 70/30 | 2 | MCVN, adjusted")
    assert line.endswith("| 0.920 ± 0.000 | 0.815 ± 0.007 |")


def test_peers_on_each_feature_set():
    table = result_tables.feature_table(SCORES)
    assert "| table, protocol | features | XGBoost | extra trees |" in table and "MCVN" not in table
    assert f"| NIMS, {BY_HEAT} | O | 0.927 ± 0.006 |  |" in table and "| E | 0.900 ± 0.000 |  |" in table


def test_the_best_peer_is_compared_on_the_same_folds():
    lines = lines_of(result_tables.peer_table(SCORES), "| NIMS", "| glass, macro", "| maraging")
    assert lines[0].startswith(f"| NIMS, average R², {BY_HEAT} | XGBoost, O | +0.033 (")
    assert lines[0].endswith("| 3 of 3 | ahead |")
    assert lines[1] == "| NIMS, average R², paper split | XGBoost, O | +0.020 | 1 of 1 | one split |"
    assert lines[2].endswith("| 1 of 2 | not settled |")
    assert "| extra trees, E | −0.030 (−0.030 to −0.030) | 0 of 2 | behind |" in lines[3]


def test_aims_are_told_met_or_missed_by_how_much():
    table = result_tables.aims_table(SCORES)
    assert "| NIMS, paper's split, average R² | 0.975 | 0.970 | 0.950 (XGBoost O) | missed by 0.005 |" in table
    assert "| NIMS, by heat, average R² | 0.950 | 0.960 ± 0.010 | 0.927 (XGBoost O) | met |" in table
    assert "| maraging, yield strength MAE, MPa | 78 | 19 ± 1 | 18 (extra trees E) | met |" in table
    assert "| maraging, elongation R² | 0.540 | 0.510 ± 0.014 | 0.540 (extra trees E) | missed by 0.030 |" in table
    assert "CRA recall, adjusted | 0.810 | 0.815 ± 0.007 |" in table
    close = SCORES.assign(r2=SCORES["r2"].mask(SCORES["r2"] == 0.97, 0.97499))
    assert "| 0.975 | 0.975 | 0.950 (XGBoost O) | missed by less than 0.001 |" in result_tables.aims_table(close)


def test_the_second_halves_of_the_aims():
    found = {what: (reached, met) for what, _, reached, met in result_tables.conditions(SCORES)}
    ahead, each, cost = found.values()
    assert next(iter(found)) == "NIMS, by heat, ahead of XGBoost on O"  # the better of its two feature sets
    assert ahead[0].startswith("+0.033 (") and ahead[1]
    assert each == ("1 of 2", False)
    assert cost[0].startswith("+0.020") and cost[1]


def test_lost_marks_are_an_error():
    with pytest.raises(ValueError, match="lost the marks"):
        with_results("# A README without marks", SCORES, SCORES)


def pictures(arrangement, descriptors, values):
    """Rows of one arrangement under both protocols, one seed."""
    return pd.DataFrame(
        {"protocol": protocol, "fold": fold, "arrangement": arrangement, "descriptors": descriptors, "seed": 0,
         "macro_f1": value}
        for protocol in ("5 x 70/30", "by system 5-fold")
        for fold, value in enumerate(values)
    )  # fmt: skip


def test_picture_table_by_hand():
    trials = pd.concat(
        [
            pictures("expert", "no", [0.80, 0.82]),
            pictures("random", "no", [0.81, 0.85]),
            pictures(NO_PICTURE, "yes", [0.9, 0.9]),
        ]
    )
    trees = pd.DataFrame(
        {
            "table": "metallic_glass",
            "protocol": "5 x 70/30",
            "model": "XGBoost",
            "features": "E",
            "class": "macro",
            "f1": [0.88, 0.90],
        }
    )
    lines = result_tables.pictures_block(trials, trees).splitlines()
    assert "| the experts' cells | 0.810 ± 0.014 |  | 0.810 ± 0.014 |  |" in lines
    assert "| no picture |  | 0.900 ± 0.000 |  | 0.900 ± 0.000 |" in lines
    assert "| XGBoost, no picture |  | 0.890 ± 0.014 |  |  |" in lines
    shuffled = [line for line in lines if line.startswith("| cells shuffled")]
    assert shuffled[0].startswith("| cells shuffled | 0.830 ± 0.028 |") and "| +0.020 (−" in shuffled[1]


def test_what_readme_says_of_batching_is_in_the_table():
    table = pd.read_csv(ROOT / "data" / "results" / "batching.csv").set_index(["network", "members", "batch_rows"])[
        "ratio"
    ]
    many, few = ([table["MCVN, raw and picture", k, rows] for rows in (288, 32)] for k in (40, 8))
    readme = " ".join(README.read_text("utf-8").split())
    assert "{:.1f} times as long one after another in batches of 288 rows, and {:.1f} times".format(*many) in readme
    assert "8 members alone {:.1f} and {:.1f} times".format(*few) in readme


def test_what_readme_says_of_the_cost_is_in_the_table():
    cost = pd.read_csv(ROOT / "data" / "results" / "training_cost.csv").set_index(["against", "value"])["seconds"]
    times = cost["members", 16] / cost["members", 1]
    assert f"sixteen cost {times:.1f} times as much as one" in README.read_text("utf-8")
    assert cost["targets", 16] < 1.4 * cost["targets", 1]


def test_what_readme_says_of_default_fits_is_in_the_table_and_within_the_limits():
    seconds = pd.read_csv(ROOT / "data" / "results" / "fits.csv").set_index("table")["seconds"]
    claim = "takes {nims_steel} s on the 360 steels and {metallic_glass} s on the 6470 glasses".format(**seconds)
    assert claim in " ".join(README.read_text("utf-8").split())
    assert seconds["nims_steel"] < 30 and seconds["metallic_glass"] < 240


def test_what_readme_says_of_the_recipes_is_in_the_table():
    recipes = pd.read_csv(ROOT / "data" / "results" / "recipes.csv").groupby(
        ["table", "protocol", "recipe"], sort=False
    )
    means = recipes[["score", "MCVN"]].mean()
    section = README.read_text("utf-8").split("### What do the plainest networks reach?")[1].split("###")[0]
    said = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert [line.split(" | ", 2)[2] for line in said] == [
        f"{score:.3f} | {own:.3f} |" for score, own in means.to_numpy()
    ]


def test_the_recipes_are_compared_with_the_scores_that_mcvn_has_now():
    recipes = pd.read_csv(ROOT / "data" / "results" / "recipes.csv")
    scores = pd.read_csv(ROOT / "data" / "results" / "scores.csv").query("model == 'MCVN'")
    steels = scores[scores["table"] == "nims_steel"].groupby(["protocol", "fold"])["r2"].mean()
    for row in recipes[recipes["table"] == "nims_steel"].itertuples():
        assert row.MCVN == pytest.approx(steels[row.protocol, row.fold], abs=6e-5)
    glasses = scores[scores["class"] == "macro"].set_index(["table", "protocol", "fold"])["f1"]
    for row in recipes[recipes["table"] == "metallic_glass"].itertuples():
        assert row.MCVN == pytest.approx(glasses[row.table, row.protocol, row.fold], abs=6e-5)
