"""Columns of formulas, weight per cent and atomic per cent become atomic fractions, or an error that names each row."""

import math
import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcvn_utils.composition.conversion import (
    as_fractions,
    format_formula,
    fractions,
    from_atomic_percent,
    from_weight_percent,
    to_weight_percent,
)
from mcvn_utils.composition.errors import AmbiguousFormulaWarning, FormulaError
from mcvn_utils.composition.formulas import parse_formula
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.datasets.loaders import load_metallic_glass


@pytest.fixture(scope="module")
def glass() -> pd.Series:
    return load_metallic_glass().X["formula"]


elements = st.sampled_from(ELEMENTS)


shares = st.dictionaries(elements, st.floats(1e-4, 1e4), min_size=1, max_size=12)


@given(shares)
def test_parse_format_parse_is_the_identity(amounts):
    scale = sum(amounts.values())
    reading = {symbol: amount / scale for symbol, amount in amounts.items()}
    again = parse_formula(format_formula(reading))
    assert list(again) == list(reading)
    assert again == pytest.approx(reading, rel=1e-12)
    assert parse_formula(format_formula(again)) == pytest.approx(again, rel=1e-12)


def test_format_formula():
    assert format_formula({"Fe": 0.6225, "Co": 0.2075, "P": 0.17}) == "Fe62.25Co20.75P17"
    assert format_formula({"Zr": 1 / 3, "Cu": 2 / 3}, digits=1) == "Zr33.3Cu66.7"
    assert format_formula({"Al": 2, "O": 3, "Fe": 0}) == "Al40O60"
    assert format_formula(pd.Series({"Cu": 0.99, "B": 0.01})) == "Cu99B"
    for wrong, message in [
        ({"Xx": 1}, "'Xx' is no element"),
        ({"Fe": -1}, "positive"),
        ({"Fe": math.nan}, "positive"),
        ({"Fe": math.inf}, "positive"),
        ({"Fe": 0}, "above 0"),
        ({}, "above 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            format_formula(wrong)
    with pytest.raises(ValueError, match="rounds B to 0"):
        format_formula({"Fe": 0.9999, "B": 0.0001}, digits=1)


def test_every_alloy_is_read(glass):
    table = fractions(glass)
    assert table.shape == (6470, 94) and tuple(table.columns) == ELEMENTS and table.index.equals(glass.index)
    assert np.allclose(table.sum(axis=1), 1, atol=1e-12) and (table.to_numpy() >= 0).all()
    for formula, (_, row) in zip(glass[::97], table[::97].iterrows(), strict=True):
        assert row[row > 0].to_dict() == pytest.approx(parse_formula(formula), abs=1e-15)


def test_every_alloy_survives_formatting(glass):
    table = fractions(glass)
    again = fractions([format_formula(row) for _, row in table.iterrows()])
    assert np.allclose(again, table, atol=1e-12)


def test_a_chemists_reading_is_wrong_for_110_alloys(glass):
    apart = (fractions(glass) - fractions(glass, convention="chemical")).abs().max(axis=1)
    assert (apart > 1e-6).sum() == 110 and apart[apart > 1e-6].min() > 0.004
    assert glass[apart > 1e-6].str.contains(r"[(\[{]").all()


def test_pymatgen_agrees_where_the_conventions_do(glass):
    """On chemists' brackets we agree for every row; its own reading misses the 110 alloys of ours."""
    Composition = pytest.importorskip("pymatgen.core").Composition
    theirs = np.zeros((len(glass), len(ELEMENTS)))
    for i, formula in enumerate(glass):
        for element, share in Composition(formula).fractional_composition.items():
            theirs[i, ELEMENTS.index(element.symbol)] = share
    assert np.allclose(fractions(glass, convention="chemical"), theirs, atol=1e-7)
    assert (np.abs(fractions(glass) - theirs).max(axis=1) > 1e-6).sum() == 110


def test_a_column_keeps_its_index_and_order():
    column = pd.Series(["Fe80B20", "(CaCu)70Mg30"], index=["a", "b"])
    table = fractions(column)
    assert list(table.index) == ["a", "b"] and table.loc["b", "Ca"] == pytest.approx(0.35)
    assert fractions("Fe80B20").shape == (1, 94)
    assert fractions([]).shape == (0, 94)
    assert fractions(np.array(["Fe"], dtype=object)).loc[0, "Fe"] == 1


def test_every_bad_row_is_named_at_once():
    column = pd.Series(["Fe80B20", "Al40Cu60T", None, "Fe80B20"], index=[10, 11, 12, 13])
    with pytest.raises(FormulaError) as caught:
        fractions(column)
    text = str(caught.value)
    assert "2 of 4 formulas cannot be read" in text
    assert "row 11: 'Al40Cu60T': 'T' is no element" in text and re.search("row 12: (nan|None): an empty cell", text)
    assert (caught.value.formula, caught.value.position) == ("Al40Cu60T", 8)
    assert str(pickle.loads(pickle.dumps(caught.value))) == text


def test_coerce_gives_nan_and_one_warning_that_lists_the_rows():
    column = pd.Series(["Fe80B20", "Xx", "Fe80B20", ""], index=list("abcd"))
    with pytest.warns(UserWarning, match=r"2 of 4(?s:.*)row 'b': 'Xx'(?s:.*)row 'd': ''") as caught:
        table = fractions(column, errors="coerce")
    assert len(caught) == 1
    assert table.isna().all(axis=1).tolist() == [False, True, False, True]
    assert table.loc[["a", "c"]].sum(axis=1).tolist() == pytest.approx([1, 1])


def test_ambiguous_rows_of_a_column_are_one_warning():
    with pytest.warns(AmbiguousFormulaWarning, match=r"2 of 3(?s:.*)row 0(?s:.*)row 2") as caught:
        fractions(["(Cu50Zr50)92Al7", "Fe80B20", "(Cu50Zr50)92Al7"])
    assert len(caught) == 1


def test_a_long_column_of_bad_rows_makes_a_short_message():
    with pytest.raises(FormulaError, match=r"5001 of 5001 formulas(?s:.*)row 9: (?s:.*)and 4991 more\n") as caught:
        fractions(["Xx"] * 5001)
    assert len(str(caught.value)) < 1500 and "row 10:" not in str(caught.value)
    with pytest.warns(UserWarning, match="and 2 more") as warned:
        fractions(["Xx"] * 12, errors="coerce")
    assert len(str(warned[0].message)) < 1500
    with pytest.warns(AmbiguousFormulaWarning, match=r"5000 of 5000(?s:.*)and 4990 more") as warned:
        fractions(["(Cu50Zr50)92Al7"] * 5000)
    assert len(str(warned[0].message)) < 3000


@pytest.mark.parametrize(
    ("column", "odd"),
    [
        (["Ti50.0Ni30.0Cu32.0Sn3.0", "Fe80B20", "Cu50Zr50"], ["row 0: 'Ti50.0Ni30.0Cu32.0Sn3.0' adds up to 115"]),
        (["Fe80B20", "Fe75B20"], ["row 1: 'Fe75B20' adds up to 95"]),
        (["Fe80B20", "Fe75B20", "Fe60B20", "Al50Cu50", "Fe80B80", "Cu50Zr50"], ["to 95", "to 80", "to 160", "3 of 6"]),
        (["Fe80B20", "(Fe0.5Co0.5)75B20"], ["adds up to 95"]),
        (["Fe0.8B0.2", "Fe0.75B0.2"], ["row 1: 'Fe0.75B0.2' adds up to 0.95"]),
        (["Fe80B20", "Cu99.5Zr0.5", "Cu99.4Zr0.3"], []),  # rounding
        (["Fe80B20", "Zr53Ti5Cu20Ni12Al15", "Fe79B20"], []),  # normalising changes no amount by 5 %
        (["Fe80B20", "AlCoCrFeNi", "Al0.5CoCrFeNi", "Fe2O3", "Al"], []),  # counts of atoms
        (["Fe80B20", "Cu50Zr50", "Ni50Ti50", "Al20Cu80", "Ba8Ga16Ge30", "Cd58Y13", "C60"], []),  # large unit cells
        (["Fe80B20", "La14Mn15O48", "TiO2", "YBa2Cu3O7", "Mg2Si"], []),  # a column of compounds
        (["Fe75B20", "Fe60B20"], []),  # nothing to compare with
        (["Fe0.8B0.2", "AlNi", "FeCo0.5"], []),
        (["Ca(OH)2", "Fe80B20", "W(CO)6", "Al2(SO4)3"], []),
        (["Fe75B20"], []),
        ([], []),
    ],
)
def test_totals_that_are_far_off_the_others_are_one_warning(column, odd):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = fractions(column)
    assert np.allclose(table.sum(axis=1), 1) and len(caught) == bool(odd)
    assert all(text in str(caught[0].message) for text in odd)
    assert not odd or issubclass(caught[0].category, UserWarning)


def test_wrong_arguments_of_a_column():
    for unordered in ({"Fe", "Co"}, frozenset(["Fe"]), set()):
        with pytest.raises(ValueError, match="the rows of a set have no order, hand in a list"):
            fractions(unordered)
        with pytest.raises(ValueError, match="cannot be read from"):
            as_fractions(unordered)
    with pytest.raises(ValueError, match=r"hand in table\['formula'\]"):
        fractions({"formula": ["Fe"]})
    with pytest.raises(ValueError, match="errors='ignore'"):
        fractions(["Fe"], errors="ignore")
    with pytest.raises(ValueError, match="one column of formulas"):
        fractions(pd.DataFrame({"formula": ["Fe"]}))


def test_a_steel_worked_by_hand():
    steel = pd.DataFrame({"C": [0.4], "Cr": [1.0]}, index=["41Cr4"])
    moles = {"C": 0.4 / 12.011, "Cr": 1.0 / 51.9961, "Fe": 98.6 / 55.845}
    row = from_weight_percent(steel).loc["41Cr4"]
    expected = {symbol: amount / sum(moles.values()) for symbol, amount in moles.items()}
    assert row[row > 0].to_dict() == pytest.approx(expected, abs=1e-12)
    assert row["C"] == pytest.approx(0.0183, abs=5e-5)  # 0.4 wt% of carbon is 1.8 at%


def test_atomic_per_cent():
    table = from_atomic_percent(pd.DataFrame({"Zr": [41.2, 0], "Ti": [13.8, 10]}), balance="Be")
    assert table.loc[0, ["Zr", "Ti", "Be"]].tolist() == pytest.approx([0.412, 0.138, 0.45])
    assert from_atomic_percent(pd.DataFrame({"Al": [40.0], "O": [60.0]})).loc[0, "O"] == pytest.approx(0.6)


@settings(max_examples=20)
@given(st.lists(shares, min_size=1, max_size=4))
def test_weight_per_cent_there_and_back(rows):
    table = pd.DataFrame(rows).fillna(0.0)
    table = as_fractions(table.div(table.sum(axis=1), axis=0))
    percent = to_weight_percent(table)
    assert np.allclose(percent.sum(axis=1), 100)
    assert np.allclose(from_weight_percent(percent, balance=None), table, atol=1e-12)


@pytest.mark.parametrize("convert", [from_weight_percent, from_atomic_percent])
@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"C": [0.4, 60], "Cr": [1, 50]}, r"1 of 2 rows(?s:.*)row 'b': adds up to 110 %, over 100 %"),
        ({"C": [0.4, -0.1], "Cr": [1, 1]}, r"row 'b': C = -0.1 is negative"),
        ({"C": [math.nan, 0.4], "Cr": [1, 1]}, r"row 'a': C = nan is no finite number(?s:.*)write 0"),
        ({"C": [math.inf, 0.4], "Cr": [1, 1]}, r"row 'a': C = inf is no finite number"),
        ({"C": ["<0.01", "0.4"]}, r"row 'a': C = <0.01 is no finite number"),
        ({"C": [-1, -2]}, r"2 of 2 rows(?s:.*)row 'a'(?s:.*)row 'b'"),
        ({"C": [1, 1], "temperature": [800, 900]}, "column 'temperature'.*composition columns only"),
        ({"c": [1, 1]}, "column 'c': 'c' is no element; did you mean C"),
        ({"C": [1, 1], 3: [1, 1]}, "column 3: is no element symbol"),
        ({"Fe": [99, 98], "C": [1, 2]}, "'Fe' is the balance and has a column as well; pass balance=None"),
    ],
)
def test_rows_and_columns_that_cannot_be_right(convert, table, message):
    with pytest.raises(ValueError, match=message):
        convert(pd.DataFrame(table, index=["a", "b"]), balance="Fe")


