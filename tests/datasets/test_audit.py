"""What a careful reader notices in a table: repeated alloys, odd totals, groups, order."""

from mcvn_utils.composition.conversion import fractions
from mcvn_utils.datasets.audit import check_table, repeated_compositions
from mcvn_utils.datasets.files import data_path
from mcvn_utils.datasets.loaders import load_maraging_steel, load_metallic_glass, load_nims_steel


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


def test_check_lists_steels_that_are_alike():
    findings = check_table(load_maraging_steel(), tolerance=1e-3)
    assert ("same composition", ("MAR-032", "MAR-033"), "2 rows are like MAR-032") in findings.itertuples(index=False)
