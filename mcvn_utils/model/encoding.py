"""Numbers written by pieces, so that a network can see a small step in a feature as easily as a tree does.

A feature is cut at the quantiles of its training values, and each piece says how far the feature has come in it, from
0 to 1 (piecewise linear encoding; Gorishniy, Rubachev, Babenko, NeurIPS 35 (2022), arXiv 2203.05556). Amounts of
elements are mostly 0: there the first piece ends at the smallest amount, and the quantiles are those of the others.
"""

import numpy as np

PIECES = 8
"""Pieces of one feature, not counting the first one of a feature that is mostly 0."""


def find_knots(values: np.ndarray, pieces: int | np.ndarray = PIECES) -> np.ndarray:
    """Where to cut each feature: (n, d) to (d, most pieces + 2), in the feature's unit.

    ``pieces`` is their number, one for all features or one for each (d,).

    Fewer knots than columns are filled up by repeating the last: pieces of width 0, which ``piecewise_linear`` leaves
    out. A constant feature has no piece.
    """
    each = np.broadcast_to(pieces, values.shape[1])
    knots = np.empty((values.shape[1], np.max(pieces) + 2))
    for row, column, n in zip(knots, values.T, each, strict=True):
        there = column[column != 0]
        cuts = np.quantile(there if len(there) else column, np.linspace(0, 1, n + 1))
        cuts = np.unique(np.append(cuts, 0.0) if len(there) < len(column) else cuts)
        row[:] = np.append(cuts, np.full(len(row) - len(cuts), cuts[-1]))
    return knots


def piecewise_linear(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Each feature by its pieces: (n, d) to float32 (n, pieces of all features), 0 before a piece and 1 beyond it."""
    feature, piece = np.nonzero(np.diff(knots, axis=1) > 0)
    low, high = knots[feature, piece], knots[feature, piece + 1]
    return np.clip((values[:, feature] - low) / (high - low), 0.0, 1.0).astype(np.float32)


def ranks(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Where each feature stands among its training values: (n, d) to float32 (n, d), of mean 0 and spread 1 there.

    Each piece between two knots counts alike. A constant feature is 0.
    """
    result = np.zeros(values.shape, dtype=np.float32)
    for column, cuts, out in zip(values.T, map(np.unique, knots), result.T, strict=True):
        if len(cuts) > 1:
            out[:] = np.interp(column, cuts, np.linspace(-np.sqrt(3), np.sqrt(3), len(cuts)))
    return result