def test_without_a_balance():
    with pytest.raises(ValueError, match=r"row 0: adds up to 101 %"):
        from_weight_percent(pd.DataFrame({"Fe": [70.0], "Cr": [31.0]}), balance=None)
    with pytest.raises(ValueError, match=r"row 0: adds up to 100.6 %"):
        from_weight_percent(pd.DataFrame({"Fe": [70.0], "Cr": [30.6]}), balance=None)
    table = from_weight_percent(pd.DataFrame({"Fe": [70.0, 69.0], "Cr": [30.4, 30.5]}), balance=None)  # rounding
    assert np.allclose(table.sum(axis=1), 1)
    with pytest.raises(ValueError, match="row 0: holds nothing"):
        from_weight_percent(pd.DataFrame({"Fe": [0.0]}), balance=None)
    with pytest.warns(UserWarning, match=r"1 of 2 rows are short of 100 %(?s:.*)row 1: adds up to 96 %"):
        table = from_weight_percent(pd.DataFrame({"Fe": [70, 66.0], "Cr": [30, 30.0]}), balance=None)
    assert np.allclose(table.sum(axis=1), 1)
    with pytest.raises(ValueError, match="balance='iron'"):
        from_weight_percent(pd.DataFrame({"C": [1]}), balance="iron")
    with pytest.raises(ValueError, match="stands twice"):
        from_weight_percent(pd.DataFrame([[1, 2]], columns=["C", "C"]))
    with pytest.raises(ValueError, match="no columns"):
        from_weight_percent(pd.DataFrame(index=[0, 1]))
    with pytest.raises(ValueError, match="DataFrame"):
        from_weight_percent([1, 2, 3])


