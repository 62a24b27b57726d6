"""Figures of the lessons. A function here draws what it is handed; computing is done elsewhere.

Every figure reads in gray print and by colour-blind eyes: grays for pictures of alloys, cividis (dark is
less, bright is more) for differences, and names written out where colour alone would have to carry them.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke

from .images import IMAGE_SHAPE, ImageTemplate, PeriodicTableImager, PixelTemplate, png_bytes


def _as_picture(image) -> np.ndarray:
    image = np.asarray(image, dtype=float)
    return image[0] if image.ndim == 3 and len(image) == 1 else image


def _draw_cells(ax: Axes, color: str) -> None:
    """Borders around cells of 3 x 3 pixels, and no ticks: a picture's axes are features, not numbers."""
    rows, cols = IMAGE_SHAPE
    crisp = {"color": color, "lw": 0.5, "antialiased": False}
    ax.hlines(np.arange(0, rows + 1, 3) - 0.5, -0.5, cols - 0.5, **crisp)
    ax.vlines(np.arange(0, cols + 1, 3) - 0.5, -0.5, rows - 0.5, **crisp)
    ax.set(xticks=[], yticks=[], xlim=(-0.5, cols - 0.5), ylim=(rows - 0.5, -0.5))


def _draw_picture(ax: Axes, picture: np.ndarray, limit: float | None) -> AxesImage:
    """A picture in gray from 0 to 1, or a difference from -limit to limit in cividis."""
    scale = ("gray", 0, 1) if limit is None else ("cividis", -limit, limit)
    shown = ax.imshow(picture, cmap=scale[0], vmin=scale[1], vmax=scale[2], interpolation="nearest")
    _draw_cells(ax, "tab:orange" if limit is None else "black")
    return shown


def _largest(pictures: Sequence[np.ndarray]) -> float:
    return max(np.nanmax(np.abs(picture)) for picture in pictures) or 1.0


def _write_names(ax: Axes, template: ImageTemplate, outline: bool) -> None:
    effects = [withStroke(linewidth=1.8, foreground="white")] if outline else []
    for (row, col), name in np.ndenumerate(template.grid):
        text = name.replace("_", "\n")
        ax.text(3 * col + 1, 3 * row + 1, text, ha="center", va="center", fontsize=6, path_effects=effects)


def plot_alloy_image(
    image: np.ndarray,
    template: ImageTemplate | None = None,
    ax: Axes | None = None,
    *,
    names: bool = False,
    signed: bool = False,
    title: str = "",
) -> Axes:
    """One 24 x 21 picture with the borders of its cells.

    Parameters
    ----------
    image : array (24, 21) or (1, 24, 21)
        Grays from 0 (black) to 1 (white); with ``signed``, differences of such pictures.
    template : ImageTemplate, optional
        Whose names to write; the paper's by default.
    ax : Axes, optional
        Where to draw; a new figure by default, large enough for the names if these are asked for.
    names : bool
        Write each feature's name over its cell.
    signed : bool
        Draw a difference in cividis, symmetric about zero, with its colour bar (1 is from black to white).
    """
    picture = _as_picture(image)
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 8) if names else (3.2, 3.6), layout="constrained")
    shown = _draw_picture(ax, picture, _largest([picture]) if signed else None)
    if names:
        _write_names(ax, template or ImageTemplate.expert(), outline=True)
    if signed:
        ax.figure.colorbar(shown, ax=ax, shrink=0.8, label="difference of gray")
    ax.set_title(title)
    return ax


