"""Words that could be read as formulas are refused and named; formulas that look a little like words are read."""

import warnings

import pytest

from mcvn_utils.composition.conversion import from_atomic_percent, from_weight_percent
from mcvn_utils.composition.errors import FormulaError
from mcvn_utils.composition.formulas import parse_formula
from mcvn_utils.composition.words import adds_up, misread, named_word


@pytest.mark.parametrize("convention", ["auto", "alloy", "chemical"])
@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        # names of materials
        ("S45C", None, "'S45C' is the name of a material.*from_weight_percent"),
        ("S 45 C", None, "'S45C' is the name of a material"),
        ("S09CK", None, "name of a material"),
        ("SUP9", None, "name of a material"),
        ("SKH51", None, "name of a material"),
        ("SPHC", None, "name of a material"),
        ("Ti6Al4V", None, "name of a material.*balance='Ti'"),
        ("AlSi10Mg", None, "name of a material"),
        ("YBCO", None, "name of a material"),
        ("FCC", None, "name of a material or a state"),
        ("SUS304", 3, "the amount 304 is above 100"),
        ("SUS 304", 4, "the amount 304 is above 100"),
        ("SCr420", 3, "above 100"),
        ("IN718", 2, "above 100"),
        ("Tl2212", 2, "above 100"),
        ("(Fe75Co25)830P17", 10, "the amount 830 is above 100"),
        ("Fe100.5B", 2, "the amount 100.5 is above 100"),
        ("CuSO4·500H2O", 6, "the amount 500 is above 100"),
        # a single element with an amount
        ("H13", None, "a single element with the amount 13; write H for the pure element"),
        ("C45", None, "a single element with the amount 45"),
        ("Co2", None, "a single element with the amount 2"),
        ("Fe0.5", None, "a single element with the amount 0.5"),
        ("(Fe2)", None, "a single element with the amount 2"),
        ("Fe99", None, "a single element"),
        ("Cu2Cu3", None, "a single element with the amount 5"),
        # oxidation states
        ("Fe(III)Cl3", 2, r"'\(III\)' is an oxidation state; leave it out"),
        ("Fe(III)2O3", 2, "oxidation state"),
        ("Mn(IV)O2", 2, "oxidation state"),
        ("Cu(I)2O", 2, "oxidation state"),
        ("V(V)2O5", 1, "oxidation state"),
        ("Pb [ II ] O", 3, "oxidation state"),
        ("Fe(IX)O", 4, r"'\(IX\)' is an oxidation state"),
        ("Fe(II,III)3O4", 5, "oxidation state"),
        ("Fe(iii)Cl3", 3, "oxidation state"),
        # phases and states, which could be read
        ("AlCoCrFeNi FCC", 11, "'FCC' names a phase or a state; leave it out"),
        ("AlCoCrFeNi\tBCC ", 11, "'BCC' names a phase"),
        ("AlCoCrFeNi\nFCC", 11, "'FCC' names a phase"),
        ("AlCoCrFeNi FCC BCC", 11, "'FCC' names a phase"),
        ("AlCoCrFeNi(FCC)", 11, "'FCC' names a phase"),
        ("FCC AlCoCrFeNi", 0, "'FCC' names a phase"),
        ("Ti HCP", 3, "'HCP' names a phase"),
        ("Fe97 FCC", 5, "'FCC' names a phase"),
        ("NiAl B2", 5, "'B2' names a phase"),
        ("B2 NiAl", 0, "'B2' names a phase"),
        ("Cu50Zr50 B2", 9, "'B2' names a phase"),
        ("NiAl(B2)", 5, "'B2' names a phase"),
        ("NiAl [B2]", 6, "'B2' names a phase"),
        ("TiCr2 C14", 6, "'C14' names a phase"),
        ("TiCr2 {C15}", 7, "'C15' names a phase"),
        ("AlMg3 H14", 6, "'H14' names a phase or a state"),
        ("Fe3O4 HP", 6, "'HP' names a phase or a state"),
        ("AlCoCrFeNi SPS", 11, "'SPS' names a phase or a state"),
        # two alloys
        ("Fe80B20\nCo80B20", None, "a line break parts two formulas; give each alloy a row"),
        ("Fe80B20\r\nCo80B20", None, "a line break"),
        ("AlCoCrFeNi\u2028TiZr", None, "a line break"),
        ("Fe80B20 Co80B20", None, "a blank parts two formulas"),
        ("(Fe75Co25)83P17 Fe80B20", None, "a blank parts two formulas"),
        ("Fe0.8B0.2 Co0.8B0.2", None, "a blank parts two formulas"),
        # designations with blanks
        ("Ti 6Al 4V", None, r"in front of.*pd.DataFrame\({'Al': \[6\], 'V': \[4\]}\), balance='Ti'"),
        ("Fe 0.3C", None, r"designation in wt%.*{'C': \[0.3\]}\), balance='Fe'"),
    ],
)  # fmt: skip
def test_a_word_that_could_be_read_is_refused(text, position, message, convention):
    with pytest.raises(FormulaError, match=message) as caught:
        parse_formula(text, convention)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *[(f"AlCoCrFeNi{join}{word}", f"'{word}' names a phase or a state; leave it out")
          for join in (" ", ", ", "-", " - ", "_", "/", " (", "\n", "; ", "+", " [", "|")
          for word in ("as-cast", "annealed", "amorphous", "L12", "fcc")],
        *[(f"AlCoCrFeNi{join}{word}", f"'{word}' names a phase or a state")
          for join in (", ", "-", "_", "/", "; ") for word in ("FCC", "B2", "BCC", "C14", "HIP")],
        *[(f"Ni3Al {word}", f"'{word}' names a phase or a state") for word in (
            "L1_2", "D0_22", "D022", "DO3", "D03", "A1", "A15", "E2_1", "B19'", "C11b", "cF4", "hP2", "Fm-3m",
            "P63/mmc", "I4/mmm", "Pnma", "hcp", "bct", "γ", "as cast", "As-cast", "melt-spun", "CAST", "ANNEAL", "BMG",
            "AC", "T6", "ribbon", "nanoparticles", "film", "martensite", "quenched")],
        ("α-Fe", "'α' names a phase"),
        ("amorphous Fe80B20", "'amorphous' names"),
        ("fcc-Co", "'fcc' names"),
        ("AlCoCrFeNi FCC + BCC", "'BCC' names"),
        ("AlCoCrFeNi annealed at 800 C", "'annealed' names"),
        ("Inconel 718", "'Inconel' names"),
        # units
        *[(f"Fe70Cr30 {unit}", f"'{unit}' is a unit.*from_weight_percent")
          for unit in ("wt%", "wt.%", "wt. %", "WT%", "mass%", "weight percent", "w/o")],
        *[(f"Fe80B20 {unit}", f"'{unit}' is a unit; leave it out") for unit in ("at%", "at.%", "At%", "a/o")],
        ("Fe80B20 (at.%)", "'at.%' is a unit"),
        ("Fe70Cr30wt%", "'wt%' is a unit"),
        ("wt% Fe70Cr30", "'wt%' is a unit"),
        ("ZrO2 mol%", "'mol%' is a unit.*convention='chemical'"),
        ("ZrO2-3mol%Y2O3", "'mol%' is a unit"),
        ("Fe80B20 vol.%", "'vol.%' is a unit"),
        ("Fe99B 300ppm", "'ppm' is a unit"),
        # the balance
        *[(text, "is the balance; write its at%.*from_weight_percent") for text in (
            "Cr18Ni8Febal.", "Cr18Ni8Fe bal.", "Cr18Ni8FeBal", "Cr18Ni8Fe(bal)", "Cr18Ni8Cbal", "balFe", "Bal. Fe",
            "Cr18Ni8Fe balance", "Cr18Ni8Fe rest")],
        # states of matter and placeholders
        *[(f"NaCl{state}", "is a state of matter; leave it out") for state in ("(s)", "(l)", "(g)", "(aq)", " (aq)")],
        ("Mm55Al25Ni20", "'Mm' is mischmetal; write its rare earths"),
        ("LaMmNi5", "'Mm' is mischmetal"),
        *[(f"{kind}2Fe14B", f"'{kind}' stands for several elements") for kind in ("RE", "REE", "Ln", "TM", "An", "Pn")],
        ("FeRE", "'RE' stands for"),
        *[(f"{kind}2Fe14B", f"'{kind}' is no element.*stands for several elements") for kind in "RMXA"],
        ("YBa2Cu3O7-δ", "'δ' is a variable"),
        ("La1-xSrxMnO3", "'x' is a variable"),
        # capitals
        ("ZR50CU50", "did you mean Zr"),
        ("NI50TI50", "did you mean Ti"),
        # several formulas
        *[(f"Fe80B20{mark} Co80B20", "one alloy per row") for mark in ",;/&|"],
        # designations
        ("Ti-6Al-4V", r"hyphen; an amount is never negative; 'Ti-6Al-4V' is a designation in wt%"),
        ("Ti-6Al-4V ELI", r"pd.DataFrame\({'Al': \[6\], 'V': \[4\]}\), balance='Ti'"),
        ("Ti–6Al–4V (wt%)", "designation in wt%"),
        ("Fe-0.3C", r"pd.DataFrame\({'C': \[0.3\]}\), balance='Fe'"),
        ("Al-4.5Cu", r"pd.DataFrame\({'Cu': \[4.5\]}\), balance='Al'"),
        ("Al-4.5 wt.% Cu", r"pd.DataFrame\({'Cu': \[4.5\]}\), balance='Al'"),
        ("Ti-48Al-2Cr-2Nb", r"'Al': \[48\], 'Cr': \[2\], 'Nb': \[2\].*from_atomic_percent if it is in at%"),
        # ... and hyphens of another kind
        ("Cu50-Zr50", "write the parts one behind the other"),
        ("Fe-8B-2B", "write the parts one behind the other"),
        ("Fe-80B-20Fe", "write the parts one behind the other"),
        ("Fe80-B20", "write the parts one behind the other"),
        ("Fe-120Co", "write the parts one behind the other"),
    ],
)  # fmt: skip
def test_a_word_that_cannot_be_read_is_named(text, message):
    with pytest.raises(FormulaError, match=message):
        parse_formula(text)


