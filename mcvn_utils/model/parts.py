"""The parts of a network's inputs: each learns from training alloys and makes one or two arrays for the network.

What a part learned is a handful of arrays, ``learned_``, so that a saved model holds no code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.preprocessing import PowerTransformer

from ..descriptors.descriptor import CompositionDescriptor
from ..images.imager import CompositionImager
from ..images.periodic import PeriodicTableImager
from ..images.templates import ImageTemplate
from .encoding import PIECES, find_knots, learn_cells, piecewise_linear, ranks, read_cells

RANK_PIECES = 32  # pieces in each of which a rank is linear


@dataclass(frozen=True, eq=False)
class Alloys:
    """A table of alloys, parsed once; its descriptors are computed once, when a part first asks for them."""

    amounts: pd.DataFrame | None  # atomic fractions (n, 94); None for a table without a composition
    raw: pd.DataFrame  # raw features (n, k), in their own units
    by_formula: bool = False  # whether formulas gave the composition: element columns are raw features, too

    @cached_property
    def descriptors(self) -> np.ndarray:
        """The 406 descriptors of each alloy (n, 406)."""
        return CompositionDescriptor().transform(self.amounts)


class Part(BaseEstimator):
    """What all parts share; a part says whether it ``_applies``, what it learns (``_learn``) and makes (``_make``)."""

    def fit(self, alloys: Alloys) -> Self:
        """Learn from training alloys."""
        self.learned_: dict[str, np.ndarray] = {}  # what is learned first may serve what is learned next
        for name, value in self._learn(alloys):
            self.learned_[name] = np.asarray(value, dtype=float)
        return self

    def transform(self, alloys: Alloys) -> dict[str, np.ndarray]:
        """Make the arrays by name, one row per alloy."""
        return self._make(alloys, **self.learned_)

    def restore(self, learned: Mapping[str, np.ndarray]) -> Self:
        """Take over what another fit learned."""
        self.learned_ = {name: np.asarray(value) for name, value in learned.items()}
        return self

    def _applies(self, alloys: Alloys) -> bool:
        return alloys.amounts is not None

    def _learn(self, alloys: Alloys) -> Iterator[tuple[str, np.ndarray]]:
        yield from ()


class RawNumbers(Part):
    """Raw features as standard scores: ``"raw"``, float32 (n, k).

    Each feature is straightened by a Yeo-Johnson power (Biometrika 87 (2000) 954), which tames long tails such as
    those of a reduction ratio, then standardised, and limited to -8 to 8. A constant feature becomes 0.
    """

    def _applies(self, alloys):
        return alloys.raw.shape[1] > 0

    def _learn(self, alloys):
        raw = alloys.raw.to_numpy()
        power = PowerTransformer(standardize=False).fit(raw)
        # Far from 0 a power can saturate (1000 ± 1 with power -3 is one number): such a feature stays as it is.
        lambdas = np.where(_changes(power.transform(raw), 1e-9), power.lambdas_, 1.0)
        straight = _straighten(raw, lambdas)
        yield "power", lambdas
        yield "mean", straight.mean(axis=0)
        yield "scale", np.where(_changes(straight, 1e-12), straight.std(axis=0), np.inf)

    def _make(self, alloys, power, mean, scale):
        scores = (_straighten(alloys.raw.to_numpy(), power) - mean) / scale
        return {"raw": np.clip(np.nan_to_num(scores), -8.0, 8.0).astype(np.float32)}


def _straighten(raw: np.ndarray, lambdas: np.ndarray) -> np.ndarray:
    power = PowerTransformer(standardize=False)
    power.lambdas_, power.n_features_in_ = lambdas, len(lambdas)
    return power.transform(raw)


def _changes(values: np.ndarray, share: float) -> np.ndarray:
    """Whether the standard deviation of each column is more than a share of its largest value, in whatever unit."""
    return values.std(axis=0) > share * np.abs(values).max(axis=0)


class Pieces(Part):
    """Raw features, and the fractions of a formula, encoded by pieces: ``"fine"``, float32 (n, pieces of all).

    Each fraction has ``fraction_pieces`` pieces, a raw feature ``encoding.PIECES``. Elements that no training alloy
    holds are left out.
    """

    def __init__(self, fraction_pieces: int = PIECES):
        self.fraction_pieces = fraction_pieces

    def _applies(self, alloys):
        return alloys.by_formula or alloys.raw.shape[1] > 0

    def _learn(self, alloys):
        elements = np.flatnonzero((alloys.amounts > 0).any(axis=0)) if alloys.by_formula else np.empty(0)
        counts = [PIECES] * alloys.raw.shape[1] + [self.fraction_pieces] * len(elements)
        yield "elements", elements
        yield "knots", find_knots(_numbers(alloys, elements), np.array(counts))

    def _make(self, alloys, elements, knots):
        return {"fine": piecewise_linear(_numbers(alloys, elements), knots)}


def _numbers(alloys: Alloys, elements: np.ndarray) -> np.ndarray:
    """Raw features, then the fractions of some elements (their columns)."""
    raw = alloys.raw.to_numpy()
    return np.hstack([raw, alloys.amounts.to_numpy()[:, elements.astype(int)]]) if alloys.by_formula else raw


class Picture(Part):
    """The paper's picture: ``"image"``, float32 (n, 1, 24, 21), from 0 (black) to 1 (white).

    ``template`` holds the names of the features, cell by cell; by default they are arranged as in the paper.
    """

    def __init__(self, template: Sequence[Sequence[str]] | None = None):
        self.template = template

    @cached_property
    def imager_(self) -> CompositionImager:
        """The imager that draws the picture, with the scale that was learned."""
        imager = CompositionImager(self.template and ImageTemplate(self.template))
        names = imager.drawn()[1]
        imager.low_, imager.high_ = (pd.Series(self.learned_[end], names) for end in ("low", "high"))
        return imager

    def _learn(self, alloys):
        vars(self).pop("imager_", None)
        imager = CompositionImager(self.template and ImageTemplate(self.template)).fit(alloys.descriptors)
        yield "low", imager.low_
        yield "high", imager.high_

    def _make(self, alloys, low, high):
        return {"image": self.imager_.transform(alloys.descriptors)}


class PictureCells(Picture):
    """The paper's picture by cells, each pixel in ``pieces`` pieces: ``"cells"``, float32 (n, 56, 9 (pieces + 2))."""

    def __init__(self, pieces: int = PIECES, template: Sequence[Sequence[str]] | None = None):
        super().__init__(template)
        self.pieces = pieces

    def _learn(self, alloys):
        yield from super()._learn(alloys)
        knots, scaling = learn_cells(self.imager_.transform(alloys.descriptors), self.pieces)
        yield "knots", knots
        yield "scaling", scaling

    def _make(self, alloys, low, high, knots, scaling):
        return {"cells": read_cells(self.imager_.transform(alloys.descriptors), knots, scaling)}


