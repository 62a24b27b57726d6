"""Descriptors become small grayscale pictures: how gray each number is drawn, and files of the pictures."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ..datasets.files import written_whole
from .templates import IMAGE_SHAPE, ImageTemplate, PixelTemplate, named_descriptors

UNDEFINED_GRAY = 128 / 255  # of a pixel without a value, see CompositionImager
SCALINGS = ("minmax", "quantile", "standard")


class CompositionImager(TransformerMixin, BaseEstimator):
    """Draw compositions as pictures: float32 (n, 1, 24, 21), 0 black to 1 white, empty pixels 0.

    Each descriptor has a linear scale from ``low_`` (black) to ``high_`` (white), learned in ``fit``: Series by
    descriptor, in its unit, NaN where no scale could be learned. Values beyond it are clipped. A descriptor that is NaN
    or infinite, or did not change over the rows that set the scale, is drawn in ``UNDEFINED_GRAY`` (128 of 255).

    Parameters
    ----------
    template, gray_levels
        Where each descriptor is drawn (None: as in the paper), and in how many grays (256 in the paper; None: any).
    scaling : {"minmax", "quantile", "standard"}
        What ``low_`` and ``high_`` are: the smallest and the largest value, as in the paper; the 1 % and the 99 %
        quantile (the smallest and the largest value where these are equal); or three standard deviations to each side
        of the mean. The last two give less of the scale to long tails, and clip a few training values.
    scale_on : "train" or rows
        "train" learns the scale from the rows given to ``fit``. With all rows of the data set (formulas, fractions or
        descriptors) the scale is that of the whole set, as in the paper; test rows then leak into training pictures.

    Examples
    --------
    >>> CompositionImager().fit(["Cu50Zr50", "Fe80B20", "Al85Ni10La5"]).transform(["Cu64Zr36"]).shape
    (1, 1, 24, 21)
    """

    def __init__(self, template=None, scaling="minmax", gray_levels=None, scale_on="train"):
        self.template = template
        self.scaling = scaling
        self.gray_levels = gray_levels
        self.scale_on = scale_on

    def fit(self, X: Any, y: Any = None) -> "CompositionImager":
        """Learn each descriptor's scale from formulas, fractions (n, 94) or descriptors (n, 406)."""
        if self.scaling not in SCALINGS:
            raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}, got {self.scaling!r}")
        if self.gray_levels is not None and not self.gray_levels >= 2:
            raise ValueError(f"gray_levels must be None or at least 2, got {self.gray_levels!r}")
        if isinstance(self.scale_on, str) and self.scale_on != "train":
            raise ValueError(f"scale_on must be 'train' or the rows to scale on, got {self.scale_on!r}")
        names = self.drawn()[1]
        values = np.asfortranarray(named_descriptors(X if isinstance(self.scale_on, str) else self.scale_on, names))
        if not len(values):
            raise ValueError("no rows to learn the scale from")
        values[~np.isfinite(values)] = np.nan
        smallest, largest = np.fmin.reduce(values), np.fmax.reduce(values)
        low, high = self._limits(values, smallest, largest)
        # Rounding errors of a descriptor that does not change must not be stretched from black to white.
        changes = high - low > 1e-9 * np.maximum(np.abs(smallest), np.abs(largest))
        self.low_ = pd.Series(np.where(changes, low, np.nan), index=names)
        self.high_ = pd.Series(np.where(changes, high, np.nan), index=names)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Draw formulas, fractions (n, 94) or descriptors (n, 406): float32 (n, 1, 24, 21), 0 to 1."""
        places, heights = self._heights(X)
        gray = np.clip(heights, 0, 1)
        if self.gray_levels is not None:
            gray = np.round(gray * (self.gray_levels - 1)) / (self.gray_levels - 1)
        pictures = np.zeros((len(gray), np.prod(IMAGE_SHAPE)), dtype=np.float32)
        pictures[:, places] = np.where(np.isfinite(heights), gray, UNDEFINED_GRAY)
        return pictures.reshape(-1, 1, *IMAGE_SHAPE)

    def clipped(self, X: Any) -> np.ndarray:
        """Mark the pixels whose value lies outside the learned scale and is clipped: bool (n, 24, 21)."""
        places, heights = self._heights(X)
        outside = np.zeros((len(heights), np.prod(IMAGE_SHAPE)), dtype=bool)
        outside[:, places] = np.isfinite(heights) & (np.abs(heights - 0.5) > 0.5 + 1e-9)
        return outside.reshape(-1, *IMAGE_SHAPE)

    def drawn(self) -> tuple[np.ndarray, list[str]]:
        """Return where something is drawn in the flattened picture, and which descriptor."""
        if not isinstance(self.template, ImageTemplate | PixelTemplate | None):
            raise ValueError(f"template must be an ImageTemplate or a PixelTemplate, got {self.template!r}")
        return (self.template or ImageTemplate.expert()).drawn

    def _heights(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the drawn places, and how high their values lie on their scales: low 0, high 1."""
        check_is_fitted(self)
        places, names = self.drawn()
        low = self.low_[names].to_numpy()
        return places, (named_descriptors(X, names) - low) / (self.high_[names].to_numpy() - low)

    def _limits(self, values, smallest, largest) -> tuple[np.ndarray, np.ndarray]:
        if self.scaling == "minmax":
            return smallest, largest
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a column without any value: its limits stay NaN
            if self.scaling == "quantile":
                low, high = np.nanquantile(values, [0.01, 0.99], axis=0)
                flat = ~(high > low)
                return np.where(flat, smallest, low), np.where(flat, largest, high)
            mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
            return mean - 3 * spread, mean + 3 * spread


