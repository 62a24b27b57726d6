"""Loaders: what each returns, from the packaged file and from a user's own copy."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest

from mcvn_utils import datasets
from mcvn_utils.composition.conversion import fractions
from mcvn_utils.datasets.audit import check_table
from mcvn_utils.datasets.files import data_path
from mcvn_utils.datasets.loaders import load_maraging_steel, load_metallic_glass, load_nims_steel, load_srim_steel
from tests.helpers.tables import LOADERS


@pytest.mark.parametrize("name", LOADERS)
def test_tables_are_complete_and_aligned(name):
    table = LOADERS[name]()
    assert table.name == name and table.citation and table.notes
    assert table.X.index.is_unique and table.X.index.name == "row_id"
    assert table.X.index.equals(table.y.index) and table.X.index.equals(table.groups.index)
    assert not table.X.isna().any().any() and not pd.DataFrame(table.y).isna().any().any()
    numeric = [*table.X.select_dtypes("number"), *pd.DataFrame(table.y).select_dtypes("number")]
    assert set(numeric) <= set(table.units)
    with pytest.raises(AttributeError):
        table.name = "other"


def test_nims_by_hand():
    table = load_nims_steel()
    assert table.composition == {
        "composition": ["C", "Si", "Mn", "P", "S", "Ni", "Cr", "Cu", "Mo"],
        "unit": "wt%",
        "balance": "Fe",
    }
    assert table.X.shape == (360, 16) and table.y.shape == (360, 4)
    first = table.X.loc["NIMS-001"]
    assert (first.C, first.Mn, first.tempering_temperature, first.reduction_ratio) == (0.35, 0.77, 550, 825)
    assert list(table.y.loc["NIMS-001"]) == [397, 736, 1482, 235]
    assert table.units["hardness"] == "HV" and table.units["quenching_temperature"] == "°C"
    assert (table.groups.value_counts() == 3).all() and table.groups.nunique() == 120
    assert "120 groups by heat" in repr(table)


def test_maraging_and_glass_by_hand():
    table = load_maraging_steel()
    assert table.X.shape == (312, 13) and list(table.y) == [
        "yield_strength",
        "tensile_strength",
        "elongation",
    ]
    assert table.X.loc["MAR-001", "Ni"] == 19.7 and table.groups.nunique() == 157
    glass = load_metallic_glass()
    assert glass.composition == {"composition": "formula"} and list(glass.X) == ["formula"]
    assert glass.y.name == "glass_class" and glass.y["MG-1136"] == "BMG"
    assert glass.as_printed["MG-2809"] == "Al9Y9" and glass.X.at["MG-2809", "formula"] == "Al91Y9"


def test_packaged_formulas_all_parse_in_the_alloy_sense_and_systems_follow():
    glass = load_metallic_glass()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = fractions(glass.X.formula)
    pd.testing.assert_frame_equal(x, fractions(glass.X.formula, convention="alloy"))
    present = x.to_numpy() > 0
    symbols = x.columns.to_numpy()
    assert glass.groups.tolist() == ["-".join(sorted(symbols[row])) for row in present]


@pytest.mark.parametrize("name", LOADERS)
def test_own_copy_gives_the_same_table(name, copy):
    own, packaged = LOADERS[name](copy(f"{name}.csv")), LOADERS[name]()
    pd.testing.assert_frame_equal(own.X, packaged.X)
    pd.testing.assert_frame_equal(pd.DataFrame(own.y), pd.DataFrame(packaged.y))
    pd.testing.assert_series_equal(own.groups, packaged.groups)


def test_ids_and_groups_may_be_left_out(tmp_path):
    for name, group, n in (("nims_steel", "heat", 120), ("metallic_glass", "chemical_system", 700)):
        frame = pd.read_csv(data_path(f"{name}.csv"), dtype=str, keep_default_na=False)
        frame = frame.drop(columns=["row_id", group]).sample(frac=1, axis=1, random_state=0)  # any column order
        frame.to_csv(tmp_path / "own.csv", index=False, encoding="utf-8-sig")  # as a spreadsheet saves it
        own, packaged = LOADERS[name](tmp_path / "own.csv"), LOADERS[name]()
        assert own.X.index[0] == "row-1" and own.groups.nunique() == n
        assert pd.crosstab(own.groups.to_numpy(), packaged.groups.to_numpy()).gt(0).sum().eq(1).all()


def test_the_elements_of_a_system_stand_in_the_order_of_the_alphabet(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("formula,glass_class\nTi50Cu50,RMG\nZr55Cu30Al10Ni5,BMG\nNi40Pd40P20,BMG\n")
    assert load_metallic_glass(path).groups.tolist() == ["Cu-Ti", "Al-Cu-Ni-Zr", "Ni-P-Pd"]


def test_loading_is_quick():
    def seconds(load) -> float:
        start = time.process_time()
        load()
        return time.process_time() - start

    for load in LOADERS.values():
        assert min(seconds(load) for _ in range(3)) < 0.3


def test_srim_template_loads():
    table = load_srim_steel(data_path("srim_template.csv"))
    assert table.composition["composition"] == ["C", "Mn", "Si", "P", "S", "Cr", "Mo", "V", "Ni", "Cu", "Al"]
    assert table.X.shape == (3, 16) and table.y.shape == (3, 4) and table.groups is None
    assert table.X.index[0] == "SYNTHETIC-1" and table.units["melting_method"] == "coded"
    assert "groups" not in set(check_table(table).check)


def test_public_names():
    assert all(hasattr(datasets, name) for name in datasets.__all__)
    assert np.isin(load_metallic_glass().y, datasets.GLASS_CLASSES).all()
