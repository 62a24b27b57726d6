"""The picture of pairs: elements against elements."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from mcvn_utils.composition.periodic_table import ELEMENTS
from mcvn_utils.images.pairs import PairImager

FORMULAS = ["Cu50Zr50", "Zr50Cu40Al10", "Fe", "Zr41.2Ti13.8Cu12.5Ni10Be22.5"]


def test_a_ternary_alloy_by_hand():
    """Zr50Cu40Al10 by amount: heats -23, -44, -1 kJ/mol; radii 160, 128, 143 pm; Pauling 1.33, 1.90, 1.61."""
    heat, size, negativity = PairImager(size=4).transform(["Zr50Cu40Al10"])[0]
    c, radius, chi = np.array([0.5, 0.4, 0.1]), np.array([160, 128, 143]), np.array([1.33, 1.90, 1.61])
    wanted = 4 * np.outer(c, c) * np.array([[0, -23, -44], [-23, 0, -1], [-44, -1, 0]]) / 100
    np.testing.assert_allclose(heat[:3, :3], wanted + np.diag(c), rtol=1e-6)
    wanted = 4 * np.outer(c, c) * np.abs(radius[:, None] - radius) / ((radius[:, None] + radius) / 2)
    np.testing.assert_allclose(size[:3, :3], wanted, rtol=1e-6)
    np.testing.assert_allclose(negativity[:3, :3], 4 * np.outer(c, c) * np.abs(chi[:, None] - chi), rtol=1e-6)
    for channel in (heat, size, negativity):
        assert not channel[3].any() and not channel[:, 3].any()


def test_the_order_by_mendeleev_number_puts_absent_elements_last():
    diagonal = PairImager(["heat"], 5, "mendeleev").transform(["Zr50Cu40Al10"])[0, 0].diagonal()
    np.testing.assert_allclose(diagonal, [0.5, 0.4, 0.1, 0, 0], rtol=1e-6)  # Zr 49, Cu 72, Al 80
    diagonal = PairImager(["heat"], 5, "mendeleev").transform(["Cu60Zr40"])[0, 0].diagonal()
    np.testing.assert_allclose(diagonal, [0.4, 0.6, 0, 0, 0], rtol=1e-6)


def test_of_many_elements_the_largest_are_drawn():
    picture = PairImager(["heat"], 2).transform(["Zr50Cu40Al10"])[0, 0]
    np.testing.assert_allclose(picture, [[0.5, -0.184], [-0.184, 0.4]], rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(ELEMENTS), st.integers(1, 30), min_size=2, max_size=12),
    st.sampled_from(["amount", "mendeleev"]),
)
def test_pictures_are_symmetric_and_do_not_depend_on_how_the_formula_is_written(parts, order):
    imager = PairImager(order=order)
    picture = imager.transform(["".join(f"{symbol}{amount}" for symbol, amount in parts.items())])
    again = imager.transform(["".join(f"{symbol}{3 * amount}" for symbol, amount in reversed(parts.items()))])
    assert picture.shape == (1, 3, 8, 8) and picture.dtype == np.float32 and np.isfinite(picture).all()
    np.testing.assert_array_equal(picture, picture.swapaxes(2, 3))
    np.testing.assert_allclose(picture, again, atol=1e-6)
    assert picture[0, 0].trace() <= 1 + 1e-6


def test_rows_do_not_depend_on_each_other_and_nothing_is_learned():
    together = clone(PairImager()).fit(FORMULAS).transform(FORMULAS)
    for k, formula in enumerate(FORMULAS):
        np.testing.assert_array_equal(PairImager().transform([formula])[0], together[k])


@pytest.mark.parametrize(
    ("setting", "message"),
    [({"channels": "heat"}, "channels must be a list of heat"), ({"channels": ["color"]}, "color"),
     ({"channels": []}, r"not \[\]"), ({"size": 0}, "size must be"), ({"size": 2.5}, "2.5"),
     ({"size": True}, "True"), ({"order": "random"}, "random")],
)  # fmt: skip
def test_unknown_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        PairImager(**setting).transform(["Fe80B20"])
