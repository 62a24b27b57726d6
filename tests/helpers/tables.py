"""The packaged tables by name, and how a test damages one."""

from collections.abc import Callable

from mcvn_utils.datasets.loaders import load_maraging_steel, load_metallic_glass, load_nims_steel

LOADERS = {
    "nims_steel": load_nims_steel,
    "maraging_steel": load_maraging_steel,
    "metallic_glass": load_metallic_glass,
}


def replace_cell(row: int, column: str, value: str) -> Callable[[str], str]:
    """Return an edit of a CSV text: the cell of a row, counted from 1 below the header, gets a value."""

    def edit(text: str) -> str:
        lines = text.splitlines()
        cells = lines[row].split(",")
        cells[lines[0].split(",").index(column)] = value
        lines[row] = ",".join(cells)
        return "\n".join(lines) + "\n"

    return edit
