"""XenonPy's own featurizer, without its download, as the reference for parity.

XenonPy 0.6.7 reads its element table from a server even when ``elemental_info`` is given, so the property
that does so is replaced while the featurizer is built. ``Counting`` needs ``np.int``, which numpy no longer
has: the seven featurizers are named one by one. ``n_jobs=1``: its workers take longer to start than to work.
"""

from unittest.mock import patch

import numpy as np
import pandas as pd

FEATURIZERS = {
    "ave": "WeightedAverage",
    "sum": "WeightedSum",
    "var": "WeightedVariance",
    "gmean": "GeometricMean",
    "hmean": "HarmonicMean",
    "max": "MaxPooling",
    "min": "MinPooling",
}


def xenonpy_compositions(table: pd.DataFrame):
    """XenonPy's ``Compositions`` with the seven statistics, working from our element table."""
    from xenonpy.datatools.preset import Preset
    from xenonpy.descriptor import Compositions

    with patch.object(Preset, "elements_completed", table):
        return Compositions(elemental_info=table, n_jobs=1, featurizers=list(FEATURIZERS.values()), on_errors="raise")


def xenonpy_describe(amounts: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """XenonPy's descriptors of amounts (n, elements); elements of amount 0 are left out, as in a formula."""
    present = [{element: row[element] for element in amounts.columns[row > 0]} for _, row in amounts.iterrows()]
    with np.errstate(all="ignore"):
        return xenonpy_compositions(table).transform(pd.Series(present, index=amounts.index))
