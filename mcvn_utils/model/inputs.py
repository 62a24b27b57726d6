"""From a user's DataFrame to what a network reads: picture, element tokens and raw features.

``split_table`` tells composition from raw features; ``NetworkInputs`` learns on the training rows how to draw and to
straighten them, and makes tensors. What it learned is a handful of arrays, so that a saved model holds no code.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.preprocessing import PowerTransformer
from sklearn.utils.validation import check_is_fitted

from ..composition.alloy_table import as_table, split_table
from ..images.imager import CompositionImager
from ..images.periodic import PeriodicTableImager
from ..images.templates import IMAGE_SHAPE, ImageTemplate
from .cells import IN_CELL, learn_cells, read_cells
from .encoding import PIECES, find_knots, piecewise_linear, ranks

RANK_PIECES = 32
"""Pieces between two of which a rank is linear."""
_ARRAYS = ("power_", "raw_mean_", "raw_scale_", "knots_", "cell_knots_", "cell_scaling_", "rank_knots_")
_FACTS = ("raw_names", "seen", "n_elements", "n_raw", "n_fine", "n_ranks")


class NetworkInputs(BaseEstimator):
    """Draws and straightens rows for the networks; learned on the training rows, applied to any.

    Parameters
    ----------
    composition, unit, balance : see ``split_table``.
    picture, elements, raw : which of the three inputs to make; ``picture="periodic"`` for the periodic-table picture.
    fine : with ``raw``, write raw features and atomic fractions by pieces as well (see ``mcvn_utils.encoding``), the
        fractions by ``fraction_pieces`` each.
    pixel_pieces : write the pixels of the paper's picture by so many pieces, in place of the picture; 0 leaves it.
    ranked : rank the raw features, and of formulas the pixels of the paper's picture, for ``mcvn_utils.trees``.

    Attributes
    ----------
    imager_ : the fitted ``CompositionImager``, or ``PeriodicTableImager``.
    n_elements_ : tokens an alloy, the most elements of any training row.
    raw_names_ : names of the raw features. Each is straightened by a Yeo-Johnson power (Biometrika 87 (2000) 954),
        which tames long tails such as those of a reduction ratio, and then standardised.
    seen_ : elements of the training rows' formulas; element columns are raw features already.
    n_fine_ : number of pieces of all raw features and of the fractions of ``seen_``.
    n_ranks_ : number of ranked features; the raw features come first.
    """

    def __init__(
        self, composition="formula", unit="wt%", balance=None, picture=True, elements=True, raw=True, fine=False,
        ranked=False, fraction_pieces=PIECES, pixel_pieces=0,
    ):  # fmt: skip
        self.composition = composition
        self.unit = unit
        self.balance = balance
        self.picture = picture
        self.elements = elements
        self.raw = raw
        self.fine = fine
        self.ranked = ranked
        self.fraction_pieces = fraction_pieces
        self.pixel_pieces = pixel_pieces

    def fit(self, X) -> "NetworkInputs":
        """Learn from the training rows of a DataFrame (n, d)."""
        amounts, raw = split_table(X, self.composition, self.unit, self.balance)
        self.raw_names_ = list(raw.columns)
        for name in ("imager_", *_ARRAYS):  # of an earlier fit
            vars(self).pop(name, None)
        if amounts is not None and self.picture:
            self.imager_ = (PeriodicTableImager() if self.picture == "periodic" else CompositionImager()).fit(amounts)
        self.n_elements_ = 0 if amounts is None or not self.elements else int((amounts > 0).sum(axis=1).max())
        self.n_raw_ = len(self.raw_names_) if self.raw else 0
        self.seen_ = []
        if self.fine and self.raw and isinstance(self.composition, str):
            self.seen_ = list(amounts.columns[(amounts > 0).any(axis=0)])
        self.n_fine_ = 0
        if self.fine and (self.seen_ or self.n_raw_):
            values, pieces = self._to_cut(amounts, raw), np.full(self.n_raw_ + len(self.seen_), self.fraction_pieces)
            pieces[: self.n_raw_] = PIECES
            self.knots_ = find_knots(values, pieces)
            self.n_fine_ = int((np.diff(self.knots_, axis=1) > 0).sum())
        if self.pixel_pieces and hasattr(self, "imager_"):
            self.cell_knots_, self.cell_scaling_ = learn_cells(self.imager_.transform(amounts), self.pixel_pieces)
        self.n_ranks_ = 0
        if self.ranked and (self.n_raw_ or self._ranks_pixels()):
            image = self.imager_.transform(amounts) if self._ranks_pixels() else None
            self.rank_knots_ = find_knots(self._to_rank(raw, image), RANK_PIECES)
            self.n_ranks_ = len(self.rank_knots_)
        if self.n_raw_:
            raw = raw.to_numpy()
            power = PowerTransformer(standardize=False).fit(raw)
            straight = power.transform(raw)
            # Far from 0 a power can saturate (1000 ± 1 with power -3 is one number): such a feature stays as it is.
            self.power_ = np.where(_changes(straight, 1e-9), power.lambdas_, 1.0)
            straight = self._straighten(raw)
            self.raw_mean_ = straight.mean(axis=0)
            self.raw_scale_ = np.where(_changes(straight, 1e-12), straight.std(axis=0), np.inf)
        return self

    def transform(self, X) -> dict[str, np.ndarray]:
        """Arrays for the networks (see ``mcvn_utils.networks``); columns are found by name."""
        check_is_fitted(self, "raw_names_")
        table = as_table(X, self.composition)
        if isinstance(X, pd.DataFrame):
            table = self._same_columns(table)
        if not len(table):
            raise ValueError("X has no rows")
        amounts, raw = split_table(table, self.composition, self.unit, self.balance)
        if len(raw.columns) != len(self.raw_names_):
            raise ValueError(
                f"X has {len(raw.columns)} features, but MCVN is expecting {len(self.raw_names_)} features as input"
            )
        inputs = {}
        if hasattr(self, "imager_"):
            inputs["image"] = self.imager_.transform(amounts)
        if self.n_elements_:
            inputs["elements"], inputs["amounts"] = element_tokens(amounts.to_numpy(), self.n_elements_)
        if self.n_raw_:
            standard = (self._straighten(raw.to_numpy()) - self.raw_mean_) / self.raw_scale_
            inputs["raw"] = np.clip(np.nan_to_num(standard), -8.0, 8.0).astype(np.float32)
        if self.n_fine_:
            inputs["fine"] = piecewise_linear(self._to_cut(amounts, raw), self.knots_)
        if self.n_ranks_:
            inputs["ranks"] = ranks(self._to_rank(raw, inputs.get("image")), self.rank_knots_)
        if hasattr(self, "cell_knots_"):
            inputs["cells"] = read_cells(inputs.pop("image"), self.cell_knots_, self.cell_scaling_)
        return inputs

    def _to_cut(self, amounts: pd.DataFrame | None, raw: pd.DataFrame) -> np.ndarray:
        """What is written by pieces (n, k): the raw features that are read, then the fractions of ``seen_``."""
        parts = [raw.to_numpy()] if self.n_raw_ else []
        return np.hstack(parts + ([amounts[self.seen_].to_numpy()] if self.seen_ else []))

    def _ranks_pixels(self) -> bool:
        """Whether pixels are ranked: a formula's, for element columns are raw features already."""
        return isinstance(self.composition, str) and hasattr(self, "imager_") and self.picture != "periodic"

    def _to_rank(self, raw: pd.DataFrame, image: np.ndarray | None) -> np.ndarray:
        """What is ranked (n, k): the raw features that are read, then the drawn pixels of a formula's picture."""
        parts = [raw.to_numpy()] if self.n_raw_ else []
        if self._ranks_pixels():
            parts.append(image.reshape(len(image), -1)[:, self.imager_.drawn()[0]])
        return np.hstack(parts)

    def cells_shape(self) -> tuple[int, int] | None:
        """Cells of the picture, and numbers in which each is written; None where no pixel is cut into pieces."""
        if not hasattr(self, "cell_knots_"):
            return None
        n_pixels, n_knots = self.cell_knots_.shape
        return n_pixels // IN_CELL, IN_CELL * n_knots

    def forget_ranks(self) -> None:
        """Rank nothing from now on: there are no trees to read it."""
        self.n_ranks_ = 0
        vars(self).pop("rank_knots_", None)

    def image_shape(self) -> tuple[int, ...] | None:
        """Shape of one picture, (24, 21) or (channels, 9, 18) of the periodic table; None without one."""
        if not hasattr(self, "imager_"):
            return None
        return (1 + len(self.imager_.features), 9, 18) if self.picture == "periodic" else IMAGE_SHAPE

    def _same_columns(self, X: pd.DataFrame) -> pd.DataFrame:
        names = ([self.composition] if isinstance(self.composition, str) else []) + self.raw_names_
        missing, extra = [n for n in names if n not in X.columns], [n for n in X.columns if n not in names]
        if missing or extra:
            what = (
                f"lacks the column {missing[0]!r}" if missing else f"has the column {extra[0]!r}, unknown to the model"
            )
            raise ValueError(f"X {what}; the model was trained on {', '.join(map(str, names))}")
        return X[names]

    def _straighten(self, raw: np.ndarray) -> np.ndarray:
        power = PowerTransformer(standardize=False)
        power.lambdas_, power.n_features_in_ = self.power_, len(self.power_)
        return power.transform(raw)

    def state(self) -> tuple[dict[str, np.ndarray], dict]:
        """What ``fit`` learned: arrays, and a dict for JSON; ``from_state`` is the way back."""
        arrays = {name: getattr(self, name) for name in _ARRAYS if hasattr(self, name)}
        facts = {name: getattr(self, f"{name}_") for name in _FACTS}
        if self.picture == "periodic":
            facts["periodic"] = hasattr(self, "imager_")  # nothing is learned there
        elif hasattr(self, "imager_"):
            arrays |= {"image_low": self.imager_.low_.to_numpy(), "image_high": self.imager_.high_.to_numpy()}
            facts["template"] = ImageTemplate.expert().rows
        return arrays, {**facts, "settings": self.get_params()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray], facts: Mapping) -> "NetworkInputs":
        """The inputs' reader that ``state`` described."""
        self = cls(**facts["settings"])
        for name in _FACTS:
            setattr(self, f"{name}_", facts[name])
        for name in _ARRAYS:
            if name in arrays:
                setattr(self, name, np.asarray(arrays[name]))
        if facts.get("periodic"):
            self.imager_ = PeriodicTableImager()
        if "template" in facts:
            template = ImageTemplate(facts["template"])
            names = [name for name in template.pixels.ravel() if name]
            self.imager_ = CompositionImager(template)
            self.imager_.low_ = pd.Series(arrays["image_low"], index=names)
            self.imager_.high_ = pd.Series(arrays["image_high"], index=names)
        return self


def _changes(values: np.ndarray, share: float) -> np.ndarray:
    """Whether the spread of each column is more than a share of its largest value, in whatever unit."""
    return values.std(axis=0) > share * np.abs(values).max(axis=0)


def element_tokens(amounts: np.ndarray, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest elements of each alloy: atomic numbers (n, t), 0 where there is none, and fractions (n, t).

    ``amounts`` is (n, 94). Beyond ``n_tokens`` elements the smallest are left out; the rest keep their fractions.
    """
    order = np.argsort(-amounts, axis=1, kind="stable")[:, :n_tokens]
    largest = np.take_along_axis(amounts, order, axis=1)
    return np.where(largest > 0, order + 1, 0), largest.astype(np.float32)
