"""Explorers for the lessons, of plain ipywidgets: JupyterLab, Voila and a saved notebook can all show them.

Pictures are PNG within HTML, each with a text of its own: moving a slider sends a kilobyte, no plotting is needed.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from html import escape

import ipywidgets as widgets
import numpy as np
import pandas as pd

from ..composition.conversion import as_fractions, format_formula, to_weight_percent
from ..composition.errors import FormulaError
from ..composition.formulas import CONVENTIONS, read_formula
from ..composition.periodic_table import ELEMENTS
from ..datasets.loaders import load_metallic_glass
from ..descriptors.descriptor import CompositionDescriptor
from ..descriptors.elements import feature_info
from ..descriptors.statistics import STATISTICS
from ..images.imager import CompositionImager, png_bytes
from ..images.templates import ImageTemplate
from ..plots.style import BLUE, GREEN, VERMILION

WIDE = widgets.Layout(width="430px")


def watch(function: Callable[..., str | None], shown: widgets.HTML, *controls: widgets.Widget) -> Callable[..., None]:
    """Call a function whenever the value of a control changes; return the function that is called.

    ``shown`` gets the text that the function returns, or its error: one that is raised in a callback stops the display
    without a word.
    """

    def guarded(change: Mapping | None = None) -> None:
        try:
            shown.value = function(change) or ""
        except Exception as error:
            shown.value = error_html(error)

    for control in controls:
        control.observe(guarded, "value")
    return guarded


def short_formula(fractions: pd.Series) -> str:
    """Return an alloy (94,) as a formula in at%, with as many decimals as its smallest amount needs, one at least.

    >>> short_formula(pd.Series({"Fe": 0.9998, "B": 0.0002}))
    'Fe99.98B0.02'
    """
    present = fractions[fractions > 0]
    return format_formula(present, digits=max(1, int(np.ceil(-np.log10(100 * present.min())))))


def picture_html(image: np.ndarray, of: str, scale: int = 9) -> str:
    """Return a picture (24, 21) or (1, 24, 21) in 0..1 as an HTML image, with a text for those who do not see it."""
    png = base64.b64encode(png_bytes(image, scale)).decode()
    return f"<img alt='Picture of {escape(of)}, 24 x 21 gray pixels' src='data:image/png;base64,{png}'>"


def bars_html(shares: Mapping[str, float], texts: Mapping[str, Sequence[str]], width: int) -> str:
    """Return shares from 0 to 1 as HTML bars of up to ``width`` pixels, each with its name and its texts."""
    rows = ""
    for name, share in shares.items():
        bar = f"<div style='background:{BLUE};height:12px;width:{width * share:.0f}px'></div>"
        cells = "</td><td>".join([bar, *texts[name]])
        rows += f"<tr><th scope='row'>{escape(str(name))}</th><td>{cells}</td></tr>"
    return f"<table style='border-spacing:8px 2px;text-align:right'>{rows}</table>"


def error_html(error: Exception) -> str:
    """Return an error as HTML that keeps its lines and is read aloud."""
    kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
    return f"<div role='alert'><pre>{escape(kind + str(error))}</pre></div>"


def with_share(shares: Mapping[str, float], symbol: str, share: float) -> dict[str, float]:
    """Return an alloy with another share of one element, the others in their proportions; all in atomic fractions."""
    others = {other: amount for other, amount in shares.items() if other != symbol}
    total = sum(others.values())
    parts = {other: amount / total if total else 1 / len(others) for other, amount in others.items()}
    return {symbol: share} | {other: part * (1 - share) for other, part in parts.items()}


def image_explorer(imager: CompositionImager | None = None, first: str = "Cu", second: str = "Zr") -> widgets.Widget:
    """Show two alloys side by side with their difference, and a slider that mixes their atomic fractions.

    Type a formula and press Enter. In the third picture mid-gray means equal, light means brighter in the second alloy,
    dark means brighter in the first; the features that differ most are named under it. The pictures are scaled by a
    fitted ``imager``, by default on the metallic glasses of lesson 03.

    >>> image_explorer(CompositionImager().fit(["Cu", "Zr"])).children[-1].children[-1].value
    '<b>Cu50Zr50</b>'
    """
    imager = imager or CompositionImager().fit(load_metallic_glass().X)
    names = (imager.template or ImageTemplate.expert()).pixels.ravel()
    plain = {"layout": widgets.Layout()}  # one for all keeps a saved notebook small
    labels = {"First": first, "Second": second}
    fields = [widgets.Text(text, description=name, continuous_update=False, **plain) for name, text in labels.items()]
    slider = widgets.IntSlider(50, 0, 100, description="Second, %", layout=WIDE)
    pictures = [widgets.HTML(**plain) for _ in range(4)]
    *texts, message = [widgets.HTML(**plain) for _ in range(5)]

    def update(_=None) -> None:
        ends, share = np.vstack([as_fractions(field.value) for field in fields]), slider.value / 100
        mixed = as_fractions(ends[:1] * (1 - share) + ends[1:] * share)
        one, two, mixture = imager.transform(np.vstack([ends, mixed]))[:, 0]
        change = (two - one).ravel()
        strongest = {}  # of each feature the pixel that differs most
        for k in np.argsort(-np.abs(change), kind="stable"):
            strongest.setdefault(names[k].partition(":")[2], f"<br>{names[k]} {change[k]:+.2f}")
        of = [*(field.value for field in fields), "Second minus first", short_formula(mixed.iloc[0])]
        drawn = [picture_html(*pair) for pair in zip((one, two, 0.5 + (two - one) / 2, mixture), of, strict=True)]
        more = ["", "", "".join(list(strongest.values())[:3]), ""]
        for k, picture in enumerate(drawn):
            pictures[k].value, texts[k].value = picture, f"<b>{escape(of[k])}</b>{more[k]}"

    watch(update, message, *fields, slider)()
    columns = [widgets.VBox([picture, text], **plain) for picture, text in zip(pictures, texts, strict=True)]
    rows = [widgets.HBox(fields, **plain), message, widgets.HBox(columns[:3], **plain), slider, columns[3]]
    return widgets.VBox(rows, **plain)


def formula_explorer(formula: str = "(Fe75Co25)83P17") -> widgets.Widget:
    """Type a formula and choose a convention; see how it is read, the element bars, or where the error is.

    >>> "both conventions agree" in formula_explorer("Fe80B20").children[-1].value
    True
    """
    field = widgets.Text(formula, description="Formula", layout=WIDE)
    choice = widgets.ToggleButtons(options=CONVENTIONS, description="Brackets")
    shown = widgets.HTML()

    watch(lambda _: describe_formula(field.value, choice.value), shown, field, choice)()
    return widgets.VBox([widgets.VBox([field, choice]), shown])


def describe_formula(formula: str, convention: str = "auto") -> str:
    """Return how a formula is read, as HTML: the convention, a bar per element in at% and wt%, or the error."""
    try:
        reading, ambiguity, _ = read_formula(formula, convention)
    except FormulaError as error:
        return error_html(error)
    by_name = {}
    for name in CONVENTIONS[1:]:
        with suppress(FormulaError):
            by_name[name] = read_formula(formula, name)[0]
    alike = [name for name, shares in by_name.items() if max(abs(shares[e] - reading[e]) for e in shares) <= 1e-3]
    other = "differs" if len(by_name) == 2 else "is refused"
    how = "both conventions agree" if len(alike) == 2 else f"{alike[0]} brackets; the other reading {other}"
    weights = to_weight_percent(np.array([[reading.get(symbol, 0.0) for symbol in ELEMENTS]])).iloc[0]
    texts = {symbol: (f"{100 * share:.4g} at%", f"{weights[symbol]:.4g} wt%") for symbol, share in reading.items()}
    note = f"<p><b>Ambiguous:</b> {escape(ambiguity)}</p>" if ambiguity else ""
    return f"<p>{escape(formula)}: {how}.</p>{note}{bars_html(reading, texts, 300)}"


def descriptor_explorer(
    formula: str = "Zr50Cu40Al10", element: str = "Al", feature: str = "atomic_radius"
) -> widgets.Widget:
    """Move one element's share of an alloy and see the seven statistics of a feature move.

    The other elements keep their proportions. Curves show each statistic from none of the element to nothing but it,
    the upright line is the slider, and the table gives the numbers at the slider.

    >>> descriptor_explorer("Fe80B20", "B", "period").children[-1].value[:14]
    '<b>B20Fe80</b>'
    """
    units = feature_info()["unit"]
    alloy = widgets.Text(formula, description="Alloy", continuous_update=False)
    moved = widgets.Dropdown(options=ELEMENTS, value=element, description="Element")
    chosen = widgets.Dropdown(options=list(units.index), value=feature, description="Feature")
    start = round(100 * as_fractions([formula])[element].iloc[0])
    slider = widgets.IntSlider(start, 0, 100, description="at%", layout=WIDE)
    shown = widgets.HTML()

    def show(_=None) -> str:
        row = element_path(alloy.value, moved.value)
        curves = CompositionDescriptor(features=[chosen.value]).transform(row)
        numbers = "".join(f"<td>{value:.4g}</td>" for value in curves[slider.value])
        return (
            f"<b>{short_formula(row.iloc[slider.value])}</b>, {chosen.value} in {escape(units[chosen.value])}"
            f"{_curves_svg(curves, slider.value)}"
            f"<table style='border-spacing:14px 2px'><tr><th>{'</th><th>'.join(STATISTICS)}</th></tr>"
            f"<tr>{numbers}</tr></table>"
        )

    watch(show, shown, alloy, moved, chosen, slider)()
    return widgets.VBox([widgets.HBox([alloy, moved]), widgets.HBox([chosen, slider]), shown])


def element_path(formula: str, element: str) -> pd.DataFrame:
    """Return an alloy with 0, 1, ... 100 at% of an element, the others in their proportions: fractions (101, 94)."""
    row = as_fractions([formula]).iloc[0]
    shares = row[row > 0].to_dict()
    if set(shares) == {element}:
        raise ValueError(f"{formula} holds nothing but {element}: choose another element, or add one to the alloy")
    path = [with_share(shares, element, share) for share in np.linspace(0.0, 1.0, 101)]
    return pd.DataFrame(path).reindex(columns=list(ELEMENTS), fill_value=0.0)


def _curves_svg(curves: np.ndarray, position: int, width: int = 560, height: int = 260) -> str:
    """Return curves (101, 7) of the means, max and min as an SVG; sum equals ave and var has another unit."""
    drawn = {name: curves[:, STATISTICS.index(name)] for name in ("max", "ave", "gmean", "hmean", "min")}
    low, high = np.nanmin(list(drawn.values())), np.nanmax(list(drawn.values()))
    margin, right, bottom = 60, 70, 30

    def place(x: float, y: float) -> tuple[float, float]:
        span = high - low or 1.0
        return margin + x / 100 * (width - margin - right), 10 + (high - y) / span * (height - bottom - 20)

    def line(points: str, dash: str, colour: str, thick: float) -> str:
        style = f"fill='none' stroke='{colour}' stroke-width='{thick}' stroke-dasharray='{dash}'"
        return f"<polyline points='{points}' {style}/>"

    styles = {"max": ("2 3", "dimgray"), "ave": ("", BLUE), "gmean": ("8 3", GREEN)}
    styles |= {"hmean": ("3 3", VERMILION), "min": ("2 3", "dimgray")}
    parts = []
    for k, (name, values) in enumerate(drawn.items()):
        points = [place(x, y) for x, y in enumerate(values) if np.isfinite(y)]
        dash, colour = styles[name]
        parts.append(line(" ".join(f"{x:.1f},{y:.1f}" for x, y in points), dash, colour, 2))
        parts.append(f"<text x='{width - right + 24}' y='{20 + 18 * k}' fill='{colour}'>{name}</text>")
        ends = f"{width - right + 4},{16 + 18 * k} {width - right + 20},{16 + 18 * k}"
        parts.append(line(ends, dash, colour, 2))
    x, top, base = *place(position, high), place(0, low)[1]
    parts.append(line(f"{x:.1f},{top:.1f} {x:.1f},{base:.1f}", "", "black", 1))
    labels = [(margin - 6, 14, f"{high:.4g}", "end"), (margin - 6, base + 4, f"{low:.4g}", "end")]
    labels += [(place(tick, 0)[0], height - 12, f"{tick} at%", "middle") for tick in (0, 50, 100)]
    parts += [f"<text x='{x:.0f}' y='{y:.0f}' text-anchor='{anchor}'>{t}</text>" for x, y, t, anchor in labels]
    look = "font-size='12' style='display:block;background:white'"
    return f"<svg width='{width}' height='{height}' {look}>{''.join(parts)}</svg>"
