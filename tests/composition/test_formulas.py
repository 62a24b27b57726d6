"""Formulas and tables of per cent become atomic fractions, or an error that says where and why."""

import math
import pickle
import re
import time

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
from mcvn_utils.composition.periodic_table import ATOMIC_WEIGHTS, ELEMENTS
from mcvn_utils.datasets.loaders import load_metallic_glass

settings.register_profile("composition", deadline=None, max_examples=100)
settings.load_profile("composition")


def approx(**amounts: float):
    """Fractions in the proportion of these amounts."""
    total = sum(amounts.values())
    return pytest.approx({symbol: amount / total for symbol, amount in amounts.items()}, abs=1e-12)


@pytest.fixture(scope="module")
def glass() -> pd.Series:
    return load_metallic_glass().X["formula"]


# ---------------------------------------------------------------- formulas worked out by hand


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Fe", {"Fe": 1}),
        ("Fe80B20", {"Fe": 80, "B": 20}),
        ("Al2O3", {"Al": 2, "O": 3}),
        ("H2O", {"H": 2, "O": 1}),
        ("Zr37.5Cu.5Al0.10", {"Zr": 37.5, "Cu": 0.5, "Al": 0.1}),
        ("Fe75.Co25", {"Fe": 75, "Co": 25}),
        ("Fe56Co7Ni7Zr6Nb4B20 ", {"Fe": 56, "Co": 7, "Ni": 7, "Zr": 6, "Nb": 4, "B": 20}),
        (" Fe 75\tCo 25", {"Fe": 75, "Co": 25}),
        ("Fe75\u200bCo\u00a025", {"Fe": 75, "Co": 25}),
        ("Fe₇₅Co₂₅", {"Fe": 75, "Co": 25}),
        ("Zr₄₁.₂Be", {"Zr": 41.2, "Be": 1}),
        ("Fe100Co0", {"Fe": 1}),
        ("Fe100(CoNi)0", {"Fe": 1}),
        ("CH3COOH", {"C": 2, "H": 4, "O": 2}),
        ("CO2", {"C": 1, "O": 2}),
        ("Co2", {"Co": 1}),
        # brackets whose two readings agree
        ("(Fe0.75B0.15Si0.10)96Nb4", {"Fe": 72, "B": 14.4, "Si": 9.6, "Nb": 4}),
        ("{[(Fe0.6Co0.4)0.75B0.2Si0.05]0.96Nb0.04}96Cr4",
         {"Fe": 41.472, "Co": 27.648, "B": 18.432, "Si": 4.608, "Nb": 3.84, "Cr": 4}),
        # alloy groups
        ("(Fe75Co25)83P17", {"Fe": 62.25, "Co": 20.75, "P": 17}),
        ("(CaCu)70Mg30", {"Ca": 35, "Cu": 35, "Mg": 30}),
        ("La62Al14(Cu5Ag1)12(Ni1Co1)12", {"La": 62, "Al": 14, "Cu": 10, "Ag": 2, "Ni": 6, "Co": 6}),
        ("[(Fe0.5Co0.5)72Mo4B24]94Dy6", {"Fe": 33.84, "Co": 33.84, "Mo": 3.76, "B": 22.56, "Dy": 6}),
        ("[(Fe75Co25)83P17]96Nb4", {"Fe": 59.76, "Co": 19.92, "P": 16.32, "Nb": 4}),
        ("Fe0.7(NiCo)0.3", {"Fe": 0.7, "Ni": 0.15, "Co": 0.15}),
        ("((CaCu)70Mg30)", {"Ca": 35, "Cu": 35, "Mg": 30}),
        ("((CaCu)70Mg30)2", {"Ca": 35, "Cu": 35, "Mg": 30}),
        # chemists' groups
        ("Al2(SO4)3", {"Al": 2, "S": 3, "O": 12}),
        ("(Al2(SO4)3)", {"Al": 2, "S": 3, "O": 12}),
        ("Ca(OH)2", {"Ca": 1, "O": 2, "H": 2}),
        ("K4[Fe(CN)6]", {"K": 4, "Fe": 1, "C": 6, "N": 6}),
        ("Fe70(NiCo)10B10", {"Fe": 70, "Ni": 10, "Co": 10, "B": 10}),
        ("CuSO4(H2O)5", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        # the middle dot
        ("CuSO4·5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CuSO₄ · 5 H₂O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CaSO4•0.5H2O", {"Ca": 1, "S": 1, "O": 4.5, "H": 1}),
        ("CaO⋅SiO2", {"Ca": 1, "O": 3, "Si": 1}),
        ("Fe37·5Co62·5", {"Fe": 37.5, "Co": 62.5}),
        ("(Fe0·75B0·25)96Nb4", {"Fe": 72, "B": 24, "Nb": 4}),
    ],
)  # fmt: skip
def test_worked_by_hand(text, amounts):
    assert parse_formula(text) == approx(**amounts)


