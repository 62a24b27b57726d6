"""Loaders: what they return, and what they say when a file cannot be used."""

import shutil
import time
import warnings

import numpy as np
import pandas as pd
import pytest

from mcvn_utils.composition.conversion import fractions
from mcvn_utils.composition.formulas import printed_total
from mcvn_utils.datasets import files as _data
from mcvn_utils.datasets import loaders as datasets
from mcvn_utils.datasets.audit import check_table, repeated_compositions
from mcvn_utils.datasets.files import DataError, data_path
from mcvn_utils.datasets.loaders import load_maraging_steel, load_metallic_glass, load_nims_steel, load_srim_steel

LOADERS = {
    "nims_steel": load_nims_steel,
    "maraging_steel": load_maraging_steel,
    "metallic_glass": load_metallic_glass,
}


@pytest.fixture
def copy(tmp_path):
    """A user's own copy of a packaged table, to be edited: ``copy(name, edit)`` returns its path."""

    def make(name, edit=lambda text: text):
        path = tmp_path / name
        path.write_text(edit(data_path(name).read_text(encoding="utf-8")), encoding="utf-8")
        return path

    return make


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """The data folder, copied, so that a test can damage it."""
    folder = shutil.copytree(_data.DATA_DIR, tmp_path / "data")
    monkeypatch.setattr(_data, "DATA_DIR", folder)
    return folder


def replace_cell(row: int, column: str, value: str):
    def edit(text: str) -> str:
        lines = text.splitlines()
        cells = lines[row].split(",")
        cells[lines[0].split(",").index(column)] = value
        lines[row] = ",".join(cells)
        return "\n".join(lines) + "\n"

    return edit


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


def test_loading_is_quick():
    def seconds(load) -> float:
        start = time.process_time()
        load()
        return time.process_time() - start

    for load in LOADERS.values():
        assert min(seconds(load) for _ in range(3)) < 0.3


def test_missing_packaged_file(packaged):
    (packaged / "nims_steel.csv").unlink()
    with pytest.raises(DataError, match=r"nims_steel\.csv is missing.*git checkout -- data/nims_steel\.csv"):
        load_nims_steel()


def test_one_changed_digit_is_noticed(packaged):
    path = packaged / "nims_steel.csv"
    path.write_text(replace_cell(9, "hardness", "999")(path.read_text()))
    with pytest.raises(DataError, match=r"was changed(.|\n)*git checkout(.|\n)*Every cell still fits") as error:
        load_nims_steel()
    assert "nims_steel.csv" in str(error.value)


def test_changed_file_names_the_first_cell_that_fails(packaged):
    path = packaged / "metallic_glass.csv"
    path.write_text(replace_cell(17, "formula", "Zr50Qq50")(path.read_text()))
    with pytest.raises(DataError, match=r"was changed(.|\n)*row 17 .line 18., column formula: 'Zr50Qq50'"):
        load_metallic_glass()


def test_hash_list_missing_or_incomplete(packaged):
    sums = packaged / "SHA256SUMS"
    sums.write_text("")
    with pytest.raises(DataError, match=r"no line for maraging_steel.csv"):
        load_maraging_steel()
    sums.unlink()
    with pytest.raises(DataError, match="SHA256SUMS is missing"):
        load_maraging_steel()


