"""Descriptors become small grayscale pictures: where each number is drawn, and how gray it is.

``ImageTemplate`` says where: 8 x 7 cells, one an element feature; 3 x 3 pixels a cell, seven of them used.
``CompositionImager`` says how gray: a scale per descriptor, learned on the training rows alone.
``PeriodicTableImager`` draws the composition itself, each element in its place on the periodic table.
Nothing here trains or plots; ``png_bytes`` and ``save_png`` are for those who want files.
"""

import difflib
import io
import os
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .descriptors import ELEMENTS, STATISTICS, CompositionDescriptor, as_fractions, element_table

CELL = (("sum", "", "var"), ("gmean", "ave", "hmean"), ("max", "", "min"))
"""The statistics of one feature in its cell of 3 x 3 pixels; two pixels stay empty (black)."""

GRID_SHAPE = (8, 7)
IMAGE_SHAPE = (24, 21)

UNDEFINED_GRAY = 128 / 255
"""Gray of a pixel without a value: descriptor NaN or infinite, or the same in all rows that set the scale."""

_BLOCK = 256  # rows drawn together: their grays stay in a processor's own cache

SCALINGS = ("minmax", "quantile", "standard")

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

_PERIODIC_TABLE = """
H  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  .  He
Li Be .  .  .  .  .  .  .  .  .  .  B  C  N  O  F  Ne
Na Mg .  .  .  .  .  .  .  .  .  .  Al Si P  S  Cl Ar
K  Ca Sc Ti V  Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
Rb Sr Y  Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I  Xe
Cs Ba La Hf Ta W  Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn
Fr Ra Ac .  .  .  .  .  .  .  .  .  .  .  .  .  .  .
.  .  .  Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu .
.  .  .  Th Pa U  Np Pu .  .  .  .  .  .  .  .  .  .
"""


@dataclass(frozen=True)
class ImageTemplate:
    """Which pixel of the 24 x 21 picture is which descriptor.

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

    def descriptor_at(self, row: int, col: int) -> str:
        """Descriptor drawn at a pixel (0, 0 is the upper left one), ``""`` where nothing is drawn."""
        if not (0 <= row < IMAGE_SHAPE[0] and 0 <= col < IMAGE_SHAPE[1]):
            raise IndexError(f"pixel ({row}, {col}) lies outside the picture of 24 rows and 21 columns")
        return self.pixels[row, col]

    def pixels_of(self, name: str) -> list[tuple[int, int]]:
        """Pixels (row, col) of a descriptor such as ``"ave:density"``, or of a feature: all seven."""
        drawn = np.ndenumerate(self.pixels)
        hits = [place for place, pixel in drawn if name in (pixel, pixel.partition(":")[2])]
        if not name or not hits:
            near = difflib.get_close_matches(name.split(":")[-1], self.features, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; see the template's features"
            raise ValueError(f"{name!r} is not drawn by this template{hint}")
        return hits


def feature_similarity(X, features) -> np.ndarray:
    """Absolute correlation of features over the rows ``X``, averaged over the seven statistics, (k, k), 0..1.

    Descriptors without a value or without change carry no correlation and are left out of the average.
    """
    names = [f"{statistic}:{feature}" for statistic in STATISTICS for feature in features]
    values, columns = _descriptors(X, names)
    if len(values) < 3:
        raise ValueError(f"correlations need at least three rows, got {len(values)}")
    values = np.where(np.isfinite(values).all(axis=0), values, 0.0)[:, columns]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = [np.abs(np.corrcoef(part, rowvar=False)) for part in np.split(values, len(STATISTICS), axis=1)]
    similarity = np.nan_to_num(r).sum(axis=0) / np.maximum(np.isfinite(r).sum(axis=0), 1)
    np.fill_diagonal(similarity, 1.0)
    return np.clip(similarity, 0, 1)


def _descriptors(X, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
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


class CompositionImager(TransformerMixin, BaseEstimator):
    """Compositions to pictures: float32 (n, 1, 24, 21), 0 black to 1 white, empty pixels 0.

    Each descriptor has a straight scale from ``low_`` (black) to ``high_`` (white), learned in ``fit``.
    Values beyond are clipped; ``clipped`` shows which. A descriptor that is NaN or infinite, or that did not
    change over the rows that set the scale, is drawn in ``UNDEFINED_GRAY`` (128 of 255).

    Parameters
    ----------
    template : ImageTemplate, optional
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
        names = self._drawn()[1]
        values, columns = _descriptors(X if isinstance(self.scale_on, str) else self.scale_on, names)
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
        places, names = self._drawn()
        values, columns = _descriptors(X, names)
        low, span = self.low_[names].to_numpy(), (self.high_ - self.low_)[names].to_numpy()
        pictures = np.zeros((len(values), IMAGE_SHAPE[0] * IMAGE_SHAPE[1]), dtype=np.float32)
        for start in range(0, len(values), _BLOCK):
            gray = values[start : start + _BLOCK].take(columns, axis=1)
            gray -= low
            gray /= span
            undefined = ~np.isfinite(gray)
            np.clip(gray, 0, 1, out=gray)
            if self.gray_levels is not None:
                gray = np.round(gray * (self.gray_levels - 1)) / (self.gray_levels - 1)
            gray[undefined] = UNDEFINED_GRAY
            pictures[start : start + _BLOCK, places] = gray
        return pictures.reshape(-1, 1, *IMAGE_SHAPE)

    def clipped(self, X) -> np.ndarray:
        """Pixels whose value lies outside the learned scale and is drawn black or white: bool (n, 24, 21)."""
        check_is_fitted(self)
        places, names = self._drawn()
        values, columns = _descriptors(X, names)
        height = (values[:, columns] - self.low_[names].to_numpy()) / (self.high_ - self.low_)[names].to_numpy()
        outside = np.zeros((len(values), IMAGE_SHAPE[0] * IMAGE_SHAPE[1]), dtype=bool)
        outside[:, places] = np.isfinite(height) & (np.abs(height - 0.5) > 0.5 + 1e-9)
        return outside.reshape(-1, *IMAGE_SHAPE)

    def _drawn(self) -> tuple[np.ndarray, list[str]]:
        """Where something is drawn in the flattened picture, and what."""
        if not isinstance(self.template, ImageTemplate | None):
            raise ValueError(f"template must be an ImageTemplate, got {self.template!r}")
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


