"""A table with one column per element: what is no amount is refused, whatever its type."""

import datetime
import decimal
import warnings

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.composition.conversion import as_fractions, from_atomic_percent, from_weight_percent
from mcvn_utils.composition.element_columns import element_table, numbers, per_cent_table, refuse

NO_NUMBERS = {
    "dates": pd.date_range("2020-01-01", periods=2),
    "dates with a zone": pd.date_range("2020-01-01", periods=2, tz="UTC"),
    "durations": pd.timedelta_range("1s", periods=2),
    "periods": pd.period_range("2020", periods=2),
    "intervals": pd.interval_range(0, 2),
    "categories of dates": pd.Categorical(pd.date_range("2020-01-01", periods=2)),
    "categories of words": pd.Categorical(["low", "high"]),
    "complex": np.array([1 + 2j, 3]),
    "truth": np.array([True, False]),
    "nullable truth": pd.array([True, False], dtype="boolean"),
    "objects: dates": np.array([datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)], dtype=object),
    "objects: stamps": np.array([pd.Timestamp("2020"), pd.Timestamp("2021")], dtype=object),
    "objects: durations": np.array([pd.Timedelta("1s"), datetime.timedelta(1)], dtype=object),
    "objects: complex": np.array([1 + 2j, np.complex128(1)], dtype=object),
    "objects: truth": np.array([True, np.True_], dtype=object),
    "objects: lists": pd.Series([[1], [2]]),
    "text": pd.Series(["1,5", "2 %"]),
}


@pytest.mark.parametrize("column", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
@pytest.mark.parametrize("read", [from_weight_percent, from_atomic_percent, as_fractions])
def test_what_is_no_number_is_refused_in_an_element_column(column, read):
    table = pd.DataFrame({"C": column, "Mn": [0.5, 0.5]}, index=["a", "b"])
    table["C"] = pd.Series(column).set_axis(table.index)
    with pytest.raises(ValueError, match=r"2 of 2 rows(?s:.*)row 'a': C = .* is no finite number"):
        read(table)


@pytest.mark.parametrize(
    "column",
    [
        [1.5, 2],
        pd.array([1.5, 2], dtype="Float64"),
        pd.array([1.5, 2], dtype="Sparse[float64]"),
        pd.Categorical([1.5, 2.0]),
        np.array([decimal.Decimal("1.5"), 2], dtype=object),
        np.array(["1.5", 2], dtype=object),
        np.array([1.5, 2], dtype=np.float32),
    ],
)
def test_numbers_of_any_kind_are_amounts(column):
    table = element_table(pd.DataFrame({"Cr": column}), "test")
    assert table["Cr"].tolist() == [1.5, 2] and table.shape == (2, 94) and table.to_numpy().sum() == 3.5
    assert per_cent_table(pd.DataFrame({"Cr": column}), "Fe", "test", "wt%")["Fe"].tolist() == [98.5, 98]


def test_truth_values_are_numbers_where_they_are_raw_features():
    assert numbers(pd.Series([True, False])).tolist() == [1, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy would drop an imaginary part with a warning
        assert np.isnan(numbers(pd.Series([1 + 2j, 3]))).all()
        assert np.isnan(numbers(pd.Series([True, False]), truth=False)).all()


def test_ten_rows_are_named():
    with pytest.raises(ValueError, match=r"^me: 11 of 12 rows cannot be right:\n  row 1: no 1\n(?s:.*)and 1 more"):
        refuse(np.arange(12) > 0, lambda i: f"no {i}", pd.RangeIndex(12), "me", "mend")
    refuse(np.zeros(3, dtype=bool), str, pd.RangeIndex(3), "me", "mend")


@pytest.mark.parametrize("convert", [from_weight_percent, from_atomic_percent])
def test_with_a_balance_nothing_is_left_for_it_above_100_per_cent(convert):
    for total in (100.3, 100.01):
        with pytest.raises(ValueError, match=f"row 0: adds up to {total:g} %, over 100 %"):
            convert(pd.DataFrame({"Cr": [60.0], "Ni": [total - 60]}), balance="Fe")
    assert convert(pd.DataFrame({"Cr": [60.0], "Ni": [40.0 + 1e-9]}), balance="Fe").loc[0, "Fe"] == 0
