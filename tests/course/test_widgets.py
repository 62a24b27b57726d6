"""Explorers answer to what is typed and moved, without a browser."""

import base64
import io
import re
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mcvn_utils.course import explorer as explorer_module
from mcvn_utils.course import widgets as widgets_module
from mcvn_utils.course.widgets import descriptor_explorer, element_path, formula_explorer, image_explorer, with_share
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


@given(
    st.lists(st.floats(0.01, 1), min_size=2, max_size=6),
    st.floats(0, 1),
)
def test_another_share_keeps_the_others_proportions(amounts, share):
    shares = {symbol: amount / sum(amounts) for symbol, amount in zip("BCNOFP", amounts, strict=False)}
    moved = with_share(shares, "B", share)
    assert moved.keys() == shares.keys() and moved["B"] == share and np.isclose(sum(moved.values()), 1)
    ratio = [moved[symbol] / shares[symbol] for symbol in shares if symbol != "B"]
    np.testing.assert_allclose(ratio, (1 - share) / (1 - shares["B"]))


def test_the_formula_explorer_shows_reading_bars_and_caret():
    explorer = formula_explorer("(Fe75Co25)83P17")
    (field, convention), shown = explorer.children[0].children, explorer.children[1]
    assert "alloy brackets" in shown.value and "62.25 at%" in shown.value and "10.08 wt%" in shown.value
    convention.value = "chemical"
    assert "chemical brackets" in shown.value and "0.2044 at%" in shown.value
    convention.value, field.value = "auto", "(Cu50Zr50)92Al7"
    assert "Ambiguous" in shown.value
    field.value = "Al40Cu60T<b>"
    assert "did you mean Ti" in shown.value and "^</pre>" in shown.value and "<b>" not in shown.value
    field.value = "Fe80B20"
    assert "both conventions agree" in shown.value
    field.value = ""
    assert "empty" in shown.value


def test_the_descriptor_explorer_moves_one_element_and_keeps_the_proportions_of_the_others():
    path = element_path("Zr50Cu40Al10", "Al")
    np.testing.assert_allclose(path["Al"], np.linspace(0, 1, 101))
    np.testing.assert_allclose(path["Zr"][:100], 1.25 * path["Cu"][:100])
    np.testing.assert_allclose(path.sum(axis=1), 1)
    with pytest.raises(ValueError, match="nothing but Al"):
        element_path("Al", "Al")

    explorer = descriptor_explorer("Fe80B20", "B", "period")
    (alloy, _), (_, slider), shown = *(box.children for box in explorer.children[:2]), explorer.children[2]
    assert slider.value == 20 and "<td>3.6</td><td>3.6</td><td>0.64</td><td>3.482</td>" in shown.value
    slider.value = 50
    assert "<td>3</td><td>3</td><td>1</td><td>2.828</td><td>2.667</td><td>4</td><td>2</td>" in shown.value
    alloy.value = "Fe80Xx20"
    assert "no element" in shown.value


def test_html_takes_its_colours_from_the_palette_alone():
    for module in (widgets_module, explorer_module):
        assert not re.search(r"#[0-9a-fA-F]{3,6}\b", Path(module.__file__).read_text("utf-8"))
