"""Ways to arrange the descriptors in the picture, our own and published ones, each learned on training rows alone.

DeepInsight (Sharma et al., Scientific Reports 9 (2019) 11399) and IGTD (Zhu et al., Scientific Reports 11 (2021)
11325) come from TINTOlib, an optional extra: ``pip install 'mcvn-tutorial[pictures]'``. Only the places are taken
from it. All arrangements draw the same 392 descriptors in the same grays, so that they differ in the places alone.
"""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from mcvn_utils.images.imager import CompositionImager
from mcvn_utils.images.templates import IMAGE_SHAPE, ImageTemplate, PixelTemplate

IGTD_STEPS = 3000  # largest number of swaps; on the metallic glasses they end after about 1500


def deepinsight(X: Any, seed: int = 0) -> PixelTemplate:
    """Place descriptors by t-SNE of their values over the training rows ``X``, each at the nearest pixel of its own.

    Of the original's choices these are taken: cosine distances between descriptors, the smallest rectangle around the
    map, and a linear assignment to pixels, so that no two descriptors share one.
    """
    grays, side = _changing_grays(X)
    mapper = _tintolib("deepInsight").DeepInsight(
        side, "unsupervised", algorithm_rd="t-SNE", assignment_method="pixel_centroids_assigner", random_seed=seed
    )
    mapper.fit(grays)
    rows, cols = np.asarray(mapper._features_positions, dtype=int).T  # it has no public name
    return _framed(grays.columns, rows, cols, side)


def igtd(X: Any, seed: int = 0) -> PixelTemplate:
    """Swap descriptors over the pixels until correlated descriptors are near each other, by ranks of distance."""
    grays, side = _changing_grays(X)
    mapper = _tintolib("igtd").IGTD(problem="unsupervised", scale=[side, side], max_step=IGTD_STEPS, random_seed=seed)
    mapper.fit(grays)
    order = mapper.index[mapper.min_id]  # order[k] is the descriptor at the k-th pixel, row by row
    return _framed(grays.columns[order], *np.divmod(np.arange(len(order)), side), side)


ARRANGEMENTS: dict[str, Callable[..., ImageTemplate | PixelTemplate]] = {
    "expert": lambda X, seed: ImageTemplate.expert(),
    "random": lambda X, seed: ImageTemplate.random(seed),
    "correlation": lambda X, seed: ImageTemplate.correlation(X),
    "DeepInsight": deepinsight,
    "IGTD": igtd,
    "shuffled pixels": lambda X, seed: PixelTemplate.random(seed),
}
"""Name to a function of training rows ``X`` and a seed; "random" moves whole cells, "shuffled pixels" single pixels."""


def _tintolib(module: str):
    try:
        return importlib.import_module(f"TINTOlib.{module}")
    except ImportError as error:
        remedy = "pip install 'mcvn-tutorial[pictures]'"
        raise ImportError(f"this arrangement needs TINTOlib ({error}): {remedy}") from error


def _changing_grays(X) -> tuple[pd.DataFrame, int]:
    """Return grays 0 to 1 of the descriptors that change over ``X``, and the side of the smallest square for them."""
    imager = CompositionImager().fit(X)
    places, names = imager.drawn()
    pictures = imager.transform(X).reshape(-1, math.prod(IMAGE_SHAPE))
    grays = pd.DataFrame(pictures[:, places].astype(float), columns=names)
    grays = grays.loc[:, grays.std() > 0]
    return grays, math.ceil(math.sqrt(grays.shape[1]))


def _framed(names, rows: np.ndarray, cols: np.ndarray, side: int) -> PixelTemplate:
    """Put a square of pixels in the middle of the picture."""
    top, left = (IMAGE_SHAPE[0] - side) // 2, (IMAGE_SHAPE[1] - side) // 2
    return PixelTemplate.place(list(names), rows + top, cols + left)
