"""Explorers answer to what is typed and moved, without a browser."""

import base64
import io

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

from mcvn_utils.course.widgets import image_explorer
from mcvn_utils.images.imager import CompositionImager

ALLOYS = ["Cu64Zr36", "Fe80B20", "La55Al25Ni20"]


def parts(widget, kind):
    """All widgets of a kind inside another, in order."""
    if isinstance(widget, kind):
        return [widget]
    return [part for child in getattr(widget, "children", ()) for part in parts(child, kind)]


def pictures(widget):
    """The pictures inside a widget, in order."""
    return [part for part in parts(widget, widgets.HTML) if part.value.startswith("<img")]


def grays(picture):
    png = base64.b64decode(picture.value.partition("base64,")[2].partition("'")[0])
    return np.asarray(Image.open(io.BytesIO(png)))[::9, ::9].astype(int)


@pytest.fixture
def imager():
    return CompositionImager().fit(ALLOYS)


def test_image_explorer_draws_two_alloys_their_difference_and_their_mixture(imager):
    explorer = image_explorer(imager, "Cu64Zr36", "Fe80B20")
    one, two, difference, mixture = map(grays, pictures(explorer))
    expected = np.round(imager.transform(["Cu64Zr36", "Fe80B20", "Cu32Zr18Fe40B10"])[:, 0] * 255)
    np.testing.assert_array_equal(np.stack([one, two, mixture]), expected)
    alts = [picture.value.partition("alt='Picture of ")[2].partition(",")[0] for picture in pictures(explorer)]
    assert alts == ["Cu64Zr36", "Fe80B20", "Second minus first", "B10Fe40Cu32Zr18"]
    assert np.abs(difference - (127.5 + (expected[1] - expected[0]) / 2)).max() <= 1


def test_slider_runs_from_one_alloy_to_the_other(imager):
    explorer = image_explorer(imager, "Cu64Zr36", "Fe80B20")
    (slider,), images = parts(explorer, widgets.IntSlider), pictures(explorer)
    for value, end in ((0, 0), (100, 1)):
        slider.value = value
        np.testing.assert_array_equal(grays(images[3]), grays(images[end]))


def test_a_wrong_formula_is_explained_and_the_pictures_stay(imager):
    explorer = image_explorer(imager, "Cu64Zr36", "Fe80B20")
    (_, second), images = parts(explorer, widgets.Text), pictures(explorer)
    before = [image.value for image in images]
    second.value = "Fe80Bx20"
    assert any("no element" in text.value for text in parts(explorer, widgets.HTML))
    assert [image.value for image in images] == before
    second.value = "La55Al25Ni20"
    assert not any("no element" in text.value for text in parts(explorer, widgets.HTML))
    assert images[1].value != before[1]
    second.value = "Fe99.99C0.01"  # a trace does not stop the mixture's label
    assert "Fe" in parts(explorer, widgets.HTML)[-1].value
