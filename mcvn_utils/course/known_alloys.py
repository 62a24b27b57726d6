"""Compare a new alloy with the known ones: its nearest neighbours, and its most unusual descriptors."""

import numpy as np
import pandas as pd

from ..composition.conversion import as_fractions
from ..datasets.schema import Table
from ..descriptors.descriptor import CompositionDescriptor
from ..descriptors.elements import feature_info


class KnownAlloys:
    """A table of alloys with known classes, such as ``load_metallic_glass()``, to compare a new alloy with.

    >>> KnownAlloys(load_metallic_glass()).nearest(as_fractions(["Cu50Zr50"]), n=1)["formula"].item()
    'Cu50Zr50'
    """

    def __init__(self, table: Table):
        column = table.composition["composition"]
        self.alloys = pd.DataFrame({"formula": table.X[column], "class": table.y})
        self.fractions = as_fractions(table.X[column])
        self.describe = CompositionDescriptor().set_output(transform="pandas")
        self.described = self.describe.transform(self.fractions)
        self.means, self.spreads = self.described.mean(), self.described.std()

    def nearest(self, fractions: pd.DataFrame, n: int = 5) -> pd.DataFrame:
        """Return the ``n`` known alloys that are nearest in their atoms to ``fractions`` (1, 94), the nearest first.

        The column ``distance`` is in at%: of 100 atoms, how many must be exchanged to turn one alloy into the other,
        which is half the sum of the absolute differences of the shares.
        """
        distance = 50 * np.abs(self.fractions.to_numpy() - fractions.to_numpy()).sum(axis=1)
        order = np.argsort(distance, kind="stable")[:n]
        return self.alloys.iloc[order].assign(distance=distance[order]).reset_index(drop=True)

    def descriptors(self, fractions: pd.DataFrame, search: str = "", n: int = 8) -> pd.DataFrame:
        """Return up to ``n`` descriptors of an alloy, the most unusual among the known alloys first.

        Their names hold all words of ``search``, such as ``max radius``. The order is by distance from the mean of
        the known alloys, in their standard deviations; ``place`` is the per cent of known alloys with a lower value.
        """
        words = search.lower().replace(":", " ").split()
        values = self.describe.transform(fractions).iloc[0].dropna()
        values = values[[name for name in values.index if all(word in name for word in words)]]
        unusual = ((values - self.means[values.index]).abs() / self.spreads[values.index]).fillna(0)
        units = feature_info()["unit"]
        rows = []
        for name in unusual.sort_values(ascending=False, kind="stable").index[:n]:
            statistic, _, feature = name.partition(":")
            unit = f"({units[feature]})²" if statistic == "var" and units[feature] else units[feature]
            lower = 100 * (self.described[name].dropna() < values[name]).mean()
            rows.append({"descriptor": name, "value": values[name], "unit": unit, "place": lower})
        return pd.DataFrame(rows, columns=["descriptor", "value", "unit", "place"])
