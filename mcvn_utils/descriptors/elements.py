"""The element table: 58 properties of each of the 94 elements from hydrogen to plutonium.

The numbers are XenonPy's ``elements_completed``, gaps imputed by its authors, under XenonPy's own names
(``num_valance``, ``electron_negativity``, ``Polarizability``). :func:`feature_info` says what each feature means and
which of its values to distrust; ``data/README.md`` says how these were identified.
"""

from functools import cache

import pandas as pd

from ..datasets.files import published_path, read_cells


def element_table() -> pd.DataFrame:
    """Return the 58 properties of each element, H to Pu, as float64 without a gap: a fresh copy per call.

    Raises
    ------
    DataError
        When ``data/element_features.csv`` is missing or was changed.

    Examples
    --------
    >>> element_table().loc[["Fe", "Cu"], "density"].tolist()
    [7.874, 8.96]
    """
    return _read("element_features.csv", "float64").rename_axis(index="element", columns="feature")


def feature_info() -> pd.DataFrame:
    """Return what each of the 58 features means and how far it can be trusted, in the order of :func:`element_table`.

    The columns are ``group`` (periodic_table, valence, radius, electronegativity, volume, lattice, ground_state,
    thermal, elastic, polarizability or resources), ``unit`` ("1" for a pure number), ``meaning``, ``source``,
    ``n_imputed`` and ``imputed`` (symbols of elements whose value was filled in by statistics), ``n_suspicious`` and
    ``suspicious`` (symbols of elements whose value contradicts another column or a known measurement), ``remark``.

    >>> feature_info().loc["density", ["group", "unit", "imputed"]].tolist()
    ['volume', 'g/cm³', 'At Fr Ac']
    """
    info = _read("element_feature_info.csv").rename_axis(index="feature")
    return info.astype({"n_imputed": "int64", "n_suspicious": "int64"})


@cache
def _read(name: str, dtype: str = "object") -> pd.DataFrame:
    """Read a packaged table as text, so that float() sees every digit; its first column is the index."""
    header, rows = read_cells(published_path(name))
    cells = [row for _, row in rows]
    return pd.DataFrame(cells, columns=header, dtype=object).set_index(header[0]).astype(dtype)