def as_gray(image: np.ndarray) -> np.ndarray:
    """Return one gray picture, (rows, columns) or (1, rows, columns), as floats from 0 (black) to 1 (white).

    Floats from 0 to 1, booleans, and uint8 from 0 to 255 are read; anything else, such as NaN, is a ``ValueError``.
    """
    image = np.asarray(image)
    image = image[0] if image.ndim == 3 and len(image) == 1 else image
    if image.ndim != 2 or not image.size or (image.dtype.kind not in "fb" and image.dtype != np.uint8):
        wanted = "one gray picture (rows, columns) of floats, booleans or uint8 is needed"
        raise ValueError(f"{wanted}, not {image.dtype} of shape {image.shape}")
    gray = image / 255 if image.dtype == np.uint8 else image.astype(float)
    outside = np.argwhere(~(np.abs(gray - 0.5) <= 0.5 + 1e-6))  # NaN too; rounding errors may lie a little outside
    if len(outside):
        row, column = outside[0]
        value = f"{gray[row, column]:g}"
        raise ValueError(f"pixel ({row}, {column}) is {value}: a gray lies between 0 and 1; scale it first")
    return np.clip(gray, 0, 1)


def png_bytes(image: np.ndarray, scale: int = 10) -> bytes:
    """Encode a gray picture (see :func:`as_gray`) as PNG; ``scale`` is the side of a pixel in the file.

    >>> png_bytes(np.eye(3))[1:4]
    b'PNG'
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("drawing PNG files needs Pillow: pip install 'mcvn-tutorial[plots]'") from error
    if not (isinstance(scale, int | np.integer) and scale > 0):
        raise ValueError(f"scale must be a whole number of 1 or more, not {scale!r}")
    gray = np.round(as_gray(image) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.kron(gray, np.ones((scale, scale), dtype=np.uint8))).save(buffer, format="PNG")
    return buffer.getvalue()


def save_png(image: np.ndarray, path: str | Path, scale: int = 10) -> Path:
    """Write one picture as PNG (see :func:`png_bytes`), whole or not at all, and return its path.

    >>> save_png(np.zeros((24, 21)), folder / "black.png").name
    'black.png'
    """
    with written_whole(path) as part:
        part.write_bytes(png_bytes(image, scale))
    return Path(path)
