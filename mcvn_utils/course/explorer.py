"""The alloy explorer: the whole road behind one text field, from a formula to a picture and class probabilities.

It works with the keyboard and is readable as text; as the app (``make app``) it has a slider for each element.
"""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd

from ..composition.conversion import as_fractions, format_formula
from ..composition.errors import FormulaError
from ..composition.formulas import read_formula
from .known_alloys import KnownAlloys
from .widgets import bars_html, error_html, picture_html, short_formula, watch, with_share

if TYPE_CHECKING:
    from ..model.estimators import MCVNClassifier

ALLOYS = {
    "Cu-Zr": ("Cu50Zr50", "the simplest bulk glass"),
    "Vitreloy 1": ("Zr41.2Ti13.8Cu12.5Ni10Be22.5", "golf clubs and phone cases"),
    "Pd-Cu-Ni-P": ("Pd40Cu30Ni10P20", "the best glass former known"),
    "Metglas": ("Fe80B11Si9", "transformer cores"),
    "Al-Ni-La": ("Al85Ni10La5", "light ribbons"),
    "Invar": ("Fe64Ni36", "a crystalline alloy"),
}
"""What people call an alloy, its formula in at%, and what it is."""

WIDE = {"layout": widgets.Layout(width="430px"), "style": {"description_width": "130px"}}


def alloy_explorer(model: "MCVNClassifier", formula: str = "Zr50Cu40Al10") -> widgets.Widget:
    """Pick or type an alloy, see its picture and what a fitted ``model`` predicts for it.

    The slider changes the share of the element that comes first in the formula; the others keep their proportions.

    >>> alloy_explorer(model, "Cu50Zr50")  # doctest: +SKIP
    """
    shown = widgets.HTML()

    def show(fractions: pd.DataFrame) -> None:
        shown.value = answer_html(model, fractions)

    return widgets.VBox([*alloy_controls(show, formula, sliders=1), shown])


def alloy_app(model: "MCVNClassifier", known: KnownAlloys, formula: str = "Zr50Cu40Al10") -> widgets.Widget:
    """Show the explorer as a page of its own: a slider per element, nearest known alloys, descriptors to search.

    >>> alloy_app(model, KnownAlloys(load_metallic_glass()))  # doctest: +SKIP
    """
    shown, near, table = widgets.HTML(), widgets.HTML(), widgets.HTML()
    search = widgets.Text(description="Search descriptors", placeholder="for example: max radius", **WIDE)
    alloy = {}

    def describe(_=None) -> str:
        named = known.descriptors(alloy["fractions"], search.value) if alloy else ()
        return table_html(named.round({"place": 0})) if len(named) else "No descriptor has this in its name."

    def show(fractions: pd.DataFrame) -> None:
        alloy["fractions"] = fractions
        shown.value = answer_html(model, fractions)
        near.value = table_html(known.nearest(fractions).round({"distance": 1}))
        describe()

    describe = watch(describe, table, search)
    controls = alloy_controls(show, formula, sliders=6)
    nearest = heading("Nearest known alloys", "distance: of 100 atoms, how many differ")
    unusual = heading("Descriptors", "the most unusual first; place: how many per cent of the known alloys are lower")
    left = widgets.VBox([*controls, nearest, near], layout=widgets.Layout(width="480px"))
    right = widgets.VBox([shown, unusual, search, table], layout=widgets.Layout(width="620px"))
    return widgets.HBox([left, right], layout=widgets.Layout(flex_flow="row wrap"))


def alloy_controls(show, formula: str, sliders: int) -> list[widgets.Widget]:
    """Make the buttons, the text field, the sliders of the elements that come first, and the place for an error.

    ``show`` is called with the atomic fractions (1, 94) at the start and after each change.
    """
    field = widgets.Text(formula, description="Formula", continuous_update=False, **WIDE)
    handles = [widgets.IntSlider(**WIDE | {"layout": widgets.Layout(display="none")}) for _ in range(sliders)]
    message = widgets.HTML()
    # "start" is the alloy from which the slider that is being moved started
    state: dict[str, Any] = {"moving": None, "now": {}, "start": {}, "setting": False}

    def symbol_of(handle: widgets.IntSlider) -> str:
        return handle.description.partition(",")[0]

    def place(shares: Mapping[str, float], but: widgets.Widget | None = None) -> None:
        state.update(now=shares, setting=True)
        for handle in handles:
            if handle is not but and handle.layout.display != "none":
                handle.value = round(100 * shares[symbol_of(handle)])
        state["setting"] = False
        show(as_fractions(pd.DataFrame([shares])))

    def read(_=None) -> str:
        try:
            shares, ambiguity, _ = read_formula(field.value)
        except FormulaError as error:
            return f"<b>Not read.</b>{error_html(error)}"
        for handle, symbol in zip(handles, [*shares, *[None] * sliders], strict=False):
            handle.description = f"{symbol}, at%" if symbol else ""
            handle.layout = widgets.Layout(width="430px", display=None if symbol else "none")
            handle.disabled = len(shares) == 1
        state["moving"] = None
        place(shares)
        return escape(ambiguity)

    def move(change) -> None:
        if state["setting"]:
            return
        if state["moving"] is not change.owner:
            state.update(moving=change.owner, start=state["now"])
        place(with_share(state["start"], symbol_of(change.owner), change.new / 100), but=change.owner)

    def button(name: str, text: str, meaning: str) -> widgets.Button:
        # buttons, since JupyterLab keeps the arrow keys and letters that a list would need for itself
        made = widgets.Button(description=name, tooltip=f"{text}: {meaning}", layout=widgets.Layout(width="auto"))

        def pick(_) -> None:
            if field.value == text:
                read()  # back to where the sliders started
            field.value = text

        made.on_click(pick)
        return made

    read = watch(read, message, field)
    watch(move, message, *handles)
    read()
    buttons = [button(name, *alloy) for name, alloy in ALLOYS.items()]
    return [widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap")), field, message, *handles]


def answer_html(model: "MCVNClassifier", fractions: pd.DataFrame) -> str:
    """Return an alloy's formula, its picture and its class probabilities as HTML."""
    row = fractions.iloc[0]
    written, exact = short_formula(row), format_formula(row[row > 0])
    probabilities = model.predict_proba(pd.DataFrame({model.composition: [exact]}))[0]
    shares = dict(zip(model.classes_, probabilities, strict=True))
    bars = bars_html(shares, {name: [f"{100 * share:.0f} %"] for name, share in shares.items()}, 220)
    picture = picture_html(model.inputs_.imager_.transform(fractions)[0], written)
    text = f"<div aria-live='polite'><b>{escape(written)}</b>{bars}</div>"
    return f"<div style='display:flex;gap:16px;align-items:center'>{picture}{text}</div>"


def heading(text: str, note: str) -> widgets.HTML:
    """Return a heading with a note on what stands under it."""
    return widgets.HTML(f"<h2 style='font-size:1.1em;margin:14px 0 0'>{escape(text)}</h2>{escape(note)}")


def table_html(frame: pd.DataFrame) -> str:
    """Return a small table as HTML, without its index."""
    look = {"index": False, "border": 0, "justify": "left", "col_space": 70}
    return frame.to_html(**look, float_format=lambda value: f"{value:{'.0f' if abs(value) >= 1000 else '.4g'}}")
