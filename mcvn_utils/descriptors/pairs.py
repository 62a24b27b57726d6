"""Descriptors of pairs: what the elements of an alloy do to each other, which no statistic of single elements holds.

The heat of mixing H_ij of the equiatomic liquid of two elements is negative where they attract each other, as glass
formers do. It is read from a table of published values of Miedema's model (``data/README.md`` says which). With the
atomic fractions c, the radii r, electronegativities χ and melting points T_i of :func:`element_table`, the columns are
those of :func:`pair_info`.
"""

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from ..composition.conversion import as_fractions
from ..composition.errors import row_name
from ..composition.periodic_table import COLUMN, ELEMENTS
from ..datasets.files import published_path, read_cells
from .elements import element_table

GAS_CONSTANT = 8.314462618  # J/(mol K)
LARGEST_OMEGA = 100.0
"""Limit of Ω, which is infinite where the mean heat of mixing is 0."""

_INFO = {
    "mixing_enthalpy_mean": ("kJ/mol", "4 Σ c_i c_j H_ij over the pairs i < j: that of a regular solution"),
    "mixing_enthalpy_min": ("kJ/mol", "smallest H_ij of the pairs present"),
    "mixing_enthalpy_max": ("kJ/mol", "largest H_ij of the pairs present"),
    "mixing_enthalpy_std": ("kJ/mol", "standard deviation of H_ij over the pairs present, each counted once"),
    "mixing_enthalpy_12": ("kJ/mol", "H_ij of the largest and the second largest element"),
    "mixing_enthalpy_13": ("kJ/mol", "H_ij of the largest and the third largest element"),
    "mixing_enthalpy_23": ("kJ/mol", "H_ij of the second and the third largest element"),
    "mixing_entropy": ("J/(mol K)", "-R Σ c ln c: that of an ideal solution"),
    "size_mismatch": ("%", "100 √(Σ c (1 - r / r̄)²), with r̄ = Σ c r"),
    "electronegativity_mismatch": ("1", "√(Σ c (χ - χ̄)²), with χ̄ = Σ c χ, Pauling's scale"),
    "melting_point_mean": ("K", "Σ c T_i"),
    "omega": ("1", f"T̄ ΔS / |ΔH| of the three means above, at most {LARGEST_OMEGA:g}; 0 for an element alone"),
    "n_elements": ("1", "number of elements present"),
}


def mixing_enthalpies() -> pd.DataFrame:
    """Return the heats of mixing of pairs of elements in kJ/mol, (94, 94): symmetric, 0 on the diagonal.

    A pair without a published value is NaN.

    Raises
    ------
    DataError
        When ``data/binary_mixing_enthalpy.csv`` is missing or was changed.

    Examples
    --------
    >>> mixing_enthalpies().loc["Zr", ["Ni", "Cu", "Nb"]].tolist()
    [-49.0, -23.0, 4.0]
    """
    return pd.DataFrame(_enthalpies().copy(), index=list(ELEMENTS), columns=list(ELEMENTS))


def pair_info() -> pd.DataFrame:
    """Return ``unit`` and ``meaning`` of each descriptor of pairs, in the order of their columns.

    Examples
    --------
    >>> pair_info().loc["size_mismatch", "unit"]
    '%'
    """
    return pd.DataFrame.from_dict(_INFO, orient="index", columns=["unit", "meaning"]).rename_axis(index="feature")


