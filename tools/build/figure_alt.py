"""Give each figure of a lesson a text for those who do not see it, made from its titles, axes and legends.

An IPython extension that `tools.build.notebooks` loads into the kernel. The text goes into the output's metadata under
`alt`, where `nbconvert --template classic` finds it for its HTML pages. JupyterLab does not read it yet: there the
prose beside a figure says what is to be seen.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_inline import backend_inline

MOST = 6  # parts of a figure that are named; a gallery has many more


def describe(figure: Figure) -> str:
    """Say in one line what a figure shows: its titles, what is drawn over what, and the names in its legends."""
    parts = [figure.get_suptitle()] + [describe_axes(axes) for axes in figure.axes]
    words = list(dict.fromkeys(part for part in parts if part))
    more = [f"and {len(words) - MOST} more"] if len(words) > MOST else []
    return "Figure: " + "; ".join([*words[:MOST], *more])


def describe_axes(axes: Axes) -> str:
    """Say what one part of a figure shows; nothing when it has no text."""
    x, y = axes.get_xlabel(), axes.get_ylabel()
    drawn = f"{y} over {x}" if x and y else x or y
    legend = axes.get_legend()
    names = ", ".join(text.get_text() for text in legend.get_texts()) if legend else ""
    return one_line(", ".join(filter(None, [axes.get_title(), drawn, names])))


def one_line(text: str) -> str:
    """Return a text without line breaks and the marks of mathematics."""
    return " ".join(text.replace("$", "").split())


def load_ipython_extension(_) -> None:
    """Let the kernel write the text beside each figure."""
    own = backend_inline._fetch_figure_metadata

    def with_alt(figure: Figure) -> dict:
        return {**(own(figure) or {}), "image/png": {"alt": describe(figure)}}

    backend_inline._fetch_figure_metadata = with_alt