@pytest.mark.parametrize("convert", [from_weight_percent, from_atomic_percent])
@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"C": [0.4], "Mn": [0.8]}, "row 0: adds up to 1.2 %, far from 100 %"),
        ({"C": [0.4, 0.3], "Mn": [0.8, 0.8]}, "2 of 2 rows"),
        ({"Cr": [18.0, 70.0], "Ni": [8.0, 30.0]}, "1 of 2 rows(?s:.*)row 0: adds up to 26 %"),
        ({"Fe": [0.74], "Cr": [0.18], "Ni": [0.08]}, "row 0: adds up to 1 %(?s:.*)multiply fractions by 100"),
        ({"Fe": [89.0]}, "row 0: adds up to 89 %"),
    ],
)
def test_a_forgotten_balance_is_an_error(convert, table, named):
    with pytest.raises(ValueError, match=named) as caught:
        convert(pd.DataFrame(table), balance=None)
    assert "balance='Fe'" in str(caught.value)


def test_long_tables_make_short_messages():
    table = pd.DataFrame({"C": [0.4] * 3000, "Mn": [0.8] * 3000})
    for wrong, more in ((table, "2990 more"), (-table, "2990 more"), (table * 84, "2990 more")):
        with pytest.raises(ValueError, match=more) as caught:
            from_weight_percent(wrong, balance=None)
        assert len(str(caught.value)) < 1000
    with pytest.raises(ValueError, match="2990 more"):
        as_fractions(table)


