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

from mcvn_utils.composition.conversion import as_fractions
from mcvn_utils.composition.errors import FormulaError
from mcvn_utils.composition.formulas import read_formula
from mcvn_utils.course import explorer as explorer_module
from mcvn_utils.course import widgets as widgets_module
from mcvn_utils.course.widgets import (
    describe_formula,
    descriptor_explorer,
    element_path,
    formula_explorer,
    image_explorer,
    short_formula,
    watch,
    with_share,
)
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


# What anybody may type: formulas with traces, and no formulas at all
TYPED = [
    "Fe99.98B0.02", "Fe99.9999B0.0001", "Fe100B0.0000001", "Cu", "Zr1", "(Fe75Co25)83·5P16·5", "(Cu50Zr50)92Al7", "",
    " ", "x", "Fe80B", "Fe80B-20", "Fe0", "<script>", "Fe80B20\n", "Ｆｅ80B20", "(((", "0", "Xx50", "Al2O3·2SiO2",
    "H2O", "CuSO4.5H2O", "Fe" * 3000, "Pu50H50",
]  # fmt: skip


def alerts(widget) -> int:
    return sum("role='alert'" in part.value for part in parts(widget, widgets.HTML))


def shown(widget) -> list[str]:
    return [part.value for part in parts(widget, widgets.HTML)]


def reads(text) -> bool:
    try:
        return bool(read_formula(text))
    except FormulaError:
        return False


@pytest.mark.filterwarnings("ignore::mcvn_utils.composition.errors.AmbiguousFormulaWarning")
@pytest.mark.parametrize("typed", TYPED)
def test_whatever_is_typed_shows_the_result_or_the_error_and_all_works_again_after_it(imager, typed):
    for explorer, good in [
        (image_explorer(imager, "Cu64Zr36", "Fe80B20"), "Fe80B20"),
        (formula_explorer("Fe80B20"), "Fe80B20"),
        (descriptor_explorer("Fe80B20", "B", "period"), "Fe80B20"),
    ]:
        before = shown(explorer)
        assert not alerts(explorer)
        field = parts(explorer, widgets.Text)[-1]
        field.value = typed
        assert alerts(explorer) == (not reads(typed))
        for slider in parts(explorer, widgets.IntSlider):
            start = slider.value
            for slider.value in (0, 1, 50, 99, 100, start):
                assert alerts(explorer) == (not reads(typed))
        for choice in parts(explorer, widgets.ToggleButtons):
            for choice.value in ("alloy", "chemical", "auto"):
                assert shown(explorer)[0]
        field.value = good
        assert shown(explorer) == before


@pytest.mark.parametrize(("formula", "how"), [
    ("(Fe75Co25)83·5P16·5", "alloy brackets; the other reading is refused"),
    ("(Fe75Co25)83P17", "alloy brackets; the other reading differs"),
    ("Fe37·5Co62·5", "both conventions agree"),
    ("Al2(SO4)3", "chemical brackets; the other reading differs"),
])  # fmt: skip
def test_a_formula_that_one_convention_refuses_is_described(formula, how):
    described = describe_formula(formula)
    assert how in described and "role='alert'" not in described and " wt%" in described


def test_an_alloy_is_named_with_the_decimals_that_it_needs():
    for formula in ("B0.02Fe99.98", "Fe100", "B12.5Fe87.5", "B0.000001Fe99.999999", "Cu33.3Zr66.7"):
        assert short_formula(as_fractions([formula]).iloc[0]) == formula


def test_an_error_of_any_kind_becomes_a_text_and_goes():
    slider, text = widgets.IntSlider(0), widgets.HTML()
    call = watch(lambda _: f"{1 / slider.value:g}", text, slider)
    call()
    assert "role='alert'" in text.value and "ZeroDivisionError: division by zero" in text.value
    slider.value = 4
    assert text.value == "0.25"
