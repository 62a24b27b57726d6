"""Compositions drawn as pairs of elements: a small matrix, elements against elements."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from ..composition.conversion import as_fractions
from ..composition.periodic_table import ELEMENTS
from ..descriptors.elements import element_table
from ..descriptors.pairs import mixing_enthalpies

CHANNELS = ("heat", "size", "electronegativity")
ORDERS = ("amount", "mendeleev")
ENTHALPY_SCALE = 100.0  # kJ/mol; of the pairs that stand in known glasses few are stronger


class PairImager(TransformerMixin, BaseEstimator):
    """Draw compositions as matrices of their elements: float32 (n, channels, size, size), symmetric.

    Row i and column i belong to the same element, so that neighbourhood means something: the pixel (i, j) is about the
    elements i and j, weighted by 4 c_i c_j, which is 1 for a pair alone in equal amounts. Nothing is learned from the
    rows, so nothing can leak.

    Parameters
    ----------
    channels
        Any of "heat": heat of mixing in 100 kJ/mol; "size": difference of the atomic radii, divided by their mean;
        "electronegativity": difference on Pauling's scale. The diagonal of the first channel holds the atomic
        fractions. A pair without a published heat of mixing is drawn as 0.
    size : int
        Number of rows and columns. Of an alloy with more elements the largest are drawn; the fractions on the diagonal
        then add up to less than 1.
    order : {"amount", "mendeleev"}
        The elements come by falling amount, or by their Mendeleev number, which puts chemically similar ones together.
        Of equal amounts the lighter element comes first. Rows without an element are 0.

    Examples
    --------
    >>> PairImager(channels=["heat"], size=2).transform(["Cu50Zr50"])[0, 0].astype(float).round(2).tolist()
    [[0.5, -0.23], [-0.23, 0.5]]
    """

    def __init__(self, channels=CHANNELS, size: int = 8, order: str = "amount"):
        self.channels = channels
        self.size = size
        self.order = order

    def fit(self, X: Any = None, y: Any = None) -> "PairImager":
        """Check the settings: an unknown one is a ``ValueError``. Nothing is learned from the rows."""
        if isinstance(self.channels, str) or not self.channels or not set(self.channels) <= set(CHANNELS):
            raise ValueError(f"channels must be a list of {', '.join(CHANNELS)}, not {self.channels!r}")
        if isinstance(self.size, bool) or not isinstance(self.size, int | np.integer) or not 1 <= self.size <= 94:
            raise ValueError(f"size must be a whole number from 1 to 94, not {self.size!r}")
        if self.order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(map(repr, ORDERS))}, not {self.order!r}")
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X: Any) -> np.ndarray:
        """Draw compositions, as ``as_fractions`` reads them: float32 (n, channels, size, size)."""
        self.fit()
        weights = as_fractions(X).to_numpy()
        elements = np.argsort(-weights, axis=1, kind="stable")[:, : self.size]
        if self.order == "mendeleev":
            place = element_table()["mendeleev_number"].to_numpy()[elements]
            place[np.take_along_axis(weights, elements, 1) == 0] = np.inf
            elements = np.take_along_axis(elements, np.argsort(place, axis=1, kind="stable"), 1)
        amounts = np.take_along_axis(weights, elements, 1)
        first, second = elements[:, :, None], elements[:, None, :]
        both = 4 * amounts[:, :, None] * amounts[:, None, :]
        pictures = [both * _pair_values(name)[first, second] for name in self.channels]
        pictures = np.stack(pictures, axis=1).astype(np.float32)
        k = np.arange(self.size)
        pictures[:, 0, k, k] = amounts
        return pictures


def _pair_values(name: str) -> np.ndarray:
    """Return what a channel draws of each pair of elements, (94, 94); 0 on the diagonal."""
    if name == "heat":
        return np.nan_to_num(mixing_enthalpies().to_numpy()) / ENTHALPY_SCALE
    table = element_table().loc[list(ELEMENTS)]
    values = table["atomic_radius" if name == "size" else "en_pauling"].to_numpy()
    difference = np.abs(np.subtract.outer(values, values))
    return 2 * difference / np.add.outer(values, values) if name == "size" else difference