@pytest.mark.parametrize(
    ("text", "alloy", "chemical"),
    [
        ("(CaCu)70Mg30", {"Ca": 35, "Cu": 35, "Mg": 30}, {"Ca": 70, "Cu": 70, "Mg": 30}),
        ("(Fe75Co25)83P17", {"Fe": 62.25, "Co": 20.75, "P": 17}, {"Fe": 6225, "Co": 2075, "P": 17}),
        ("Al2(SO4)3", {"Al": 2, "S": 0.6, "O": 2.4}, {"Al": 2, "S": 3, "O": 12}),
        ("Fe80B20", {"Fe": 80, "B": 20}, {"Fe": 80, "B": 20}),
    ],
)
def test_both_conventions_can_be_asked_for(text, alloy, chemical):
    assert parse_formula(text, "alloy") == approx(**alloy)
    assert parse_formula(text, convention="chemical") == approx(**chemical)


def test_order_is_that_of_first_appearance():
    assert list(parse_formula("Zr2(CuAl)50Zr48")) == ["Zr", "Cu", "Al"]


@pytest.mark.parametrize(
    ("text", "taken", "shown"),
    [
        # a misprint in an alloy: the total is 99
        ("(Cu50Zr50)92Al7", {"Cu": 4600, "Zr": 4600, "Al": 7}, "Cu 46.46 Zr 46.46 Al 7.071"),
        # a group that is a composition in per cent, in a formula that adds up to 85
        ("(Cu50Zr50)80Al5", {"Cu": 4000, "Zr": 4000, "Al": 5}, "Cu 47.06 Zr 47.06 Al 5.882"),
        # mol% of two oxides
        ("(ZrO2)97(Y2O3)3", {"Zr": 97 / 3, "O": 194 / 3 + 1.8, "Y": 1.2}, "Zr 31.7 O 66.34 Y 1.961"),
        # both readings add up to 100
        ("Fe60(CoNi)20(Si0.00B0.001)20", {"Fe": 60, "Co": 10, "Ni": 10, "B": 20}, "Ni 20 B 0.02"),
        # the alloy total is 100 and the other one is not: no doubt, no warning
        ("Fe60(CoNi)20(Si0.2B0.2)20", {"Fe": 60, "Co": 10, "Ni": 10, "Si": 10, "B": 10}, None),
    ],
)  # fmt: skip
def test_two_plausible_readings_warn_and_show_both(text, taken, shown):
    if shown is None:
        assert parse_formula(text) == approx(**taken)
        return
    with pytest.warns(AmbiguousFormulaWarning, match=re.escape(shown)):
        assert parse_formula(text) == approx(**taken)
    parse_formula(text, "alloy"), parse_formula(text, "chemical")  # asked for by name: silent


