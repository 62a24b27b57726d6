"""What a table must look like: an error names file, row, column and remedy."""

import pytest

from mcvn_utils.datasets.files import DataError
from mcvn_utils.datasets.loaders import load_nims_steel, load_srim_steel
from mcvn_utils.datasets.schema import Column, read_table
from tests.helpers.tables import LOADERS, replace_cell

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
    "nothing left for iron": (
        "maraging_steel",
        lambda text: text.splitlines()[0] + "\nX,F1,0,0,0,0,75,0,0,0,0,25,0,0,0,900,1000,5\n",
        r"row 1 .line 2.: adds up to 100 wt%",
    ),
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


def test_srim_code_outside_its_range(copy):
    with pytest.raises(DataError, match=r"row 3 .*column hot_working_state: 2 lies outside -1 to 1"):
        load_srim_steel(copy("srim_template.csv", replace_cell(3, "hot_working_state", "2")))


def test_columns_come_in_the_order_asked_for_and_rows_without_a_name_are_counted(tmp_path):
    path = tmp_path / "steels.csv"
    path.write_text("mn,c\n1.2,0.4\n0.8,0.1\n")
    table = read_table(path, [Column("c", "wt%", 0, 100), Column("mn", "wt%", 0, 100)])
    assert list(table) == ["c", "mn"] and table.c.tolist() == [0.4, 0.1]
    assert list(table.index) == ["row-1", "row-2"]
