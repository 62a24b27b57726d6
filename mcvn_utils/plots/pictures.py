"""Figures of alloys as pictures and of templates: grays for pictures, cividis for differences, names written out."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke

from ..images.imager import as_gray, png_bytes
from ..images.templates import IMAGE_SHAPE, ImageTemplate, PixelTemplate
from .style import ORANGE, axes_or_new, panels

Template = ImageTemplate | PixelTemplate


def _as_picture(image: np.ndarray, signed: bool = False) -> np.ndarray:
    """Return a picture (24, 21), or a ``signed`` difference of two, as floats; ``ValueError`` for what is none."""
    image = np.asarray(image)
    if image.shape not in (IMAGE_SHAPE, (1, *IMAGE_SHAPE)):
        raise ValueError(f"a picture has the shape (24, 21) or (1, 24, 21), not {image.shape}")
    if signed and not (image.dtype.kind == "f" and np.isfinite(image).all()):
        raise ValueError("a difference of pictures holds finite floats: subtract pictures of floats from 0 to 1")
    return image.reshape(IMAGE_SHAPE).astype(float) if signed else as_gray(image)


def _draw_cells(ax: Axes, color: str) -> None:
    """Draw borders around cells of 3 x 3 pixels, and no ticks: a picture's axes are features, not numbers."""
    rows, cols = IMAGE_SHAPE
    crisp = {"color": color, "lw": 0.5, "antialiased": False}
    ax.hlines(np.arange(0, rows + 1, 3) - 0.5, -0.5, cols - 0.5, **crisp)
    ax.vlines(np.arange(0, cols + 1, 3) - 0.5, -0.5, rows - 0.5, **crisp)
    ax.set(xticks=[], yticks=[], xlim=(-0.5, cols - 0.5), ylim=(rows - 0.5, -0.5))


def _draw_picture(ax: Axes, picture: np.ndarray, limit: float | None) -> AxesImage:
    """Draw a picture in gray from 0 to 1, or a difference from -limit to limit in cividis."""
    low, high, colors, border = (0, 1, "gray", ORANGE) if limit is None else (-limit, limit, "cividis", "black")
    shown = ax.imshow(picture, cmap=colors, vmin=low, vmax=high, interpolation="nearest")
    _draw_cells(ax, border)
    return shown


def _write_names(ax: Axes, template: ImageTemplate, *effects: withStroke) -> None:
    for (row, col), name in np.ndenumerate(template.grid):
        text = name.replace("_", "\n")
        ax.text(3 * col + 1, 3 * row + 1, text, ha="center", va="center", fontsize=6, path_effects=effects)


def plot_alloy_image(
    image: np.ndarray, ax: Axes | None = None, *, names: bool = False, signed: bool = False, title: str = ""
) -> Axes:
    """Draw one picture, (24, 21) or (1, 24, 21), with the borders of its cells.

    It is gray from 0 (black) to 1 (white), a ``signed`` one a difference in cividis, symmetric about zero, with its
    colour bar (1 is from black to white). ``names`` writes the features of the experts' template over the cells.

    >>> ax = plot_alloy_image(np.zeros((24, 21)), names=True)
    """
    picture = _as_picture(image, signed)
    ax = axes_or_new(ax, 7, 8) if names else axes_or_new(ax, 3.2, 3.6)
    shown = _draw_picture(ax, picture, (np.abs(picture).max() or 1.0) if signed else None)
    if names:
        _write_names(ax, ImageTemplate.expert(), withStroke(linewidth=1.8, foreground="white"))
    if signed:
        ax.figure.colorbar(shown, ax=ax, shrink=0.8, label="difference of gray")
    ax.set_title(title)
    return ax


def plot_image_gallery(
    images: Sequence[np.ndarray], titles: Sequence[str], *, columns: int = 4, signed: bool = False, suptitle: str = ""
) -> Figure:
    """Draw pictures, (24, 21) or (1, 24, 21), on one common scale, ``columns`` of them in one row, each with its title.

    ``signed`` draws differences in cividis, symmetric about zero, with one colour bar (1 is from black to white).

    >>> figure = plot_image_gallery(np.zeros((2, 1, 24, 21)), ["Cu64Zr36", "Fe80B20"], columns=2)
    """
    pictures = [_as_picture(image, signed) for image in images]
    if len(pictures) != len(titles):
        raise ValueError(f"{len(pictures)} pictures need as many titles, got {len(titles)}")
    width, limit = min(9, 2.2 * columns), (np.abs(pictures).max() or 1.0) if signed else None
    figure, axes = panels(titles, width, width / columns * 1.3, columns, sharey=False)
    for ax, picture in zip(axes, pictures, strict=True):
        shown = _draw_picture(ax, picture, limit)
        ax.title.set_fontsize(10)
    if signed:
        figure.colorbar(shown, ax=figure.axes, shrink=0.7, label="difference of gray")
    figure.suptitle(suptitle)
    return figure


def plot_template(
    template: Template, groups: Mapping[str, str], ax: Axes | None = None, *, names: bool = True, title: str = ""
) -> Axes:
    """Draw a template's cells, coloured by the group of their feature; without cells, its pixels.

    ``groups`` maps features to groups, like the column ``group`` of ``elements.feature_info()``. ``names`` writes the
    features into the cells, if there are cells, and the groups into a legend.

    >>> ax = plot_template(ImageTemplate.expert(), dict.fromkeys(ImageTemplate.expert().features, "all"))
    """
    ax = axes_or_new(ax, 6.4, 5) if names else axes_or_new(ax, 3, 3.4)
    kinds = sorted({groups[name] for name in ImageTemplate.expert().features if name in groups})
    colors = plt.get_cmap("tab20", 20)(np.arange(20))[[*range(1, 20, 2), *range(0, 20, 2)]]
    has_cells = isinstance(template, ImageTemplate)
    if has_cells:
        features = template.grid.repeat(3, axis=0).repeat(3, axis=1)
    else:
        features = [[name.partition(":")[2] for name in row] for row in template.pixels]
    numbers = np.array([[kinds.index(groups[name]) if name else -1 for name in row] for row in features])
    ax.imshow(np.where((numbers >= 0)[..., None], colors[numbers], (0, 0, 0, 1)))
    ax.set(xticks=[], yticks=[])
    if has_cells:
        _draw_cells(ax, "black")
    if names and has_cells:
        _write_names(ax, template)
    if names:
        handles = [plt.Rectangle((0, 0), 1, 1, color=colors[k], label=kind) for k, kind in enumerate(kinds)]
        ax.legend(handles=handles, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    ax.set_title(title)
    return ax


def hover_alloy_image(image: np.ndarray, template: ImageTemplate | None = None, scale: int = 16) -> str:
    """Return a picture, (24, 21) or (1, 24, 21), as HTML that names each pixel's descriptor and gray under the pointer.

    Show it with ``IPython.display.HTML``, also in a static page: no script runs. A pixel is ``scale`` screen pixels
    wide.

    >>> html = hover_alloy_image(np.zeros((24, 21)))
    """
    picture, pixels = _as_picture(image), (template or ImageTemplate.expert()).pixels
    height, width = scale * np.array(IMAGE_SHAPE)
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
