"""The arithmetic of the descriptors: seven statistics of many alloys at once, on plain arrays."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

STATISTICS = ("ave", "sum", "var", "gmean", "hmean", "max", "min")
"""The seven statistics, in XenonPy's order."""

_BLOCK = 256  # alloys worked on together: seven tables of (256, 58) numbers stay in a processor's own cache


def describe(
    weights: np.ndarray, values: np.ndarray, statistics: Sequence[str], scale: float, dtype: np.dtype
) -> np.ndarray:
    """Compute statistics of element features ``values`` (94, f), weighted by atomic fractions ``weights`` (n, 94).

    ``scale`` is what the amounts of `sum` add up to: 1 or 100. The result, (n, statistics * f), has the ``dtype``; the
    arithmetic is float64.
    """
    n_elements, n_features = values.shape
    out = np.empty((len(weights), len(statistics) * n_features), dtype=dtype)
    with np.errstate(divide="ignore", invalid="ignore"):  # descriptors.special_values() says where
        tables = values, np.log(values), 1.0 / values
    weights = np.ascontiguousarray(weights)
    present = np.flatnonzero(weights != 0)  # several times faster than flatnonzero(weights)
    alloy, element = np.divmod(present, n_elements)
    count = np.bincount(alloy, minlength=len(weights))
    first = np.concatenate(([0], np.cumsum(count)))
    order = np.argsort(-count, kind="stable")  # alloys of equally many elements are worked on together
    sparse = csr_array((weights.ravel()[present], element, first), shape=weights.shape)[order]
    main = values[weights.argmax(axis=1)[order]]
    block = np.empty((_BLOCK, out.shape[1]))
    for start in range(0, len(order), _BLOCK):
        part = slice(start, start + _BLOCK)
        rows = order[part]
        results = _statistics(sparse[part], main[part], tables, statistics, scale)
        for i, statistic in enumerate(statistics):
            block[: len(rows), i * n_features : (i + 1) * n_features] = results[statistic]
        out[rows] = block[: len(rows)]
    return out


def _statistics(
    alloys: csr_array, main: np.ndarray, tables: tuple[np.ndarray, ...], wanted: Sequence[str], scale: float
) -> dict[str, np.ndarray]:
    """Compute the wanted statistics of alloys (n, 94), those of most elements first; absent elements cost nothing.

    Average and variance are taken about the main element's values p₀ (n, f). With d = p - p₀, ave = p₀ + Σ w d and
    var = Σ w d² - (Σ w d)². The main element of k elements has w₀ ≥ 1/k and d = 0, so Σ w d² is at most k times the
    variance. The difference therefore loses no more than the factor k in accuracy, and equal values give exactly 0.
    """
    values, logarithms, inverses = tables
    first, element, weight = alloys.indptr, alloys.indices, alloys.data[:, None]
    count = np.diff(first)
    results: dict[str, np.ndarray] = {}
    if "gmean" in wanted:
        results["gmean"] = np.exp(alloys @ logarithms)
        results["gmean"][count == 1] = main[count == 1]
    if "hmean" in wanted:
        with np.errstate(divide="ignore"):
            results["hmean"] = 1.0 / (alloys @ inverses)
    if {"ave", "sum", "var", "max", "min"}.isdisjoint(wanted):
        return results

    highest, lowest = main.copy(), main.copy()
    mean, square = np.zeros_like(main), np.zeros_like(main)
    for j in range(count[0]):
        n = np.count_nonzero(count > j)  # the first n alloys have a j-th element
        entry = first[:n] + j
        d = values.take(element[entry], axis=0)
        np.maximum(highest[:n], d, out=highest[:n])
        np.minimum(lowest[:n], d, out=lowest[:n])
        d -= main[:n]
        weighted = d * weight[entry]
        mean[:n] += weighted
        weighted *= d
        square[:n] += weighted
    results["ave"] = main + mean
    results["sum"] = scale * results["ave"]
    results["var"] = square - mean**2
    results["max"], results["min"] = highest, lowest
    return results
