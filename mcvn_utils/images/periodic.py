"""Compositions drawn on the periodic table, each element in its place."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from ..composition.conversion import as_fractions
from ..composition.periodic_table import ELEMENTS, POSITIONS
from ..descriptors.elements import element_table


class PeriodicTableImager(TransformerMixin, BaseEstimator):
    """Draw compositions on the periodic table: float32 (n, 1 + features, 9, 18), -1 to 1.

    Channel 0 is each element's atomic fraction in its place. Every further channel is the fraction times one of the
    element ``features``, divided by the largest absolute value of this feature in the element table. Nothing is learned
    from the rows, so nothing can leak. Rows 0 to 6 are the periods, columns 0 to 17 the groups, with Sc, Y, La, Ac in
    group 3; row 7 holds Ce to Lu, row 8 Th to Pu, from column 3 on. After Zheng et al., Chem. Sci. 9 (2018) 8426, and
    Feng et al., npj Comput. Mater. 7 (2021) 10, for glass formation.

    Examples
    --------
    >>> PeriodicTableImager(features=["en_pauling"]).transform(["Fe80B20"]).shape
    (1, 2, 9, 18)
    """

    def __init__(self, features: Sequence[str] = ("en_pauling", "atomic_radius")):
        self.features = features

    def fit(self, X: Any = None, y: Any = None) -> "PeriodicTableImager":
        """Check the features; nothing is learned from the rows."""
        if unknown := [name for name in self.features if name not in element_table().columns]:
            raise ValueError(f"unknown element features: {', '.join(unknown)}; see element_table().columns")
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X: Any) -> np.ndarray:
        """Draw formulas or fractions (n, 94): float32 (n, 1 + features, 9, 18)."""
        table = element_table().loc[list(ELEMENTS), list(self.fit().features)]
        scaled = table / table.abs().max()
        scaled.insert(0, "fraction", 1.0)
        weights = as_fractions(X).to_numpy()[:, None, :] * scaled.to_numpy().T
        pictures = np.zeros((*weights.shape[:2], 9, 18), dtype=np.float32)
        rows, cols = zip(*(POSITIONS[element] for element in ELEMENTS), strict=True)
        pictures[:, :, rows, cols] = weights
        return pictures