def test_a_dry_full_stop_before_water_warns():
    with pytest.warns(AmbiguousFormulaWarning, match=r"\(H2O\)5.*Cu 4\.762 S 4\.762 O 42\.86 H 47\.62"):
        assert parse_formula("CuSO4.5H2O") == approx(Cu=1, S=1, O=5.5, H=2)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("Al40Cu60T", 8, "'T' is no element; did you mean Ti, Tc, Te, Tb, Tm, Ta, Tl, Th?.*tritium"),
        ("D2O", 0, "deuterium, an isotope, write H"),
        ("Am50Pu50", 0, r"'Am' lies beyond the table of 94 elements.*plutonium"),
        ("Fe50Og50", 4, "ends at plutonium"),
        ("Xx", 0, "'Xx' is no element; did you mean Xe"),
        ("FE75", 1, "did you mean Fe"),
        ("fe75co25", 0, "did you mean Fe.*capital"),
        ("Fe75co25", 4, "did you mean Co"),
        ("Fe100-xCox", 5, "minus sign or hyphen"),
        ("Fe-5Co", 2, "never negative"),
        ("Fe−5Co", 2, "never negative"),
        ("Cox", 2, "write every amount as a number"),
        ("Fe1e2", 3, "exponent"),
        ("Fe75,5Co", 4, "comma"),
        ("Fe7 5", 4, "this number belongs to no element"),
        ("75Fe", 0, "a number stands before any element"),
        ("(2Fe)3", 1, "a number stands before any element"),
        ("Fe1.5.5", 5, "second decimal point"),
        ("Fe.Co", 2, "full stop that belongs to no number"),
        ("Fe75%Co25%", 4, "'%' is no part of a formula"),
        ("Fe$_{75}$", 2, "LaTeX"),
        ("Сu50Zr50", 0, "U\\+0421, cyrillic capital letter es"),
        ("Fe２", 2, "fullwidth digit two"),
        ("Fe٣", 2, "arabic-indic digit three"),
        ("Fe3+", 3, "is no part of a formula"),
        ("()", 0, "these brackets are empty"),
        ("Fe( )2", 2, "these brackets are empty"),
        ("Fe(Co0)50", 2, "in these brackets are all 0"),
        ("(Fe75Co25", 0, r"'\(' is never closed; add '\)'"),
        ("Fe75(Co[Ni]", 4, r"'\(' is never closed"),
        ("Fe75)Co", 4, "never opened"),
        ("(Fe75]", 5, r"'\]' cannot close '\('; write '\)'"),
        ("Fe0", 0, "every amount is 0"),
        ("Fe0B0.0", 0, "every amount is 0"),
        ("", None, "the formula is empty"),
        (" \t\n", None, "the formula is empty"),
        ("Fe" + "9" * 400, 2, "too large"),
        ("Fe1" + "0" * 12 + "1B", 2, "too large"),
        ("Fe" + "9" * 5000, 2, "too large"),
        ("Fe50B0." + "0" * 300 + "1", 5, "too small"),
        ("Fe1000000000B0.000000001", None, "the share of B is 1e-18"),
        ("(" * 51 + "Fe" + ")" * 51, 50, "nested deeper than 50"),
        ("((((Fe)999999999)999999999)9)9", 16, "beyond measure"),
        ("Al2O3·2SiO2", 5, "could be a decimal point"),
        ("Fe37·5Co60", 4, "could be a decimal point"),
        ("NaCl·6Fe", 4, "middle dot"),
        ("·Fe", 0, "middle dot"),
        ("Fe·", 2, "middle dot"),
        ("H2O2·5H2O2", 4, "could be a decimal point"),
    ],
)
def test_refused_with_place_and_reason(text, position, message):
    with pytest.raises(FormulaError, match=message) as caught:
        parse_formula(text)
    assert (caught.value.formula, caught.value.position) == (text, position)
    assert isinstance(caught.value, ValueError)
    if position is not None:
        shown, caret = str(caught.value).splitlines()[-2:]
        assert shown[caret.index("^")] == text[position]


@pytest.mark.parametrize(
    "value",
    [None, math.nan, np.float32("nan"), pd.NA, pd.NaT, 3, 2.5, True, b"Fe", ["Fe"], {"Fe": 1}, np.ones(3)],
)
def test_what_is_no_text_is_refused(value):
    with pytest.raises(FormulaError, match="is no formula; a formula is text such as 'Fe80B20'"):
        parse_formula(value)


def test_an_error_travels_between_processes():
    with pytest.raises(FormulaError) as caught:
        parse_formula("Fe75Xx")
    twin = pickle.loads(pickle.dumps(caught.value))
    assert str(twin) == str(caught.value) and twin.position == 4 and twin.reason == caught.value.reason


def test_unknown_convention():
    with pytest.raises(ValueError, match="take one of auto, alloy, chemical"):
        parse_formula("Fe", "alloys")


