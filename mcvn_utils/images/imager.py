"""Descriptors become small grayscale pictures: how gray each number is drawn.

``CompositionImager`` draws by a template of ``templates``, with a scale per descriptor, learned on the training rows
alone.
``PeriodicTableImager`` draws the composition itself, each element in its place on the periodic table.
Nothing here trains or plots; ``png_bytes`` and ``save_png`` are for those who want files.
"""

import io
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .templates import (
    IMAGE_SHAPE,
    ImageTemplate,
    PixelTemplate,
    named_descriptors,
)

UNDEFINED_GRAY = 128 / 255
"""Gray of a pixel without a value: descriptor NaN or infinite, or the same in all rows that set the scale."""

_BLOCK = 256  # rows drawn together: their grays stay in a processor's own cache

SCALINGS = ("minmax", "quantile", "standard")


class CompositionImager(TransformerMixin, BaseEstimator):
    """Compositions to pictures: float32 (n, 1, 24, 21), 0 black to 1 white, empty pixels 0.

    Each descriptor has a straight scale from ``low_`` (black) to ``high_`` (white), learned in ``fit``.
    Values beyond are clipped; ``clipped`` shows which. A descriptor that is NaN or infinite, or that did not
    change over the rows that set the scale, is drawn in ``UNDEFINED_GRAY`` (128 of 255).

    Parameters
    ----------
    template : ImageTemplate or PixelTemplate, optional
        Where each descriptor is drawn; the paper's arrangement by default.
    scaling : {"minmax", "quantile", "standard"}
        ``low_`` to ``high_``: smallest to largest value as in the paper; the 1 % to the 99 % quantile (from
        smallest to largest where these coincide); or three standard deviations to each side of the mean.
        The last two spend less of the scale on long tails and clip a few training values.
    gray_levels : int, optional
        Round to so many grays; 256 as in the paper. By default grays are continuous.
    scale_on : "train" or rows
        ``"train"`` learns the scale from the rows given to ``fit``. Hand over all rows of the data set
        instead (formulas, fractions or descriptors) to scale over the whole set as the paper did: test rows
        then leak into the training pictures.

    Attributes
    ----------
    low_, high_ : Series
        Value drawn black and value drawn white, by descriptor; NaN where no scale could be learned.

    Examples
    --------
    >>> imager = CompositionImager().fit(["Cu50Zr50", "Fe80B20", "Al85Ni10La5"])
    >>> imager.transform(["Cu64Zr36"]).shape
    (1, 1, 24, 21)
    """

    def __init__(self, template=None, scaling="minmax", gray_levels=None, scale_on="train"):
        self.template = template
        self.scaling = scaling
        self.gray_levels = gray_levels
        self.scale_on = scale_on

    def fit(self, X, y=None) -> "CompositionImager":
        """Learn each descriptor's scale from formulas, fractions (n, 94) or descriptors (n, 406)."""
        if self.scaling not in SCALINGS:
            raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}, got {self.scaling!r}")
        if self.gray_levels is not None and not self.gray_levels >= 2:
            raise ValueError(f"gray_levels must be None or at least 2, got {self.gray_levels!r}")
        if isinstance(self.scale_on, str) and self.scale_on != "train":
            raise ValueError(f"scale_on must be 'train' or the rows to scale on, got {self.scale_on!r}")
        names = self.drawn()[1]
        values, columns = named_descriptors(X if isinstance(self.scale_on, str) else self.scale_on, names)
        if not len(values):
            raise ValueError("no rows to learn the scale from")
        values = np.where(np.isfinite(values), values, np.nan)[:, columns]
        smallest, largest = np.fmin.reduce(values), np.fmax.reduce(values)
        low, high = self._limits(values, smallest, largest)
        # Rounding errors of a descriptor that does not change must not be stretched from black to white.
        changes = high - low > 1e-9 * np.maximum(np.abs(smallest), np.abs(largest))
        self.low_ = pd.Series(np.where(changes, low, np.nan), index=names)
        self.high_ = pd.Series(np.where(changes, high, np.nan), index=names)
        return self

    def transform(self, X) -> np.ndarray:
        """Pictures of formulas, fractions (n, 94) or descriptors (n, 406): float32 (n, 1, 24, 21), 0..1."""
        check_is_fitted(self)
        places, names = self.drawn()
        values, columns = named_descriptors(X, names)
        n, k = values.shape
        low, span = np.full(k, np.nan), np.full(k, np.nan)
        low[columns] = self.low_[names]
        span[columns] = (self.high_ - self.low_)[names]
        sources = np.full(IMAGE_SHAPE[0] * IMAGE_SHAPE[1], k)  # of each pixel; column k is black
        sources[places] = columns
        pictures = np.empty((n, len(sources)), dtype=np.float32)
        heights, grays = np.empty((_BLOCK, k)), np.zeros((_BLOCK, k + 1), dtype=np.float32)
        for start in range(0, n, _BLOCK):
            rows = values[start : start + _BLOCK]
            height, gray = heights[: len(rows)], grays[: len(rows)]
            np.subtract(rows, low, out=height)
            height /= span
            undefined = ~np.isfinite(height)
            np.clip(height, 0, 1, out=height)
            if self.gray_levels is not None:
                height = np.round(height * (self.gray_levels - 1)) / (self.gray_levels - 1)
            gray[:, :k] = height
            np.copyto(gray[:, :k], np.float32(UNDEFINED_GRAY), where=undefined)
            gray.take(sources, axis=1, out=pictures[start : start + _BLOCK], mode="clip")
        return pictures.reshape(-1, 1, *IMAGE_SHAPE)

    def clipped(self, X) -> np.ndarray:
        """Pixels whose value lies outside the learned scale and is drawn black or white: bool (n, 24, 21)."""
        check_is_fitted(self)
        places, names = self.drawn()
        values, columns = named_descriptors(X, names)
        height = (values[:, columns] - self.low_[names].to_numpy()) / (self.high_ - self.low_)[names].to_numpy()
        outside = np.zeros((len(values), IMAGE_SHAPE[0] * IMAGE_SHAPE[1]), dtype=bool)
        outside[:, places] = np.isfinite(height) & (np.abs(height - 0.5) > 0.5 + 1e-9)
        return outside.reshape(-1, *IMAGE_SHAPE)

    def drawn(self) -> tuple[np.ndarray, list[str]]:
        """Where something is drawn in the flattened picture, and what."""
        if not isinstance(self.template, ImageTemplate | PixelTemplate | None):
            raise ValueError(f"template must be an ImageTemplate or a PixelTemplate, got {self.template!r}")
        pixels = (self.template or ImageTemplate.expert()).pixels.ravel()
        places = np.flatnonzero(pixels != "")
        return places, pixels[places].tolist()

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


def png_bytes(image: np.ndarray, scale: int = 10) -> bytes:
    """A gray picture (24, 21) or (1, 24, 21) in 0..1 as PNG, each pixel enlarged to ``scale`` x ``scale``."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("drawing PNG files needs Pillow: pip install 'mcvn-tutorial[plots]'") from error
    image = np.asarray(image, dtype=float)
    image = image[0] if image.ndim == 3 and len(image) == 1 else image
    if image.ndim != 2:
        raise ValueError(f"one gray picture (rows, columns) is needed, not shape {image.shape}")
    gray = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.kron(gray, np.ones((scale, scale), dtype=np.uint8))).save(buffer, format="PNG")
    return buffer.getvalue()


def save_png(image: np.ndarray, path: str | Path, scale: int = 10) -> Path:
    """Write one picture as PNG (see ``png_bytes``); the file appears whole or not at all."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(png_bytes(image, scale))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
