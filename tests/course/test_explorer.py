"""The alloy explorer without a browser: it follows what is typed and moved, and compares with known alloys."""

from dataclasses import replace

import ipywidgets as widgets
import numpy as np
import pytest

from mcvn_utils import CompositionImager, load_metallic_glass
from mcvn_utils.composition.conversion import as_fractions
from mcvn_utils.course.explorer import ALLOYS, alloy_app, alloy_explorer, answer_html
from mcvn_utils.course.known_alloys import KnownAlloys
from mcvn_utils.course.widgets import picture_html
from tests.course.test_widgets import TYPED, alerts, parts, reads


class CopperModel:
    """Says how much copper there is."""

    classes_ = ("copper", "other")
    composition = "formula"

    def __init__(self):
        imager = CompositionImager().fit(["Cu50Zr50", "Fe80B20", "Al90La10"])
        self.inputs_ = type("Inputs", (), {"imager_": imager})

    def predict_proba(self, X):
        copper = as_fractions(X)["Cu"].to_numpy()
        return np.stack([copper, 1 - copper], axis=1)


@pytest.fixture(scope="module")
def known():
    return KnownAlloys(load_metallic_glass())


def texts(explorer) -> str:
    return " ".join(part.value for part in parts(explorer, widgets.HTML))


def sliders(explorer) -> dict[str, widgets.IntSlider]:
    shown = [part for part in parts(explorer, widgets.IntSlider) if part.layout.display != "none"]
    return {slider.description.partition(",")[0]: slider for slider in shown}


def test_the_slider_of_the_lesson_moves_the_first_element_and_the_others_follow():
    explorer = alloy_explorer(CopperModel(), "Cu50Zr30Al20")
    assert "Al20Cu50Zr30" in texts(explorer) and "50 %" in texts(explorer)
    (slider,) = sliders(explorer).values()
    slider.value = 0
    assert "Al40Zr60" in texts(explorer)
    slider.value = 50
    assert "Al20Cu50Zr30" in texts(explorer)


def test_the_app_has_a_slider_for_each_element_and_all_of_them_show_the_alloy(known):
    app = alloy_app(CopperModel(), known, "Cu50Zr30Al20")
    moved = sliders(app)
    assert {name: slider.value for name, slider in moved.items()} == {"Cu": 50, "Zr": 30, "Al": 20}
    moved["Cu"].value = 75
    assert {name: slider.value for name, slider in moved.items()} == {"Cu": 75, "Zr": 15, "Al": 10}
    moved["Al"].value = 100
    assert {name: slider.value for name, slider in moved.items()} == {"Cu": 0, "Zr": 0, "Al": 100}
    moved["Al"].value = 10
    assert {name: slider.value for name, slider in moved.items()} == {"Cu": 75, "Zr": 15, "Al": 10}


def test_a_wrong_formula_is_explained_and_the_last_alloy_stays(known):
    app = alloy_app(CopperModel(), known)
    field = parts(app, widgets.Text)[0]
    before = texts(app)
    field.value = "Cu50<b>Zr50"
    assert "Not read" in texts(app) and "<b>Zr50" not in texts(app)
    assert all(part in texts(app) for part in ("Al10Cu40Zr50", "(Cu50Zr50)90Al10"))
    field.value = "Zr50Cu40Al10"
    assert texts(app) == before


def test_a_button_brings_its_alloy_and_brings_it_back_after_a_slider_moved_it():
    explorer = alloy_explorer(CopperModel())
    button = next(part for part in parts(explorer, widgets.Button) if part.description == "Cu-Zr")
    button.click()
    assert "Cu50Zr50" in texts(explorer)
    sliders(explorer)["Cu"].value = 70
    assert "Cu70Zr30" in texts(explorer)
    button.click()
    assert "Cu50Zr50" in texts(explorer)


def test_a_pure_metal_has_nothing_to_move(known):
    app = alloy_app(CopperModel(), known, "Cu")
    assert sliders(app)["Cu"].disabled and "100 %" in texts(app)


def test_every_control_has_a_name_and_the_picture_a_text(known):
    app = alloy_app(CopperModel(), known)
    controls = [part for kind in (widgets.Text, widgets.Button) for part in parts(app, kind)]
    assert all(part.description for part in [*controls, *sliders(app).values()])
    assert "alt='Picture of Al10Cu40Zr50, 24 x 21 gray pixels'" in texts(app)
    assert all(np.isclose(as_fractions([formula]).to_numpy().sum(), 1) for formula, _ in ALLOYS.values())


@pytest.fixture(scope="module")
def few():
    return KnownAlloys(replace(load_metallic_glass(), X=load_metallic_glass().X[:50], y=load_metallic_glass().y[:50]))


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("app", [False, True])
def test_whatever_is_typed_or_moved_shows_the_result_or_the_error(typed, app, few):
    good = "Zr41.2Ti13.8Cu12.5Ni10Be22.5"
    explorer = alloy_app(CopperModel(), few, good) if app else alloy_explorer(CopperModel(), good)
    before, field = texts(explorer), parts(explorer, widgets.Text)[0]
    assert not alerts(explorer)
    field.value = typed
    assert alerts(explorer) == (not reads(typed))
    for slider in parts(explorer, widgets.IntSlider):
        for value in (99, 0, 100, 1, 50):
            if slider.layout.display != "none" and not slider.disabled:
                slider.value = value
                assert not alerts(explorer)
    for search in parts(explorer, widgets.Text)[1:]:
        for search.value in ("max radius", "nothing of this kind", "(", ""):
            assert not alerts(explorer)
    field.value = "Cu"
    field.value = good
    assert texts(explorer) == before


def test_picture_and_probabilities_are_of_the_exact_alloy():
    asked = []

    class Model(CopperModel):
        def predict_proba(self, X):
            asked.extend(X["formula"])
            return super().predict_proba(X)

    html = answer_html(Model(), as_fractions(["Cu99.96Zr0.04"]))
    np.testing.assert_allclose(as_fractions(asked), as_fractions(["Cu99.96Zr0.04"]), rtol=1e-12)
    assert picture_html(Model().inputs_.imager_.transform(["Cu99.96Zr0.04"])[0], "Cu99.96Zr0.04") in html


def test_an_app_that_starts_with_no_formula_works_as_soon_as_there_is_one(few):
    app = alloy_app(CopperModel(), few, "what?")
    field, search = parts(app, widgets.Text)
    assert alerts(app) == 1 and sliders(app) == {}
    search.value = "radius"
    field.value = "Cu50Zr50"
    assert not alerts(app) and set(sliders(app)) == {"Cu", "Zr"} and "max:" in texts(app)


def test_an_ambiguous_formula_says_so():
    explorer = alloy_explorer(CopperModel(), "(Cu50Zr50)92Al7")
    assert "read as" in texts(explorer)


def test_a_model_that_fails_is_an_error_on_the_page():
    class Model(CopperModel):
        fails = False

        def predict_proba(self, X):
            if self.fails:
                raise RuntimeError("out of memory")
            return super().predict_proba(X)

    model = Model()
    explorer = alloy_explorer(model, "Cu50Zr50")
    model.fails = True
    sliders(explorer)["Cu"].value = 60
    assert "RuntimeError: out of memory" in texts(explorer)
    model.fails = False
    sliders(explorer)["Cu"].value = 70
    assert not alerts(explorer) and "Cu70Zr30" in texts(explorer)
