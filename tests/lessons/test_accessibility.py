"""Figures carry a text of their own, pictures in prose do too, and colours can be told apart by everyone."""

import ast
import re
from pathlib import Path

import matplotlib.pyplot as plt
import mistune
import nbformat
import pytest
import seaborn as sns
from bs4 import BeautifulSoup
from matplotlib import colormaps
from matplotlib.colors import CSS4_COLORS
from nbconvert import HTMLExporter

from tests.project.test_links import documents, page
from tools.build.figure_alt import describe
from tools.build.lessons import ROOT
from tools.build.notebooks import build

LESSON = """# %%
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(1, 1))
_ = ax.set(title="A title", xlabel="copper (at%)", ylabel="strength (MPa)")
plt.show()
"""


@pytest.fixture
def axes():
    figure, axes = plt.subplots(1, 2)
    yield axes
    plt.close(figure)


def test_the_text_names_titles_axes_and_legends_once_and_in_order(axes):
    axes[0].plot([1, 2], label="BMG")
    axes[0].legend()
    axes[0].set(title="Cu-Zr\nas seen", xlabel="zirconium (at%)", ylabel="probability")
    axes[1].set(xlabel="$T$ (K)")
    axes[0].figure.suptitle("Two maps")
    told = describe(axes[0].figure)
    assert told == "Figure: Two maps; Cu-Zr as seen, probability over zirconium (at%), BMG; T (K)"


def test_a_gallery_is_not_told_picture_by_picture():
    figure, many = plt.subplots(3, 3)
    for number, one in enumerate(many.ravel()):
        one.set_title(f"alloy {number}")
    assert describe(figure).endswith("alloy 5; and 3 more")
    plt.close(figure)


def test_a_built_lesson_says_what_its_figures_show_and_its_html_does_too(tmp_path):
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    (tmp_path / "notebooks" / "source" / "00_test.py").write_text(LESSON, encoding="utf-8")
    notebook = nbformat.read(build("00_test", tmp_path), as_version=4)
    html, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    alts = [image.get("alt") for image in BeautifulSoup(html, "html.parser").find_all("img")]
    assert alts == ["Figure: A title, strength (MPa) over copper (at%)"]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_pictures_in_prose_have_a_text(path):
    assert [image["src"] for image in page(path).find_all("img") if len(image.get("alt", "").strip()) < 5] == []


def test_a_picture_without_text_would_be_found():
    image = BeautifulSoup(mistune.html("![](x.png)"), "html.parser").find("img")
    assert not re.search(r"\w", image.get("alt", ""))


# Orange stands out from the black, gray and first blue beside it; tab20 has pairs of light and dark, and names on them.
SAFE = {*sns.color_palette("colorblind").as_hex(), "black", "white", "tab:orange", "tab20"}
SAFE |= {name + turn for name in ("gray", "cividis", "viridis") for turn in ("", "_r")}


def colours(path: Path) -> set[str]:
    """Return the colours and colour maps that a file names, grays excepted."""
    texts = {node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)}
    named = {text for text in texts if isinstance(text, str) and (text in colormaps or text in CSS4_COLORS)}
    coded = {text for text in texts if isinstance(text, str) and re.fullmatch(r"#[0-9a-fA-F]{3,8}|tab:\w+", text)}
    return named | {text for text in coded if len(set(text[1:])) > 1}


@pytest.mark.parametrize("folder", ["mcvn_utils", "notebooks/source"])
def test_colours_can_be_told_apart_by_the_colour_blind(folder):
    found = {path.name: colours(path) - SAFE for path in (ROOT / folder).glob("*.py")}
    assert {name: names for name, names in found.items() if names} == {}


def test_an_unsafe_palette_would_be_found(tmp_path):
    (tmp_path / "plots.py").write_text("draw(cmap='jet', color='red', edge='#00ff00', face='#555')", encoding="utf-8")
    assert colours(tmp_path / "plots.py") - SAFE == {"jet", "red", "#00ff00"}
