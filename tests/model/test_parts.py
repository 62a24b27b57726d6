"""The parts of a network's inputs: what each learns, from which rows, and what it makes of them."""

import numpy as np
import pandas as pd

from mcvn_utils.composition.conversion import fractions
from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.model.inputs import NetworkInputs
from mcvn_utils.model.parts import Alloys, Picture, PictureCells, Pieces, Ranks, RawNumbers, element_tokens

GLASSES = pd.DataFrame({"formula": ["Fe70B30", "Zr50Cu50", "Zr60Cu40", "Al90Fe10", "Fe80B20", "Cu64Zr36"] * 4})


def test_cells_take_the_place_of_the_picture_and_ranks_stay():
    plain = NetworkInputs(parts=[Picture(), Ranks()]).fit(GLASSES)
    cut = NetworkInputs(parts=[PictureCells(4), Ranks()]).fit(GLASSES)
    assert "cells" not in plain.shapes_ and cut.shapes_["cells"] == (56, 54)
    old, new = plain.transform(GLASSES), cut.transform(GLASSES)
    assert set(old) - set(new) == {"image"} and set(new) - set(old) == {"cells"}
    assert np.array_equal(old["ranks"], new["ranks"])


def test_the_largest_elements_come_first_and_the_smallest_are_left_out():
    elements, amounts = element_tokens(fractions(["Zr55Cu30Al10Ni5", "Fe"]).to_numpy(), 3)
    assert elements.tolist() == [[40, 29, 13], [26, 0, 0]]
    np.testing.assert_allclose(amounts, [[0.55, 0.3, 0.1], [1, 0, 0]], rtol=1e-6)


def test_a_strange_raw_feature_is_limited_to_eight_standard_deviations():
    rows = pd.DataFrame({"rate": np.linspace(-1, 1, 20), "constant": 3.0})
    part = RawNumbers().fit(Alloys(None, rows))
    strange = part.transform(Alloys(None, pd.DataFrame({"rate": [1e6, -1e6], "constant": [9.0, 3.0]})))["raw"]
    assert strange.tolist() == [[8, 0], [-8, 0]]


def test_elements_that_no_training_alloy_holds_have_no_pieces():
    train = pd.DataFrame({"formula": ["Fe80B20", "Fe70B30", "Fe60B40"]})
    inputs = NetworkInputs(parts=[Pieces(2)]).fit(train)
    held = inputs.parts_[0].learned_["elements"].astype(int)
    assert [ELEMENTS[k] for k in held] == ["B", "Fe"]
    new = inputs.transform(pd.DataFrame({"formula": ["Fe80B20", "Fe80B10Co10"]}))["fine"]
    assert new.shape == (2, 4)
