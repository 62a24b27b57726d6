"""Which pixel of the picture is which descriptor: the paper's arrangement, your own, random, or by correlation."""

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from ..descriptors.descriptor import CompositionDescriptor
from ..descriptors.elements import element_table
from ..descriptors.statistics import STATISTICS

# The statistics of one feature in its cell of 3 x 3 pixels; two pixels stay empty (black).
CELL = (("sum", "", "var"), ("gmean", "ave", "hmean"), ("max", "", "min"))
GRID_SHAPE = (8, 7)  # rows and columns of cells in the picture
IMAGE_SHAPE = (24, 21)  # rows and columns of pixels in the picture

_EXPERT = """
en_pauling          atomic_number   period         atomic_radius_rahm            lattice_constant      gs_bandgap            c6_gb
electron_negativity num_unfilled    num_valance    covalent_radius_slater        atomic_radius         gs_energy             bulk_modulus
en_ghosh            num_s_valence   num_s_unfilled covalent_radius_cordero       vdw_radius            gs_est_bcc_latcnt     sound_velocity
en_allen            num_d_unfilled  num_d_valence  covalent_radius_pyykko        vdw_radius_uff        gs_est_fcc_latcnt     atomic_weight
electron_affinity   num_p_unfilled  num_p_valence  covalent_radius_pyykko_double vdw_radius_alvarez    gs_mag_moment         density
mendeleev_number    num_f_unfilled  num_f_valence  covalent_radius_pyykko_triple vdw_radius_mm3        gs_volume_per         molar_volume
heat_capacity_molar heat_capacity_mass first_ion_en heat_of_formation            boiling_point         dipole_polarizability icsd_volume
thermal_conductivity specific_heat  fusion_enthalpy evaporation_heat             melting_point         Polarizability        atomic_volume
"""  # noqa: E501


