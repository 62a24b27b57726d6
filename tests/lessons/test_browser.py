"""Lessons in JupyterLab, and the app, in a real browser: widgets answer to the keyboard, and nothing is in error.

With MCVN_SCREENSHOTS=1 (`make screenshots`) the pictures of README are made on the way.
"""

import io
import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.conftest import not_tested
from tests.helpers.browser import FLAGS, PATIENCE, ROOT, find_chromium, jupyterlab, voila

pytestmark = pytest.mark.browser
SCREENSHOTS = os.environ.get("MCVN_SCREENSHOTS", "") not in ("", "0")

IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
ERROR = "[data-mime-type='application/vnd.jupyter.error']"
RAN = f"""() => document.querySelector("{ERROR}") || document.querySelector("{IDLE}")
    && [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].every(prompt => /\\d/.test(prompt.textContent))"""
PIXELS = """image => { const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext('2d').drawImage(image, 0, 0); return canvas.toDataURL(); }"""


@pytest.fixture(scope="module")
def browser() -> Iterator:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        not_tested("lessons and app in a browser. There is no playwright: pip install 'mcvn-tutorial[browser]'")
    path = find_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory) -> Iterator[str]:
    with jupyterlab(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture
def page(browser) -> Iterator:
    """A page whose errors fail the test; addresses outside, such as the badges', may be out of reach."""
    page, errors = browser.new_page(viewport={"width": 1280, "height": 1000}), []
    page.set_default_timeout(1000 * PATIENCE)

    def listen(message) -> None:
        place = urlsplit(message.location.get("url", ""))
        # /lsp is JupyterLab asking for a language server, which nobody needs
        if message.type == "error" and place.hostname in (None, "127.0.0.1") and not place.path.startswith("/lsp/"):
            errors.append(f"{message.text} {place.path}")

    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", listen)
    yield page
    page.close()
    assert errors == []


def run_all(page, lab: str, name: str):
    """Open a lesson, run all its cells from the menu, and return its explorer, which is the last of its widgets."""
    page.goto(lab.format(path=f"notebooks/{name}.ipynb"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # JupyterLab drops a command that comes earlier
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
    page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()
    try:
        page.wait_for_function(RAN, timeout=2000 * PATIENCE)
    except Exception as error:
        prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        state = page.locator(".jp-Notebook-ExecutionIndicator").get_attribute("data-status")
        raise AssertionError(f"{name} did not finish: {prompts}, kernel {state}") from error
    assert page.locator(ERROR).all_inner_texts() == []
    explorer = page.locator(".jp-OutputArea-output > .jupyter-widgets").last
    explorer.scroll_into_view_if_needed()
    return explorer


def becomes(page, look: Callable[[], object], wanted: Callable[[object], bool]) -> None:
    """Wait until what one sees is as it should be."""
    for _ in range(5 * PATIENCE):
        if wanted(look()):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"this is how it stays: {look()}")


def changes(page, look: Callable[[], object], act: Callable[[], object]) -> None:
    """Act, and wait until what one sees differs from what it was before."""
    before = look()
    act()
    becomes(page, look, lambda seen: seen != before)


def slide(slider, steps: int) -> None:
    """Move a slider with the arrow keys."""
    slider.focus()
    for _ in range(steps):
        slider.press("ArrowRight")


def type_text(field, text: str) -> None:
    """Write into a text field as with the keyboard, and press Enter."""
    field.focus()
    field.press("Control+a")
    field.press_sequentially(text)
    field.press("Enter")


def keep(shot: bytes, name: str) -> None:
    """Store a screenshot for README as a PNG with a palette; only when asked."""
    if SCREENSHOTS:
        path = ROOT / "docs" / "pictures" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.open(io.BytesIO(shot)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def test_lesson_00_slider_and_formula_change_picture_and_prediction(page, lab):
    explorer = run_all(page, lab, "00_start_here")
    slider, picture, answer = explorer.get_by_role("slider"), explorer.locator("img"), explorer.locator("[aria-live]")
    assert slider.get_attribute("aria-valuenow") == "50.0"
    before = picture.evaluate(PIXELS), answer.inner_text()
    changes(page, answer.inner_text, lambda: slide(slider, 10))
    becomes(page, answer.inner_text, lambda seen: "Al8Cu32Zr60" in seen)
    assert slider.get_attribute("aria-valuenow") == "60.0"
    assert picture.evaluate(PIXELS) != before[0] and answer.inner_text() != before[1]
    field = explorer.get_by_label("Formula")
    changes(page, lambda: picture.evaluate(PIXELS), lambda: type_text(field, "Fe80B11Si9"))
    assert picture.get_attribute("alt") == "Picture of B11Si9Fe80, 24 x 21 gray pixels"
    changes(page, explorer.inner_text, lambda: type_text(field, "Fe80Bx20"))
    assert "no element" in explorer.get_by_role("alert").inner_text()
    changes(page, answer.inner_text, lambda: explorer.get_by_role("button", name="Vitreloy 1").press("Enter"))
    assert explorer.get_by_role("alert").count() == 0 and field.input_value() == "Zr41.2Ti13.8Cu12.5Ni10Be22.5"
    keep(page.screenshot(), "lesson")


def test_lesson_01_typing_and_the_choice_of_brackets_change_the_reading(page, lab):
    explorer = run_all(page, lab, "01_composition_parsing")
    shown = explorer.locator(".widget-html-content").last
    before = shown.inner_text()
    changes(page, shown.inner_text, lambda: explorer.get_by_role("button", name="chemical").press("Enter"))
    assert "Fe" in before and "at%" in shown.inner_text()
    field = explorer.get_by_label("Formula")
    type_text(field, "Fe80Bx20")
    becomes(page, shown.inner_text, lambda seen: "no element" in seen)


def test_lesson_02_slider_moves_the_statistics(page, lab):
    explorer = run_all(page, lab, "02_descriptor_densification")
    slider, shown = explorer.get_by_role("slider"), explorer.locator(".widget-html-content").last
    drawing = explorer.locator("svg")
    before = drawing.inner_html()
    changes(page, shown.inner_text, lambda: slide(slider, 5))
    assert slider.get_attribute("aria-valuenow") == "15.0"
    assert drawing.inner_html() != before


def test_lesson_03_slider_mixes_the_pictures(page, lab):
    explorer = run_all(page, lab, "03_image_mapping")
    slider, pictures = explorer.get_by_role("slider"), explorer.locator("img")
    first = pictures.nth(0).evaluate(PIXELS)
    changes(page, lambda: pictures.nth(3).evaluate(PIXELS), lambda: slide(slider, 20))
    assert pictures.nth(0).evaluate(PIXELS) == first
    assert slider.get_attribute("aria-valuenow") == "70.0"


@pytest.fixture
def app(browser, tmp_path) -> Iterator[str]:
    if not find_spec("voila"):
        not_tested("the app in a browser. There is no Voilà: pip install 'mcvn-tutorial[app]'")
    with voila(tmp_path) as address:
        yield address


def test_app_reads_a_formula_and_explains_a_wrong_one(app, page):
    page.goto(app)
    answer, field = page.locator("[aria-live]"), page.get_by_label("Formula")
    answer.wait_for()
    near, described = page.locator("table.dataframe").all()
    changes(page, answer.inner_text, lambda: type_text(field, "Fe80B20"))
    assert "B20Fe80" in answer.inner_text()
    assert int(answer.locator("tr", has_text="RMG").inner_text().split()[-2]) > 50
    sliders = page.locator("[role=slider]:visible")

    def shares() -> list[str]:
        return [slider.get_attribute("aria-valuenow") for slider in sliders.all()]

    changes(page, near.inner_text, lambda: slide(sliders.nth(1), 3))
    becomes(page, shares, lambda seen: seen == ["77.0", "23.0"])
    type_text(field, "Pd40Cu30Ni10P20")
    becomes(page, shares, lambda seen: seen == ["40.0", "30.0", "10.0", "20.0"])
    becomes(page, near.inner_text, lambda seen: "Pd40Cu30Ni10P20" in seen)
    assert near.locator("tbody tr").first.inner_text().split()[1:] == ["BMG", "0"]
    type_text(page.get_by_label("Search descriptors"), "max radius")
    rows = described.locator("tbody tr")
    becomes(page, rows.all_inner_texts, lambda seen: all("max:" in row and "radius" in row for row in seen))
    page.set_viewport_size({"width": 1180, "height": 800})
    keep(page.screenshot(), "app")
    changes(page, page.locator("body").inner_text, lambda: type_text(field, "Pd40Cu30Ni10X20"))
    page.get_by_role("alert").wait_for()
    assert "'X' is no element" in page.get_by_role("alert").inner_text()
    assert "Pd" in answer.inner_text()  # the last alloy that could be read stays
