"""The parts of a network's inputs: what each learns, from which rows, and what it makes of them."""

import numpy as np
import pandas as pd

from mcvn_utils.model.inputs import NetworkInputs
from mcvn_utils.model.parts import Picture, PictureCells, Ranks

GLASSES = pd.DataFrame({"formula": ["Fe70B30", "Zr50Cu50", "Zr60Cu40", "Al90Fe10", "Fe80B20", "Cu64Zr36"] * 4})


def test_cells_take_the_place_of_the_picture_and_ranks_stay():
    plain = NetworkInputs(parts=[Picture(), Ranks()]).fit(GLASSES)
    cut = NetworkInputs(parts=[PictureCells(4), Ranks()]).fit(GLASSES)
    assert "cells" not in plain.shapes_ and cut.shapes_["cells"] == (56, 54)
    old, new = plain.transform(GLASSES), cut.transform(GLASSES)
    assert set(old) - set(new) == {"image"} and set(new) - set(old) == {"cells"}
    assert np.array_equal(old["ranks"], new["ranks"])
