"""What a careful reader notices in a table that can be read: repeated alloys, odd totals, groups, ranges."""

from collections.abc import Iterator

import pandas as pd
from sklearn.cluster import DBSCAN

from ..composition.alloy_table import split_table
from ..composition.formulas import printed_total
from .schema import Table

# In one steel the first property of each list cannot exceed the last one.
_RISING = ["fatigue_strength tensile_strength", "yield_strength tensile_strength", "tensile_strength fracture_strength"]
_Finding = tuple[str, tuple[str, ...], str]


def check_table(table: Table, tolerance: float = 1e-4) -> pd.DataFrame:
    """List what a careful reader would notice in a table; nothing is changed or dropped.

    >>> check_table(load_nims_steel()).set_index("check").loc["same composition", "finding"]
    '120 compositions, each inside one heat'

    Two compositions are the same when no atomic fraction differs by more than ``tolerance``. Each row is one finding:
    ``check`` ("same composition", "classes disagree", "total", "groups", "order" or "range"), ``rows`` (tuple of row
    ids) and ``finding`` (a sentence).
    """
    checks = (_same_composition(table, tolerance), _totals(table), _groups(table), _order(table), _ranges(table))
    return pd.DataFrame([line for check in checks for line in check], columns=["check", "rows", "finding"])


def repeated_compositions(x: pd.DataFrame, tolerance: float = 1e-4) -> pd.Series:
    """Give each set of rows that share a composition a number; all other rows are left out.

    No atomic fraction in ``x`` (n, 94) may differ by more than ``tolerance``; a chain of such steps makes one set.
    """
    neighbours = DBSCAN(tolerance, min_samples=2, metric="chebyshev", algorithm="kd_tree")
    sets = pd.Series(neighbours.fit_predict(x.to_numpy()) + 1, index=x.index, name="set")
    return sets[sets > 0]


def _same_composition(table: Table, tolerance: float) -> Iterator[_Finding]:
    columns = table.composition["composition"]
    x, _ = split_table(table.X, **table.composition)
    sets = repeated_compositions(x, tolerance)
    inside = table.groups is not None and table.groups[sets.index].groupby(sets).nunique().eq(1).all()
    if len(sets) == len(x) and inside:
        yield "same composition", (), f"{sets.nunique()} compositions, each inside one {table.groups.name}"
        return
    for _, rows in sets.groupby(sets):
        alloy = table.X.at[rows.index[0], columns] if isinstance(columns, str) else f"like {rows.index[0]}"
        yield "same composition", tuple(rows.index), f"{len(rows)} rows are {alloy}"
        classes = table.y.loc[rows.index]
        if isinstance(table.y, pd.Series) and classes.nunique() > 1:
            yield "classes disagree", tuple(rows.index), f"{alloy} is {' and '.join(classes.unique())}"


def _totals(table: Table) -> Iterator[_Finding]:
    columns = table.composition["composition"]
    if not isinstance(columns, str):
        rest = 100 - table.X[columns].sum(axis=1)
        yield "total", (), f"{rest.min():.2f} to {rest.max():.2f} wt% is left for {table.composition['balance']}"
        return
    for row, formula in table.X[columns].items():
        total = printed_total(formula)
        if abs(total - 100) > 0.01 and abs(total - 1) > 1e-4:
            yield "total", (row,), f"{formula} adds up to {total:g}, not 100"


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
    for lower, upper in map(str.split, _RISING):
        if isinstance(table.y, pd.DataFrame) and {lower, upper} <= set(table.y.columns):
            rows = table.y.index[table.y[lower] > table.y[upper]]
            yield "order", tuple(rows), f"{lower} lies above {upper} in {len(rows)} of {len(table.y)} rows"


def _ranges(table: Table) -> Iterator[_Finding]:
    for name, values in pd.concat([table.X, table.y], axis=1).select_dtypes("number").items():
        text = f"{name}: {values.min():g} to {values.max():g} {table.units.get(name, '')}".rstrip()
        yield "range", (values.idxmin(), values.idxmax()), text