# ---------------------------------------------------------------- properties

elements = st.sampled_from(ELEMENTS)
amounts = st.one_of(
    st.just(("", 1.0)),
    st.integers(1, 200).map(lambda n: (str(n), float(n))),
    st.integers(1, 99999).map(lambda n: (f"{n / 100:.2f}", n / 100)),
    st.integers(1, 999).map(lambda n: (f".{n:03d}", n / 1000)),
)
leaves = st.lists(st.tuples(elements, amounts), min_size=1, max_size=4)
brackets = st.sampled_from(["()", "[]", "{}"])
trees = st.recursive(
    leaves,
    lambda inner: st.lists(
        st.one_of(st.tuples(elements, amounts), st.tuples(inner, amounts, brackets)), min_size=1, max_size=4
    ),
    max_leaves=12,
)


def write(tree) -> str:
    text = ""
    for head, (number, _), *pair in tree:
        text += pair[0][0] + write(head) + pair[0][1] + number if pair else head + number
    return text


def weigh(tree, alloy: bool) -> dict[str, float]:
    """The fractions of a tree, by plain recursion: the slow and obvious way."""
    held: dict[str, float] = {}
    for head, (_, amount), *pair in tree:
        part = weigh(head, alloy) if pair else {head: 1.0}
        scale = amount / sum(part.values()) if alloy else amount
        for symbol, value in part.items():
            held[symbol] = held.get(symbol, 0.0) + value * scale
    return held


@given(trees, st.booleans())
def test_grammar_made_formulas(tree, alloy):
    expected = weigh(tree, alloy)
    total = sum(expected.values())
    if min(expected.values()) < 1e-11 * total or total > 1e10:
        return
    reading = parse_formula(write(tree), "alloy" if alloy else "chemical")
    assert sum(reading.values()) == pytest.approx(1, abs=1e-12)
    assert reading == pytest.approx({s: a / total for s, a in expected.items()}, rel=1e-9)


@given(
    st.text() | st.text("FeCoTi()[]{}0123456789.· -₂", max_size=40),
    st.sampled_from(["auto", "alloy", "chemical"]),
)
@pytest.mark.filterwarnings("ignore::mcvn_utils.composition.AmbiguousFormulaWarning")
def test_garbage_is_read_or_refused(text, convention):
    try:
        reading = parse_formula(text, convention)
    except FormulaError as error:
        assert error.position is None or 0 <= error.position < len(text)
        assert error.reason and str(error)
    else:
        assert sum(reading.values()) == pytest.approx(1, abs=1e-9)
        assert all(symbol in ELEMENTS and share > 0 for symbol, share in reading.items())


