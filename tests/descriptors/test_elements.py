"""The element table and what is said about it."""

import numpy as np
import pytest

from mcvn_utils import composition
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.descriptors.elements import element_table, feature_info


def symbols(feature: str, column: str) -> set[str]:
    return set(feature_info().loc[feature, column].split())


def test_shape_order_and_type():
    table = element_table()
    assert table.shape == (94, 58)
    assert tuple(table.index) == ELEMENTS
    assert (table.dtypes == "float64").all() and np.isfinite(table.to_numpy()).all()
    assert list(table.atomic_number) == list(range(1, 95))


def test_known_values_by_hand():
    table = element_table()
    assert table.at["Fe", "atomic_weight"] == 55.845
    assert table.at["Cu", "electron_negativity"] == 1.90
    assert table.at["Al", "num_valance"] == 3
    assert table.at["He", "atomic_radius"] == 147.83264278997817  # every digit of the source is kept


def test_a_reader_cannot_change_the_table_for_others():
    table, info = element_table(), feature_info()
    table.loc["Fe"] = 0
    info.loc["density", "unit"] = "?"
    assert element_table().at["Fe", "density"] == 7.874
    assert feature_info().at["density", "unit"] == "g/cm³"


def test_weights_agree_with_those_of_the_composition_module():
    half = composition.from_weight_percent(composition.to_weight_percent(composition.fractions(["FeAl"])), None)
    assert half.at[half.index[0], "Fe"] == pytest.approx(0.5)
    weight = element_table().atomic_weight
    percent = composition.to_weight_percent(composition.fractions(["FeAl"])).iloc[0]
    assert percent.Fe == pytest.approx(100 * weight.Fe / (weight.Fe + weight.Al), rel=1e-9)


def test_every_feature_has_unit_meaning_source_and_group():
    info = feature_info()
    assert list(info.index) == list(element_table().columns)
    for column in ("unit", "meaning", "source", "group"):
        assert info[column].str.strip().ne("").all(), column
    assert info.group.nunique() == 11
    for odd in ("num_valance", "electron_negativity", "Polarizability"):
        assert "spelling" in info.at[odd, "remark"]


def test_counts_are_those_of_the_listed_symbols():
    info = feature_info()
    for kind in ("imputed", "suspicious"):
        listed = info[kind].str.split()
        assert (listed.str.len() == info[f"n_{kind}"]).all()
        assert all(symbol in ELEMENTS for row in listed for symbol in row)
    assert (info.n_imputed.sum(), (info.n_imputed > 0).sum()) == (264, 25)
    assert (info.n_suspicious.sum(), (info.n_suspicious > 0).sum()) == (70, 16)
    assert all(not symbols(f, "imputed") & symbols(f, "suspicious") for f in info.index)


def test_imputed_values_are_the_long_decimals():
    """Rule of the datasheet, part (a): more than 12 significant digits after float noise is removed."""
    table, info = element_table(), feature_info()
    for feature in table:
        rounded = table[feature].map(lambda x: float(f"{x:.12g}"))
        long = (table[feature] - rounded).abs() > 2e-15 * table[feature].abs()
        assert set(table.index[long]) <= symbols(feature, "imputed"), feature
    assert {"He", "O", "Ar"} <= symbols("atomic_radius", "imputed")
    assert info.at["gs_energy", "n_imputed"] == 0


def test_suspicious_values_are_those_that_the_checks_of_the_datasheet_find():
    table = element_table()

    def differ(a, b, tolerance, *features):
        known = {element for f in features for element in symbols(f, "imputed")}
        apart = (a - b).abs() > tolerance * np.maximum(a.abs(), b.abs())
        return set(table.index[apart]) - known

    molar = table.heat_capacity_mass * table.atomic_weight
    found = differ(table.heat_capacity_molar, molar, 0.05, "heat_capacity_molar", "heat_capacity_mass")
    assert found == symbols("heat_capacity_molar", "suspicious")
    found = differ(table.specific_heat, table.heat_capacity_mass, 0.1, "specific_heat", "heat_capacity_mass")
    assert found == symbols("specific_heat", "suspicious")
    found = differ(table.atomic_volume, table.molar_volume, 0.2, "atomic_volume", "molar_volume")
    assert found == symbols("atomic_volume", "suspicious")
    scales = (table.en_pauling - table.electron_negativity).abs() > 0.03
    assert set(table.index[scales]) - symbols("en_pauling", "imputed") == symbols("en_pauling", "suspicious")
    ratio = table.icsd_volume / table.gs_volume_per
    repeated = symbols("gs_volume_per", "suspicious")
    assert set(table.index[(ratio > 1.4) | (ratio < 1 / 1.4)]) - repeated == symbols("icsd_volume", "suspicious")
    for feature in (
        "gs_energy",
        "gs_volume_per",
        "gs_est_bcc_latcnt",
        "gs_est_fcc_latcnt",
        "dipole_polarizability",
    ):
        same = table[feature].eq(table[feature].shift()) & (table[feature] % 1 != 0)  # round numbers may recur
        assert set(table.index[same]) == symbols(feature, "suspicious"), feature
    assert set(table.index[table.electron_affinity < -1]) == symbols("electron_affinity", "suspicious")
    tiny = table.gs_mag_moment.between(0, 0.01, inclusive="neither")
    assert set(table.index[tiny]) == symbols("gs_mag_moment", "suspicious")
    above = set(table.index[table.melting_point >= table.boiling_point])
    assert above == {"Ne", "As"} <= symbols("melting_point", "suspicious") | symbols("boiling_point", "suspicious")


def test_valence_counts_add_up_and_lattices_follow_from_the_volume():
    table = element_table()
    for kind, total in (("valence", "num_valance"), ("unfilled", "num_unfilled")):
        assert (table[[f"num_{shell}_{kind}" for shell in "spdf"]].sum(axis=1) == table[total]).all()
    assert np.allclose(table.gs_est_bcc_latcnt**3, 2 * table.gs_volume_per, rtol=1e-3)
    assert np.allclose(table.gs_est_fcc_latcnt**3, 4 * table.gs_volume_per, rtol=1e-3)
