"""The lessons' tables of alloys: each loader reads, checks and describes one; ``data/README.md`` is their datasheet.

Packaged files must be byte for byte the published ones. Your own copy (``path=``) is checked cell by cell.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..composition.conversion import fractions
from .files import DataError, published_path
from .schema import Column, Table, read_table

GLASS_CLASSES = ("BMG", "RMG", "CRA")
"""Classes of the metallic glasses: bulk glass, ribbon glass, crystalline."""


def _columns(names: str, unit: str, low: float, high: float) -> tuple[Column, ...]:
    return tuple(Column(name, unit, low, high) for name in names.split())


_ROW_ID = Column("row_id", kind="text", required=False)
_YIELD_TENSILE_ELONGATION = (
    *_columns("yield_strength tensile_strength", "MPa", 50, 5000),
    *_columns("elongation", "%", 0, 100),
)
# Of each steel table: the columns of composition in wt%, of process and of targets, then group, citation and notes.
_STEELS = {
    "nims_steel": (
        "c si mn p s ni cr cu mo",
        (
            *_columns("normalizing_temperature quenching_temperature", "°C", 700, 1050),
            *_columns("tempering_temperature", "°C", 100, 727),
            *_columns("reduction_ratio", "", 1, 1e5),
            *_columns("inclusions_plastic inclusions_discontinuous inclusions_isolated", "area %", 0, 5),
        ),
        (
            *_columns("fatigue_strength tensile_strength fracture_strength", "MPa", 50, 5000),
            *_columns("hardness", "HV", 50, 1200),
        ),
        "heat",
        "J. Xiong, T.-Y. Zhang, S.-Q. Shi, Machine learning of mechanical properties of steels, "
        "Science China Technological Sciences 63 (2020) 1247; after NIMS fatigue data sheets (MatNavi).",
        "120 heats, each at three tempering temperatures: a random split puts rows of one heat on both "
        "sides. Group by heat to predict a steel never seen. Fatigue: 10^7 cycles, rotating bending.",
    ),
    "maraging_steel": (
        "c mn si cr ni mo v n nb co w al ti",
        (),
        _YIELD_TENSILE_ELONGATION,
        "family",
        "Citrine Informatics, Mechanical properties of some steels (steel_strength in matminer); "
        "matbench_steels in A. Dunn et al., npj Computational Materials 6 (2020) 138.",
        "Values such as 0.01 stand for 'not added'. No heat treatment is given. An open stand-in for "
        "the private SRIM table, because it has elongation too.",
    ),
    "srim_steel": (
        "c mn si p s cr mo v ni cu al",
        _columns("melting_method hot_working_mode hot_working_process", "coded", -1, 1)
        + _columns("hot_working_state hot_working_state_1", "coded", -1, 1),
        _YIELD_TENSILE_ELONGATION + _columns("reduction_of_area", "%", 0, 100),
        None,
        "The owner's own table; layout: Yu, Wu, Zhang, Qian, Engineering Applications of Artificial "
        "Intelligence 117 (2023) 105539.",
        "Read from {path}.",
    ),
}
_GLASS = (
    _ROW_ID,
    Column("formula", "at%", kind="formula"),
    Column("formula_as_printed", kind="verbatim", required=False),
    Column("chemical_system", kind="text", required=False),
    Column("glass_class", kind="text", choices=GLASS_CLASSES),
)


def load_nims_steel(path: str | Path | None = None) -> Table:
    """Load 360 carbon and low-alloy steels: 9 elements, 7 process values, 4 properties; 120 heats of 3 rows.

    ``X``: wt% of C, Si, Mn, P, S, Ni, Cr, Cu, Mo (iron is the balance), three temperatures in °C, reduction ratio,
    inclusions in area %. ``y``: fatigue, tensile and fracture strength in MPa, hardness in HV. ``groups``: heat.

    Parameters
    ----------
    path
        Your own copy in the same columns. ``row_id`` and ``heat`` may be left out: rows that differ only in the
        tempering temperature are then one heat.

    Raises
    ------
    DataError
        When the file is missing or changed, or a cell cannot be used; it names file, row, column and remedy.

    Examples
    --------
    >>> load_nims_steel().X.shape
    (360, 16)
    """
    table = _steel_table("nims_steel", path)
    if table.groups is not None:
        return table
    number = table.X.groupby(list(table.X.columns.drop("tempering_temperature")), sort=False).ngroup() + 1
    return replace(table, groups=number.map("H{:03d}".format).rename("heat"))


def load_maraging_steel(path: str | Path | None = None) -> Table:
    """Load 312 high-strength steels: 13 elements, yield and tensile strength, elongation; 157 families.

    Errors are those of :func:`load_nims_steel`. In your own copy (``path``) ``row_id`` and ``family`` may be left out;
    ``groups`` is None then.

    ``X``: wt% of C, Mn, Si, Cr, Ni, Mo, V, N, Nb, Co, W, Al, Ti (iron is the balance). ``y``: yield and tensile
    strength in MPa, elongation in %. ``groups``: family, steels joined by steps of at most 0.5 wt% per element.

    Examples
    --------
    >>> load_maraging_steel().X.shape
    (312, 13)
    """
    return _steel_table("maraging_steel", path)


def load_srim_steel(path: str | Path) -> Table:
    """Load a private table in the layout of the Shanghai Research Institute of Materials (SRIM).

    Errors are those of :func:`load_nims_steel`. The file has the header of ``data/srim_template.csv``; ``row_id`` may
    be left out.

    ``X``: wt% of C, Mn, Si, P, S, Cr, Mo, V, Ni, Cu, Al (iron is the balance), 5 process columns coded in [-1, 1].
    ``y``: yield and tensile strength in MPa, elongation and reduction of area in %. ``groups`` is None.

    Examples
    --------
    >>> from mcvn_utils.datasets import data_path
    >>> load_srim_steel(data_path("srim_template.csv")).X.shape
    (3, 16)
    """
    return _steel_table("srim_steel", path)


def load_metallic_glass(path: str | Path | None = None) -> Table:
    """Load 6470 alloys of 700 chemical systems: bulk glass (BMG), ribbon glass (RMG) or crystalline (CRA).

    Errors are those of :func:`load_nims_steel`. Your own table (``path``) has the columns ``formula`` and
    ``glass_class`` at least; every formula is parsed.

    ``X``: one column ``formula`` (at%). ``y``: ``glass_class``. ``groups``: the chemical system, such as
    "Al-Cu-Zr". ``as_printed``: the formulas untouched; ``data/README.md`` lists those that were mended.

    Examples
    --------
    >>> load_metallic_glass()
    Table metallic_glass: 6470 rows, inputs 1, predicts glass_class; 700 groups by chemical_system
    """
    frame = _read("metallic_glass.csv", path, _GLASS)
    if "chemical_system" not in frame:
        present = fractions(frame["formula"]) > 0
        frame["chemical_system"] = ["-".join(sorted(present.columns[row])) for row in present.to_numpy()]
    return Table(
        name="metallic_glass",
        X=frame[["formula"]],
        y=frame["glass_class"],
        groups=frame["chemical_system"],
        composition={"composition": "formula"},
        units={"formula": "at%"},
        citation="J. Xiong, S.-Q. Shi, T.-Y. Zhang, A machine-learning approach to predicting and "
        "understanding the properties of amorphous metallic alloys, Materials & Design 187 (2020) 108378.",
        notes="BMG: bulk metallic glass; RMG: glass only as a ribbon; CRA: crystalline. Brackets are of the "
        "alloy kind: (Fe75Co25)83P17 is 83 at% of a 75/25 mix.",
        as_printed=frame.get("formula_as_printed"),
    )


def _read(name: str, path: str | Path | None, columns: Sequence[Column]) -> pd.DataFrame:
    """Read the packaged file, known by its hash, or the user's own, checked in full."""

    def explain(changed: Path) -> str:
        try:
            read_table(changed, columns)
        except DataError as error:
            return str(error)
        return "Every cell still fits its column, so a value was edited, or a row added, dropped or moved."

    if path is not None:
        return read_table(path, columns)
    return read_table(published_path(name, explain), columns, check_formulas=False)


def _steel_table(name: str, path: str | Path | None) -> Table:
    """Read a steel table and sort its columns into X (composition by element symbol, then process), y and groups."""
    elements, process, targets, group, citation, notes = _STEELS[name]
    composition = _columns(elements, "wt%", 0, 100)
    label = [Column(group, kind="text", required=False)] if group else []
    columns = [*composition, *process, *targets]
    frame = _read(f"{name}.csv", path, [_ROW_ID, *label, *columns])
    symbols = {column: column.capitalize() for column in elements.split()}
    return Table(
        name=name,
        X=frame[[column.name for column in (*composition, *process)]].rename(columns=symbols),
        y=frame[[column.name for column in targets]],
        groups=frame.get(group),
        composition={"composition": list(symbols.values()), "unit": "wt%", "balance": "Fe"},
        units={symbols.get(column.name, column.name): column.unit for column in columns},
        citation=citation,
        notes=notes.format(path=path),
    )