def plot_image_gallery(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    columns: int = 4,
    signed: bool = False,
    suptitle: str = "",
) -> Figure:
    """Pictures side by side on one common scale.

    Parameters
    ----------
    images : sequence of arrays (24, 21) or (1, 24, 21)
    titles : sequence of str
        One a picture.
    columns : int
        Pictures in one row.
    signed : bool
        Draw differences in cividis, symmetric about zero, with one colour bar for all (1 is from black to white).
    """
    pictures = [_as_picture(image) for image in images]
    if len(pictures) != len(titles):
        raise ValueError(f"{len(pictures)} pictures need as many titles, got {len(titles)}")
    rows = -(-len(pictures) // columns)
    width = min(9, 2.2 * columns)
    size = (width, rows * width / columns * 1.3)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    limit = _largest(pictures) if signed else None
    for ax in axes.flat[len(pictures) :]:
        ax.set_axis_off()
    for ax, picture, title in zip(axes.flat, pictures, titles, strict=False):
        shown = _draw_picture(ax, picture, limit)
        ax.set_title(title, fontsize=10)
    if signed:
        figure.colorbar(shown, ax=axes, shrink=0.7, label="difference of gray")
    figure.suptitle(suptitle)
    return figure


def plot_template(
    template: ImageTemplate | PixelTemplate,
    groups: Mapping[str, str],
    ax: Axes | None = None,
    *,
    names: bool = True,
    title: str = "",
) -> Axes:
    """A template's cells, coloured by the group of their feature; without cells, its pixels.

    Parameters
    ----------
    groups : mapping of feature name to group name
        For example the column ``group`` of ``elements.feature_info()``.
    names : bool
        Write the features' names into the cells, if there are cells, and the groups' names into a legend.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 5) if names else (3, 3.4), layout="constrained")
    kinds = sorted({groups[name] for name in ImageTemplate.expert().features if name in groups})
    colors = plt.get_cmap("tab20", 20)(np.arange(20))[[*range(1, 20, 2), *range(0, 20, 2)]]
    has_cells = isinstance(template, ImageTemplate)
    if has_cells:
        features = template.grid.repeat(3, axis=0).repeat(3, axis=1)
    else:
        features = np.vectorize(lambda name: name.partition(":")[2], otypes=[object])(template.pixels)
    numbers = np.array([[kinds.index(groups[name]) if name else -1 for name in row] for row in features])
    ax.imshow(np.where((numbers >= 0)[..., None], colors[numbers], (0, 0, 0, 1)))
    if has_cells:
        _draw_cells(ax, "black")
    else:
        ax.set(xticks=[], yticks=[])
    if names:
        if has_cells:
            _write_names(ax, template, outline=False)
        handles = [plt.Rectangle((0, 0), 1, 1, color=colors[k], label=kind) for k, kind in enumerate(kinds)]
        ax.legend(handles=handles, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    ax.set_title(title)
    return ax


def hover_alloy_image(image: np.ndarray, template: ImageTemplate | None = None, scale: int = 16) -> str:
    """One 24 x 21 picture as HTML that names each pixel's descriptor and gray under the pointer.

    Show it with ``IPython.display.HTML``; no script runs, so it works in a static page too.
    """
    picture, pixels = _as_picture(image), (template or ImageTemplate.expert()).pixels
    height, width = scale * IMAGE_SHAPE[0], scale * IMAGE_SHAPE[1]
    data = base64.b64encode(png_bytes(picture, scale)).decode()
    places = "".join(
        f'<path d="M{col} {row}h1v1h-1z"><title>{escape(name)} {picture[row, col]:.2f}</title></path>'
        for (row, col), name in np.ndenumerate(pixels)
        if name
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
        f'<g transform="scale({scale})" fill-opacity="0">{places}</g></svg>'
    )


def plot_periodic_table(
    values: Mapping[str, float],
    *,
    ax: Axes | None = None,
    label: str = "",
    title: str = "",
    cmap: str = "cividis",
    log: bool = False,
) -> Axes:
    """Heat map of one number an element on the periodic table, H to Pu, lanthanides and actinides below.

    Parameters
    ----------
    values : Series or mapping, element symbol to number
        Elements that are left out or NaN stay light gray.
    ax : Axes, optional
        Where to draw; a new figure of 9 x 4.6 inches otherwise.
    label : str
        Text of the colour bar: the quantity and its unit.
    title : str
    cmap : str
        Name of a colour map, dark to bright.
    log : bool
        Colours by the logarithm, for counts; zeros then stay gray like absent elements.

    Raises
    ------
    ValueError
        When a key is no element from H to Pu, or no value is left to draw.
    """
    positions = PeriodicTableImager.positions()
    unknown = [symbol for symbol in dict(values) if symbol not in positions]
    if unknown:
        raise ValueError(f"no elements from H to Pu: {', '.join(map(str, unknown))}; index values by symbol")
    shown = {e: float(v) for e, v in dict(values).items() if np.isfinite(v) and (v > 0 or not log)}
    if not shown:
        raise ValueError("no element has a value to draw" + (" above 0, which log=True needs" if log else ""))
    if ax is None:
        _, ax = plt.subplots(figsize=(9, 4.6), layout="constrained")
    norm = (LogNorm if log else Normalize)(min(shown.values()), max(shown.values()))
    colors = ScalarMappable(norm, cmap)
    for element, (row, col) in positions.items():
        top = row + 0.4 * (row > 6)  # a gap above the lanthanides
        face = colors.to_rgba(shown[element]) if element in shown else (0.93, 0.93, 0.93, 1)
        dark = np.dot(face[:3], (0.299, 0.587, 0.114)) < 0.5
        ax.add_patch(plt.Rectangle((col - 0.47, top - 0.47), 0.94, 0.94, fc=face, ec="0.6", lw=0.5))
        text = "white" if dark else "black" if element in shown else "0.55"
        ax.text(col, top, element, ha="center", va="center", fontsize=8, color=text)
    ax.set(xlim=(-0.6, 17.6), ylim=(9.0, -0.6), aspect="equal", title=title)
    ax.set_axis_off()
    ax.figure.colorbar(colors, ax=ax, shrink=0.8, label=label)
    return ax


def plot_sparsity(fractions: pd.DataFrame, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Alloys as rows, elements as columns, white where an element is absent, darker the more there is of it.

    Parameters
    ----------
    fractions : pandas.DataFrame of shape (n, elements)
        Atomic fractions, drawn in the order given; hand in a few hundred rows, a screen has no more lines.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
    shares = np.ma.masked_equal(100 * fractions.to_numpy(), 0)
    tones = ListedColormap(plt.get_cmap("cividis_r")(np.linspace(0.25, 1, 256)))  # no tone is near white
    shown = ax.imshow(shares, cmap=tones, vmin=0, vmax=100, aspect="auto", interpolation="nearest")
    for start in (0, 1):  # neighbours on two lines, so that 94 symbols fit
        names = fractions.columns[start::2]
        axis = ax if start == 0 else ax.secondary_xaxis("top")
        axis.set_xticks(range(start, fractions.shape[1], 2), names, fontsize=6, rotation=90)
        axis.tick_params(length=2, pad=1)
    ax.set(xlabel="element", ylabel="alloy", title=title)
    ax.figure.colorbar(shown, ax=ax, label="share, at%", pad=0.01)
    return ax


def plot_sparse_dense(fractions: pd.DataFrame, descriptors: pd.DataFrame, *, title: str = "") -> Figure:
    """The same alloys twice: as fractions of elements and as descriptors, white where there is nothing to tell.

    Parameters
    ----------
    fractions : pandas.DataFrame of shape (n, elements)
        Atomic fractions; darker is more. A hundred rows or so can be told apart.
    descriptors : pandas.DataFrame of shape (n, d)
        Columns named ``statistic:feature``, those of a statistic side by side. Each column is drawn in grays from
        its smallest to its largest value here; zeros and NaN are white.
    """
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained", sharey=True)
    tones = ListedColormap(plt.get_cmap("cividis_r")(np.linspace(0.2, 1, 256)))  # no tone is near white
    low, high = descriptors.min(), descriptors.max()
    scaled = (descriptors - low) / (high - low).where(high > low, 1.0)
    for ax, table, told in ((axes[0], fractions, fractions), (axes[1], scaled, descriptors)):
        shown = table.mask((told == 0) | told.isna()).to_numpy()
        ax.imshow(shown, cmap=tones, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    statistics = pd.Series(descriptors.columns.str.partition(":").get_level_values(0))
    middles = statistics.index.to_series().groupby(statistics, sort=False).mean()
    axes[1].set_xticks(middles, middles.index, rotation=45)
    axes[1].set(xlabel="statistic of 58 features", title=f"{descriptors.shape[1]} descriptors")
    axes[0].set(xlabel="element, by atomic number", ylabel="alloy", title=f"{fractions.shape[1]} fractions")
    figure.suptitle(title)
    return figure
