"""One palette for all figures: a model has its own colour and mark, the same in each of them."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.colors import to_hex

from mcvn_utils.plots import classification, regression, study, style

NAMES = ["MCVN", "XGBoost", "random forest", "extra trees", "Gaussian process", "attention network", "edRVFL"]
VARIANTS = ["MCVN as published", "MCVN, adjusted"]


def test_the_palette_is_seaborns_for_colour_blind_eyes():
    assert seaborn.color_palette("colorblind").as_hex() == style.PALETTE


def test_each_model_has_one_colour_and_one_mark_of_its_own():
    styles = [style.model_style(name, number) for number, name in enumerate([*NAMES, *VARIANTS])]
    assert styles == [style.model_style(name) for name in [*NAMES, *VARIANTS]], "the place in a figure does not matter"
    assert set(style.MODELS) == {*NAMES, *VARIANTS}
    for part in ("color", "marker"):
        assert len({one[part] for one in styles}) == len(styles)


def test_other_names_take_colours_that_no_model_has():
    others = [style.model_style("my model", number)["color"] for number in range(4)]
    assert len(set(others)) == 4 and not {to_hex(c) for c in others} & {color for color, *_ in style.MODELS.values()}


def test_every_model_that_was_measured_has_its_style():
    scores = pd.read_csv(Path(__file__).parents[2] / "data" / "results" / "scores.csv")
    assert set(scores["model"]) <= set(style.MODELS)


def test_a_model_has_the_same_colour_in_every_figure():
    rng = np.random.default_rng(0)
    scores = pd.DataFrame(rng.random((3, 2)), columns=["XGBoost", "MCVN"])
    truth = np.array(["A", "B", "A"])
    tables = {name: pd.DataFrame(rng.random((3, 2)), columns=["A", "B"]) for name in scores}
    curves = (
        scores.rename_axis("fold")
        .reset_index()
        .melt("fold", var_name="model", value_name="score")
        .assign(rows=10, where="", label="R²")
    )
    drawn = [
        [
            line.get_color()
            for line in classification.plot_precision_recall(truth, tables, ["A"]).axes[0].lines[::2][:2]
        ],
        [to_hex(part.get_facecolor()[0]) for part in regression.plot_fold_pairs(scores).collections[::2]],
        [to_hex(bars.patches[0].get_facecolor()) for bars in regression.plot_importance(scores).containers],
        [
            line.get_color()
            for line in study.plot_curve_panels(curves, "rows", by="model").axes[0].lines
            if line.get_lw() == 2
        ],
    ]
    assert drawn == [[style.ORANGE, style.BLUE]] * 4


def test_no_other_module_of_plots_has_colours_of_its_own():
    folder = Path(style.__file__).parent
    own = re.compile(r"['\"](?:#[0-9a-fA-F]{3,8}|tab:\w+|C\d|xkcd:.*?)['\"]|color_palette")
    texts = {path.name: path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "style.py"}
    assert {name: own.findall(text) for name, text in texts.items() if own.search(text)} == {}


def test_a_class_has_a_mark_and_text_its_unit():
    assert style.class_style("RMG")["marker"] == "^" and style.class_style("unknown")["marker"] == "s"
    assert style.in_unit("measured", "MPa") == "measured, MPa" and style.in_unit("measured", "") == "measured"


def test_axes_are_made_only_when_there_are_none():
    ax = style.axes_or_new(None, 4, 3)
    assert ax.figure.get_size_inches().tolist() == [4, 3] and style.axes_or_new(ax, 1, 1) is ax


def test_text_on_dark_cells_is_white_and_on_bright_ones_black():
    ax = style.axes_or_new(None, 2, 2)
    style.heat_map(ax, np.array([[0.1, 0.9]]), np.array([["dark", "bright"]]), largest=1)
    assert {text.get_text(): text.get_color() for text in ax.texts} == {"dark": "white", "bright": "black"}


def test_the_palette_needs_no_matplotlib():
    code = "import sys, mcvn_utils.plots.style; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
