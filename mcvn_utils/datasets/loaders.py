"""The lessons' tables of alloys: each loader reads, checks and describes one.

``load_nims_steel()``, ``load_maraging_steel()`` and ``load_metallic_glass()`` read the packaged files, whose
SHA-256 must be the published one; with ``path=`` they read your own copy, checked cell by cell.
``load_srim_steel(path)`` reads a private table in the layout of the Shanghai Research Institute of Materials.
``data/README.md`` is the datasheet.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..composition.conversion import fractions
from .files import DataError, published_path
from .schema import Column, Table, read_table

GLASS_CLASSES = ("BMG", "RMG", "CRA")


def _columns(names: str, unit: str, low: float, high: float) -> tuple[Column, ...]:
    return tuple(Column(name, unit, low, high) for name in names.split())


_ROW_ID = Column("row_id", kind="text", required=False)
_NIMS_COMPOSITION = _columns("c si mn p s ni cr cu mo", "wt%", 0, 100)
_NIMS_PROCESS = (
    *_columns("normalizing_temperature quenching_temperature", "°C", 700, 1050),
    *_columns("tempering_temperature", "°C", 100, 727),
    *_columns("reduction_ratio", "", 1, 1e5),
    *_columns("inclusions_plastic inclusions_discontinuous inclusions_isolated", "area %", 0, 5),
)
_NIMS_TARGETS = (
    *_columns("fatigue_strength tensile_strength fracture_strength", "MPa", 50, 5000),
    *_columns("hardness", "HV", 50, 1200),
)
_MARAGING_COMPOSITION = _columns("c mn si cr ni mo v n nb co w al ti", "wt%", 0, 100)
_MARAGING_TARGETS = (
    *_columns("yield_strength tensile_strength", "MPa", 50, 5000),
    *_columns("elongation", "%", 0, 100),
)
_SRIM_COMPOSITION = _columns("c mn si p s cr mo v ni cu al", "wt%", 0, 100)
_SRIM_PROCESS = _columns(
    "melting_method hot_working_mode hot_working_process hot_working_state hot_working_state_1",
    "coded",
    -1,
    1,
)
_SRIM_TARGETS = (*_MARAGING_TARGETS, *_columns("reduction_of_area", "%", 0, 100))
_GLASS = (
    _ROW_ID,
    Column("formula", "at%", kind="formula"),
    Column("formula_as_printed", kind="verbatim", required=False),
    Column("chemical_system", kind="text", required=False),
    Column("glass_class", kind="text", choices=GLASS_CLASSES),
)


def load_nims_steel(path: str | Path | None = None) -> Table:
    """Load 360 carbon and low-alloy steels: 9 elements, 7 process values, 4 properties; 120 heats of 3 rows.

    Parameters
    ----------
    path : str or Path, optional
        Your own copy in the same columns; its hash is not compared. ``row_id`` and ``heat`` may be left out:
        rows that differ in nothing but the tempering temperature are then one heat.

    Returns
    -------
    Table
        ``X``: wt% of C, Si, Mn, P, S, Ni, Cr, Cu, Mo (iron is the balance), three temperatures in °C,
        reduction ratio, inclusions in area %. ``y``: fatigue, tensile and fracture strength in MPa, hardness
        in HV. ``groups``: the heat.

    Raises
    ------
    DataError
        When the file is missing or changed, or a cell cannot be used; it names file, row, column and remedy.
    """
    heat = Column("heat", kind="text", required=False)
    frame = _read("nims_steel.csv", path, (_ROW_ID, heat, *_NIMS_PROCESS, *_NIMS_COMPOSITION, *_NIMS_TARGETS))
    if "heat" not in frame:
        same = [c.name for c in (*_NIMS_COMPOSITION, *_NIMS_PROCESS) if c.name != "tempering_temperature"]
        frame["heat"] = [f"H{number + 1:03d}" for number in frame.groupby(same, sort=False).ngroup()]
    return _steel_table(
        (_NIMS_COMPOSITION, _NIMS_PROCESS, _NIMS_TARGETS),
        frame,
        name="nims_steel",
        groups=frame["heat"],
        citation="J. Xiong, T.-Y. Zhang, S.-Q. Shi, Machine learning of mechanical properties of steels, "
        "Science China Technological Sciences 63 (2020) 1247; after NIMS fatigue data sheets (MatNavi).",
        notes="120 heats, each at three tempering temperatures: a random split puts rows of one heat on both "
        "sides. Group by heat to predict a steel never seen. Fatigue: 10^7 cycles, rotating bending.",
    )


def load_maraging_steel(path: str | Path | None = None) -> Table:
    """Load 312 high-strength steels: 13 elements, yield and tensile strength, elongation; 157 families.

    Parameters
    ----------
    path : str or Path, optional
        Your own copy in the same columns; its hash is not compared. ``row_id`` and ``family`` may be left out
        (``groups`` is None then).

    Returns
    -------
    Table
        ``X``: wt% of C, Mn, Si, Cr, Ni, Mo, V, N, Nb, Co, W, Al, Ti (iron is the balance). ``y``: yield and
        tensile strength in MPa, elongation in %. ``groups``: the family, steels joined by steps of at most
        0.5 wt% in every element.

    Raises
    ------
    DataError
        As :func:`load_nims_steel`.
    """
    family = Column("family", kind="text", required=False)
    frame = _read("maraging_steel.csv", path, (_ROW_ID, family, *_MARAGING_COMPOSITION, *_MARAGING_TARGETS))
    return _steel_table(
        (_MARAGING_COMPOSITION, (), _MARAGING_TARGETS),
        frame,
        name="maraging_steel",
        groups=frame.get("family"),
        citation="Citrine Informatics, Mechanical properties of some steels (steel_strength in matminer); "
        "matbench_steels in A. Dunn et al., npj Computational Materials 6 (2020) 138.",
        notes="Values such as 0.01 stand for 'not added'. No heat treatment is given. An open stand-in for "
        "the private SRIM table, because it has elongation too.",
    )


def load_srim_steel(path: str | Path) -> Table:
    """Load a private table in the SRIM layout: 11 elements, 5 coded process columns, 4 properties.

    Parameters
    ----------
    path : str or Path
        A CSV file with the header of ``data/srim_template.csv``; ``row_id`` may be left out.

    Returns
    -------
    Table
        ``X``: wt% of C, Mn, Si, P, S, Cr, Mo, V, Ni, Cu, Al (iron is the balance), process columns coded in
        [-1, 1]. ``y``: yield and tensile strength in MPa, elongation and reduction of area in %.
        ``groups`` is None.

    Raises
    ------
    DataError
        When the file is missing, or a column or cell cannot be used; it names row, column and remedy.
    """
    frame = read_table(path, (_ROW_ID, *_SRIM_COMPOSITION, *_SRIM_PROCESS, *_SRIM_TARGETS))
    return _steel_table(
        (_SRIM_COMPOSITION, _SRIM_PROCESS, _SRIM_TARGETS),
        frame,
        name="srim_steel",
        groups=None,
        citation="The owner's own table; layout: Yu, Wu, Zhang, Qian, Engineering Applications of Artificial "
        "Intelligence 117 (2023) 105539.",
        notes=f"Read from {path}.",
    )


def load_metallic_glass(path: str | Path | None = None) -> Table:
    """Load 6470 alloys of 700 chemical systems: bulk glass (BMG), ribbon glass (RMG) or crystalline (CRA).

    Parameters
    ----------
    path : str or Path, optional
        Your own table with the columns ``formula`` and ``glass_class`` at least; every formula is parsed.

    Returns
    -------
    Table
        ``X``: one column ``formula`` (at%). ``y``: ``glass_class``. ``groups``: the chemical system, such as
        "Al-Cu-Zr". ``as_printed``: the formulas untouched; ``data/README.md`` lists those that were mended.

    Raises
    ------
    DataError
        As :func:`load_nims_steel`; an unreadable formula is named with its row.
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
    if path is not None:
        return read_table(path, columns)

    def found(changed: Path) -> str:
        try:
            read_table(changed, columns)
        except DataError as error:
            return str(error)
        return "Every cell still fits its column, so a value was edited, or a row added, dropped or moved."

    return read_table(published_path(name, found), columns, check_formulas=False)


def _steel_table(layout: tuple[Sequence[Column], ...], frame: pd.DataFrame, name: str, **rest) -> Table:
    """Sort a steel's columns into X (composition by element symbol, then process) and y."""
    composition, process, targets = ([column.name for column in part] for part in layout)
    weights = frame[composition].rename(columns=str.capitalize)
    symbols = list(weights.columns)
    return Table(
        name=name,
        X=pd.concat([weights, frame[process]], axis=1),
        y=frame[targets],
        composition={"composition": symbols, "unit": "wt%", "balance": "Fe"},
        units=dict.fromkeys(symbols, "wt%") | {c.name: c.unit for part in layout[1:] for c in part},
        **rest,
    )