def test_the_call_that_a_designation_leads_to_is_right():
    with pytest.raises(FormulaError) as caught:
        parse_formula("Ti-6Al-4V")
    call = caught.value.remedy.split("write ")[1].split(" (from")[0]
    names = {"pd": pytest.importorskip("pandas"), "from_weight_percent": from_weight_percent}
    table = eval(call, names)  # what a user pastes
    assert table[["Al", "Ti", "V"]].round(3).values.tolist() == [[0.102, 0.862, 0.036]]
    assert from_atomic_percent(names["pd"].DataFrame({"Al": [48], "Cr": [2]}), balance="Ti")["Ti"].item() == 0.5


@pytest.mark.parametrize(
    "text",
    [
        *"H2 N2 O2 F2 Cl2 S8 P4 C60 Br2 I2 O3 (H2)".split(),
        *"Fe Fe1 Fe100 Fe1.0 Fe100.0 Cu99.9 (Fe) Fe50Fe50 Fe100Co0".split(),
        *"W(CO)6 Ni(CO)4 (NH4)2[FeCl5(H2O)] K4[Fe(CN)6] Ca10(PO4)6(OH)2 Fe(C5H5)2 Fe(CO)5 [Co(NH3)6]Cl3".split(),
        *"CO CO2 NO HF COS SiC VC W2C B4C HCN KOH SF6 H2SO4 CuSO4·5H2O VI3 (VO)SO4 Ti3SiC2 NaN".split(),
        *"AlCoCrFeNi Al0.5CoCrFeNi TiZrHfNbTa CoCrFeMnNi W50V50 B50C50 Ba8Ga16Ge30 Mg17Al12 Cd58Y13".split(),
        *"YBa2Cu3O7 YBa2Cu3O6.95 Bi2Sr2CaCu2O8 Ti4Ni2O Ti2AlC Ti3AlC2 AlSi12Mg Nd2Fe14B (Fe0.6Co0.4)0.9B0.1".split(),
        "Al0.25 Co1 Fe1 Ni1",
        "Ti1 B2",
        "Mo5 Si1 B2",
        "Ti B2",
        "H1 F1",
        "Fe40Ni40 B20",
        "(Fe0.5Co0.5)80 B20",
        "Fe80(B20)",
        "K2 [Pt Cl6]",
        " Fe 75\tCo 25",
        "Fe80B20\n",
        "Fe\u200b80B20",
        "Fe0.7(NiCo)0.3",
        "(CoCrFeNi)94Ti6",
        "Cu60 Zr40",
        "Cu50 Zr50 Al50 Ni50",
        "Fe 80 B",
        "Ti 6 Al 4 V 2",
    ],
)
def test_a_formula_stays_one_without_a_warning(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sum(parse_formula(text).values()) == pytest.approx(1)


def test_the_parts():
    assert named_word("Fe80B20 wt%", 8)[0] == "'wt%' is a unit" and named_word("Fe80?", 4) is None
    assert named_word("Fe" * 5000 + " annealed", 10_001)[0].startswith("'annealed'")
    assert misread("Fe80B20", {"Fe": 80, "B": 20}, 100, True) is None
    assert misread("Fe5", {"Fe": 5}, 5, False)[1] == "a single element with the amount 5"
    assert adds_up(99.49999999999999) and adds_up(100.5) and adds_up(0.995) and adds_up(1.005)
    assert not any(map(adds_up, (99.4999, 100.5001, 0.99499, 1.00501, 50)))
