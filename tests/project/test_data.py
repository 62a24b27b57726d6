"""The packaged tables: unchanged, complete, and described by the datasheet."""

import csv
import hashlib
import re
from collections import Counter

import pytest

from mcvn_utils.datasets.files import DATA_DIR

ROWS = {
    "nims_steel.csv": 360,
    "maraging_steel.csv": 312,
    "metallic_glass.csv": 6470,
    "element_features.csv": 94,
    "element_feature_info.csv": 58,
    "binary_mixing_enthalpy.csv": 2484,
    "srim_template.csv": 3,
    "paper_results.csv": 43,
}


def read(name: str) -> list[dict[str, str]]:
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def datasheet() -> str:
    return (DATA_DIR / "README.md").read_text(encoding="utf-8")


def test_hashes_cover_every_table_and_match():
    listed = dict(reversed(line.split()) for line in (DATA_DIR / "SHA256SUMS").read_text().splitlines())
    assert set(listed) == {path.name for path in DATA_DIR.glob("*.csv")} == set(ROWS)
    for name, digest in listed.items():
        assert hashlib.sha256((DATA_DIR / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("name", ROWS)
def test_rows_line_ends_and_entry_in_the_datasheet(name, datasheet):
    text = (DATA_DIR / name).read_bytes()
    assert b"\r" not in text and text.endswith(b"\n")
    assert len(read(name)) == ROWS[name]
    digest = hashlib.sha256(text).hexdigest()
    assert re.search(rf"^\| `{name}` \| {ROWS[name]} \|.*`{digest}` \|$", datasheet, re.M), "datasheet out of step"


@pytest.mark.parametrize("name", ["nims_steel.csv", "maraging_steel.csv", "metallic_glass.csv", "srim_template.csv"])
def test_row_ids_are_unique_and_columns_are_in_the_datasheet(name, datasheet):
    rows = read(name)
    assert len({row["row_id"] for row in rows}) == len(rows)
    section = datasheet.split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert [column for column in rows[0] if f"`{column}`" not in section] == []


def test_headers_are_lower_case_words():
    for name in set(ROWS) - {"element_features.csv"}:  # its headers are XenonPy's own
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column) for column in read(name)[0]), name


def test_nims_is_120_heats_at_three_tempering_temperatures():
    rows = read("nims_steel.csv")
    not_of_the_heat = {"row_id", "heat", "tempering_temperature"} | {
        "fatigue_strength", "tensile_strength", "fracture_strength", "hardness",
    }  # fmt: skip
    heats: dict[str, list[dict]] = {}
    for row in rows:
        heats.setdefault(row["heat"], []).append(row)
    assert len(heats) == 120
    keys = set()
    series: Counter = Counter()
    for members in heats.values():
        inputs = {tuple(v for k, v in row.items() if k not in not_of_the_heat) for row in members}
        assert len(members) == 3 and len(inputs) == 1
        keys |= inputs
        series[tuple(sorted(row["tempering_temperature"] for row in members))] += 1
    assert len(keys) == 120, "two heats share all inputs"
    assert series == {("550", "600", "650"): 100, ("580", "630", "680"): 20}


def test_tempering_softens_every_heat():
    by_heat: dict[str, list[tuple[float, float, float]]] = {}
    for row in read("nims_steel.csv"):
        values = tuple(float(row[k]) for k in ("tempering_temperature", "tensile_strength", "hardness"))
        by_heat.setdefault(row["heat"], []).append(values)
    for heat, values in by_heat.items():
        (_, *hot), (_, *hotter), (_, *hottest) = sorted(values)
        assert hot[0] > hotter[0] > hottest[0] and hot[1] > hotter[1] > hottest[1], heat


def test_known_values_by_hand():
    first = read("nims_steel.csv")[0]
    assert (first["c"], first["mn"], first["tempering_temperature"]) == ("0.35", "0.77", "550")
    assert (first["fatigue_strength"], first["hardness"]) == ("397", "235")
    first = read("maraging_steel.csv")[0]
    assert (first["ni"], first["co"], first["yield_strength"]) == ("19.7", "15.0", "2411.5")
    assert read("metallic_glass.csv")[0]["formula"] == "Ag35Ca65"


def test_glass_classes_and_systems():
    rows = read("metallic_glass.csv")
    assert Counter(row["glass_class"] for row in rows) == {"BMG": 1210, "RMG": 3708, "CRA": 1552}
    assert len({row["chemical_system"] for row in rows}) == 700


def test_every_mended_formula_is_in_the_datasheet_and_nothing_else_was_touched(datasheet):
    section = datasheet.split("**Mended, row by row**")[1].split("**Doubtful")[0]
    mended = {
        row["row_id"]: (row["formula_as_printed"], row["formula"])
        for row in read("metallic_glass.csv")
        if row["formula"] != row["formula_as_printed"]
    }
    assert mended == {
        "MG-1120": ("Fe56Co7Ni7Zr6Nb4B20 ", "Fe56Co7Ni7Zr6Nb4B20"),
        "MG-1232": ("Al40Cu60T", "Al40Cu60"),
        "MG-2809": ("Al9Y9", "Al91Y9"),
    }
    listed = re.findall(r"^\| (MG-\d{4}) \| `([^`]+)` \| `([^`]+)` \|", section, re.M)
    assert {row: (printed.replace("␣", " "), now) for row, printed, now in listed} == mended


def test_families_of_maraging_steels_are_those_of_the_datasheet():
    from scipy.cluster.hierarchy import fcluster, linkage

    rows = read("maraging_steel.csv")
    wt = [[float(row[k]) for k in "c mn si cr ni mo v n nb co w al ti".split()] for row in rows]
    found = fcluster(linkage(wt, "single", metric="chebyshev"), 0.5 + 1e-9, "distance")
    pairs = {(row["family"], number) for row, number in zip(rows, found, strict=True)}
    assert len(pairs) == len({row["family"] for row in rows}) == len(set(found)) == 157


def test_template_rows_say_that_they_are_synthetic():
    assert all(row["row_id"].startswith("SYNTHETIC") for row in read("srim_template.csv"))


def test_paper_results_hold_the_printed_table():
    rows = read("paper_results.csv")
    glass = [row for row in rows if row["table"] == "metallic_glass" and row["support"] and row["features"]]
    assert len(glass) == 39 and {row["support"] for row in glass} == {"208", "1241", "510"}
    (mcvn,) = [row for row in glass if row["model"] == "MCVN" and row["target"] == "CRA"]
    assert (mcvn["recall"], mcvn["precision"], mcvn["f1"]) == ("0.78", "", "")
    assert [row["r2"] for row in rows if row["table"] == "nims_steel"] == ["0.92"]


def test_git_keeps_the_line_ends():
    attributes = DATA_DIR.parent / ".gitattributes"
    if not attributes.is_file():
        pytest.skip("installed package, no clone")
    lines = attributes.read_text().splitlines()
    assert "data/*.csv text eol=lf" in lines and "data/SHA256SUMS text eol=lf" in lines
