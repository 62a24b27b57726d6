"""Compare a new alloy with the known ones: its nearest neighbours, and its most unusual descriptors."""

import numpy as np
import pandas as pd

from ..composition.conversion import as_fractions
from ..datasets.schema import Table
from ..descriptors.descriptor import CompositionDescriptor
from ..descriptors.elements import feature_info


class KnownAlloys:
    """A table of alloys with known classes, to compare a new alloy with.

    Parameters
    ----------
    table : Table
        Its X has one column of formulas, its y the classes: what ``load_metallic_glass()`` returns.

    Examples
    --------
    >>> from mcvn_utils import load_metallic_glass
    >>> known = KnownAlloys(load_metallic_glass())
    >>> known.nearest(as_fractions(["Cu50Zr50"]), n=1)["formula"].item()
    'Cu50Zr50'
    """

    def __init__(self, table: Table):
        column = table.composition["composition"]
        self.formulas = table.X[column].to_numpy()
        self.classes = table.y.to_numpy()
        fractions = as_fractions(table.X[column])
        self.fractions = fractions.to_numpy()
        self.describe = CompositionDescriptor().set_output(transform="pandas")
        described = self.describe.transform(fractions)
        self.means, self.spreads = described.mean(), described.std()
        self.sorted = np.sort(described.to_numpy(), axis=0)  # missing values come last

    def nearest(self, fractions: pd.DataFrame, n: int = 5) -> pd.DataFrame:
        """Return the known alloys that are made of nearly the same atoms.

        Parameters
        ----------
        fractions : DataFrame of shape (1, 94)
            Atomic fractions.
        n : int
            How many to return, the nearest first.

        Returns
        -------
        DataFrame of shape (n, 3)
            ``formula``, ``class`` and ``distance`` in at%: of 100 atoms, how many must be exchanged to turn one
            alloy into the other, which is half the sum of the absolute differences of the shares.
        """
        distance = 50 * np.abs(self.fractions - fractions.to_numpy()).sum(axis=1)
        order = np.argsort(distance, kind="stable")[:n]
        columns = {"formula": self.formulas[order], "class": self.classes[order], "distance": distance[order]}
        return pd.DataFrame(columns)

    def descriptors(self, fractions: pd.DataFrame, search: str = "", n: int = 8) -> pd.DataFrame:
        """Return the alloy's descriptors whose names hold a text, the most unusual among the known alloys first.

        Parameters
        ----------
        fractions : DataFrame of shape (1, 94)
            Atomic fractions.
        search : str
            Words that all stand in the name, such as ``max radius``; empty for any descriptor.
        n : int
            How many to return at most.

        Returns
        -------
        DataFrame of shape (up to n, 4)
            ``descriptor``; ``value``; its ``unit``; and ``place``, the per cent of known alloys with a lower value.
            The order is by distance from the known alloys' mean, in their standard deviations.
        """
        words = search.lower().replace(":", " ").split()
        values = self.describe.transform(fractions).iloc[0].dropna()
        named = [name for name in values.index if all(word in name for word in words)]
        unusual = ((values[named] - self.means[named]).abs() / self.spreads[named]).fillna(0)
        names = unusual.sort_values(ascending=False, kind="stable").index[:n]
        units = feature_info()["unit"]
        rows = []
        for name in names:
            known = self.sorted[:, self.means.index.get_loc(name)]
            known = known[~np.isnan(known)]
            statistic, _, feature = name.partition(":")
            unit = f"({units[feature]})²" if statistic == "var" and units[feature] else units[feature]
            lower = 100 * np.searchsorted(known, values[name]) / len(known)
            rows.append({"descriptor": name, "value": values[name], "unit": unit, "place": lower})
        return pd.DataFrame(rows, columns=["descriptor", "value", "unit", "place"])