class PeriodicTableImager(TransformerMixin, BaseEstimator):
    """Compositions drawn on the periodic table: float32 (n, 1 + features, 9, 18), -1..1.

    Channel 0 is each element's atomic fraction in its place. Every further channel is the fraction times one
    element feature, divided by the largest absolute value of that feature in the table (a constant of nature,
    not of the data: nothing is learned, nothing can leak). Rows 0 to 6 are the periods, columns 0 to 17 the
    groups, with Sc, Y, La, Ac in group 3; row 7 holds Ce to Lu, row 8 Th to Pu, from column 3 on.
    After Zheng et al., Chem. Sci. 9 (2018) 8426, and Feng et al., npj Comput. Mater. 7 (2021) 10, who used it
    for glass formation.

    Parameters
    ----------
    features : sequence of str
        Columns of the element table for the further channels.
    """

    def __init__(self, features=("en_pauling", "atomic_radius")):
        self.features = features

    def fit(self, X=None, y=None) -> "PeriodicTableImager":
        """Check the features; nothing is learned from the rows."""
        unknown = [name for name in self.features if name not in element_table().columns]
        if unknown:
            raise ValueError(f"unknown element features: {', '.join(unknown)}; see element_table().columns")
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X) -> np.ndarray:
        """Pictures of formulas or fractions (n, 94)."""
        table = self.fit().feature_table()
        weights = as_fractions(X).to_numpy()[:, None, :] * table.to_numpy().T
        pictures = np.zeros((*weights.shape[:2], 9, 18), dtype=np.float32)
        rows, cols = zip(*(self.positions()[element] for element in ELEMENTS), strict=True)
        pictures[:, :, rows, cols] = weights
        return pictures

    def feature_table(self) -> pd.DataFrame:
        """What each fraction is multiplied with: (94, 1 + features), the first column 1."""
        scaled = element_table().loc[list(ELEMENTS), list(self.features)]
        scaled = scaled / scaled.abs().max()
        scaled.insert(0, "fraction", 1.0)
        return scaled

    @staticmethod
    def positions() -> dict[str, tuple[int, int]]:
        """Place (row, col) of each element on the 9 x 18 grid."""
        lines = [line.split() for line in _PERIODIC_TABLE.strip().splitlines()]
        return {name: (r, c) for r, line in enumerate(lines) for c, name in enumerate(line) if name != "."}


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
