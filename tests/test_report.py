"""README's tables are those of the files in ``results``, and are worked out as they say."""

import pandas as pd
import pytest

from mcvn_utils.picture_results import NO_PICTURE
from report import README, ROOT, markdown_tables, pictures_tables, with_results

SCORES = pd.DataFrame(
    {
        "table": "nims_steel",
        "protocol": "random 5-fold",
        "model": "MCVN",
        "fold": [0, 0, 1, 1],
        "target": ["hardness", "tensile_strength"] * 2,
        "r2": [0.90, 0.80, 0.92, 0.90],
    }
)


def test_readme_shows_the_numbers_of_the_file():
    readme = README.read_text(encoding="utf-8")
    files = [pd.read_csv(ROOT / "results" / name) for name in ("scores.csv", "pictures.csv")]
    assert with_results(readme, *files) == readme


def test_mean_and_spread_over_folds_by_hand():
    last = markdown_tables(SCORES).splitlines()[-1]
    assert last == "| random 5-fold | 2 | MCVN | 0.910 ± 0.014 | 0.850 ± 0.071 | 0.880 ± 0.042 |"


def test_a_single_fold_has_no_spread():
    assert "| 1 | MCVN | 0.900 | 0.800 | 0.850 |" in markdown_tables(SCORES.head(2))


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
        {"table": "metallic_glass", "protocol": "5 x 70/30", "model": "XGBoost", "class": "macro", "f1": [0.88, 0.90]}
    )
    lines = pictures_tables(trials, trees).splitlines()
    assert "| the experts' cells | 0.810 ± 0.014 |  | 0.810 ± 0.014 |  |" in lines
    assert "| no picture |  | 0.900 ± 0.000 |  | 0.900 ± 0.000 |" in lines
    assert "| XGBoost, no picture |  | 0.890 ± 0.014 |  |  |" in lines
    shuffled = [line for line in lines if line.startswith("| cells shuffled")]
    assert shuffled[0].startswith("| cells shuffled | 0.830 ± 0.028 |") and "| +0.020 (−" in shuffled[1]


def test_what_readme_says_of_the_cost_is_in_the_table():
    cost = pd.read_csv(ROOT / "results" / "training_cost.csv").set_index(["against", "value"])["seconds"]
    assert "sixteen cost less than three times as much as one" in README.read_text("utf-8")
    assert cost["members", 16] < 3 * cost["members", 1]
    assert cost["targets", 16] < 1.4 * cost["targets", 1]
