"""The paper's picture by cells, each pixel written as a standard score and by pieces (``encoding``)."""

import numpy as np

from ..images.templates import GRID_SHAPE
from .encoding import find_knots

IN_CELL = 9
"""Pixels of a cell."""
ROWS = 256
"""Alloys whose pixels are cut at once: thus what is in between takes little memory."""


def cells(image: np.ndarray) -> np.ndarray:
    """The picture's pixels cell after cell: (n, 1, 24, 21) to float64 (n, 504)."""
    rows, columns = GRID_SHAPE
    return image.reshape(-1, rows, 3, columns, 3).swapaxes(2, 3).reshape(len(image), -1).astype(float)


def learn_cells(image: np.ndarray, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    """Knots of each pixel (504, pieces + 2), and its mean and spread (2, 504), in training pictures (n, 1, 24, 21).

    The spread of a pixel that never changes is infinite, so that its standard score is 0.
    """
    pixels = cells(image)
    spread = pixels.std(axis=0)
    return find_knots(pixels, pieces), np.stack([pixels.mean(axis=0), np.where(spread > 1e-9, spread, np.inf)])


def read_cells(image: np.ndarray, knots: np.ndarray, scaling: np.ndarray) -> np.ndarray:
    """Pictures (n, 1, 24, 21) as float32 (n, 56, 9 (pieces + 2)): a cell's standard scores, held to 6, and its pieces.

    All pixels have the same number of pieces: one of width 0 is 0.
    """
    low, width = knots[:, :-1], np.diff(knots, axis=1)
    per_width = np.divide(1.0, width, out=np.zeros_like(width), where=width > 0)
    result = np.empty((len(image), len(knots) // IN_CELL, IN_CELL * knots.shape[1]), dtype=np.float32)
    for k in range(0, len(image), ROWS):
        pixels, part = cells(image[k : k + ROWS]), result[k : k + ROWS]
        scores = np.clip((pixels - scaling[0]) / scaling[1], -6.0, 6.0)
        pieces = np.clip((pixels[..., None] - low) * per_width, 0.0, 1.0)
        part[..., :IN_CELL] = scores.reshape(*part.shape[:2], -1)
        part[..., IN_CELL:] = pieces.reshape(*part.shape[:2], -1)
    return result
