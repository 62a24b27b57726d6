"""Ways to arrange the descriptors in the picture, ours and those of the field, each learned on training rows alone.

DeepInsight (Sharma et al., Scientific Reports 9 (2019) 11399) and IGTD (Zhu et al., Scientific Reports 11 (2021)
11325) come from TINTOlib, an optional extra: ``pip install 'mcvn-tutorial[pictures]'``. Only the places are taken
from it. All arrangements draw the same 392 descriptors in the same grays, so that a comparison of them compares places.
"""

import importlib
import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from .imager import CompositionImager
from .templates import IMAGE_SHAPE, ImageTemplate, PixelTemplate

IGTD_STEPS = 3000  # at most; on the metallic glasses it stops by itself after about 1500


def deepinsight(X, seed: int = 0) -> PixelTemplate:
    """Descriptors placed by t-SNE of their values over the rows ``X``, each at the nearest pixel of its own.

    Of the original's choices: cosine distances between descriptors, the smallest rectangle around the map, and a linear
    assignment to pixels, so that no two descriptors share one.

    Parameters
    ----------
    X : formulas, fractions or descriptors (n, 406)
        Training rows.
    seed : of t-SNE.

    Raises ``ImportError`` where the extra ``pictures`` is not installed.
    """
    grays, side = _changing_grays(X)
    mapper = _tintolib("deepInsight").DeepInsight(
        side, "unsupervised", algorithm_rd="t-SNE", assignment_method="pixel_centroids_assigner", random_seed=seed
    )
    mapper.fit(grays)
    rows, cols = np.asarray(mapper._features_positions, dtype=int).T  # it has no public name
    return _framed(grays.columns, rows, cols, side)


def igtd(X, seed: int = 0) -> PixelTemplate:
    """Descriptors swapped over the pixels until alike descriptors (Pearson) are near, by ranks of distance.

    Parameters and errors are those of ``deepinsight``; the swaps begin at random with ``seed``.
    """
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
"""Name to a function of training rows ``X`` and a seed; ``random`` shuffles cells, ``shuffled pixels`` tears them."""


def _tintolib(module: str):
    try:
        return importlib.import_module(f"TINTOlib.{module}")
    except ImportError as error:
        raise ImportError(
            f"this arrangement needs TINTOlib ({error}): pip install 'mcvn-tutorial[pictures]'"
        ) from error


def _changing_grays(X) -> tuple[pd.DataFrame, int]:
    """Grays 0..1 of the descriptors that change over ``X``, and the side of the smallest square that holds them."""
    imager = CompositionImager().fit(X)
    drawn = ImageTemplate.expert().pixels != ""
    grays = pd.DataFrame(imager.transform(X)[:, 0, drawn].astype(float), columns=imager.low_.index)
    grays = grays.loc[:, grays.std() > 0]
    return grays, math.ceil(math.sqrt(grays.shape[1]))


def _framed(names, rows: np.ndarray, cols: np.ndarray, side: int) -> PixelTemplate:
    """The square in the middle of the picture."""
    top, left = (IMAGE_SHAPE[0] - side) // 2, (IMAGE_SHAPE[1] - side) // 2
    return PixelTemplate.place(list(names), rows + top, cols + left)
