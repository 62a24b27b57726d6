"""A table of alloys: what is composition, what is a raw feature, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.composition.alloy_table import split_table
from mcvn_utils.composition.conversion import fractions, from_atomic_percent, from_weight_percent

STEELS = pd.DataFrame(
    {"C": [0.1, 0.4, 0.2, 0.3], "Cr": [1.0, 0.0, 12.0, 5.0], "temperature": [850.0, 900.0, 870.0, 880.0]},
    index=["S1", "S2", "S3", "S4"],
)
STEEL = {"composition": ["C", "Cr"], "unit": "wt%", "balance": "Fe"}
GLASSES = pd.DataFrame({"formula": ["Cu50Zr50", "Fe80B20"], "rate": [1e2, 1e6]})


def test_a_column_of_formulas_is_the_composition_and_no_raw_feature():
    amounts, raw = split_table(GLASSES, "formula")
    pd.testing.assert_frame_equal(amounts, fractions(GLASSES["formula"]))
    assert list(raw.columns) == ["rate"] and raw["rate"].tolist() == GLASSES["rate"].tolist()


def test_element_columns_are_composition_and_raw_features_too():
    amounts, raw = split_table(STEELS, **STEEL)
    pd.testing.assert_frame_equal(amounts, from_weight_percent(STEELS[["C", "Cr"]], balance="Fe"))
    pd.testing.assert_frame_equal(raw, STEELS)


def test_the_unit_matters():
    by_atoms, _ = split_table(STEELS, ["C", "Cr"], unit="at%", balance="Fe")
    pd.testing.assert_frame_equal(by_atoms, from_atomic_percent(STEELS[["C", "Cr"]], balance="Fe"))
    assert by_atoms.loc["S3", "Cr"] == pytest.approx(0.12)
    assert split_table(STEELS, **STEEL)[0].loc["S3", "Cr"] > 0.125  # chromium is lighter than iron


def test_without_a_composition_all_columns_are_raw_features_and_an_array_will_do():
    amounts, raw = split_table(STEELS, None)
    assert amounts is None and raw.equals(STEELS)
    amounts, raw = split_table(STEELS.to_numpy().tolist(), None)
    assert amounts is None and np.array_equal(raw, STEELS) and len(raw.columns) == 3


@pytest.mark.parametrize("column", [[1, 2, 3, 4], [True, False, True, True], pd.array([1, 2, 3, 4], dtype="Int64")])
def test_numbers_of_any_kind_are_raw_features(column):
    _, raw = split_table(STEELS.assign(coded=column), **STEEL)
    assert raw["coded"].dtype.kind == "f" and raw["coded"].tolist() == [float(x) for x in column]


def test_an_error_names_the_row_by_its_label_alone():
    table = STEELS.assign(temperature=[850.0, np.nan, 870.0, 880.0]).set_index(np.array([3, 5, 7, 9]))
    with pytest.raises(ValueError, match="column 'temperature' of X, row 5: 'nan' is no finite number"):
        split_table(table, **STEEL)


@pytest.mark.parametrize("composition", ["formula", None])
def test_settings_that_would_be_ignored_are_refused(composition):
    table = GLASSES if composition else STEELS
    for unit in ("nonsense", "wt", None, "at %"):
        with pytest.raises(ValueError, match="unit must be 'wt%' or 'at%', not "):
            split_table(table, composition, unit=unit)
    with pytest.raises(ValueError, match=r"balance='Fe' is for element columns, not for a (column|table)"):
        split_table(table, composition, balance="Fe")
    assert split_table(table, composition, unit="wt%", balance=None)[1].shape[0] == len(table)


def test_a_forgotten_balance_is_an_error():
    with pytest.raises(ValueError, match=r"adds up to 1.1 %, far from 100 %(?s:.*)balance='Fe'"):
        split_table(STEELS, ["C", "Cr"])


@pytest.mark.parametrize("kind", ["dates", "durations", "complex"])
def test_a_raw_feature_that_is_no_number_is_refused(kind):
    column = {
        "dates": pd.date_range("2020-01-01", periods=4),
        "durations": pd.timedelta_range("1s", periods=4),
        "complex": np.arange(4) * 1j,
    }[kind]
    with pytest.raises(ValueError, match=r"column 'extra' of X, row 'S1': .* is no finite number"):
        split_table(STEELS.assign(extra=column), **STEEL)
