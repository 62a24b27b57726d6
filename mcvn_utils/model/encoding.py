"""Numbers encoded by pieces, so that a network can use a small step in a feature as easily as a tree does.

A feature is cut at the quantiles of its training values. Each piece says how far the feature has come in it, from 0
to 1: the piecewise linear encoding of Gorishniy, Rubachev and Babenko (NeurIPS 35 (2022), arXiv 2203.05556). Amounts
of elements are mostly 0: then the first piece ends at the smallest amount, and the quantiles are those of the others.
"""

import numpy as np

from ..images.templates import GRID_SHAPE

PIECES = 8  # of one feature, not counting the first one of a feature that is mostly 0
IN_CELL = 9  # pixels of a cell
_ROWS = 256  # alloys whose pixels are cut at once, which keeps the intermediate arrays small


def find_knots(values: np.ndarray, pieces: int | np.ndarray = PIECES) -> np.ndarray:
    """Find where to cut each feature, from training values (n, d): knots (d, largest number of pieces + 2).

    ``pieces`` is one number for all features or one per feature (d,). A feature with fewer knots repeats its last one:
    such pieces of width 0 are left out by :func:`piecewise_linear`. A constant feature has no piece.

    >>> find_knots(np.array([[0.0], [1.0], [3.0], [5.0]]), pieces=2)
    array([[0., 1., 3., 5.]])
    """
    counts = np.broadcast_to(pieces, values.shape[1])
    knots = np.empty((values.shape[1], np.max(pieces) + 2))
    for row, column, n in zip(knots, values.T, counts, strict=True):
        nonzero = column[column != 0]
        cuts = np.quantile(nonzero if len(nonzero) else column, np.linspace(0, 1, n + 1))
        cuts = np.unique(np.append(cuts, 0.0) if len(nonzero) < len(column) else cuts)
        row[:] = np.append(cuts, np.full(len(row) - len(cuts), cuts[-1]))
    return knots


def piecewise_linear(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Encode values (n, d) by their pieces between knots (d, k): float32 (n, pieces of all features).

    A piece is 0 before it and 1 beyond it; in it, it is the share that the feature has passed.

    >>> piecewise_linear(np.array([[2.0], [9.0]]), np.array([[0.0, 1.0, 3.0]]))
    array([[1. , 0.5],
           [1. , 1. ]], dtype=float32)
    """
    feature, piece = np.nonzero(np.diff(knots, axis=1) > 0)
    low, high = knots[feature, piece], knots[feature, piece + 1]
    return np.clip((values[:, feature] - low) / (high - low), 0.0, 1.0).astype(np.float32)


def ranks(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Give the rank of each value (n, d) among the training values, as float32 of mean 0 and standard deviation 1.

    Each piece between two knots (d, k) counts alike. A constant feature is 0.

    >>> ranks(np.array([[-5.0], [1.0], [4.0]]), np.array([[0.0, 1.0, 4.0]])).ravel().round(2)
    array([-1.73,  0.  ,  1.73], dtype=float32)
    """
    result = np.zeros(values.shape, dtype=np.float32)
    for column, cuts, out in zip(values.T, map(np.unique, knots), result.T, strict=True):
        if len(cuts) > 1:
            out[:] = np.interp(column, cuts, np.linspace(-np.sqrt(3), np.sqrt(3), len(cuts)))
    return result


def cells(image: np.ndarray) -> np.ndarray:
    """List the pixels of pictures (n, 1, 24, 21) cell by cell: float64 (n, 504)."""
    rows, columns = GRID_SHAPE
    return image.reshape(-1, rows, 3, columns, 3).swapaxes(2, 3).reshape(len(image), -1).astype(float)


def learn_cells(image: np.ndarray, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    """Learn from training pictures (n, 1, 24, 21) the knots (504, pieces + 2) and the scale (2, 504) of each pixel.

    The scale is mean and standard deviation; the latter is infinite for a pixel that never changes, so that its
    standard score is 0.
    """
    pixels = cells(image)
    spread = pixels.std(axis=0)
    return find_knots(pixels, pieces), np.stack([pixels.mean(axis=0), np.where(spread > 1e-9, spread, np.inf)])


def read_cells(image: np.ndarray, knots: np.ndarray, scaling: np.ndarray) -> np.ndarray:
    """Encode pictures (n, 1, 24, 21) cell by cell: float32 (n, 56, 9 (pieces + 2)).

    A cell is its nine standard scores, limited to -6 to 6, then their pieces. All pixels have the same number of
    pieces: one of width 0 is 0.
    """
    low, width = knots[:, :-1], np.diff(knots, axis=1)
    per_width = np.divide(1.0, width, out=np.zeros_like(width), where=width > 0)
    result = np.empty((len(image), len(knots) // IN_CELL, IN_CELL * knots.shape[1]), dtype=np.float32)
    for start in range(0, len(image), _ROWS):
        pixels, part = cells(image[start : start + _ROWS]), result[start : start + _ROWS]
        scores = np.clip((pixels - scaling[0]) / scaling[1], -6.0, 6.0)
        pieces = np.clip((pixels[..., None] - low) * per_width, 0.0, 1.0)
        part[..., :IN_CELL] = scores.reshape(*part.shape[:2], -1)
        part[..., IN_CELL:] = pieces.reshape(*part.shape[:2], -1)
    return result
