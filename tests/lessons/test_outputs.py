"""No committed output that nbval compares holds round-off, which another processor computes differently."""

import re
from collections.abc import Iterator

import nbformat
import pytest

from tools.build.lessons import ROOT

NOTEBOOKS = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks" / "solutions").glob("*.ipynb")])
NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)((?:[eE][-+]?\d+)?)(?![\w.]*\w)")


def round_off(text: str) -> list[str]:
    """Return the numbers that look like round-off: below 1e-6 but not zero, or of more than nine digits."""
    suspects = []
    for digits, exponent in NUMBER.findall(text):
        significant = digits.replace(".", "").lstrip("0")
        if significant and (float(digits + exponent) < 1e-6 or ("." in digits and len(significant) > 9)):
            suspects.append(digits + exponent)
    return suspects


def compared_texts(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield each text that nbval compares: what cells print and show, unless they are tagged as differing."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get("tags", []):
            for output in cell.outputs:
                yield output.get("text", "")
                yield output.get("data", {}).get("text/plain", "")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT / "notebooks")))
def test_a_compared_output_holds_no_round_off(path):
    """Mend it in the source: round to what is meant, print "below 1e-6", or tag the cell nbval-ignore-output."""
    assert [number for text in compared_texts(nbformat.read(path, as_version=4)) for number in round_off(text)] == []


@pytest.mark.parametrize(
    "text", ["without a bend 4.1e-08", "np.float64(0.32963904066890753)", "{'a': 0.5600000023841858}", "(-1e-16)"]
)
def test_round_off_is_recognised(text):
    assert len(round_off(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["below 1e-6", "1.000000e+10", "3.36e-06", "0.000 0.0", "12345678901", "torch 2.13.0", "0xe-09 id3.00000000001"],
)
def test_plain_numbers_are_no_round_off(text):
    assert round_off(text) == []