BAD = {
    "not a number": (
        "nims_steel",
        replace_cell(17, "c", "n.a."),
        "row 17 .line 18., column c: 'n.a.' is no number",
    ),
    "decimal comma": ("nims_steel", replace_cell(3, "c", '"0,35"'), "decimal point"),
    "infinite": ("nims_steel", replace_cell(3, "c", "inf"), "'inf' is no number"),
    "not a number, the word": ("nims_steel", replace_cell(3, "c", "nan"), "'nan' is no number"),
    "empty": (
        "maraging_steel",
        replace_cell(2, "elongation", " "),
        "row 2 .*column elongation: the cell is empty",
    ),
    "kelvin": (
        "nims_steel",
        replace_cell(1, "tempering_temperature", "823"),
        "823 lies outside 100 to 727 °C",
    ),
    "gigapascal": ("maraging_steel", replace_cell(1, "yield_strength", "2.4"), "outside 50 to 5000 MPa"),
    "negative": ("maraging_steel", replace_cell(5, "ni", "-1"), "row 5 .*-1 lies outside"),
    "over 100": ("maraging_steel", replace_cell(4, "ni", "99"), r"row 4 .line 5.: adds up to 119\.69 wt%"),
    "row_id twice": (
        "nims_steel",
        replace_cell(8, "row_id", "NIMS-002"),
        "row 8 .*was used before, in row 2",
    ),
    "unknown class": (
        "metallic_glass",
        replace_cell(6, "glass_class", "bmg"),
        "'bmg' is none of BMG, RMG, CRA",
    ),
    "formula": (
        "metallic_glass",
        replace_cell(17, "formula", "Fe50(Co50"),
        "row 17 .*column formula: 'Fe50.Co50'",
    ),
    "empty formula": ("metallic_glass", replace_cell(17, "formula", ""), "row 17 .*column formula"),
    "header typo": (
        "nims_steel",
        lambda text: text.replace("tempering_temperature", "temperaing_temperature"),
        "unknown column 'temperaing_temperature'; did you mean 'tempering_temperature'",
    ),
    "missing columns": (
        "nims_steel",
        lambda text: "\n".join(line.rsplit(",", 2)[0] for line in text.splitlines()),
        "missing columns: fracture_strength, hardness",
    ),
    "column twice": (
        "metallic_glass",
        lambda text: text.replace("formula_as_printed", "formula", 1),
        "column 'formula' stands 2 times",
    ),
    "short row": (
        "nims_steel",
        lambda text: text.replace(",235\n", "\n", 1),
        "row 1 .line 2.: 21 cells where",
    ),
    "semicolons": (
        "nims_steel",
        lambda text: text.replace(",", ";"),
        "is not separated by commas",
    ),
    "no rows": ("nims_steel", lambda text: text.splitlines()[0] + "\n", "holds no data rows"),
    "nothing": ("nims_steel", lambda text: "", "holds no data rows"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors_name_file_row_column_and_remedy(case, copy):
    name, edit, message = BAD[case]
    path = copy(f"{name}.csv", edit)
    with pytest.raises(DataError, match=message) as error:
        LOADERS[name](path)
    assert name in str(error.value)
    assert any(word in str(error.value) for word in ("Correct", "Save it", "It needs"))


def test_many_errors_are_cut_short(copy):
    path = copy("nims_steel.csv", lambda text: text.replace(",865,865,", ",?,?,"))
    with pytest.raises(DataError, match=r"\.\.\. and \d+ more") as error:
        load_nims_steel(path)
    assert len(str(error.value).splitlines()) < 10


def test_unreadable_files(tmp_path):
    with pytest.raises(DataError, match=r"is missing. Check the path"):
        load_srim_steel(tmp_path / "none.csv")
    (tmp_path / "sheet.csv").write_bytes(b"PK\x03\x04\xff\xfe\x00 a spreadsheet renamed")
    with pytest.raises(DataError, match=r"cannot be read as CSV.*UTF-8"):
        load_srim_steel(tmp_path / "sheet.csv")
    with pytest.raises(DataError, match="cannot be read"):
        load_srim_steel(tmp_path)


def test_blank_lines_do_not_shift_the_line_number(copy):
    def edit(text):
        lines = replace_cell(2, "c", "x")(text).splitlines()
        return "\n".join([lines[0], "", "", *lines[1:]])

    with pytest.raises(DataError, match=r"row 2 .line 5."):
        load_nims_steel(copy("nims_steel.csv", edit))


def test_srim_template_loads():
    table = load_srim_steel(data_path("srim_template.csv"))
    assert table.composition["composition"] == ["C", "Mn", "Si", "P", "S", "Cr", "Mo", "V", "Ni", "Cu", "Al"]
    assert table.X.shape == (3, 16) and table.y.shape == (3, 4) and table.groups is None
    assert table.X.index[0] == "SYNTHETIC-1" and table.units["melting_method"] == "coded"
    assert "groups" not in set(check_table(table).check)


def test_srim_code_outside_its_range(copy):
    with pytest.raises(DataError, match=r"row 3 .*column hot_working_state: 2 lies outside -1 to 1"):
        load_srim_steel(copy("srim_template.csv", replace_cell(3, "hot_working_state", "2")))


def test_check_of_the_glasses_finds_what_the_datasheet_lists():
    findings = check_table(load_metallic_glass())
    datasheet = data_path("README.md").read_text(encoding="utf-8")
    same = findings[findings.check == "same composition"].rows
    assert sorted(map(len, same)) == [2] * 7 + [3]
    for rows in same:
        assert f"| {', '.join(rows)} |" in datasheet
    assert findings[findings.check == "classes disagree"].rows.tolist() == [("MG-1136", "MG-4669")]
    totals = findings[findings.check == "total"]
    assert len(totals) == 17 and all(row in datasheet for (row,) in totals.rows)
    assert "Zr53Ti5Cu20Ni12Al15 adds up to 105, not 100" in set(totals.finding)


def test_check_of_the_steels():
    nims = check_table(load_nims_steel()).set_index("check").finding
    assert nims["same composition"] == "120 compositions, each inside one heat"
    assert nims["groups"] == "120 groups by heat, 3 rows each; inside a group only tempering_temperature differs"
    assert "C: 0.28 to 0.57 wt%" in set(nims["range"])
    maraging = check_table(load_maraging_steel())
    assert "same composition" not in set(maraging.check)
    order = maraging.set_index("check").finding["order"]
    assert order == "yield_strength lies above tensile_strength in 0 of 312 rows"


def test_repeated_compositions_joins_within_the_tolerance():
    x = fractions(["Fe50Co50", "Fe50.005Co49.995", "Fe51Co49", "Co50Fe50"])
    assert repeated_compositions(x).to_dict() == {0: 1, 1: 1, 3: 1}
    assert repeated_compositions(x, 0.02).to_dict() == {0: 1, 1: 1, 2: 1, 3: 1}
    assert repeated_compositions(x.iloc[[0, 2]]).empty


@pytest.mark.parametrize(
    ("formula", "total"),
    [
        ("(Fe75Co25)83P17", 100),
        ("{[(Fe0.6Co0.4)0.75B0.2Si0.05]0.96Nb0.04}96Cr4", 100),
        ("(Ti0.45Cu0.378Zr0.10Ni0.072)", 1),
        ("Zr53Ti5Cu20Ni12Al15", 105),
        ("AlCrMoSiTi", 5),
    ],
)
def test_printed_total(formula, total):
    assert printed_total(formula) == pytest.approx(total)


def test_public_names():
    assert datasets.DATA_DIR.is_dir()
    assert all(hasattr(datasets, name) for name in datasets.__all__)
    assert np.isin(load_metallic_glass().y, datasets.GLASS_CLASSES).all()