class PeriodicPicture(Part):
    """The composition drawn on the periodic table: ``"image"``, float32 (n, 3, 9, 18)."""

    imager_ = PeriodicTableImager()

    def _make(self, alloys):
        return {"image": self.imager_.transform(alloys.amounts)}


class ElementTokens(Part):
    """The elements of each alloy: ``"elements"``, atomic numbers (n, t), and ``"amounts"``, fractions (n, t).

    The training alloy with the most elements says how many tokens there are.

    >>> ElementTokens().fit(Alloys(pd.DataFrame([{"Fe": 0.8, "B": 0.2}]), None)).learned_["n_tokens"].item()
    2.0
    """

    def _learn(self, alloys):
        yield "n_tokens", (alloys.amounts > 0).sum(axis=1).max()

    def _make(self, alloys, n_tokens):
        elements, amounts = element_tokens(alloys.amounts.to_numpy(), int(n_tokens))
        return {"elements": elements, "amounts": amounts}


class Ranks(Picture):
    """Raw features, and the pixels of a formula's picture, as ranks for soft trees: ``"ranks"``, float32 (n, d).

    ``raw`` and ``pixels`` say which of the two are ranked; raw features come first.
    """

    def __init__(self, raw: bool = True, pixels: bool = True):
        super().__init__()
        self.raw = raw
        self.pixels = pixels

    def _applies(self, alloys):
        return (self.raw and alloys.raw.shape[1] > 0) or (self.pixels and alloys.by_formula)

    def _learn(self, alloys):
        if self.pixels and alloys.by_formula:
            yield from super()._learn(alloys)
        yield "knots", find_knots(self._values(alloys), RANK_PIECES)

    def _make(self, alloys, knots, **ends):
        return {"ranks": ranks(self._values(alloys), knots)}

    def _values(self, alloys: Alloys) -> np.ndarray:
        values = [alloys.raw.to_numpy()] if self.raw else []
        if "low" in self.learned_:
            image = self.imager_.transform(alloys.descriptors)
            values.append(image.reshape(len(image), -1)[:, self.imager_.drawn()[0]])
        return np.hstack(values)


PARTS = {p.__name__: p for p in (RawNumbers, Pieces, Picture, PictureCells, PeriodicPicture, ElementTokens, Ranks)}
"""All parts by name, as a saved model names them."""


def element_tokens(amounts: np.ndarray, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """List the largest elements of each alloy: atomic numbers (n, t), 0 where there is none, and fractions (n, t).

    ``amounts`` is (n, 94). Beyond ``n_tokens`` elements the smallest are left out; the rest keep their fractions.

    >>> element_tokens(np.eye(94)[[25]], 2)[0].tolist()
    [[26, 0]]
    """
    order = np.argsort(-amounts, axis=1, kind="stable")[:, :n_tokens]
    largest = np.take_along_axis(amounts, order, axis=1)
    return np.where(largest > 0, order + 1, 0), largest.astype(np.float32)
