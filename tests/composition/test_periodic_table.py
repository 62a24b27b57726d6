"""The elements: symbols, columns, atomic weights, and places on the periodic table."""

import numpy as np

from mcvn_utils.composition.periodic_table import ATOMIC_WEIGHTS, COLUMN, ELEMENTS, POSITIONS
from mcvn_utils.descriptors.elements import element_table


def test_weights_are_those_of_the_element_table():
    table = element_table()
    assert tuple(table.index) == ELEMENTS
    assert np.allclose(ATOMIC_WEIGHTS, table["atomic_weight"], rtol=1e-9)


def test_each_element_has_its_place_among_relatives():
    places = POSITIONS
    assert set(places) == set(ELEMENTS) and len(set(places.values())) == len(ELEMENTS)
    for column in ("H Li Na K Rb Cs Fr", "Sc Y La Ac", "Ti Zr Hf", "Cu Ag Au", "B Al Ga In Tl", "Ce Th"):
        assert len({places[element][1] for element in column.split()}) == 1
    assert places["H"] == (0, 0) and places["He"] == (0, 17) and places["Fe"] == (3, 7)


def test_columns_are_those_of_the_element_table():
    assert [ELEMENTS[COLUMN[symbol]] for symbol in ELEMENTS] == list(ELEMENTS)
    assert list(COLUMN.values()) == list(range(94))
