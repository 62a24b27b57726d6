"""Which pixel of the picture is which descriptor: the paper's arrangement, your own, random, or by correlation.

``ImageTemplate`` lays features out in cells of 3 x 3 pixels, as the paper does; ``PixelTemplate`` puts any descriptor
at any pixel, as methods such as DeepInsight and IGTD do (see ``arrangements``).
"""

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from ..descriptors.descriptor import CompositionDescriptor
from ..descriptors.elements import element_table
from ..descriptors.statistics import STATISTICS

CELL = (("sum", "", "var"), ("gmean", "ave", "hmean"), ("max", "", "min"))
"""The statistics of one feature in its cell of 3 x 3 pixels; two pixels stay empty (black)."""

GRID_SHAPE = (8, 7)
IMAGE_SHAPE = (24, 21)

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


class _LookUps:
    """From pixel to descriptor and back, for whatever has ``pixels``."""

    pixels: np.ndarray

    def descriptor_at(self, row: int, col: int) -> str:
        """Descriptor drawn at a pixel (0, 0 is the upper left one), ``""`` where nothing is drawn."""
        if not (0 <= row < IMAGE_SHAPE[0] and 0 <= col < IMAGE_SHAPE[1]):
            raise IndexError(f"pixel ({row}, {col}) lies outside the picture of 24 rows and 21 columns")
        return self.pixels[row, col]

    def pixels_of(self, name: str) -> list[tuple[int, int]]:
        """Pixels (row, col) of a descriptor such as ``"ave:density"``, or of a feature: all seven."""
        drawn = list(np.ndenumerate(self.pixels))
        hits = [place for place, pixel in drawn if name in (pixel, pixel.partition(":")[2])]
        if not name or not hits:
            features = {pixel.partition(":")[2] for _, pixel in drawn}
            near = difflib.get_close_matches(name.split(":")[-1], features, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; see the template's pixels"
            raise ValueError(f"{name!r} is not drawn by this template{hint}")
        return hits


@dataclass(frozen=True)
class ImageTemplate(_LookUps):
    """The 24 x 21 picture as 8 rows of 7 cells, one feature a cell, one statistic a pixel.

    Parameters
    ----------
    rows : 8 sequences of 7 feature names
        Columns of the element table, none of them twice; ``""`` leaves a cell empty (black).

    Raises
    ------
    ValueError
        For a wrong shape, an unknown feature or a doubled one; the message names the cell and the remedy.
    """

    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        rows = tuple(tuple("" if pd.isna(cell) else str(cell).strip() for cell in row) for row in self.rows)
        shape = (len(rows), *sorted({len(row) for row in rows}))
        if shape != GRID_SHAPE:
            raise ValueError(
                f"a template has 8 rows of 7 feature names, got {len(rows)} rows of {shape[1:]} names; "
                "a CSV must be written without header and index"
            )
        known = list(element_table().columns)
        for r, row in enumerate(rows):
            for c, name in enumerate(row):
                if name and name not in known:
                    near = difflib.get_close_matches(name, known, n=1)
                    hint = f"; did you mean {near[0]!r}?" if near else "; see element_table().columns"
                    raise ValueError(f"unknown feature {name!r} in row {r}, column {c} of the template{hint}")
        doubled = [name for name, count in Counter(sum(rows, ())).items() if name and count > 1]
        if doubled:
            raise ValueError(f"each feature may stand once in a template, doubled: {', '.join(doubled)}")
        object.__setattr__(self, "rows", rows)

    @classmethod
    def expert(cls) -> "ImageTemplate":
        """The paper's arrangement: 56 features laid out by experts, without ``hhi_p`` and ``hhi_r``."""
        return cls(tuple(line.split() for line in _EXPERT.strip().splitlines()))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> "ImageTemplate":
        """Your own arrangement from an 8 x 7 DataFrame of feature names (its labels are not read)."""
        return cls(tuple(map(tuple, frame.to_numpy(dtype=object))))

    @classmethod
    def from_csv(cls, path: str | Path) -> "ImageTemplate":
        """Your own arrangement from a CSV of 8 lines with 7 feature names, no header."""
        return cls.from_frame(pd.read_csv(path, header=None, dtype=str, skipinitialspace=True))

    @classmethod
    def random(cls, seed: int | None = None) -> "ImageTemplate":
        """The expert's 56 features, shuffled over the cells."""
        return cls._fill(np.random.default_rng(seed).permutation(cls.expert().features))

    @classmethod
    def correlation(cls, X) -> "ImageTemplate":
        """The expert's 56 features laid so that those which rise and fall together over ``X`` are neighbours.

        Similarity of two features is the absolute correlation of their descriptors, averaged over the seven
        statistics. Hierarchical clustering with optimal leaf ordering (Bar-Joseph et al., Bioinformatics 17
        (2001) S22) strings the features into a line, which runs through the grid to and fro like a plough.

        Parameters
        ----------
        X : formulas, fractions or descriptors (n, 406)
            Training rows; at least three.
        """
        features = cls.expert().features
        condensed = squareform(1 - feature_similarity(X, features), checks=False)
        order = leaves_list(optimal_leaf_ordering(linkage(condensed, "average"), condensed))
        lines = np.array(features)[order].reshape(GRID_SHAPE)
        lines[1::2] = lines[1::2, ::-1]
        return cls._fill(lines.ravel())

    @classmethod
    def _fill(cls, features) -> "ImageTemplate":
        return cls(tuple(map(tuple, np.reshape(list(features), GRID_SHAPE).tolist())))

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features drawn, row by row."""
        return tuple(name for row in self.rows for name in row if name)

    @property
    def grid(self) -> np.ndarray:
        """Feature names, (8, 7), one a cell."""
        return np.array(self.rows, dtype=object)

    @property
    def pixels(self) -> np.ndarray:
        """Descriptor names such as ``"ave:density"``, (24, 21), one a pixel; ``""`` where it is empty."""
        features = self.grid.repeat(3, axis=0).repeat(3, axis=1)
        statistics = np.tile(np.array(CELL, dtype=object), GRID_SHAPE)
        return np.where((features != "") & (statistics != ""), statistics + ":" + features, "")

    def to_frame(self) -> pd.DataFrame:
        """The 8 x 7 names as a DataFrame, to look at, to change, and to hand to ``from_frame``."""
        return pd.DataFrame(self.grid)


@dataclass(frozen=True)
class PixelTemplate(_LookUps):
    """The 24 x 21 picture with any descriptor at any pixel, without cells.

    Parameters
    ----------
    rows : 24 sequences of 21 descriptor names such as ``"ave:density"``
        None of them twice; ``""`` leaves a pixel empty (black).

    Raises
    ------
    ValueError
        For a wrong shape, an unknown descriptor or a doubled one.
    """

    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        rows = tuple(tuple(map(str, row)) for row in self.rows)
        if (len(rows), {len(row) for row in rows}) != (IMAGE_SHAPE[0], {IMAGE_SHAPE[1]}):
            raise ValueError(f"a pixel template has 24 rows of 21 descriptor names, got {len(rows)} rows")
        known = set(CompositionDescriptor().get_feature_names_out())
        for name, count in Counter(name for row in rows for name in row if name).items():
            if name not in known:
                raise ValueError(f"unknown descriptor {name!r}; names are made like 'ave:density'")
            if count > 1:
                raise ValueError(f"each descriptor may stand once in a template, doubled: {name}")
        object.__setattr__(self, "rows", rows)

    @classmethod
    def place(cls, names: Sequence[str], rows: Sequence[int], cols: Sequence[int]) -> "PixelTemplate":
        """Each named descriptor at its pixel; two at one pixel are a ``ValueError``."""
        pixels = np.full(IMAGE_SHAPE, "", dtype=object)
        pixels[rows, cols] = names
        if np.count_nonzero(pixels) < len(names):
            raise ValueError("two descriptors stand at one pixel; this picture has one a pixel")
        return cls(tuple(map(tuple, pixels)))

    @classmethod
    def random(cls, seed: int | None = None) -> "PixelTemplate":
        """The expert's 392 descriptors at random pixels, their cells torn."""
        pixels = ImageTemplate.expert().pixels.ravel()
        return cls(np.random.default_rng(seed).permutation(pixels).reshape(IMAGE_SHAPE))

    @property
    def pixels(self) -> np.ndarray:
        """Descriptor names, (24, 21), one a pixel; ``""`` where it is empty."""
        return np.array(self.rows, dtype=object)


def feature_similarity(X, features) -> np.ndarray:
    """Absolute correlation of features over the rows ``X``, averaged over the seven statistics, (k, k), 0..1.

    Descriptors without a value or without change carry no correlation and are left out of the average.
    """
    names = [f"{statistic}:{feature}" for statistic in STATISTICS for feature in features]
    values, columns = named_descriptors(X, names)
    if len(values) < 3:
        raise ValueError(f"correlations need at least three rows, got {len(values)}")
    values = np.where(np.isfinite(values).all(axis=0), values, 0.0)[:, columns]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = [np.abs(np.corrcoef(part, rowvar=False)) for part in np.split(values, len(STATISTICS), axis=1)]
    similarity = np.nan_to_num(r).sum(axis=0) / np.maximum(np.isfinite(r).sum(axis=0), 1)
    np.fill_diagonal(similarity, 1.0)
    return np.clip(similarity, 0, 1)


def named_descriptors(X, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors of ``X``, computed unless ``X`` holds them already, and the columns of the named ones."""
    if isinstance(X, pd.DataFrame) and any(":" in str(column) for column in X.columns):
        missing = [name for name in names if name not in X.columns]
        if missing:
            raise ValueError(f"the table lacks {len(missing)} descriptors, the first is {missing[0]!r}")
        return X[names].to_numpy(dtype=float), np.arange(len(names))
    columns = {name: k for k, name in enumerate(CompositionDescriptor().get_feature_names_out())}
    if not (isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == len(columns)):
        X = CompositionDescriptor().transform(X)
    return np.asarray(X, dtype=float), np.array([columns[name] for name in names])
