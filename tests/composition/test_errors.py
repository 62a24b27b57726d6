"""What is said of a formula that cannot be read: the place, the reason, and the remedy."""

import pickle

import pandas as pd
import pytest

from mcvn_utils.composition.errors import FormulaError, list_rows
from mcvn_utils.composition.formulas import parse_formula


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


def test_an_error_travels_between_processes():
    with pytest.raises(FormulaError) as caught:
        parse_formula("Fe75Xx")
    twin = pickle.loads(pickle.dumps(caught.value))
    assert str(twin) == str(caught.value) and twin.position == 4 and twin.reason == caught.value.reason


def test_ten_rows_and_the_number_of_the_others():
    index = pd.Index(list("abcdefghijklmn"))
    assert list_rows("head:", index, [0, 2], str) == "head:\n  row 'a': 0\n  row 'c': 2"
    assert list_rows("head:", index, range(10), str).endswith("row 'j': 9")
    assert list_rows("head:", index, range(12), str).endswith("row 'j': 9\n  and 2 more")
