"""Descriptors of pairs of elements: the published heats of mixing, and thirteen numbers computed by hand."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.datasets.loaders import load_metallic_glass
from mcvn_utils.descriptors.elements import element_table
from mcvn_utils.descriptors.pairs import LARGEST_OMEGA, PairDescriptor, mixing_enthalpies, pair_info

UNKNOWN = "He O F Ne S Cl Ar Se Br Kr Te I Xe Po At Rn Fr Ra Ac Pa U Np Pu".split()
KNOWN = [symbol for symbol in ELEMENTS if symbol not in UNKNOWN]


def describe(*formulas: str) -> pd.DataFrame:
    return PairDescriptor().set_output(transform="pandas").transform(list(formulas))


def one(formula: str) -> pd.Series:
    return describe(formula).iloc[0]


def test_the_table_is_symmetric_and_says_which_pairs_it_lacks():
    table = mixing_enthalpies()
    assert table.index.tolist() == table.columns.tolist() == list(ELEMENTS)
    assert np.array_equal(table.to_numpy(), table.to_numpy().T, equal_nan=True) and not np.diag(table).any()
    known = table.loc[KNOWN, KNOWN].isna()
    assert len(KNOWN) == 71 and [pair for pair in itertools.combinations(KNOWN, 2) if known.loc[pair]] == [("Zn", "Y")]
    others = [symbol for symbol in ELEMENTS if symbol not in KNOWN]
    assert table.loc[others].notna().to_numpy().sum() == len(others), "only with itself"
    table.loc[:] = 1.0
    assert mixing_enthalpies().loc["Zr", "Cu"] == -23.0, "a fresh copy per call"


@pytest.mark.parametrize(
    ("pair", "value"),
    [("Fe-B", -26), ("Cu-Zr", -23), ("Ni-Zr", -49), ("Al-Ni", -22), ("Al-Zr", -44), ("Cu-Fe", 13), ("Pd-P", -36.5),
     ("Fe-Si", -35), ("Mg-Cu", -3), ("La-Al", -38), ("Ti-Zr", 0), ("Cu-Ag", 2), ("Fe-C", -50), ("Ni-Nb", -30)],
)  # fmt: skip
def test_values_that_the_literature_on_glasses_quotes(pair, value):
    assert mixing_enthalpies().loc[tuple(pair.split("-"))] == value


def test_zr_cu_al_by_hand():
    """Zr50Cu40Al10: pairs Zr-Cu -23, Zr-Al -44, Cu-Al -1 kJ/mol."""
    alloy = one("Zr50Cu40Al10")
    assert alloy["mixing_enthalpy_mean"] == pytest.approx(4 * (0.5 * 0.4 * -23 + 0.5 * 0.1 * -44 + 0.4 * 0.1 * -1))
    assert alloy[["mixing_enthalpy_min", "mixing_enthalpy_max"]].tolist() == [-44, -1]
    assert alloy["mixing_enthalpy_std"] == pytest.approx(np.std([-23, -44, -1]))
    assert alloy[[f"mixing_enthalpy_{k}" for k in (12, 13, 23)]].tolist() == [-23, -44, -1]
    entropy = -8.314462618 * (0.5 * np.log(0.5) + 0.4 * np.log(0.4) + 0.1 * np.log(0.1))
    assert alloy["mixing_entropy"] == pytest.approx(entropy)
    radii, mean = (160, 128, 143), 0.5 * 160 + 0.4 * 128 + 0.1 * 143
    squares = [c * (1 - r / mean) ** 2 for c, r in zip((0.5, 0.4, 0.1), radii, strict=True)]
    assert alloy["size_mismatch"] == pytest.approx(100 * np.sqrt(sum(squares)))
    chi, mean = (1.33, 1.90, 1.61), 0.5 * 1.33 + 0.4 * 1.90 + 0.1 * 1.61
    squares = [c * (x - mean) ** 2 for c, x in zip((0.5, 0.4, 0.1), chi, strict=True)]
    assert alloy["electronegativity_mismatch"] == pytest.approx(np.sqrt(sum(squares)))
    melting = 0.5 * 2125 + 0.4 * 1356.6 + 0.1 * 933.5
    assert alloy["melting_point_mean"] == pytest.approx(melting)
    assert alloy["omega"] == pytest.approx(melting * entropy / (1000 * 27.36))
    assert alloy["n_elements"] == 3


def test_the_alloy_of_cantor_has_the_published_numbers():
    """CoCrFeMnNi: -4.16 kJ/mol and R ln 5 (Yang and Zhang 2012; Takeuchi and Inoue 2005 for the pairs)."""
    alloy = one("CoCrFeMnNi")
    assert alloy["mixing_enthalpy_mean"] == pytest.approx(-4.16)
    assert alloy["mixing_entropy"] == pytest.approx(8.314462618 * np.log(5))
    assert 3 < alloy["size_mismatch"] < 3.5 and 5 < alloy["omega"] < 6


def test_vitreloy_1_by_hand():
    """Zr41.2Ti13.8Cu12.5Ni10Be22.5, ten pairs."""
    amounts = {"Zr": 0.412, "Ti": 0.138, "Cu": 0.125, "Ni": 0.1, "Be": 0.225}
    heats = {"Zr Ti": 0, "Zr Cu": -23, "Zr Ni": -49, "Zr Be": -43, "Ti Cu": -9, "Ti Ni": -35, "Ti Be": -30,
             "Cu Ni": 4, "Cu Be": 0, "Ni Be": -4}  # fmt: skip
    alloy = one("Zr41.2Ti13.8Cu12.5Ni10Be22.5")
    mean = 4 * sum(amounts[a] * amounts[b] * heats[f"{a} {b}"] for a, b in (pair.split() for pair in heats))
    assert alloy["mixing_enthalpy_mean"] == pytest.approx(mean)
    assert alloy["mixing_enthalpy_std"] == pytest.approx(np.std(list(heats.values())))
    assert alloy[["mixing_enthalpy_min", "mixing_enthalpy_max"]].tolist() == [-49, 4]
    assert alloy[[f"mixing_enthalpy_{k}" for k in (12, 13, 23)]].tolist() == [-43, 0, -30]


def test_an_element_alone_mixes_with_nothing():
    alone = one("Zr").drop(["melting_point_mean", "n_elements"])
    assert not alone.any()
    assert one("Zr")["melting_point_mean"] == 2125 and one("Zr")["n_elements"] == 1


def test_two_elements_have_one_pair_and_no_third():
    alloy = one("Fe80B20")
    assert alloy[["mixing_enthalpy_min", "mixing_enthalpy_max", "mixing_enthalpy_12"]].tolist() == [-26] * 3
    assert not alloy[["mixing_enthalpy_13", "mixing_enthalpy_23", "mixing_enthalpy_std"]].any()


def test_omega_is_limited_where_the_heat_of_mixing_is_zero():
    assert one("Ti50Zr50")["omega"] == LARGEST_OMEGA


def test_of_equal_amounts_the_lighter_element_is_the_larger():
    assert one("ZrCuAl").tolist() == one("AlCuZr").tolist()
    assert one("ZrCuAl")["mixing_enthalpy_12"] == -1, "Al and Cu"


def test_pairs_without_a_value_are_left_out_and_one_warning_names_the_rows():
    frame = pd.Series(["Zn50Y25Mg25", "Fe80B20", "Cu50S50"], index=["a", "b", "c"])
    with pytest.warns(
        UserWarning, match=r"2 of 3 alloys have pairs without .*:\n  row 'a': Zn-Y\n  row 'c': S-Cu$"
    ) as caught:
        rows = PairDescriptor().set_output(transform="pandas").transform(frame)
    assert len(caught) == 1 and caught[0].filename == __file__
    heats = mixing_enthalpies().loc["Mg", ["Zn", "Y"]]
    assert rows.loc["a", "mixing_enthalpy_mean"] == pytest.approx(4 * 0.25 * (0.5 * heats["Zn"] + 0.25 * heats["Y"]))
    assert rows.loc["a", "mixing_enthalpy_std"] == pytest.approx(np.std(heats))
    assert rows.loc["a", ["mixing_enthalpy_min", "mixing_enthalpy_max"]].tolist() == [heats.min(), heats.max()]
    assert not rows.loc["c", [name for name in rows if name.startswith("mixing_enthalpy")]].any()
    with pytest.warns(UserWarning, match=r"row 9: S-Cu\n  and 20 more$"):
        PairDescriptor().transform(["CuS"] * 30)


def test_the_glasses_lack_few_pairs():
    with pytest.warns(UserWarning, match="^7 of 6470 alloys have pairs without"):
        glasses = PairDescriptor().transform(load_metallic_glass().X["formula"])
    assert glasses.shape == (6470, 13) and np.isfinite(glasses).all()


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(KNOWN), st.floats(0.5, 60), min_size=1, max_size=9))
def test_any_alloy_agrees_with_the_formulas_written_out(parts):
    symbols, amounts = zip(*sorted(parts.items(), key=lambda part: ELEMENTS.index(part[0])), strict=True)
    c = np.array(amounts) / sum(amounts)
    frame = pd.DataFrame([c], columns=list(symbols))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Zn-Y
        alloy = PairDescriptor().set_output(transform="pandas").transform(frame).iloc[0]
    heats = mixing_enthalpies().loc[list(symbols), list(symbols)]
    pairs = [(i, j) for i, j in itertools.combinations(range(len(c)), 2) if np.isfinite(heats.iloc[i, j])]
    values = np.array([heats.iloc[pair] for pair in pairs])
    mean = 4 * sum(c[i] * c[j] * heats.iloc[i, j] for i, j in pairs)
    assert alloy["mixing_enthalpy_mean"] == pytest.approx(mean, abs=1e-9)
    if pairs:
        assert alloy["mixing_enthalpy_min"] == values.min() and alloy["mixing_enthalpy_max"] == values.max()
        assert alloy["mixing_enthalpy_std"] == pytest.approx(values.std(), abs=1e-9)
    radius = element_table().loc[list(symbols), "atomic_radius"].to_numpy()
    delta = 100 * np.sqrt((c * (1 - radius / (c @ radius)) ** 2).sum())
    assert alloy["size_mismatch"] == pytest.approx(delta, abs=1e-5)
    assert alloy["n_elements"] == len(c)


def test_an_alloy_has_the_same_numbers_alone_and_among_others():
    formulas = ["Fe80B20", "Zr50Cu40Al10", "Ti", "CoCrFeMnNi", "Zr41.2Ti13.8Cu12.5Ni10Be22.5"]
    together = describe(*formulas)
    for k, formula in enumerate(formulas):
        np.testing.assert_allclose(one(formula), together.iloc[k], rtol=1e-12)


def test_all_elements_at_once():
    with pytest.warns(UserWarning, match="row 0: H-He, H-O"):
        assert np.isfinite(PairDescriptor().transform(["".join(ELEMENTS)])).all()


def test_names_units_and_use_in_a_pipeline():
    info = pair_info()
    assert info.index.tolist() == PairDescriptor().get_feature_names_out().tolist() and info.index.is_unique
    assert set(info["unit"]) == {"kJ/mol", "J/(mol K)", "%", "1", "K"}
    pipeline = make_pipeline(clone(PairDescriptor()), StandardScaler()).fit(["Fe80B20", "Zr50Cu50"])
    assert pipeline.transform(["Fe80B20"]).shape == (1, len(info))
    with pytest.raises(ValueError, match="row 1"):
        PairDescriptor().transform(["Fe80B20", "Fe80Bx"])
    assert PairDescriptor().transform(pd.Series([], dtype=str)).shape == (0, 13)
