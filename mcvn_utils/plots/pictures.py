"""Figures of alloys as pictures and of templates: grays for pictures, cividis for differences, names written out.

Each function returns what it drew on: ``ax``, or without it a figure of its own. ``title`` stands above it.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke

from ..images.imager import png_bytes
from ..images.templates import IMAGE_SHAPE, ImageTemplate, PixelTemplate
from .style import ORANGE, axes_or_new


def _as_picture(image) -> np.ndarray:
    image = np.asarray(image, dtype=float)
    return image[0] if image.ndim == 3 and len(image) == 1 else image


def _draw_cells(ax: Axes, color: str) -> None:
    """Draw borders around cells of 3 x 3 pixels, and no ticks: a picture's axes are features, not numbers."""
    rows, cols = IMAGE_SHAPE
    crisp = {"color": color, "lw": 0.5, "antialiased": False}
    ax.hlines(np.arange(0, rows + 1, 3) - 0.5, -0.5, cols - 0.5, **crisp)
    ax.vlines(np.arange(0, cols + 1, 3) - 0.5, -0.5, rows - 0.5, **crisp)
    ax.set(xticks=[], yticks=[], xlim=(-0.5, cols - 0.5), ylim=(rows - 0.5, -0.5))


def _draw_picture(ax: Axes, picture: np.ndarray, limit: float | None) -> AxesImage:
    """Draw a picture in gray from 0 to 1, or a difference from -limit to limit in cividis."""
    scale = ("gray", 0, 1) if limit is None else ("cividis", -limit, limit)
    shown = ax.imshow(picture, cmap=scale[0], vmin=scale[1], vmax=scale[2], interpolation="nearest")
    _draw_cells(ax, ORANGE if limit is None else "black")
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
    """Draw one 24 x 21 picture with the borders of its cells.

    Parameters
    ----------
    image : ndarray of shape (24, 21) or (1, 24, 21)
        Grays from 0 (black) to 1 (white); with ``signed``, differences of such pictures.
    template : ImageTemplate, optional
        The template whose names to write; the paper's by default.
    names : bool
        Write each feature's name over its cell.
    signed : bool
        Draw a difference in cividis, symmetric about zero, with its colour bar (1 is from black to white).

    Examples
    --------
    >>> len(plot_alloy_image(np.zeros((24, 21)), names=True).texts)
    56
    """
    picture = _as_picture(image)
    ax = axes_or_new(ax, 7, 8) if names else axes_or_new(ax, 3.2, 3.6)
    shown = _draw_picture(ax, picture, _largest([picture]) if signed else None)
    if names:
        _write_names(ax, template or ImageTemplate.expert(), outline=True)
    if signed:
        ax.figure.colorbar(shown, ax=ax, shrink=0.8, label="difference of gray")
    ax.set_title(title)
    return ax


def plot_image_gallery(
    images: Sequence[np.ndarray], titles: Sequence[str], *, columns: int = 4, signed: bool = False, suptitle: str = ""
) -> Figure:
    """Draw pictures side by side on one common scale.

    Parameters
    ----------
    images : sequence of ndarray of shape (24, 21) or (1, 24, 21)
    titles : sequence of str
        One per picture.
    columns : int
        Pictures in one row.
    signed : bool
        Draw differences in cividis, symmetric about zero, with one colour bar for all (1 is from black to white).
    suptitle : str

    Raises
    ------
    ValueError
        When there are not as many titles as pictures.

    Examples
    --------
    >>> figure = plot_image_gallery(np.zeros((2, 1, 24, 21)), ["Cu64Zr36", "Fe80B20"], columns=2)
    >>> [ax.get_title() for ax in figure.axes]
    ['Cu64Zr36', 'Fe80B20']
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
    """Draw a template's cells, coloured by the group of their feature; without cells, its pixels.

    Parameters
    ----------
    template : ImageTemplate or PixelTemplate
    groups : mapping of str to str
        Feature name to group name, for example the column ``group`` of ``elements.feature_info()``.
    names : bool
        Write the features' names into the cells, if there are cells, and the groups' names into a legend.

    Examples
    --------
    >>> template = ImageTemplate.expert()
    >>> ax = plot_template(template, dict.fromkeys(template.features, "all"))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['all']
    """
    ax = axes_or_new(ax, 6.4, 5) if names else axes_or_new(ax, 3, 3.4)
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
    """Return one 24 x 21 picture as HTML that names each pixel's descriptor and gray under the pointer.

    Show it with ``IPython.display.HTML``. No script runs, so it works in a static page too.

    Parameters
    ----------
    image : ndarray of shape (24, 21) or (1, 24, 21)
    template : ImageTemplate, optional
        The template that names the pixels; the paper's by default.
    scale : int
        Width and height of a pixel on the screen.

    Examples
    --------
    >>> hover_alloy_image(np.zeros((24, 21))).count("<title>")
    392
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
