"""Figures draw what they are handed: values, names and borders stand in the axes."""

import re

import numpy as np
import pytest

from mcvn_utils.descriptors.elements import feature_info
from mcvn_utils.images.imager import CompositionImager
from mcvn_utils.images.templates import ImageTemplate, PixelTemplate
from mcvn_utils.plots.pictures import hover_alloy_image, plot_alloy_image, plot_image_gallery, plot_template

ALLOYS = ["Cu64Zr36", "Fe80B20", "La55Al25Ni20"]


@pytest.fixture(scope="module")
def pictures():
    return CompositionImager().fit_transform(ALLOYS)


def test_alloy_image_shows_its_grays_and_names(pictures):
    ax = plot_alloy_image(pictures[0], names=True, title="Cu64Zr36")
    np.testing.assert_array_equal(ax.images[0].get_array(), pictures[0, 0])
    assert ax.images[0].get_clim() == (0, 1) and ax.get_title() == "Cu64Zr36"
    written = [text.get_text().replace("\n", "_") for text in ax.texts]
    assert written == list(ImageTemplate.expert().features)


def test_differences_are_symmetric_about_zero(pictures):
    ax = plot_alloy_image(pictures[1] - pictures[0], signed=True)
    low, high = ax.images[0].get_clim()
    assert low == -high and high == np.abs(pictures[1] - pictures[0]).max()
    assert plot_alloy_image(np.zeros((24, 21)), signed=True).images[0].get_clim() == (-1, 1)


def test_gallery_has_one_scale_and_one_title_a_picture(pictures):
    figure = plot_image_gallery(pictures - pictures[0], ALLOYS, columns=2, signed=True)
    drawn = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title() for ax in drawn] == ALLOYS
    assert len({ax.images[0].get_clim() for ax in drawn}) == 1
    with pytest.raises(ValueError, match="3 pictures need as many titles, got 2"):
        plot_image_gallery(pictures, ALLOYS[:2])


def test_template_has_one_colour_a_group():
    groups = feature_info()["group"]
    template = ImageTemplate.random(0)
    colours = plot_template(template, groups, names=False).images[0].get_array()[1::3, 1::3]
    of_group = {}
    for place, name in np.ndenumerate(template.grid):
        of_group.setdefault(groups[name], set()).add(tuple(colours[place]))
    assert all(len(found) == 1 for found in of_group.values())
    assert len(set.union(*of_group.values())) == len(of_group) == 10


def test_a_template_without_cells_is_coloured_pixel_by_pixel():
    groups = feature_info()["group"]
    template = PixelTemplate.random(0)
    colours = plot_template(template, groups).images[0].get_array()
    of_group = {}
    for place, name in np.ndenumerate(template.pixels):
        of_group.setdefault(groups[name.split(":")[1]] if name else "", set()).add(tuple(colours[place]))
    assert all(len(found) == 1 for found in of_group.values()) and of_group[""] == {(0, 0, 0, 1)}


def test_hover_image_names_every_drawn_pixel(pictures):
    html = hover_alloy_image(pictures[0], scale=10)
    hints = re.findall(r'd="M(\d+) (\d+)h1v1h-1z"><title>(\S+) ([\d.]+)<', html)
    assert len(hints) == 392 and "<script" not in html
    template = ImageTemplate.expert()
    for col, row, name, gray in hints:
        assert template.descriptor_at(int(row), int(col)) == name
        assert float(gray) == pytest.approx(pictures[0, 0, int(row), int(col)], abs=0.0051)


@pytest.mark.parametrize(
    "draw", [plot_alloy_image, hover_alloy_image, lambda image, **how: plot_image_gallery([image], ["a"], **how)]
)
def test_what_is_no_picture_is_not_drawn(draw):
    gray = np.linspace(0, 1, 504).reshape(24, 21)
    draw((255 * gray).astype(np.uint8))
    for image, message in [
        (255 * gray, "scale it first"),
        (np.full((24, 21), np.nan), "is nan"),
        (gray.ravel(), r"not \(504,\)"),
        (gray.T, r"not \(21, 24\)"),
        (np.zeros((2, 24, 21)), "has the shape"),
        (gray.astype(int), "not int64"),
    ]:
        with pytest.raises(ValueError, match=message):
            draw(image)
    if draw is not hover_alloy_image:
        for image in ((255 * gray).astype(np.uint8), np.full((24, 21), np.nan)):
            with pytest.raises(ValueError, match="finite floats"):
                draw(image, signed=True)


def test_a_picture_of_uint8_is_drawn_with_its_grays():
    gray = np.arange(504).reshape(24, 21) % 256
    np.testing.assert_array_equal(plot_alloy_image(gray.astype(np.uint8)).images[0].get_array(), gray / 255)