class PairDescriptor(TransformerMixin, BaseEstimator):
    """Turn compositions into 13 descriptors of their pairs of elements, a scikit-learn transformer.

    There is nothing to learn and nothing to set: `transform` may be called without `fit`.

    Notes
    -----
    Some pairs have no published value: those with a halogen, O, S, Se, Te, a noble gas or an actinide but Th, and Y-Zn.
    They are left out of the sums and statistics, as if they mixed without heat, and one warning names the rows.
    Of the elements with equal amounts the lighter one counts as the larger. Formulas after: A. Takeuchi, A. Inoue,
    Materials Transactions 46 (2005) 2817 (mean heat, δ); X. Yang, Y. Zhang, Materials Chemistry and Physics 132 (2012)
    233 (Ω).

    Examples
    --------
    >>> PairDescriptor().set_output(transform="pandas").transform(["Zr50Cu50"])["mixing_enthalpy_mean"].tolist()
    [-23.0]
    """

    def fit(self, X: Any = None, y: Any = None) -> "PairDescriptor":
        """Return the transformer; X and y are not used."""
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Describe compositions, as ``as_fractions`` reads them: (n, 13), finite.

        Raises ``ValueError`` that names the rows at fault.
        """
        fractions = as_fractions(X)
        weights = fractions.to_numpy(dtype=np.float64)
        enthalpies = _enthalpies()
        missing = np.isnan(enthalpies)
        present = (weights > 0).astype(np.float32)
        lacking = np.flatnonzero(((present @ missing.astype(np.float32)) * present).any(axis=1))
        if len(lacking):
            _warn_of(lacking, present, missing, fractions.index)
        return _describe(weights, np.where(missing, 0.0, enthalpies), ~missing)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns, those of :func:`pair_info`."""
        return np.array(list(_INFO), dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        return tags


@cache
def _enthalpies() -> np.ndarray:
    """Return the table as a matrix (94, 94), NaN where it has no value."""
    table = np.full((len(ELEMENTS), len(ELEMENTS)), np.nan)
    np.fill_diagonal(table, 0.0)
    for _, (_, a, b, value, _) in read_cells(published_path("binary_mixing_enthalpy.csv"))[1]:
        table[COLUMN[a], COLUMN[b]] = table[COLUMN[b], COLUMN[a]] = float(value)
    return table


def _warn_of(rows: np.ndarray, present: np.ndarray, missing: np.ndarray, index: pd.Index) -> None:
    """Warn once of the rows with a pair that has no value; name ten of them."""
    lines = []
    for i in rows[:10]:
        elements = np.flatnonzero(present[i])
        pairs = [(a, b) for a in elements for b in elements if a < b and missing[a, b]]
        lines.append(f"{row_name(index, i)}: {', '.join(f'{ELEMENTS[a]}-{ELEMENTS[b]}' for a, b in pairs[:10])}")
    lines += [f"and {len(rows) - 10} more"] * (len(rows) > 10)
    head = f"{len(rows)} of {len(index)} alloys have pairs without a published heat of mixing, which are left out:"
    warnings.warn("\n  ".join([head, *lines]), UserWarning, stacklevel=4)


def _describe(weights: np.ndarray, enthalpies: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Compute the columns of alloys (n, 94); ``enthalpies`` and ``known`` are (94, 94)."""
    table = element_table()
    radius, negativity, melting = (table[name].to_numpy() for name in ("atomic_radius", "en_pauling", "melting_point"))
    count = np.count_nonzero(weights, axis=1)
    mean = 2 * np.einsum("ij,ij->i", weights @ enthalpies, weights)  # each pair stands twice in the sum
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -GAS_CONSTANT * np.where(weights > 0, weights * np.log(weights), 0.0).sum(axis=1)
        size = 100 * np.sqrt(np.maximum(weights @ radius**2 / (weights @ radius) ** 2 - 1, 0.0))
        melting_mean = weights @ melting
        omega = np.minimum(melting_mean * entropy / (1000 * np.abs(mean)), LARGEST_OMEGA)
    spread = np.sqrt(np.maximum(weights @ negativity**2 - (weights @ negativity) ** 2, 0.0))
    alone = count < 2
    columns = [entropy, size, spread, melting_mean, omega]
    for column in (entropy, size, spread, omega):
        column[alone] = 0.0
    pairs = np.zeros((len(weights), 6))
    for k in np.unique(count[~alone]):
        rows = np.flatnonzero(count == k)
        step = max(1, 1_000_000 // int(k) ** 2)
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            pairs[part] = _of_present_pairs(weights[part], enthalpies, known, int(k))
    return np.column_stack([mean, pairs, *columns, count])


def _of_present_pairs(weights: np.ndarray, enthalpies: np.ndarray, known: np.ndarray, k: int) -> np.ndarray:
    """Return min, max and standard deviation over the pairs of k elements, and those of the three largest, (n, 6)."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :k]
    first, second = np.triu_indices(k, 1)
    a, b = order[:, first], order[:, second]
    values, counted = enthalpies[a, b], known[a, b]
    n = np.maximum(counted.sum(axis=1), 1)
    average = values.sum(axis=1) / n
    result = np.zeros((len(weights), 6))
    some = counted.any(axis=1)
    result[some, 0] = np.where(counted, values, np.inf).min(axis=1)[some]
    result[some, 1] = np.where(counted, values, -np.inf).max(axis=1)[some]
    result[:, 2] = np.sqrt((np.where(counted, values - average[:, None], 0.0) ** 2).sum(axis=1) / n)
    result[:, 3] = enthalpies[order[:, 0], order[:, 1]]
    if k > 2:
        result[:, 4] = enthalpies[order[:, 0], order[:, 2]]
        result[:, 5] = enthalpies[order[:, 1], order[:, 2]]
    return result
