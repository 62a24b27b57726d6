"""What a careful reader notices in a table that can be read: repeated alloys, odd totals, groups, ranges.

:func:`check_table` returns the findings as a table, for a lesson to show; nothing is changed or dropped.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..composition.conversion import fractions, from_weight_percent
from .schema import Table

_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")
_PART = re.compile(r"[A-Z][a-z]?(\d*\.?\d*)")
# In one steel the left property cannot exceed the right one.
_RISING = (
    ("fatigue_strength", "tensile_strength"),
    ("yield_strength", "tensile_strength"),
    ("tensile_strength", "fracture_strength"),
)
_Finding = tuple[str, tuple[str, ...], str]


def check_table(table: Table, tolerance: float = 1e-4) -> pd.DataFrame:
    """List what a careful reader would notice in a table that can be read.

    Parameters
    ----------
    table : Table
        As a loader returns it.
    tolerance : float
        Two compositions are the same when no atomic fraction differs by more than this.

    Returns
    -------
    pandas.DataFrame
        One row a finding, with columns ``check``, ``rows`` (tuple of row ids) and ``finding`` (a sentence).
        The checks: "same composition", "classes disagree", "total", "groups", "order", "range".
    """
    checks = (
        _same_composition(table, tolerance),
        _totals(table),
        _groups(table),
        _order(table),
        _ranges(table),
    )
    return pd.DataFrame([line for check in checks for line in check], columns=["check", "rows", "finding"])


def repeated_compositions(x: pd.DataFrame, tolerance: float = 1e-4) -> pd.Series:
    """Number the sets of rows that share a composition.

    Parameters
    ----------
    x : pandas.DataFrame of shape (n, 94)
        Atomic fractions.
    tolerance : float
        Largest difference in any atomic fraction; a chain of such steps makes one set.

    Returns
    -------
    pandas.Series of shape (m,)
        The number of its set for each row that has a twin, in the order of ``x``; other rows are left out.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(x.to_numpy()).query_pairs(tolerance, p=np.inf, output_type="ndarray")
    links = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(len(x), len(x)))
    twins = np.unique(pairs)
    labels = connected_components(links, directed=False)[1][twins]
    return pd.Series(pd.factorize(labels)[0] + 1, index=x.index[twins], name="set")


def _same_composition(table: Table, tolerance: float) -> Iterator[_Finding]:
    columns = table.composition["composition"]
    formulas = isinstance(columns, str)
    x = fractions(table.X[columns]) if formulas else from_weight_percent(table.X[columns])
    sets = repeated_compositions(x, tolerance)
    inside = table.groups is not None and table.groups[sets.index].groupby(sets).nunique().eq(1).all()
    if len(sets) == len(x) and inside:
        yield "same composition", (), f"{sets.nunique()} compositions, each inside one {table.groups.name}"
        return
    for _, rows in sets.groupby(sets):
        alloy = table.X.at[rows.index[0], columns] if formulas else f"like {rows.index[0]}"
        yield "same composition", tuple(rows.index), f"{len(rows)} rows are {alloy}"
        classes = table.y[rows.index]
        if isinstance(table.y, pd.Series) and classes.nunique() > 1:
            yield "classes disagree", tuple(rows.index), f"{alloy} is {' and '.join(classes)}"


def _totals(table: Table) -> Iterator[_Finding]:
    columns = table.composition["composition"]
    if not isinstance(columns, str):
        rest = 100 - table.X[columns].sum(axis=1)
        yield (
            "total",
            (),
            f"{rest.min():.2f} to {rest.max():.2f} wt% is left for {table.composition['balance']}",
        )
        return
    for row, formula in table.X[columns].items():
        total = printed_total(formula)
        if abs(total - 100) > 0.01 and abs(total - 1) > 1e-4:
            yield "total", (row,), f"{formula} adds up to {total:g}, not 100"


def printed_total(formula: str) -> float:
    """Sum of the amounts at a formula's top level: 100 for (Fe75Co25)83P17, 105 for Zr53Ti5Cu20Ni12Al15."""
    previous = None
    while previous != formula:
        previous, formula = formula, _BRACKETS.sub("X", formula)
    return sum(float(amount or 1) for amount in _PART.findall(formula))


def _groups(table: Table) -> Iterator[_Finding]:
    if table.groups is None:
        return
    sizes = table.groups.value_counts()
    rows = f"{sizes.min()} to {sizes.max()} rows" if sizes.min() < sizes.max() else f"{sizes.min()} rows each"
    text = f"{len(sizes)} groups by {table.groups.name}, {rows}"
    differing = table.X.groupby(table.groups).nunique().max().loc[lambda n: n > 1].index
    if len(differing) == 1 and sizes.max() > 1 and table.X.shape[1] > 1:
        text += f"; inside a group only {differing[0]} differs"
    yield "groups", (), text


def _order(table: Table) -> Iterator[_Finding]:
    for lower, upper in _RISING:
        if isinstance(table.y, pd.DataFrame) and {lower, upper} <= set(table.y.columns):
            rows = table.y.index[table.y[lower] > table.y[upper]]
            yield "order", tuple(rows), f"{lower} lies above {upper} in {len(rows)} of {len(table.y)} rows"


def _ranges(table: Table) -> Iterator[_Finding]:
    for frame in (table.X, table.y):
        for name, values in frame.items() if isinstance(frame, pd.DataFrame) else ():
            if pd.api.types.is_numeric_dtype(values):
                unit = table.units.get(name, "")
                text = f"{name}: {values.min():g} to {values.max():g} {unit}".rstrip()
                yield "range", (values.idxmin(), values.idxmax()), text