@dataclass(frozen=True)
class _Template:
    """Names in rows, kept as tuples, and from these the descriptor of each pixel."""

    rows: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", self._checked())

    def __reduce__(self):
        return type(self), (self.rows,)  # a copy computes its pixels anew

    @cached_property
    def pixels(self) -> np.ndarray:
        """Descriptor names such as ``"ave:density"``, (24, 21), one per pixel, read-only; ``""`` where it is empty."""
        pixels = self._pixels()
        pixels.flags.writeable = False
        return pixels

    @cached_property
    def drawn(self) -> tuple[np.ndarray, list[str]]:
        """Places of the drawn pixels in the flattened picture, and the descriptor of each."""
        places = np.flatnonzero(self.pixels != "")
        return places, self.pixels.ravel()[places].tolist()

    def descriptor_at(self, row: int, col: int) -> str:
        """Return the descriptor drawn at a pixel (0, 0 is the upper left one), ``""`` where nothing is drawn."""
        if not (0 <= row < IMAGE_SHAPE[0] and 0 <= col < IMAGE_SHAPE[1]):
            raise IndexError(f"pixel ({row}, {col}) lies outside the picture of 24 rows and 21 columns")
        return self.pixels[row, col]

    def pixels_of(self, name: str) -> list[tuple[int, int]]:
        """Return the pixels (row, col) of a descriptor such as ``"ave:density"``, or of a feature: all seven."""
        places, names = self.drawn
        features = [descriptor.partition(":")[2] for descriptor in names]
        hits = [place for place, *both in zip(places, names, features, strict=True) if name in both]
        if not hits:
            near = difflib.get_close_matches(name.split(":")[-1], features, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; see the template's pixels"
            raise ValueError(f"{name!r} is not drawn by this template{hint}")
        return [divmod(int(place), IMAGE_SHAPE[1]) for place in hits]


class ImageTemplate(_Template):
    """The 24 x 21 picture as 8 rows of 7 cells, one feature per cell, one statistic per pixel, as in the paper.

    ``rows`` are 8 rows of 7 columns of the element table, none of them twice; ``""`` leaves a cell empty (black).
    Raises ``ValueError`` for a wrong shape, an unknown feature or a doubled one, with the cell and the remedy.

    Examples
    --------
    >>> ImageTemplate.expert().pixels_of("ave:density")
    [(13, 19)]
    """

    def _checked(self) -> tuple[tuple[str, ...], ...]:
        rows = tuple(tuple("" if pd.isna(cell) else str(cell).strip() for cell in row) for row in self.rows)
        shape = (len(rows), *sorted({len(row) for row in rows}))
        if shape != GRID_SHAPE:
            got = f"got {len(rows)} rows of {shape[1:]} names; a CSV must be written without header and index"
            raise ValueError(f"a template has 8 rows of 7 feature names, {got}")
        known = list(element_table().columns)
        for (r, c), name in np.ndenumerate(rows):
            if name and name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else "; see element_table().columns"
                raise ValueError(f"unknown feature {str(name)!r} in row {r}, column {c} of the template{hint}")
        if doubled := [name for name, count in Counter(sum(rows, ())).items() if name and count > 1]:
            raise ValueError(f"each feature may stand once in a template, doubled: {', '.join(doubled)}")
        return rows

    @classmethod
    @cache
    def expert(cls) -> "ImageTemplate":
        """Return the paper's arrangement: 56 features laid out by experts, without ``hhi_p`` and ``hhi_r``."""
        return cls([line.split() for line in _EXPERT.strip().splitlines()])

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> "ImageTemplate":
        """Read your own arrangement from an 8 x 7 DataFrame of feature names (its labels are not read)."""
        return cls(frame.to_numpy(dtype=object))

    @classmethod
    def from_csv(cls, path: str | Path) -> "ImageTemplate":
        """Read your own arrangement from a CSV of 8 lines with 7 feature names, no header."""
        return cls.from_frame(pd.read_csv(path, header=None, dtype=str, skipinitialspace=True))

    @classmethod
    def random(cls, seed: int | None = None) -> "ImageTemplate":
        """Shuffle the expert's 56 features over the cells."""
        return cls(np.random.default_rng(seed).permutation(cls.expert().features).reshape(GRID_SHAPE))

    @classmethod
    def correlation(cls, X: Any) -> "ImageTemplate":
        """Lay the expert's 56 features so that those which rise and fall together over ``X`` are neighbours.

        ``X`` holds training rows. Hierarchical clustering by :func:`feature_similarity` with optimal leaf ordering
        (Bar-Joseph et al., Bioinformatics 17 (2001) S22) puts the features on a line. The line fills the rows of the
        grid from left to right and from right to left in turn.
        """
        features = cls.expert().features
        condensed = squareform(1 - feature_similarity(X, features), checks=False)
        order = leaves_list(optimal_leaf_ordering(linkage(condensed, "average"), condensed))
        lines = np.array(features)[order].reshape(GRID_SHAPE)
        lines[1::2] = lines[1::2, ::-1]
        return cls(lines)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features drawn, row by row."""
        return tuple(name for row in self.rows for name in row if name)

    @property
    def grid(self) -> np.ndarray:
        """Feature names, (8, 7), one per cell."""
        return np.array(self.rows, dtype=object)

    def _pixels(self) -> np.ndarray:
        features = self.grid.repeat(3, axis=0).repeat(3, axis=1)
        statistics = np.tile(np.array(CELL, dtype=object), GRID_SHAPE)
        return np.where((features != "") & (statistics != ""), statistics + ":" + features, "")

    def to_frame(self) -> pd.DataFrame:
        """Return the 8 x 7 names as a DataFrame, to look at, to change, and to give to ``from_frame``."""
        return pd.DataFrame(self.grid)


class PixelTemplate(_Template):
    """The 24 x 21 picture with any descriptor at any pixel, without cells, as DeepInsight and IGTD draw it.

    ``rows`` are 24 rows of 21 descriptor names such as ``"ave:density"``, none of them twice; ``""`` leaves a pixel
    empty (black). Raises ``ValueError`` for a wrong shape, an unknown descriptor or a doubled one.

    >>> PixelTemplate.place(["ave:density", "var:period"], [0, 23], [20, 3]).descriptor_at(23, 3)
    'var:period'
    """

    def _checked(self) -> tuple[tuple[str, ...], ...]:
        rows = tuple(tuple(map(str, row)) for row in self.rows)
        if (len(rows), {len(row) for row in rows}) != (IMAGE_SHAPE[0], {IMAGE_SHAPE[1]}):
            raise ValueError(f"a pixel template has 24 rows of 21 descriptor names, got {len(rows)} rows")
        for name, count in Counter(name for row in rows for name in row if name).items():
            if name not in _columns():
                raise ValueError(f"unknown descriptor {name!r}; names are made like 'ave:density'")
            if count > 1:
                raise ValueError(f"each descriptor may stand once in a template, doubled: {name}")
        return rows

    @classmethod
    def place(cls, names: Sequence[str], rows: Sequence[int], cols: Sequence[int]) -> "PixelTemplate":
        """Put each named descriptor at its pixel; two at one pixel are a ``ValueError``."""
        pixels = np.full(IMAGE_SHAPE, "", dtype=object)
        pixels[rows, cols] = names
        if np.count_nonzero(pixels) < len(names):
            raise ValueError("two descriptors stand at one pixel; a pixel shows one descriptor")
        return cls(pixels)

    @classmethod
    def random(cls, seed: int | None = None) -> "PixelTemplate":
        """Put the expert's 392 descriptors at random pixels, so that no cell stays together."""
        pixels = ImageTemplate.expert().pixels.ravel()
        return cls(np.random.default_rng(seed).permutation(pixels).reshape(IMAGE_SHAPE))

    def _pixels(self) -> np.ndarray:
        return np.array(self.rows, dtype=object)


def feature_similarity(X: Any, features: Sequence[str]) -> np.ndarray:
    """Correlate features over rows: the absolute correlation of their descriptors, averaged over the statistics.

    ``X`` holds at least three rows; the result (k, k) is 0 to 1, without descriptors that have no value or no change.

    >>> feature_similarity(["Cu", "Zr", "Al", "Fe"], ["atomic_number", "atomic_weight"]).round(2).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    names = [f"{statistic}:{feature}" for statistic in STATISTICS for feature in features]
    values = np.asfortranarray(named_descriptors(X, names))
    if len(values) < 3:
        raise ValueError(f"correlations need at least three rows, got {len(values)}")
    values[:, ~np.isfinite(values).all(axis=0)] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        r = [np.abs(np.corrcoef(part, rowvar=False)) for part in np.split(values, len(STATISTICS), axis=1)]
    similarity = np.nan_to_num(r).sum(axis=0) / np.maximum(np.isfinite(r).sum(axis=0), 1)
    np.fill_diagonal(similarity, 1.0)
    return np.clip(similarity, 0, 1)


def named_descriptors(X: Any, names: list[str]) -> np.ndarray:
    """Return the named descriptors of ``X``, (n, k) in a new array; they are computed unless ``X`` holds them."""
    if isinstance(X, pd.DataFrame) and any(":" in str(column) for column in X.columns):
        if missing := [name for name in names if name not in X.columns]:
            raise ValueError(f"the table lacks {len(missing)} descriptors, the first is {missing[0]!r}")
        return np.array(X[names], dtype=float, order="C")
    if not (isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == len(_columns())):
        X = CompositionDescriptor().transform(X)
    return np.take(np.asarray(X, dtype=float), [_columns()[name] for name in names], axis=1)


@cache
def _columns() -> dict[str, int]:
    """Return the column of each descriptor in an array (n, 406)."""
    return {name: column for column, name in enumerate(CompositionDescriptor().get_feature_names_out())}
