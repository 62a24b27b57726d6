"""The alloy explorer: the whole road behind one text field, from a formula to a picture and class probabilities."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from .composition import as_fractions, format_formula
from .images import png_bytes

if TYPE_CHECKING:
    from .estimators import MCVNClassifier

KNOWN_ALLOYS = {
    "Cu-Zr, the simplest bulk glass": "Cu50Zr50",
    "Vitreloy 1, golf clubs and phone cases": "Zr41.2Ti13.8Cu12.5Ni10Be22.5",
    "Pd-Cu-Ni-P, the best glass former known": "Pd40Cu30Ni10P20",
    "Metglas 2605, transformer cores": "Fe80B11Si9",
    "Al-Ni-La, light ribbons": "Al85Ni10La5",
    "Invar, a crystalline alloy": "Fe64Ni36",
}
"""What people call an alloy, and its formula in at%."""


def alloy_explorer(model: "MCVNClassifier", formula: str = "Zr50Cu40Al10") -> widgets.Widget:
    """Pick or type an alloy, see its picture and what ``model`` makes of it.

    The slider changes the share of the element that comes first in the formula; the others keep their proportions.

    Parameters
    ----------
    model : a fitted ``MCVNClassifier`` that reads a column of formulas and sees pictures.
    formula : the alloy to begin with.
    """
    plain = {"layout": widgets.Layout(width="430px"), "style": {"description_width": "120px"}}
    choice = widgets.Dropdown(options=[("your own", ""), *KNOWN_ALLOYS.items()], description="Known alloys", **plain)
    field = widgets.Text(formula, description="Formula", continuous_update=False, **plain)
    slider = widgets.IntSlider(description="First element", **plain)
    picture = widgets.Image(format="png", layout=widgets.Layout(width="210px", height="240px", margin="6px"))
    shown = widgets.HTML()
    alloy: dict[str, float] = {}

    def show(fractions: pd.DataFrame) -> None:
        present = fractions.iloc[0].loc[lambda share: share > 0]
        written = format_formula(present, digits=1)
        probabilities = model.predict_proba(pd.DataFrame({model.composition: [written]}))[0]
        picture.value = png_bytes(model.inputs_.imager_.transform(fractions)[0], scale=10)
        shown.value = f"<b>{escape(written)}</b>" + bars(dict(zip(model.classes_, probabilities, strict=True)))

    def read(_=None) -> None:
        try:
            fractions = as_fractions([field.value])
        except ValueError as error:
            shown.value = f"<pre>{escape(str(error))}</pre>"
            return
        alloy.clear()
        alloy.update(fractions.iloc[0].loc[lambda share: share > 0])
        first = min(alloy, key=lambda symbol: field.value.find(symbol))
        slider.description = f"{first}, at%"
        slider.unobserve(move, "value")
        slider.value, slider.disabled = round(100 * alloy[first]), len(alloy) == 1
        slider.observe(move, "value")
        show(fractions)

    def move(_=None) -> None:
        first = slider.description.split(",")[0]
        share, rest = slider.value / 100, 1 - alloy[first]
        moved = {symbol: amount / rest * (1 - share) for symbol, amount in alloy.items() if symbol != first}
        show(as_fractions(pd.DataFrame([{first: share, **moved}])))

    def pick(_=None) -> None:
        if choice.value:
            field.value = choice.value

    read()
    field.observe(read, "value")
    choice.observe(pick, "value")
    return widgets.VBox([choice, field, slider, widgets.HBox([picture, shown])])


def bars(shares: Mapping[str, float]) -> str:
    """Shares from 0 to 1 as HTML bars with their per cent."""
    rows = "".join(
        f"<tr><td><b>{escape(str(name))}</b></td>"
        f"<td><div style='background:#4c72b0;height:12px;width:{220 * share:.0f}px'></div></td>"
        f"<td style='text-align:right'>{100 * share:.0f} %</td></tr>"
        for name, share in shares.items()
    )
    return f"<table style='border-spacing:8px 2px'>{rows}</table>"
