"""Compositions drawn on the periodic table, each element in its place."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from ..composition.conversion import as_fractions
from ..composition.periodic_table import ELEMENTS, POSITIONS
from ..descriptors.elements import element_table


class PeriodicTableImager(TransformerMixin, BaseEstimator):
    """Compositions drawn on the periodic table: float32 (n, 1 + features, 9, 18), -1..1.

    Channel 0 is each element's atomic fraction in its place. Every further channel is the fraction times one
    element feature, divided by the largest absolute value of that feature in the table (a constant of nature,
    not of the data: nothing is learned, nothing can leak). Rows 0 to 6 are the periods, columns 0 to 17 the
    groups, with Sc, Y, La, Ac in group 3; row 7 holds Ce to Lu, row 8 Th to Pu, from column 3 on.
    After Zheng et al., Chem. Sci. 9 (2018) 8426, and Feng et al., npj Comput. Mater. 7 (2021) 10, who used it
    for glass formation.

    Parameters
    ----------
    features : sequence of str
        Columns of the element table for the further channels.
    """

    def __init__(self, features=("en_pauling", "atomic_radius")):
        self.features = features

    def fit(self, X=None, y=None) -> "PeriodicTableImager":
        """Check the features; nothing is learned from the rows."""
        unknown = [name for name in self.features if name not in element_table().columns]
        if unknown:
            raise ValueError(f"unknown element features: {', '.join(unknown)}; see element_table().columns")
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X) -> np.ndarray:
        """Pictures of formulas or fractions (n, 94)."""
        table = self.fit().feature_table()
        weights = as_fractions(X).to_numpy()[:, None, :] * table.to_numpy().T
        pictures = np.zeros((*weights.shape[:2], 9, 18), dtype=np.float32)
        rows, cols = zip(*(self.positions()[element] for element in ELEMENTS), strict=True)
        pictures[:, :, rows, cols] = weights
        return pictures

    def feature_table(self) -> pd.DataFrame:
        """What each fraction is multiplied with: (94, 1 + features), the first column 1."""
        scaled = element_table().loc[list(ELEMENTS), list(self.features)]
        scaled = scaled / scaled.abs().max()
        scaled.insert(0, "fraction", 1.0)
        return scaled

    @staticmethod
    def positions() -> dict[str, tuple[int, int]]:
        """Place (row, col) of each element on the 9 x 18 grid."""
        return dict(POSITIONS)
