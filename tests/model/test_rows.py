"""Rows that belong together: their order, targets, classes, weights and groups."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.model.rows import as_they_are, class_numbers, refuse_other_order, same_shape, target_numbers
from mcvn_utils.model.rows import training_rows as rows_of

LABELS = ["a", "b", "c", "d", "e", "f"]
X = pd.DataFrame({"u": np.arange(6.0)}, LABELS)
Y = pd.Series(np.arange(6.0), LABELS, name="hardness")
TURNED = LABELS[::-1]


def training_rows(X=X, y=Y, sample_weight=None, groups=None):
    return rows_of(X, y, sample_weight, groups, None)


# The order of the rows


@pytest.mark.parametrize(
    "other",
    [
        Y[TURNED],
        Y[TURNED].to_frame(),
        Y[["b", "a", "c", "d", "e", "f"]],
        Y[TURNED].astype("category"),
    ],
)
def test_the_same_labels_in_another_order_are_refused_with_a_remedy(other):
    with pytest.raises(ValueError, match=r"X and y .* another order, such as row 'a' .*: take y.loc\[X.index\]; or .*"):
        refuse_other_order(X=X, y=other)
    with pytest.raises(ValueError, match="y and groups"):
        refuse_other_order(X=X.to_numpy(), y=other, sample_weight=None, groups=Y)
    refuse_other_order(X=X, y=other.loc[X.index], groups=other.to_numpy())


def test_shuffled_row_numbers_and_labels_that_stand_twice_are_refused_too():
    numbered = X.reset_index(drop=True)
    with pytest.raises(ValueError, match="row 0 beside row 5"):
        refuse_other_order(X=numbered, y=numbered["u"][::-1])
    twice = pd.Series(range(3), ["a", "a", "b"])
    with pytest.raises(ValueError, match="give each row its own label"):
        refuse_other_order(X=twice, y=pd.Series(range(3), ["a", "b", "a"]))
    several = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    with pytest.raises(ValueError, match="another order"):
        refuse_other_order(X=pd.Series([1, 2], several), y=pd.Series([1, 2], several[::-1]))
    with pytest.raises(ValueError, match="another order"):
        refuse_other_order(X=pd.Series([1, 2], [1, "a"]), y=pd.Series([1, 2], ["a", 1]))


def test_other_labels_or_none_at_all_are_the_users_own_matter():
    refuse_other_order(X=X, y=Y.reset_index(drop=True), sample_weight=list(range(6)), groups=None)
    refuse_other_order(X=X, y=Y.set_axis(list("ghijkl")))
    refuse_other_order(X=X, y=Y[:3])
    refuse_other_order(X=X.reset_index(drop=True), y=Y.set_axis(np.arange(6.0)))
    twice = pd.Series(range(3), ["a", "a", "b"])
    refuse_other_order(X=twice, y=twice)


def test_predictions_have_the_rows_and_columns_of_the_truth():
    truth = pd.DataFrame({"A": [1.0, 2.0], "B": [3.0, 4.0]})
    assert np.array_equal(same_shape(truth, truth + 1), truth.to_numpy() + 1)
    assert same_shape(truth[["A"]], [1, 2]).shape == (2, 1) and same_shape(truth["A"], [[1], [2]]).shape == (2,)
    for wrong in ([1, 2, 3, 4], [[1, 2, 3], [4, 5, 6]], [1, 2]):
        with pytest.raises(ValueError, match="same rows and columns"):
            same_shape(truth, wrong)
    for wrong in (truth[["B", "A"]], truth[::-1]):
        with pytest.raises(ValueError, match="another order"):
            same_shape(truth, wrong)


# Targets


def numbers(values, **settings) -> np.ndarray:
    y = pd.DataFrame(values if isinstance(values, pd.DataFrame | pd.Series) else as_they_are(values), **settings)
    return target_numbers(y, pd.Index(LABELS[: len(y)]))


@pytest.mark.parametrize(
    "bad",
    [
        dt.date(2020, 1, 1), pd.Timestamp("2020"), dt.timedelta(1), pd.Timedelta("1s"), pd.NaT, None, np.nan, pd.NA,
        np.inf, -np.inf, 1 + 2j, "hard", "", "1,5", pd.Period("2020"),
    ],
)  # fmt: skip
def test_a_target_that_is_no_number_is_named_with_row_and_column(bad):
    values = pd.Series([1.0, 2.0, bad, 4.0], dtype=object, name="hardness")
    for y in (values, values.to_frame().assign(other=1.0)[["other", "hardness"]]):
        with pytest.raises(
            ValueError, match=r"column 'hardness' of y, row 'c': .* is no finite number \(1 such rows\)"
        ):
            numbers(y)
    row = "a" if isinstance(bad, complex) else "c"  # numpy makes a whole list complex
    with pytest.raises(ValueError, match=f"column 0 of y, row '{row}'"):
        numbers([1.0, 2.0, bad, 4.0])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.date_range("2020", periods=4)),
        pd.Series(pd.date_range("2020", periods=4, tz="UTC")),
        pd.Series(pd.to_timedelta(range(4), unit="s")),
        np.array(range(4), dtype="M8[D]"),
        np.array(range(4), dtype="m8[s]"),
        np.array([4j, 2, 3, 4j]),
    ],
)
def test_a_column_of_dates_or_of_complex_numbers_is_no_target(column):
    with pytest.raises(ValueError, match=r"row 'a': .* is no finite number"):
        numbers(column)


def test_whatever_holds_numbers_is_a_target():
    for values in ([1, 2, 4], ["1", "2", "4"], [Decimal(1), 2, 4.0], pd.Series([1, 2, 4], dtype="Int64")):
        assert numbers(values).tolist() == [[1.0], [2.0], [4.0]]
    assert numbers(pd.DataFrame(np.eye(2))).flags.c_contiguous  # the last digit of a sum depends on it
    assert numbers([[1, 2], [3, 4]]).shape == (2, 2) and numbers([True, False]).tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize("size", [1e-140, 1e-30, 1e-13, 1.0, 1e13, 1e140])
def test_a_target_is_constant_by_its_own_measure(size):
    assert numbers(size * np.array([1.0, 1.1, 1.2])).shape == (3, 1)
    assert numbers(size * np.array([1.0, 1.0, 1.0 + 1e-9])).shape == (3, 1)
    for flat in ([1.0, 1.0, 1.0], [0.3, 0.1 + 0.2, 0.1 * 3], [7.0, 7.0, np.nextafter(7, 8)]):
        with pytest.raises(ValueError, match="same value in all 3 rows"):
            numbers(size * np.array(flat))


def test_a_target_of_zeros_none_and_beyond_all_measure_is_refused():
    for values, words in (([0.0, 0.0], "same value"), ([1e300, 1.0], "another unit"), ([1e-300, 0.0], "another unit")):
        with pytest.raises(ValueError, match=words):
            numbers(values)
    with pytest.raises(ValueError, match="y has no column"):
        numbers(np.empty((3, 0)))


# Classes


def classes(y) -> tuple[np.ndarray, np.ndarray]:
    return class_numbers(as_they_are(y), pd.Index(LABELS[: len(y)]))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (["BMG", 1], "mixes kinds of classes, such as 'BMG' in row 'a' and 1 in row 'b': write all of them as text"),
        ([1, 2, "CRA"], "such as 1 in row 'a' and 'CRA' in row 'c'"),
        (pd.Series([b"BMG", "RMG"], dtype=object), "mixes kinds"),
        (np.array([("a",), 1, 2], dtype=object), "mixes kinds"),
        (["BMG", None, "CRA"], r"no class \(None\) in row 'b'"),
        (["BMG", np.nan, "CRA"], r"no class \(nan\) in row 'b'"),
        (["BMG", pd.NA, "CRA"], "no class .* in row 'b'"),
        ([1.0, 2.0, np.nan], "no class .* in row 'c'"),
        ([1.0, 2.0, np.inf], r"no class \(inf\) in row 'c'"),
        (pd.Series([1, None, 2], dtype="Int64"), "no class .* in row 'b'"),
        ([0.1, 0.2, 0.7], "continuous"),
        (pd.Series(pd.to_datetime(["2020", "2021", "2020"])), "write them as text"),
        (np.array([1, 2, 1], dtype="m8[s]"), "write them as text"),
        ([1j, 2j, 1j], "write them as text"),
        ([dt.date(2020, 1, 1), dt.date(2021, 1, 1)], "[uU]nknown label type"),
        (["BMG"] * 3, "one class only"),
        ([1, 1, 1], "one class only"),
    ],
)  # fmt: skip
def test_what_is_no_class_is_refused_in_a_sentence(y, words):
    with pytest.raises(ValueError, match=words):
        classes(y)


@pytest.mark.parametrize("y", [["b", "a", "b"], [2, 1, 2], [True, False, True], [2.0, 1.0, 2.0], ("b", "a", "b")])
def test_classes_are_sorted_and_keep_their_type(y):
    names, codes = classes(y)
    assert codes.tolist() == [1, 0, 1] and names.dtype == np.asarray(y).dtype and names.tolist() == sorted(set(y))


# Weights, groups, and which rows are kept


def test_rows_of_weight_zero_are_left_out_everywhere():
    table, y, weight, groups, kept, features = training_rows(
        sample_weight=[1, 0, 2, 1, 1, 1], groups=["x", None, "y", "y", "x", "y"]
    )
    assert list(table.index) == list(y.index) == ["a", "c", "d", "e", "f"] and weight.tolist() == [1, 2, 1, 1, 1]
    assert groups.tolist() == [0, 1, 1, 0, 1] and kept.tolist() == [True, False, *[True] * 4]
    assert features["n_features_in_"] == 1 and list(features["feature_names_in_"]) == ["u"]
    assert (
        training_rows(X.to_numpy())[2:4] == (None, None) and "feature_names_in_" not in training_rows(X.to_numpy())[5]
    )


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        ([1, -1, 1, 1, 1, 1], "row 'b' it is -1.0"),
        ([1, np.nan, 1, 1, 1, 1], "row 'b' it is nan"),
        ([1, 1, np.inf, 1, 1, 1], "row 'c' it is inf"),
        ([1, 1, "much", 1, 1, 1], "row 'c' it is nan"),
        ([1, 1, None, 1, 1, 1], "row 'c' it is nan"),
        ([1e-300] * 6, "from 1e-12 to 1e"),
        ([1, 1, 1, 1, 1, 1e300], "row 'f'"),
        (pd.Series(pd.date_range("2020", periods=6)), "row 'a' it is nan"),
        ([0.0] * 6, "zero for all rows"),
        (np.ones((6, 1)), "one number of 0 or more for each row"),
        (np.ones(5), r"X has 6 rows, sample_weight has the shape \(5,\)"),
        (1.0, "shape"),
    ],
)
def test_a_weight_that_cannot_be_used_is_named_with_its_row(weight, words):
    with pytest.raises(ValueError, match=words):
        training_rows(sample_weight=weight)


@pytest.mark.parametrize(
    "groups", [["x"] * 6, ["x", np.nan, "y", "y", "x", "y"], [None, *"xyxyx"], [1.0, np.nan, 1, 2, 2, 2], np.eye(6)]
)
def test_groups_without_a_name_or_of_one_name_alone_are_refused(groups):
    with pytest.raises(ValueError, match="groups must name at least two groups, and one for each row of X"):
        training_rows(groups=groups)
    assert training_rows(groups=pd.DataFrame({"heat": list("xyxyxy")}))[3].tolist() == [0, 1] * 3
