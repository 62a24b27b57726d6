"""README's tables are those of ``results/scores.csv``, and are worked out as they say."""

import pandas as pd
import pytest

from report import README, ROOT, markdown_tables, with_results

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
    assert with_results(readme, pd.read_csv(ROOT / "results" / "scores.csv")) == readme


def test_mean_and_spread_over_folds_by_hand():
    last = markdown_tables(SCORES).splitlines()[-1]
    assert last == "| random 5-fold | 2 | MCVN | 0.910 ± 0.014 | 0.850 ± 0.071 | 0.880 ± 0.042 |"


def test_a_single_fold_has_no_spread():
    assert "| 1 | MCVN | 0.900 | 0.800 | 0.850 |" in markdown_tables(SCORES.head(2))


def test_lost_marks_are_an_error():
    with pytest.raises(ValueError, match="lost the marks"):
        with_results("# A README without marks", SCORES)