LONG = 10_000
ENDLESS = {
    "digits": "Fe" + "1" * LONG,
    "digits, then garbage": "Fe" + "1" * LONG + "?",
    "opening brackets": "(" * LONG,
    "empty brackets": "()" * (LONG // 2),
    "groups": "(Fe2Co)3" * (LONG // 8),
    "nested at the limit": ("(" * 50 + "Fe" + ")2" * 50) * (LONG // 152),
    "blanks": "Fe" + " " * LONG + "?",
    "blanks and dots": "Fe" + "· " * (LONG // 2),
    "dots": "Fe" + "·" * LONG,
    "dots and digits": "Fe1·" * (LONG // 4),
    "waters": "Fe" + "·1H2O" * (LONG // 5),
    "almost waters": "Fe" + "·1H2O2" * (LONG // 6),
    "points": "Fe" + "." * LONG,
    "elements": "Fe" * (LONG // 2),
    "decimals": "Fe0.123456789012345" * (LONG // 19),
    "capitals": "X" * LONG,
    "small letters": "x" * LONG,
    "zeros": "Fe" + "0" * LONG,
    "surrogate": "Fe\ud800" * (LONG // 3),
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS.keys())
def test_ten_thousand_characters_take_milliseconds(text):
    def seconds() -> float:
        start = time.perf_counter()
        try:
            parse_formula(text, "chemical")
        except FormulaError as error:
            assert len(str(error)) < 500
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.05


shares = st.dictionaries(elements, st.floats(1e-4, 1e4), min_size=1, max_size=12)


@given(shares, st.sampled_from([100.0, 1.0]))
def test_parse_format_parse_is_the_identity(amounts, total):
    scale = sum(amounts.values())
    reading = {symbol: amount / scale for symbol, amount in amounts.items()}
    again = parse_formula(format_formula(reading, total=total))
    assert list(again) == list(reading)
    assert again == pytest.approx(reading, rel=1e-12)
    assert parse_formula(format_formula(again, total=total)) == pytest.approx(again, rel=1e-12)


def test_format_formula():
    assert format_formula({"Fe": 0.6225, "Co": 0.2075, "P": 0.17}) == "Fe62.25Co20.75P17"
    assert format_formula({"Zr": 1 / 3, "Cu": 2 / 3}, digits=1) == "Zr33.3Cu66.7"
    assert format_formula({"Al": 2, "O": 3, "Fe": 0}, total=5) == "Al2O3"
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


# ---------------------------------------------------------------- the 6470 alloys


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


@given(trees)
def test_pymatgen_agrees_on_grammar_made_formulas(tree):
    Composition = pytest.importorskip("pymatgen.core").Composition
    formula = write(tree)
    if min((held := weigh(tree, alloy=False)).values()) < 1e-3 or sum(held.values()) > 1e6:
        return  # it rounds amounts to 8 decimals
    theirs = {e.symbol: v for e, v in Composition(formula).fractional_composition.items()}
    assert parse_formula(formula, "chemical") == pytest.approx(theirs, rel=1e-4)


# ---------------------------------------------------------------- columns


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


def test_wrong_arguments_of_a_column():
    with pytest.raises(ValueError, match="errors='ignore'"):
        fractions(["Fe"], errors="ignore")
    with pytest.raises(ValueError, match="one column of formulas"):
        fractions(pd.DataFrame({"formula": ["Fe"]}))


# ---------------------------------------------------------------- weight and atomic per cent


def test_weights_are_those_of_the_element_table():
    elements = pytest.importorskip("mcvn_utils.descriptors")
    table = elements.element_table()
    assert tuple(table.index) == ELEMENTS
    assert np.allclose(ATOMIC_WEIGHTS, table["atomic_weight"], rtol=1e-9)


def test_a_steel_worked_by_hand():
    steel = pd.DataFrame({"C": [0.4], "Cr": [1.0]}, index=["41Cr4"])
    moles = {"C": 0.4 / 12.011, "Cr": 1.0 / 51.9961, "Fe": 98.6 / 55.845}
    row = from_weight_percent(steel).loc["41Cr4"]
    assert row[row > 0].to_dict() == approx(**moles)
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


# ---------------------------------------------------------------- whatever a user hands in


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


# ---------------------------------------------------------------- shown to a learner


def test_the_explorer_shows_reading_bars_and_caret():
    explorer = pytest.importorskip("mcvn_utils.course").formula_explorer("(Fe75Co25)83P17")
    (field, convention), shown = explorer.children[0].children, explorer.children[1]
    assert "alloy brackets" in shown.value and "62.25 at%" in shown.value and "10.08 wt%" in shown.value
    convention.value = "chemical"
    assert "chemical brackets" in shown.value and "0.2044 at%" in shown.value
    convention.value, field.value = "auto", "(Cu50Zr50)92Al7"
    assert "Ambiguous" in shown.value
    field.value = "Al40Cu60T<b>"
    assert "did you mean Ti" in shown.value and "^</pre>" in shown.value and "<b>" not in shown.value
    field.value = "Fe80B20"
    assert "both conventions agree" in shown.value
    field.value = ""
    assert "empty" in shown.value


def test_the_picture_of_sparsity_leaves_absent_elements_white():
    plots = pytest.importorskip("mcvn_utils.plots.elements")
    ax = plots.plot_sparsity(fractions(["Fe80B20", "Al2O3"]), title="two alloys")
    shown = ax.images[0].get_array()
    assert shown.shape == (2, 94) and shown.mask.sum() == 2 * 94 - 4
    assert shown[0, ELEMENTS.index("Fe")] == pytest.approx(80) and ax.get_title() == "two alloys"
    plots.plt.close(ax.figure)