@pytest.mark.parametrize(
    ("convert", "table", "doubtful"),
    [
        (from_weight_percent, {"C": [0.002], "Cr": [0.18], "Ni": [0.08]}, True),
        (from_weight_percent, {"Al": [0.06, 0.03], "V": [0.04, 0.025]}, True),
        (from_weight_percent, {"Cr": [0.6], "Ni": [0.4]}, True),
        (from_atomic_percent, {"Zr": [0.5], "Cu": [0.25]}, True),
        (from_atomic_percent, {"B": [0.2], "Si": [0.1]}, True),
        (from_weight_percent, {"C": [0.2, 0.3], "Cr": [0.18, 18.0]}, False),  # one row is no fraction
        (from_weight_percent, {"C": [0.3], "Mn": [0.5]}, False),  # 30 % of carbon is none either
        (from_weight_percent, {"C": [0.3]}, False),  # Fe-0.3C
        (from_weight_percent, {"C": [0.3], "Cr": [0.0]}, False),
        (from_weight_percent, {"C": [0.4], "Cr": [1.0]}, False),
        (from_weight_percent, {"Cr": [0.0], "Ni": [0.0]}, False),
    ],
)
def test_fractions_that_are_handed_in_as_per_cent_warn(convert, table, doubtful):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        convert(pd.DataFrame(table), balance="Fe")
    assert [("multiply them by 100" in str(w.message), w.filename) for w in caught] == [(True, __file__)] * doubtful


def test_amounts_of_elements_are_compositions():
    expected = fractions(["Fe80B20"])
    for form in (
        {"Fe": 0.8, "B": 0.2},
        {"Fe": 80, "B": 20},
        {"Fe": 4, "B": 1},
        {"Fe": 80.4, "B": 20.1, "Al": 0},
        pd.Series({"Fe": 0.8, "B": 0.2}),
        expected.iloc[0],
        [{"Fe": 0.8, "B": 0.2}],
        (pd.Series({"Fe": 80, "B": 20}),),
        np.array([{"Fe": 4, "B": 1}]),
    ):
        pd.testing.assert_frame_equal(as_fractions(form), expected)
    reading = parse_formula("(Fe75Co25)83P17")
    pd.testing.assert_frame_equal(as_fractions(reading), fractions("(Fe75Co25)83P17"))
    pd.testing.assert_frame_equal(fractions(reading), fractions("(Fe75Co25)83P17"))
    column = pd.Series([{"Fe": 80, "B": 20}, {"Al": 2, "O": 3}], index=["x", "y"])
    for form in (column, column.to_frame("composition")):
        pd.testing.assert_frame_equal(as_fractions(form), fractions(pd.Series(["Fe80B20", "Al2O3"], index=["x", "y"])))


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"C": 0.4, "Mn": 0.8}, "row 0: adds up to 1.2(?s:.*)from_weight_percent"),
        ([{"Fe": 1.0}, {"C": 0.4, "Mn": 0.8}], "row 1: adds up to 1.2"),
        ({"Fe": math.nan, "B": 1}, "row 0: Fe = nan is no finite number"),
        ([{"Fe": 1}, {"B": math.nan}], "row 1: B = nan"),
        ({"Fe": -1, "B": 2}, "Fe = -1 is negative"),
        ({"Fe": "much"}, "Fe = much is no finite number"),
        ({"Fe": True}, "Fe = True is no finite number"),
        ({"Xx": 1}, "'Xx' is no element"),
        ({"Fe": 0}, "adds up to 0"),
        ({}, "no columns"),
        ({"formula": "Fe"}, "column 'formula'"),
        (["Fe", {"Fe": 1}], "row 1: {'Fe': 1}: a value of type dict"),
        (pd.Series([1.0, 2.0]), "row 0: 1.0: a value of type float"),
    ],
)
def test_amounts_that_are_no_composition_are_refused(form, message):
    with pytest.raises(ValueError, match=message):
        as_fractions(form)


def test_compositions_of_pymatgen_are_read():
    Composition = pytest.importorskip("pymatgen.core").Composition
    formulas = ["Fe80B20", "YBa2Cu3O6.95", "Al2O3", "LaMnO3"]
    expected = fractions(formulas)
    for form in ([Composition(f) for f in formulas], pd.Series([Composition(f) for f in formulas])):
        pd.testing.assert_frame_equal(as_fractions(form), expected)
    pd.testing.assert_frame_equal(as_fractions(Composition("Fe2O3")), fractions("Fe2O3"))
    pd.testing.assert_frame_equal(as_fractions(Composition({"Fe3+": 2, "O2-": 3})), fractions("Fe2O3"))
    with pytest.raises(ValueError, match="'Am'"):
        as_fractions(Composition("AmO2"))


def test_fractions_add_up_within_one_per_cent():
    for total in (0.991, 1.009, 99.1, 100.9):
        assert as_fractions(pd.DataFrame({"Fe": [total]})).loc[0, "Fe"] == 1
    for total in (0.985, 1.02, 98.5, 101.5, 97, 0.97):
        with pytest.raises(ValueError, match=f"row 0: adds up to {total:g}"):
            as_fractions(pd.DataFrame({"Fe": [total]}))


def test_all_forms_give_the_same_fractions():
    column = pd.Series(["Fe80B20", "Al2O3"], index=["x", "y"], name="formula")
    expected = fractions(column)
    at_percent = pd.DataFrame({"O": [0, 60], "Fe": [80, 0], "B": [20, 0], "Al": [0, 40]}, index=["x", "y"])
    for form in (column, column.to_frame(), expected, expected * 100, at_percent):
        pd.testing.assert_frame_equal(as_fractions(form), expected)
    for form in (
        list(column),
        tuple(column),
        column.to_numpy(),
        expected.to_numpy(),
        column.to_numpy()[:, None],
    ):
        assert np.allclose(as_fractions(form), expected) and as_fractions(form).index.tolist() == [0, 1]
    assert as_fractions("Fe80B20").shape == (1, 94)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (np.ones((2, 5)), r"94 columns.*\(2, 5\)"),
        (np.ones((1, 94)), "adds up to 94"),
        (pd.DataFrame({"C": [0.4], "Cr": [1.2]}), r"row 0: adds up to 1.6(?s:.*)from_weight_percent"),
        (pd.DataFrame({"Fe": [1.5], "Cr": [-0.5]}), "Cr = -0.5 is negative"),
        (pd.DataFrame({"formula": ["Fe"], "temperature": [3]}), "column 'formula'"),
        (pd.DataFrame({"Fe": [0.0]}), "adds up to 0"),
        (5, "cannot be read from int"),
        (None, "cannot be read from NoneType"),
        (["Fe", 3], "row 1: 3"),
    ],
)
def test_what_holds_no_composition_is_refused(form, message):
    with pytest.raises(ValueError, match=message):
        as_fractions(form)
